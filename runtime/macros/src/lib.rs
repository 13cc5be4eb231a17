//! The attributes of `plies`: `#[plies::main]` and `#[plies::test]`.
//!
//! Use them through `plies`, which re-exports both. This crate exists because the compiler wants
//! attributes in a crate of their own; it holds no runtime code.
//!
//! | file | what is in it |
//! |---|---|
//! | `options` | the arguments of an attribute, and what each of them may be |
//! | `expand` | the function that an attributed `async fn` becomes |

#![forbid(unsafe_code)]

mod expand;
mod options;

use expand::{Entry, expand};
use proc_macro::TokenStream;

/// Runs an `async fn` as an ordinary one: builds a runtime and blocks on the body.
///
/// The function may have any name, return type and, unless it is `main`, any arguments.
///
/// # Options
///
/// | option | value | default |
/// |---|---|---|
/// | `flavor` | `"multi_thread"`, `"current_thread"`, or `"local"` for a `LocalRuntime` | `"multi_thread"` |
/// | `worker_threads` | an integer from 1; with `multi_thread` only | one for each logical core |
/// | `start_paused` | `true` starts with time paused; not with `multi_thread` | `false` |
/// | `name` | the name of the runtime, a string | none |
/// | `unhandled_panic` | `"ignore"`, or `"shutdown_runtime"` for a panic in a task to end the program; not with `multi_thread` | `"ignore"` |
/// | `crate` | where the `plies` crate is, as a path or a string | `::plies` |
///
/// # Panics
///
/// The function panics when the operating system refuses a thread or a selector.
///
/// # Examples
///
/// ```
/// #[plies::main]
/// async fn main() {
///     println!("on the default runtime");
/// }
/// ```
///
/// ```
/// #[plies::main(flavor = "multi_thread", worker_threads = 2)]
/// async fn serve(port: u16) -> std::io::Result<String> {
///     Ok(format!("on two workers, for port {port}"))
/// }
///
/// assert_eq!(serve(80)?, "on two workers, for port 80");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// A mistake is reported at the token that has to change:
///
/// ```compile_fail
/// #[plies::main(worker_threads = 0)] // a runtime needs a worker
/// async fn main() {}
/// ```
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    expand(Entry::Main, args.into(), item.into()).into()
}

/// Makes a `#[test]` of an `async fn`: builds a runtime and blocks on the body.
///
/// Every test has a runtime of its own. The options are those of [`main`](macro@main), but the
/// default flavour is `"current_thread"`.
///
/// # Examples
///
/// ```
/// #[plies::test]
/// async fn adds() {
///     assert_eq!(plies::spawn(async { 1 + 1 }).await.unwrap(), 2);
/// }
///
/// #[plies::test(start_paused = true)]
/// async fn a_day_passes_at_once() {
///     plies::time::sleep(std::time::Duration::from_secs(86_400)).await;
/// }
/// ```
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    expand(Entry::Test, args.into(), item.into()).into()
}
