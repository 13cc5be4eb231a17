//! A hyper server on Plies, which can also drive itself and report what it did.
//!
//! ```text
//! cargo run --release --example http                    # serve until Ctrl-C
//! cargo run --release --example http -- --load 5s       # measure itself for five seconds
//! cargo run --release --example http -- --help
//! ```

mod latencies;
mod load;
mod options;
mod report;
mod server;

use std::process::ExitCode;

use options::{Options, Parsed};
use plies::net::TcpListener;
use plies::runtime::{Handle, Runtime};

/// What every mistake of the caller exits with: a bad option, a port that is taken.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let options = match options::parse(std::env::args().skip(1)) {
        Ok(Parsed::Run(options)) => options,
        Ok(Parsed::Help) => {
            print!("{}", options::HELP);
            return ExitCode::SUCCESS;
        }
        Err(mistake) => return fail(&format!("{mistake} (--help lists the options)")),
    };
    match options.runtime() {
        Ok(runtime) => serve(&runtime, &options),
        Err(error) => fail(&format!("cannot start the runtime: {error}")),
    }
}

fn serve(runtime: &Runtime, options: &Options) -> ExitCode {
    runtime.block_on(async {
        let listener = match TcpListener::bind(options.address).await {
            Ok(listener) => listener,
            Err(error) => return fail(&options.cannot_listen(&error)),
        };
        match run(listener, options).await {
            Ok(code) => code,
            Err(error) => fail(&error.to_string()),
        }
    })
}

async fn run(listener: TcpListener, options: &Options) -> std::io::Result<ExitCode> {
    let address = listener.local_addr()?;
    let workers = Handle::current().metrics().num_workers();
    let scheduler = options.scheduler.name();
    println!("listening on http://{address} ({workers} workers, scheduler {scheduler})");
    let server = server::Server::start(listener);
    let code = match options.load {
        Some(duration) => {
            let result = load::run(address, options.connections, duration).await;
            report::print(&result, &Handle::current().metrics());
            if result.errors == 0 {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        None => {
            println!("Ctrl-C stops it");
            plies::signal::ctrl_c().await?;
            println!("finishing the requests at hand");
            ExitCode::SUCCESS
        }
    };
    let unfinished = server.shut_down().await;
    if unfinished > 0 {
        println!("{unfinished} connections did not finish in time");
    }
    Ok(code)
}

/// One line for the person at the terminal, and the exit status that says whose fault it was.
fn fail(message: &str) -> ExitCode {
    eprintln!("http: {message}");
    ExitCode::from(USAGE)
}
