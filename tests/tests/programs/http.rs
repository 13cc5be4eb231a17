//! A router of axum, served by hyper until it is told to stop.
//!
//! `axum::serve` itself spawns on tokio's runtime and cannot run here; the router is a tower service,
//! and hyper serves it on any runtime.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper::server::conn::http1;
use hyper::{Request, StatusCode};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use plies::hyper::Timer;
use plies::net::{TcpListener, TcpStream};
use plies::sync::{Notify, oneshot};
use plies::task::JoinHandle;
use plies::time::{Duration, sleep};

use crate::curl::Curl;
use crate::run_on_each;

/// What the handlers share.
#[derive(Clone, Default)]
struct Shared {
    visits: Arc<AtomicUsize>,
    /// A visit to `/held` has arrived, and may be answered.
    arrived: Arc<Notify>,
    release: Arc<Notify>,
}

pub fn router() -> Router {
    router_with(Shared::default())
}

fn router_with(shared: Shared) -> Router {
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/square/{number}", get(square))
        .route("/sum", post(sum))
        .route("/visits", get(visits))
        .route("/held", get(held))
        .route("/panic", get(panics))
        .with_state(shared)
}

async fn square(Path(number): Path<u64>) -> String {
    // A handler uses the runtime as every other code does.
    sleep(Duration::from_millis(1)).await;
    let square = plies::spawn(async move { number * number });
    square.await.unwrap().to_string()
}

async fn sum(Json(numbers): Json<Vec<i64>>) -> Json<i64> {
    let sum = plies::task::spawn_blocking(move || numbers.iter().sum());
    Json(sum.await.unwrap())
}

async fn visits(State(shared): State<Shared>) -> String {
    (shared.visits.fetch_add(1, Ordering::Relaxed) + 1).to_string()
}

async fn held(State(shared): State<Shared>) -> &'static str {
    shared.arrived.notify_one();
    shared.release.notified().await;
    "at last"
}

async fn panics() -> &'static str {
    panic!("a handler's own fault")
}

/// Serves `router` until `stop`; then finishes the requests that it has and returns.
async fn serve(
    listener: TcpListener,
    router: Router,
    mut stop: oneshot::Receiver<()>,
) -> io::Result<()> {
    let connections = GracefulShutdown::new();
    let service = TowerToHyperService::new(router);
    loop {
        plies::select! {
            _ = &mut stop => break,
            accepted = listener.accept() => {
                let connection = http1::Builder::new()
                    .timer(Timer)
                    .serve_connection(accepted?.0, service.clone());
                plies::spawn(connections.watch(connection));
            }
        }
    }
    drop(listener);
    connections.shutdown().await;
    Ok(())
}

/// A server that runs, and how to stop it.
struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

impl Running {
    async fn start(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        Self {
            address,
            stop,
            task: plies::spawn(serve(listener, router, stopped)),
        }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap().unwrap();
    }
}

/// A connection that is kept.
struct Client {
    sender: SendRequest<Full<Bytes>>,
    connection: JoinHandle<hyper::Result<()>>,
}

impl Client {
    async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let (sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
        Self {
            sender,
            connection: plies::spawn(connection),
        }
    }

    async fn get(&mut self, path: &str) -> (StatusCode, String) {
        self.send(Request::get(path), "").await
    }

    async fn post(&mut self, path: &str, json: &str) -> (StatusCode, String) {
        let request = Request::post(path).header("content-type", "application/json");
        self.send(request, json).await
    }

    async fn send(
        &mut self,
        request: hyper::http::request::Builder,
        body: &str,
    ) -> (StatusCode, String) {
        let body = Full::from(body.to_owned());
        let request = request.header("host", "plies").body(body).unwrap();
        self.sender.ready().await.unwrap();
        let response = self.sender.send_request(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }
}

/// A good answer.
fn ok(body: impl ToString) -> (StatusCode, String) {
    (StatusCode::OK, body.to_string())
}

#[test]
fn an_axum_router_answers_many_clients_at_once() {
    const CLIENTS: usize = 16;
    const ROUNDS: usize = 20;
    run_on_each(|| async {
        let server = Running::start(router()).await;
        let address = server.address;
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                plies::spawn(async move {
                    let mut client = Client::connect(address).await;
                    for round in 0..ROUNDS {
                        let path = format!("/square/{}", number * round);
                        assert_eq!(client.get(&path).await, ok(number * round * number * round));
                        assert_eq!(client.get("/visits").await.0, StatusCode::OK);
                    }
                    assert_eq!(client.post("/sum", "[40, 1, 1]").await, ok(42));
                })
            })
            .collect();
        for client in clients {
            client.await.unwrap();
        }
        let mut client = Client::connect(address).await;
        assert_eq!(client.get("/visits").await, ok(CLIENTS * ROUNDS + 1));
        assert_eq!(client.get("/nowhere").await.0, StatusCode::NOT_FOUND);
        assert_eq!(client.get("/sum").await.0, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(client.get("/square/x").await.0, StatusCode::BAD_REQUEST);
        assert_eq!(client.post("/sum", "[").await.0, StatusCode::BAD_REQUEST);
        server.stop().await;
    });
}

#[test]
fn a_server_that_stops_finishes_the_request_that_it_has_and_hangs_up_on_the_rest() {
    run_on_each(|| async {
        let shared = Shared::default();
        let server = Running::start(router_with(shared.clone())).await;
        let address = server.address;
        let mut idle = Client::connect(address).await;
        assert_eq!(idle.get("/").await, ok("hello"));
        let held = plies::spawn(async move {
            let mut client = Client::connect(address).await;
            client.get("/held").await
        });
        shared.arrived.notified().await;
        let stopped = plies::spawn(server.stop());

        // The idle connection is closed at once, while the other one is still waited for.
        idle.connection.await.unwrap().unwrap();
        let refused = TcpStream::connect(address).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        assert!(!stopped.is_finished() && !held.is_finished());

        shared.release.notify_one();
        assert_eq!(held.await.unwrap(), ok("at last"));
        stopped.await.unwrap();
    });
}

#[test]
fn curl_is_answered() {
    let Some(curl) = Curl::find() else { return };
    run_on_each(|| {
        let curl = curl.clone();
        async move {
            let server = Running::start(router()).await;
            let url = |path: &str| format!("http://{}{path}", server.address);
            assert_eq!(curl.fetch([url("/square/12")]).await, "144");
            let sum = [
                "--header".to_owned(),
                "content-type: application/json".to_owned(),
                "--data".to_owned(),
                "[1, 2, 3]".to_owned(),
                url("/sum"),
            ];
            assert_eq!(curl.fetch(sum).await, "6");
            // A panic takes down its own connection, and nothing else.
            let output = curl.run([url("/panic")]).await;
            const EMPTY_REPLY: i32 = 52;
            assert_eq!(output.status.code(), Some(EMPTY_REPLY));
            // Several requests over one connection.
            let paths = ["/", "/square/3"].map(url);
            assert_eq!(curl.fetch(paths).await, "hello9");
            server.stop().await;
        }
    });
}
