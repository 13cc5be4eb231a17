//! What hyper serves on every runtime: 13 bytes, or 1 MB in frames of 16 KB.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::rt::{Read, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};

const GREETING: &[u8] = b"Hello, world!";
const FRAME: &[u8] = &[7; 16 * 1024];
const STREAM: usize = 1 << 20;

/// Serves one connection until it closes.
pub async fn serve<I: Read + Write + Unpin>(io: I) {
    // A client that closes between two requests is no error to speak of.
    let _ = http1::Builder::new()
        .serve_connection(io, service_fn(respond))
        .await;
}

async fn respond(request: Request<Incoming>) -> Result<Response<Frames>, Infallible> {
    let (frame, left) = match request.uri().path() {
        "/stream" => (FRAME, STREAM),
        _ => (GREETING, GREETING.len()),
    };
    let frame = Bytes::from_static(frame);
    Ok(Response::new(Frames { frame, left }))
}

/// The same bytes again and again.
struct Frames {
    frame: Bytes,
    left: usize,
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let frame = self.frame.slice(..self.left.min(self.frame.len()));
        self.left -= frame.len();
        Poll::Ready(Some(Ok(Frame::data(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left as u64)
    }
}
