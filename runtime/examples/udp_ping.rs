//! Measures how long a datagram takes there and back.
//!
//! ```text
//! cargo run --example udp_ping -- serve 127.0.0.1:7008    # answer until Ctrl-C
//! cargo run --example udp_ping -- 127.0.0.1:7008          # ping it once a second until Ctrl-C
//! cargo run --example udp_ping -- --self-test             # both ends at once, and end
//! ```

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use plies::net::{UdpSocket, lookup_host};
use plies::time::{Instant, interval, timeout};

/// An answer that takes longer counts as lost.
const PATIENCE: Duration = Duration::from_secs(1);

#[plies::main(flavor = "current_thread")]
async fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let work = async {
        match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["--self-test"] => self_test().await?,
            ["serve", address] => {
                let socket = UdpSocket::bind(address).await?;
                println!("answering on {}", socket.local_addr()?);
                serve(socket).await?;
            }
            [target] => ping_for_ever(target).await?,
            _ => {
                eprintln!("usage: udp_ping serve ADDRESS | udp_ping TARGET | udp_ping --self-test");
                return Ok(ExitCode::from(2));
            }
        }
        Ok(ExitCode::SUCCESS)
    };
    plies::select! {
        biased; // Ctrl-C first: it is listened to before the work begins.
        result = plies::signal::ctrl_c() => result.map(|()| ExitCode::SUCCESS),
        result = work => result,
    }
}

/// Sends every datagram back to where it came from.
async fn serve(socket: UdpSocket) -> io::Result<()> {
    let mut buf = [0; 64];
    loop {
        let (length, sender) = socket.recv_from(&mut buf).await?;
        socket.send_to(&buf[..length], sender).await?;
    }
}

async fn ping_for_ever(target: &str) -> io::Result<()> {
    let target = lookup_host(target).await?.next();
    let target = target.ok_or_else(|| io::Error::other("the host has no address"))?;
    let socket = connected(target).await?;
    let mut ticks = interval(Duration::from_secs(1));
    for number in 0.. {
        ticks.tick().await;
        match timeout(PATIENCE, ping(&socket, number)).await {
            Ok(Ok(time)) => println!("{target}: number {number}, {time:?}"),
            Ok(Err(error)) => println!("{target}: number {number}, {error}"),
            Err(_) => println!("{target}: number {number}, no answer within {PATIENCE:?}"),
        }
    }
    Ok(())
}

/// A socket of the same IP version that talks to `target` only.
async fn connected(target: SocketAddr) -> io::Result<UdpSocket> {
    let any = if target.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(target).await?;
    Ok(socket)
}

/// Sends a number and waits for it to come back; late answers to earlier ones are passed over.
async fn ping(socket: &UdpSocket, number: u64) -> io::Result<Duration> {
    let started = Instant::now();
    let question = number.to_be_bytes();
    socket.send(&question).await?;
    loop {
        let mut answer = [0; 8];
        socket.recv(&mut answer).await?;
        if answer == question {
            return Ok(started.elapsed());
        }
    }
}

async fn self_test() -> io::Result<()> {
    let server = UdpSocket::bind("127.0.0.1:0").await?;
    let target = server.local_addr()?;
    let server = plies::spawn(serve(server));
    let socket = connected(target).await?;
    for number in 0..5 {
        println!(
            "self-test: number {number}, {:?}",
            ping(&socket, number).await?
        );
    }
    server.abort();
    Ok(())
}
