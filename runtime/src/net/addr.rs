//! What can be turned into socket addresses.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use crate::task::spawn_blocking;

/// Addresses, or names that resolve to addresses.
///
/// Implemented for socket addresses, for pairs of an IP address or a host name and a port, for
/// strings like `"127.0.0.1:80"` and `"localhost:80"`, and for slices of socket addresses.
/// Names are looked up by the operating system, on the blocking pool.
///
/// The trait is sealed: it is there to be passed, not to be implemented.
pub trait ToSocketAddrs: sealed::Resolve {}

impl<T: sealed::Resolve + ?Sized> ToSocketAddrs for T {}

/// Looks up the addresses of a host.
///
/// # Errors
///
/// When the name is unknown, the string has no port, or the operating system's resolver fails.
///
/// # Cancel safety
///
/// Dropping the future abandons the result; a lookup that has begun runs to its end on the
/// blocking pool.
///
/// # Examples
///
/// ```
/// # #[plies::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let mut addresses = plies::net::lookup_host("127.0.0.1:80").await?;
/// assert_eq!(addresses.next(), Some(([127, 0, 0, 1], 80).into()));
/// # Ok(())
/// # }
/// ```
pub async fn lookup_host<T: ToSocketAddrs>(
    host: T,
) -> io::Result<impl Iterator<Item = SocketAddr>> {
    resolve(&host).await.map(Vec::into_iter)
}

/// The addresses of `host`, without a detour through the blocking pool where it names none.
pub(crate) fn resolve<A: sealed::Resolve + ?Sized>(
    host: &A,
) -> impl Future<Output = io::Result<Vec<SocketAddr>>> + Send + use<A> {
    let resolved = host.resolve();
    async move {
        match resolved {
            sealed::Resolved::Known(addresses) => Ok(addresses),
            sealed::Resolved::Name(name) => name.look_up().await,
        }
    }
}

/// Calls `attempt` with each address of `host` until one succeeds.
///
/// The error is the last one, or says that there was no address at all.
pub(crate) async fn each_address<A, T, F>(
    host: A,
    mut attempt: impl FnMut(SocketAddr) -> F,
) -> io::Result<T>
where
    A: sealed::Resolve,
    F: Future<Output = io::Result<T>>,
{
    let mut last = None;
    for address in resolve(&host).await? {
        match attempt(address).await {
            Ok(value) => return Ok(value),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(no_address))
}

pub(crate) fn no_address() -> io::Error {
    let message = "the host resolved to no address";
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

pub(crate) mod sealed {
    use super::{SocketAddr, io, spawn_blocking};
    use std::net::ToSocketAddrs as _;

    /// What an address expression amounts to before any lookup.
    #[derive(Debug)]
    pub enum Resolved {
        Known(Vec<SocketAddr>),
        Name(Name),
    }

    /// A host to look up.
    #[derive(Debug)]
    pub enum Name {
        HostAndPort(String, u16),
        Joined(String),
    }

    impl Name {
        pub(crate) async fn look_up(self) -> io::Result<Vec<SocketAddr>> {
            let look_up = spawn_blocking(move || match self {
                Self::HostAndPort(host, port) => (host, port).to_socket_addrs().map(Vec::from_iter),
                Self::Joined(host) => host.to_socket_addrs().map(Vec::from_iter),
            });
            look_up.await.unwrap_or_else(|error| Err(error.into()))
        }
    }

    pub trait Resolve {
        fn resolve(&self) -> Resolved;
    }
}

use sealed::{Name, Resolve, Resolved};

macro_rules! resolve_known {
    ($($type:ty: |$value:ident| $address:expr;)*) => {$(
        impl Resolve for $type {
            fn resolve(&self) -> Resolved {
                let $value = *self;
                Resolved::Known(vec![$address])
            }
        }
    )*};
}

resolve_known! {
    SocketAddr: |address| address;
    SocketAddrV4: |address| address.into();
    SocketAddrV6: |address| address.into();
    (IpAddr, u16): |pair| pair.into();
    (Ipv4Addr, u16): |pair| pair.into();
    (Ipv6Addr, u16): |pair| pair.into();
}

impl Resolve for [SocketAddr] {
    fn resolve(&self) -> Resolved {
        Resolved::Known(self.to_vec())
    }
}

impl Resolve for str {
    fn resolve(&self) -> Resolved {
        match self.parse() {
            Ok(address) => Resolved::Known(vec![address]),
            Err(_) => Resolved::Name(Name::Joined(self.to_owned())),
        }
    }
}

impl Resolve for String {
    fn resolve(&self) -> Resolved {
        self.as_str().resolve()
    }
}

impl Resolve for (&str, u16) {
    fn resolve(&self) -> Resolved {
        let (host, port) = *self;
        match host.parse::<IpAddr>() {
            Ok(ip) => (ip, port).resolve(),
            Err(_) => Resolved::Name(Name::HostAndPort(host.to_owned(), port)),
        }
    }
}

impl Resolve for (String, u16) {
    fn resolve(&self) -> Resolved {
        (self.0.as_str(), self.1).resolve()
    }
}

impl<T: Resolve + ?Sized> Resolve for &T {
    fn resolve(&self) -> Resolved {
        (**self).resolve()
    }
}
