//! A TCP echo server on `futures`' own executor, which knows nothing of the reactor that serves it.
//!
//! `cargo run -p plies-reactor --example futures_echo` talks to itself and ends;
//! `... --example futures_echo -- 127.0.0.1:7000` serves that address until it is stopped.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use futures::executor::{LocalPool, LocalSpawner};
use futures::task::LocalSpawnExt;
use plies_reactor::{Async, Driver, Interest};

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1);
    let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:0"))?;
    let local = listener.local_addr()?;
    println!("echoing on {local}");

    let driver = Driver::spawn_thread()?;
    let _entered = driver.handle().enter();
    let mut pool = LocalPool::new();
    let server = serve(Async::nonblocking(listener)?, pool.spawner());
    pool.spawner()
        .spawn_local(server)
        .map_err(io::Error::other)?;
    if address.is_some() {
        pool.run();
        return Ok(());
    }
    let answer = pool.run_until(ask(local))?;
    println!("it answered {answer:?}");
    Ok(())
}

async fn serve(listener: Async<TcpListener>, spawner: LocalSpawner) {
    loop {
        match listener
            .async_io(Interest::READABLE, TcpListener::accept)
            .await
        {
            Ok((stream, peer)) => {
                let connection = async move {
                    if let Err(error) = echo(stream).await {
                        eprintln!("{peer}: {error}");
                    }
                };
                // Fails only once the pool is gone, and the server with it.
                let _ = spawner.spawn_local(connection);
            }
            Err(error) => return eprintln!("cannot accept: {error}"),
        }
    }
}

async fn echo(stream: TcpStream) -> io::Result<()> {
    let stream = Async::nonblocking(stream)?;
    let mut buffer = [0; 4096];
    loop {
        let read = stream
            .async_io(Interest::READABLE, |mut io| io.read(&mut buffer))
            .await?;
        if read == 0 {
            return Ok(());
        }
        send(&stream, &buffer[..read]).await?;
    }
}

async fn send(stream: &Async<TcpStream>, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let sent = stream
            .async_io(Interest::WRITABLE, |mut io| io.write(bytes))
            .await?;
        bytes = &bytes[sent..];
    }
    Ok(())
}

async fn ask(server: SocketAddr) -> io::Result<String> {
    let stream = Async::nonblocking(TcpStream::connect(server)?)?;
    send(&stream, b"hello").await?;
    let mut buffer = [0; 16];
    let read = stream
        .async_io(Interest::READABLE, |mut io| io.read(&mut buffer))
        .await?;
    Ok(String::from_utf8_lossy(&buffer[..read]).into_owned())
}
