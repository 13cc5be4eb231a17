//! The server: one task for each connection, and a shutdown that lets requests finish.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use plies::hyper::Timer;
use plies::net::{TcpListener, TcpStream};
use plies::sync::watch;
use plies::task::JoinHandle;
use plies::time::{sleep, timeout};

/// How long a connection may take to finish its request after the shutdown began.
const GRACE: Duration = Duration::from_secs(5);

/// How long to wait before accepting again when the process is out of descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// A running server.
pub struct Server {
    /// Each connection's task watches this; when all of them are gone, `closed` says so.
    stopping: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Serves whoever connects to `listener`.
    pub fn start(listener: TcpListener) -> Self {
        let (stopping, stop) = watch::channel(false);
        Self {
            stopping,
            accepting: plies::spawn(accept(listener, stop)),
        }
    }

    /// Accepts no more, lets every connection finish its request, and returns how many did not.
    pub async fn shut_down(self) -> usize {
        self.accepting.abort();
        // The task ends either way: an error only says that it was aborted, as it should be.
        let _ = self.accepting.await;
        self.stopping.send_replace(true);
        match timeout(GRACE, self.stopping.closed()).await {
            Ok(()) => 0,
            Err(_) => self.stopping.receiver_count(),
        }
    }
}

async fn accept(listener: TcpListener, stop: watch::Receiver<bool>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                plies::spawn(serve(stream, peer, stop.clone()));
            }
            Err(error) => {
                eprintln!("cannot accept a connection: {error}");
                sleep(PAUSE).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, peer: SocketAddr, mut stop: watch::Receiver<bool>) {
    if let Err(error) = stream.set_nodelay(true) {
        eprintln!("{peer}: {error}");
        return;
    }
    let connection = http1::Builder::new()
        .timer(Timer)
        .header_read_timeout(Duration::from_secs(30))
        .serve_connection(stream, service_fn(respond));
    let mut connection = pin!(connection);
    let result = plies::select! {
        result = connection.as_mut() => result,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result
        && !is_disconnect(&error)
    {
        eprintln!("{peer}: {error}");
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // It ends with an error when the server is dropped, which stops it as well.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Whether the other side simply went away, which is its right.
fn is_disconnect(error: &hyper::Error) -> bool {
    let cause =
        std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<io::Error>());
    error.is_incomplete_message()
        || cause.is_some_and(|cause| {
            matches!(
                cause.kind(),
                io::ErrorKind::ConnectionReset
                    | io::ErrorKind::BrokenPipe
                    | io::ErrorKind::NotConnected
            )
        })
}

async fn respond(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, body) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/") => (StatusCode::OK, "Hello from Plies!\n"),
        (_, "/") => (
            StatusCode::METHOD_NOT_ALLOWED,
            "only GET is answered here\n",
        ),
        _ => (StatusCode::NOT_FOUND, "there is nothing but /\n"),
    };
    let mut response = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
    *response.status_mut() = status;
    Ok(response)
}
