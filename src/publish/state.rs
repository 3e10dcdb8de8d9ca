//! What of a role a change touches, as IAM holds it: enough to put it back to the byte.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// The policies of a role, and the managed policies that a change touches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The ARNs of the attached policies.
    pub attached: BTreeSet<String>,
    /// The inline policies' documents, by name, as stored.
    pub inline: BTreeMap<String, String>,
    /// The ARN of the policy that bounds the role.
    pub boundary: Option<String>,
    /// The managed policies that the change touches, by ARN; `None`: there is none.
    pub policies: BTreeMap<String, Option<Versions>>,
}

/// The versions of a managed policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Versions {
    /// The id of the version in force, e.g. `v3`.
    pub default: String,
    /// The documents by the version's id, as stored.
    pub documents: BTreeMap<String, String>,
    /// To how many identities it is attached, and how many it bounds.
    #[serde(default, skip_serializing)]
    pub uses: i32,
}

impl Versions {
    /// The most versions that IAM keeps of a policy.
    pub const MOST: usize = 5;

    /// The document in force.
    pub fn document(&self) -> Option<&str> {
        self.documents.get(&self.default).map(String::as_str)
    }

    /// The id of a version with this document; the one in force if it has it, else the newest.
    pub fn id_of(&self, document: &str) -> Option<&str> {
        if self.document() == Some(document) {
            return Some(&self.default);
        }
        let same = self.documents.iter().filter(|(_, text)| *text == document);
        let newest = same.max_by_key(|(id, _)| number(id));
        newest.map(|(id, _)| id.as_str())
    }

    /// Says whether a version has this document.
    pub fn has(&self, document: &str) -> bool {
        self.documents.values().any(|text| text == document)
    }

    /// The oldest version that is not in force, of those that `may_go` lets go.
    pub fn oldest_spare(&self, may_go: impl Fn(&str) -> bool) -> Option<&str> {
        let spare = self.documents.iter();
        let spare = spare.filter(|(id, text)| **id != self.default && may_go(text));
        let oldest = spare.min_by_key(|(id, _)| number(id));
        oldest.map(|(id, _)| id.as_str())
    }
}

/// Versions are numbered: `v10` comes after `v9`.
fn number(id: &str) -> u64 {
    let digits = id.trim_start_matches(|character: char| !character.is_ascii_digit());
    digits.parse().unwrap_or(u64::MAX)
}
