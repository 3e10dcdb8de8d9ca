//! Reading what `terraform show -json` prints: plans, and states.

use std::path::Path;

use polgen::policy::Document;
use polgen::policy::prove::{Options, Relation};
use polgen::template::{
    Kind, Known, NewPolicy, Source, Stack, Subject, Template, patch, read, relate_open,
};

use crate::reading::{documents, managed, names, template};

fn text(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/template/plans");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn plan(name: &str) -> Template {
    template(name, &text(name), &[])
}

fn unresolved(subject: &Subject) -> Vec<(Kind, &str)> {
    let all = subject.unresolved.iter();
    all.map(|one| (one.kind, one.what.as_str())).collect()
}

fn actions(subject: &Subject) -> String {
    let all: Vec<String> = documents(subject)
        .iter()
        .map(Document::to_compact)
        .collect();
    all.join("\n")
}

#[test]
fn a_module_and_its_plan_are_equal_by_proof() {
    let code = template("known.tf", &text("known.tf"), &[]);
    let plan = plan("known.json");
    let ids = [
        "aws_iam_role.orders",
        "aws_iam_role_policy.writer",
        "aws_iam_policy.read",
    ];
    for id in ids {
        let (code, plan) = (code.subject(id).unwrap(), plan.subject(id).unwrap());
        assert_eq!(unresolved(code), [], "{id}");
        assert_eq!(unresolved(plan), [], "{id}");
        assert_eq!(names(code), names(plan), "{id}");
        assert_eq!(managed(code), managed(plan), "{id}");
        let (old, new) = (documents(code), documents(plan));
        assert!(!old.is_empty(), "{id}");
        let (old, new): (Vec<&Document>, Vec<&Document>) =
            (old.iter().collect(), new.iter().collect());
        let proof = relate_open(&old, &new, &[], &Options::default());
        assert_eq!(proof.relation, Relation::Equal, "{id}");
    }
    // A plan that differs is found to do so.
    let wider = text("known.json").replace("sqs:GetQueueUrl", "sqs:*");
    let wider = template("known.json", &wider, &[]);
    let (old, new) = (documents(&code.subjects[0]), documents(&wider.subjects[0]));
    let (old, new): (Vec<&Document>, Vec<&Document>) = (old.iter().collect(), new.iter().collect());
    let proof = relate_open(&old, &new, &[], &Options::default());
    assert_eq!(proof.relation, Relation::Broader);
}

#[test]
fn places_are_lines_of_the_plan() {
    let text = text("known.json");
    let plan = template("known.json", &text, &[]);
    let role = plan.subject("aws_iam_role.orders").unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let at = |line: usize| lines[line - 1].trim();
    assert_eq!(at(role.place.line), "{");
    assert!(at(role.place.line + 1).contains("\"aws_iam_role.orders\""));
    for (policy, action) in
        role.policies
            .iter()
            .zip(["sqs:GetQueueUrl", "AWSLambdaBasic", "GetItem"])
    {
        // The policy is one line of the plan, though it has lines of its own.
        let place = policy.place_of("Statement[0].Action");
        assert!(at(place.line).contains(action), "{place}");
    }
}

#[test]
fn instances_of_modules_have_their_own() {
    let plan = plan("modules.json");
    let ids: Vec<&str> = plan
        .subjects
        .iter()
        .map(|subject| subject.id.as_str())
        .collect();
    assert!(!ids.iter().any(|id| id.contains("old")), "{ids:?}");
    for key in ["orders", "users.v2"] {
        let role = plan
            .subject(&format!("module.service[\"{key}\"].aws_iam_role.this"))
            .unwrap();
        assert_eq!(unresolved(role), [], "{key}");
        assert_eq!(
            managed(role),
            [
                "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess",
                "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"
            ]
        );
        let own = format!("{key}-own");
        let wanted = [
            &own,
            "AWSXRayDaemonWriteAccess",
            "AmazonSQSReadOnlyAccess",
            "inline",
            "deep",
        ];
        assert_eq!(names(role), wanted, "{key}");
        let resources = [
            format!("arn:aws:sns:eu-central-1:111122223333:{key}"),
            format!("arn:aws:s3:::acme-{key}/*"),
            format!("arn:aws:kms:eu-central-1:111122223333:key/{key}"),
        ];
        let read = documents(role);
        assert_eq!(read.len(), resources.len());
        for (document, resource) in read.iter().zip(resources) {
            assert!(document.to_compact().contains(&resource), "{resource}");
        }
    }
}

