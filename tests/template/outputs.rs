//! Every output that polgen reads too is, read back, the policy that was written: the same document, and equal by proof.

use polgen::policy::prove::{Options, Relation, relate};
use polgen::policy::{CompiledPolicy, Document, Effect, PolicyKind, Statement};
use polgen::report::{Code, Language, Piece};
use polgen::template::{Stack, Template};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::patching::{policy, stack, wanted};
use crate::reading::{documents, template};

pub(crate) fn code(document: &Document, is_inline: bool) -> Code {
    Code {
        heading: vec!["What `app` needs.\n*/ it's \u{2028}\"\"\" <script>".to_owned()],
        holder: "app".to_owned(),
        is_user: false,
        pieces: vec![Piece {
            name: "app-access".to_owned(),
            document: document.clone(),
            comments: wanted().comments,
            is_inline,
        }],
        stack: Stack::of("arn:aws:iam::111122223333:role/app", [document]),
    }
}

/// Reads an output back; none for those that are programs.
fn read_back(language: Language, text: &str, stack: &Stack) -> Option<Vec<Document>> {
    let known = [
        format!("AWS::AccountId={}", stack.account),
        format!("AWS::Region={}", stack.region),
        format!("AWS::Partition={}", stack.partition),
    ];
    let known = known.each_ref().map(String::as_str);
    let find = |template: Template| {
        let policies = template
            .subjects
            .iter()
            .find(|subject| !subject.id.starts_with("data."));
        Some(documents(policies.expect("a policy")))
    };
    match language {
        Language::Terraform => find(template("out.tf", text, &known)),
        Language::CloudFormation | Language::Sam => find(template("out.yaml", text, &known)),
        Language::AwsCli => {
            let (_, rest) = text.split_once("<<'POLICY'\n")?;
            let (json, _) = rest.split_once("\nPOLICY\n")?;
            Some(vec![Document::parse(json, PolicyKind::Identity).unwrap()])
        }
        Language::CdkTypescript | Language::CdkPython | Language::PulumiTypescript => None,
    }
}

fn assert_read_back(document: &Document, is_inline: bool) {
    for language in Language::ALL {
        let text = code(document, is_inline).write(language).unwrap();
        assert_eq!(text, code(document, is_inline).write(language).unwrap());
        let Some(read) = read_back(language, &text, &code(document, is_inline).stack) else {
            continue;
        };
        let compiled = |documents: &[Document]| {
            documents
                .iter()
                .map(CompiledPolicy::new)
                .collect::<Vec<_>>()
        };
        let original = compiled(std::slice::from_ref(document));
        let proof = relate(&original, &compiled(&read), &Options::default());
        assert_eq!(
            read.as_slice(),
            std::slice::from_ref(document),
            "{language:?}\n{text}"
        );
        assert_eq!(proof.relation, Relation::Equal, "{language:?}\n{text}");
    }
}

#[test]
fn a_policy_with_everything_is_read_back() {
    assert_read_back(&policy(), false);
    assert_read_back(&policy(), true);
}

#[test]
fn comments_cannot_be_left() {
    for language in Language::ALL {
        let text = code(&policy(), false).write(language).unwrap();
        assert!(!text.contains('\u{2028}'));
        let heading = text
            .lines()
            .find(|line| line.contains("<script>"))
            .expect("a heading");
        assert!(
            heading.starts_with("# ") || heading.starts_with("// "),
            "{language:?}: {heading}"
        );
    }
}

#[test]
fn what_a_tool_would_look_up_is_refused() {
    let document = Document::new(vec![Statement::allow(
        ["s3:GetObject"],
        ["arn:aws:s3:::a/{{resolve:ssm:x}}"],
    )]);
    for (language, is_refused) in [
        (Language::CloudFormation, true),
        (Language::Sam, true),
        (Language::CdkTypescript, true),
        (Language::Terraform, false),
        (Language::AwsCli, false),
    ] {
        assert_eq!(
            code(&document, false).write(language).is_err(),
            is_refused,
            "{language:?}"
        );
    }
    assert_eq!(stack().account, "111122223333");
}

/// What means something in one of the languages.
const PIECES: [&str; 59] = [
    "a",
    "B",
    "7",
    "-",
    "/",
    "*",
    "?",
    "${aws:username}",
    "${*}",
    "${$}",
    "${",
    "$",
    "$$",
    "$${",
    "%{",
    "%",
    "%%{",
    "}",
    "{",
    "&{x}",
    "\"",
    "'",
    "\\",
    "\\u0041",
    "`",
    "#",
    " #",
    ": ",
    "!Sub",
    "\n",
    "\r",
    "\t",
    "é",
    "\u{ff}",
    "<%",
    "%>",
    "{{",
    "}}",
    "EOF",
    "POLICY",
    "*/",
    "//",
    "${!x}",
    "${AWS::Region}",
    "${data.x}",
    "~",
    " ",
    "\u{85}",
    "\u{a0}",
    "null",
    "yes",
    "1",
    "@",
    ",",
    "[",
    "]",
    "|",
    ">",
    "-",
];

/// Names as somebody would choose them who wants to break out.
fn hostile() -> impl Strategy<Value = String> {
    vec(select(PIECES.to_vec()), 0..8).prop_map(|pieces| pieces.concat())
}

fn statement() -> impl Strategy<Value = Statement> {
    let prefixes = [
        "arn:aws:s3:::b/",
        "arn:aws:sqs:eu-central-1:111122223333:",
        "arn:aws:sqs:us-east-1:111122223333:",
        "arn:aws:sns:eu-central-1:999999999999:",
        "arn:aws-cn:s3:::",
        "*",
    ];
    let resource =
        (select(prefixes.to_vec()), hostile()).prop_map(|(prefix, name)| format!("{prefix}{name}"));
    let actions = vec(
        select(vec![
            "s3:GetObject",
            "sqs:SendMessage",
            "sns:*",
            "dynamodb:Get*",
        ]),
        1..3,
    );
    let condition = proptest::option::of((
        select(vec![
            "aws:SourceAccount",
            "s3:prefix",
            "kms:ViaService",
            "aws:RequestTag/a b",
        ]),
        hostile(),
    ));
    (actions, vec(resource, 1..4), condition, any::<bool>()).prop_map(
        |(actions, resources, condition, denies)| {
            let mut statement = Statement::allow(actions, resources);
            if denies {
                statement.effect = Effect::Deny;
            }
            if let Some((key, value)) = condition {
                let keys = [(key.to_owned(), vec![value, "111122223333".to_owned()])]
                    .into_iter()
                    .collect();
                statement.conditions.insert("StringLike".to_owned(), keys);
            }
            statement
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_names_the_policy_is_read_back(statements in vec(statement(), 1..4), is_inline: bool) {
        let document = Document::new(statements);
        // Characters that IAM does not take are no policy at all.
        prop_assume!(Document::parse(&document.to_compact(), PolicyKind::Identity).is_ok());
        assert_read_back(&document, is_inline);
    }
}
