//! Pipes: anonymous and named, readiness, conversions, cancellation.

mod util;

use std::ffi::CString;
use std::fs::File;
use std::future::poll_fn;
use std::io::{ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::task::Poll;

use plies::io::{AsyncReadExt, AsyncWriteExt, Interest};
use plies::net::unix::pipe::{OpenOptions, Receiver, Sender, pipe};
use util::{Folder, location_of_panic, poll_once, spawn_on_each};

fn fifo(folder: &Folder) -> PathBuf {
    let path = folder.file("fifo");
    let name = CString::new(path.as_os_str().as_bytes()).unwrap();
    // SAFETY: the name is a C string that lives until after the call.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
    path
}

fn is_nonblocking(fd: &impl AsFd) -> bool {
    socket2::SockRef::from(fd).nonblocking().unwrap()
}

#[test]
fn more_than_the_pipe_holds_passes_through() {
    const SIZE: usize = 4 * 1024 * 1024;
    spawn_on_each(|| async {
        let (mut sender, mut receiver) = pipe().unwrap();
        let writer = plies::spawn(async move {
            let block: Vec<u8> = (0..=255).collect();
            for _ in 0..SIZE / block.len() {
                sender.write_all(&block).await.unwrap();
            }
        });
        let mut all = Vec::new();
        receiver.read_to_end(&mut all).await.unwrap();
        writer.await.unwrap();
        assert_eq!(all.len(), SIZE);
        let in_order = |(at, byte): (usize, &u8)| at % 256 == usize::from(*byte);
        assert!(all.iter().enumerate().all(in_order));
    });
}

#[test]
fn a_pipe_that_nobody_reads_is_broken() {
    spawn_on_each(|| async {
        let (mut sender, receiver) = pipe().unwrap();
        while let Poll::Ready(written) = poll_once(sender.write(&[0; 4096])) {
            written.unwrap();
        }
        drop(receiver);
        sender.writable().await.unwrap();
        let error = sender.write_all(b"x").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn shutting_down_closes_nothing_and_dropping_does() {
    spawn_on_each(|| async {
        let (mut sender, mut receiver) = pipe().unwrap();
        sender.shutdown().await.unwrap();
        sender.write_all(b"x").await.unwrap();
        drop(sender);
        assert_eq!(receiver.read(&mut [0; 2]).await.unwrap(), 1);
        assert_eq!(receiver.read(&mut [0; 2]).await.unwrap(), 0);
    });
}

#[test]
fn trying_says_would_block_until_there_is_something() {
    spawn_on_each(|| async {
        let (sender, receiver) = pipe().unwrap();
        let error = receiver.try_read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        sender.writable().await.unwrap();
        assert!(
            sender
                .ready(Interest::WRITABLE)
                .await
                .unwrap()
                .is_writable()
        );
        let parts = [IoSlice::new(b"scat"), IoSlice::new(b"tered")];
        assert_eq!(sender.try_write_vectored(&parts).unwrap(), 9);
        receiver.readable().await.unwrap();
        assert!(
            receiver
                .ready(Interest::READABLE)
                .await
                .unwrap()
                .is_readable()
        );
        let (mut first, mut second) = ([0; 3], [0; 16]);
        let mut bufs = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
        assert_eq!(receiver.try_read_vectored(&mut bufs).unwrap(), 9);
        assert_eq!((&first, &second[..6]), (b"sca", &b"ttered"[..]));
        assert_eq!(sender.try_write(b"more").unwrap(), 4);
        let mut grows = Vec::new();
        assert_eq!(receiver.try_read_buf(&mut grows).unwrap(), 4);
    });
}

#[test]
fn operations_of_the_users_own_and_the_polled_forms_wait_for_readiness() {
    spawn_on_each(|| async {
        let (sender, receiver) = pipe().unwrap();
        let reader = plies::spawn(async move {
            poll_fn(|cx| receiver.poll_read_ready(cx)).await.unwrap();
            let mut buf = [0; 8];
            let mut file = File::from(receiver.as_fd().try_clone_to_owned().unwrap());
            let count = receiver.try_io(|| file.read(&mut buf)).unwrap();
            let again = receiver.try_io(|| file.read(&mut buf)).unwrap_err();
            assert_eq!(again.kind(), ErrorKind::WouldBlock);
            count
        });
        plies::task::yield_now().await;
        poll_fn(|cx| sender.poll_write_ready(cx)).await.unwrap();
        let mut file = File::from(sender.as_fd().try_clone_to_owned().unwrap());
        assert_eq!(sender.try_io(|| file.write(b"four")).unwrap(), 4);
        assert_eq!(reader.await.unwrap(), 4);
    });
}

#[test]
fn a_named_pipe_is_opened_at_both_ends() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = fifo(&folder);
        let options = OpenOptions::new();
        let error = options.open_sender(&path).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENXIO));
        let mut receiver = options.open_receiver(&path).unwrap();
        assert_eq!(receiver.read(&mut [0]).await.unwrap(), 0, "nobody writes");
        let mut sender = options.open_sender(&path).unwrap();
        sender.write_all(b"x").await.unwrap();
        assert_eq!(receiver.read_u8().await.unwrap(), b'x');
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_named_pipe_opened_both_ways_needs_no_other_end() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = fifo(&folder);
        let mut options = OpenOptions::new();
        let mut sender = options.read_write(true).open_sender(&path).unwrap();
        sender.write_all(b"x").await.unwrap();
        let mut receiver = options.open_receiver(&path).unwrap();
        assert_eq!(receiver.read_u8().await.unwrap(), b'x');
        drop(sender);
        assert!(poll_once(receiver.read_u8()).is_pending(), "not the end");
    });
}

