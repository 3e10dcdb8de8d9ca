//! What stands elsewhere is told: a file that is put in, a macro, a loop. Nobody may take a role for read of which a part is not there.

use polgen::policy::{Document, PolicyKind};
use polgen::posture::read_code;
use polgen::template::{Kind, Known, Template, read_module};

use crate::reading::{documents, template};

const TRUSTED: &str =
    "Version: '2012-10-17', Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: '*'}]";

/// What is told to be missing, by the subject.
fn missing(template: &Template) -> Vec<(&str, &str)> {
    let subjects = template.subjects.iter();
    let notes = subjects.flat_map(|one| one.unresolved.iter().map(|note| (one.id.as_str(), note)));
    notes
        .filter(|(_, note)| note.kind == Kind::Missing)
        .map(|(id, note)| (id, note.what.as_str()))
        .collect()
}

fn framework(parts: &str) -> Template {
    let text = format!("service: s\n{parts}\n");
    template("serverless.yml", &text, &[])
}

/// Says whether the settings that `harden` looks at have a gap.
fn has_gap(file: &str, text: &str) -> bool {
    let posture = read_code(file, text, &Known::default());
    !posture.unwrap().unwrap().gaps.is_empty()
}

#[test]
fn parts_of_the_framework_that_are_other_files_are_told() {
    let aws = "provider: {name: aws}\n";
    for (parts, subject) in [
        ("functions: {}\nprovider: ${file(p.yml)}", "provider"),
        (
            "functions: {}\nprovider: {name: aws, iam: '${file(p.yml)}'}",
            "provider",
        ),
        (
            "functions: {}\nprovider: {name: aws, iam: {role: '${file(p.yml)}'}}",
            "provider",
        ),
        (&format!("{aws}functions: ${{file(p.yml)}}"), "functions"),
        (
            &format!("{aws}functions: [{{a: {{handler: b.c}}}}, '${{file(p.yml)}}']"),
            "functions",
        ),
        (&format!("{aws}functions: {{a: '${{file(p.yml)}}'}}"), "a"),
        (&format!("{aws}resources: ${{file(p.yml)}}"), "resources"),
        (
            &format!("{aws}resources: [{{Resources: {{}}}}, '${{file(p.yml)}}']"),
            "resources",
        ),
        (
            &format!("{aws}resources: {{Resources: '${{file(p.yml)}}'}}"),
            "resources",
        ),
        (
            &format!("{aws}resources: {{Resources: {{Role: '${{file(p.yml)}}'}}}}"),
            "Role",
        ),
    ] {
        let template = framework(parts);
        let found = missing(&template);
        assert_eq!(found.len(), 1, "{parts}: {found:?}");
        assert_eq!(found[0].0, subject, "{parts}");
        let is_setting = !parts.starts_with("functions");
        assert_eq!(
            has_gap("serverless.yml", &format!("service: s\n{parts}\n")),
            is_setting,
            "{parts}"
        );
    }
    let whole = framework(&format!(
        "{aws}functions: {{a: {{handler: b.c}}}}\nresources: {{Resources: {{}}}}"
    ));
    assert_eq!(missing(&whole), []);
}

#[test]
fn changes_of_the_frameworks_own_role_are_told() {
    let of = |section: &str, change: &str| {
        let text = format!(
            "functions: {{}}\nprovider: {{name: aws}}\nresources: {{{section}: {{IamRoleLambdaExecution: {change}}}}}"
        );
        let template = framework(&text);
        let found = missing(&template);
        found
            .iter()
            .map(|(id, _)| (*id).to_owned())
            .collect::<Vec<_>>()
    };
    let change =
        "{Properties: {ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess']}}";
    assert_eq!(of("extensions", change), ["provider"]);
    assert_eq!(of("Resources", change), ["provider"]);
    let whole = "{Type: AWS::IAM::Role, Properties: {Policies: []}}";
    assert_eq!(of("Resources", whole), [""; 0]);
}

#[test]
fn lists_of_the_framework_are_joined() {
    let role = |name: &str| {
        format!(
            "{{Resources: {{{name}: {{Type: AWS::IAM::Role, Properties: {{Policies: [{{PolicyName: p, PolicyDocument: {{{TRUSTED}}}}}]}}}}}}}}"
        )
    };
    let statement = "iamRoleStatements: [{Effect: Allow, Action: 's3:GetObject', Resource: '*'}]";
    let template = framework(&format!(
        "provider: {{name: aws}}\nfunctions: [{{a: {{{statement}}}}}, {{b: {{{statement}}}}}]\nresources: [{}, {}]",
        role("One"),
        role("Two")
    ));
    assert_eq!(missing(&template), []);
    let wanted = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
    let wanted = Document::parse(wanted, PolicyKind::Identity).unwrap();
    for id in ["a", "b", "One", "Two"] {
        let subject = template.subject(id).unwrap();
        assert_eq!(documents(subject), std::slice::from_ref(&wanted), "{id}");
    }
}

#[test]
fn what_a_macro_puts_into_a_template_is_told() {
    let include = "{Name: AWS::Include, Parameters: {Location: 's3://a/b'}}";
    let role = "Role: {Type: AWS::IAM::Role, Properties: {Policies: []}}";
    for (text, subject) in [
        (
            format!("Transform: {include}\nResources: {{{role}}}\n"),
            "Transform",
        ),
        (
            format!("Transform: [AWS::Serverless-2016-10-31, {include}]\nResources: {{{role}}}\n"),
            "Transform",
        ),
        (
            format!("Resources: {{{role}, Other: {{Fn::Transform: {include}}}}}\n"),
            "Other",
        ),
        (
            format!("Resources: {{{role}, Fn::Transform: {include}}}\n"),
            "Fn::Transform",
        ),
    ] {
        let template = template("t.yaml", &text, &[]);
        let found = missing(&template);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(found[0].0, subject, "{text}");
        assert!(has_gap("t.yaml", &text), "{text}");
    }
    let own = format!(
        "Transform: [AWS::Serverless-2016-10-31, AWS::LanguageExtensions]\nResources: {{{role}}}\n"
    );
    assert_eq!(missing(&template("t.yaml", &own, &[])), []);
    assert!(!has_gap("t.yaml", &own));
}

#[test]
fn policies_that_a_loop_makes_are_told() {
    let role = |inner: &str| {
        let text =
            format!("resource \"aws_iam_role\" \"app\" {{\n  name = \"app\"\n  {inner}\n}}\n");
        let files = [("main.tf".to_owned(), text)];
        read_module(&files, &Known::default()).unwrap()
    };
    let looped = role(
        "dynamic \"inline_policy\" {\n for_each = var.policies\n content {\n name = \"p\"\n policy = inline_policy.value\n }\n }",
    );
    let wanted = [(
        "aws_iam_role.app",
        "policies that a loop makes are not known",
    )];
    assert_eq!(missing(&looped), wanted);
    assert_eq!(missing(&role("")), []);
}
