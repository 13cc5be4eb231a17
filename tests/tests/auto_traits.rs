//! `Send`, `Sync`, `Unpin` and unwind safety of every public type, and the first three of every
//! future that a method returns, are those of tokio's: a program that compiles there compiles here.
//!
//! Types are checked by the compiler, and the tests only name them. Futures have no names, so their
//! traits are looked up when the test runs; none of them is ever made.
//!
//! What the runtime takes from tokio as it is (`sync`, most of `io`) is the same type on both sides.

mod probe;

use probe::{futures, same};

/// For each path below `plies` and `tokio`, with the same type arguments on both sides.
macro_rules! equal {
    ($($($path:ident)::+ $(<$($argument:tt),+>)?;)*) => {$(
        same! {
            send sync unpin unwind_safe ref_unwind_safe;
            plies::$($path)::+ $(<$($argument),+>)?, tokio::$($path)::+ $(<$($argument),+>)?
        }
    )*};
}

type Local = std::rc::Rc<()>;
type OneThread = std::cell::Cell<()>;
type Pinned = std::marker::PhantomPinned;
type Fd = std::os::fd::OwnedFd;
type LocalFd = std::rc::Rc<Fd>;

#[test]
fn runtimes() {
    equal! {
        runtime::Runtime;
        runtime::Builder;
        runtime::Handle;
        runtime::EnterGuard<'static>;
        runtime::TryCurrentError;
        runtime::RuntimeFlavor;
        runtime::RuntimeMetrics;
        runtime::Id;
        runtime::LocalRuntime;
        runtime::LocalOptions;
    }
}

#[test]
fn tasks() {
    equal! {
        task::JoinHandle<()>;
        task::JoinHandle<OneThread>;
        task::JoinHandle<Local>;
        task::JoinHandle<Pinned>;
        task::JoinError;
        task::AbortHandle;
        task::Id;
        task::LocalSet;
        task::LocalEnterGuard;
        task::LocalKey<()>;
        task::LocalKey<OneThread>;
        task::LocalKey<Local>;
        task::futures::TaskLocalFuture<(), ()>;
        task::futures::TaskLocalFuture<OneThread, ()>;
        task::futures::TaskLocalFuture<Local, ()>;
        task::futures::TaskLocalFuture<(), OneThread>;
        task::futures::TaskLocalFuture<(), Local>;
        task::futures::TaskLocalFuture<(), Pinned>;
        task::coop::RestoreOnPending;
        task::coop::Unconstrained<()>;
        task::coop::Unconstrained<OneThread>;
        task::coop::Unconstrained<Local>;
        task::coop::Unconstrained<Pinned>;
        task::coop::Coop<Ready>;
    }
    equal! {
        task::JoinSet<()>;
        task::JoinSet<OneThread>;
        task::JoinSet<Local>;
        task::JoinSet<Pinned>;
    }
}

/// tokio's `Coop` is for futures only.
type Ready = std::future::Ready<OneThread>;

#[test]
fn timers() {
    equal! {
        time::Instant;
        time::Sleep;
        time::Interval;
        time::MissedTickBehavior;
        time::Timeout<()>;
        time::Timeout<OneThread>;
        time::Timeout<Local>;
        time::Timeout<Pinned>;
        time::error::Elapsed;
    }
}

#[test]
fn processes_and_signals() {
    equal! {
        process::Command;
        process::ChildStdin;
        process::ChildStdout;
        process::ChildStderr;
        signal::unix::SignalKind;
    }
    equal! {
        process::Child;
        signal::unix::Signal;
    }
}

#[test]
fn files() {
    equal! {
        fs::OpenOptions;
        fs::DirBuilder;
        fs::DirEntry;
        fs::ReadDir;
        fs::FileTimes;
    }
    equal! {
        fs::File;
    }
}

