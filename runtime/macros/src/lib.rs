//! The attributes #[plies::main] and #[plies::test].
