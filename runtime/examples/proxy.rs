//! A TCP proxy: each connection to it is carried on to another address, in both directions.
//!
//! ```text
//! cargo run --example proxy -- 127.0.0.1:8080 example.org:80    # listen, carry on
//! cargo run --example proxy -- --self-test                      # one exchange, and end
//! ```

use std::io;
use std::process::ExitCode;

use plies::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use plies::net::{TcpListener, TcpStream};

#[plies::main]
async fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--self-test"] => self_test().await?,
        [from, to] => {
            let listener = TcpListener::bind(from).await?;
            println!("carrying {} on to {to}", listener.local_addr()?);
            plies::select! {
                biased; // Ctrl-C first: it is listened to before the first client is served.
                result = plies::signal::ctrl_c() => result?,
                result = serve(listener, to.to_owned()) => result?,
            }
        }
        _ => {
            eprintln!("usage: proxy LISTEN_ADDRESS TARGET_ADDRESS | proxy --self-test");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn serve(listener: TcpListener, target: String) -> io::Result<()> {
    loop {
        let (client, peer) = listener.accept().await?;
        let target = target.clone();
        plies::spawn(async move {
            match carry(client, &target).await {
                Ok((up, down)) => println!("{peer}: {up} bytes up, {down} bytes down"),
                Err(error) => eprintln!("{peer}: {error}"),
            }
        });
    }
}

/// Copies both ways, until both sides have said that they have no more to send.
async fn carry(mut client: TcpStream, target: &str) -> io::Result<(u64, u64)> {
    let mut server = TcpStream::connect(target).await?;
    copy_bidirectional(&mut client, &mut server).await
}

/// A client asks a server through the proxy; the server reads to the end before it answers, so the
/// end of one direction has to be carried on while the other is open.
async fn self_test() -> io::Result<()> {
    let server = TcpListener::bind("127.0.0.1:0").await?;
    let target = server.local_addr()?.to_string();
    let answer = plies::spawn(async move {
        let (mut stream, _) = server.accept().await?;
        let mut question = String::new();
        stream.read_to_string(&mut question).await?;
        stream.write_all(question.to_uppercase().as_bytes()).await
    });

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let proxy = plies::spawn(serve(listener, target));
    let mut client = TcpStream::connect(address).await?;
    client.write_all(b"is anybody there?").await?;
    client.shutdown().await?;
    let mut heard = String::new();
    client.read_to_string(&mut heard).await?;
    assert_eq!(heard, "IS ANYBODY THERE?");
    answer.await??;
    println!("self-test: {heard}");
    proxy.abort();
    Ok(())
}
