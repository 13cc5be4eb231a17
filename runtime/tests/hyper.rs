//! hyper on the runtime: its servers and clients, its time-outs, and clients that misbehave.

mod util;

use std::net::SocketAddr;
use std::pin::pin;

use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::rt::Timer as _;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};
use plies::hyper::{Executor, Io, Timer};
use plies::io::{AsyncReadExt, AsyncWriteExt, duplex};
use plies::net::{TcpListener, TcpStream};
use plies::time::{Duration, Instant, sleep, timeout};
use util::spawn_on_each;

/// Far more than any step here takes.
const LONG: Duration = Duration::from_secs(60);

async fn answer(request: Request<Incoming>) -> hyper::Result<Response<Full<Bytes>>> {
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await?.to_bytes();
    Ok(Response::new(Full::new(Bytes::from(format!(
        "{path}: {}",
        String::from_utf8_lossy(&body)
    )))))
}

/// Serves HTTP/1, and gives clients `headers` to send their headers.
async fn serve(headers: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    plies::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let connection = http1::Builder::new()
                .timer(Timer)
                .header_read_timeout(headers)
                .serve_connection(stream, service_fn(answer));
            plies::spawn(connection);
        }
    });
    address
}

/// Sends `count` requests over one connection.
async fn converse(address: SocketAddr, count: usize) {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
    let connection = plies::spawn(connection);
    for number in 0..count {
        let request = Request::post(format!("/{number}"))
            .header("host", "plies")
            .body(Full::new(Bytes::from("body")))
            .unwrap();
        sender.ready().await.unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert!(response.status().is_success());
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, format!("/{number}: body"));
    }
    drop(sender);
    connection.await.unwrap().unwrap();
}

#[test]
fn requests_are_answered_on_connections_that_are_kept() {
    spawn_on_each(|| async {
        let address = serve(LONG).await;
        let clients: Vec<_> = (0..16)
            .map(|_| plies::spawn(converse(address, 25)))
            .collect();
        for client in clients {
            client.await.unwrap();
        }
    });
}

#[test]
fn clients_that_misbehave_stop_nobody_else() {
    spawn_on_each(|| async {
        let address = serve(LONG).await;
        let connect = move || async move { TcpStream::connect(address).await.unwrap() };
        let mut cut = connect().await;
        cut.write_all(b"POST / HTTP/1.1\r\nhost: plies\r\ncontent-length: 100\r\n\r\nhalf")
            .await
            .unwrap();
        let mut garbage = connect().await;
        garbage.write_all(&[0xff; 4096]).await.unwrap();
        let slow = plies::spawn(async move {
            let mut slow = connect().await;
            for byte in b"GET / HTTP/1.1\r\nhost: plies\r\n".iter().cycle() {
                slow.write_all(&[*byte]).await.unwrap();
                sleep(Duration::from_millis(5)).await;
            }
        });
        // None of the three is done with when these are served.
        for _ in 0..5 {
            converse(address, 20).await;
        }
        cut.set_zero_linger().unwrap();
        drop(cut);
        let mut refusal = String::new();
        garbage.read_to_string(&mut refusal).await.unwrap();
        assert!(refusal.starts_with("HTTP/1.1 400"), "{refusal}");
        converse(address, 20).await;
        slow.abort();
        converse(address, 20).await;
    });
}

#[test]
fn a_client_that_never_ends_its_headers_is_closed() {
    spawn_on_each(|| async {
        let address = serve(Duration::from_millis(20)).await;
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        // The end of the stream or a reset, but no endless wait.
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 200"));
    });
}

#[test]
fn a_connection_shuts_down_after_the_request_at_hand() {
    spawn_on_each(|| async {
        let (client, server) = duplex(1024);
        let (asked, was_asked) = plies::sync::oneshot::channel();
        let asked = std::sync::Mutex::new(Some(asked));
        let slow = service_fn(move |request| {
            asked.lock().unwrap().take().unwrap().send(()).unwrap();
            async {
                sleep(Duration::from_millis(5)).await;
                answer(request).await
            }
        });
        let server = plies::spawn(async move {
            let mut connection = pin!(
                http1::Builder::new()
                    .timer(Timer)
                    .serve_connection(Io::new(server), slow)
            );
            plies::select! {
                _ = connection.as_mut() => panic!("the client goes on"),
                asked = was_asked => asked.unwrap(),
            }
            connection.as_mut().graceful_shutdown();
            connection.await.unwrap();
        });
        let (mut sender, connection) = hyper::client::conn::http1::handshake(Io::new(client))
            .await
            .unwrap();
        let connection = plies::spawn(connection);
        let request = Request::get("/last").body(Empty::<Bytes>::new()).unwrap();
        let response = sender.send_request(request).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, "/last: ");
        server.await.unwrap();
        connection.await.unwrap().unwrap();
    });
}

#[test]
fn http2_spawns_its_streams_on_the_runtime() {
    spawn_on_each(|| async {
        let (client, server) = duplex(16 * 1024);
        let server = plies::spawn(
            http2::Builder::new(Executor)
                .timer(Timer)
                .serve_connection(Io::new(server), service_fn(answer)),
        );
        let (sender, connection) = hyper::client::conn::http2::handshake(Executor, Io::new(client))
            .await
            .unwrap();
        let connection = plies::spawn(connection);
        let streams: Vec<_> = (0..20)
            .map(|number| {
                let mut sender = sender.clone();
                plies::spawn(async move {
                    let request = Request::get(format!("http://plies/{number}"))
                        .body(Empty::<Bytes>::new())
                        .unwrap();
                    let response = sender.send_request(request).await.unwrap();
                    let body = response.into_body().collect().await.unwrap().to_bytes();
                    assert_eq!(body, format!("/{number}: "));
                })
            })
            .collect();
        for stream in streams {
            stream.await.unwrap();
        }
        drop(sender);
        connection.await.unwrap().unwrap();
        server.await.unwrap().unwrap();
    });
}

#[plies::test(start_paused = true)]
async fn hypers_timer_runs_by_the_clock_of_the_runtime() {
    let start = Instant::now();
    assert_eq!(Timer.now(), start.into_std());
    Timer.sleep(Duration::from_secs(3600)).await;
    assert_eq!(start.elapsed(), Duration::from_secs(3600));

    let mut sleep = Timer.sleep_until((start + Duration::from_secs(36_000)).into_std());
    Timer.reset(&mut sleep, (start + Duration::from_secs(7200)).into_std());
    timeout(Duration::from_secs(7200), sleep).await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(7200));
}
