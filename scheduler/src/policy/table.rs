//! One entry for each worker, found by its identifier without a lock. Entries are never removed.
//!
//! A model-checking build has a small table with the same contract: the model checkers do not see
//! that a `OnceLock` publishes what it holds.

#[cfg(not(any(plies_loom, plies_shuttle)))]
pub(crate) use real::WorkerTable;

#[cfg(any(plies_loom, plies_shuttle))]
pub(crate) use modelled::WorkerTable;

#[cfg(not(any(plies_loom, plies_shuttle)))]
mod real {
    use std::sync::OnceLock;

    use plies_shim::sync::atomic::{AtomicUsize, Ordering};

    use crate::WorkerId;

    /// Segments of 1, 2, 4, ... entries: room for every identifier.
    const SEGMENTS: usize = WorkerId::MAX_WORKERS.ilog2() as usize + 1;

    pub(crate) struct WorkerTable<T> {
        segments: [OnceLock<Box<[OnceLock<T>]>>; SEGMENTS],
        // One past the largest identifier that was ever set. Its release publishes the entry.
        end: AtomicUsize,
    }

    impl<T> WorkerTable<T> {
        pub(crate) fn new() -> Self {
            WorkerTable {
                segments: [const { OnceLock::new() }; SEGMENTS],
                end: AtomicUsize::new(0),
            }
        }

        /// Sets a worker's entry.
        ///
        /// # Panics
        ///
        /// If it is set: a worker is attached once only.
        #[track_caller]
        pub(crate) fn set(&self, worker: WorkerId, entry: T) {
            let (segment, offset) = place(worker.index());
            let fresh = || (0..1 << segment).map(|_| OnceLock::new()).collect();
            let entries = self.segments[segment].get_or_init(fresh);
            assert!(
                entries[offset].set(entry).is_ok(),
                "{worker:?} is attached already"
            );
            self.end.fetch_max(worker.index() + 1, Ordering::Release);
        }

        #[inline]
        pub(crate) fn get(&self, worker: WorkerId) -> Option<&T> {
            self.at(worker.index())
        }

        #[inline]
        fn at(&self, index: usize) -> Option<&T> {
            let (segment, offset) = place(index);
            self.segments[segment].get()?[offset].get()
        }

        /// One past the largest identifier with an entry.
        pub(crate) fn end(&self) -> usize {
            self.end.load(Ordering::Acquire)
        }

        /// Every entry, in the order of the identifiers.
        pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
            (0..self.end()).filter_map(|index| self.at(index))
        }

        /// Every entry but that of `except`, with its index: from the one at `start` around to it.
        pub(crate) fn around(
            &self,
            start: usize,
            except: WorkerId,
        ) -> impl Iterator<Item = (usize, &T)> {
            let end = self.end();
            let indices = (start.min(end)..end).chain(0..start.min(end));
            indices
                .filter(move |index| *index != except.index())
                .filter_map(|index| self.at(index).map(|entry| (index, entry)))
        }
    }

    /// Segment and offset of an index: segment s holds the indices from 2^s - 1.
    #[inline]
    fn place(index: usize) -> (usize, usize) {
        let segment = (index + 1).ilog2() as usize;
        (segment, index + 1 - (1 << segment))
    }
}

#[cfg(any(plies_loom, plies_shuttle))]
mod modelled {
    use std::sync::OnceLock;

    use plies_shim::sync::Mutex;
    use plies_shim::sync::atomic::{AtomicUsize, Ordering};

    use crate::WorkerId;

    /// More than any model has workers.
    const ENTRIES: usize = 16;

    pub(crate) struct WorkerTable<T> {
        // In the order in which they were set.
        entries: [OnceLock<(WorkerId, T)>; ENTRIES],
        // How many are set: its release publishes them.
        set: AtomicUsize,
        setting: Mutex<()>,
    }

    impl<T> WorkerTable<T> {
        pub(crate) fn new() -> Self {
            WorkerTable {
                entries: [const { OnceLock::new() }; ENTRIES],
                set: AtomicUsize::new(0),
                setting: Mutex::new(()),
            }
        }

        #[track_caller]
        pub(crate) fn set(&self, worker: WorkerId, entry: T) {
            let setting = self.setting.lock();
            let set = self.set.load(Ordering::Relaxed);
            let attached = self.entries[..set].iter().flat_map(OnceLock::get);
            assert!(
                attached.into_iter().all(|(other, _)| *other != worker),
                "{worker:?} is attached already"
            );
            let fresh = self.entries[set].set((worker, entry)).is_ok();
            assert!(fresh, "the lock is held");
            self.set.store(set + 1, Ordering::Release);
            drop(setting);
        }

        pub(crate) fn get(&self, worker: WorkerId) -> Option<&T> {
            let mut published = self.published().into_iter();
            published.find_map(|(index, entry)| (index == worker.index()).then_some(entry))
        }

        pub(crate) fn end(&self) -> usize {
            let published = self.published();
            published.last().map_or(0, |(index, _)| index + 1)
        }

        pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
            self.published().into_iter().map(|(_, entry)| entry)
        }

        pub(crate) fn around(
            &self,
            start: usize,
            except: WorkerId,
        ) -> impl Iterator<Item = (usize, &T)> {
            let (before, after): (Vec<_>, Vec<_>) = self
                .published()
                .into_iter()
                .filter(|(index, _)| *index != except.index())
                .partition(|(index, _)| *index < start);
            after.into_iter().chain(before)
        }

        /// What this thread can know of, in the order of the identifiers.
        fn published(&self) -> Vec<(usize, &T)> {
            let set = &self.entries[..self.set.load(Ordering::Acquire)];
            let entries = set.iter().flat_map(OnceLock::get);
            let mut entries: Vec<_> = entries
                .map(|(worker, entry)| (worker.index(), entry))
                .collect();
            entries.sort_by_key(|(index, _)| *index);
            entries
        }
    }
}

#[cfg(all(test, not(any(plies_loom, plies_shuttle))))]
mod tests {
    use super::WorkerTable;
    use crate::WorkerId;

    #[test]
    fn every_index_has_a_place_of_its_own() {
        let table = WorkerTable::new();
        for index in 0..100 {
            table.set(WorkerId::new(index), index);
        }
        assert!((0..100).all(|index| table.get(WorkerId::new(index)) == Some(&index)));
        assert_eq!(table.get(WorkerId::new(100)), None);
        assert!(table.iter().copied().eq(0..100));
    }

    #[test]
    fn gaps_are_skipped() {
        let table = WorkerTable::new();
        table.set(WorkerId::new(5), "five");
        table.set(WorkerId::new(WorkerId::MAX_WORKERS - 1), "last");
        assert!(table.iter().copied().eq(["five", "last"]));
    }

    #[test]
    fn around_starts_where_told_and_leaves_one_out() {
        let table = WorkerTable::new();
        (0..4).for_each(|index| table.set(WorkerId::new(index), ()));
        let order: Vec<_> = table
            .around(2, WorkerId::new(3))
            .map(|(index, ())| index)
            .collect();
        assert_eq!(order, [2, 0, 1]);
    }
}
