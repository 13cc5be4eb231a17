//! The client outside: a thread that sends one request after the other.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::recording::Span;

const PAUSE: Duration = Duration::from_millis(2);

/// Sends requests until the run, which began at `start`, is `length` old; says how long each took.
pub fn run(server: SocketAddr, start: Instant, length: Duration) -> io::Result<Vec<Span>> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_nodelay(true)?;
    let mut answers = BufReader::new(stream.try_clone()?);
    let mut spans = Vec::new();
    while start.elapsed() < length {
        let sent = start.elapsed();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
        read_answer(&mut answers)?;
        spans.push(Span {
            start: sent,
            end: start.elapsed(),
        });
        std::thread::sleep(PAUSE);
    }
    Ok(spans)
}

/// Reads the head, and the body of two bytes.
fn read_answer(answers: &mut impl BufRead) -> io::Result<()> {
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        if answers.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    answers.read_exact(&mut [0; 2])
}
