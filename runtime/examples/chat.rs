//! A chat server: every line that a client sends goes to all the others. Use it with `nc`.
//!
//! ```text
//! cargo run --example chat                   # serve on 127.0.0.1:7009 until Ctrl-C
//! cargo run --example chat -- 0.0.0.0:7009   # elsewhere
//! cargo run --example chat -- --self-test    # three clients of its own, and end
//! ```

use std::io;
use std::net::SocketAddr;

use plies::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use plies::net::{TcpListener, TcpStream};
use plies::sync::broadcast::{self, Receiver, Sender, error::RecvError};

/// How many lines a client may be behind before it misses some.
const BACKLOG: usize = 256;

/// A line, and who said it.
type Line = (SocketAddr, String);

#[plies::main]
async fn main() -> io::Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("--self-test") => self_test().await,
        address => {
            let listener = TcpListener::bind(address.unwrap_or("127.0.0.1:7009")).await?;
            println!("listening on {}", listener.local_addr()?);
            plies::select! {
                biased; // Ctrl-C first: it is listened to before the first client is served.
                result = plies::signal::ctrl_c() => result,
                result = serve(listener) => result,
            }
        }
    }
}

async fn serve(listener: TcpListener) -> io::Result<()> {
    let (room, _) = broadcast::channel(BACKLOG);
    loop {
        let (stream, name) = listener.accept().await?;
        // Subscribed here, so that a client hears all that is said once it is let in.
        let heard = room.subscribe();
        let room = room.clone();
        plies::spawn(async move {
            if let Err(error) = attend(stream, name, room, heard).await {
                eprintln!("{name}: {error}");
            }
        });
    }
}

/// Carries lines between one client and the room, until the client leaves.
async fn attend(
    mut stream: TcpStream,
    name: SocketAddr,
    room: Sender<Line>,
    mut heard: Receiver<Line>,
) -> io::Result<()> {
    let (read, mut write) = stream.split();
    write
        .write_all(format!("you are {name}\n").as_bytes())
        .await?;
    let mut lines = BufReader::new(read).lines();
    loop {
        // Both are cancel safe: the one that is not chosen has lost nothing.
        plies::select! {
            line = lines.next_line() => match line? {
                // There is a receiver, our own.
                Some(line) => drop(room.send((name, line))),
                None => return Ok(()),
            },
            line = heard.recv() => match line {
                Ok((speaker, _)) if speaker == name => {}
                Ok((speaker, line)) => {
                    write.write_all(format!("{speaker}: {line}\n").as_bytes()).await?;
                }
                Err(RecvError::Lagged(missed)) => {
                    write.write_all(format!("({missed} lines missed)\n").as_bytes()).await?;
                }
                Err(RecvError::Closed) => return Ok(()),
            },
        }
    }
}

/// Everybody speaks once, and hears what both of the others said.
async fn self_test() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = plies::spawn(serve(listener));
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = BufReader::new(TcpStream::connect(address).await?);
        let mut welcome = String::new();
        client.read_line(&mut welcome).await?;
        assert!(welcome.starts_with("you are "), "{welcome}");
        clients.push(client);
    }
    for (number, client) in clients.iter_mut().enumerate() {
        let line = format!("hello from {number}\n");
        client.get_mut().write_all(line.as_bytes()).await?;
    }
    for (number, client) in clients.iter_mut().enumerate() {
        let mut heard = String::new();
        client.read_line(&mut heard).await?;
        client.read_line(&mut heard).await?;
        for other in (0..3).filter(|other| *other != number) {
            assert!(heard.contains(&format!("hello from {other}\n")), "{heard}");
        }
        println!("self-test: client {number} heard both of the others");
    }
    server.abort();
    Ok(())
}
