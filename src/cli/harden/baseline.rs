//! A baseline: findings that were there when a gate was put up, which do not count until somebody mends them.
//!
//! It is a JSON file of ids with what each is about, so that a person can read what was left. Unlike `[[allow]]` it has no reasons and no
//! last day: it is for the start.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use serde_json::json;

use crate::cli::file::write_whole;
use crate::cli::{Exit, Failure};
use crate::finding::Finding;
use crate::source::bounded::read_text;

/// The largest such file that is read.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// The version of the file's form.
const VERSION: u32 = 1;

#[derive(Debug, Deserialize)]
struct File {
    version: u32,
    findings: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    id: String,
}

/// Takes away the findings that a baseline holds, and counts them.
pub(super) fn apply(path: &Path, findings: &mut Vec<Finding>) -> Result<usize, Failure> {
    let fail = |problem: String| {
        Failure::new(Exit::Failed, format!("{}: {problem}", path.display()))
            .hint("polgen harden FILE --write-baseline BASELINE")
    };
    let text = read_text(path, MOST_BYTES).map_err(|error| fail(error.to_string()))?;
    let file: File = serde_json::from_str(&text)
        .map_err(|error| fail(format!("expected a baseline: {error}")))?;
    if file.version != VERSION {
        return Err(fail(format!(
            "expected a baseline of version {VERSION}, found version {}",
            file.version
        )));
    }
    let ids: BTreeSet<String> = file.findings.into_iter().map(|one| one.id).collect();
    let before = findings.len();
    findings.retain(|finding| !finding.counts() || !ids.contains(&finding.id()));
    Ok(before - findings.len())
}

/// Writes the findings that count.
pub(super) fn write(path: &Path, findings: &[Finding]) -> Result<usize, Failure> {
    let counting: Vec<&Finding> = findings.iter().filter(|one| one.counts()).collect();
    let entries: Vec<serde_json::Value> = counting
        .iter()
        .map(|one| {
            json!({
                "id": one.id(),
                "rule": one.rule.name,
                "file": one.place.file,
                "resource": one.place.resource,
                "what": one.what,
            })
        })
        .collect();
    let value = json!({"version": VERSION, "findings": entries});
    let text = serde_json::to_string_pretty(&value).unwrap_or_default() + "\n";
    write_whole(path, |file| file.write_all(text.as_bytes()))?;
    Ok(counting.len())
}
