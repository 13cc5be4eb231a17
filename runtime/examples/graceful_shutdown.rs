//! A server that, when it is asked to stop, takes no further connections, lets the clients that it
//! has finish for a while, and then ends.
//!
//! ```text
//! cargo run --example graceful_shutdown                  # stop it with Ctrl-C or SIGTERM
//! cargo run --example graceful_shutdown -- --self-test   # be a client, and stop itself meanwhile
//! ```

use std::io;
use std::time::Duration;

use plies::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use plies::net::{TcpListener, TcpStream};
use plies::process::Command;
use plies::signal::unix::{SignalKind, signal};
use plies::sync::watch;
use plies::task::JoinSet;
use plies::time::timeout;

/// How long clients may take to finish.
const PATIENCE: Duration = Duration::from_secs(5);

#[plies::main]
async fn main() -> io::Result<()> {
    // Before the first connection, so that no signal finds its default action.
    let stop = stop_signal()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?);
    if std::env::args().any(|argument| argument == "--self-test") {
        let address = listener.local_addr()?;
        let client =
            plies::spawn(async move { self_test(TcpStream::connect(address).await?).await });
        serve(listener, stop).await?;
        client.await??;
    } else {
        serve(listener, stop).await?;
    }
    println!("stopped");
    Ok(())
}

/// Turns true at the first SIGINT or SIGTERM.
fn stop_signal() -> io::Result<watch::Receiver<bool>> {
    let (stop, stopped) = watch::channel(false);
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    plies::spawn(async move {
        plies::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        stop.send(true)
    });
    Ok(stopped)
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error would be that nobody is left to say it: then it is time, too.
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn serve(listener: TcpListener, mut stop: watch::Receiver<bool>) -> io::Result<()> {
    let mut clients = JoinSet::new();
    let stopping = stop.clone();
    loop {
        plies::select! {
            () = stopped(&mut stop) => break,
            accepted = listener.accept() => {
                clients.spawn(answer(accepted?.0, stopping.clone()));
            }
            // Those that have ended need not be kept.
            Some(_) = clients.join_next() => {}
        }
    }
    drop(listener);
    println!("stopping: {} clients to finish", clients.len());
    let all = async { while clients.join_next().await.is_some() {} };
    if timeout(PATIENCE, all).await.is_err() {
        println!("{} clients took too long", clients.len());
        clients.shutdown().await;
    }
    Ok(())
}

/// Sends each line back, and says goodbye when the server stops.
async fn answer(stream: TcpStream, mut stop: watch::Receiver<bool>) -> io::Result<()> {
    let (from, mut to) = stream.into_split();
    let mut lines = BufReader::new(from).lines();
    loop {
        plies::select! {
            biased; // What has arrived is answered first.
            line = lines.next_line() => match line? {
                Some(line) => to.write_all(format!("{line}\n").as_bytes()).await?,
                None => return Ok(()),
            },
            () = stopped(&mut stop) => return to.write_all(b"goodbye\n").await,
        }
    }
}

/// A client that is connected when the server is asked to stop.
async fn self_test(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(b"hello\n").await?;
    stream.read_exact(&mut [0; 6]).await?;
    let me = std::process::id().to_string();
    Command::new("kill").args(["-TERM", &me]).status().await?;
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await?;
    assert_eq!(rest, "goodbye\n");
    println!("self-test: {}", rest.trim());
    Ok(())
}
