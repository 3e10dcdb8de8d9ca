//! Findings that somebody allowed: which, why, and until when.

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::{Config, ConfigError, Problem, date};
use crate::finding::{Allowed, Finding, Rule, Status};
use crate::nearest::nearest;
use crate::pattern::Pattern;

/// How many hexadecimal digits the id of a finding has.
const ID_DIGITS: usize = 16;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    rule: Option<Spanned<String>>,
    at: Option<Spanned<String>>,
    finding: Option<Spanned<String>>,
    reason: Spanned<String>,
    until: Option<Spanned<toml::value::Datetime>>,
}

/// One entry.
#[derive(Clone, Debug)]
pub struct Allow {
    rule: Option<String>,
    file: Option<Pattern>,
    resource: Option<Pattern>,
    finding: Option<String>,
    allowed: Allowed,
    /// The file, and the line in it.
    position: (String, usize),
    place: String,
    uses: usize,
}

/// An entry that a change adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedEntry {
    /// The file that it stands in.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What it allows, and why.
    pub what: String,
}

/// All entries, and which of them were of use.
#[derive(Clone, Debug, Default)]
pub struct AllowList {
    entries: Vec<Allow>,
    today: Date,
}

impl Config {
    /// Reads the allow list.
    ///
    /// # Errors
    ///
    /// With line and column, if an entry allows everything, has no reason, or names a rule that does not exist.
    pub fn allow_list(&self, today: Date, rules: &[Rule]) -> Result<AllowList, ConfigError> {
        let entries = self.file.allow.iter();
        let entries: Result<Vec<Allow>, ConfigError> =
            entries.map(|entry| self.allow(entry, rules)).collect();
        Ok(AllowList {
            entries: entries?,
            today,
        })
    }

    fn allow(&self, entry: &Entry, rules: &[Rule]) -> Result<Allow, ConfigError> {
        self.refuse(entry, rules)?;
        let until = match &entry.until {
            None => None,
            Some(until) => Some(date(until.get_ref()).ok_or_else(|| {
                let words = format!(
                    "until: expected a date like 2026-12-31, found `{}`",
                    until.get_ref()
                );
                self.located(&until.span(), Problem { words, hint: None })
            })?),
        };
        let (file, resource) = match entry.at.as_ref().map(|at| at.get_ref().as_str()) {
            None => (None, None),
            Some(at) => match at.rsplit_once('#') {
                None => (Some(at), None),
                Some(("", name)) => (None, Some(name)),
                Some((file, name)) => (Some(file), Some(name)),
            },
        };
        let text =
            |value: &Option<Spanned<String>>| value.as_ref().map(|one| one.get_ref().clone());
        Ok(Allow {
            rule: text(&entry.rule),
            file: file.map(Pattern::parse),
            resource: resource.map(Pattern::parse),
            finding: text(&entry.finding).map(|id| id.to_ascii_lowercase()),
            allowed: Allowed {
                reason: entry.reason.get_ref().clone(),
                until,
            },
            position: (self.name.clone(), self.line(&entry.reason.span())),
            place: self.place(&entry.reason.span()),
            uses: 0,
        })
    }

    /// Refuses an entry without a reason, one that allows everything, and one that names what does not exist.
    fn refuse(&self, entry: &Entry, rules: &[Rule]) -> Result<(), ConfigError> {
        let fail = |span: &std::ops::Range<usize>, words: String, hint: Option<String>| {
            Err(self.located(span, Problem { words, hint }))
        };
        if entry.reason.get_ref().trim().is_empty() {
            let words = "reason: expected why the finding is allowed, found nothing".to_owned();
            return fail(&entry.reason.span(), words, None);
        }
        if entry.rule.is_none() && entry.finding.is_none() {
            let words =
                "expected a `rule` or a `finding` that is allowed, found neither".to_owned();
            let hint = "`polgen check --format json` tells the ids of findings".to_owned();
            return fail(&entry.reason.span(), words, Some(hint));
        }
        if let Some(rule) = &entry.rule
            && !rules.iter().any(|one| one.name == rule.get_ref())
        {
            let names = rules.iter().map(|one| one.name);
            let near = nearest(rule.get_ref(), names, 1);
            let hint = near.first().map(|name| format!("did you mean `{name}`?"));
            let words = format!(
                "rule: expected the name of a rule, found `{}`",
                rule.get_ref()
            );
            return fail(&rule.span(), words, hint);
        }
        if let Some(id) = &entry.finding {
            let digits = id.get_ref();
            let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            if digits.len() != ID_DIGITS || !is_hex {
                let words =
                    format!("finding: expected {ID_DIGITS} hexadecimal digits, found `{digits}`");
                return fail(&id.span(), words, None);
            }
        }
        Ok(())
    }
}

