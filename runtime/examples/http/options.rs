//! The command line.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use plies::runtime::{Builder, Runtime};
use plies::scheduler;

pub const HELP: &str = "\
A hyper server on Plies.

usage: http [--load DURATION] [--connections N] [--addr IP] [--port PORT]
            [--workers N] [--scheduler NAME]

  --load DURATION    drive the server from this process (5s, 500ms, 2m), then print a report
  --connections N    how many keep-alive connections the load uses (default 64)
  --addr IP          the address to listen on (default 127.0.0.1)
  --port PORT        the port to listen on (default 3000; with --load: any free port)
  --workers N        how many workers run (default: one for each logical core)
  --scheduler NAME   what decides who runs next: work-stealing (default), fifo,
                     priority, pinned, seeded
";

/// What the seeded scheduler draws its choices from.
const SEED: u64 = 1;

/// What a command line asks for.
pub enum Parsed {
    Run(Options),
    Help,
}

/// How to serve, and whether to drive.
#[derive(Debug)]
pub struct Options {
    pub address: SocketAddr,
    pub load: Option<Duration>,
    pub connections: usize,
    pub workers: Option<usize>,
    pub scheduler: Scheduler,
}

/// The schedulers to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheduler {
    WorkStealing,
    Fifo,
    Priority,
    Pinned,
    Seeded,
}

impl Scheduler {
    const ALL: [Self; 5] = [
        Self::WorkStealing,
        Self::Fifo,
        Self::Priority,
        Self::Pinned,
        Self::Seeded,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::WorkStealing => "work-stealing",
            Self::Fifo => "fifo",
            Self::Priority => "priority",
            Self::Pinned => "pinned",
            Self::Seeded => "seeded",
        }
    }

    fn parse(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|scheduler| scheduler.name() == name)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::name).join(", ");
                format!("no scheduler is called {name:?}; there are: {names}")
            })
    }
}

impl Options {
    /// The runtime that the options describe.
    pub fn runtime(&self) -> io::Result<Runtime> {
        let mut builder = Builder::new_multi_thread();
        builder.enable_all();
        if let Some(workers) = self.workers {
            builder.worker_threads(workers);
        }
        match self.scheduler {
            Scheduler::WorkStealing => builder.scheduler(scheduler::WorkStealing::new),
            Scheduler::Fifo => builder.scheduler(scheduler::Fifo::new),
            Scheduler::Priority => builder.scheduler(|| scheduler::Priority::new(1)),
            Scheduler::Pinned => builder.scheduler(scheduler::Pinned::new),
            Scheduler::Seeded => builder.scheduler(|| scheduler::Seeded::new(SEED)),
        };
        builder.build()
    }

    /// Why nobody can be served.
    pub fn cannot_listen(&self, error: &io::Error) -> String {
        let address = self.address;
        match error.kind() {
            io::ErrorKind::AddrInUse => {
                format!("{address} is in use by another program: choose another --port")
            }
            _ => format!("cannot listen on {address}: {error}"),
        }
    }
}

/// Reads a command line; the error is one line that says what to write instead.
pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Parsed, String> {
    let mut arguments = arguments.into_iter();
    let mut ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let mut port = None;
    let mut options = Options {
        address: SocketAddr::new(ip, 0),
        load: None,
        connections: 64,
        workers: None,
        scheduler: Scheduler::WorkStealing,
    };
    while let Some(argument) = arguments.next() {
        let (name, inline) = match argument.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (argument, None),
        };
        let mut value = || {
            let next = inline.clone().or_else(|| arguments.next());
            next.ok_or_else(|| format!("{name} needs a value"))
        };
        match name.as_str() {
            "--help" | "-h" => return Ok(Parsed::Help),
            "--load" => options.load = Some(duration(&value()?)?),
            "--connections" => options.connections = positive(&name, &value()?)?,
            "--workers" => options.workers = Some(positive(&name, &value()?)?),
            "--addr" => ip = address(&value()?)?,
            "--port" => port = Some(port_number(&value()?)?),
            "--scheduler" => options.scheduler = Scheduler::parse(&value()?)?,
            _ => return Err(format!("unknown option {name:?}")),
        }
    }
    let default_port = if options.load.is_some() { 0 } else { 3000 };
    options.address = SocketAddr::new(ip, port.unwrap_or(default_port));
    Ok(Parsed::Run(options))
}

/// A number and a unit: `500ms`, `5s`, `1.5m`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no duration above zero: write 500ms, 5s or 2m");
    let unit = text
        .find(|c: char| c.is_ascii_alphabetic())
        .ok_or_else(wrong)?;
    let (number, unit) = text.split_at(unit);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        _ => return Err(wrong()),
    };
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let duration = Duration::try_from_secs_f64(number * seconds).map_err(|_| wrong())?;
    if duration.is_zero() {
        Err(wrong())
    } else {
        Ok(duration)
    }
}

fn positive(name: &str, text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("{name} needs an integer from 1 up, not {text:?}")),
    }
}

fn address(text: &str) -> Result<IpAddr, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is no IP address: write 127.0.0.1 or ::1"))
}

fn port_number(text: &str) -> Result<u16, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is no port: write a number up to 65535"))
}
