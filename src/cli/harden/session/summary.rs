//! What a session came to, in Markdown: before and after, what is to be mended with its changes, what is allowed with its entries.

use std::fmt::Write as _;

use super::change;
use super::state::{Answer, Count, State};
use crate::finding::Finding;
use crate::harden::fix::plan;
use crate::posture::Posture;
use crate::report::escape::{fence, prose};
use crate::report::{Found, findings_markdown, plain, plural};

/// A line of the table: its words, and what it counts.
type Row = (&'static str, fn(Count) -> usize);

/// Writes the report. Writing to a text cannot fail.
pub(super) fn report(posture: &Posture, found: &Found, state: &State, before: Count) -> String {
    let after = state.count(&found.findings);
    let mut text = findings_markdown(found, "Hardening session");
    text.push_str("\n## Decisions\n\n| | before | after |\n| --- | ---: | ---: |\n");
    let rows: [Row; 4] = [
        ("to mend", |count| count.mend),
        ("right as they are", |count| count.allow),
        ("later", |count| count.later),
        ("not decided", Count::open),
    ];
    for (words, of) in rows {
        let _ = writeln!(text, "| {words} | {} | {} |", of(before), of(after));
    }
    let counting = || found.findings.iter().filter(|one| one.counts());
    let is_allowed = |one: &&Finding| matches!(state.of(one), Some(Answer::Allow(_)));
    // What nobody is at hand to decide on is shown with its change too.
    let to_mend: Vec<Finding> = counting().filter(|one| !is_allowed(one)).cloned().collect();
    if !to_mend.is_empty() {
        let count = plural(to_mend.len(), "finding", "findings");
        let _ = write!(text, "\n### Changes for {count}\n");
        for file in files(&to_mend) {
            let these: Vec<Finding> = to_mend
                .iter()
                .filter(|one| one.place.file == file)
                .cloned()
                .collect();
            let fixes = plan(posture, &these);
            let _ = write!(text, "\n{}\n", fence("", change(&fixes).trim_end()));
        }
    }
    let allowed: Vec<&Finding> = counting().filter(is_allowed).collect();
    if !allowed.is_empty() {
        let title = prose("Entries for `polgen.toml`");
        let _ = write!(
            text,
            "\n### {title}\n\n{}\n",
            fence("toml", &entries(&allowed, state))
        );
    }
    text
}

fn files(findings: &[Finding]) -> Vec<&str> {
    let mut files: Vec<&str> = findings.iter().map(|one| one.place.file.as_str()).collect();
    files.sort_unstable();
    files.dedup();
    files
}

fn entries(allowed: &[&Finding], state: &State) -> String {
    let mut text = String::new();
    for finding in allowed {
        let Some(Answer::Allow(reason)) = state.of(finding) else {
            continue;
        };
        // A text of JSON is one of TOML too, once no control character is left in it.
        let quoted = |words: &str| serde_json::Value::from(plain(words)).to_string();
        let _ = write!(
            text,
            "[[allow]]\nrule = {}\nfinding = {}\nreason = {}\n\n",
            quoted(finding.rule.name),
            quoted(&finding.id()),
            quoted(reason)
        );
    }
    text.trim_end().to_owned()
}
