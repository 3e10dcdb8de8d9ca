//! Policies with references where the code has them, and names where a person must say who or what is meant.

use crate::harden::fix::{Fix, Open, Remedy, replication_policy};
use crate::policy::{Document, PrincipalElement, Principals, ResourceElement, Statement};
use crate::template::{Part, Text, Tree};

/// Texts of a policy that are references in the code, with what they refer to.
pub(super) type References = Vec<(String, String)>;

/// The references that a policy's holes stand for.
pub(super) fn holes<'h>(holes: impl IntoIterator<Item = &'h String>) -> References {
    let one = |hole: &String| (format!("${{{hole}}}"), hole.clone());
    holes.into_iter().map(one).collect()
}

/// The references of what a person must name, each to a parameter.
pub(super) fn opens(document: &Document, parameter: impl Fn(Open) -> String) -> References {
    let all = Open::of(document).into_iter();
    all.map(|open| (open.stand_in(), parameter(open))).collect()
}

/// What the texts of a bucket's policy refer to: the bucket itself if it is in the code, and what the code leaves open.
pub(super) fn of_bucket(fix: &Fix, attribute: &str) -> References {
    let (Remedy::BucketPolicy {
        arn, holes: open, ..
    }
    | Remedy::BucketNarrowed {
        arn, holes: open, ..
    }) = &fix.remedy
    else {
        return References::new();
    };
    let mut references = holes(open);
    if !fix.is_elsewhere {
        references.push((arn.clone(), format!("{}{attribute}", fix.target.id)));
    }
    references
}

/// Makes a text; what is a reference becomes one.
pub(super) fn text(words: &str, references: &References) -> Text {
    let mut text = Text::default();
    let mut rest = words;
    loop {
        let known = references.iter();
        let found = known.filter_map(|(needle, name)| Some((rest.find(needle)?, needle, name)));
        // Of those that begin at the same place the longest is meant.
        let next = found.min_by_key(|(at, needle, _)| (*at, std::cmp::Reverse(needle.len())));
        let Some((at, needle, name)) = next else {
            text.push(Part::Literal(rest.to_owned()));
            return text;
        };
        text.push(Part::Literal(rest.get(..at).unwrap_or_default().to_owned()));
        text.push(Part::Reference(name.clone()));
        rest = rest.get(at + needle.len()..).unwrap_or_default();
    }
}

/// Makes the tree of a policy.
pub(super) fn policy(whole: &Document, references: &References) -> Tree {
    let statements = whole.statements.iter();
    document(statements.map(|one| statement(one, references)).collect())
}

/// Makes the tree of a statement.
pub(super) fn statement(statement: &Statement, references: &References) -> Tree {
    let many = |words: &[String]| match words {
        [only] => Tree::Text(text(only, references)),
        words => Tree::list(words.iter().map(|one| Tree::Text(text(one, references)))),
    };
    let mut members: Vec<(&str, Tree)> = Vec::new();
    if let Some(sid) = &statement.sid {
        members.push(("Sid", Tree::literal(sid.as_str())));
    }
    members.push(("Effect", Tree::literal(statement.effect.as_str())));
    let named = |principals: &Principals| match principals {
        Principals::Everyone => Tree::literal("*"),
        Principals::Named(kinds) => {
            let kinds = kinds.iter();
            Tree::Map(
                kinds
                    .map(|(kind, names)| (kind.clone(), many(names)))
                    .collect(),
            )
        }
    };
    match &statement.principal {
        Some(PrincipalElement::Principal(principals)) => {
            members.push(("Principal", named(principals)));
        }
        Some(PrincipalElement::NotPrincipal(principals)) => {
            members.push(("NotPrincipal", named(principals)));
        }
        None => {}
    }
    let action = if statement.action.is_negated() {
        "NotAction"
    } else {
        "Action"
    };
    members.push((action, many(statement.action.patterns())));
    match &statement.resource {
        Some(ResourceElement::Resource(all)) => members.push(("Resource", many(all))),
        Some(ResourceElement::NotResource(all)) => members.push(("NotResource", many(all))),
        None => {}
    }
    if !statement.conditions.is_empty() {
        let operators = statement.conditions.iter().map(|(operator, keys)| {
            let keys = keys.iter().map(|(key, values)| (key.clone(), many(values)));
            (operator.clone(), Tree::Map(keys.collect()))
        });
        members.push(("Condition", Tree::Map(operators.collect())));
    }
    let members = members.into_iter();
    Tree::Map(
        members
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    )
}

/// Makes a policy of statements.
fn document(statements: Vec<Tree>) -> Tree {
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
    let references = vec![
        (STAND_INS.0.to_owned(), source.to_owned()),
        (STAND_INS.1.to_owned(), copy.to_owned()),
    ];
    policy(&replication_policy(STAND_INS.0, STAND_INS.1), &references)
}
