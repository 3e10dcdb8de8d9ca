//! Reading, by example: the canonical form, and each complaint.

use super::*;

fn complaint(text: &str, kind: PolicyKind) -> String {
    Document::parse(text, kind).unwrap_err().to_string()
}

#[test]
fn the_canonical_form_is_stable() {
    let text = r#"{"Statement":{"Action":["s3:Get*"],"Resource":["a","b"],"Effect":"Allow","Sid":"One",
        "Condition":{"Bool":{"aws:SecureTransport":true},"NumericLessThan":{"x:n":[5,"6"]}}},"Version":"2012-10-17"}"#;
    let document = Document::parse(text, PolicyKind::Identity).unwrap();
    let compact = document.to_compact();
    assert_eq!(
        compact,
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"One","Effect":"Allow","Action":"s3:Get*","Resource":["a","b"],"Condition":{"Bool":{"aws:SecureTransport":"true"},"NumericLessThan":{"x:n":["5","6"]}}}]}"#
    );
    for text in [compact, document.to_string()] {
        assert_eq!(
            Document::parse(&text, PolicyKind::Identity),
            Ok(document.clone())
        );
    }
}

#[test]
fn principals_keep_their_kinds() {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com","AWS":["1","2"]},"Action":"sts:AssumeRole"},{"Effect":"Deny","NotPrincipal":"*","Action":"*"}]}"#;
    let document = Document::parse(text, PolicyKind::Trust).unwrap();
    assert_eq!(document.to_compact(), text);
    assert_eq!(
        complaint(text, PolicyKind::Identity),
        "Statement[0]: an identity policy names no `Principal`: it is attached to one"
    );
}

const COMPLAINTS: &[(&str, &str)] = &[
    (
        r#"{"Effect":"allow"}"#,
        "Statement[0].Effect: expected `Allow` or `Deny`, found `allow`",
    ),
    (
        r#"{"Action":"*"}"#,
        "Statement[0]: expected `Effect`, found no such key",
    ),
    (
        r#"{"Effect":"Deny","Effect":"Allow"}"#,
        "Statement[0].Effect: expected each key once, found it twice",
    ),
    (
        r#"{"Effect":"Deny","Action":[]}"#,
        "Statement[0].Action: expected at least one, found an empty list",
    ),
    (
        r#"{"Effect":"Deny","Action":["*",7]}"#,
        "Statement[0].Action[1]: expected a text, found the number `7`",
    ),
    (
        r#"{"Effect":"Deny","Action":"*","NotAction":"*"}"#,
        "Statement[0]: expected `Action` or `NotAction`, found both",
    ),
    (
        r#"{"Effect":"Deny","Resource":"*"}"#,
        "Statement[0]: expected `Action` or `NotAction`, found neither",
    ),
    (
        r#"{"Effect":"Deny","Action":"*"}"#,
        "Statement[0]: expected `Resource` or `NotResource`, found neither",
    ),
    (
        r#"{"Effect":"Deny","Action":"GetObject","Resource":"*"}"#,
        "Statement[0].Action: expected `service:Action` or `*`, found `GetObject`",
    ),
    (
        r#"{"Effect":"Deny","Action":"*","Resource":"\u0100"}"#,
        "Statement[0].Resource: expected only tab, line breaks and the characters U+0020 to U+00FF, found U+0100 in `Ā`",
    ),
    (
        r#"{"Effect":"Deny","Action":"*","Resource":"*","Sid":"a b"}"#,
        "Statement[0].Sid: expected letters and digits only, found `a b`",
    ),
    (
        r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringIs":{}}}"#,
        "Statement[0].Condition.StringIs: expected a condition operator, found `StringIs`",
    ),
    ("[]", "Statement[0]: expected an object, found a list"),
];

#[test]
fn complaints_name_the_place_and_what_was_wanted() {
    for (statement, wanted) in COMPLAINTS {
        let text = format!(r#"{{"Statement":[{statement}]}}"#);
        assert_eq!(complaint(&text, PolicyKind::Identity), *wanted);
    }
    let sid = r#"{"Sid":"A","Effect":"Deny","Action":"*","Resource":"*"}"#;
    assert_eq!(
        complaint(
            &format!(r#"{{"Statement":[{sid},{sid}]}}"#),
            PolicyKind::Identity
        ),
        "Statement[1].Sid: expected a name of its own, found `A` again"
    );
    assert!(complaint("{", PolicyKind::Identity).starts_with("expected a policy in JSON: "));
    assert!(complaint(&"[".repeat(100_000), PolicyKind::Identity).contains("recursion limit"));
}

#[test]
fn a_key_of_the_wrong_case_gets_a_hint() {
    let text = r#"{"Statement":[{"effect":"Allow"}]}"#;
    let problem = Document::parse(text, PolicyKind::Identity).unwrap_err();
    assert_eq!(
        problem.hint.as_deref(),
        Some("keys are compared with case: write `Effect` for `effect`")
    );
}
