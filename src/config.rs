//! `polgen.toml`: what was decided beforehand, with its reasons, beside the policies that it is about.
//!
//! ```toml
//! [[keep]]                                   # granted whatever the trail shows
//! action = "s3:GetObject"                    # may hold wildcards
//! resource = "arn:aws:s3:::acme-archive/*"   # `*` if absent
//! reason = "the quarter-end job"
//! until = 2026-12-31                         # the last day that it counts; for good if absent
//! for = ["billing-*"]                        # names of roles and users; all if absent
//!
//! [[never]]                                  # never granted, not even if seen in use
//! action = "iam:*"
//! reason = "roles are made by the platform team"
//!
//! [[baseline]]                               # all that a policy grants is kept
//! policy = "baseline.json"                   # a file, or the name or ARN of an AWS managed policy
//! reason = "every role is monitored"
//!
//! [[resources]]                              # patterns granted in place of the ARNs that they cover
//! patterns = ["arn:aws:s3:::acme-*/in/*"]
//! for = ["billing-*"]
//!
//! [[allow]]                                  # findings of `check` that do not count
//! rule = "wildcard-resource"                 # a rule's name
//! at = "infra/*.yaml#BillingRole"            # FILE, FILE#NAME or #NAME, with wildcards; everywhere if absent
//! finding = "0f3a9c51d2b8e674"               # one finding by its id, if given
//! reason = "CloudFront has no ARNs for this"
//! until = 2027-03-31
//!
//! [athena.columns]                           # columns of a table of records, where they have other names than CloudTrail's
//! eventID = "event_id"
//!
//! [athena.partitions]                        # by what the table is parted
//! day = "dt"
//! day_format = "yyyy-MM-dd"
//! ```

mod allow;
mod athena;
mod error;

use std::ops::Range;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

pub use allow::{AddedEntry, Allow, AllowList};
pub use error::ConfigError;

use crate::catalog::Catalog;
use crate::nearest::nearest;
use crate::pattern::Pattern;
use crate::synthesis::{Conditions, Never, Pin, Pins, can_apply};

/// The file, as far as it could be read.
#[derive(Debug)]
pub struct Config {
    name: String,
    text: String,
    file: File,
}

/// What the file says about one role or user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// Kept and forbidden grants, and what has expired.
    pub pins: Pins,
    /// Patterns granted in place of the ARNs that they cover.
    pub name_patterns: Vec<String>,
    /// Policies of which all is kept, with the reason.
    pub baselines: Vec<(String, String)>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    keep: Vec<Entry>,
    #[serde(default)]
    never: Vec<Entry>,
    #[serde(default)]
    baseline: Vec<Baseline>,
    #[serde(default)]
    resources: Vec<Resources>,
    #[serde(default)]
    allow: Vec<allow::Entry>,
    #[serde(default)]
    athena: athena::Table,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    action: Spanned<String>,
    resource: Option<Spanned<String>>,
    reason: String,
    until: Option<Spanned<toml::value::Datetime>>,
    #[serde(default, rename = "for")]
    names: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Baseline {
    policy: String,
    reason: String,
    until: Option<Spanned<toml::value::Datetime>>,
    #[serde(default, rename = "for")]
    names: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Resources {
    patterns: Vec<String>,
    #[serde(default, rename = "for")]
    names: Vec<String>,
}

impl Config {
    /// Reads the text of the file `name`.
    ///
    /// # Errors
    ///
    /// With line and column, if it is no TOML or holds a key that is not known.
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigError> {
        match toml::from_str(text) {
            Ok(file) => Ok(Self {
                name: name.to_owned(),
                text: text.to_owned(),
                file,
            }),
            Err(error) => Err(ConfigError::of_toml(name, text, &error)),
        }
    }

    /// Works out what it says about the role or user `principal` on a day.
    ///
    /// # Errors
    ///
    /// With line and column, if an action does not exist, or cannot be used on the resource.
    pub fn decide(
        &self,
        principal: &str,
        today: Date,
        catalog: &Catalog,
    ) -> Result<Decided, ConfigError> {
        let is_about = |names: &[String]| {
            let mut names = names.iter();
            names.len() == 0 || names.any(|name| Pattern::parse(name).matches(principal))
        };
        let mut decided = Decided::default();
        for entry in self.file.keep.iter().filter(|entry| is_about(&entry.names)) {
            if self.is_current(entry, today, &mut decided.pins)? {
                let resource = entry
                    .resource
                    .as_ref()
                    .map_or("*", |it| it.get_ref().as_str());
                let pins = keep(entry.action.get_ref(), resource, &entry.reason, catalog);
                let pins = pins.map_err(|error| self.located(&entry.action.span(), error))?;
                decided.pins.keep.extend(pins);
            }
        }
        for entry in self
            .file
            .never
            .iter()
            .filter(|entry| is_about(&entry.names))
        {
            if self.is_current(entry, today, &mut decided.pins)? {
                let action = entry.action.get_ref();
                expand(action, catalog)
                    .map_err(|error| self.located(&entry.action.span(), error))?;
                decided.pins.never.push(Never {
                    action: action.clone(),
                    resource: entry
                        .resource
                        .as_ref()
                        .map_or("*", |it| it.get_ref())
                        .to_owned(),
                    reason: entry.reason.clone(),
                });
            }
        }
        for baseline in self.file.baseline.iter().filter(|it| is_about(&it.names)) {
            if self.holds(
                baseline.until.as_ref(),
                today,
                &baseline.policy,
                &mut decided.pins,
            )? {
                let entry = (baseline.policy.clone(), baseline.reason.clone());
                decided.baselines.push(entry);
            }
        }
        let resources = self.file.resources.iter().filter(|it| is_about(&it.names));
        decided
            .name_patterns
            .extend(resources.flat_map(|it| it.patterns.iter().cloned()));
        Ok(decided)
    }

    fn is_current(&self, entry: &Entry, today: Date, pins: &mut Pins) -> Result<bool, ConfigError> {
        let what = match &entry.resource {
            Some(resource) => format!("{} on {}", entry.action.get_ref(), resource.get_ref()),
            None => entry.action.get_ref().clone(),
        };
        self.holds(entry.until.as_ref(), today, &what, pins)
    }

    /// Says whether an entry still counts; one that does not is noted.
    fn holds(
        &self,
        until: Option<&Spanned<toml::value::Datetime>>,
        today: Date,
        what: &str,
        pins: &mut Pins,
    ) -> Result<bool, ConfigError> {
        let Some(until) = until else {
            return Ok(true);
        };
        let last = date(until.get_ref()).ok_or_else(|| {
            let problem = format!(
                "until: expected a date like 2026-12-31, found `{}`",
                until.get_ref()
            );
            self.located(&until.span(), Problem::new(problem))
        })?;
        if last < today {
            pins.expired.push(format!(
                "{what}: until {last}, {}",
                self.place(&until.span())
            ));
        }
        Ok(last >= today)
    }

    fn located(&self, span: &Range<usize>, problem: Problem) -> ConfigError {
        ConfigError {
            place: self.place(span),
            problem: problem.words,
            hint: problem.hint,
        }
    }

    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.get(..span.start).unwrap_or(&self.text);
        before.matches('\n').count() + 1
    }

    fn place(&self, span: &Range<usize>) -> String {
        error::place(&self.name, &self.text, span.start)
    }
}

