//! Sources that move to where their packets arrive, over a fake system that says where that is.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::Woken;
use crate::sys::fake::{self, Source};
use crate::{Async, Direction, Group, Reactor};

/// Two reactors, the first with its owner on processor 0, the second on 1.
struct Pair([Reactor; 2]);

impl Pair {
    fn new() -> Self {
        let group = Group::new();
        Pair::of([(); 2].map(|()| Reactor::builder().group(&group).build().unwrap()))
    }

    fn of(reactors: [Reactor; 2]) -> Self {
        let pair = Pair(reactors);
        pair.turn(0);
        pair.turn(1);
        pair
    }

    /// Turns one of them as its owner does, on its processor, until nothing is left: other tests
    /// have the selectors of this process take some events at a time.
    fn turn(&self, which: usize) {
        fake::run_on(which);
        let _current = self.0[which].handle().enter();
        while self.0[which].turn(Some(Duration::ZERO)).unwrap().events() > 0 {}
    }

    /// Tasks on the first one that read what arrives on `processor`.
    fn tasks(&self, count: usize, processor: Option<usize>) -> Vec<Task> {
        let task = |_| Task::new(&self.0[0], processor);
        (0..count).map(task).collect()
    }

    /// Has each task wait `waits` times; it is polled on the thread that it was woken on.
    fn run(&self, tasks: &mut [Task], waits: usize) {
        for _ in 0..waits {
            tasks.iter_mut().for_each(|task| task.wait(self));
            for which in 0..2 {
                self.turn(which);
                tasks.iter_mut().for_each(|task| task.note_woken(which));
            }
        }
    }
}

/// A task that waits for a byte, reads it, and so on.
struct Task {
    source: Source,
    io: Async<Source>,
    woken: Arc<Woken>,
    /// The reactor whose thread it was woken on.
    at: usize,
}

impl Task {
    fn new(reactor: &Reactor, processor: Option<usize>) -> Self {
        let source = Source::new();
        if let Some(processor) = processor {
            source.arrive_on(processor);
        }
        let io = Async::with_handle(source.clone(), reactor.handle()).unwrap();
        Self {
            source,
            io,
            woken: Arc::default(),
            at: 0,
        }
    }

    /// Reads what there is, waits, and is sent a byte.
    fn wait(&mut self, pair: &Pair) {
        let _current = pair.0[self.at].handle().enter();
        let waker = Waker::from(self.woken.clone());
        let mut cx = Context::from_waker(&waker);
        while let Poll::Ready(read) = self.io.poll_io(&mut cx, Direction::Read, |s| s.read(1)) {
            assert_eq!(read.unwrap(), 1);
        }
        self.source.feed(1);
    }

    fn note_woken(&mut self, at: usize) {
        if self.woken.take() {
            self.at = at;
        }
    }
}

fn moved(tasks: &[Task]) -> usize {
    tasks.iter().filter(|task| task.at == 1).count()
}

#[test]
fn half_of_the_distant_ones_move_at_each_question() {
    let pair = Pair::new();
    // So that there is room for all on the other side. A source is registered when it first waits.
    let mut near = pair.tasks(400, None);
    pair.run(&mut near, 1);
    let mut distant = pair.tasks(200, Some(1));
    pair.run(&mut distant, 3);
    assert_eq!(moved(&distant), 0, "too early");
    pair.run(&mut distant, 1);
    let first = moved(&distant);
    assert!((60..140).contains(&first), "{first} of 200 moved");
    pair.run(&mut distant, 4);
    let second = moved(&distant) - first;
    let left = 200 - first;
    assert!(
        (left / 4..left * 3 / 4).contains(&second),
        "then {second} of {left}"
    );
}

#[test]
fn a_source_whose_bytes_arrive_here_stays() {
    let pair = Pair::new();
    let mut near = pair.tasks(50, Some(0));
    pair.run(&mut near, 100);
    assert_eq!(moved(&near), 0);
}

#[test]
fn a_source_stays_if_the_system_does_not_tell_or_nobody_is_there() {
    let pair = Pair::new();
    for arrivals in [None, Some(7)] {
        let mut tasks = pair.tasks(50, arrivals);
        pair.run(&mut tasks, 100);
        assert_eq!(moved(&tasks), 0);
    }
}

#[test]
fn reactors_of_two_groups_keep_their_sources() {
    let reactor = || Reactor::builder().group(&Group::new()).build().unwrap();
    let strangers = Pair::of([reactor(), reactor()]);
    let mut distant = strangers.tasks(50, Some(1));
    strangers.run(&mut distant, 100);
    assert_eq!(moved(&distant), 0);
}

#[test]
fn nothing_moves_to_a_reactor_that_has_much_more() {
    let pair = Pair::new();
    let mut distant = pair.tasks(100, Some(1));
    let mut crowd = pair.tasks(128, None);
    crowd.iter_mut().for_each(|task| task.at = 1);
    pair.run(&mut crowd, 1);
    assert_eq!(moved(&crowd), 128);
    pair.run(&mut distant, 64);
    assert_eq!(moved(&distant), 0);
}

#[test]
fn as_many_move_as_keep_the_balance() {
    let pair = Pair::new();
    let mut distant = pair.tasks(100, Some(1));
    // Ten questions: all but one in a thousand have won the toss once.
    pair.run(&mut distant, 1 << 11);
    // The last to move saw at most a quarter more on the other side than on its own, and two.
    let there = moved(&distant);
    let mine = 100 - there + 1;
    assert!(there > 50, "{there} of 100 moved");
    assert!(there - 1 <= mine + mine / 4 + 2, "{there} of 100 moved");
}
