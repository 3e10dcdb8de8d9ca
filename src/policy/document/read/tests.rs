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

#[test]
fn versions_are_two_and_mean_what_they_are() {
    let of = |version: &str| {
        format!(
            r#"{{"Version":"{version}","Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"}}]}}"#
        )
    };
    for known in [Version::V2008, Version::V2012] {
        let document = Document::parse(&of(known.as_str()), PolicyKind::Identity).unwrap();
        assert_eq!(document.version, Some(known));
        assert_eq!(document.effective_version(), known);
    }
    assert_eq!(
        complaint(&of("2012-10-18"), PolicyKind::Identity),
        "Version: expected `2012-10-17` or `2008-10-17`, found `2012-10-18`"
    );
    let silent = of("2012-10-17").replace(r#""Version":"2012-10-17","#, "");
    let silent = Document::parse(&silent, PolicyKind::Identity).unwrap();
    assert_eq!(silent.effective_version(), Version::V2008);
}

#[test]
fn each_kind_has_its_elements_and_no_others() {
    let of = |members: &str| {
        format!(r#"{{"Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole"{members}}}]}}"#)
    };
    let (principal, resource) = (r#","Principal":"*""#, r#","Resource":"*""#);
    let both = format!("{principal}{resource}");
    let (identity, trust) = (PolicyKind::Identity, PolicyKind::Trust);
    let neither = "Statement[0]: expected `Principal` or `NotPrincipal`, found neither";
    for (kind, members, wanted) in [
        (identity, resource, None),
        (
            identity,
            "",
            Some("Statement[0]: expected `Resource` or `NotResource`, found neither"),
        ),
        (trust, principal, None),
        (trust, "", Some(neither)),
        (
            trust,
            both.as_str(),
            Some("Statement[0]: a trust policy names no `Resource`: it is attached to one"),
        ),
        (PolicyKind::Resource, both.as_str(), None),
        (PolicyKind::Resource, principal, None),
        (PolicyKind::Resource, resource, Some(neither)),
    ] {
        let read = Document::parse(&of(members), kind);
        let said = read.err().map(|error| error.to_string());
        assert_eq!(said.as_deref(), wanted, "{kind:?} {members}");
    }
}

#[test]
fn only_resource_policies_have_an_id_and_free_names() {
    let text = r#"{"Id":"i","Statement":[{"Sid":"a b","Effect":"Allow","Principal":"*","Action":"s3:Get*","Resource":"*"}]}"#;
    let document = Document::parse(text, PolicyKind::Resource).unwrap();
    assert_eq!(document.id.as_deref(), Some("i"));
    let identity = text.replace(r#""Principal":"*","#, "");
    assert_eq!(
        complaint(&identity, PolicyKind::Identity),
        "Id: an identity policy has no `Id`"
    );
    let named = |sid: &str| {
        format!(r#"{{"Sid":"{sid}","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#)
    };
    let twice = |sid: &str| format!(r#"{{"Statement":[{0},{0}]}}"#, named(sid));
    assert_eq!(
        complaint(&twice("a b"), PolicyKind::Resource),
        "Statement[1].Sid: expected a name of its own, found `a b` again"
    );
    // No name at all is none that two could share.
    assert!(Document::parse(&twice(""), PolicyKind::Resource).is_ok());
}

#[test]
fn characters_that_iam_takes_are_taken() {
    let of = |resource: &str| {
        let resource = serde_json::to_string(resource).unwrap();
        format!(r#"{{"Statement":[{{"Effect":"Deny","Action":"*","Resource":{resource}}}]}}"#)
    };
    for taken in ["\t", "\n", "\r", " ", "~", "\u{7f}", "\u{ff}"] {
        let document = Document::parse(&of(taken), PolicyKind::Identity).unwrap();
        let resource = document.statements[0].resource.as_ref().unwrap();
        assert_eq!(*resource, ResourceElement::Resource(vec![taken.to_owned()]));
    }
    for refused in ["\u{0}", "\u{1f}", "\u{100}", "a\u{202e}"] {
        let said = complaint(&of(refused), PolicyKind::Identity);
        assert!(said.contains("expected only tab, line breaks"), "{said}");
    }
}

#[test]
fn values_of_conditions_are_texts_however_they_are_written() {
    let of = |values: &str| {
        format!(
            r#"{{"Statement":[{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{"Bool":{{"k":{values}}}}}}}]}}"#
        )
    };
    for (values, wanted) in [
        ("true", vec!["true"]),
        ("[false,1.5,\"x\"]", vec!["false", "1.5", "x"]),
        ("[]", vec![]),
    ] {
        let document = Document::parse(&of(values), PolicyKind::Identity).unwrap();
        assert_eq!(document.statements[0].conditions["Bool"]["k"], wanted);
    }
    assert_eq!(
        complaint(&of("[null]"), PolicyKind::Identity),
        "Statement[0].Condition.Bool.k[0]: expected a text, found null"
    );
}

#[test]
fn what_is_no_principal_is_refused() {
    let of = |principal: &str| {
        format!(
            r#"{{"Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}]}}"#
        )
    };
    for (principal, wanted) in [
        (r#""x""#, "Principal: expected `*` or an object, found `x`"),
        (
            r#"["*"]"#,
            "Principal: expected `*` or an object, found a list",
        ),
        (
            r#"{"Aws":"*"}"#,
            "Principal.Aws: expected one of `AWS`, `Service`, `Federated`, `CanonicalUser`, found an unknown key",
        ),
        (
            r#"{"AWS":[]}"#,
            "Principal.AWS: expected at least one, found an empty list",
        ),
    ] {
        let said = complaint(&of(principal), PolicyKind::Trust);
        assert_eq!(said, format!("Statement[0].{wanted}"));
    }
}
