//! Every AWS managed policy as a test of the language: it is read, printed, read again to the same, and contained in itself.

#![expect(clippy::panic, reason = "a test that fails may panic")]

use polgen::catalog::{Catalog, managed_policy, managed_policy_names};
use polgen::policy::document::size_of_text;
use polgen::policy::lint::{Subject, rule};
use polgen::policy::prove::{Containment, Options, Relation, contained, relate};
use polgen::policy::{CompiledPolicy, Document, PolicyKind};

fn document(name: &str) -> Document {
    let Some(policy) = managed_policy(name) else {
        panic!("{name}: no such managed policy");
    };
    match Document::parse(&policy.document, PolicyKind::Identity) {
        Ok(document) => document,
        Err(problem) => panic!("{name}: {problem}"),
    }
}

#[test]
fn each_is_read_and_printed_to_the_same() {
    let names = managed_policy_names();
    assert!(names.len() > 1_500, "{} policies", names.len());
    for name in names {
        let document = document(&name);
        for text in [document.to_compact(), document.to_string()] {
            let again = Document::parse(&text, PolicyKind::Identity);
            assert_eq!(again.as_ref(), Ok(&document), "{name}");
            assert_eq!(size_of_text(&text), document.size(), "{name}");
        }
    }
}

#[test]
fn each_is_contained_in_itself() {
    for name in managed_policy_names() {
        let policy = [CompiledPolicy::new(&document(&name))];
        let found = contained(&policy, &policy, &Options::default());
        assert_eq!(found, Containment::Contained, "{name}");
    }
}

#[test]
fn related_ones_compare_as_their_names_say() {
    for (old, new, wanted) in [
        (
            "AmazonS3FullAccess",
            "AmazonS3ReadOnlyAccess",
            Relation::Narrower,
        ),
        ("AdministratorAccess", "ReadOnlyAccess", Relation::Narrower),
        (
            "AWSLambdaBasicExecutionRole",
            "AWSLambdaVPCAccessExecutionRole",
            Relation::Broader,
        ),
        (
            "AmazonSQSReadOnlyAccess",
            "AmazonSQSFullAccess",
            Relation::Broader,
        ),
        (
            "AmazonSQSFullAccess",
            "AmazonSNSFullAccess",
            Relation::Incomparable,
        ),
        ("PowerUserAccess", "AdministratorAccess", Relation::Broader),
    ] {
        let [before, after] = [old, new].map(|name| [CompiledPolicy::new(&document(name))]);
        let found = relate(&before, &after, &Options::default());
        assert_eq!(found.relation, wanted, "{old} -> {new}: {found:?}");
    }
}

/// Services that AWS has closed or never documented, and those with actions of that kind, as managed policies name them.
const UNDOCUMENTED: [&str; 17] = [
    "account",
    "assurance",
    "budgets",
    "builderid",
    "cloud9",
    "cloudhsm",
    "deepcomposer",
    "deeplens",
    "deepracer",
    "elastic-inference",
    "iot1click",
    "memorydb",
    "organizations",
    "payments",
    "route53-recovery-control-config",
    "securityagent",
    "zocalo",
];

#[test]
fn no_action_is_unknown_but_the_undocumented() {
    let Some(rule) = rule("unknown-action") else {
        panic!("the rule is gone");
    };
    let mut unknown = Vec::new();
    for name in managed_policy_names() {
        let document = document(&name);
        let subject = Subject::new(&document, PolicyKind::Identity, Catalog::bundled());
        unknown.extend(
            rule.findings(&subject)
                .into_iter()
                .map(|finding| finding.message),
        );
    }
    let is_listed = |message: &&String| {
        let mut listed = UNDOCUMENTED.iter();
        listed.any(|prefix| message.starts_with(&format!("`{prefix}:")))
    };
    let surprising: Vec<&String> = unknown
        .iter()
        .filter(|message| !is_listed(message))
        .collect();
    assert!(surprising.is_empty(), "{surprising:?}");
    assert!(unknown.len() < 200, "{} patterns", unknown.len());
}
