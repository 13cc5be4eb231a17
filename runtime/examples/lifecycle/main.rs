//! The whole life of four tasks as their runtime's observer sees it: who spawned each, who polled
//! it, what it waited for, who woke it, how it ended. Each line has its microsecond and its worker.
//!
//! ```text
//! cargo run --release --example lifecycle
//! ```

mod timeline;

use std::sync::Arc;
use std::time::Duration;

use plies::io::{AsyncReadExt, AsyncWriteExt};
use plies::net::{TcpListener, TcpStream};
use plies::runtime::Builder;
use plies::task;
use plies::time::sleep;
use timeline::Timeline;

fn main() -> std::io::Result<()> {
    // The panic below is part of the story: its message comes with the task's end.
    std::panic::set_hook(Box::new(|_| {}));
    let timeline = Arc::new(Timeline::start());
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .observer(timeline.clone())
        .build()?;
    runtime.block_on(async {
        timeline.chapter("a task that waits for a socket");
        socket().await?;
        timeline.chapter("a task that waits for a timer");
        task::Builder::new()
            .name("timer")
            .spawn(sleep(Duration::from_millis(5)))?
            .await?;
        settle().await;
        timeline.chapter("a task that panics");
        panicking().await?;
        timeline.chapter("a task that is aborted");
        aborted().await
    })
}

/// A detached task that reads one line, written to it from outside of the runtime's workers.
async fn socket() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut client = TcpStream::connect(listener.local_addr()?).await?;
    let (mut stream, _) = listener.accept().await?;
    let (done, finished) = plies::sync::oneshot::channel();
    let reader = async move {
        let mut line = [0; 6];
        let result = stream.read_exact(&mut line).await;
        // Nobody waits for it once the program ends early.
        let _ = done.send(result);
    };
    drop(task::Builder::new().name("reader").spawn(reader)?);
    // Time for the reader to find nothing, and for its worker to fall asleep in its reactor.
    sleep(Duration::from_millis(5)).await;
    client.write_all(b"hello\n").await?;
    finished.await.map_err(std::io::Error::other)??;
    settle().await;
    Ok(())
}

async fn fail() {
    panic!("on purpose");
}

async fn panicking() -> std::io::Result<()> {
    let task = task::Builder::new().name("panicking").spawn(fail())?;
    if let Err(error) = task.await {
        println!("{:>19} its joiner reads: {error}", "");
    }
    settle().await;
    Ok(())
}

async fn aborted() -> std::io::Result<()> {
    let task = task::Builder::new()
        .name("aborted")
        .spawn(std::future::pending::<()>())?;
    settle().await;
    task.abort();
    if let Err(error) = task.await {
        println!("{:>19} its joiner reads: {error}", "");
    }
    settle().await;
    Ok(())
}

/// Lets the lines of what has just happened come out before the next ones.
async fn settle() {
    sleep(Duration::from_millis(2)).await;
}