#[test]
fn what_is_not_this_end_of_a_pipe_is_refused() {
    spawn_on_each(|| async {
        let open = |path: &Path| OpenOptions::new().open_receiver(path).unwrap_err();
        let error = open(Path::new("Cargo.toml"));
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(open(Path::new("no such file")).kind(), ErrorKind::NotFound);
        let file = File::open("Cargo.toml").unwrap();
        assert_eq!(
            Receiver::from_file(file).unwrap_err().kind(),
            ErrorKind::InvalidInput
        );

        let (sender, receiver) = pipe().unwrap();
        let error = Receiver::from_owned_fd(sender.into_nonblocking_fd().unwrap());
        assert!(error.unwrap_err().to_string().contains("for reading"));
        let error = Sender::from_owned_fd(receiver.into_nonblocking_fd().unwrap());
        assert!(error.unwrap_err().to_string().contains("for writing"));
    });
}

#[test]
fn unchecked_files_are_taken_as_they_are() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = fifo(&folder);
        let receiver = OpenOptions::new().unchecked(true).open_receiver(&path);
        let mut receiver = receiver.unwrap();
        let (sender, other) = pipe().unwrap();
        drop(other);
        drop(Sender::from_owned_fd_unchecked(sender.into_nonblocking_fd().unwrap()).unwrap());
        assert_eq!(receiver.read(&mut [0]).await.unwrap(), 0);
        drop(Sender::from_file_unchecked(File::create("/dev/null").unwrap()).unwrap());
    });
}

#[test]
fn ends_become_blocking_descriptors_and_come_back() {
    spawn_on_each(|| async {
        let (sender, receiver) = pipe().unwrap();
        assert!(is_nonblocking(&sender) && is_nonblocking(&receiver));
        let blocking = sender.into_blocking_fd().unwrap();
        assert!(!is_nonblocking(&blocking));
        let mut sender = Sender::from_owned_fd(blocking).unwrap();
        assert!(is_nonblocking(&sender));
        let receiver = File::from(receiver.into_blocking_fd().unwrap());
        let mut receiver = Receiver::from_file(receiver).unwrap();
        assert!(poll_once(receiver.read_u8()).is_pending());
        sender.write_all(b"x").await.unwrap();
        assert_eq!(receiver.read_u8().await.unwrap(), b'x');
    });
}

#[test]
fn reading_and_writing_are_cancel_safe() {
    spawn_on_each(|| async {
        let (mut sender, mut receiver) = pipe().unwrap();
        for number in 0..50_u8 {
            assert!(poll_once(receiver.read(&mut [0])).is_pending());
            sender.write_all(&[number]).await.unwrap();
            assert_eq!(receiver.read_u8().await.unwrap(), number);
        }
        let mut written = 0;
        while let Poll::Ready(count) = poll_once(sender.write(&[7; 1000])) {
            written += count.unwrap();
        }
        drop(sender);
        let mut all = Vec::new();
        receiver.read_to_end(&mut all).await.unwrap();
        assert_eq!(all.len(), written);
    });
}

#[test]
fn a_pipe_outside_of_a_runtime_panics_at_the_callers_line() {
    let file = location_of_panic(|| drop(pipe()));
    assert!(file.ends_with("pipe.rs"), "{file}");
}
