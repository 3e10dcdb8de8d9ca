//! One saved answer: what AWS said, that there is none, or why it is not known.

use std::collections::{BTreeMap, BTreeSet};

use super::{AREAS, Wanted};
use crate::posture::look::spot;
use crate::posture::{Identity, Origin, Setting, Spot};
use crate::template::{Node, values};

/// All answers of a folder.
pub(super) struct Answers<'f> {
    folder: &'f str,
    files: &'f BTreeMap<String, String>,
}

/// An answer.
pub(super) enum Answer {
    Said(Node),
    Absent,
    NotKnown(String),
}

impl<'f> Answers<'f> {
    pub(super) fn new(folder: &'f str, files: &'f BTreeMap<String, String>) -> Self {
        Self { folder, files }
    }

    /// Lists what there are answers about.
    pub(super) fn names(&self, area: &str) -> Vec<String> {
        let mut names = BTreeSet::new();
        for path in self.files.keys() {
            if let [first, name, _] = path.split('/').collect::<Vec<_>>().as_slice()
                && *first == area
            {
                names.insert((*name).to_owned());
            }
        }
        names.into_iter().collect()
    }

    /// Files that are no answer to anything that is asked.
    pub(super) fn strange(&self) -> Vec<(Spot, String)> {
        let is_known = |path: &str| {
            let parts: Vec<&str> = path.split('/').collect();
            let named = match parts.as_slice() {
                [area, file] => Some((area, file)),
                [area, _, file] => Some((area, file)),
                _ => None,
            };
            named.is_some_and(|(area, file)| {
                let file = file.strip_suffix(".json").unwrap_or_default();
                AREAS
                    .iter()
                    .any(|wanted| wanted.area == *area && wanted.file == file)
            })
        };
        let strange = self.files.keys().filter(|path| !is_known(path));
        let gap = |path: &String| {
            let what =
                "no saved answer has this name; `polgen harden --print-commands` prints them";
            (self.spot(path), what.to_owned())
        };
        strange.map(gap).collect()
    }

    fn spot(&self, path: &str) -> Spot {
        Spot {
            file: format!("{}/{path}", self.folder),
            line: 1,
        }
    }

    fn path(wanted: &Wanted, name: &str) -> String {
        if name.is_empty() {
            format!("{}/{}.json", wanted.area, wanted.file)
        } else {
            format!("{}/{name}/{}.json", wanted.area, wanted.file)
        }
    }

    /// Says whether an answer was saved.
    pub(super) fn has(&self, area: &str, file: &str, name: &str) -> bool {
        wanted(area, file).is_some_and(|wanted| self.files.contains_key(&Self::path(wanted, name)))
    }

    /// Reads one.
    pub(super) fn get(&self, area: &str, file: &str, name: &str) -> Answer {
        let Some(wanted) = wanted(area, file) else {
            return Answer::NotKnown(format!("nothing asks for `{area}/{file}`"));
        };
        let path = Self::path(wanted, name);
        let Some(text) = self.files.get(&path) else {
            return Answer::NotKnown(format!("`{path}` was not saved"));
        };
        let text = text.trim();
        if text.starts_with('{') {
            return match values(&format!("{}/{path}", self.folder), text) {
                Ok(node) => Answer::Said(node),
                Err(error) => Answer::NotKnown(error.to_string()),
            };
        }
        if wanted
            .absent
            .iter()
            .any(|error| text.contains(&format!("({error})")))
        {
            return Answer::Absent;
        }
        match text {
            "" if wanted.is_silent => Answer::Absent,
            "" => Answer::NotKnown(format!("`{path}` is empty")),
            said => {
                let line = said.lines().find(|line| !line.is_empty());
                let short: String = line.unwrap_or_default().chars().take(160).collect();
                Answer::NotKnown(format!("AWS said: {short}"))
            }
        }
    }

    /// Reads a setting out of one.
    pub(super) fn setting<T>(
        &self,
        (area, file, name): (&str, &str, &str),
        read: impl FnOnce(&Node) -> Setting<T>,
    ) -> Setting<T> {
        match self.get(area, file, name) {
            Answer::Said(node) => read(&node),
            Answer::Absent => Setting::NotSet,
            Answer::NotKnown(why) => Setting::NotKnown(why),
        }
    }

    /// Who something is; its place is the first answer about it.
    pub(super) fn identity(&self, area: &str, name: &str) -> Identity {
        let folder = format!("{area}/{name}");
        let mut paths = self.files.keys();
        let first = paths.find(|path| path.starts_with(&folder));
        Identity {
            id: name.to_owned(),
            name: Some(name.to_owned()),
            origin: Origin::Aws,
            spot: self.spot(first.map_or(&folder, |path| path)),
            parts: BTreeMap::new(),
        }
    }
}

fn wanted(area: &str, file: &str) -> Option<&'static Wanted> {
    AREAS
        .iter()
        .find(|wanted| wanted.area == area && wanted.file == file)
}

/// The place of a value.
pub(super) fn place(node: &Node) -> Spot {
    spot(&node.place)
}
