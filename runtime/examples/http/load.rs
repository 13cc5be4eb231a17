//! The load: keep-alive connections, each with one request at a time under way.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, header};
use plies::net::TcpStream;
use plies::task::JoinHandle;
use plies::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::latencies::Latencies;
use crate::report;

/// How long one request may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(10);

type Error = Box<dyn std::error::Error + Send + Sync>;

/// What a load found out.
pub struct Measured {
    pub requests: u64,
    pub errors: u64,
    /// The first error of all, to show.
    pub first_error: Option<String>,
    pub elapsed: Duration,
    pub latencies: Latencies,
}

/// What all connections count together, for the progress line.
#[derive(Default)]
struct Progress {
    requests: AtomicU64,
    errors: AtomicU64,
}

/// Sends requests over `connections` for `duration`.
pub async fn run(address: SocketAddr, connections: usize, duration: Duration) -> Measured {
    println!("load: {connections} keep-alive connections for {duration:?}");
    let progress = Arc::new(Progress::default());
    let start = Instant::now();
    let deadline = start + duration;
    let clients: Vec<_> = (0..connections)
        .map(|_| plies::spawn(client(address, deadline, progress.clone())))
        .collect();
    let display = plies::spawn(show(progress, start, duration));
    let mut measured = Measured {
        requests: 0,
        errors: 0,
        first_error: None,
        elapsed: Duration::ZERO,
        latencies: Latencies::default(),
    };
    for client in clients {
        collect(&mut measured, client).await;
    }
    measured.elapsed = start.elapsed();
    display.abort();
    report::clear_progress();
    measured
}

async fn collect(all: &mut Measured, client: JoinHandle<Client>) {
    match client.await {
        Ok(one) => {
            all.requests += one.requests;
            all.errors += one.errors;
            all.first_error = all.first_error.take().or(one.first_error);
            all.latencies.merge(&one.latencies);
        }
        Err(error) => {
            all.errors += 1;
            all.first_error.get_or_insert(error.to_string());
        }
    }
}

/// What one connection found out.
#[derive(Default)]
struct Client {
    requests: u64,
    errors: u64,
    first_error: Option<String>,
    latencies: Latencies,
}

/// Sends requests over one connection, and makes a new one after an error.
async fn client(address: SocketAddr, deadline: Instant, progress: Arc<Progress>) -> Client {
    let mut client = Client::default();
    while Instant::now() < deadline {
        if let Err(error) = client.converse(address, deadline, &progress).await {
            client.errors += 1;
            progress.errors.fetch_add(1, Ordering::Relaxed);
            client.first_error.get_or_insert(error.to_string());
            // A server that is gone should not be asked again at full speed.
            plies::time::sleep(Duration::from_millis(10)).await;
        }
    }
    client
}

impl Client {
    async fn converse(
        &mut self,
        address: SocketAddr,
        deadline: Instant,
        progress: &Progress,
    ) -> Result<(), Error> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (mut sender, connection) = http1::handshake(stream).await?;
        let connection = plies::spawn(connection);
        while Instant::now() < deadline {
            let sent = Instant::now();
            timeout(PATIENCE, request(&mut sender, address)).await??;
            self.latencies.record(sent.elapsed());
            self.requests += 1;
            progress.requests.fetch_add(1, Ordering::Relaxed);
        }
        drop(sender);
        Ok(connection.await??)
    }
}

async fn request(sender: &mut SendRequest<Empty<Bytes>>, address: SocketAddr) -> Result<(), Error> {
    let request = Request::get("/")
        .header(header::HOST, address.to_string())
        .body(Empty::<Bytes>::new())?;
    sender.ready().await?;
    let response = sender.send_request(request).await?;
    if !response.status().is_success() {
        return Err(format!("the server answered {}", response.status()).into());
    }
    response.into_body().collect().await?;
    Ok(())
}

/// Shows twice a second how far the load is.
async fn show(progress: Arc<Progress>, start: Instant, duration: Duration) {
    let mut ticks = interval(Duration::from_millis(500));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let requests = progress.requests.load(Ordering::Relaxed);
        let errors = progress.errors.load(Ordering::Relaxed);
        report::show_progress(start.elapsed(), duration, requests, errors);
    }
}
