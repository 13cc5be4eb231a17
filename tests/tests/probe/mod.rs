//! Whether a type implements a trait, as a constant, or as a value where the type has no name.

use std::marker::PhantomData;

/// A probe for each trait. What is inherent is there only if the type implements it, and hides the
/// trait's.
macro_rules! probes {
    ($($name:ident: $bound:path;)*) => {$(
        pub mod $name {
            pub struct Probe<T: ?Sized>(std::marker::PhantomData<T>);
            #[allow(dead_code)] // Where nothing asks about a value.
            pub trait Otherwise {
                const IMPLEMENTED: bool = false;
                fn is_implemented(&self) -> bool {
                    false
                }
            }
            impl<T: ?Sized> Otherwise for Probe<T> {}
            #[allow(dead_code)] // Unused where a type implements none.
            impl<T: ?Sized + $bound> Probe<T> {
                pub const IMPLEMENTED: bool = true;
                pub fn is_implemented(&self) -> bool {
                    true
                }
            }
            #[allow(dead_code)] // For those that are asked about values.
            pub fn of<T>(_: std::marker::PhantomData<T>) -> Probe<T> {
                Probe(std::marker::PhantomData)
            }
        }
    )*};
}

probes! {
    send: Send;
    sync: Sync;
    unpin: Unpin;
    unwind_safe: std::panic::UnwindSafe;
    ref_unwind_safe: std::panic::RefUnwindSafe;
}

/// The type of what `make` would return.
pub fn type_of<T>(make: impl FnOnce() -> T) -> PhantomData<T> {
    let _ = make;
    PhantomData
}

/// A value of any type, for expressions that are only asked for their type.
pub fn any<T>() -> T {
    unreachable!("nothing is ever made")
}

/// Two types are alike in the traits named.
macro_rules! same {
    ($($trait:ident)*; $ours:ty, $theirs:ty) => {$({
        #[allow(unused_imports)] // Unused where both types implement the trait.
        use crate::probe::$trait::{Otherwise as _, Probe};
        const _: () = assert!(
            <Probe<$ours>>::IMPLEMENTED == <Probe<$theirs>>::IMPLEMENTED,
            concat!(stringify!($trait), " of ", stringify!($ours), " differs from tokio's"),
        );
    })*};
}

/// Does the type of a value implement the trait?
macro_rules! implements {
    ($trait:ident, $value:expr) => {{
        #[allow(unused_imports)] // Unused where the type implements the trait.
        use crate::probe::$trait::Otherwise as _;
        crate::probe::$trait::of($value).is_implemented()
    }};
}

/// A test that the futures of expressions are alike, with the modules named taken from `plies` and
/// from `tokio`.
macro_rules! futures {
    ($test:ident: $($module:ident),*; $($future:expr;)*) => {
        #[test]
        fn $test() {
            fn ours() -> Vec<(&'static str, [bool; 3])> {
                use plies::{$($module),*};
                crate::probe::futures!(@traits $($future;)*)
            }
            fn theirs() -> Vec<(&'static str, [bool; 3])> {
                use tokio::{$($module),*};
                crate::probe::futures!(@traits $($future;)*)
            }
            for (ours, theirs) in ours().into_iter().zip(theirs()) {
                assert_eq!(ours, theirs, "[Send, Sync, Unpin] differ from tokio's");
            }
        }
    };
    (@traits $($future:expr;)*) => {{
        use crate::probe::any;
        vec![$({
            let future = crate::probe::type_of(|| $future);
            (stringify!($future), [
                crate::probe::implements!(send, future),
                crate::probe::implements!(sync, future),
                crate::probe::implements!(unpin, future),
            ])
        }),*]
    }};
}

pub(crate) use {futures, implements, same};
