//! Keeps a kept grant out of what the current policies deny, by proof.
//!
//! A Deny without conditions that touches the grant cannot be written into it. A Deny under a condition can: the grant then
//! asks for the contrary. Whatever is made is put to the prover: it must allow nothing that the Deny statements refuse.

use super::Kept;
use crate::policy::prove::{Containment, Options, contained};
use crate::policy::{CompiledPolicy, Document, Statement};
use crate::synthesis::condition;

/// What is left of a grant.
pub(super) enum Restricted {
    /// A grant that no Deny touches.
    Free(Kept),
    /// It cannot be kept whole: a Deny touches it.
    Touched,
}

/// Operators and the one that asks for the contrary, also where the key is missing. Source: IAM user guide, "IAM JSON policy
/// elements: Condition operators": negated operators match when the key is missing.
const CONTRARY: [(&str, &str); 14] = [
    ("StringEquals", "StringNotEquals"),
    ("StringNotEquals", "StringEquals"),
    ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    ("StringNotEqualsIgnoreCase", "StringEqualsIgnoreCase"),
    ("StringLike", "StringNotLike"),
    ("StringNotLike", "StringLike"),
    ("ArnLike", "ArnNotLike"),
    ("ArnNotLike", "ArnLike"),
    ("ArnEquals", "ArnNotEquals"),
    ("ArnNotEquals", "ArnEquals"),
    ("IpAddress", "NotIpAddress"),
    ("NotIpAddress", "IpAddress"),
    ("NumericEquals", "NumericNotEquals"),
    ("NumericNotEquals", "NumericEquals"),
];

/// Restricts `grant` to what none of the Deny statements refuses.
pub(super) fn restrict(grant: Kept, denying: &[Document]) -> Restricted {
    let action = grant.action.to_ascii_lowercase();
    let bearing: Vec<&Document> = denying
        .iter()
        .filter(|document| {
            let compiled = CompiledPolicy::new(document);
            compiled
                .statements
                .iter()
                .any(|one| one.matches_action(&action))
        })
        .collect();
    if bearing.is_empty() || is_free(&grant, &bearing) {
        return Restricted::Free(grant);
    }
    let mut restricted = grant;
    for document in &bearing {
        if is_free(&restricted, std::slice::from_ref(document)) {
            continue;
        }
        let found = contraries(&restricted, document)
            .into_iter()
            .find(|candidate| is_free(candidate, std::slice::from_ref(document)));
        let Some(candidate) = found else {
            return Restricted::Touched;
        };
        restricted = candidate;
    }
    if is_free(&restricted, &bearing) {
        Restricted::Free(restricted)
    } else {
        Restricted::Touched
    }
}

/// Proves that the grant allows nothing that the statements deny.
fn is_free(grant: &Kept, denying: &[&Document]) -> bool {
    let mut allowed = Statement::allow([&grant.action], [&grant.resource]);
    allowed.conditions = condition::to_statement(&grant.conditions);
    let inner = Document::new(vec![allowed]);
    let everything = Document::new(vec![Statement::allow(["*"], ["*"])]);
    let outer: Vec<CompiledPolicy> = denying
        .iter()
        .copied()
        .chain([&everything])
        .map(CompiledPolicy::new)
        .collect();
    let proof = contained(&[CompiledPolicy::new(&inner)], &outer, &Options::default());
    proof == Containment::Contained
}

/// The grant with one of the Deny's conditions turned round, in all ways that there are.
fn contraries(grant: &Kept, document: &Document) -> Vec<Kept> {
    let mut found = Vec::new();
    for statement in &document.statements {
        let conditions = condition::of_statement(&statement.conditions);
        for (operator, keys) in &conditions {
            for (key, values) in keys {
                if let Some((contrary, values)) = contrary(operator, values) {
                    let mut candidate = grant.clone();
                    let asked = candidate.conditions.entry(contrary).or_default();
                    if !asked.contains_key(key) {
                        asked.insert(key.clone(), values);
                        found.push(candidate);
                    }
                }
            }
        }
    }
    found
}

fn contrary(operator: &str, values: &[String]) -> Option<(String, Vec<String>)> {
    let bare = operator.strip_suffix("IfExists").unwrap_or(operator);
    if bare == "Bool" || bare == "Null" {
        let turned = values.iter().map(|value| match value.as_str() {
            "true" => Some("false".to_owned()),
            "false" => Some("true".to_owned()),
            _ => None,
        });
        let turned: Option<Vec<String>> = turned.collect();
        let operator = match (bare, operator) {
            ("Bool", "Bool") => "BoolIfExists",
            _ => bare,
        };
        return Some((operator.to_owned(), turned?)).filter(|(_, values)| values.len() == 1);
    }
    let (_, contrary) = CONTRARY.iter().find(|(known, _)| *known == bare)?;
    Some(((*contrary).to_owned(), values.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PolicyKind;
    use std::collections::BTreeMap;

    fn grant(resource: &str) -> Kept {
        Kept {
            action: "sqs:SendMessage".to_owned(),
            resource: resource.to_owned(),
            conditions: BTreeMap::new(),
            reason: String::new(),
        }
    }

    fn deny(rest: &str) -> Vec<Document> {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Action":"*",{rest}}}}}"#
        );
        vec![Document::parse(&text, PolicyKind::Identity).unwrap()]
    }

    fn conditions(restricted: Restricted) -> Option<String> {
        match restricted {
            Restricted::Free(kept) => Some(format!("{:?}", kept.conditions)),
            Restricted::Touched => None,
        }
    }

    #[test]
    fn a_deny_elsewhere_leaves_the_grant_alone() {
        let denying = deny(r#""Resource":"arn:aws:sqs:*:*:secret""#);
        let queue = grant("arn:aws:sqs:eu-west-1:111122223333:orders");
        assert_eq!(conditions(restrict(queue, &denying)).as_deref(), Some("{}"));
        assert_eq!(conditions(restrict(grant("*"), &denying)), None);
    }

    #[test]
    fn a_condition_is_turned_round() {
        for (condition, contrary) in [
            (
                r#"{"Bool":{"aws:SecureTransport":"false"}}"#,
                r#"{"BoolIfExists": {"aws:SecureTransport": ["true"]}}"#,
            ),
            (
                r#"{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1"]}}"#,
                r#"{"StringEquals": {"aws:RequestedRegion": ["eu-west-1"]}}"#,
            ),
            (
                r#"{"NotIpAddress":{"aws:SourceIp":["203.0.113.0/24"]},"Bool":{"aws:ViaAWSService":"false"}}"#,
                r#"{"BoolIfExists": {"aws:ViaAWSService": ["true"]}}"#,
            ),
        ] {
            let denying = deny(&format!(r#""Resource":"*","Condition":{condition}"#));
            let found = conditions(restrict(grant("*"), &denying));
            assert_eq!(found.as_deref(), Some(contrary), "{condition}");
        }
    }

    #[test]
    fn what_cannot_be_proved_is_not_kept() {
        let denying = deny(
            r#""Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}}"#,
        );
        assert_eq!(conditions(restrict(grant("*"), &denying)), None);
    }
}
