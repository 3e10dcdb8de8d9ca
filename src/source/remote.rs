//! Files that do not lie on this machine: they are listed once and fetched when their turn comes, many at a time.
//!
//! Who implements this knows a network; the reader of files does not.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::files::{Place, TrailFile};
use crate::time::Window;
use crate::trail::Gap;

/// A place that holds trail files elsewhere.
pub trait Remote: Send + Sync + fmt::Debug {
    /// Lists the files that may hold events inside the window, in a fixed order.
    fn list(&self, window: Window) -> Listing;

    /// Fetches files, each whole: its bytes, or why it could not be had. Answers in the order asked.
    fn fetch(&self, files: &[RemoteFile]) -> Vec<Result<Vec<u8>, String>>;

    /// Tells this place from any other, for what is kept of it.
    fn identity(&self) -> String;

    /// The name of a file for messages.
    fn name_of(&self, file: &RemoteFile) -> String;

    /// Says whether files can be had at once, and again.
    fn is_near(&self) -> bool {
        false
    }
}

/// A file as it was listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RemoteFile {
    /// Its path below the place that holds it.
    pub path: String,
    /// Its length as stored.
    pub stored_bytes: u64,
    /// Changes with its content; empty if the place tells none.
    pub tag: String,
}

/// What a listing came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The files.
    pub files: Vec<RemoteFile>,
    /// What could not be listed.
    pub gaps: Vec<Gap>,
}

/// Some files of a place, as they were listed before: no others are there.
#[derive(Debug)]
pub struct Vouched {
    /// The place.
    pub remote: Arc<dyn Remote>,
    /// The files, sorted.
    pub files: Vec<RemoteFile>,
}

impl Remote for Vouched {
    fn list(&self, _window: Window) -> Listing {
        Listing {
            files: self.files.clone(),
            gaps: Vec::new(),
        }
    }

    fn fetch(&self, files: &[RemoteFile]) -> Vec<Result<Vec<u8>, String>> {
        self.remote.fetch(files)
    }

    fn identity(&self) -> String {
        self.remote.identity()
    }

    fn name_of(&self, file: &RemoteFile) -> String {
        self.remote.name_of(file)
    }
}

/// Files that were fetched before their turn.
#[derive(Debug, Default)]
pub(super) struct Fetched(BTreeMap<String, Result<Vec<u8>, String>>);

impl Fetched {
    /// Fetches all remote files among these at once.
    pub(super) fn of(files: &[TrailFile]) -> Self {
        let mut fetched = Self::default();
        let mut rest = files;
        while let Some(Place::Remote(remote, _)) = rest.first().map(|file| &file.place) {
            let mut batch = Vec::new();
            while let Some((Place::Remote(other, file), tail)) = split(rest) {
                if !Arc::ptr_eq(remote, other) {
                    break;
                }
                batch.push(file.clone());
                rest = tail;
            }
            let contents = remote.fetch(&batch);
            let names = batch.iter().map(|file| remote.name_of(file));
            fetched.0.extend(names.zip(contents));
        }
        fetched
    }

    /// Takes a file out.
    pub(super) fn take(&mut self, name: &str) -> Option<Result<Vec<u8>, String>> {
        self.0.remove(name)
    }
}

fn split(files: &[TrailFile]) -> Option<(&Place, &[TrailFile])> {
    let (first, tail) = files.split_first()?;
    Some((&first.place, tail))
}