#[test]
fn what_is_not_known_yet_is_said() {
    let plan = plan("unknown.json");
    let role = plan.subject("aws_iam_role.app").unwrap();
    assert_eq!(
        unresolved(role),
        [
            (
                Kind::Missing,
                "the policy of `aws_iam_role_policy.later` is known only after the plan is applied"
            ),
            (
                Kind::Missing,
                "the policy of `aws_iam_role_policy.secret` is marked as sensitive and is not read"
            ),
            (
                Kind::Either,
                "the managed policy of `aws_iam_role_policy_attachment.choice` is one of several, and which is known only after the plan is applied"
            ),
            (
                Kind::Missing,
                "the managed policy of `aws_iam_role_policy_attachment.elsewhere` is known only after the plan is applied"
            ),
        ]
    );
    assert_eq!(names(role), ["one", "two"]);
    assert!(!actions(role).contains("hidden-name"));
    let later = plan.subject("aws_iam_role_policy.later").unwrap();
    assert_eq!(later.policies, []);
    assert_eq!(later.unresolved[0].kind, Kind::Missing);
    assert_eq!(later.unresolved[0].place.file.as_ref(), "unknown.json");
    // The key between the brackets is not in the plan.
    for (key, own) in [("a", "sqs:SendMessage"), ("b", "sqs:ReceiveMessage")] {
        let role = plan
            .subject(&format!("aws_iam_role.keyed[\"{key}\"]"))
            .unwrap();
        assert_eq!(names(role), [format!("keyed-{key}")]);
        assert!(actions(role).contains(own));
        assert!(
            unresolved(role)
                .iter()
                .all(|(kind, _)| *kind == Kind::Missing)
        );
        assert_eq!(unresolved(role).len(), 2, "{:?}", unresolved(role));
    }
    let user = plan.subject("aws_iam_user.ci").unwrap();
    let whether =
        "whether `aws_iam_user_policy.ci` is attached is known only after the plan is applied";
    assert_eq!(unresolved(user), [(Kind::Missing, whether)]);
}

#[test]
fn a_state_is_read_whole_and_once() {
    let state = plan("state.json");
    let role = state.subject("aws_iam_role.app").unwrap();
    assert_eq!(unresolved(role), []);
    assert_eq!(
        names(role),
        ["by-hand", "AmazonS3ReadOnlyAccess", "own", "shared"]
    );
    assert_eq!(role.place.line, 1);
    let group = state.subject("aws_iam_group.people").unwrap();
    assert_eq!(names(group), ["central", "shared"]);
    assert_eq!(unresolved(group), []);
    let user = state.subject("aws_iam_user.ci").unwrap();
    assert_eq!(names(user), ["ci"]);
}

/// A plan with one role and one more resource, each with `after_unknown`.
fn small(role: &str, other: &str, changes: &str, configuration: &str) -> String {
    let other = if other.is_empty() {
        String::new()
    } else {
        format!(",{other}")
    };
    format!(
        r#"{{"format_version":"1.2","planned_values":{{"root_module":{{"resources":[
          {{"address":"aws_iam_role.app","mode":"managed","type":"aws_iam_role","name":"app","values":{role}}}{other}]}}}},
          "resource_changes":[{changes}],"configuration":{{"root_module":{{"resources":[{configuration}]}}}}}}"#
    )
}

const POLICY: &str = r#"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sqs:*\",\"Resource\":\"*\"}}"#;

