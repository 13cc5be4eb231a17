//! Unix streams: both directions, halves, readiness, credentials, conversions, cancellation.

mod util;

use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut};
use std::os::unix::net;

use plies::io::{AsyncReadExt, AsyncWriteExt, Interest};
use plies::net::{UnixListener, UnixStream};
use util::{Folder, location_of_panic, poll_once, spawn_on_each};

#[test]
fn more_than_the_socket_buffers_passes_both_ways_through_owned_halves() {
    const SIZE: usize = 4 * 1024 * 1024;
    let echo = |stream: UnixStream| async move {
        let (mut read, mut write) = stream.into_split();
        plies::io::copy(&mut read, &mut write).await.unwrap()
        // Dropping the writing half tells the other side that this was all.
    };
    spawn_on_each(move || async move {
        let (client, server) = UnixStream::pair().unwrap();
        let echo = plies::spawn(echo(server));
        let (mut read, mut write) = client.into_split();
        let sender = plies::spawn(async move {
            let block: Vec<u8> = (0..=255).collect();
            for _ in 0..SIZE / block.len() {
                write.write_all(&block).await.unwrap();
            }
        });
        let mut all = Vec::new();
        read.read_to_end(&mut all).await.unwrap();
        sender.await.unwrap();
        assert_eq!((all.len(), echo.await.unwrap()), (SIZE, SIZE as u64));
        let in_order = |(at, byte): (usize, &u8)| at % 256 == usize::from(*byte);
        assert!(all.iter().enumerate().all(in_order));
    });
}

#[test]
fn halves_of_one_stream_reunite_and_others_do_not() {
    spawn_on_each(|| async {
        let (client, mut server) = UnixStream::pair().unwrap();
        let (read, write) = client.into_split();
        assert!(read.peer_addr().unwrap().is_unnamed());
        let (other_read, other_write) = UnixStream::pair().unwrap().0.into_split();
        let error = read.reunite(other_write).unwrap_err();
        assert!(error.to_string().contains("not of one stream"));
        let mut client = error.0.reunite(write).unwrap();
        drop((other_read, error.1));
        client.write_all(b"whole").await.unwrap();
        server.read_exact(&mut [0; 5]).await.unwrap();
    });
}

#[test]
fn a_forgotten_half_leaves_its_direction_open() {
    spawn_on_each(|| async {
        let (client, mut server) = UnixStream::pair().unwrap();
        let (read, write) = client.into_split();
        write.forget();
        assert!(poll_once(server.read_u8()).is_pending());
        drop(read);
        let error = server.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    });
}

#[test]
fn shutting_down_ends_the_other_sides_reading_only() {
    spawn_on_each(|| async {
        let (mut client, mut server) = UnixStream::pair().unwrap();
        client.shutdown().await.unwrap();
        assert_eq!(server.read(&mut [0]).await.unwrap(), 0);
        server.write_all(b"still open").await.unwrap();
        client.read_exact(&mut [0; 10]).await.unwrap();
        assert!(client.write_all(b"x").await.is_err());
    });
}

#[test]
fn trying_says_would_block_until_there_is_something() {
    spawn_on_each(|| async {
        let (client, server) = UnixStream::pair().unwrap();
        let mut buf = [0; 16];
        let error = server.try_read(&mut buf).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        client.writable().await.unwrap();
        let parts = [IoSlice::new(b"scat"), IoSlice::new(b"tered")];
        assert_eq!(client.try_write_vectored(&parts).unwrap(), 9);
        let ready = server.ready(Interest::READABLE).await.unwrap();
        assert!(ready.is_readable() && !ready.is_writable());
        let (mut first, mut second) = ([0; 3], [0; 16]);
        let mut bufs = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
        assert_eq!(server.try_read_vectored(&mut bufs).unwrap(), 9);
        assert_eq!((&first, &second[..6]), (b"sca", &b"ttered"[..]));

        assert_eq!(client.try_write(b"more").unwrap(), 4);
        server.readable().await.unwrap();
        let mut grows = Vec::new();
        assert_eq!(server.try_read_buf(&mut grows).unwrap(), 4);
        assert_eq!(grows, b"more");
    });
}

#[test]
fn the_polled_forms_wait_for_readiness() {
    spawn_on_each(|| async {
        let (client, server) = UnixStream::pair().unwrap();
        let waits = plies::spawn(async move {
            poll_fn(|cx| server.poll_read_ready(cx)).await.unwrap();
            server.try_read(&mut [0; 8]).unwrap()
        });
        plies::task::yield_now().await;
        poll_fn(|cx| client.poll_write_ready(cx)).await.unwrap();
        client.try_write(b"abc").unwrap();
        assert_eq!(waits.await.unwrap(), 3);
    });
}

#[test]
fn an_operation_of_the_users_own_waits_for_readiness() {
    spawn_on_each(|| async {
        let (mut client, server) = UnixStream::pair().unwrap();
        let reader = plies::spawn(async move {
            let count = server
                .async_io(Interest::READABLE, || peek(&server))
                .await
                .unwrap();
            assert_eq!(
                server.try_io(Interest::READABLE, || peek(&server)).unwrap(),
                count
            );
            count
        });
        client.write_all(b"four").await.unwrap();
        assert_eq!(reader.await.unwrap(), 4);
    });
}

