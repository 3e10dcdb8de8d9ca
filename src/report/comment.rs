//! The comment on a pull request: a verdict, a row for each role, what changes, and fold-outs for those who want to know why.
//!
//! It begins with a hidden marker for each role, by which it is found again. A host takes only so many characters: what matters
//! least is cut first, and what was cut is said.

mod numbers;
mod parts;

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::escape::{code_span, prose};
use super::section::{Rank, Section, length};
use super::{Report, grouped, plural};
use crate::diff::Proposal;
use crate::synthesis::CurrentPolicy;
use numbers::Numbers;

/// How many parts that were left out are named.
const PARTS_NAMED: usize = 20;

/// What is said of one role.
#[derive(Debug)]
pub struct Notice<'a> {
    /// What the role did, and what polgen suggests.
    pub report: &'a Report,
    /// What the role has now, as it was given.
    pub current: &'a [CurrentPolicy],
    /// What the pull request changes; none if polgen's suggestion is what is proposed.
    pub change: Option<Change<'a>>,
}

/// What a pull request makes of a role's policies.
#[derive(Debug)]
pub struct Change<'a> {
    /// The policies before.
    pub before: &'a [CurrentPolicy],
    /// What that means.
    pub proposal: &'a Proposal,
    /// The commit that it was compared with.
    pub base: &'a str,
}

/// A role of which nothing was seen, so that nothing is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// The role, as it was asked for.
    pub role: String,
    /// Why nothing is said.
    pub why: String,
}

/// A whole comment.
#[derive(Debug)]
pub struct Comment<'a> {
    /// The roles.
    pub notices: &'a [Notice<'a>],
    /// The roles that were asked for and not seen.
    pub unseen: &'a [Unseen],
    /// Where the whole report can be read, if anything is cut.
    pub report_url: Option<&'a str>,
    /// The most characters.
    pub most_characters: usize,
}

/// The hidden line by which the comment on a role is found again.
pub fn marker(key: &str) -> String {
    let mut hash = String::with_capacity(64);
    for byte in Sha256::digest(key.as_bytes()) {
        // Writing to a String cannot fail.
        let _ = write!(hash, "{byte:02x}");
    }
    format!("<!-- polgen:comment:v1 {hash} -->")
}

impl Comment<'_> {
    /// The markers that it begins with.
    pub fn markers(&self) -> Vec<String> {
        let mut markers: Vec<String> = Vec::new();
        for notice in self.notices {
            let one = marker(&notice.report.role.arn);
            if !markers.contains(&one) {
                markers.push(one);
            }
        }
        markers
    }

    /// Writes it, within the characters that there are.
    pub fn write(&self) -> String {
        self.shortened(&self.markers().join("\n"), self.sections())
    }

    /// Puts sections together, and cuts what matters least until the host takes it.
    fn shortened(&self, markers: &str, mut sections: Vec<Section>) -> String {
        let mut left_out: Vec<String> = Vec::new();
        loop {
            let text = self.put_together(markers, &sections, &left_out);
            let excess = length(&text).saturating_sub(self.most_characters);
            if excess == 0 {
                return text;
            }
            let last = sections
                .iter()
                .enumerate()
                .filter(|(_, section)| section.can_be_cut())
                .max_by_key(|(index, section)| (section.rank, *index))
                .map(|(index, _)| index);
            let Some((index, section)) =
                last.and_then(|index| Some((index, sections.get_mut(index)?)))
            else {
                return text;
            };
            // Some room for saying so.
            if section.cut(excess + 200) && section.title.is_some() {
                let section = sections.remove(index);
                left_out.extend(section.title);
            }
        }
    }

    fn put_together(&self, markers: &str, sections: &[Section], left_out: &[String]) -> String {
        let mut parts = vec![format!("{markers}\n### Least privilege")];
        parts.extend(sections.iter().map(Section::render));
        let is_cut = !left_out.is_empty() || sections.iter().any(Section::is_cut);
        if !left_out.is_empty() {
            // Titles are HTML, so they stand in a block of it.
            let named: Vec<&str> = left_out
                .iter()
                .take(PARTS_NAMED)
                .map(String::as_str)
                .collect();
            let more = left_out.len().saturating_sub(PARTS_NAMED);
            let more = if more > 0 {
                format!("; and {more} more")
            } else {
                String::new()
            };
            parts.push(format!(
                "<p>Left out for length: {}{more}.</p>",
                named.join("; ")
            ));
        }
        if let (Some(url), true) = (self.report_url, is_cut) {
            parts.push(format!("[The whole report]({})", link(url)));
        }
        parts.join("\n\n") + "\n"
    }

    fn sections(&self) -> Vec<Section> {
        let numbers: Vec<Numbers> = self.notices.iter().map(Numbers::of).collect();
        let mut sections = vec![
            Section::plain(Rank::Verdict, self.verdict(&numbers)),
            numbers::table(self.notices, &numbers, self.unseen),
        ];
        let is_one = self.notices.len() == 1;
        for notice in self.notices {
            if !is_one {
                let heading = format!("#### {}", code_span(&notice.report.role.name));
                sections.push(Section::plain(Rank::Table, heading));
            }
            sections.extend(parts::of(notice));
        }
        sections
    }

    /// The first line: is it good, and does anything break?
    fn verdict(&self, numbers: &[Numbers]) -> String {
        let sum = |of: fn(&Numbers) -> u64| -> u64 { numbers.iter().map(of).sum() };
        let before = sum(|one| one.actions.0.unwrap_or_default() as u64);
        let after = sum(|one| one.actions.1 as u64);
        let is_compared = numbers.iter().any(|one| one.actions.0.is_some());
        let actions = if is_compared {
            format!("{} actions → {}", grouped(before), grouped(after))
        } else {
            format!("{} actions", grouped(after))
        };
        let broken = sum(|one| one.broken);
        let calls = sum(|one| one.calls);
        let undecided = sum(|one| one.undecided);
        let open = if undecided > 0 {
            format!(", not known of {}", grouped(undecided))
        } else {
            String::new()
        };
        let gaining = numbers.iter().filter(|one| one.is_gaining).count();
        let unknown = numbers.iter().filter(|one| one.is_gain_unknown).count();
        let gain = match (gaining, unknown) {
            (0, 0) if is_compared => " No new access, by proof.".to_owned(),
            (0, 0) => String::new(),
            (0, _) => " Whether it gives new access is not decided.".to_owned(),
            (some, _) if numbers.len() == 1 && some == 1 => " **It gives new access.**".to_owned(),
            (some, _) => format!(
                " **{} new access.**",
                plural(some, "role gets", "roles get")
            ),
        };
        let silent = match self.unseen {
            [] => String::new(),
            some => format!(
                " **Nothing is said of {}: no use was seen.**",
                plural(some.len(), "role", "roles")
            ),
        };
        format!(
            "**{actions}; calls that would break: {} of {}{open}.**{gain}{silent}",
            grouped(broken),
            grouped(calls)
        )
    }
}

/// An address that cannot leave its link. Whoever runs polgen gives it.
fn link(url: &str) -> String {
    let is_plain = |one: char| one.is_ascii_alphanumeric() || "-._~:/?#@!$&'*+,;=%".contains(one);
    url.chars().filter(|one| is_plain(*one)).collect()
}

/// A sentence, as this program words it, with parts of which it knows nothing.
fn said(text: &str) -> String {
    prose(text)
}

#[cfg(test)]
mod tests;
