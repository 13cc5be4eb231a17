//! The names of all workloads, what they do, and how much of it.

use super::Setting::{Once, OneCore, Ordinary};
use super::{Better, Metric, Setting, Workload};

const fn metric(name: &'static str, unit: &'static str, better: Better) -> Metric {
    Metric { name, unit, better }
}

const NANOS: &[Metric] = &[metric("", "ns", Better::Lower)];
const MICROS: &[Metric] = &[metric("", "µs", Better::Lower)];
const RATE: &[Metric] = &[metric("", "1/s", Better::Higher)];
const LATENESS: &[Metric] = &[
    metric("", "µs", Better::Lower),
    metric("cpu", "ns", Better::Lower),
];
const MILLION: &[Metric] = &[
    metric("arm", "ns", Better::Lower),
    metric("arm_drop", "ns", Better::Lower),
];
const HTTP: &[Metric] = &[
    metric("", "1/s", Better::Higher),
    metric("p50", "µs", Better::Lower),
    metric("p99", "µs", Better::Lower),
];
const BYTES: &[Metric] = &[
    metric("heap", "B", Better::Lower),
    metric("resident", "B", Better::Lower),
];
const CONNECTIONS: &[Metric] = &[
    metric("heap", "B", Better::Lower),
    metric("resident", "B", Better::Lower),
    metric("count", "", Better::Higher),
];

const fn workload(
    name: &'static str,
    metrics: &'static [Metric],
    scale: u64,
    what: &'static str,
) -> Workload {
    Workload {
        name,
        what,
        metrics,
        scale,
        setting: Ordinary,
    }
}

const fn set(setting: Setting, workload: Workload) -> Workload {
    Workload {
        setting,
        ..workload
    }
}

/// The workloads that are also measured over 1, 2, 4 and 8 workers.
pub const SCALED: &[&str] = &[
    "yield",
    "spawn_local_join",
    "pairs_light",
    "pinball",
    "echo_64",
];

/// Every workload, in the order of the report.
pub const ALL: &[Workload] = &[
    workload("yield", NANOS, 2_000_000, "200 tasks that yield, per yield"),
    workload(
        "spawn_local",
        NANOS,
        500_000,
        "spawn 10,000 detached from a task, per task",
    ),
    workload(
        "spawn_local_join",
        NANOS,
        500_000,
        "spawn from a task and await, one by one",
    ),
    workload(
        "join_all",
        NANOS,
        500_000,
        "1,000 children returning a value, all joined, per child",
    ),
    workload(
        "spawn_outside_join",
        NANOS,
        300_000,
        "spawn 10,000 from outside, await all, per task",
    ),
    workload(
        "spawn_outside_batch",
        NANOS,
        300_000,
        "spawn 10,000 detached from outside, per task",
    ),
    workload(
        "spawn_outside_busy",
        NANOS,
        200_000,
        "spawn 10,000 from outside, await all, while all workers are busy",
    ),
    workload(
        "chain",
        NANOS,
        500_000,
        "each task spawns the next, per task",
    ),
    workload(
        "ping_pong_spawned",
        NANOS,
        150_000,
        "1,000 spawned pairs, oneshots both ways, per pair",
    ),
    workload(
        "ping_pong_standing",
        NANOS,
        400_000,
        "8 standing pairs, per round trip",
    ),
    workload(
        "pairs_light",
        NANOS,
        2_000_000,
        "8 pairs over a light channel of 64, per message",
    ),
    workload(
        "pairs_async_channel",
        NANOS,
        2_000_000,
        "8 pairs over async-channel of 64, per message",
    ),
    workload(
        "pinball",
        NANOS,
        600_000,
        "32 balls among 64 nodes, per hop",
    ),
    workload(
        "funnel",
        NANOS,
        1_000_000,
        "64 senders into one receiver, per message",
    ),
    workload(
        "wake_poll",
        NANOS,
        1_000_000,
        "a task wakes 64 others and yields, per wake and poll",
    ),
    workload(
        "timer_arm_drop",
        NANOS,
        1_000_000,
        "a one-hour sleep polled once and dropped",
    ),
    workload(
        "timer_lateness",
        LATENESS,
        10_000,
        "sleeps of 1 to 20 ms: mean lateness, and CPU a timer",
    ),
    workload(
        "timer_million",
        MILLION,
        1_000_000,
        "a million sleeps armed, per sleep; then arm and drop among them",
    ),
    workload(
        "wake_hot",
        NANOS,
        20_000,
        "round trip of a foreign thread with a task",
    ),
    workload(
        "wake_cold",
        NANOS,
        1_000,
        "the same with a pause of 200 µs before each",
    ),
    workload(
        "start_stop",
        MICROS,
        500,
        "start a runtime, run one task, stop it",
    ),
    workload(
        "echo_64",
        RATE,
        100_000,
        "TCP echo, 64 connections, both ends inside, requests",
    ),
    workload(
        "echo_1024",
        RATE,
        100_000,
        "TCP echo, 1,024 connections, both ends inside, requests",
    ),
    set(
        OneCore,
        workload(
            "echo_64_one_core",
            RATE,
            100_000,
            "TCP echo, 64 connections, one worker, the process on one core",
        ),
    ),
    workload(
        "churn",
        RATE,
        15_000,
        "connect, one echo, close: 64 at a time, connections",
    ),
    workload(
        "udp_echo_64",
        RATE,
        100_000,
        "UDP echo, 64 pairs of sockets, datagrams there and back",
    ),
    workload(
        "http_64",
        HTTP,
        60_000,
        "GET through a hyper server, 64 connections: requests, latencies",
    ),
    workload(
        "http_1024",
        HTTP,
        60_000,
        "GET through a hyper server, 1,024 connections: requests, latencies",
    ),
    workload(
        "http_stream",
        RATE,
        1_000,
        "a body of 1 MB in frames of 16 KB through a hyper server, 8 connections, bodies",
    ),
    set(
        Once,
        workload(
            "parked_tasks",
            BYTES,
            100_000,
            "100,000 parked small tasks: bytes a task",
        ),
    ),
    set(
        Once,
        workload(
            "sleeping_tasks",
            BYTES,
            100_000,
            "100,000 tasks in a sleep: bytes a task",
        ),
    ),
    set(
        Once,
        workload(
            "idle_connections",
            CONNECTIONS,
            100_000,
            "100,000 TCP connections mostly idle: bytes an end, its task included",
        ),
    ),
];
