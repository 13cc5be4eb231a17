//! The executors and the work-stealing policy, model-checked: `cargo loom -p plies-scheduler`,
//! `cargo shuttle -p plies-scheduler`.

mod models;

fn main() -> std::process::ExitCode {
    let mut all = models::park::models();
    all.extend(models::wake::models());
    all.extend(models::shutdown::models());
    all.extend(models::steal::models());
    all.extend(models::seat::models());
    all.extend(models::spare::models());
    all.extend(models::in_place::models());
    all.extend(models::local_tasks::models());
    all.extend(models::policies::models());
    #[cfg(any(plies_loom, plies_shuttle))]
    all.extend(models::posts::models());
    // A whole pool with threads of its own and its spares is more than loom gets through: randomised
    // schedules only. Loom has the spares without the threads, in `spare` and `posts`.
    if cfg!(plies_shuttle) {
        all.extend(models::rescue::models());
        all.extend(models::wave::models());
    }
    plies_shim::model::main(&all)
}
