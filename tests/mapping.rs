//! Mapping from outside: records in, permissions out, over the bundled catalog.
//!
//! The records are made up here, in the shapes that CloudTrail writes. A case is a call and the lines it should come to.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "these helpers are tests, which fail by panicking"
)]

#[path = "mapping/beside.rs"]
mod beside;
#[path = "mapping/catalog.rs"]
mod catalog;
#[path = "mapping/compute.rs"]
mod compute;
#[path = "mapping/corpus.rs"]
mod corpus;
#[path = "mapping/hostile.rs"]
mod hostile;
#[path = "mapping/implied.rs"]
mod implied;
#[path = "mapping/made_ids.rs"]
mod made_ids;
#[path = "mapping/names.rs"]
mod names;
#[path = "mapping/pages.rs"]
mod pages;
#[path = "mapping/reference.rs"]
mod reference;
#[path = "mapping/resources.rs"]
mod resources;
#[path = "mapping/services.rs"]
mod services;
#[path = "mapping/storage.rs"]
mod storage;

use polgen::catalog::Catalog;
use polgen::mapping::{Access, Mapped, Scope, map};
use polgen::time::Window;
use polgen::trail::envelope::End;
use polgen::trail::{Event, Found, Reader};
use serde_json::{Value, json};

/// A record of one call by a role, with `members` laid over it.
fn record(source: &str, name: &str, request: &Value, members: &Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:session",
            "arn": "arn:aws:sts::111122223333:assumed-role/app/session",
            "accountId": "111122223333",
            "sessionContext": {"sessionIssuer": {
                "type": "Role",
                "arn": "arn:aws:iam::111122223333:role/app",
                "userName": "app",
            }},
        },
        "eventTime": "2026-06-01T12:00:00Z",
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.1",
        "userAgent": "test",
        "requestParameters": request,
        "responseElements": null,
        "eventID": "1",
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
    });
    for (key, value) in members.as_object().into_iter().flatten() {
        record[key] = value.clone();
    }
    record
}

/// Reads one record.
fn event(record: &Value) -> Event {
    let mut events = Vec::new();
    Reader::new(Window::default(), None).advance(
        record.to_string().as_bytes(),
        End::Yes,
        &mut |found| {
            // A record that is read with a remark is an event and a gap.
            if let Found::Event(event) = found {
                events.push(*event);
            }
        },
    );
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn mapped_with(source: &str, name: &str, request: &Value, members: &Value) -> Mapped {
    map(
        &event(&record(source, name, request, members)),
        Catalog::bundled(),
    )
}

fn mapped(source: &str, name: &str, request: &Value) -> Mapped {
    mapped_with(source, name, request, &Value::Null)
}

/// The accesses as lines: action, resource, and a sign (`=` exact, `*` any, `~` unscoped).
fn lines(mapped: &Mapped) -> Vec<String> {
    mapped.accesses.iter().map(line).collect()
}

fn line(access: &Access) -> String {
    let sign = match access.scope {
        Scope::Exact => "=",
        Scope::Any => "*",
        Scope::Unscoped => "~",
    };
    format!("{} {sign} {}", access.action, access.resource)
}

/// A call, and the lines it comes to.
type Case = (&'static str, &'static str, Value, &'static [&'static str]);

fn assert_cases(cases: &[Case]) {
    for (source, name, request, wanted) in cases {
        let mapped = mapped(source, name, request);
        let mut wanted: Vec<_> = wanted.iter().map(ToString::to_string).collect();
        let mut found = lines(&mapped);
        wanted.sort();
        found.sort();
        assert_eq!(
            found, wanted,
            "{source} {name} {request}: {:?}",
            mapped.status
        );
    }
}