#[test]
fn sockets() {
    equal! {
        net::TcpListener;
        net::TcpSocket;
        net::TcpStream;
        net::tcp::ReadHalf<'static>;
        net::tcp::WriteHalf<'static>;
        net::tcp::OwnedReadHalf;
        net::tcp::OwnedWriteHalf;
        net::tcp::ReuniteError;
        net::UdpSocket;
        net::UnixDatagram;
        net::UnixListener;
        net::UnixSocket;
        net::UnixStream;
        net::unix::ReadHalf<'static>;
        net::unix::WriteHalf<'static>;
        net::unix::OwnedReadHalf;
        net::unix::OwnedWriteHalf;
        net::unix::ReuniteError;
        net::unix::SocketAddr;
        net::unix::UCred;
        net::unix::pipe::OpenOptions;
        net::unix::pipe::Receiver;
        net::unix::pipe::Sender;
    }
}

#[test]
fn descriptors_and_standard_streams() {
    equal! {
        io::Interest;
        io::Ready;
        io::Stdin;
        io::Stdout;
        io::Stderr;
        io::unix::AsyncFdRegisterError<Fd>;
        io::unix::AsyncFdRegisterError<Local>;
        io::unix::TryIoError;
    }
    equal! {
        io::unix::AsyncFd<Fd>;
        io::unix::AsyncFd<LocalFd>;
        io::unix::AsyncFdReadyGuard<'static, Fd>;
        io::unix::AsyncFdReadyGuard<'static, LocalFd>;
        io::unix::AsyncFdReadyMutGuard<'static, Fd>;
        io::unix::AsyncFdReadyMutGuard<'static, LocalFd>;
    }
}

futures! { task_futures: task, time;
    task::yield_now();
    task::coop::consume_budget();
    any::<&mut task::JoinSet<()>>().join_next();
    any::<&mut task::JoinSet<Local>>().join_next();
    any::<&mut task::JoinSet<OneThread>>().join_next_with_id();
    any::<&mut task::JoinSet<()>>().shutdown();
    any::<task::JoinSet<()>>().join_all();
    any::<task::JoinSet<Local>>().join_all();
    any::<&task::LocalSet>().run_until(any::<std::future::Ready<()>>());
    any::<&mut time::Interval>().tick();
    time::advance(any());
}

futures! { file_futures: fs;
    any::<&fs::DirBuilder>().create("");
    any::<&fs::DirEntry>().file_type();
    any::<&fs::DirEntry>().metadata();
    fs::File::create("");
    fs::File::create_new("");
    fs::File::open("");
    any::<fs::File>().into_std();
    any::<&fs::File>().metadata();
    any::<&fs::File>().set_len(0);
    any::<&fs::File>().set_modified(any());
    any::<&fs::File>().set_permissions(any());
    any::<&fs::File>().set_times(any());
    any::<&fs::File>().sync_all();
    any::<&fs::File>().sync_data();
    any::<&fs::File>().try_clone();
    any::<&fs::OpenOptions>().open("");
    any::<&mut fs::ReadDir>().next_entry();
    fs::canonicalize("");
    fs::copy("", "");
    fs::create_dir("");
    fs::create_dir_all("");
    fs::hard_link("", "");
    fs::metadata("");
    fs::read("");
    fs::read_dir("");
    fs::read_link("");
    fs::read_to_string("");
    fs::remove_dir("");
    fs::remove_dir_all("");
    fs::remove_file("");
    fs::rename("", "");
    fs::set_permissions("", any());
    fs::symlink("", "");
    fs::symlink_metadata("");
    fs::try_exists("");
    fs::write("", "");
}

futures! { descriptor_futures: io;
    any::<&io::unix::AsyncFd<Fd>>().async_io(any(), any::<fn(&Fd) -> std::io::Result<()>>());
    any::<&mut io::unix::AsyncFd<Fd>>()
        .async_io_mut(any(), any::<fn(&mut Fd) -> std::io::Result<()>>());
    any::<&io::unix::AsyncFd<Fd>>().readable();
    any::<&mut io::unix::AsyncFd<Fd>>().readable_mut();
    any::<&io::unix::AsyncFd<Fd>>().ready(any());
    any::<&mut io::unix::AsyncFd<Fd>>().ready_mut(any());
    any::<&io::unix::AsyncFd<Fd>>().writable();
    any::<&mut io::unix::AsyncFd<Fd>>().writable_mut();
}

