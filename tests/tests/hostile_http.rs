//! Clients that misbehave do not hold up the others: an HTTP server goes on serving well-behaved
//! connections while others are cut mid-request, send garbage, or send a byte a second.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use plies::net::TcpListener;
use plies::runtime::{Builder, Runtime};

const BODY: &str = "hello";
const REQUEST: &str = "GET / HTTP/1.1\r\nhost: plies\r\n\r\n";

async fn hello(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::new(Bytes::from_static(
        BODY.as_bytes(),
    ))))
}

/// Starts a server on `runtime`'s workers and says where it listens.
fn serve(runtime: &Runtime) -> SocketAddr {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // A hostile connection ends with an error, which is its own business.
            let connection = http1::Builder::new().serve_connection(stream, service_fn(hello));
            drop(plies::spawn(connection));
        }
    });
    address
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    // Only so that a server that stops answering fails the test instead of hanging it.
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Reads one response and asserts that it is the whole right answer.
fn expect_hello(stream: &mut TcpStream) {
    let mut response = Vec::new();
    let mut buffer = [0; 1024];
    while !response.ends_with(BODY.as_bytes()) {
        let n = stream
            .read(&mut buffer)
            .expect("the server does not answer");
        assert_ne!(n, 0, "the server hung up on a well-behaved client");
        response.extend_from_slice(&buffer[..n]);
    }
    assert!(
        response.starts_with(b"HTTP/1.1 200 OK\r\n"),
        "{}",
        response.escape_ascii()
    );
}

/// `clients` keep-alive connections with `requests` each, all answered.
fn well_behaved(address: SocketAddr, clients: usize, requests: usize) {
    let clients: Vec<_> = (0..clients)
        .map(|_| {
            thread::spawn(move || {
                let mut stream = connect(address);
                for _ in 0..requests {
                    stream.write_all(REQUEST.as_bytes()).unwrap();
                    expect_hello(&mut stream);
                }
            })
        })
        .collect();
    for client in clients {
        client.join().unwrap();
    }
}

/// Cuts connections in the middle of a request: half are shut down, half just dropped.
fn cut_mid_request(address: SocketAddr) {
    for i in 0..50 {
        let mut stream = connect(address);
        stream.write_all(&REQUEST.as_bytes()[..10]).unwrap();
        if i % 2 == 0 {
            stream.shutdown(Shutdown::Both).unwrap();
        }
    }
}

/// Sends what is no HTTP, and sees the server refuse it.
fn send_garbage(address: SocketAddr) {
    for seed in 1..50_u32 {
        let mut stream = connect(address);
        let garbage: Vec<_> = (1..600_u32)
            .map(|i| (seed.wrapping_mul(i).wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        // The server may hang up while this still writes.
        let _ = stream
            .write_all(&garbage)
            .and_then(|()| stream.write_all(b"\r\n\r\n"));
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(!answer.starts_with(b"HTTP/1.1 200"), "garbage was served");
    }
}

/// Sends a request a byte a second until `stop`, then the rest at once; it too is answered.
/// Returns how many bytes went the slow way.
fn byte_a_second(address: SocketAddr, stop: &AtomicBool) -> usize {
    let mut stream = connect(address);
    let mut bytes = REQUEST.as_bytes().chunks(1);
    let mut slow = 0;
    while !stop.load(Ordering::Relaxed) && slow < REQUEST.len() - 1 {
        stream.write_all(bytes.next().unwrap()).unwrap();
        slow += 1;
        thread::sleep(Duration::from_secs(1));
    }
    for byte in bytes {
        stream.write_all(byte).unwrap();
    }
    expect_hello(&mut stream);
    slow
}

/// The well-behaved clients are all answered, thousands of times, while one slow request is still
/// being sent: nobody waited for it.
fn others_are_served(workers: usize) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()
        .unwrap();
    let address = serve(&runtime);
    let stop = Arc::new(AtomicBool::new(false));
    let slow = {
        let stop = stop.clone();
        thread::spawn(move || byte_a_second(address, &stop))
    };
    let hostile: [fn(SocketAddr); 2] = [cut_mid_request, send_garbage];
    let hostile = hostile.map(|client| thread::spawn(move || client(address)));
    well_behaved(address, 8, 500);
    hostile
        .into_iter()
        .for_each(|client| client.join().unwrap());
    well_behaved(address, 8, 500);
    stop.store(true, Ordering::Relaxed);
    let sent_slowly = slow.join().unwrap();
    assert!(
        sent_slowly < REQUEST.len() - 1,
        "the others had to wait for the slow request"
    );
}

#[test]
fn hostile_clients_hold_nobody_up_on_one_worker() {
    others_are_served(1);
}

#[test]
fn hostile_clients_hold_nobody_up_on_four_workers() {
    others_are_served(4);
}
