//! Any text is infrastructure code (YAML or JSON: CloudFormation, SAM, Serverless, a plan), or is refused; what is put into it can be read
//! back from it.

use polgen::policy::{Document, Statement};
use polgen::posture;
use polgen::template::{Content, Known, NewPolicy, Source, Stack, patch, read, to_json};

pub(crate) fn check(bytes: &[u8]) {
    let Some(text) = super::text(bytes) else {
        return;
    };
    let file = "template.yaml";
    let known = Known::default();
    drop(to_json(file, text));
    drop(posture::read_code(file, text, &known));
    let Ok(Some(template)) = read(file, text, &known) else {
        return;
    };
    for subject in template.subjects.iter().take(4) {
        put(file, text, &subject.id);
    }
}

/// Puts a policy into the part of a name; where that works, the file has it.
pub(super) fn put(file: &str, text: &str, id: &str) {
    let statement = Statement::allow(
        ["sqs:SendMessage"],
        ["arn:aws:sqs:eu-west-1:111122223333:q"],
    );
    let document = Document::new(vec![statement]);
    let policy = NewPolicy {
        name: "polgen".to_owned(),
        document,
        comments: Vec::new(),
    };
    let stack = Stack {
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        partition: "aws".to_owned(),
    };
    let source = Source {
        file,
        text,
        siblings: &[],
    };
    let pairs = [
        "AWS::AccountId=111122223333",
        "AWS::Region=eu-west-1",
        "AWS::Partition=aws",
    ];
    let known = Known::parse(pairs).unwrap_or_default();
    // What is known now may show a fault that was there before.
    let Ok(Some(_)) = read(file, text, &known) else {
        return;
    };
    let Ok(changed) = patch(&source, id, &[policy], &stack) else {
        return;
    };
    let after = read(file, &changed, &known)
        .expect("what was written is read")
        .expect("the same tool");
    let subject = after
        .subjects
        .iter()
        .find(|subject| subject.id == id)
        .expect("the part that was changed");
    let is_there = subject.policies.iter().any(|policy| {
        matches!(&policy.content, Content::Document(found, _) if found.statements.len() == 1)
    });
    assert!(is_there, "{changed}");
}
