//! `wrong-resource-type`: an action on ARNs of which none is of a type that it acts on.

use std::cell::LazyCell;

use super::subject::{Part, list};
use super::{Finding, Rule, Severity, Subject};
use crate::catalog::format::{Piece, pieces};
use crate::catalog::{Action, Service};
use crate::pattern::{Pattern, Token};

pub(super) const RULE: Rule = Rule {
    name: "wrong-resource-type",
    severity: Severity::Medium,
    what: "No resource of the statement is of a type that the action acts on.",
    why: "The request names a resource of another type, so the statement grants nothing for the action: `s3:GetObject` on a bucket's ARN, `s3:ListBucket` on its objects.",
    fix: "Give the action the ARNs of its own resource types.",
    check,
};

/// What a `*` may stand for when the type of an ARN is told.
const FILLINGS: [&str; 4] = ["x", "x/x", "x:x", "x/x/x"];

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for part in subject.parts() {
        if part.resources().is_empty() || part.has_any_resource() {
            continue;
        }
        let mut wrong = Vec::new();
        for (pattern, actions) in part.actions {
            let [action] = actions.as_slice() else {
                continue;
            };
            let Some((service, fact)) = subject.fact(action) else {
                continue;
            };
            let has_types = !fact.resource_types.is_empty() && !pattern.contains(['*', '?']);
            if has_types && !fits_one(part, service, fact) {
                wrong.push(action.clone());
            }
        }
        if !wrong.is_empty() {
            let message = format!(
                "no resource here is of a type that {} can act on",
                list(&wrong)
            );
            findings.push(part.finding("Resource", message));
        }
    }
    findings
}

fn fits_one(part: Part<'_>, service: &Service, action: &Action) -> bool {
    let own = action.resource_types.iter();
    let own: Vec<&str> = own.map(|name| name.trim_end_matches('*')).collect();
    let fillings = LazyCell::new(|| fillings(service, action));
    part.compiled.resources.iter().any(|pattern| {
        let mut has_types = false;
        let mut fits = |arn: &str| {
            let types = service.resource_types_of(arn);
            has_types |= !types.is_empty();
            types.iter().any(|name| own.contains(name))
        };
        let fits = match pattern.as_literal() {
            Some(arn) => fits(arn),
            None => fillings
                .iter()
                .any(|filling| fits(&instance(pattern, filling))),
        };
        // What has the form of no known type cannot be judged.
        fits || !has_types
    })
}

/// What may stand for a `*`: a few plain texts, and what the formats of the action's own types go on with, such as `log-stream:x`.
fn fillings(service: &Service, action: &Action) -> Vec<String> {
    let mut fillings: Vec<String> = FILLINGS.iter().map(ToString::to_string).collect();
    let types = action.resource_types.iter();
    let types = types.filter_map(|name| service.resource_types.get(name.trim_end_matches('*')));
    for piece in types
        .flat_map(|kind| &kind.arns)
        .flat_map(|arn| pieces(arn))
    {
        if let Piece::Text(text) = piece {
            fillings.push(format!("{}x", text.trim_start_matches([':', '/'])));
        }
    }
    fillings
}

fn instance(pattern: &Pattern, filling: &str) -> String {
    let mut text = String::new();
    for token in pattern.tokens() {
        match token {
            Token::Literal(character) => text.push(character),
            Token::One | Token::Variable(_) => text.push('x'),
            Token::Many => text.push_str(filling),
        }
    }
    text
}
