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
use plies::runtime::{Builder, Handle};
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
            .spawn(async { sleep(Duration::from_millis(20)).await })?
            .await?;
        waiting(0).await;
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
    waiting(1).await;
    client.write_all(b"hello\n").await?;
    finished.await.map_err(std::io::Error::other)??;
    waiting(0).await;
    Ok(())
}

async fn fail() {
    panic!("on purpose");
}

async fn panicking() -> std::io::Result<()> {
    let task = task::Builder::new().name("panicking").spawn(fail())?;
    let joined = task.await;
    waiting(0).await;
    if let Err(error) = joined {
        println!("{:>19} its joiner reads: {error}", "");
    }
    Ok(())
}

async fn aborted() -> std::io::Result<()> {
    let task = task::Builder::new()
        .name("aborted")
        .spawn(std::future::pending::<()>())?;
    waiting(1).await;
    task.abort();
    let joined = task.await;
    waiting(0).await;
    if let Err(error) = joined {
        println!("{:>19} its joiner reads: {error}", "");
    }
    Ok(())
}

/// Waits until `count` tasks wait for something: the one of this chapter, or none of the last.
async fn waiting(count: usize) {
    while Handle::current().metrics().suspended_tasks() != count {
        sleep(Duration::from_millis(1)).await;
    }
    // And for its worker to fall asleep, and the lines to come out.
    sleep(Duration::from_millis(2)).await;
}