impl Allow {
    /// Says whether it allows the same as an entry before, and no longer.
    fn is_within(&self, before: &Self) -> bool {
        let is_about = |one: &Self| {
            let (rule, finding) = (one.rule.clone(), one.finding.clone());
            (rule, finding, one.file.clone(), one.resource.clone())
        };
        let is_no_longer = match (self.allowed.until, before.allowed.until) {
            (_, None) => true,
            (Some(now), Some(then)) => now <= then,
            (None, Some(_)) => false,
        };
        is_about(self) == is_about(before) && is_no_longer
    }

    /// What it allows, in words.
    fn describe(&self) -> String {
        let rule = match (&self.rule, &self.finding) {
            (Some(rule), None) => format!("`{rule}`"),
            (Some(rule), Some(id)) => format!("`{rule}`, the finding {id},"),
            (None, id) => format!("the finding {}", id.as_deref().unwrap_or_default()),
        };
        let named = |pattern: &Option<Pattern>| pattern.as_ref().map(Pattern::to_string);
        let at = match (named(&self.file), named(&self.resource)) {
            (None, None) => "everywhere".to_owned(),
            (Some(file), None) => format!("at `{file}`"),
            (file, Some(name)) => format!("at `{}#{name}`", file.unwrap_or_default()),
        };
        let until = self.allowed.until.map(|last| format!(", until {last}"));
        let until = until.unwrap_or_default();
        format!("{rule} {at}{until}: {}", self.allowed.reason)
    }

    fn is_about(&self, finding: &Finding) -> bool {
        let matches = |pattern: &Option<Pattern>, text: &str| {
            pattern.as_ref().is_none_or(|pattern| pattern.matches(text))
        };
        let is_rule = self
            .rule
            .as_ref()
            .is_none_or(|rule| rule == finding.rule.name);
        let is_named = self.finding.as_ref().is_none_or(|id| *id == finding.id());
        is_rule
            && matches(&self.file, &finding.place.file)
            && matches(&self.resource, &finding.place.resource)
            && is_named
    }
}

impl AllowList {
    /// Adds the entries of another file.
    pub fn join(&mut self, other: Self) {
        self.entries.extend(other.entries);
        self.today = self.today.max(other.today);
    }

    /// Takes out what `before` did not allow already.
    pub fn take_added(&mut self, before: &Self) -> Vec<AddedEntry> {
        let is_known = |entry: &Allow| before.entries.iter().any(|one| entry.is_within(one));
        let all = std::mem::take(&mut self.entries);
        let (known, added): (Vec<Allow>, Vec<Allow>) = all.into_iter().partition(is_known);
        self.entries = known;
        let tell = |entry: Allow| AddedEntry {
            what: format!("this change adds an entry that allows {}", entry.describe()),
            file: entry.position.0,
            line: entry.position.1,
        };
        added.into_iter().map(tell).collect()
    }

    /// Marks what is allowed, and what is known not to be checked.
    pub fn apply(&mut self, findings: &mut [Finding]) {
        let today = self.today;
        for finding in findings
            .iter_mut()
            .filter(|one| one.status != Status::Passed)
        {
            for entry in &mut self.entries {
                if !entry.is_about(finding) {
                    continue;
                }
                entry.uses += 1;
                let is_over = entry.allowed.until.is_some_and(|last| last < today);
                if !is_over && finding.allowed.is_none() {
                    finding.allowed = Some(entry.allowed.clone());
                }
            }
        }
    }

    /// What should be said of the entries: those whose day is over and that would still be needed, and those that nothing needs.
    ///
    /// Entries for rules that were not `asked` are another command's.
    pub fn remarks(&self, asked: &[Rule]) -> Vec<String> {
        let remark = |entry: &Allow| {
            let over = entry.allowed.until.filter(|last| *last < self.today);
            match (over, entry.uses) {
                (Some(last), 1..) => Some(format!(
                    "{}: allowed until {last}, so it counts again: {}",
                    entry.place, entry.allowed.reason
                )),
                (_, 0) => Some(format!(
                    "{}: nothing was found that this allows: {}",
                    entry.place, entry.allowed.reason
                )),
                (None, _) => None,
            }
        };
        let is_asked = |entry: &&Allow| {
            let rule = entry.rule.as_ref();
            rule.is_none_or(|rule| asked.iter().any(|one| one.name == rule))
        };
        self.entries
            .iter()
            .filter(is_asked)
            .filter_map(remark)
            .collect()
    }
}
