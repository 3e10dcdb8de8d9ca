//! What the user knows and polgen cannot: event selectors, what runs under the role, calls that do not count.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};

use crate::catalog::{Catalog, Runtime};
use crate::cli::{Exit, Failure};
use crate::nearest::nearest;
use crate::pattern::Pattern;
use crate::source::bounded::{MOST_TEXT, read_text};
use crate::time::{DayEnd, Timestamp, Window, parse_moment};
use crate::usage::{Exclusion, RoleUsage, RuntimeSighting, Selectors, SmallMap};

/// What the user knows beside the trail.
#[derive(Debug, Args)]
pub(crate) struct Choices {
    /// What the trail records: `aws cloudtrail get-event-selectors`; can be repeated
    ///
    /// A file with the command's answer, of one trail or of several. With it, whether a use would have been seen is known
    /// and not told from the data events that the input happens to hold.
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Input",
        hide_short_help = true
    )]
    event_selectors: Vec<String>,

    /// Calls that do not count: session=GLOB, time=FROM..TO, source-ip=NETWORK
    ///
    /// For an incident, a test, a person who should not have been there. Can be repeated; a call that one of them names is left
    /// out.
    #[arg(
        long,
        value_name = "KIND=VALUE",
        help_heading = "Input",
        hide_short_help = true
    )]
    exclude: Vec<String>,

    /// What runs under the role, e.g. lambda:function=orders; or none
    ///
    /// Beside what the trail shows, which `none` puts out of force. More may be said behind commas:
    /// `lambda:function=orders,region=eu-central-1,log_group=/app/orders`. Can be repeated.
    #[arg(
        long,
        value_name = "RUNTIME",
        help_heading = "Policy",
        hide_short_help = true
    )]
    runtime: Vec<String>,

    /// Denied action to grant all the same, where it was tried; can be repeated
    #[arg(
        long,
        value_name = "ACTION",
        help_heading = "Policy",
        hide_short_help = true
    )]
    pub(super) allow_denied: Vec<String>,

    /// Make a policy for each session, e.g. for each function of a shared role
    ///
    /// Sessions that are no unit of a known runtime are put together.
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        help_heading = "Policy",
        hide_short_help = true,
        hide_possible_values = true
    )]
    split_by: Option<SplitBy>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SplitBy {
    /// By the session's name
    Session,
}

impl Choices {
    pub(super) fn is_split_by_session(&self) -> bool {
        self.split_by == Some(SplitBy::Session)
    }

    /// Reads the files of event selectors.
    pub(super) fn selectors(&self) -> Result<Option<Selectors>, Failure> {
        let mut all: Option<Selectors> = None;
        for path in &self.event_selectors {
            let fail = |problem: String| Failure::new(Exit::Failed, format!("{path}: {problem}"));
            let text =
                read_text(path.as_ref(), MOST_TEXT).map_err(|error| fail(error.to_string()))?;
            let read = Selectors::parse(&text).map_err(fail)?;
            match &mut all {
                Some(selectors) => selectors.add(read),
                None => all = Some(read),
            }
        }
        Ok(all)
    }

    /// Reads which calls do not count.
    pub(super) fn exclusions(&self, now: Timestamp) -> Result<Vec<Exclusion>, Failure> {
        self.exclude
            .iter()
            .map(|text| exclusion(text, now).map_err(|problem| wrong("exclude", &problem)))
            .collect()
    }

    /// Refuses denied actions that are none, or that nobody was denied.
    pub(super) fn check_allowed(&self, role: &RoleUsage) -> Result<(), Failure> {
        for action in &self.allow_denied {
            if Catalog::bundled().action(action).is_none() {
                let problem = format!("expected an action, found `{action}`");
                let denied = role.denied.keys().flat_map(|call| &call.accesses);
                let names = denied.map(|access| access.action.as_str());
                let failure = wrong("allow-denied", &problem);
                return Err(match nearest(action, names, 1).first() {
                    Some(near) => failure.hint(format!("did you mean `{near}`?")),
                    None => failure,
                });
            }
            let mut accesses = role.denied.keys().flat_map(|call| &call.accesses);
            if !accesses.any(|access| access.action.eq_ignore_ascii_case(action)) {
                let problem = format!("`{action}` was not denied to the role");
                return Err(wrong("allow-denied", &problem));
            }
        }
        Ok(())
    }

    /// Adds what the user says of the runtime, and what the role's trust policy says.
    pub(super) fn add_runtimes(
        &self,
        role: &mut RoleUsage,
        trusted: &BTreeSet<String>,
    ) -> Result<(), Failure> {
        let runtimes = Catalog::bundled().runtimes();
        for principal in trusted {
            let trusting: Vec<&Runtime> = runtimes
                .iter()
                .filter(|runtime| runtime.principals.contains(principal))
                .collect();
            // A principal that several runtimes share tells none of them.
            if let [runtime] = trusting.as_slice() {
                let sighting = RuntimeSighting {
                    runtime: runtime.runtime.clone(),
                    sign: RuntimeSighting::TRUSTED.to_owned(),
                    ..RuntimeSighting::default()
                };
                role.runtimes.update(sighting, |_| ());
            }
        }
        if self.runtime.iter().any(|text| text == "none") {
            role.runtimes = SmallMap::default();
        }
        for text in self.runtime.iter().filter(|text| *text != "none") {
            let sighting = given(text).map_err(|problem| wrong("runtime", &problem))?;
            role.runtimes.update(sighting, |_| ());
        }
        Ok(())
    }
}

