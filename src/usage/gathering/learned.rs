//! What all threads learn of the same records, and what they fold: forms are made once, not by each thread, and kept once is what
//! all of them met.
//!
//! A thread looks here only where it meets something for the first time, or where it has counted much, so the locks are hardly ever
//! waited for. Which number a thing gets is chance, and never shows: numbers only tell keys apart.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use super::form::Form;
use super::shared_names::SharedNames;
use super::{Map, Numbers};
use crate::mapping::Matters;
use crate::trail::Caller;
use crate::usage::daily::Daily;
use crate::usage::meaning::Core;

/// How many forms a thread keeps; together they keep a few more.
pub(super) const MOST_FORMS: usize = 3 * 1024;

/// The forms met by any thread, and the numbers that their keys are made of.
#[derive(Debug, Default)]
pub struct Learned {
    shapes: Mutex<Numbers<Caller>>,
    operations: Mutex<Numbers<Box<[u8]>>>,
    matters: Mutex<Map<u32, Arc<Matters>>>,
    tellings: Mutex<Numbers<Box<str>>>,
    forms: Mutex<AllForms>,
    cores: Mutex<Map<Box<[u8]>, KnownCore>>,
    names: Mutex<SharedNames>,
    folded: Mutex<Daily>,
}

/// The forms, by their keys.
#[derive(Debug, Default)]
struct AllForms {
    known: Map<Arc<[u8]>, Learnt>,
    /// At how many of them those are forgotten next that no thread holds.
    limit: usize,
}

impl AllForms {
    fn forget(&mut self) {
        self.known.retain(|_, learnt| learnt.is_held());
        self.known.shrink_to(MOST_FORMS);
        self.limit = self.known.len() + MOST_FORMS / 4;
    }
}

/// What is known of the records with one key.
#[derive(Clone, Debug)]
pub(super) enum Learnt {
    /// They are of this form.
    Form(Arc<Form>),
    /// More than what is written depends on the names.
    ByName,
}

impl Learnt {
    /// Says whether a thread holds the form.
    fn is_held(&self) -> bool {
        match self {
            Self::Form(form) => Arc::strong_count(form) > 1,
            Self::ByName => false,
        }
    }
}

/// What mapping finds of records that are alike to it; nothing if more depends on their names than what is written of them.
pub(super) type KnownCore = Option<Arc<Core>>;

/// A form's key, and what is known of it.
pub(super) type Known = (Arc<[u8]>, Learnt);

impl Learned {
    /// What all threads have folded and none has taken.
    pub(super) fn folded(&self) -> MutexGuard<'_, Daily> {
        lock(&self.folded)
    }

    /// The same, unless a thread is at it.
    pub(super) fn folded_if_free(&self) -> Option<MutexGuard<'_, Daily>> {
        match self.folded.try_lock() {
            Ok(folded) => Some(folded),
            Err(TryLockError::Poisoned(folded)) => Some(folded.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Forgets what no thread holds.
    pub(super) fn forget(&self) {
        lock(&self.forms).forget();
        *lock(&self.cores) = Map::default();
    }

    pub(super) fn shape(&self, shape: &Caller) -> u32 {
        lock(&self.shapes).of(shape.clone())
    }

    pub(super) fn operation(&self, key: &[u8]) -> u32 {
        lock(&self.operations).of(key.into())
    }

    /// What matters of the operation with a number.
    pub(super) fn matters(&self, operation: u32, find: impl FnOnce() -> Matters) -> Arc<Matters> {
        let mut matters = lock(&self.matters);
        let known = matters.entry(operation).or_insert_with(|| Arc::new(find()));
        Arc::clone(known)
    }

    pub(super) fn telling(&self, text: &str) -> u32 {
        lock(&self.tellings).of(text.into())
    }

    pub(super) fn form(&self, key: &[u8]) -> Option<Known> {
        let forms = lock(&self.forms);
        let (key, learnt) = forms.known.get_key_value(key)?;
        Some((Arc::clone(key), learnt.clone()))
    }

    /// The form, with the names that it has in common with others kept once.
    pub(super) fn shared(&self, mut form: Form) -> Arc<Form> {
        form.share(&mut lock(&self.names));
        Arc::new(form)
    }

    /// What mapping finds of the records with a key that holds what it looks at; `None` if it is not known yet.
    pub(super) fn core(&self, key: &[u8]) -> Option<KnownCore> {
        lock(&self.cores).get(key).cloned()
    }

    pub(super) fn keep_core(&self, key: Vec<u8>, core: KnownCore) {
        let mut cores = lock(&self.cores);
        if cores.len() > MOST_FORMS {
            cores.clear();
        }
        cores.insert(key.into(), core);
    }

    /// Keeps a form; gives the one that another thread made meanwhile, if one did.
    pub(super) fn keep(&self, key: &[u8], learnt: Learnt) -> Known {
        let mut forms = lock(&self.forms);
        if forms.known.len() > forms.limit {
            forms.forget();
        }
        let entry = forms.known.entry(key.into());
        let key = Arc::clone(entry.key());
        (key, entry.or_insert(learnt).clone())
    }
}

/// What is behind a lock is whole whenever it is free.
fn lock<T>(behind: &Mutex<T>) -> MutexGuard<'_, T> {
    behind.lock().unwrap_or_else(PoisonError::into_inner)
}
