//! The limit for sockets: an echo written by hand on bare mio, one loop for each core, each with
//! both ends of its share of the connections.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::Instant;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::exchange::MESSAGE;
use crate::machine;

/// Requests a second over all loops; `None` for workloads that are not echoes.
pub fn run(workload: &str, workers: usize, scale: u64) -> Option<Vec<f64>> {
    let echo = workload.strip_prefix("echo_")?;
    let connections: u64 = echo.trim_end_matches("_one_core").parse().ok()?;
    let share = (connections / workers as u64).max(1);
    let requests = (scale / connections).max(1);
    on_each_core(workers, share, (requests / 10).max(1));
    let started = Instant::now();
    on_each_core(workers, share, requests);
    let total = (share * workers as u64 * requests) as f64;
    Some(vec![total / started.elapsed().as_secs_f64()])
}

fn on_each_core(workers: usize, share: u64, requests: u64) {
    let echo = move |core| {
        machine::pin(core);
        echo_loop(share as usize, requests).unwrap();
    };
    let loops: Vec<_> = (0..workers)
        .map(|core| std::thread::spawn(move || echo(core)))
        .collect();
    loops.into_iter().for_each(|thread| thread.join().unwrap());
}

/// Runs `pairs` connections, both ends, until each client has had its answers.
fn echo_loop(pairs: usize, requests: u64) -> io::Result<()> {
    let mut poll = Poll::new()?;
    let mut clients = Vec::with_capacity(pairs);
    let mut servers = Vec::with_capacity(pairs);
    for pair in 0..pairs {
        let (client, server) = connected()?;
        clients.push((client, requests));
        servers.push(server);
        let both = Interest::READABLE;
        poll.registry()
            .register(&mut clients[pair].0, Token(2 * pair), both)?;
        poll.registry()
            .register(&mut servers[pair], Token(2 * pair + 1), both)?;
        clients[pair].0.write_all(&[7; MESSAGE])?;
    }
    let mut open = pairs;
    let mut events = Events::with_capacity(1024);
    let mut buffer = [0; 1024];
    while open > 0 {
        poll.poll(&mut events, None)?;
        for event in &events {
            let (pair, is_server) = (event.token().0 / 2, event.token().0 % 2 == 1);
            let stream = if is_server {
                &mut servers[pair]
            } else {
                &mut clients[pair].0
            };
            // One read an event: the next message comes only after the answer to this one, and
            // with it the next edge.
            let Some(n) = read(stream, &mut buffer)? else {
                continue;
            };
            if is_server {
                stream.write_all(&buffer[..n])?;
                continue;
            }
            assert_eq!(n, MESSAGE, "a message over loopback came in pieces");
            let left = &mut clients[pair].1;
            *left -= 1;
            if *left == 0 {
                open -= 1;
            } else {
                clients[pair].0.write_all(&[7; MESSAGE])?;
            }
        }
    }
    Ok(())
}

fn read(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    match stream.read(buffer) {
        Ok(0) => Ok(None),
        Ok(n) => Ok(Some(n)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

fn connected() -> io::Result<(TcpStream, TcpStream)> {
    let listener = std::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let client = std::net::TcpStream::connect(listener.local_addr()?)?;
    let (server, _) = listener.accept()?;
    for stream in [&client, &server] {
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
    }
    Ok((TcpStream::from_std(client), TcpStream::from_std(server)))
}