fn peek(stream: &UnixStream) -> io::Result<usize> {
    let mut buf = [std::mem::MaybeUninit::uninit(); 4];
    socket2::SockRef::from(stream).peek(&mut buf)
}

/// A read stops after bytes that came with a descriptor, though there is more.
#[cfg(target_os = "linux")]
#[test]
fn a_short_read_does_not_hide_what_follows() {
    spawn_on_each(|| async {
        let (client, mut server) = UnixStream::pair().unwrap();
        let mut buf = [0; 16];
        assert!(poll_once(server.read(&mut buf)).is_pending());
        send_with_descriptor(&client, b"one");
        send_with_descriptor(&client, b"two");
        assert_eq!(server.read(&mut buf).await.unwrap(), 3);
        assert_eq!(server.read(&mut buf).await.unwrap(), 3);
        assert_eq!(&buf[..3], b"two");
    });
}

#[cfg(target_os = "linux")]
fn send_with_descriptor(stream: &UnixStream, bytes: &[u8]) {
    use std::os::fd::{AsRawFd, RawFd};

    #[repr(C, align(8))]
    struct Control([u8; 32]);

    let mut control = Control([0; 32]);
    let mut part = libc::iovec {
        iov_base: bytes.as_ptr().cast_mut().cast(),
        iov_len: bytes.len(),
    };
    // SAFETY: all zero is a valid header; its pointers are set to live memory of the lengths that
    // stand beside them, and there is room in it for one control message with one descriptor.
    let sent = unsafe {
        let mut header: libc::msghdr = std::mem::zeroed();
        header.msg_iov = &raw mut part;
        header.msg_iovlen = 1;
        header.msg_control = (&raw mut control.0).cast();
        header.msg_controllen = libc::CMSG_SPACE(size_of::<RawFd>() as u32) as usize;
        let message = libc::CMSG_FIRSTHDR(&raw const header);
        (*message).cmsg_level = libc::SOL_SOCKET;
        (*message).cmsg_type = libc::SCM_RIGHTS;
        (*message).cmsg_len = libc::CMSG_LEN(size_of::<RawFd>() as u32) as usize;
        libc::CMSG_DATA(message)
            .cast::<RawFd>()
            .write_unaligned(stream.as_raw_fd());
        libc::sendmsg(stream.as_raw_fd(), &raw const header, 0)
    };
    assert_eq!(sent, bytes.len() as isize);
}

#[cfg(target_os = "linux")]
#[test]
fn the_peer_of_a_pair_is_this_process() {
    spawn_on_each(|| async {
        let (stream, _other) = UnixStream::pair().unwrap();
        let peer = stream.peer_cred().unwrap();
        assert_eq!(peer.pid(), Some(std::process::id() as i32));
        // SAFETY: both only return a number.
        let (user, group) = unsafe { (libc::getuid(), libc::getgid()) };
        assert_eq!((peer.uid(), peer.gid()), (user, group));
    });
}

#[test]
fn streams_of_the_standard_library_come_and_go() {
    spawn_on_each(|| async {
        let (std, mut other) = net::UnixStream::pair().unwrap();
        let error = UnixStream::from_std(std.try_clone().unwrap()).unwrap_err();
        assert!(error.to_string().contains("set_nonblocking(true)"));
        std.set_nonblocking(true).unwrap();
        let mut stream = UnixStream::from_std(std).unwrap();
        assert!(poll_once(stream.read_u8()).is_pending());
        let mut stream = UnixStream::try_from(stream.into_std().unwrap()).unwrap();
        std::io::Write::write_all(&mut other, b"x").unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'x');
        assert!(stream.take_error().unwrap().is_none());
    });
}

#[test]
fn reading_and_writing_are_cancel_safe() {
    spawn_on_each(|| async {
        let (mut client, mut server) = UnixStream::pair().unwrap();
        for number in 0..50_u8 {
            assert!(poll_once(server.read(&mut [0])).is_pending());
            client.write_all(&[number]).await.unwrap();
            assert_eq!(server.read_u8().await.unwrap(), number);
        }
        // Until nothing fits: a write that is dropped then has written nothing.
        let mut written = 0;
        while let std::task::Poll::Ready(count) = poll_once(client.write(&[7; 1000])) {
            written += count.unwrap();
        }
        drop(client);
        let mut all = Vec::new();
        server.read_to_end(&mut all).await.unwrap();
        assert_eq!(all.len(), written);
    });
}

#[test]
fn a_dropped_connection_attempt_is_closed() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = folder.file("dropped");
        let listener = UnixListener::bind(&path).unwrap();
        drop(poll_once(UnixStream::connect(&path)));
        let (mut server, _) = listener.accept().await.unwrap();
        assert_eq!(server.read(&mut [0]).await.unwrap(), 0);
    });
}

#[test]
fn a_stream_that_is_always_ready_shares_its_worker() {
    spawn_on_each(|| async {
        let (mut one, mut other) = UnixStream::pair().unwrap();
        let busy = plies::spawn(async move {
            loop {
                one.write_all(b"x").await.unwrap();
                other.read_exact(&mut [0]).await.unwrap();
            }
        });
        for _ in 0..100 {
            plies::task::yield_now().await;
        }
        busy.abort();
        assert!(busy.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_pair_outside_of_a_runtime_panics_at_the_callers_line() {
    let file = location_of_panic(|| drop(UnixStream::pair()));
    assert!(file.ends_with("unix_stream.rs"), "{file}");
}
