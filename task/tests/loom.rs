//! Every transition of a task, model-checked: `cargo loom -p plies-task`, `cargo shuttle`.

mod models;

fn main() -> std::process::ExitCode {
    let mut all = models::wake::models();
    all.extend(models::join::models());
    all.extend(models::abort::models());
    all.extend(models::references::models());
    all.extend(models::registry::models());
    plies_shim::model::main(&all)
}
