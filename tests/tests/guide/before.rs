use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Answers each line with its number of words, until the client goes or the server stops.
async fn answer(stream: TcpStream, mut stop: watch::Receiver<()>) -> std::io::Result<usize> {
    let (from, mut to) = stream.into_split();
    let mut lines = BufReader::new(from).lines();
    let mut answered = 0;
    loop {
        tokio::select! {
            line = timeout(Duration::from_secs(30), lines.next_line()) => {
                let Some(line) = line?? else { return Ok(answered) };
                let count = move || line.split_whitespace().count();
                let words = tokio::task::spawn_blocking(count).await?;
                to.write_all(format!("{words}\n").as_bytes()).await?;
                answered += 1;
            }
            _ = stop.changed() => return Ok(answered),
        }
    }
}

/// Takes connections until the server stops; returns how many lines were answered.
async fn serve(listener: TcpListener, mut stop: watch::Receiver<()>) -> std::io::Result<usize> {
    let mut clients = JoinSet::new();
    let stopping = stop.clone();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                clients.spawn(answer(accepted?.0, stopping.clone()));
            }
            _ = stop.changed() => break,
        }
    }
    Ok(clients.join_all().await.into_iter().flatten().sum())
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = watch::channel(());
    let server = tokio::spawn(serve(listener, stopped));

    let mut client = BufReader::new(TcpStream::connect(address).await?);
    client.write_all(b"to be or not to be\n").await?;
    let mut words = String::new();
    client.read_line(&mut words).await?;
    assert_eq!(words, "6\n");

    stop.send_replace(());
    assert_eq!(server.await??, 1);
    Ok(())
}
