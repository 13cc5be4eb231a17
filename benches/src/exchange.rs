//! What the two ends of a connection say to each other, over tokio's I/O traits and over those of
//! `futures`: the same bytes in the same order, so that what differs is the runtime.

use std::time::Instant;

/// The length of an echoed message in bytes.
pub const MESSAGE: usize = 64;

/// Nanoseconds an exchange took, for each that was timed.
pub type Latencies = Vec<u32>;

/// A request and what counts as its answer.
#[derive(Clone, Copy)]
pub struct Exchange {
    pub request: &'static [u8],
    pub answer: Answer,
    /// How much is read at once, in bytes.
    pub buffer: usize,
    /// Whether each exchange is timed: it costs two looks at the clock.
    pub timed: bool,
}

/// How long an answer is.
#[derive(Clone, Copy)]
pub enum Answer {
    /// This many bytes.
    Bytes(usize),
    /// As long as the first answer says in its `content-length`; all of them have the same length.
    Http,
}

/// A message and its echo.
pub const ECHO: Exchange = Exchange {
    request: &[7; MESSAGE],
    answer: Answer::Bytes(MESSAGE),
    buffer: MESSAGE,
    timed: false,
};

impl Exchange {
    /// When an exchange begins, if it is timed.
    pub fn start(&self) -> Option<Instant> {
        self.timed.then(Instant::now)
    }

    /// How many bytes are still to come after the first `read` of an answer.
    pub fn missing(&self, answer: &mut Answer, read: &[u8]) -> Option<usize> {
        if let Answer::Http = answer {
            *answer = Answer::Bytes(http_length(read)?);
        }
        match *answer {
            Answer::Bytes(length) => Some(
                length
                    .checked_sub(read.len())
                    .expect("an answer is longer than the others"),
            ),
            Answer::Http => None,
        }
    }
}

/// The length of the HTTP response that begins like this; `None` if its header is not whole yet.
fn http_length(begin: &[u8]) -> Option<usize> {
    let header = begin.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = str::from_utf8(&begin[..header]).expect("a header that is not text");
    assert!(text.starts_with("HTTP/1.1 200 "), "not a success: {text}");
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let body: usize = length
        .and_then(|length| length.parse().ok())
        .expect("a response without its length");
    Some(header + body)
}

/// Notes how long an exchange took.
pub fn note(latencies: &mut Latencies, started: Option<Instant>) {
    if let Some(started) = started {
        latencies.push(u32::try_from(started.elapsed().as_nanos()).unwrap_or(u32::MAX));
    }
}

macro_rules! ends {
    ($ends:ident, $read:path, $write:path) => {
        pub mod $ends {
            use std::time::Instant;

            use super::{Exchange, Latencies, note};
            use $read as Read;
            use $write as Write;

            /// Sends back what comes until the other side closes.
            pub async fn answer<S: Read + Write + Unpin>(stream: S) {
                answer_through::<1024, S>(stream).await;
            }

            /// [`answer`] with a buffer of `N` bytes.
            pub async fn answer_through<const N: usize, S: Read + Write + Unpin>(mut stream: S) {
                let mut buffer = [0; N];
                while let Ok(n @ 1..) = stream.read(&mut buffer).await {
                    if stream.write_all(&buffer[..n]).await.is_err() {
                        return;
                    }
                }
            }

            /// Makes `requests` exchanges, each after the answer to the one before. The first began
            /// when `started` says: it includes the connection.
            pub async fn ask<S: Read + Write + Unpin>(
                mut stream: S,
                exchange: Exchange,
                requests: u64,
                mut started: Option<Instant>,
            ) -> Latencies {
                let mut answer = exchange.answer;
                let mut buffer = vec![0; exchange.buffer];
                let mut latencies = Latencies::new();
                for _ in 0..requests {
                    stream
                        .write_all(exchange.request)
                        .await
                        .expect("the server is gone");
                    let mut read = 0;
                    let mut missing = None;
                    while missing.is_none() {
                        read += some(&mut stream, &mut buffer[read..]).await;
                        missing = exchange.missing(&mut answer, &buffer[..read]);
                    }
                    let mut missing = missing.unwrap_or(0);
                    while missing > 0 {
                        let most = missing.min(buffer.len());
                        missing -= some(&mut stream, &mut buffer[..most]).await;
                    }
                    note(&mut latencies, started);
                    started = exchange.start();
                }
                latencies
            }

            async fn some<S: Read + Unpin>(stream: &mut S, buffer: &mut [u8]) -> usize {
                match stream.read(buffer).await {
                    Ok(n @ 1..) => n,
                    Ok(0) => panic!("the server closed, or an answer outgrew the buffer"),
                    Err(error) => panic!("the server is gone: {error}"),
                }
            }
        }
    };
}

ends!(
    over_tokio,
    tokio::io::AsyncReadExt,
    tokio::io::AsyncWriteExt
);
ends!(
    over_futures,
    futures::io::AsyncReadExt,
    futures::io::AsyncWriteExt
);
