//! An echo over 64 loopback connections, both ends on one thread: requests a second.

use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::rc::Rc;
use std::time::Instant;

use async_io::Async as Smol;
use futures::{AsyncReadExt as _, AsyncWriteExt as _};
use mio::{Events, Interest, Poll, Token};
use plies_reactor::{Async, Direction, Reactor};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::local::Local;
use crate::sleeps::cpu_time;
use crate::table::Table;

const PAIRS: usize = 64;
const REQUESTS: usize = 400;
const MESSAGE: [u8; 64] = [7; 64];

pub fn run(table: &mut Table) -> io::Result<()> {
    measure(table, "plies-reactor", on_plies)?;
    measure(table, "bare mio (the limit)", on_mio)?;
    measure(table, "tokio-ct", on_tokio)?;
    measure(table, "async-io", on_async_io)
}

fn measure(
    table: &mut Table,
    peer: &'static str,
    run: impl FnOnce(Vec<(TcpStream, TcpStream)>) -> io::Result<()>,
) -> io::Result<()> {
    let pairs = connected()?;
    let (started, cpu) = (Instant::now(), cpu_time());
    run(pairs)?;
    let (elapsed, cpu) = (started.elapsed(), cpu_time() - cpu);
    let requests = (PAIRS * REQUESTS) as f64;
    let rate = requests / elapsed.as_secs_f64();
    table.add(
        "TCP echo, 64 connections: CPU a request, ns",
        peer,
        cpu.as_nanos() as f64 / requests,
    );
    table.add(
        "TCP echo, 64 connections, one thread: requests a second",
        peer,
        rate,
    );
    Ok(())
}

fn connected() -> io::Result<Vec<(TcpStream, TcpStream)>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let connect = |_| {
        let ends = (TcpStream::connect(address)?, listener.accept()?.0);
        for end in [&ends.0, &ends.1] {
            end.set_nodelay(true)?;
            end.set_nonblocking(true)?;
        }
        Ok(ends)
    };
    (0..PAIRS).map(connect).collect()
}

fn on_plies(pairs: Vec<(TcpStream, TcpStream)>) -> io::Result<()> {
    async fn read(stream: &Async<TcpStream>, buffer: &mut [u8]) -> io::Result<usize> {
        poll_fn(|cx| {
            let limit = buffer.len();
            stream.poll_transfer(cx, Direction::Read, limit, |mut io| io.read(buffer))
        })
        .await
    }
    async fn write_all(stream: &Async<TcpStream>, mut buffer: &[u8]) -> io::Result<()> {
        while !buffer.is_empty() {
            let write = |mut io: &TcpStream| io.write(buffer);
            let limit = buffer.len();
            let n = poll_fn(|cx| stream.poll_transfer(cx, Direction::Write, limit, write)).await?;
            buffer = &buffer[n..];
        }
        Ok(())
    }
    let reactor = Reactor::new()?;
    let _entered = reactor.handle().enter();
    let mut local = Local::default();
    for (client, server) in pairs {
        let (client, server) = (Async::new(client)?, Async::new(server)?);
        local.spawn(async move {
            let mut buffer = [0; 1024];
            while let Ok(n @ 1..) = read(&server, &mut buffer).await {
                write_all(&server, &buffer[..n]).await.unwrap();
            }
        });
        local.spawn(async move {
            let mut buffer = [0; 1024];
            for _ in 0..REQUESTS {
                write_all(&client, &MESSAGE).await.unwrap();
                assert_eq!(read(&client, &mut buffer).await.unwrap(), MESSAGE.len());
            }
        });
    }
    local.run(&reactor)
}

/// The same by hand: one read an event, for the next message comes only after the answer.
fn on_mio(pairs: Vec<(TcpStream, TcpStream)>) -> io::Result<()> {
    let mut poll = Poll::new()?;
    let mut streams = Vec::new();
    for stream in pairs
        .into_iter()
        .flat_map(|(client, server)| [client, server])
    {
        let mut stream = mio::net::TcpStream::from_std(stream);
        poll.registry()
            .register(&mut stream, Token(streams.len()), Interest::READABLE)?;
        streams.push((stream, 0));
    }
    for (stream, _) in streams.iter_mut().step_by(2) {
        stream.write_all(&MESSAGE)?;
    }
    let mut events = Events::with_capacity(1024);
    let mut buffer = [0; 1024];
    let mut open = PAIRS;
    while open > 0 {
        poll.poll(&mut events, None)?;
        for event in &events {
            let (stream, answers) = &mut streams[event.token().0];
            let n = match stream.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                n => n?,
            };
            *answers += 1;
            let is_client = event.token().0 % 2 == 0;
            if is_client && *answers == REQUESTS {
                open -= 1;
            } else {
                stream.write_all(&buffer[..n])?;
            }
        }
    }
    Ok(())
}

fn on_tokio(pairs: Vec<(TcpStream, TcpStream)>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(async {
        let mut clients = Vec::new();
        for (client, server) in pairs {
            let mut client = tokio::net::TcpStream::from_std(client)?;
            let mut server = tokio::net::TcpStream::from_std(server)?;
            tokio::spawn(async move {
                let mut buffer = [0; 1024];
                while let Ok(n @ 1..) = server.read(&mut buffer).await {
                    server.write_all(&buffer[..n]).await.unwrap();
                }
            });
            clients.push(tokio::spawn(async move {
                let mut buffer = [0; 1024];
                for _ in 0..REQUESTS {
                    client.write_all(&MESSAGE).await.unwrap();
                    assert_eq!(client.read(&mut buffer).await.unwrap(), MESSAGE.len());
                }
            }));
        }
        futures::future::join_all(clients).await;
        Ok(())
    })
}

fn on_async_io(pairs: Vec<(TcpStream, TcpStream)>) -> io::Result<()> {
    let executor = Rc::new(async_executor::LocalExecutor::new());
    let mut clients = Vec::new();
    for (client, server) in pairs {
        let (mut client, mut server) = (Smol::new(client)?, Smol::new(server)?);
        let serve = async move {
            let mut buffer = [0; 1024];
            while let Ok(n @ 1..) = server.read(&mut buffer).await {
                server.write_all(&buffer[..n]).await.unwrap();
            }
        };
        executor.spawn(serve).detach();
        clients.push(executor.spawn(async move {
            let mut buffer = [0; 1024];
            for _ in 0..REQUESTS {
                client.write_all(&MESSAGE).await.unwrap();
                assert_eq!(client.read(&mut buffer).await.unwrap(), MESSAGE.len());
            }
        }));
    }
    async_io::block_on(executor.run(futures::future::join_all(clients)));
    Ok(())
}
