//! What runs under a role and what it needs without CloudTrail showing it, as data.
//!
//! One file a runtime in `action-catalog/runtimes/`; each sign and each need names its source.

use std::sync::LazyLock;

use indexmap::IndexMap;
use serde::Deserialize;

use super::Catalog;

/// A place where code runs under a role.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runtime {
    /// Its id, e.g. `lambda`.
    pub runtime: String,
    /// Its name, e.g. `AWS Lambda`.
    pub name: String,
    /// What one of its units is called, e.g. `function`.
    pub unit: String,
    /// The most characters that a unit's name has.
    pub unit_name_limit: usize,
    /// Sessions that the service opens for itself; their names are no unit's.
    #[serde(default)]
    pub other_sessions: Vec<OtherSession>,
    /// How it shows in a trail, surest first.
    pub signs: Vec<Sign>,
    /// What it needs of the role.
    pub needs: Vec<RuntimeNeed>,
    /// Values of placeholders when no sign told them; `${unit}` stands for the unit's name.
    #[serde(default)]
    pub defaults: IndexMap<String, String>,
}

/// Sessions of a runtime that no unit of it opened.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherSession {
    /// A glob that their names match.
    pub like: String,
    /// Where the fact comes from.
    pub source: String,
}

/// A sign of a runtime in an event.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// What it is called in reports.
    pub sign: String,
    /// A part of `userAgent`.
    #[serde(default)]
    pub user_agent_contains: Option<String>,
    /// Only on this operation.
    #[serde(default)]
    pub operation: Option<String>,
    /// The service principal that assumed the role.
    #[serde(default)]
    pub assumed_by: Option<String>,
    /// Request parameters that tell a placeholder's value: placeholder -> parameter.
    #[serde(default)]
    pub captures: IndexMap<String, String>,
    /// Says whether the event's region is surely the unit's own.
    #[serde(default)]
    pub is_region_certain: bool,
    /// Where the fact comes from.
    pub source: String,
}

/// A permission that the runtime itself uses.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeNeed {
    /// The full action.
    pub action: String,
    /// The resource, with `${Partition}`, `${Region}`, `${Account}`, `${unit}` and captured placeholders.
    pub resource: String,
    /// The reason, as a report prints it.
    pub why: String,
    /// Where the fact comes from.
    pub source: String,
}

impl Catalog {
    /// Lists the runtimes that polgen knows.
    pub fn runtimes(&self) -> &'static [Runtime] {
        &RUNTIMES
    }
}

// INVARIANT: every file parses; a test below holds it.
static RUNTIMES: LazyLock<Vec<Runtime>> = LazyLock::new(|| {
    FILES
        .iter()
        .filter_map(|text| serde_json::from_str(text).ok())
        .collect()
});

const FILES: [&str; 1] = [include_str!("../../action-catalog/runtimes/lambda.json")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_runtime_file_is_bundled_and_parses() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/action-catalog/runtimes");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), FILES.len());
        for text in FILES {
            serde_json::from_str::<Runtime>(text).unwrap();
        }
        assert_eq!(Catalog::bundled().runtimes().len(), FILES.len());
    }
}
