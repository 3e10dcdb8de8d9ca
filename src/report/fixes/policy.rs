//! Statements of a bucket's policy with references where the code has them.

use crate::policy::{ResourceElement, Statement};
use crate::template::{Part, Text, Tree};

/// Makes the tree of a statement that denies everyone something; `arn` in its resources becomes a reference.
pub(super) fn denial(statement: &Statement, arn: &str, reference: &str) -> Tree {
    let actions = statement.action.patterns();
    let resources = statement
        .resource
        .iter()
        .flat_map(ResourceElement::patterns);
    let resource = |pattern: &String| match pattern.strip_prefix(arn) {
        Some(rest) => Tree::Text(Text::from_parts([
            Part::Reference(reference.to_owned()),
            Part::Literal(rest.to_owned()),
        ])),
        None => Tree::literal(pattern.as_str()),
    };
    let conditions = statement.conditions.iter().map(|(operator, keys)| {
        let keys = keys.iter().map(|(key, values)| {
            let value = values.first().cloned().unwrap_or_default();
            (key.clone(), Tree::literal(value))
        });
        (operator.clone(), Tree::Map(keys.collect()))
    });
    Tree::map([
        (
            "Sid",
            Tree::literal(statement.sid.clone().unwrap_or_default()),
        ),
        ("Effect", Tree::literal(statement.effect.as_str())),
        ("Principal", Tree::literal("*")),
        ("Action", Tree::literal(actions.join(" "))),
        ("Resource", Tree::list(resources.map(resource))),
        ("Condition", Tree::Map(conditions.collect())),
    ])
}

/// Makes a policy of statements.
pub(super) fn document(statements: Vec<Tree>) -> Tree {
    Tree::map([
        ("Version", Tree::literal("2012-10-17")),
        ("Statement", Tree::list(statements)),
    ])
}

/// The trust of a role that S3 takes on.
pub(super) fn trust() -> Tree {
    document(vec![Tree::map([
        ("Effect", Tree::literal("Allow")),
        (
            "Principal",
            Tree::map([("Service", Tree::literal("s3.amazonaws.com"))]),
        ),
        ("Action", Tree::literal("sts:AssumeRole")),
    ])])
}

/// A text that is a reference, with something behind it.
pub(super) fn behind(reference: &str, rest: &str) -> Tree {
    Tree::Text(Text::from_parts([
        Part::Reference(reference.to_owned()),
        Part::Literal(rest.to_owned()),
    ]))
}

/// The policy of a role that copies a bucket, with references.
pub(super) fn copying(source: &str, copy: &str) -> Tree {
    const STAND_INS: (&str, &str) = ("arn:aws:s3:::source", "arn:aws:s3:::copy");
    let document_of = crate::harden::fix::replication_policy(STAND_INS.0, STAND_INS.1);
    let statements = document_of.statements.iter().map(|statement| {
        let resources = statement
            .resource
            .iter()
            .flat_map(ResourceElement::patterns);
        let resource = |pattern: &String| {
            if let Some(rest) = pattern.strip_prefix(STAND_INS.0) {
                behind(source, rest)
            } else {
                behind(copy, pattern.strip_prefix(STAND_INS.1).unwrap_or(pattern))
            }
        };
        let actions = statement.action.patterns().iter();
        Tree::map([
            (
                "Sid",
                Tree::literal(statement.sid.clone().unwrap_or_default()),
            ),
            ("Effect", Tree::literal("Allow")),
            (
                "Action",
                Tree::list(actions.map(|action| Tree::literal(action.as_str()))),
            ),
            ("Resource", Tree::list(resources.map(resource))),
        ])
    });
    document(statements.collect())
}
