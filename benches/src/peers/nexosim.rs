//! nexosim: a simulator whose executor passes messages between models and is reached through a
//! simulation only, so what it can be measured on is message passing. Its mailboxes take the
//! channels' place.

use std::time::Instant;

use nexosim::model::Model;
use nexosim::ports::{EventSource, Output};
use nexosim::simulation::{EventId, Mailbox, SimInit, Simulation};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

use crate::workloads::{BALLS, Ball, CAPACITY, NODES, SENDERS, Workload};

/// Nanoseconds a message; `None` if `workload` is more than message passing.
pub fn run(workload: &Workload, workers: usize, scale: u64) -> Option<Vec<f64>> {
    let (mut simulation, start) = match workload.name {
        "pinball" => pinball(workers),
        "funnel" => funnel(workers),
        _ => return None,
    };
    let mut run = |scale| simulation.process_event(&start, scale).unwrap();
    run((scale / 10).max(1));
    let started = Instant::now();
    run(scale);
    Some(vec![started.elapsed().as_nanos() as f64 / scale as f64])
}

/// A node of the pinball; its outputs lead to all nodes.
#[derive(Default, Serialize, Deserialize)]
struct Node {
    outputs: Vec<Output<Ball>>,
}

#[Model]
impl Node {
    async fn input(&mut self, mut ball: Ball) {
        if let Some(node) = ball.hop() {
            self.outputs[node].send(ball).await;
        }
    }
}

/// Throws the balls in.
#[derive(Default, Serialize, Deserialize)]
struct Plunger {
    outputs: Vec<Output<Ball>>,
}

#[Model]
impl Plunger {
    async fn start(&mut self, hops: u64) {
        for (node, ball) in Ball::all(hops) {
            self.outputs[node].send(ball).await;
        }
    }
}

fn pinball(workers: usize) -> (Simulation, EventId<u64>) {
    let mailboxes: Vec<_> = (0..NODES)
        .map(|_| Mailbox::<Node>::with_capacity(BALLS as usize))
        .collect();
    let addresses: Vec<_> = mailboxes.iter().map(Mailbox::address).collect();
    let outputs = || {
        let mut outputs = Vec::new();
        for address in &addresses {
            let mut output = Output::default();
            output.connect(Node::input, address);
            outputs.push(output);
        }
        outputs
    };
    let mut bench = SimInit::with_num_threads(workers);
    for mailbox in mailboxes {
        let node = Node { outputs: outputs() };
        bench = bench.add_model(node, mailbox, "node");
    }
    let plunger = Plunger { outputs: outputs() };
    let mailbox = Mailbox::new();
    let start = EventSource::new()
        .connect(Plunger::start, &mailbox)
        .register(&mut bench);
    bench = bench.add_model(plunger, mailbox, "plunger");
    (bench.init(MonotonicTime::EPOCH).unwrap(), start)
}

/// Sends its share of the messages when it is told to.
#[derive(Default, Serialize, Deserialize)]
struct Sender {
    output: Output<u64>,
}

#[Model]
impl Sender {
    async fn start(&mut self, messages: u64) {
        for i in 0..messages / SENDERS {
            self.output.send(i).await;
        }
    }
}

/// Counts what it receives.
#[derive(Default, Serialize, Deserialize)]
struct Receiver {
    received: u64,
}

#[Model]
impl Receiver {
    async fn input(&mut self, _message: u64) {
        self.received += 1;
    }
}

fn funnel(workers: usize) -> (Simulation, EventId<u64>) {
    let mut bench = SimInit::with_num_threads(workers);
    let receiver = Mailbox::<Receiver>::with_capacity(CAPACITY);
    let mut start = EventSource::new();
    for _ in 0..SENDERS {
        let mut sender = Sender::default();
        sender.output.connect(Receiver::input, &receiver);
        let mailbox = Mailbox::new();
        start = start.connect(Sender::start, &mailbox);
        bench = bench.add_model(sender, mailbox, "sender");
    }
    bench = bench.add_model(Receiver::default(), receiver, "receiver");
    let start = start.register(&mut bench);
    (bench.init(MonotonicTime::EPOCH).unwrap(), start)
}
