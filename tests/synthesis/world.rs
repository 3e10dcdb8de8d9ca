//! From records to suggestions, and the checks that every suggestion must pass.

use std::collections::{BTreeMap, BTreeSet};

use polgen::catalog::Catalog;
use polgen::pattern::Pattern;
use polgen::policy::lint::{Severity, lint};
use polgen::policy::prove::{Containment, Options as ProofOptions, contained};
use polgen::policy::{CompiledPolicy, Document, PolicyKind, PolicySet, Request, Statement};
use polgen::synthesis::{
    Basis, CurrentGrants, HiddenChoice, Level, Levels, Options, Pins, Restriction, Room, Style,
    Suggestion, suggest,
};
use polgen::time::Window;
use polgen::trail::envelope::End;
use polgen::trail::{Event, Found, Reader};
use polgen::usage::{RoleQuery, RoleUsage, Usage};
use serde_json::{Value, json};

/// Reads records as a trail file holds them.
pub(crate) fn events(records: &[Value]) -> Vec<Event> {
    let text = json!({ "Records": records }).to_string();
    let mut events = Vec::new();
    let mut reader = Reader::new(Window::default(), None);
    reader.advance(text.as_bytes(), End::Yes, &mut |found| {
        // Real records have a few odd parts, which are told elsewhere.
        if let Found::Event(event) = found {
            events.push(*event);
        }
    });
    assert_eq!(events.len(), records.len());
    events
}

/// Folds events of one principal.
pub(crate) fn folded<'a>(events: impl IntoIterator<Item = &'a Event>, query: &RoleQuery) -> Usage {
    let mut usage = Usage::default();
    for event in events {
        usage.fold(event, query, Catalog::bundled());
    }
    usage.finish();
    usage
}

pub(crate) fn options(level: Level, style: Style) -> Options {
    Options {
        levels: Levels {
            general: level,
            ..Levels::default()
        },
        style,
        hidden: HiddenChoice::Keep,
        conditions: BTreeSet::from([Restriction::ListedPrefix]),
        pins: Pins::default(),
        quota: Room {
            characters: 6144,
            policies: 10,
            may_compress: false,
        },
        allow_denied: Vec::new(),
    }
}

/// The suggestion for the one principal in a usage; none if nothing was allowed.
pub(crate) fn suggested(usage: &Usage, options: &Options) -> Option<Suggestion> {
    let role = usage
        .roles
        .values()
        .next()
        .filter(|role| !role.uses.is_empty())?;
    let basis = Basis {
        usage: role,
        coverage: &usage.coverage,
        current: &CurrentGrants::default(),
        catalog: Catalog::bundled(),
    };
    Some(suggest(basis, options).unwrap())
}

pub(crate) fn documents(suggestion: &Suggestion) -> Vec<Document> {
    suggestion
        .policies
        .iter()
        .map(|policy| policy.document.clone())
        .collect()
}

/// Every access that names one resource is allowed by the evaluator of single requests, which the program itself does not use.
pub(crate) fn assert_sound(usage: &RoleUsage, suggestion: &Suggestion) {
    let set = PolicySet::of_identity(&documents(suggestion));
    for used in usage.uses.keys() {
        let pattern = Pattern::parse(&used.access.resource);
        let Some(resource) = pattern.as_literal() else {
            continue;
        };
        let prefix = usage.circles.iter().find(|(circle, _)| {
            circle.action == used.access.action && circle.stem == used.access.resource
        });
        let prefix = prefix.and_then(|(_, seen)| {
            seen.get(polgen::usage::Circumstance::ListedPrefix)?
                .known
                .first()
                .cloned()
        });
        let first = |values: &Vec<String>| values.first().cloned().into_iter().collect();
        let mut context: polgen::policy::Context = used
            .access
            .conditions
            .iter()
            .map(|(key, values)| (key, first(values)))
            .collect();
        context.insert("s3:prefix", prefix.into_iter().collect());
        let request = Request::new(used.access.action.clone(), resource, context);
        assert!(set.decide(&request).is_allowed(), "{request:?} is denied");
    }
}

