//! Each check of runtimes and platform rules fails on a file that breaks it, and passes on one that does not.

use serde_json::{Value, json};

use super::*;
use crate::catalog::lint::lint;

/// The complaints about one file alone.
fn complaints_about(name: &str, text: &Value) -> Vec<String> {
    let files = BTreeMap::from([(name.to_owned(), format!("{text}\n"))]);
    lint(&files).iter().map(ToString::to_string).collect()
}

#[test]
fn runtimes_name_calls_and_actions_that_exist() {
    let runtime = json!({
        "runtime": "demo", "name": "Demo",
        "signs": [{ "sign": "s", "event_source": "s3.amazonaws.com", "operations": ["GetObject"], "source": "x" }],
        "needs": [{ "actions": ["s3:GetObject"], "resource": "arn:aws:s3:::b/*", "why": "x", "source": "x" }],
        "keeps": [{ "actions": ["s3:GetObject"], "why": "x", "source": "x" }],
        "not_needed": [{ "action": "s3:GetObject", "why": "x", "source": "x" }],
    });
    assert_eq!(
        complaints_about("runtimes/demo.json", &runtime),
        Vec::<String>::new()
    );
    let changes: [(&str, Value, &str); 9] = [
        ("/runtime", json!("other"), "expected the id `demo`"),
        (
            "/signs/0/event_source",
            json!("no.amazonaws.com"),
            "the event source `no.amazonaws.com`",
        ),
        (
            "/signs/0/operations/0",
            json!("NoThing"),
            "the operation `NoThing` is not known",
        ),
        ("/signs/0/source", json!(""), "expected a reason"),
        (
            "/needs/0/actions/0",
            json!("s3:Nothing"),
            "needs: s3:Nothing: the action `s3:Nothing`",
        ),
        (
            "/needs/0/resource",
            json!("bucket"),
            "expected an ARN or `*`",
        ),
        (
            "/keeps/0/actions/0",
            json!("s3:Nothing"),
            "keeps: s3:Nothing: the action `s3:Nothing`",
        ),
        (
            "/not_needed/0/action",
            json!("s3:Nothing"),
            "not_needed: s3:Nothing: the action `s3:Nothing`",
        ),
        ("/name", json!(1), "invalid type"),
    ];
    for (place, value, wanted) in changes {
        let mut changed = runtime.clone();
        *changed.pointer_mut(place).unwrap() = value;
        let found = complaints_about("runtimes/demo.json", &changed).join("; ");
        assert!(found.contains(wanted), "wanted `{wanted}`, found {found}");
    }
}

#[test]
fn platform_rules_and_open_parts_are_checked() {
    let rule = |why: &str| json!([{ "rule": "r", "when": { "present": "x" }, "verdict": "not-needed", "why": why, "source": "x" }]);
    assert_eq!(
        complaints_about("platform.json", &rule("x")),
        Vec::<String>::new()
    );
    assert!(
        complaints_about("platform.json", &rule(" "))
            .join(";")
            .contains("expected a reason")
    );
    assert!(
        complaints_about("platform.json", &json!([{ "rule": 1 }]))
            .join(";")
            .contains("invalid type")
    );
    let part = |kind: &str, part: &str| json!([{ "service": "s3", "resource_type": kind, "part": part, "kind": "path", "reason": "x" }]);
    assert_eq!(
        complaints_about("open-parts.json", &part("object", "ObjectName")),
        Vec::<String>::new()
    );
    assert!(
        complaints_about("open-parts.json", &part("box", "ObjectName"))
            .join(";")
            .contains("resource type is not known")
    );
    assert!(
        complaints_about("open-parts.json", &part("object", "Nothing"))
            .join(";")
            .contains("no ARN of it has the part")
    );
}