#[test]
fn lists_of_the_role_that_terraform_filled_in_are_told_from_those_of_the_code() {
    let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let role = format!(
        r#"{{"name":"app","managed_policy_arns":["{arn}"],"inline_policy":[{{"name":"gone","policy":"{POLICY}"}}]}}"#
    );
    let change = |kind: &str, key: &str, value: &str| {
        format!(
            r#"{{"address":"{kind}.x","type":"{kind}","change":{{"actions":["delete"],"before":{{"role":"app","{key}":"{value}"}},"after":null}}}}"#
        )
    };
    let changes = [
        change("aws_iam_role_policy_attachment", "policy_arn", arn),
        change("aws_iam_role_policy", "name", "gone"),
    ]
    .join(",");
    let filled_in = r#"{"address":"aws_iam_role.app","expressions":{}}"#;
    let code = r#"{"address":"aws_iam_role.app","expressions":{"managed_policy_arns":{"constant_value":[]}}}"#;
    for (configuration, wanted) in [
        (filled_in, vec!["gone"]),
        (code, vec!["gone", "ReadOnlyAccess"]),
    ] {
        let plan = template("p.json", &small(&role, "", &changes, configuration), &[]);
        assert_eq!(names(&plan.subjects[0]), wanted);
        // Whether an inline policy is in a block of the role is not in the configuration.
        assert_eq!(plan.subjects[0].unresolved.len(), 1);
        assert_eq!(plan.subjects[0].unresolved[0].kind, Kind::Either);
    }
    // A new role has lists that are not known, and they say something only if the code sets them.
    let made = r#"{"address":"aws_iam_role.app","type":"aws_iam_role","change":{"actions":["create"],"before":null,"after_unknown":{"managed_policy_arns":true,"inline_policy":true}}}"#;
    let later = r#"{"address":"aws_iam_role.app","expressions":{"managed_policy_arns":{"references":["local.arns"]}}}"#;
    for (configuration, count) in [(filled_in, 0), (later, 1), ("", 2)] {
        let plan = template(
            "p.json",
            &small(r#"{"name":"app"}"#, "", made, configuration),
            &[],
        );
        let kinds: Vec<Kind> = plan.subjects[0]
            .unresolved
            .iter()
            .map(|one| one.kind)
            .collect();
        assert_eq!(kinds, vec![Kind::Missing; count], "{configuration}");
    }
}

/// A plan whose role is named by something that is known only later: `references`, with `for_each` of the block.
fn named_by(references: &str, each: &str) -> Template {
    let role = |module: &str| {
        format!(
            r#"{{"address":"{module}.aws_iam_role.r","mode":"managed","type":"aws_iam_role","name":"r","values":{{"name":"same"}}}}"#
        )
    };
    let modules = ["module.m[\\\"a\\\"]", "module.m[\\\"b\\\"]"]
        .map(|module| format!(r#"{{"address":"{module}","resources":[{}]}}"#, role(module)));
    let text = format!(
        r#"{{"format_version":"1.2","planned_values":{{"root_module":{{
          "resources":[{{"address":"aws_iam_role_policy.p[\"a\"]","mode":"managed","type":"aws_iam_role_policy","name":"p","values":{{"name":"p","policy":"{POLICY}"}}}}],
          "child_modules":[{}]}}}},
        "resource_changes":[{{"address":"aws_iam_role_policy.p[\"a\"]","type":"aws_iam_role_policy","change":{{"actions":["create"],"after_unknown":{{"role":true}}}}}}],
        "configuration":{{"root_module":{{
          "resources":[{{"address":"aws_iam_role_policy.p","expressions":{{"role":{{"references":{references}}}}},"for_each_expression":{{"references":{each}}}}}],
          "module_calls":{{"m":{{"module":{{
            "outputs":{{"id":{{"expression":{{"references":["aws_iam_role.r.id","aws_iam_role.r"]}}}}}},
            "resources":[{{"address":"aws_iam_role.r","expressions":{{}}}}]}}}}}}}}}}}}"#,
        modules.join(",")
    );
    template("p.json", &text, &[])
}

/// How many policies a role has, and what is not resolved.
type Wanted = (usize, &'static [Kind]);

#[test]
fn references_are_followed_through_outputs_and_for_each() {
    let of_a = r#"["module.m[\"a\"].id","module.m[\"a\"]","module.m"]"#;
    let of_both = r#"["module.m[\"a\"].id","module.m[\"a\"]","module.m[\"b\"].id","module.m[\"b\"]","module.m"]"#;
    let by_key = r#"["module.m","each.key"]"#;
    let by_value = r#"["each.value"]"#;
    let cases: [(&str, &str, [Wanted; 2]); 5] = [
        (of_a, "[]", [(1, &[]), (0, &[])]),
        (by_value, of_a, [(1, &[]), (0, &[])]),
        (of_both, "[]", [(1, &[Kind::Either]), (1, &[Kind::Either])]),
        (by_key, "[]", [(0, &[Kind::Missing]), (0, &[Kind::Missing])]),
        (
            r#"["local.role"]"#,
            "[]",
            [(0, &[Kind::Missing]), (0, &[Kind::Missing])],
        ),
    ];
    for (references, each, wanted) in cases {
        let plan = named_by(references, each);
        for (key, (policies, kinds)) in ["a", "b"].iter().zip(wanted) {
            let role = plan.subject(&format!("module.m[\"{key}\"].aws_iam_role.r"));
            let role = role.unwrap();
            assert_eq!(role.policies.len(), policies, "{references} {key}");
            let found: Vec<Kind> = role.unresolved.iter().map(|one| one.kind).collect();
            assert_eq!(found, kinds, "{references} {key}");
        }
    }
}

#[test]
fn a_newer_format_and_a_policy_that_is_none_are_refused() {
    let newer =
        text("state.json").replace("\"format_version\":\"1.0\"", "\"format_version\":\"2.0\"");
    let error = read("state.json", &newer, &Known::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "state.json:1: expected version 1 of Terraform's JSON output, found `2.0`"
    );
    let other = r#"{"address":"aws_iam_policy.p","mode":"managed","type":"aws_iam_policy","name":"p","values":{"policy":"no policy"}}"#;
    let error = read("p.json", &small("{}", other, "", ""), &Known::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("p.json:2: the text at this place is no policy"),
        "{error}"
    );
}

#[test]
fn nothing_is_written_into_a_plan() {
    let (file, text) = ("known.json", text("known.json"));
    let source = Source {
        file,
        text: &text,
        siblings: &[],
    };
    let policy = NewPolicy {
        name: "new".to_owned(),
        document: documents(&plan(file).subjects[1])[0].clone(),
        comments: Vec::new(),
    };
    let error = patch(&source, "aws_iam_role.orders", &[policy], &Stack::default()).unwrap_err();
    assert!(
        error.problem.contains("a Terraform plan or state"),
        "{error}"
    );
    assert!(error.hint.unwrap().contains(".tf file"));
}
