//! A copy of a trail's bucket in a folder. It has lost what stood beside the objects: signatures in their metadata.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Delivered, Delivery, MOST_BYTES};
use crate::source::bounded::read_bytes;
use crate::source::files::{Identity, identity, unreadable};
use crate::source::{Listing, Remote, RemoteFile};
use crate::time::Window;
use crate::trail::Gap;
use crate::trail::digest::hash_of;

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
            // What is reached twice, by a link, counts once, by the name that is first.
            if !seen.insert(identity(&path, &metadata)) {
                continue;
            }
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
            let entries = fs::read_dir(&path).and_then(|entries| {
                let paths = entries.map(|entry| Ok(entry?.path()));
                paths.collect::<io::Result<Vec<_>>>()
            });
            match entries {
                Ok(mut entries) if level < FOLDER_LEVELS => {
                    entries.sort();
                    let inside = entries.into_iter().rev();
                    waiting.extend(inside.map(|path| (path, level + 1)));
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

    fn held(&self, file: &Delivered, stored: &[u8]) -> Delivered {
        Delivered {
            tag: hash_of(stored),
            ..file.clone()
        }
    }

    fn signature(&self, _file: &Delivered) -> Result<Option<String>, String> {
        Ok(None)
    }

    fn name_of(&self, file: &Delivered) -> String {
        file.path.display().to_string()
    }
}

/// The files of all folders so far: what two of them hold counts once.
#[derive(Debug, Default)]
pub struct Seen(BTreeSet<Identity>);

/// Files of a folder as they were compared: what is another by the time it is read is not read.
#[derive(Debug)]
pub struct Held {
    folder: PathBuf,
    paths: BTreeMap<String, PathBuf>,
}

impl Held {
    /// Takes the files that were compared; gives those that are new as they are asked for, in the order of their names.
    pub fn new(
        folder: PathBuf,
        files: BTreeSet<Delivered>,
        seen: &mut Seen,
    ) -> (Self, Vec<RemoteFile>) {
        let mut paths = BTreeMap::new();
        let mut asked = Vec::new();
        for file in files {
            let metadata = file.path.metadata();
            let is_known = metadata.is_ok_and(|found| !seen.0.insert(identity(&file.path, &found)));
            if is_known {
                continue;
            }
            let listed = RemoteFile::from(&file);
            paths.insert(listed.path.clone(), file.path);
            asked.push(listed);
        }
        (Self { folder, paths }, asked)
    }

    fn read(&self, file: &RemoteFile) -> Result<Vec<u8>, String> {
        let path = self.paths.get(&file.path);
        let path = path.map_or(Path::new(&file.path), PathBuf::as_path);
        let stored = read_bytes(path, MOST_BYTES).map_err(|error| unreadable(&error))?;
        if hash_of(&stored) == file.tag {
            return Ok(stored);
        }
        Err(
            "expected the content that was compared, found another: it was changed meanwhile"
                .to_owned(),
        )
    }
}

impl Remote for Held {
    fn list(&self, _window: Window) -> Listing {
        Listing::default()
    }

    fn fetch(&self, files: &[RemoteFile]) -> Vec<Result<Vec<u8>, String>> {
        files.iter().map(|file| self.read(file)).collect()
    }

    fn identity(&self) -> String {
        self.folder.display().to_string()
    }

    fn name_of(&self, file: &RemoteFile) -> String {
        file.path.clone()
    }

    fn is_near(&self) -> bool {
        true
    }
}
