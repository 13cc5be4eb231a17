//! What a counter says of the time, against a clock that is known.

use crate::time::Nanos;
use crate::time::ticks::Ticks;

const MS: Nanos = 1_000_000;

/// A clock, in nanoseconds, and a counter that runs with `frequency` ticks a microsecond beside it.
struct Machine {
    ticks: Ticks,
    frequency: u64,
    /// Where the counter stands when the clock shows zero.
    start: u64,
}

impl Machine {
    fn new(frequency: u64, start: u64) -> Self {
        let ticks = Ticks::new();
        Self {
            ticks,
            frequency,
            start,
        }
    }

    /// One whose counter has been watched long enough, up to 10 ms.
    fn learnt(frequency: u64, start: u64) -> Self {
        let machine = Self::new(frequency, start);
        machine.look(0);
        machine.look(10 * MS);
        machine
    }

    fn counter(&self, at: Nanos) -> u64 {
        let ticks = u128::from(at) * u128::from(self.frequency) / 1000;
        self.start.wrapping_add(ticks as u64)
    }

    fn look(&self, at: Nanos) {
        let counter = self.counter(at);
        self.ticks.observe(counter, at, counter.wrapping_add(70));
    }

    fn estimate(&self, at: Nanos) -> Option<Nanos> {
        self.ticks.estimate(|| self.counter(at))
    }
}

#[test]
fn it_says_nothing_before_it_has_learnt() {
    let machine = Machine::new(3000, 0);
    assert_eq!(machine.estimate(1), None);
    machine.look(0);
    machine.look(10 * MS - 1);
    assert_eq!(machine.estimate(10 * MS), None);
    machine.look(10 * MS);
    assert!(machine.estimate(10 * MS).is_some());
}

#[test]
fn it_is_not_before_the_clock_and_at_most_a_microsecond_after_it() {
    for frequency in [100, 999, 2449, 3000, 5001] {
        for start in [0, u64::MAX - 1_000_000, 1 << 63] {
            let machine = Machine::learnt(frequency, start);
            for at in (10 * MS..10 * MS + 149_000).step_by(997) {
                let estimate = machine.estimate(at).expect("within the span");
                assert!(
                    (at..=at + 1000).contains(&estimate),
                    "{frequency} {start}: {estimate} at {at}"
                );
            }
        }
    }
}

#[test]
fn it_holds_while_the_clock_is_slewed_by_a_thousandth() {
    for slewed in [999, 1001] {
        let machine = Machine::learnt(3000, 7);
        // A second of looks at a clock that runs fast or slow against the counter.
        for round in 1..10_000 {
            let passed = 100_000 * round;
            let (counter, clock) = (machine.counter(10 * MS + passed), passed * slewed / 1000);
            let clock = 10 * MS + clock;
            let estimate = machine.ticks.estimate(|| counter).expect("within the span");
            assert!((clock..=clock + 1000).contains(&estimate));
            machine.ticks.observe(counter, clock, counter + 70);
        }
    }
}

#[test]
fn it_says_nothing_beyond_its_span_nor_behind_its_anchor() {
    let machine = Machine::learnt(3000, 1 << 40);
    assert_eq!(machine.estimate(10 * MS + 151_000), None);
    assert_eq!(machine.estimate(10 * MS - 1), None);
    machine.look(20 * MS);
    assert!(machine.estimate(20 * MS + 1).is_some());
}

#[test]
fn a_look_that_was_interrupted_teaches_nothing() {
    let machine = Machine::new(3000, 0);
    for at in [0, 10 * MS, 20 * MS] {
        let counter = machine.counter(at);
        machine.ticks.observe(counter, at, counter + 501);
    }
    assert_eq!(machine.estimate(20 * MS), None);
}

#[test]
fn a_counter_that_runs_wild_is_never_used_again() {
    let machine = Machine::learnt(3000, 0);
    let jumped = machine.counter(12 * MS);
    machine.ticks.observe(jumped, 11 * MS, jumped + 70);
    for at in 12..100 {
        machine.look(at * MS);
        assert_eq!(machine.estimate(at * MS), None);
    }
}

#[test]
fn a_jump_of_the_clock_while_the_machine_was_suspended_is_forgiven() {
    let machine = Machine::learnt(3000, 0);
    let counter = machine.counter(5000 * MS);
    machine.ticks.observe(counter, 3000 * MS, counter + 70);
    let estimate = machine.ticks.estimate(|| counter + 3).unwrap();
    assert!((3000 * MS + 1..=3000 * MS + 1000).contains(&estimate));
}

#[test]
fn a_counter_that_cannot_be_one_of_time_is_not_used() {
    for frequency in [0, 10, 100_000] {
        assert_eq!(Machine::learnt(frequency, 0).estimate(10 * MS), None);
    }
}
