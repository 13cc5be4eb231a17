//! compio: a runtime for each core over io_uring, or over epoll where that is missing.

use std::future::Future;
use std::io;

use compio::buf::BufResult;
use compio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use compio::net::{TcpListener, TcpStream, UdpSocket};
use compio::runtime::{ResumeUnwind, Runtime};

use super::cores::Core;
use super::owned::owned_buffers;
use crate::exchange::{Answer, Exchange, MESSAGE};

pub struct Compio;

/// Which driver it chooses on this machine.
pub fn driver() -> String {
    format!("{:?}", Runtime::new().unwrap().driver_type())
}

impl Core for Compio {
    fn block_on<F: Future>(main: F) -> F::Output {
        Runtime::new().unwrap().block_on(main)
    }

    fn spawn<F>(future: F) -> impl Future<Output = ()>
    where
        F: Future<Output = ()> + 'static,
    {
        let task = compio::runtime::spawn(future);
        async { task.await.resume_unwind().unwrap() }
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        compio::runtime::spawn(future).detach();
    }
}

fn pair<T, B>(BufResult(result, buffer): BufResult<T, B>) -> (io::Result<T>, B) {
    (result, buffer)
}

owned_buffers!(Compio, pair);
