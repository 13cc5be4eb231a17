//! The two ends of an echo connection, over tokio's I/O traits and over those of `futures`: the
//! same bytes in the same order, so that what differs is the runtime.

/// The length of a message in bytes.
pub const MESSAGE: usize = 64;

macro_rules! ends {
    ($ends:ident, $read:path, $write:path) => {
        pub mod $ends {
            use super::MESSAGE;
            use $read as Read;
            use $write as Write;

            /// Sends back what comes until the other side closes.
            pub async fn answer<S: Read + Write + Unpin>(mut stream: S) {
                let mut buffer = [0; 1024];
                while let Ok(n @ 1..) = stream.read(&mut buffer).await {
                    if stream.write_all(&buffer[..n]).await.is_err() {
                        return;
                    }
                }
            }

            /// Sends `requests` messages, each after the answer to the one before.
            pub async fn ask<S: Read + Write + Unpin>(mut stream: S, requests: u64) {
                let mut message = [7; MESSAGE];
                for _ in 0..requests {
                    stream
                        .write_all(&message)
                        .await
                        .expect("the echo server is gone");
                    stream
                        .read_exact(&mut message)
                        .await
                        .expect("the echo server is gone");
                }
            }
        }
    };
}

ends!(
    over_tokio,
    tokio::io::AsyncReadExt,
    tokio::io::AsyncWriteExt
);
ends!(
    over_futures,
    futures::io::AsyncReadExt,
    futures::io::AsyncWriteExt
);
