//! Containment by example; `tests/` compares it with a solver.

use super::*;
use crate::policy::evaluate::allows;
use crate::policy::{Document, PolicyKind};

fn compiled(statements: &[&str]) -> Vec<CompiledPolicy> {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    );
    vec![CompiledPolicy::new(
        &Document::parse(&text, PolicyKind::Identity).unwrap(),
    )]
}

fn relation(old: &[&str], new: &[&str]) -> Comparison {
    let (old, new) = (compiled(old), compiled(new));
    let comparison = relate(&old, &new, &Options::default());
    for (requests, inner, outer) in [
        (&comparison.only_in_old, &old, &new),
        (&comparison.only_in_new, &new, &old),
    ] {
        for request in requests {
            assert!(allows(inner, request), "{request:?}");
            assert!(!allows(outer, request), "{request:?}");
        }
    }
    comparison
}

fn allow(action: &str, resource: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#)
}

fn allow_if(action: &str, resource: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}","Condition":{{{condition}}}}}"#
    )
}

fn deny_if(action: &str, resource: &str, condition: &str) -> String {
    allow_if(action, resource, condition).replace("Allow", "Deny")
}

#[test]
fn actions_and_resources_are_compared_as_languages() {
    let bucket = "arn:aws:s3:::b/*";
    for (old, new, wanted) in [
        (
            ("s3:GetObject", bucket),
            ("s3:Get*", bucket),
            Relation::Broader,
        ),
        (
            ("s3:Get*", bucket),
            ("S3:GETOBJECT", bucket),
            Relation::Narrower,
        ),
        (("s3:*", "*"), ("s3:?*", "*"), Relation::Equal),
        (("*", "*"), ("*:*", "**"), Relation::Equal),
        (
            ("s3:Get*", "arn:aws:s3:::b*"),
            ("s3:Get*", bucket),
            Relation::Narrower,
        ),
        (("s3:Get*", "a"), ("s3:Put*", "a"), Relation::Incomparable),
        (
            ("s3:Get*", "b/*/x/*.csv"),
            ("s3:Get*", "b/*.csv"),
            Relation::Broader,
        ),
        (("s3:Get*", "a${*}b"), ("s3:Get*", "a?b"), Relation::Broader),
    ] {
        let found = relation(&[&allow(old.0, old.1)], &[&allow(new.0, new.1)]);
        assert_eq!(found.relation, wanted, "{old:?} {new:?} {found:?}");
    }
}

#[test]
fn several_statements_may_cover_together() {
    let parts = [allow("s3:Get*", "a*"), allow("s3:Get*", "*b")];
    let whole = [allow("s3:Get*", "a*b")];
    let found = relation(&[&parts[0], &parts[1]], &[&whole[0]]);
    assert_eq!(found.relation, Relation::Narrower);

    let halves = [
        r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"a*"}"#,
        r#"{"Effect":"Allow","Action":"s3:Get*","NotResource":"a*"}"#,
    ];
    assert_eq!(
        relation(&halves, &[&allow("s3:Get*", "*")]).relation,
        Relation::Equal
    );
}

#[test]
fn complements_and_denials_are_exact() {
    let all_but_s3 = r#"{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}"#;
    let found = relation(&[&allow("iam:*", "*")], &[all_but_s3]);
    assert_eq!(found.relation, Relation::Broader);
    let no_delete = r#"{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}"#;
    let found = relation(&[&allow("s3:*", "*")], &[&allow("s3:*", "*"), no_delete]);
    assert_eq!(found.relation, Relation::Narrower);
    assert_eq!(found.only_in_old[0].action(), "s3:deletebucket");
    let cut = r#"{"Effect":"Deny","NotAction":"iam:*","Resource":"*"}"#;
    assert_eq!(
        relation(&[&allow("*", "*"), cut], &[&allow("iam:*", "*")]).relation,
        Relation::Equal
    );
}

