//! Scenarios of two roles, each explored with both ways to give the roles to threads.

use crate::thread;

/// Runs two roles at the same time: the first on the main thread, the second on a spawned one; with
/// `SWAP` the other way round.
///
/// # Panics
///
/// If a role does.
pub fn together<const SWAP: bool>(
    first: impl FnOnce() + Send + 'static,
    second: impl FnOnce() + Send + 'static,
) {
    if SWAP {
        beside(first, second);
    } else {
        beside(second, first);
    }
}

fn beside(spawned: impl FnOnce() + Send + 'static, here: impl FnOnce()) {
    let thread = thread::spawn(spawned);
    here();
    thread.join().expect("the other role does not panic");
}

/// Two [`Model`](crate::model::Model)s of one scenario, a function `body::<SWAP>()` that gives its
/// roles to the main and to the spawned thread as written, or swapped; see
/// [`together`](crate::model::together).
///
/// First comes the type of the planted bugs, which has a method `plant`, as in
/// [`mutant`](crate::mutant). Then a name, the body, the floor for either order (`20 and 10`, if the
/// swapped one explores less), the preemption bound if there is one (`2 and 3` likewise), the bugs that
/// either order must fail on, and those of [`weak_bug`](crate::model::Model::weak_bug).
///
/// ```
/// # use plies_shim::mutant::Planted;
/// # #[derive(Clone, Copy)] enum Mutant { SendsTwice, PublishesNothing }
/// # static PLANTED: Planted = Planted::nothing();
/// # impl Mutant { fn plant(self) { PLANTED.plant(self as u8) } }
/// use plies_shim::model::together;
///
/// fn send_against_receive<const SWAP: bool>() {
///     together::<SWAP>(|| (), || ());
/// }
///
/// let models = plies_shim::both_orders!(
///     Mutant: "send against receive", send_against_receive, floor 20, bound 2,
///     [SendsTwice], weak [PublishesNothing]
/// );
/// assert_eq!(models.len(), 2);
/// ```
#[macro_export]
macro_rules! both_orders {
    ($mutants:ty: $name:literal, $body:ident, floor $floor:literal $(and $swapped_floor:literal)?
     $(, bound $bound:literal $(and $swapped_bound:literal)?)?,
     [$($bug:ident),*], weak [$($weak:ident),*] $(,)?) => {
        [
            $crate::both_orders!(@one $mutants, $name, $body::<false>, $floor, [$($bound)?],
                [$($bug),*], [$($weak),*]),
            $crate::both_orders!(@one $mutants, concat!($name, ", swapped"), $body::<true>,
                $crate::both_orders!(@last $floor $($swapped_floor)?),
                [$($crate::both_orders!(@last $bound $($swapped_bound)?))?],
                [$($bug),*], [$($weak),*]),
        ]
    };
    (@last $value:literal) => { $value };
    (@last $value:literal $swapped:literal) => { $swapped };
    (@one $mutants:ty, $name:expr, $body:expr, $floor:expr, [$($bound:expr)?],
     [$($bug:ident),*], [$($weak:ident),*]) => {
        $crate::model::Model::new($name, $body)
            .floor($floor)
            $(.preemptions($bound))?
            $(.bug(stringify!($bug), || {
                <$mutants>::$bug.plant();
                $body()
            }))*
            $(.weak_bug(stringify!($weak), || {
                <$mutants>::$weak.plant();
                $body()
            }))*
    };
}
