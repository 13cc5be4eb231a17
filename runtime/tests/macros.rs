//! The attributes as a program uses them, and tokio's macros under this crate's path.

use plies::runtime::{Handle, RuntimeFlavor};
use plies::task::yield_now;
use plies::time::{Duration, Instant, sleep};

#[plies::test]
async fn a_test_is_on_a_current_thread_runtime() {
    assert_eq!(
        Handle::current().runtime_flavor(),
        RuntimeFlavor::CurrentThread
    );
}

#[plies::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_test_has_the_workers_it_asks_for() {
    assert_eq!(
        Handle::current().runtime_flavor(),
        RuntimeFlavor::MultiThread
    );
    assert_eq!(Handle::current().metrics().num_workers(), 3);
}

#[plies::test]
async fn a_test_may_return_an_error() -> Result<(), std::num::ParseIntError> {
    let number: u32 = "7".parse()?;
    assert_eq!(number, 7);
    Ok(())
}

#[plies::test]
#[should_panic(expected = "as it should")]
async fn a_test_may_panic() {
    yield_now().await;
    panic!("as it should");
}

#[plies::test(start_paused = true)]
async fn a_test_may_start_with_time_paused() {
    let start = Instant::now();
    sleep(Duration::from_secs(86_400)).await;
    assert_eq!(start.elapsed(), Duration::from_secs(86_400));
}

#[plies::test(name = "orders")]
async fn a_test_s_runtime_has_the_name_it_asks_for() {
    assert_eq!(Handle::current().name(), Some("orders"));
}

#[plies::test(flavor = "local")]
async fn a_test_may_spawn_local_tasks() {
    let local = std::rc::Rc::new(7);
    let task = plies::task::spawn_local(async move { *local });
    assert_eq!(task.await.unwrap(), 7);
}

#[plies::test(flavor = "local", start_paused = true)]
async fn a_local_test_may_start_with_time_paused() {
    let start = Instant::now();
    sleep(Duration::from_secs(86_400)).await;
    assert_eq!(start.elapsed(), Duration::from_secs(86_400));
}

#[plies::test(unhandled_panic = "shutdown_runtime")]
#[should_panic(expected = "a task panicked")]
async fn a_panic_in_a_task_may_be_the_test_s() {
    plies::spawn(async { panic!("nobody joins") });
    std::future::pending::<()>().await;
}

#[plies::test(unhandled_panic = "ignore")]
async fn a_panic_in_a_task_may_be_nobody_s() {
    plies::spawn(async { panic!("nobody joins") });
    yield_now().await;
}

#[plies::main(flavor = "local", name = "one thread")]
async fn on_a_local_runtime() -> std::rc::Rc<str> {
    let name = plies::task::spawn_local(async { Handle::current().name().map(Into::into) });
    name.await.unwrap().unwrap()
}

mod renamed {
    pub use plies as inner;
}

#[plies::test(crate = "crate::renamed::inner")]
async fn the_crate_may_be_somewhere_else() {
    yield_now().await;
}

#[plies::main]
async fn with_the_defaults<T: Copy + Send>(value: &T) -> T {
    yield_now().await;
    *value
}

#[plies::main(flavor = "current_thread")]
async fn on_this_thread() -> std::thread::ThreadId {
    plies::spawn(async { std::thread::current().id() })
        .await
        .unwrap()
}

#[plies::main(flavor = "multi_thread", worker_threads = 2)]
async fn on_workers() -> Result<usize, std::convert::Infallible> {
    Ok(Handle::current().metrics().num_workers())
}

#[test]
fn main_takes_any_signature() {
    assert_eq!(with_the_defaults(&7), 7);
    assert_eq!(on_this_thread(), std::thread::current().id());
    assert_eq!(on_workers(), Ok(2));
    assert_eq!(&*on_a_local_runtime(), "one thread");
}

#[plies::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokios_macros_work_here() {
    let (one, two) = plies::join!(async { 1 }, plies::spawn(async { 2 }));
    assert_eq!((one, two.unwrap()), (1, 2));
    let failed: Result<((), ()), &str> = plies::try_join!(async { Ok(()) }, async { Err("no") });
    assert_eq!(failed, Err("no"));
    let first = plies::select! {
        () = sleep(Duration::from_secs(3600)) => "the sleep",
        () = yield_now() => "the yield",
    };
    assert_eq!(first, "the yield");
    let future = async { 7 };
    plies::pin!(future);
    assert_eq!(future.as_mut().await, 7);
}
