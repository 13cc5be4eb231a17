//! The reactor alone, beside tokio's and async-io's, and beside bare mio as the limit.
//!
//! `cargo run --release -p plies-benches --bin reactor [-- ROUNDS [PART]]`, where the part is one of
//! `arm`, `sleeps`, `echo` and `heap`; all of them if not said. All peers run in one process and take
//! turns; what is printed is the median over the rounds, with the lowest and the highest.
//! Each uses one thread (async-io brings another of its own, whose CPU time is counted too).

mod echo;
mod heap;
mod local;
mod sleeps;
mod table;

use table::Table;

#[global_allocator]
static ALLOCATOR: heap::Counting = heap::Counting;

fn main() -> std::io::Result<()> {
    let rounds = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(9);
    let part = std::env::args().nth(2);
    let wanted = |name: &str| part.as_deref().is_none_or(|part| part == name);
    let mut table = Table::default();
    for _ in 0..rounds {
        if wanted("arm") {
            sleeps::arm_and_drop(&mut table)?;
        }
        if wanted("sleeps") {
            sleeps::ten_thousand(&mut table)?;
        }
        if wanted("echo") {
            echo::run(&mut table)?;
        }
    }
    if wanted("heap") {
        heap::run(&mut table)?;
    }
    print!("{table}");
    Ok(())
}