futures! { tcp_futures: net;
    net::lookup_host("");
    net::TcpListener::bind("");
    any::<&net::TcpListener>().accept();
    any::<net::TcpSocket>().connect(any());
    net::TcpStream::connect("");
    any::<&net::TcpStream>().async_io(any(), any::<fn() -> std::io::Result<()>>());
    any::<&net::TcpStream>().peek(any());
    any::<&net::TcpStream>().readable();
    any::<&net::TcpStream>().ready(any());
    any::<&net::TcpStream>().writable();
    any::<&mut net::tcp::OwnedReadHalf>().peek(any());
    any::<&net::tcp::OwnedReadHalf>().readable();
    any::<&net::tcp::OwnedReadHalf>().ready(any());
    any::<&net::tcp::OwnedWriteHalf>().ready(any());
    any::<&net::tcp::OwnedWriteHalf>().writable();
    any::<&mut net::tcp::ReadHalf<'static>>().peek(any());
    any::<&net::tcp::ReadHalf<'static>>().readable();
    any::<&net::tcp::ReadHalf<'static>>().ready(any());
    any::<&net::tcp::WriteHalf<'static>>().ready(any());
    any::<&net::tcp::WriteHalf<'static>>().writable();
}

futures! { udp_futures: net;
    net::UdpSocket::bind("");
    any::<&net::UdpSocket>().async_io(any(), any::<fn() -> std::io::Result<()>>());
    any::<&net::UdpSocket>().connect("");
    any::<&net::UdpSocket>().peek(any());
    any::<&net::UdpSocket>().peek_from(any());
    any::<&net::UdpSocket>().peek_sender();
    any::<&net::UdpSocket>().readable();
    any::<&net::UdpSocket>().ready(any());
    any::<&net::UdpSocket>().recv(any());
    any::<&net::UdpSocket>().recv_buf(any::<&mut Vec<u8>>());
    any::<&net::UdpSocket>().recv_buf_from(any::<&mut Vec<u8>>());
    any::<&net::UdpSocket>().recv_from(any());
    any::<&net::UdpSocket>().send(any());
    any::<&net::UdpSocket>().send_to(any(), "");
    any::<&net::UdpSocket>().writable();
}

futures! { unix_futures: net;
    any::<&net::UnixListener>().accept();
    any::<net::UnixSocket>().connect("");
    net::UnixStream::connect("");
    net::UnixStream::connect_addr(any());
    any::<&net::UnixStream>().async_io(any(), any::<fn() -> std::io::Result<()>>());
    any::<&net::UnixStream>().readable();
    any::<&net::UnixStream>().ready(any());
    any::<&net::UnixStream>().writable();
    any::<&net::unix::OwnedReadHalf>().readable();
    any::<&net::unix::OwnedReadHalf>().ready(any());
    any::<&net::unix::OwnedWriteHalf>().ready(any());
    any::<&net::unix::OwnedWriteHalf>().writable();
    any::<&net::unix::ReadHalf<'static>>().readable();
    any::<&net::unix::ReadHalf<'static>>().ready(any());
    any::<&net::unix::WriteHalf<'static>>().ready(any());
    any::<&net::unix::WriteHalf<'static>>().writable();
    any::<&net::unix::pipe::Receiver>().readable();
    any::<&net::unix::pipe::Receiver>().ready(any());
    any::<&net::unix::pipe::Sender>().ready(any());
    any::<&net::unix::pipe::Sender>().writable();
    any::<&net::UnixDatagram>().async_io(any(), any::<fn() -> std::io::Result<()>>());
    any::<&net::UnixDatagram>().readable();
    any::<&net::UnixDatagram>().ready(any());
    any::<&net::UnixDatagram>().recv(any());
    any::<&net::UnixDatagram>().recv_buf(any::<&mut Vec<u8>>());
    any::<&net::UnixDatagram>().recv_buf_from(any::<&mut Vec<u8>>());
    any::<&net::UnixDatagram>().recv_from(any());
    any::<&net::UnixDatagram>().send(any());
    any::<&net::UnixDatagram>().send_to(any(), "");
    any::<&net::UnixDatagram>().writable();
}

futures! { process_and_signal_futures: process, signal;
    any::<&mut process::Command>().output();
    any::<&mut process::Command>().status();
    any::<&mut process::Child>().kill();
    any::<&mut process::Child>().wait();
    any::<process::Child>().wait_with_output();
    signal::ctrl_c();
    any::<&mut signal::unix::Signal>().recv();
}
