//! What a role really touches, so that its findings come first: "read by `billing`, 412 times, last 2026-08-30".

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::arn::Arn;
use crate::finding::Finding;
use crate::pattern::Pattern;
use crate::posture::{Identity, Posture};
use crate::time::day_of;
use crate::usage::RoleUsage;

/// Starts of the names of operations that change nothing.
const READING: [&str; 5] = ["Get", "List", "Head", "Describe", "Query"];

/// How often something was touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Touch {
    calls: u64,
    last: Option<Date>,
    changes: bool,
}

/// What one role touched.
#[derive(Clone, Debug)]
pub struct Touched {
    role: String,
    events: u64,
    /// By service and name: buckets, functions, and what else has a name.
    by_name: BTreeMap<(String, String), Touch>,
}

impl Touched {
    /// Looks through the usage of a role.
    pub fn of(usage: &RoleUsage) -> Self {
        let mut by_name: BTreeMap<(String, String), Touch> = BTreeMap::new();
        for (one, evidence) in &usage.uses {
            let Some(thing) = thing(&one.access.resource) else {
                continue;
            };
            let name = one
                .access
                .action
                .split_once(':')
                .map_or("", |(_, name)| name);
            let touch = Touch {
                calls: evidence.count,
                last: evidence.last_seen.map(day_of),
                changes: !READING.iter().any(|start| name.starts_with(start)),
            };
            let known = by_name.entry(thing).or_insert(Touch { calls: 0, ..touch });
            known.calls += touch.calls;
            known.last = known.last.max(touch.last);
            known.changes |= touch.changes;
        }
        Self {
            role: usage.role.name.clone(),
            events: usage.events,
            by_name,
        }
    }

    fn words(&self, touch: Touch) -> String {
        let verb = if touch.changes { "used" } else { "read" };
        let calls = match touch.calls {
            1 => "once".to_owned(),
            many => format!("{many} times"),
        };
        let last = touch
            .last
            .map(|day| format!(", last {day}"))
            .unwrap_or_default();
        format!("{verb} by `{}`, {calls}{last}", self.role)
    }

    fn of_thing(&self, service: &str, identity: &Identity) -> Option<String> {
        let name = identity.name.as_ref()?;
        let touch = self.by_name.get(&(service.to_owned(), name.clone()))?;
        Some(self.words(*touch))
    }
}

/// The service and the name of what an ARN is about: of an object its bucket.
fn thing(resource: &str) -> Option<(String, String)> {
    let pattern = Pattern::parse(resource);
    let start = pattern.literal_prefix().to_owned();
    let arn = Arn::parse(&start)?;
    let name = match arn.service {
        "s3" => arn.resource.split('/').next()?,
        _ => arn
            .resource
            .split_once(['/', ':'])
            .map_or(arn.resource, |(_, name)| name),
    };
    (!name.is_empty()).then(|| (arn.service.to_owned(), name.to_owned()))
}

/// Tells of each finding who touches what it is about, and puts these first.
pub fn mark(findings: &mut [Finding], posture: &Posture, touched: &[Touched]) {
    let buckets = posture.buckets.iter().map(|one| ("s3", &one.identity));
    let functions = posture
        .functions
        .iter()
        .map(|one| ("lambda", &one.identity));
    let mut words: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (service, identity) in buckets.chain(functions) {
        for role in touched {
            if let Some(told) = role.of_thing(service, identity) {
                words.entry(&identity.id).or_default().push(told);
            }
        }
    }
    let roles = posture.roles.iter().map(|one| one.subject.id.as_str());
    for id in roles {
        for role in touched.iter().filter(|role| is_called(id, &role.role)) {
            let told = format!("in use: {} calls were seen", role.events);
            words.entry(id).or_default().push(told);
        }
    }
    for finding in findings.iter_mut() {
        let told = words.get(finding.place.resource.as_str());
        finding.used = told.map(|told| told.join("; "));
    }
    findings.sort_by_key(|finding| finding.used.is_none());
}

/// Says whether what the code calls a role is the role of a name: by itself, or as the end of an address.
fn is_called(id: &str, name: &str) -> bool {
    id == name || id.rsplit('.').next() == Some(name)
}