/// What is wrong with an action or a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The complaint.
    pub words: String,
    /// What may help.
    pub hint: Option<String>,
}

impl Problem {
    fn new(words: String) -> Self {
        Self { words, hint: None }
    }
}

/// Makes the pins for an action, which may hold wildcards, on a resource: one for each action that can apply to it.
///
/// # Errors
///
/// If there is no such action, or none that takes such a resource.
pub fn keep(
    action: &str,
    resource: &str,
    reason: &str,
    catalog: &Catalog,
) -> Result<Vec<Pin>, Problem> {
    let actions = expand(action, catalog)?;
    let pins: Vec<Pin> = actions
        .into_iter()
        .filter(|action| can_apply(action, resource, catalog))
        .map(|action| Pin {
            action,
            resource: resource.to_owned(),
            conditions: Conditions::new(),
            reason: reason.to_owned(),
        })
        .collect();
    if pins.is_empty() {
        let words = format!("expected a resource that `{action}` takes, found `{resource}`");
        let formats = formats(action, catalog);
        let hint = if formats.is_empty() {
            "it takes only `*`".to_owned()
        } else {
            format!("it takes `{}`", formats.join("` or `"))
        };
        return Err(Problem {
            words,
            hint: Some(hint),
        });
    }
    Ok(pins)
}

/// The ARN formats that an action takes.
fn formats<'a>(action: &str, catalog: &'a Catalog) -> Vec<&'a str> {
    let Some((service, _, facts)) = catalog.action(action) else {
        return Vec::new();
    };
    let types = facts.resource_types.iter();
    let types = types.filter_map(|name| service.resource_types.get(name));
    types
        .flat_map(|kind| kind.arns.iter().map(String::as_str))
        .collect()
}

fn expand(action: &str, catalog: &Catalog) -> Result<Vec<String>, Problem> {
    let actions = catalog.expand(action);
    if !actions.is_empty() {
        return Ok(actions);
    }
    let words = format!("expected an action such as `s3:GetObject`, found `{action}`");
    let known = match action.split_once(':') {
        Some((service, _)) if catalog.service(service).is_some() => {
            catalog.expand(&format!("{service}:*"))
        }
        _ => catalog.all_actions(),
    };
    let like = nearest(action, known.iter().map(String::as_str), 1);
    let hint = like.first().map(|name| format!("did you mean `{name}`?"));
    Err(Problem { words, hint })
}

fn date(moment: &toml::value::Datetime) -> Option<Date> {
    let date = moment.date.filter(|_| moment.time.is_none())?;
    Date::new(
        i16::try_from(date.year).ok()?,
        i8::try_from(date.month).ok()?,
        i8::try_from(date.day).ok()?,
    )
    .ok()
}

#[cfg(test)]
mod tests;
