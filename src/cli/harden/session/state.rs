//! The answers of a session, by the ids of findings, in a file.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cli::file::write_whole;
use crate::cli::{Exit, Failure};
use crate::finding::Finding;
use crate::source::bounded::read_text;

/// The version of the file's form.
const VERSION: u32 = 1;
/// The largest such file that is read.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// What was decided of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Answer {
    /// It is to be mended.
    Mend,
    /// It is right: why.
    Allow(String),
    /// That is to be decided later.
    Later,
}

/// How many findings there are, and what was decided of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) all: usize,
    pub(super) mend: usize,
    pub(super) allow: usize,
    pub(super) later: usize,
}

impl Count {
    /// How many nobody decided on.
    pub(super) fn open(self) -> usize {
        self.all - self.mend - self.allow - self.later
    }
}

/// All answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    version: u32,
    answers: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    answer: Answer,
    /// For people who read the file.
    about: String,
}

impl State {
    /// Reads the file; without one nothing was answered.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let fail = |problem: String| {
            Failure::new(Exit::Failed, format!("{}: {problem}", path.display()))
                .hint("name another file with `--session`, or remove this one to begin anew")
        };
        if !path.exists() {
            return Ok(Self {
                version: VERSION,
                answers: BTreeMap::new(),
            });
        }
        let text = read_text(path, MOST_BYTES).map_err(|error| fail(error.to_string()))?;
        let state: Self = serde_json::from_str(&text)
            .map_err(|error| fail(format!("expected the answers of a session: {error}")))?;
        if state.version != VERSION {
            return Err(fail(format!(
                "expected answers of version {VERSION}, found version {}",
                state.version
            )));
        }
        Ok(state)
    }

    /// Writes the file.
    pub(super) fn write(&self, path: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self).unwrap_or_default() + "\n";
        write_whole(path, |file| file.write_all(text.as_bytes()))
    }

    /// Says whether a finding was answered for good.
    pub(super) fn has(&self, id: &str) -> bool {
        let answer = self.answers.get(id).map(|entry| &entry.answer);
        answer.is_some_and(|answer| *answer != Answer::Later)
    }

    /// The answer to a finding.
    pub(super) fn of(&self, finding: &Finding) -> Option<&Answer> {
        self.answers.get(&finding.id()).map(|entry| &entry.answer)
    }

    /// Notes an answer.
    pub(super) fn set(&mut self, finding: &Finding, answer: Answer) {
        let about = format!(
            "{} {}: {}",
            finding.rule.name, finding.place.resource, finding.what
        );
        self.answers.insert(finding.id(), Entry { answer, about });
    }

    /// Counts the findings that count, by their answers.
    pub(super) fn count(&self, findings: &[Finding]) -> Count {
        let mut count = Count::default();
        for finding in findings.iter().filter(|one| one.counts()) {
            count.all += 1;
            match self.of(finding) {
                Some(Answer::Mend) => count.mend += 1,
                Some(Answer::Allow(_)) => count.allow += 1,
                Some(Answer::Later) => count.later += 1,
                None => {}
            }
        }
        count
    }
}
