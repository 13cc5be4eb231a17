//! A TCP server that sends back whatever it receives.
//!
//! ```text
//! cargo run --example echo                   # serve on 127.0.0.1:7007 until Ctrl-C
//! cargo run --example echo -- 0.0.0.0:7      # elsewhere
//! cargo run --example echo -- --self-test    # serve one client of its own, and end
//! ```

use std::io;

use plies::io::{AsyncReadExt, AsyncWriteExt};
use plies::net::{TcpListener, TcpStream};

#[plies::main]
async fn main() -> io::Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("--self-test") => self_test().await,
        address => {
            let listener = TcpListener::bind(address.unwrap_or("127.0.0.1:7007")).await?;
            println!("listening on {}", listener.local_addr()?);
            plies::select! {
                biased; // Ctrl-C first: it is listened to before the first client is served.
                result = plies::signal::ctrl_c() => result,
                result = serve(listener) => result,
            }
        }
    }
}

/// Accepts connections, each of them handled by a task of its own.
async fn serve(listener: TcpListener) -> io::Result<()> {
    loop {
        let (stream, peer) = listener.accept().await?;
        plies::spawn(async move {
            match echo(stream).await {
                Ok(bytes) => println!("{peer}: {bytes} bytes"),
                Err(error) => eprintln!("{peer}: {error}"),
            }
        });
    }
}

/// Sends everything back, until the other side has no more to send.
async fn echo(mut stream: TcpStream) -> io::Result<u64> {
    let (mut from, mut to) = stream.split();
    plies::io::copy(&mut from, &mut to).await
}

async fn self_test() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = plies::spawn(serve(listener));
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"there and back").await?;
    stream.shutdown().await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    assert_eq!(answer, "there and back");
    println!("self-test: {answer}");
    server.abort();
    Ok(())
}
