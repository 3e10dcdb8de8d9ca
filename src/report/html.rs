//! The report as one HTML file that opens offline in any browser.
//!
//! The templates, the style and the script are files beside this code. What is shown is worked out here, part by part; the
//! templates only place it. Every value goes through [`Visible`], and nothing of a report stands in the script, so a name from a
//! log is text wherever it lands. The page's own policy allows one style and one script, by their hashes, and no address at all.

mod apply;
mod changes;
mod chart;
mod fates;
mod findings;
mod hidden;
mod index;
mod picture;
mod refused;
mod said;
mod shell;
mod statements;
mod timeline;
mod verdict;
mod visible;

use std::borrow::Borrow;

use askama::Template;

use super::{Report, grouped, text};
use crate::time::{Timestamp, day_of};
use apply::Apply;
use changes::Changes;
use fates::FateTable;
use findings::FindingRow;
use hidden::HiddenGroup;
pub use index::{IndexEntry, html_index};
use picture::Picture;
use refused::RefusedRow;
use said::said;
use shell::Shell;
use statements::PolicyView;
use timeline::Timeline;
use verdict::Verdict;
pub(crate) use visible::Visible;

/// Writes the report as a page.
pub fn html(report: &Report) -> String {
    page(report, None)
}

/// Writes the report as a page that leads back to the table of all roles at `index`.
pub fn html_page_of(report: &Report, index: &str) -> String {
    page(report, Some(index))
}

fn page(report: &Report, index: Option<&str>) -> String {
    let page = Page {
        shell: Shell::new(
            format!("{} · least privilege", report.role.name),
            report.evidence.len(),
        ),
        index,
        facts: text::facts(report),
        verdict: Verdict::of(report),
        picture: Picture::of(report),
        fates: FateTable::of(report),
        timeline: Timeline::of(report),
        policies: statements::of(report),
        changes: Changes::of(report),
        hidden: hidden::of(report),
        refused: refused::of(report),
        findings: findings::of(report),
        apply: Apply::of(report),
        report,
    };
    // Writing to a String cannot fail.
    page.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    shell: Shell,
    /// Where the table of all roles is.
    index: Option<&'a str>,
    report: &'a Report,
    facts: Vec<(&'static str, String)>,
    verdict: Verdict,
    picture: Picture,
    fates: FateTable<'a>,
    timeline: Option<Timeline<'a>>,
    policies: Vec<PolicyView<'a>>,
    changes: Option<Changes>,
    hidden: Vec<HiddenGroup<'a>>,
    refused: Vec<RefusedRow<'a>>,
    findings: Vec<FindingRow>,
    apply: Apply,
}

/// The day of a moment, or a dash.
fn day(moment: Option<&Timestamp>) -> String {
    moment.map_or_else(|| "–".to_owned(), |moment| day_of(*moment).to_string())
}

/// A number of things as people read it.
fn count(number: impl Borrow<usize>) -> String {
    grouped(*number.borrow() as u64)
}

/// A number of calls as people read it.
fn uses(number: impl Borrow<u64>) -> String {
    grouped(*number.borrow())
}
