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
