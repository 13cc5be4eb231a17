//! What is watched while others block: a ticker inside of the runtime, an echo from outside.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::peer::Peer;

/// How long the ticker sleeps, and the echo pauses.
pub const TICK: Duration = Duration::from_millis(1);

/// A task that sleeps for a millisecond again and again, and notes when it woke.
#[derive(Clone, Default)]
pub struct Ticker(Arc<Mutex<Vec<Instant>>>);

impl Ticker {
    /// Starts it, and returns when it has ticked for a while.
    pub fn start<P: Peer>(peer: &P) -> Self {
        let ticker = Ticker::default();
        let ticks = ticker.0.clone();
        peer.spawn(async move {
            loop {
                ticks.lock().unwrap().push(Instant::now());
                P::sleep(TICK).await;
            }
        });
        std::thread::sleep(Duration::from_millis(50));
        ticker
    }

    /// The gaps between two ticks since `from`, sorted. The last one ends now.
    pub fn gaps(&self, from: Instant) -> Vec<Duration> {
        let ticks = self.0.lock().unwrap();
        let first = ticks.partition_point(|tick| *tick < from).saturating_sub(1);
        let mut ticks: Vec<_> = ticks[first..].to_vec();
        ticks.push(Instant::now());
        let mut gaps: Vec<_> = ticks.windows(2).map(|pair| pair[1] - pair[0]).collect();
        gaps.sort();
        gaps
    }
}

/// The longest of sorted times, in milliseconds.
pub fn longest(sorted: &[Duration]) -> f64 {
    sorted.last().map_or(0.0, millis)
}

/// The time that 99 of 100 of these sorted ones do not exceed, in milliseconds.
pub fn p99(sorted: &[Duration]) -> f64 {
    sorted.get(sorted.len() * 99 / 100).map_or(0.0, millis)
}

pub fn millis(time: &Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Both ends of so many connections: the clients', which block, and the servers', which do not.
pub fn connections(count: usize) -> (Vec<TcpStream>, Vec<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (0..count)
        .map(|_| {
            let client = TcpStream::connect(address).unwrap();
            let (server, _) = listener.accept().unwrap();
            client.set_nodelay(true).unwrap();
            server.set_nodelay(true).unwrap();
            server.set_nonblocking(true).unwrap();
            (client, server)
        })
        .unzip()
}

/// Round trips over these connections in turn, with a pause after each, on a thread of its own.
#[derive(Clone, Default)]
pub struct Echo(Arc<Mutex<Trips>>);

#[derive(Default)]
struct Trips {
    done: Vec<Duration>,
    /// When the one under way began.
    begun: Option<Instant>,
}

impl Echo {
    pub fn start(mut clients: Vec<TcpStream>, pause: Duration) -> Self {
        let echo = Echo::default();
        let trips = echo.0.clone();
        std::thread::spawn(move || {
            for turn in 0.. {
                let count = clients.len();
                let client = &mut clients[turn % count];
                let begun = Instant::now();
                trips.lock().unwrap().begun = Some(begun);
                let mut message = [7; 8];
                let sent = client.write_all(&message);
                if sent.and_then(|()| client.read_exact(&mut message)).is_err() {
                    // The runtime has ended. If it had not, this trip would never be over.
                    return;
                }
                let mut trips = trips.lock().unwrap();
                trips.done.push(begun.elapsed());
                trips.begun = None;
                drop(trips);
                std::thread::sleep(pause);
            }
        });
        echo
    }

    /// Forgets the trips that are over.
    pub fn clear(&self) {
        self.0.lock().unwrap().done.clear();
    }

    /// How long the trips took, sorted; one that is under way counts as far as it got.
    pub fn trips(&self) -> Vec<Duration> {
        let trips = self.0.lock().unwrap();
        let mut all = trips.done.clone();
        all.extend(trips.begun.map(|begun| begun.elapsed()));
        all.sort();
        all
    }
}
