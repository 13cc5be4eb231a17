//! The example `http` from its command line.

#[path = "../examples/http/latencies.rs"]
mod latencies;
mod util;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use latencies::Latencies;

fn http() -> Command {
    util::example("http")
}

fn run(arguments: &[&str]) -> Output {
    http().args(arguments).output().unwrap()
}

#[test]
fn a_load_reports_rates_latencies_errors_and_workers() {
    for scheduler in ["work-stealing", "fifo", "priority", "pinned", "seeded"] {
        let output = run(&[
            "--load=300ms",
            "--connections",
            "8",
            "--workers=2",
            "--scheduler",
            scheduler,
        ]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}");
        for expected in [
            "requests/s",
            "errors: 0",
            "p50",
            "p99.9",
            "max",
            "steals",
            "parks",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
        assert!(
            text.contains(&format!("2 workers, scheduler {scheduler}")),
            "{text}"
        );
    }
}

#[test]
fn a_mistake_is_one_line_and_status_2() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mistakes: [(&[&str], &str); 10] = [
        (&["--port", &port], "is in use by another program"),
        (&["--nonsense"], "unknown option \"--nonsense\""),
        (&["--load", "5x"], "write 500ms, 5s or 2m"),
        (&["--load", "-1s"], "write 500ms, 5s or 2m"),
        (&["--load", "0s"], "above zero"),
        (&["--load"], "--load needs a value"),
        (&["--workers", "0"], "from 1 up"),
        (&["--port", "65536"], "is no port"),
        (&["--addr", "nowhere"], "is no IP address"),
        (&["--scheduler", "best"], "there are: work-stealing"),
    ];
    for (arguments, says) in mistakes {
        let output = run(arguments);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.contains(says), "{arguments:?}: {text}");
        assert_eq!(text.lines().count(), 1, "{arguments:?}: {text}");
    }
}

#[test]
fn help_lists_the_options() {
    let output = run(&["--help"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for option in [
        "--load",
        "--connections",
        "--addr",
        "--port",
        "--workers",
        "--scheduler",
    ] {
        assert!(text.contains(option), "{text}");
    }
}

/// A server that is running, killed if a test fails.
struct Server {
    child: Child,
    address: String,
    output: BufReader<std::process::ChildStdout>,
}

impl Server {
    fn start() -> Self {
        let mut child = http()
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line
            .split("http://")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .to_owned();
        Self {
            child,
            address,
            output,
        }
    }

    fn interrupt(&self) {
        let id = libc::pid_t::try_from(self.child.id()).unwrap();
        // SAFETY: the process is a child that was not waited for, so the id is its own.
        assert_eq!(unsafe { libc::kill(id, libc::SIGINT) }, 0);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn ctrl_c_ends_a_server_that_serves() {
    let mut server = Server::start();
    let mut ready = String::new();
    server.output.read_line(&mut ready).unwrap();
    assert_eq!(ready, "Ctrl-C stops it\n");
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let mut answer = [0; 512];
    for (path, status) in [("/", "200 OK"), ("/elsewhere", "404 Not Found")] {
        write!(stream, "GET {path} HTTP/1.1\r\nhost: here\r\n\r\n").unwrap();
        let count = stream.read(&mut answer).unwrap();
        let text = String::from_utf8_lossy(&answer[..count]);
        assert!(text.starts_with(&format!("HTTP/1.1 {status}")), "{text}");
    }
    // The idle connection is closed by the server, which then ends.
    server.interrupt();
    assert_eq!(stream.read(&mut answer).unwrap(), 0);
    assert!(server.child.wait().unwrap().success());
    assert!(TcpStream::connect(&server.address).is_err());
}

#[test]
fn quantiles_are_those_of_the_recorded_latencies_to_a_64th() {
    let mut latencies = Latencies::default();
    for half in 0..2 {
        let mut recorded = Latencies::default();
        (0..500).for_each(|step| recorded.record(Duration::from_micros(half * 500 + step + 1)));
        latencies.merge(&recorded);
    }
    for (quantile, micros) in [(0.5, 500.0), (0.99, 990.0), (0.999, 999.0)] {
        let found = latencies.quantile(quantile).as_secs_f64() * 1e6;
        assert!(
            (found - micros).abs() <= micros / 64.0,
            "{quantile}: {found}"
        );
    }
    assert_eq!(latencies.max(), Duration::from_micros(1000));
}

#[test]
fn every_latency_falls_into_a_bucket_that_bounds_it() {
    let powers = (0..64).map(|bit| 1_u64 << bit);
    let around = |power: u64| [power - 1, power, power + power / 3, power - 1 + power];
    for nanos in powers.flat_map(around) {
        let mut latencies = Latencies::default();
        latencies.record(Duration::from_nanos(nanos));
        // Another one above it, so that the maximum is not what bounds the first.
        latencies.record(Duration::from_nanos(u64::MAX));
        let bound = u64::try_from(latencies.quantile(0.5).as_nanos()).unwrap();
        assert!(
            bound >= nanos && bound - nanos <= nanos / 64,
            "{nanos}: {bound}"
        );
    }
}
