//! Blocking on a worker's own thread, announced.

use crate::context::{self, Role};

/// Runs a function that blocks, or computes for long, on this thread, and has the other tasks of
/// this worker run elsewhere meanwhile.
///
/// The worker is replaced at once: a spare one takes over its sockets, its timers and the tasks in
/// its queue, and leaves when this one comes back. Other code of the *same* task, in a `join!` say,
/// waits: where that matters, or where the closure is `Send` and `'static` anyway, use
/// [`spawn_blocking`](super::spawn_blocking). It costs the start of a thread, once for each poll.
///
/// Inside, there is no [cooperative budget](super::coop), and
/// [`Handle::block_on`](crate::runtime::Handle::block_on) is allowed. Nested calls, and calls
/// outside of a runtime or on a blocking thread, just run the function. In the future of
/// `Runtime::block_on`, whose thread is no worker, there is nothing to hand over.
///
/// With the scheduler [`Pinned`](crate::scheduler::Pinned) sockets and timers are served meanwhile,
/// but the worker's tasks wait, for they never change threads.
///
/// The function cannot be cancelled: a shutdown waits for it, as long as it waits for any poll.
///
/// # Panics
///
/// On a `current_thread` runtime and in a [`LocalSet`](super::LocalSet), where the other tasks have
/// no other thread; and when the function panics.
///
/// # Examples
///
/// ```
/// use plies::runtime::Handle;
/// use plies::task;
///
/// # #[plies::main(worker_threads = 1)]
/// # async fn main() {
/// let sum = plies::spawn(async {
///     let (sender, receiver) = std::sync::mpsc::channel();
///     plies::spawn(async move { sender.send(40).unwrap() });
///     task::block_in_place(|| {
///         // Sent by the other task, on a runtime with one worker.
///         let sent = receiver.recv().unwrap();
///         sent + Handle::current().block_on(async { 2 })
///     })
/// });
/// assert_eq!(sum.await.unwrap(), 42);
/// # }
/// ```
#[track_caller]
pub fn block_in_place<F, R>(function: F) -> R
where
    F: FnOnce() -> R,
{
    match context::role() {
        Role::Outside => function(),
        Role::Async => {
            let _outside = context::assume(Role::Outside);
            plies_scheduler::block_in_place(function)
        }
        Role::Bound => panic!(
            "`block_in_place` was called on a `current_thread` runtime or in a `LocalSet`, whose \
             other tasks have no other thread: use `task::spawn_blocking`, or spawn this task on a \
             `multi_thread` runtime"
        ),
    }
}
