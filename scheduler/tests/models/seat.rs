//! Two threads in `block_on` of one `CurrentThread`: one drives, and hands over.

use super::Count;
use plies_scheduler::{CurrentThread, Fifo};
use plies_shim::model::Model;
use plies_shim::sync::Arc;
use plies_shim::thread;

pub fn models() -> Vec<Model> {
    let model = Model::new("the driver leaves, the waiter drives", hand_over);
    vec![
        model
            .floor(600)
            .preemptions(2)
            .bug("SeatPassedToNobody", || {
                super::plant_and_run(super::Mutant::SeatPassedToNobody, hand_over)
            }),
    ]
}

/// Each thread waits for a task of its own; whichever drives last has to run what is left. Both play
/// the same role, so that there are no two orders.
fn hand_over() {
    let executor = Arc::new(
        CurrentThread::builder()
            .scheduler(Fifo::new())
            .build_current_thread(),
    );
    let runs = Count::default();
    let wait = {
        let runs = runs.clone();
        move |executor: &CurrentThread| {
            let runs = runs.clone();
            let task = executor.handle().spawn(async move { runs.add() });
            executor.block_on(task).unwrap();
        }
    };
    let other = thread::spawn({
        let (executor, wait) = (executor.clone(), wait.clone());
        move || wait(&executor)
    });
    wait(&executor);
    other.join().unwrap();
    assert_eq!(runs.get(), 2);
}
