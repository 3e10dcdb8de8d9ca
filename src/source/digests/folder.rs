//! A copy of a trail's bucket in a folder. It has lost what stood beside the objects: signatures in their metadata.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;

use super::{Delivered, Delivery, MOST_BYTES};
use crate::source::bounded::read_bytes;
use crate::source::files::{identity, unreadable};
use crate::time::Window;
use crate::trail::Gap;

/// How many folders deep a trail is followed.
const FOLDER_LEVELS: usize = 64;

/// A folder with a trail's files and its digests.
#[derive(Clone, Debug)]
pub struct Folder(pub PathBuf);

impl Delivery for Folder {
    fn name(&self) -> String {
        self.0.display().to_string()
    }

    fn files(&self, _window: Window) -> (Vec<Delivered>, Vec<Gap>) {
        let mut waiting = vec![(self.0.clone(), 0)];
        let (mut files, mut problems) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        while let Some((path, level)) = waiting.pop() {
            let metadata = match path.metadata() {
                Ok(metadata) => metadata,
                Err(error) => {
                    problems.push(Gap {
                        place: path.display().to_string(),
                        problem: unreadable(&error),
                    });
                    continue;
                }
            };
            if !metadata.is_dir() {
                if metadata.is_file() {
                    files.push(Delivered {
                        stored_bytes: metadata.len(),
                        path,
                        tag: String::new(),
                    });
                }
                continue;
            }
            // A folder that is reached twice, by a link, counts once.
            if !seen.insert(identity(&path, &metadata)) {
                continue;
            }
            let entries = fs::read_dir(&path).and_then(|entries| {
                let paths = entries.map(|entry| Ok(entry?.path()));
                paths.collect::<io::Result<Vec<_>>>()
            });
            match entries {
                Ok(entries) if level < FOLDER_LEVELS => {
                    waiting.extend(entries.into_iter().map(|path| (path, level + 1)));
                }
                Ok(_) => problems.push(Gap {
                    place: path.display().to_string(),
                    problem: format!(
                        "expected at most {FOLDER_LEVELS} folders within each other, found more"
                    ),
                }),
                Err(error) => problems.push(Gap {
                    place: path.display().to_string(),
                    problem: unreadable(&error),
                }),
            }
        }
        files.sort();
        (files, problems)
    }

    fn contents(&self, files: &[Delivered]) -> Vec<Result<Vec<u8>, String>> {
        let read = |file: &Delivered| {
            read_bytes(&file.path, MOST_BYTES).map_err(|error| unreadable(&error))
        };
        files.iter().map(read).collect()
    }

    fn signature(&self, _file: &Delivered) -> Result<Option<String>, String> {
        Ok(None)
    }

    fn name_of(&self, file: &Delivered) -> String {
        file.path.display().to_string()
    }
}