fn wrong(flag: &str, problem: &str) -> Failure {
    Failure::new(Exit::WrongCommandLine, format!("--{flag}: {problem}"))
}

fn exclusion(text: &str, now: Timestamp) -> Result<Exclusion, String> {
    let wanted = || {
        format!("expected `session=GLOB`, `time=FROM..TO` or `source-ip=NETWORK`, found `{text}`")
    };
    let (kind, value) = text
        .split_once('=')
        .filter(|(_, value)| !value.is_empty())
        .ok_or_else(wanted)?;
    match kind {
        "session" => Ok(Exclusion::Session(Pattern::parse(value))),
        "source-ip" => Exclusion::source(value)
            .ok_or_else(|| format!("expected an address, a network or a service, found `{value}`")),
        "time" => {
            let (from, to) = value.split_once("..").unwrap_or((value, value));
            let moment = |text: &str, end| {
                let given = (!text.is_empty()).then(|| parse_moment(text, now, end));
                given.transpose().map_err(|error| error.to_string())
            };
            let window = Window {
                since: moment(from, DayEnd::Start)?,
                until: moment(to, DayEnd::End)?,
            };
            Ok(Exclusion::Time(window))
        }
        _ => Err(wanted()),
    }
}

/// Reads `lambda:function=orders,log_group=/x`.
fn given(text: &str) -> Result<RuntimeSighting, String> {
    let runtimes = Catalog::bundled().runtimes();
    let (name, rest) = match text.split_once(':') {
        Some((name, rest)) => (name, Some(rest)),
        None => (text, None),
    };
    let Some(runtime) = runtimes.iter().find(|runtime| runtime.runtime == name) else {
        let names = runtimes.iter().map(|runtime| runtime.runtime.as_str());
        let near = nearest(name, names, 1);
        let near = near.first().map_or("lambda", |near| *near);
        return Err(format!(
            "expected a runtime such as `{near}`, found `{name}`"
        ));
    };
    let mut sighting = RuntimeSighting {
        runtime: runtime.runtime.clone(),
        sign: RuntimeSighting::GIVEN.to_owned(),
        ..RuntimeSighting::default()
    };
    let mut captures: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for pair in rest
        .unwrap_or_default()
        .split(',')
        .filter(|pair| !pair.is_empty())
    {
        let (key, value) = pair
            .split_once('=')
            .filter(|(_, value)| !value.is_empty())
            .ok_or_else(|| format!("expected `NAME=VALUE`, found `{pair}`"))?;
        if key == "region" {
            value.clone_into(&mut sighting.region);
        } else if runtime.unit.as_deref() == Some(key) {
            value.clone_into(&mut sighting.unit);
        } else if is_capture(runtime, key) {
            captures
                .entry(key.to_owned())
                .or_default()
                .insert(value.to_owned());
        } else {
            return Err(format!("`{key}` says nothing about {}", runtime.name));
        }
    }
    if let (Some(unit), true) = (&runtime.unit, sighting.unit.is_empty()) {
        return Err(format!(
            "expected the {unit}'s name as in `{name}:{unit}=NAME`, found `{text}`"
        ));
    }
    sighting.captures = captures;
    Ok(sighting)
}

fn is_capture(runtime: &Runtime, name: &str) -> bool {
    let mut signs = runtime.signs.iter();
    signs.any(|sign| sign.captures.contains_key(name)) || runtime.defaults.contains_key(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtimes_are_given_with_what_is_known_of_them() {
        let sighting =
            given("lambda:function=orders,region=eu-west-1,log_group=/app/orders").unwrap();
        assert_eq!(sighting.unit, "orders");
        assert_eq!(sighting.region, "eu-west-1");
        assert!(sighting.captures["log_group"].contains("/app/orders"));
        assert_eq!(given("github-actions").unwrap().unit, "");
        for text in [
            "lamda:function=x",
            "lambda",
            "lambda:task=x",
            "lambda:function=",
        ] {
            assert!(given(text).is_err(), "{text}");
        }
    }

    #[test]
    fn exclusions_are_read() {
        let now = "2026-08-30T10:00:00Z".parse().unwrap();
        for text in [
            "session=debug-*",
            "time=2026-06-01..2026-06-02",
            "time=2026-06-01",
            "time=..2026-06-02T10:00:00Z",
            "source-ip=203.0.113.0/24",
        ] {
            assert!(exclusion(text, now).is_ok(), "{text}");
        }
        for text in ["", "session=", "time=then", "source-ip=x y", "user=me"] {
            assert!(exclusion(text, now).is_err(), "{text}");
        }
    }
}
