//! `Send`, `Sync`, `Unpin` and unwind safety of public types are those of tokio's: a program that
//! compiles there for one of them compiles here. Checked by the compiler; the tests only name it.

/// Whether a type implements a trait, as a constant: the inherent one is there only if it does,
/// and hides the trait's.
macro_rules! probe {
    ($($name:ident: $bound:path;)*) => {$(
        mod $name {
            pub struct Probe<T: ?Sized>(std::marker::PhantomData<T>);
            pub trait Otherwise {
                const IMPLEMENTED: bool = false;
            }
            impl<T: ?Sized> Otherwise for Probe<T> {}
            #[allow(dead_code)] // Unused where a type implements none.
            impl<T: ?Sized + $bound> Probe<T> {
                pub const IMPLEMENTED: bool = true;
            }
        }
    )*};
}

probe! {
    send: Send;
    sync: Sync;
    unpin: Unpin;
    unwind_safe: std::panic::UnwindSafe;
    ref_unwind_safe: std::panic::RefUnwindSafe;
}

macro_rules! same {
    ($($trait:ident)*; $ours:ty, $theirs:ty) => {$({
        #[allow(unused_imports)] // Unused where both types implement the trait.
        use $trait::Otherwise as _;
        const _: () = assert!(
            <$trait::Probe<$ours>>::IMPLEMENTED == <$trait::Probe<$theirs>>::IMPLEMENTED,
            concat!(stringify!($trait), " of ", stringify!($ours), " differs from tokio's"),
        );
    })*};
}

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

#[test]
fn tasks() {
    equal! {
        task::JoinSet<()>;
        task::JoinSet<OneThread>;
        task::JoinSet<Local>;
        task::JoinHandle<()>;
        task::JoinHandle<OneThread>;
        task::JoinHandle<Local>;
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
        runtime::LocalRuntime;
        runtime::LocalOptions;
    }
}

#[test]
fn processes() {
    equal! {
        process::Command;
        process::Child;
        process::ChildStdin;
        process::ChildStdout;
        process::ChildStderr;
    }
}

#[test]
fn files() {
    equal! {
        fs::File;
        fs::OpenOptions;
        fs::DirBuilder;
        fs::DirEntry;
        fs::ReadDir;
        fs::FileTimes;
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
    type Fd = std::os::fd::OwnedFd;
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
    // These are unwind safe too, which tokio's are not.
    use {plies::io::unix as ours, tokio::io::unix as theirs};
    same! { send sync unpin; ours::AsyncFd<Fd>, theirs::AsyncFd<Fd> }
    same! { send sync unpin; ours::AsyncFdReadyGuard<'_, Fd>, theirs::AsyncFdReadyGuard<'_, Fd> }
    same! {
        send sync unpin;
        ours::AsyncFdReadyMutGuard<'_, Fd>, theirs::AsyncFdReadyMutGuard<'_, Fd>
    }
}
