//! `AsyncFd`, and what a dropped wait means for the others that wait on the same descriptor.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use plies::io::Interest;
use plies::io::unix::AsyncFd;

use crate::ROUNDS;
use crate::cut::{at_each_cut, forgets_at_once};

fn pair() -> (AsyncFd<UnixStream>, UnixStream) {
    let (ours, peer) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    // SAFETY: a `UnixStream` keeps its descriptor as long as it lives.
    (unsafe { AsyncFd::register(ours).unwrap() }, peer)
}

fn read(mut stream: &UnixStream) -> std::io::Result<u8> {
    let mut byte = [0];
    stream.read_exact(&mut byte)?;
    Ok(byte[0])
}

#[test]
fn waiting_for_a_descriptor() {
    at_each_cut(|cut| async move {
        let (mut fd, mut peer) = pair();
        for round in 0..ROUNDS {
            // Both waits may be false alarms, left from what came before: then they do not wait.
            let arrives = async { peer.write_all(&[round]).unwrap() };
            drop(cut.drop_midway(fd.readable(), arrives).await);
            let got = loop {
                let mut guard = fd.readable().await.unwrap();
                if let Ok(got) = guard.try_io(|fd| read(fd.get_ref())) {
                    break got.unwrap();
                }
            };
            assert_eq!(got, round);

            let arrives = async { peer.write_all(&[round]).unwrap() };
            drop(cut.drop_midway(fd.readable_mut(), arrives).await);
            let operation = |stream: &UnixStream| read(stream);
            let got = fd.async_io(Interest::READABLE, operation).await.unwrap();
            assert_eq!(got, round);

            let arrives = async { peer.write_all(&[round]).unwrap() };
            let early = cut
                .drop_midway(fd.async_io(Interest::READABLE, operation), arrives)
                .await;
            assert!(early.is_none());
            let got = fd.async_io(Interest::READABLE, operation).await.unwrap();
            assert_eq!(got, round);
            let waits = fd.async_io(Interest::READABLE, operation);
            forgets_at_once(waits).await;
        }
    });
}

#[test]
fn a_dropped_wait_takes_no_wake_from_the_others() {
    at_each_cut(|cut| async move {
        let (fd, mut peer) = pair();
        let fd = Arc::new(fd);
        for round in 0..ROUNDS {
            let others: Vec<_> = (0..3)
                .map(|_| {
                    let fd = fd.clone();
                    plies::spawn(async move { fd.async_io(Interest::READABLE, read).await })
                })
                .collect();
            plies::task::yield_now().await;
            let arrives = async { peer.write_all(&[round; 3]).unwrap() };
            let early = cut.drop_midway(fd.readable(), arrives).await;
            // The others may have been served before this one's turn came.
            drop(early);
            for other in others {
                assert_eq!(other.await.unwrap().unwrap(), round);
            }
        }
    });
}
