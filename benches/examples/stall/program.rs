//! The program, once for each runtime: the same code, for what differs is the path.

use std::time::{Duration, Instant};

use crate::recording::{Held, Span};

/// How long a run takes.
const LENGTH: Duration = Duration::from_millis(3000);
const TICK: Duration = Duration::from_millis(5);
const HELD_FOR: Duration = Duration::from_millis(500);
/// When both workers are held up, and how.
const HOLDS: [(Duration, Held); 2] = [
    (Duration::from_millis(600), Held::Blocked),
    (Duration::from_millis(1800), Held::Computing),
];

/// What the bad tasks do.
fn hold(how: Held, start: Instant) -> Span {
    let from = start.elapsed();
    match how {
        Held::Blocked => std::thread::sleep(HELD_FOR),
        Held::Computing => {
            let begin = Instant::now();
            while begin.elapsed() < HELD_FOR {
                std::hint::spin_loop();
            }
        }
    }
    Span {
        start: from,
        end: start.elapsed(),
    }
}

macro_rules! program {
    ($runtime:ident, $spawn_named:expr) => {
        pub mod $runtime {
            use std::io;
            use std::sync::mpsc;
            use std::time::Instant;

            use ::tokio::io::{AsyncReadExt, AsyncWriteExt};
            use ::$runtime::net::{TcpListener, TcpStream};
            use ::$runtime::runtime::Runtime;

            use super::{HOLDS, LENGTH, TICK, hold};
            use crate::client;
            use crate::recording::{Held, Recording, Span};

            pub fn run(runtime: Runtime) -> io::Result<Recording> {
                let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
                let server = listener.local_addr()?;
                runtime.spawn(serve(listener));
                let start = Instant::now();
                let (tell_gap, gaps) = mpsc::channel();
                runtime.spawn(tick(start, tell_gap));
                let client = std::thread::spawn(move || client::run(server, start, LENGTH));
                let (tell_held, held) = mpsc::channel();
                for (when, how) in HOLDS {
                    std::thread::sleep(when.saturating_sub(start.elapsed()));
                    // One for each worker.
                    for _ in 0..2 {
                        let tell = tell_held.clone();
                        let bad = async move {
                            let _ = tell.send((hold(how, start), how));
                        };
                        let spawn: fn(&Runtime, Held, _) = $spawn_named;
                        spawn(&runtime, how, bad);
                    }
                }
                drop(tell_held);
                let requests = client.join().expect("the client panicked")?;
                drop(runtime);
                Ok(Recording {
                    requests,
                    gaps: gaps.try_iter().collect(),
                    blocked: held.iter().collect(),
                    length: LENGTH,
                })
            }

            async fn tick(start: Instant, tell: mpsc::Sender<Span>) {
                let mut last = start.elapsed();
                while last < LENGTH {
                    ::$runtime::time::sleep(TICK).await;
                    let now = start.elapsed();
                    let _ = tell.send(Span {
                        start: last,
                        end: now,
                    });
                    last = now;
                }
            }

            async fn serve(listener: TcpListener) {
                while let Ok((stream, _)) = listener.accept().await {
                    ::$runtime::spawn(answer(stream));
                }
            }

            /// Answers each request on the connection; they have no bodies.
            async fn answer(mut stream: TcpStream) -> io::Result<()> {
                let mut request = Vec::new();
                stream.set_nodelay(true)?;
                while stream.read_buf(&mut request).await? > 0 {
                    if request.ends_with(b"\r\n\r\n") {
                        request.clear();
                        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                        stream.write_all(answer).await?;
                    }
                }
                Ok(())
            }
        }
    };
}

program!(plies, |runtime, how, bad| {
    let name = match how {
        Held::Blocked => "old-driver",
        Held::Computing => "thumbnails",
    };
    let task = ::plies::task::Builder::new().name(name);
    // Only a runtime that has ended refuses it.
    drop(task.spawn_on(bad, runtime.handle()));
});

program!(tokio, |runtime, _, bad| drop(runtime.spawn(bad)));