/// Condition of the old policy, condition of the new one, relation.
const CONDITIONS: &[(&str, &str, Relation)] = &[
    ("", r#""StringEquals":{"x:k":"x"}"#, Relation::Narrower),
    (
        r#""StringEquals":{"x:k":["a","b"]}"#,
        r#""StringEquals":{"X:K":"a"}"#,
        Relation::Narrower,
    ),
    (
        r#""StringLike":{"x:k":"eu-*"}"#,
        r#""StringEquals":{"x:k":"eu-west-1"}"#,
        Relation::Narrower,
    ),
    (
        r#""StringEqualsIgnoreCase":{"x:k":"EU"}"#,
        r#""StringLike":{"x:k":["eu","Eu","eU","EU"]}"#,
        Relation::Equal,
    ),
    (
        r#""StringNotEquals":{"x:k":"a"}"#,
        r#""StringNotLike":{"x:k":"a*"}"#,
        Relation::Narrower,
    ),
    (
        r#""StringEqualsIfExists":{"x:k":"a"}"#,
        r#""StringEquals":{"x:k":"a"}"#,
        Relation::Narrower,
    ),
    (
        r#""ForAllValues:StringEquals":{"x:k":["a","b"]}"#,
        r#""ForAllValues:StringEquals":{"x:k":"a"}"#,
        Relation::Narrower,
    ),
    (
        r#""ForAnyValue:StringEquals":{"x:k":["a","b"]}"#,
        r#""ForAnyValue:StringEquals":{"x:k":"a"}"#,
        Relation::Narrower,
    ),
    (
        r#""IpAddress":{"x:k":"10.0.0.0/8"}"#,
        r#""IpAddress":{"x:k":["10.0.0.0/9","10.128.0.0/9"]}"#,
        Relation::Equal,
    ),
    (
        r#""IpAddress":{"x:k":"10.0.0.0/8"}"#,
        r#""IpAddress":{"x:k":"10.1.0.0/16"}"#,
        Relation::Narrower,
    ),
    (
        r#""NumericLessThan":{"x:k":"10"}"#,
        r#""NumericLessThanEquals":{"x:k":"9.5"}"#,
        Relation::Narrower,
    ),
    (
        r#""DateLessThan":{"x:k":"2026-06-01"}"#,
        r#""DateLessThan":{"x:k":"2026-06-01T00:00:00Z"}"#,
        Relation::Equal,
    ),
    (
        r#""Bool":{"x:k":"true"}"#,
        r#""Bool":{"x:k":"false"}"#,
        Relation::Incomparable,
    ),
    (
        r#""Null":{"x:k":"true"}"#,
        r#""StringNotLike":{"x:k":"*"}"#,
        Relation::Equal,
    ),
    (
        r#""ArnLike":{"x:k":"arn:aws:s3:::*"}"#,
        r#""ArnEquals":{"x:k":"arn:aws:s3:*::*"}"#,
        Relation::Broader,
    ),
    (
        r#""Bool":{"x:b":"true"},"StringEquals":{"x:k":"a"}"#,
        r#""StringEquals":{"x:k":"a"}"#,
        Relation::Broader,
    ),
];

#[test]
fn conditions_on_one_key_are_decided_together() {
    for (old, new, wanted) in CONDITIONS {
        let [before, after] = [old, new].map(|condition| allow_if("s3:Get*", "*", condition));
        let found = relation(&[&before], &[&after]);
        assert_eq!(found.relation, *wanted, "{old}\n{new}\n{found:?}");
    }
}

#[test]
fn a_deny_unless_is_a_condition_on_the_allow() {
    let without = deny_if("*", "*", r#""Bool":{"aws:SecureTransport":"false"}"#);
    let only = allow_if(
        "s3:Get*",
        "*",
        r#""BoolIfExists":{"aws:SecureTransport":"true"}"#,
    );
    let found = relation(&[&allow("s3:Get*", "*"), &without], &[&only]);
    // Text that is neither is let through by the Deny alone.
    assert_eq!(found.relation, Relation::Narrower, "{found:?}");
    assert_eq!(found.only_in_old.len(), 1);
}

#[test]
fn variables_are_opaque_but_never_guessed() {
    let home = allow("s3:Get*", "b/${aws:username}/*");
    assert_eq!(relation(&[&home], &[&home]).relation, Relation::Equal);
    assert_eq!(
        relation(&[&home], &[&allow("s3:Get*", "b/*")]).relation,
        Relation::Broader
    );
    assert_eq!(
        relation(&[&home], &[&allow("s3:Get*", "b/${aws:userid}/*")]).relation,
        Relation::Incomparable
    );
    let narrower = allow("s3:Get*", "b/${aws:username}/x*");
    assert_eq!(
        relation(&[&home], &[&narrower]).relation,
        Relation::Narrower
    );
    let others = [
        allow("s3:Get*", "b/*"),
        deny_if("*", "b/${aws:username}/*", ""),
    ];
    let others = [
        others[0].as_str(),
        &others[1].replace(r#","Condition":{}"#, ""),
    ];
    assert_eq!(relation(&others, &others).relation, Relation::Equal);
    let same_team = allow_if(
        "s3:Get*",
        "*",
        r#""StringEquals":{"aws:PrincipalTag/team":"${aws:ResourceTag/team}"}"#,
    );
    assert_eq!(
        relation(&[&same_team], &[&same_team]).relation,
        Relation::Equal
    );
    assert_eq!(
        relation(&[&allow("s3:Get*", "*")], &[&same_team]).relation,
        Relation::Narrower
    );
    // `x` is a value that the tags may have, but the proof does not know that it is one of both.
    let x_or_same = allow_if(
        "s3:Get*",
        "*",
        r#""StringLike":{"aws:PrincipalTag/team":"${aws:ResourceTag/team}*"}"#,
    );
    let found = relation(&[&same_team], &[&x_or_same]);
    assert_eq!(found.relation, Relation::Unknown);
    assert_eq!(
        found.undecided.as_deref(),
        Some("the condition `StringEquals` on `aws:principaltag/team`")
    );
}

#[test]
fn the_work_has_a_limit() {
    let many: Vec<String> = (0..40)
        .map(|index| allow("s3:Get*", &format!("*{index}?????????x*{index}*y")))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let all = [
        allow("s3:Get*", "z*"),
        allow("s3:Get*", "z*").replace("Resource", "NotResource"),
    ];
    let options = Options {
        most_steps: 100_000,
        ..Options::default()
    };
    let containment = contained(&compiled(&many), &compiled(&[&all[0], &all[1]]), &options);
    assert_eq!(
        containment,
        Containment::Unknown(
            "too large to compare: the limit of work was reached while the resources of `s3:get` were told apart"
                .to_owned()
        )
    );
}

#[test]
fn sets_of_values_are_tried_beside_single_ones() {
    let both = r#""ForAnyValue:StringEquals":{"x:k":"a"},"ForAnyValue:StringLike":{"x:k":"b"},"StringNotEquals":{"x:k":"z"}"#;
    let found = relation(
        &[&allow_if("s3:Get*", "*", both)],
        &[&allow("s3:Put*", "*")],
    );
    assert_eq!(found.relation, Relation::Incomparable);
    let seven = r#""ForAnyValue:StringEquals":{"x:k":["a","b","c","d","e","f","g"]}"#;
    let found = relation(
        &[&allow_if("s3:Get*", "*", seven)],
        &[&allow("s3:Get*", "*")],
    );
    assert_eq!(found.relation, Relation::Broader);
}

#[test]
fn moments_cases_and_presence_are_classes_too() {
    for (old, new, wanted) in [
        (
            r#""DateLessThan":{"x:t":"2026-01-01"}"#,
            r#""DateLessThan":{"x:t":"2026-02-01"}"#,
            Relation::Broader,
        ),
        (
            r#""StringEqualsIgnoreCase":{"x:k":"aB"}"#,
            r#""StringEqualsIgnoreCase":{"x:k":"Ab"}"#,
            Relation::Equal,
        ),
        (
            r#""StringEqualsIgnoreCase":{"x:k":"ab"}"#,
            r#""StringEquals":{"x:k":"ab"}"#,
            Relation::Narrower,
        ),
        (
            r#""ArnLike":{"x:a":"arn:aws:sns:*:1:t*"}"#,
            r#""ArnLike":{"x:a":"arn:aws:sns:?:1:t*"}"#,
            Relation::Narrower,
        ),
        (
            r#""StringLike":{"x:a":"arn:aws:sns:*:1:t*"}"#,
            r#""ArnLike":{"x:a":"arn:aws:sns:*:1:t*"}"#,
            Relation::Narrower,
        ),
        (
            r#""ArnLike":{"x:a":"arn:aws:sns:r:1:t*"}"#,
            r#""StringLike":{"x:a":"arn:aws:sns:r:1:t*"}"#,
            Relation::Equal,
        ),
    ] {
        let found = relation(
            &[&allow_if("s3:Get*", "*", old)],
            &[&allow_if("s3:Get*", "*", new)],
        );
        assert_eq!(found.relation, wanted, "{old} {new} {found:?}");
    }
    let halves = [
        allow_if("s3:Get*", "*", r#""Null":{"x:k":"true"}"#),
        allow_if("s3:Get*", "*", r#""Null":{"x:k":"false"}"#),
    ];
    let found = relation(&[&halves[0], &halves[1]], &[&allow("s3:Get*", "*")]);
    assert_eq!(found.relation, Relation::Equal);
}

#[test]
fn a_pattern_within_another_is_within_it_whatever_fills_the_variable() {
    let split = [
        allow_if(
            "s3:Get*",
            "${aws:username}*",
            r#""StringEquals":{"x:k":"a"}"#,
        ),
        allow_if(
            "s3:Get*",
            "${aws:username}*",
            r#""StringNotEquals":{"x:k":"a"}"#,
        ),
    ];
    let narrow = compiled(&[&allow("s3:Get*", "${aws:username}x")]);
    let wide = compiled(&[&split[0], &split[1]]);
    let options = Options::default();
    assert_eq!(contained(&narrow, &wide, &options), Containment::Contained);
}

#[test]
fn witnesses_are_as_many_as_wanted_and_look_like_requests() {
    let (old, new) = (
        compiled(&[&allow("iam:*", "*")]),
        compiled(&[&allow("s3:*", "*")]),
    );
    let two = compiled(&[&allow("s3:Get*", "*"), &allow("s3:Put*", "a")]);
    let options = Options {
        most_witnesses: 1,
        ..Options::default()
    };
    let Containment::NotContained(found) = contained(&two, &old, &options) else {
        panic!("expected a difference");
    };
    assert_eq!(found.len(), 1);
    let Containment::NotContained(found) = contained(&new, &old, &Options::default()) else {
        panic!("expected a difference");
    };
    assert!(found[0].resource().starts_with("arn:aws:s3:"), "{found:?}");
    let words = [
        Relation::Equal,
        Relation::Narrower,
        Relation::Broader,
        Relation::Incomparable,
        Relation::Unknown,
    ];
    assert_eq!(
        words.map(Relation::as_str),
        ["equal", "narrower", "broader", "incomparable", "unknown"]
    );
}
