//! Look-up of an operation, as CloudTrail names it: what it needs, where its resources stand, what a trail shows of it.

use serde_json::{Value, json};

use super::words::{pairs, shown, table};
use super::{Answer, unknown};
use crate::catalog::{Bindings, Catalog, Confidence, Need, Service, When};
use crate::cli::{Exit, Failure};

/// An operation given as `s3.amazonaws.com:HeadObject`, or with a service's prefix for the event source.
pub(super) fn operation(catalog: &Catalog, asked: &str) -> Result<Answer, Failure> {
    let Some((source, name)) = asked.split_once(':') else {
        let problem = format!("`--operation`: expected `EVENT-SOURCE:EVENT-NAME`, found `{asked}`");
        return Err(Failure::new(Exit::WrongCommandLine, problem));
    };
    let mut services = catalog.services_of_event_source(source);
    services.extend(
        services
            .is_empty()
            .then(|| catalog.service(source))
            .flatten(),
    );
    if services.is_empty() {
        return Err(unknown(
            "service of the event source",
            source,
            catalog.prefixes(),
        ));
    }
    let knows = |service: &&&Service| {
        service.has_operation(name)
            || service.exceptions.contains_key(name)
            || service.actions.contains_key(name)
    };
    if let Some(service) = services.iter().find(knows) {
        return Ok(Facts::of(service, name).answer());
    }
    let known = services
        .iter()
        .flat_map(|service| &service.operations)
        .map(String::as_str);
    Err(unknown(&format!("operation of `{source}`"), name, known))
}

/// What the catalog says of one operation.
struct Facts<'a> {
    service: &'a Service,
    name: &'a str,
    /// The actions it needs, and when.
    needs: Vec<(String, String)>,
    no_permission: Option<&'a str>,
    /// Why no action is known for it.
    unmapped: Option<&'a str>,
    visibility: String,
    /// How sure the visibility is, and its source.
    seen: Option<String>,
    source: Option<&'a str>,
    is_verified: Option<bool>,
    bindings: Option<&'a Bindings>,
    /// What it may need without the record showing it, and when.
    unseen: Vec<(String, &'a str)>,
}

impl<'a> Facts<'a> {
    fn of(service: &'a Service, name: &'a str) -> Self {
        let entry = service.exceptions.get(name);
        let no_permission = entry.and_then(|entry| entry.no_permission.as_deref());
        let unmapped =
            entry.and_then(|entry| entry.unmapped.as_deref().or(entry.closed.as_deref()));
        let listed = entry
            .into_iter()
            .flat_map(|entry| entry.needs.iter().chain(&entry.also));
        let takes_own = no_permission.is_none() && entry.is_none_or(|entry| entry.needs.is_empty());
        let own = takes_own.then(|| service.action(name)).flatten();
        let own = own.map(|(name, _)| (format!("{}:{name}", service.prefix), String::new()));
        let needs = own
            .into_iter()
            .chain(listed.map(|need| (need.action.clone(), condition(need))));
        let is_permitted = no_permission.is_none() && unmapped.is_none();
        let shared = is_permitted.then(|| service.shared_needs_of(name));
        let shared = shared.into_iter().flatten();
        let needs = needs.chain(shared.map(|need| (need.action.clone(), condition(&need))));
        let fact = service.visibility_fact(name);
        let seen = fact.map(|fact| {
            format!(
                "{} confidence: {}",
                confidence(fact.confidence),
                fact.source
            )
        });
        Self {
            service,
            name,
            needs: needs.collect(),
            no_permission,
            unmapped,
            visibility: shown(&service.visibility(name)),
            seen,
            source: entry.and_then(|entry| entry.source.as_deref()),
            is_verified: entry.map(|entry| entry.is_verified),
            bindings: service.bindings_by_operation.get(name),
            unseen: service
                .unseen_needs_of(name)
                .map(|need| (need.actions.join(", "), need.when.as_str()))
                .collect(),
        }
    }

    fn answer(&self) -> Answer {
        Answer {
            json: self.json(),
            lines: self.lines(),
        }
    }

    fn lines(&self) -> Vec<String> {
        let said = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let verified = self
            .is_verified
            .map(|is_verified| if is_verified { "yes" } else { "no" });
        let mut lines = vec![
            format!("{}: {}", self.service.prefix, self.name),
            String::new(),
        ];
        lines.extend(pairs(&[
            ("CloudTrail shows", self.visibility.clone()),
            ("", said(self.seen.as_deref())),
            ("Needs no permission", said(self.no_permission)),
            ("No action is known", said(self.unmapped)),
            ("Source", said(self.source)),
            ("Seen on a record", said(verified)),
        ]));
        lines.push(String::new());
        if !self.needs.is_empty() {
            let rows = self
                .needs
                .iter()
                .map(|(action, when)| vec![action.clone(), when.clone()]);
            lines.extend(table(&["Needs", "When"], rows.collect()));
        } else if self.no_permission.is_none() && self.unmapped.is_none() {
            lines.push("No action is known for it.".to_owned());
        }
        if !self.unseen.is_empty() {
            lines.push(String::new());
            let rows = self.unseen.iter();
            let rows = rows.map(|(actions, when)| vec![actions.clone(), (*when).to_owned()]);
            lines.extend(table(&["May need, unseen", "When"], rows.collect()));
        }
        if let Some(bindings) = self.bindings {
            lines.push(String::new());
            let rows = bindings
                .iter()
                .map(|(key, paths)| vec![key.clone(), paths.join(", ")]);
            lines.extend(table(
                &["Part of the ARN", "Where it stands"],
                rows.collect(),
            ));
        }
        lines
    }

    fn json(&self) -> Value {
        let needs = self
            .needs
            .iter()
            .map(|(action, when)| json!({ "action": action, "when": when }));
        json!({
            "service": self.service.prefix,
            "operation": self.name,
            "needs": needs.collect::<Vec<_>>(),
            "no_permission": self.no_permission,
            "unmapped": self.unmapped,
            "visibility": self.visibility,
            "visibility_source": self.seen,
            "source": self.source,
            "is_verified": self.is_verified,
            "bindings": self.bindings.map(bindings_json),
            "unseen": self.unseen.iter().map(|(actions, when)| json!({ "actions": actions, "when": when })).collect::<Vec<_>>(),
        })
    }
}

fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

fn bindings_json(bindings: &Bindings) -> Value {
    bindings
        .iter()
        .map(|(key, paths)| (key.clone(), json!(paths)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn condition(need: &Need) -> String {
    need.when.as_ref().map(in_words).unwrap_or_default()
}

/// A test in words; the catalog's own tests are a few levels deep.
fn in_words(when: &When) -> String {
    let joined = |all: &[When], word: &str| {
        let all: Vec<String> = all.iter().map(in_words).collect();
        format!("({})", all.join(word))
    };
    match when {
        When::Present(path) => format!("{path} is given"),
        When::Absent(path) => format!("{path} is not given"),
        When::Equals(path, text) => format!("{path} is `{text}`"),
        When::StartsWith(path, text) => format!("{path} starts with `{text}`"),
        When::All(all) => joined(all, " and "),
        When::Any(all) => joined(all, " or "),
        When::Not(when) => format!("not {}", in_words(when)),
    }
}
