//! The replay: what is let through, and that one context of many in which an access would be denied is enough to refuse a policy.

use serde_json::{Value, json};

use super::*;
use crate::policy::{Document, PolicyKind};
use crate::synthesis::{Purpose, Restriction};

/// The policies of one statement: `s:A` on `r` and on all below it, under a condition.
fn allowing(condition: &Value) -> [CompiledPolicy; 1] {
    let statement = json!({ "Effect": "Allow", "Action": "s:A", "Resource": ["r", "r/*"], "Condition": condition });
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
    let document = Document::parse(&policy.to_string(), PolicyKind::Identity).unwrap();
    [CompiledPolicy::new(&document)]
}

/// An access to `r` with conditions of its own, each a key with its values.
fn access(action: &str, conditions: &Value) -> Grant {
    let values = serde_json::from_value(conditions.clone()).unwrap();
    Grant {
        purpose: Purpose::Observed,
        action: action.to_owned(),
        resource: "r".to_owned(),
        conditions: condition::equals(&values),
    }
}

/// The usage of a role, of which only the circumstances of `s:A` on `r` are looked at: the conditions of each circle, and its values.
fn used(circles: &[(Value, Value)]) -> RoleUsage {
    let circle = |(conditions, values): &(Value, Value)| json!([{ "action": "s:A", "conditions": conditions, "stem": "r" }, values]);
    let arn = "arn:aws:iam::111122223333:role/app";
    let role = json!({ "account": "111122223333", "name": "app", "arn": arn, "has_path": true });
    let circles: Vec<Value> = circles.iter().map(circle).collect();
    serde_json::from_value(json!({ "role": role, "events": 1, "circles": circles })).unwrap()
}

fn replayed(
    accesses: &[Grant],
    policies: &[CompiledPolicy],
    usage: &RoleUsage,
) -> Result<usize, Unsound> {
    replay(accesses, policies, usage, &Options::unwritten())
}

fn denied() -> Result<usize, Unsound> {
    Err(Unsound::Denied {
        action: "s:A".to_owned(),
        resource: "r".to_owned(),
    })
}

#[test]
fn what_would_be_denied_is_named_and_the_rest_counted() {
    let policies = allowing(&json!({}));
    let own = access("s:A", &json!({}));
    let below = Grant {
        resource: "r/x".to_owned(),
        ..own.clone()
    };
    let nothing = used(&[]);
    assert_eq!(
        replayed(&[own.clone(), below.clone()], &policies, &nothing),
        Ok(2)
    );
    assert_eq!(replayed(&[], &policies, &nothing), Ok(0));
    let other = access("s:B", &json!({}));
    let refused = replayed(&[own.clone(), other, below], &policies, &nothing);
    let wanted = Unsound::Denied {
        action: "s:B".to_owned(),
        resource: "r".to_owned(),
    };
    assert_eq!(refused, Err(wanted));
    assert_eq!(replayed(&[own], &[], &nothing), denied());
}

/// Calls came from two regions, so a policy for one of them denies what was seen, though it allows it in the other.
#[test]
fn an_access_has_to_be_allowed_in_each_context_that_it_had() {
    let own = [access("s:A", &json!({}))];
    let asking =
        |regions: &[&str]| allowing(&json!({ "StringEquals": { "aws:RequestedRegion": regions } }));
    let of = |values: Value| used(&[(json!({}), json!({ "region": values }))]);
    let two = of(json!({ "known": ["eu-west-1", "us-east-1"] }));
    assert_eq!(
        replayed(&own, &asking(&["eu-west-1", "us-east-1"]), &two),
        Ok(1)
    );
    for one in ["eu-west-1", "us-east-1"] {
        assert_eq!(replayed(&own, &asking(&[one]), &two), denied(), "{one}");
    }
    // What a record does not tell, and what is too much to keep, may have been anything.
    for open in ["is_missing", "is_many"] {
        let open = of(json!({ "known": ["eu-west-1"], open: true }));
        assert_eq!(replayed(&own, &asking(&["eu-west-1"]), &open), denied());
    }
    let one = of(json!({ "known": ["eu-west-1"] }));
    assert_eq!(replayed(&own, &asking(&["eu-west-1"]), &one), Ok(1));
}

/// The circumstances of calls with one condition of their own say nothing of those with another.
#[test]
fn contexts_are_those_of_calls_alike() {
    let passed = |service: &str| json!({ "iam:PassedToService": [service] });
    let region = |name: &str| json!({ "region": { "known": [name] } });
    let usage = used(&[
        (passed("one"), region("eu-west-1")),
        (passed("two"), region("us-east-1")),
    ]);
    let policies = allowing(
        &json!({ "StringEquals": { "iam:PassedToService": "two", "aws:RequestedRegion": "us-east-1" } }),
    );
    let two = [access("s:A", &passed("two"))];
    assert_eq!(replayed(&two, &policies, &usage), Ok(1));
    let one = [access("s:A", &passed("one"))];
    assert_eq!(replayed(&one, &policies, &usage), denied());
    // Of others nothing is known but what they carry.
    let neither = [access("s:A", &passed("three"))];
    assert_eq!(replayed(&neither, &policies, &usage), denied());
    let policies = allowing(&json!({ "StringEquals": { "iam:PassedToService": "three" } }));
    assert_eq!(replayed(&neither, &policies, &usage), Ok(1));
}

#[test]
fn the_organization_is_the_one_that_was_given() {
    let own = [access("s:A", &json!({}))];
    let usage = used(&[(json!({}), json!({}))]);
    let policies = allowing(&json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1" } }));
    let of = |id: &str| {
        let conditions = [Restriction::PrincipalOrganization(id.to_owned())];
        let options = Options {
            conditions: BTreeSet::from(conditions),
            ..Options::unwritten()
        };
        replay(&own, &policies, &usage, &options)
    };
    assert_eq!(of("o-1"), Ok(1));
    assert_eq!(of("o-2"), denied());
    assert_eq!(replayed(&own, &policies, &usage), denied());
}

#[test]
fn an_access_is_allowed_if_it_is_with_each_value_that_it_had() {
    let policies = allowing(&json!({ "StringEquals": { "k": ["x", "y"] } }));
    let with = |values: &[&str]| is_allowed(&policies, &access("s:A", &json!({ "k": values })));
    assert!(with(&["x"]) && with(&["x", "y"]));
    assert!(!with(&["z"]) && !with(&["x", "z"]) && !with(&["z", "x"]));
    assert!(!is_allowed(&policies, &access("s:A", &json!({}))));
}

#[test]
fn every_combination_of_values_is_tried() {
    let some = |values: &[&str]| {
        values
            .iter()
            .map(|value| Some((*value).to_owned()))
            .collect::<Vec<_>>()
    };
    let mut second = some(&["x", "y"]);
    second.push(None);
    let contexts = combinations(vec![("a", some(&["1", "2"])), ("b", second)]);
    let shown: Vec<(Option<&str>, Option<&str>)> = contexts
        .iter()
        .map(|context| (context.single("a"), context.single("b")))
        .collect();
    assert_eq!(shown.len(), 6);
    assert!(shown.contains(&(Some("2"), None)) && shown.contains(&(Some("1"), Some("y"))));
}
