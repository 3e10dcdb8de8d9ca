//! Reads many files at once where the order of what comes of them plays no part.
//!
//! Each thread folds all that it reads into one value, so what it has learned from one file serves it in the next; the values
//! are put together at the end. Which thread gets which file is chance, so the fold must not depend on it. The counts
//! and gaps of the files are still put together in the order of the input.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::files::TrailFile;
use super::fold::{Fold, threads_for};
use super::open::Opener;
use super::{Item, ReadOptions, Reading, read_file};
use crate::time::Timestamp;
use crate::trail::Parts;

/// The readings of the units so far, those that are next in order added up.
#[derive(Default)]
struct InOrder {
    total: Reading,
    next: usize,
    waiting: BTreeMap<usize, Reading>,
}

impl InOrder {
    fn add(&mut self, unit: usize, reading: Reading) {
        self.waiting.insert(unit, reading);
        while let Some(reading) = self.waiting.remove(&self.next) {
            self.total.add(reading);
            self.next += 1;
        }
    }
}

/// Reads all units and gives what each thread made of its share to `merge`.
pub(super) fn run<F: Fold>(
    units: &[Vec<TrailFile>],
    options: &ReadOptions<'_>,
    start: &(dyn Fn() -> F + Sync),
    merge: &mut dyn FnMut(F),
) -> Reading {
    let next = AtomicUsize::new(0);
    let readings = Mutex::new(InOrder::default());
    let work = || {
        let fold = RefCell::new(start());
        let mut opener = Opener::new(options.limits, options.claims);
        loop {
            let unit = next.fetch_add(1, Ordering::Relaxed);
            let Some(files) = units.get(unit) else {
                let others = std::mem::take(&mut opener.others);
                let mut all = readings.lock().unwrap_or_else(PoisonError::into_inner);
                all.total.tally.add_others(others);
                drop(all);
                let mut fold = fold.into_inner();
                fold.conclude();
                return fold;
            };
            let reading = read_unit(files, options, &mut opener, &fold);
            // Readings are whole whenever the lock is free.
            let mut readings = readings.lock().unwrap_or_else(PoisonError::into_inner);
            readings.add(unit, reading);
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads_for(units, options))
            .map(|_| scope.spawn(work))
            .collect();
        for thread in threads {
            match thread.join() {
                Ok(fold) => merge(fold),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    let readings = readings.into_inner();
    readings.unwrap_or_else(PoisonError::into_inner).total
}

fn read_unit<F: Fold>(
    files: &[TrailFile],
    options: &ReadOptions<'_>,
    opener: &mut Opener<'_>,
    fold: &RefCell<F>,
) -> Reading {
    let mut reading = Reading::default();
    opener.fetch(files);
    for file in files {
        if options.is_stopped() {
            reading.is_stopped = true;
            break;
        }
        let visit = |item| match item {
            Item::Event(event) => fold.borrow_mut().event(*event),
            Item::Input(id) => fold.borrow_mut().input(id),
        };
        let take = |parts: &Parts<'_>, time: Timestamp| fold.borrow_mut().record(parts, time);
        read_file(
            file,
            options,
            opener,
            &mut reading,
            (&mut { visit }, Some(&take)),
        );
    }
    reading
}
