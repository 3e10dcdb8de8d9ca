//! One answer, saved or live: what AWS said, that there is none, or why it is not known.

use std::collections::{BTreeMap, BTreeSet};

use super::{AREAS, Reply, Wanted};
use crate::posture::look::spot;
use crate::posture::{Identity, Origin, Setting, Spot};
use crate::template::{Node, values};

/// All answers of a folder, or about one thing.
pub(super) struct Answers<'f> {
    /// The folder, or the ARN of the thing.
    place: &'f str,
    texts: Texts<'f>,
}

/// Where the answers are.
enum Texts<'f> {
    /// As the AWS CLI printed them.
    Saved(&'f BTreeMap<String, String>),
    /// As AWS gave them.
    Live(&'f BTreeMap<String, Reply>),
}

/// An answer.
pub(super) enum Answer {
    Said(Node),
    Absent,
    NotKnown(String),
}

impl<'f> Answers<'f> {
    pub(super) fn saved(folder: &'f str, files: &'f BTreeMap<String, String>) -> Self {
        Self {
            place: folder,
            texts: Texts::Saved(files),
        }
    }

    pub(super) fn live(arn: &'f str, replies: &'f BTreeMap<String, Reply>) -> Self {
        Self {
            place: arn,
            texts: Texts::Live(replies),
        }
    }

    fn paths(&self) -> Box<dyn Iterator<Item = &'f String> + 'f> {
        match self.texts {
            Texts::Saved(files) => Box::new(files.keys()),
            Texts::Live(replies) => Box::new(replies.keys()),
        }
    }

    /// Lists what there are answers about.
    pub(super) fn names(&self, area: &str) -> Vec<String> {
        let mut names = BTreeSet::new();
        for path in self.paths() {
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
                [area, file] | [area, _, file] => Some((area, file)),
                _ => None,
            };
            named.is_some_and(|(area, file)| {
                let file = file.strip_suffix(".json").unwrap_or_default();
                AREAS
                    .iter()
                    .any(|wanted| wanted.area == *area && wanted.file == file)
            })
        };
        let strange = self.paths().filter(|path| !is_known(path));
        let gap = |path: &String| {
            let what =
                "no saved answer has this name; `polgen harden --print-commands` prints them";
            (self.spot(path), what.to_owned())
        };
        strange.map(gap).collect()
    }

    fn spot(&self, path: &str) -> Spot {
        match self.texts {
            Texts::Saved(_) => Spot {
                file: format!("{}/{path}", self.place),
                line: 1,
            },
            Texts::Live(_) => Spot {
                file: self.place.to_owned(),
                line: 0,
            },
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
        let Some(path) = wanted(area, file).map(|wanted| Self::path(wanted, name)) else {
            return false;
        };
        self.paths().any(|one| *one == path)
    }

    /// Reads one.
    pub(super) fn get(&self, area: &str, file: &str, name: &str) -> Answer {
        let Some(wanted) = wanted(area, file) else {
            return Answer::NotKnown(format!("nothing asks for `{area}/{file}`"));
        };
        let path = Self::path(wanted, name);
        match self.texts {
            Texts::Saved(files) => match files.get(&path) {
                Some(text) => self.printed(wanted, &path, text.trim()),
                None => Answer::NotKnown(format!("`{path}` was not saved")),
            },
            Texts::Live(replies) => match replies.get(&path) {
                Some(reply) => self.replied(wanted, reply),
                None => Answer::NotKnown("AWS was not asked for it".to_owned()),
            },
        }
    }

    /// What AWS gave, at the thing's ARN and no line.
    fn replied(&self, wanted: &Wanted, reply: &Reply) -> Answer {
        match reply {
            Reply::Said(said) => match values(self.place, &said.to_string()) {
                Ok(mut node) => {
                    without_lines(&mut node);
                    Answer::Said(node)
                }
                Err(error) => Answer::NotKnown(error.to_string()),
            },
            Reply::Failed { code, .. } if wanted.absent.contains(&code.as_str()) => Answer::Absent,
            Reply::Failed { why, .. } => Answer::NotKnown(why.clone()),
        }
    }

    /// What the AWS CLI printed.
    fn printed(&self, wanted: &Wanted, path: &str, text: &str) -> Answer {
        if text.starts_with('{') {
            return match values(&format!("{}/{path}", self.place), text) {
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
        let first = self.paths().find(|path| path.starts_with(&folder));
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

/// Takes the lines away, which mean nothing to who cannot see the text. The recursion ends at the depth of the tree.
fn without_lines(node: &mut Node) {
    node.place.line = 0;
    for child in node.children_mut() {
        without_lines(child);
    }
}

/// The place of a value.
pub(super) fn place(node: &Node) -> Spot {
    spot(&node.place)
}
