//! monoio: a runtime for each core over io_uring, or over epoll where that is missing.

use std::convert::identity;
use std::future::Future;

use monoio::io::{AsyncReadRent, AsyncReadRentExt, AsyncWriteRentExt};
use monoio::net::udp::UdpSocket;
use monoio::net::{TcpListener, TcpStream};
use monoio::{FusionDriver, RuntimeBuilder};

use super::cores::Core;
use super::owned::owned_buffers;
use crate::exchange::{Answer, Exchange, MESSAGE};

pub struct Monoio;

/// Which driver it chooses on this machine.
pub fn driver() -> &'static str {
    match monoio::utils::detect_uring() {
        true => "io_uring",
        false => "epoll",
    }
}

impl Core for Monoio {
    fn block_on<F: Future>(main: F) -> F::Output {
        let runtime = RuntimeBuilder::<FusionDriver>::new().enable_all().build();
        runtime.unwrap().block_on(main)
    }

    fn spawn<F>(future: F) -> impl Future<Output = ()>
    where
        F: Future<Output = ()> + 'static,
    {
        monoio::spawn(future)
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        monoio::spawn(future);
    }
}

owned_buffers!(Monoio, identity);
