//! Reads many files at once and puts what comes of them together in the order of the input.
//!
//! Files are taken in units of about a mebibyte, cut the same way whatever the number of threads. A unit is folded by one
//! thread; its parts (some thousand events each, so that a file of any size stays small in memory) are handed to the
//! caller in the order of the units, so the result has the same bytes for one thread and for eight. Threads run only a
//! few units ahead of the one that is merged.

use std::collections::BTreeMap;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::files::TrailFile;
use super::open::Opener;
use super::{Item, ReadOptions, Reading, read_file};
use crate::time::Timestamp;
use crate::trail::{Event, InputId, Parts};

/// What a run makes of the events of one part of the input.
pub trait Fold: Send {
    /// Takes the next event.
    fn event(&mut self, event: Event);

    /// Takes a record unread, if that will do; only [`gather`](fn@super::gather) offers it.
    fn record(&mut self, _parts: &Parts<'_>, _time: Timestamp) -> bool {
        false
    }

    /// Is told that nothing more will come; only [`gather`](fn@super::gather) says so, on the thread that made the fold.
    fn conclude(&mut self) {}

    /// Is told which file the events that follow are from, where files are told apart; again at the start of each part.
    fn input(&mut self, _id: InputId) {}
}

impl Fold for Vec<Event> {
    fn event(&mut self, event: Event) {
        self.push(event);
    }
}

/// Stored bytes after which a unit is closed.
const UNIT_BYTES: u64 = 1024 * 1024;

/// Events after which a part of a unit is handed over.
const PART_EVENTS: usize = 16 * 1024;

/// How many threads there are at least when files have to be fetched: most of the time they wait.
const REMOTE_THREADS: usize = 8;

/// How many units each thread may be ahead.
const AHEAD_UNITS: usize = 4;

/// What one thread hands to the caller.
struct Part<F> {
    unit: usize,
    is_last: bool,
    fold: F,
    reading: Reading,
}

/// Cuts the files into units.
pub(super) fn units(files: Vec<TrailFile>) -> Vec<Vec<TrailFile>> {
    let mut units = Vec::new();
    let mut unit = Vec::new();
    let mut bytes = 0;
    for file in files {
        bytes += file.stored_bytes;
        unit.push(file);
        if bytes >= UNIT_BYTES {
            units.push(std::mem::take(&mut unit));
            bytes = 0;
        }
    }
    if !unit.is_empty() {
        units.push(unit);
    }
    units
}

/// How many threads the units are worth.
pub(super) fn threads_for(units: &[Vec<TrailFile>], options: &ReadOptions<'_>) -> usize {
    let is_remote = units.iter().flatten().any(TrailFile::is_remote);
    let wanted = if is_remote {
        options.threads().max(REMOTE_THREADS)
    } else {
        options.threads()
    };
    wanted.min(units.len()).max(1)
}

/// Folds all units with `threads` threads and gives the parts to `merge`, in order.
pub(super) fn run<F: Fold>(
    units: &[Vec<TrailFile>],
    options: &ReadOptions<'_>,
    start: &(dyn Fn() -> F + Sync),
    merge: &mut dyn FnMut(F, Reading),
) {
    let threads = threads_for(units, options);
    let queue = Queue::new(threads * AHEAD_UNITS);
    let (sender, receiver) = sync_channel(threads * AHEAD_UNITS);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let worker = Worker {
                units,
                options,
                queue: &queue,
                sender: sender.clone(),
                start,
            };
            scope.spawn(move || worker.work());
        }
        drop(sender);
        let mut waiting: BTreeMap<usize, Vec<Part<F>>> = BTreeMap::new();
        let mut next = 0;
        for part in receiver {
            waiting.entry(part.unit).or_default().push(part);
            while let Some(parts) = waiting.remove(&next) {
                let is_ended = parts.last().is_some_and(|part| part.is_last);
                for part in parts {
                    merge(part.fold, part.reading);
                }
                if !is_ended {
                    break;
                }
                next += 1;
                queue.merged(next);
            }
        }
    });
}

/// Deals out the units, and holds back who is too far ahead.
struct Queue {
    state: Mutex<Progressed>,
    moved: Condvar,
    ahead: usize,
}

struct Progressed {
    next: usize,
    merged: usize,
}

impl Queue {
    fn new(ahead: usize) -> Self {
        Self {
            state: Mutex::new(Progressed { next: 0, merged: 0 }),
            moved: Condvar::new(),
            ahead,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Progressed> {
        // The state is two numbers, whole at any time: a thread that died cannot have left it in pieces.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, is_early: impl Fn(&Progressed) -> bool) -> MutexGuard<'_, Progressed> {
        let waited = self.moved.wait_while(self.lock(), |state| is_early(state));
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> usize {
        let mut state = self.wait(|state| state.next >= state.merged + self.ahead);
        state.next += 1;
        state.next - 1
    }

    /// Waits until all units before this one are merged, which its thread alone then feeds.
    fn wait_for_turn(&self, unit: usize) {
        drop(self.wait(|state| state.merged < unit));
    }

    fn merged(&self, next: usize) {
        self.lock().merged = next;
        self.moved.notify_all();
    }
}

struct Worker<'a, F> {
    units: &'a [Vec<TrailFile>],
    options: &'a ReadOptions<'a>,
    queue: &'a Queue,
    sender: SyncSender<Part<F>>,
    start: &'a (dyn Fn() -> F + Sync),
}

impl<F: Fold> Worker<'_, F> {
    fn work(&self) {
        let mut opener = Opener::new(self.options.limits, self.options.claims);
        loop {
            let index = self.queue.take();
            let Some(files) = self.units.get(index) else {
                return;
            };
            self.unit(index, files, &mut opener);
        }
    }

    fn unit(&self, unit: usize, files: &[TrailFile], opener: &mut Opener<'_>) {
        let mut fold = (self.start)();
        let mut count = 0;
        let mut reading = Reading::default();
        let hand_over = |fold, reading, is_last| {
            // A closed channel means that nobody wants more.
            let _ = self.sender.send(Part {
                unit,
                is_last,
                fold,
                reading,
            });
        };
        opener.fetch(files);
        for file in files {
            if self.options.is_stopped() {
                reading.is_stopped = true;
                break;
            }
            let mut input = None;
            let mut visit = |item| {
                match item {
                    Item::Event(event) => fold.event(*event),
                    Item::Input(id) => {
                        input = Some(id);
                        fold.input(id);
                        return;
                    }
                }
                count += 1;
                if count == PART_EVENTS {
                    count = 0;
                    self.queue.wait_for_turn(unit);
                    let mut next = (self.start)();
                    if let Some(id) = input {
                        next.input(id);
                    }
                    let part = std::mem::replace(&mut fold, next);
                    hand_over(part, Reading::default(), false);
                }
            };
            read_file(file, self.options, opener, &mut reading, (&mut visit, None));
        }
        reading.tally.add_others(std::mem::take(&mut opener.others));
        hand_over(fold, reading, true);
    }
}