/// A policy that grants just what was seen and nothing else, a statement for each access, and what the runtime needs.
pub(crate) fn reference(usage: &RoleUsage, suggestion: &Suggestion) -> CompiledPolicy {
    let of_uses = usage.uses.keys().map(|used| {
        let mut statement =
            Statement::allow([used.access.action.clone()], [used.access.resource.clone()]);
        if !used.access.conditions.is_empty() {
            let keys = used
                .access
                .conditions
                .iter()
                .map(|(key, values)| (key.clone(), values.clone()))
                .collect();
            statement.conditions.insert("StringEquals".to_owned(), keys);
        }
        statement
    });
    let needs = suggestion
        .grants
        .iter()
        .filter(|grant| grant.purpose.reason().is_some());
    let of_needs =
        needs.map(|grant| Statement::allow([grant.action.clone()], [grant.resource.clone()]));
    CompiledPolicy::new(&Document::new(of_uses.chain(of_needs).collect()))
}

/// At level exact and in the readable style nothing is granted beyond the reference, by proof.
pub(crate) fn assert_no_excess(usage: &RoleUsage, suggestion: &Suggestion) {
    let reference = [reference(usage, suggestion)];
    let proof = contained(&suggestion.compiled, &reference, &ProofOptions::default());
    assert_eq!(proof, Containment::Contained);
    assert_eq!(suggestion.verification.explained.generalized, 0);
    // Each use is an access of its own, but for the operation that it was made by.
    let of_use = |used: &polgen::usage::Use| {
        let access = &used.access;
        (
            access.action.clone(),
            access.resource.clone(),
            access.conditions.clone(),
        )
    };
    let distinct: BTreeSet<_> = usage.uses.keys().map(of_use).collect();
    assert_eq!(suggestion.verification.accesses, distinct.len());
    assert!(suggestion.generalizations.is_empty());
}

/// What a policy must be whatever it grants: read back unchanged, within its quota, and without faults of form.
pub(crate) fn assert_well_made(suggestion: &Suggestion, quota: usize) {
    /// Findings about what was used, not about how it is written.
    const FORCED: [&str; 6] = [
        "credentials-exposure",
        "data-exfiltration",
        "pass-role-without-service",
        "privilege-escalation",
        "resource-exposure",
        "wildcard-resource",
    ];
    for policy in &suggestion.policies {
        let text = policy.document.to_string();
        assert_eq!(
            Document::parse(&text, PolicyKind::Identity).unwrap(),
            policy.document
        );
        assert!(
            policy.characters <= quota,
            "{} has {}",
            policy.name,
            policy.characters
        );
        let findings = lint(&policy.document, PolicyKind::Identity, Catalog::bundled());
        for finding in findings {
            let is_forced = FORCED.contains(&finding.rule);
            assert!(
                is_forced || finding.severity < Severity::Medium,
                "{finding:?}\n{text}"
            );
        }
    }
}

/// A record by the role `app`.
pub(crate) fn record(
    number: usize,
    call: &(&str, &str, Value),
    more: &BTreeMap<&str, Value>,
) -> Value {
    let (source, name, parameters) = call;
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": "arn:aws:sts::111122223333:assumed-role/app/worker",
            "accountId": "111122223333",
            "sessionContext": { "sessionIssuer": { "type": "Role", "arn": "arn:aws:iam::111122223333:role/app" } },
        },
        "eventTime": format!("2026-06-{:02}T{:02}:00:00Z", number / 24 % 28 + 1, number % 24),
        "eventSource": source,
        "eventName": name,
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "192.0.2.10",
        "requestParameters": parameters,
        "eventID": format!("00000000-0000-4000-8000-{number:012}"),
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
    });
    for (key, value) in more {
        record[*key] = value.clone();
    }
    record
}

pub(crate) fn app() -> RoleQuery {
    RoleQuery::parse("app").unwrap()
}
