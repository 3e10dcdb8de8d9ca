//! Tells whether an action can apply to any resource that a pattern stands for.
//!
//! An action may share a statement with a resource that it cannot apply to, since that grants nothing. The answer errs on the side
//! of "it can": only what is proved apart counts as apart. A type is out if no text fits both its formats and the pattern, or if every
//! text of the pattern fits a format of another type of the service more closely, which is then its type.

use std::collections::BTreeMap;

use crate::arn::Arn;
use crate::catalog::Catalog;
use crate::catalog::format::{Piece, pieces};
use crate::pattern::{Pattern, Token};

/// The formats of a service's resource types, as patterns.
#[derive(Debug, Default)]
pub(super) struct Applicability {
    formats: BTreeMap<String, Vec<Format>>,
}

#[derive(Debug)]
struct Format {
    /// The service part of the ARN, if it is fixed.
    arn_service: Option<String>,
    resource_type: String,
    pattern: Pattern,
    /// How many characters of the format are fixed: the measure of closeness.
    fixed: usize,
}

impl Applicability {
    /// Says whether `action` can apply to a resource that `resource` stands for.
    pub(super) fn can_apply(
        &mut self,
        action: &str,
        (text, resource): (&str, &Pattern),
        catalog: &Catalog,
    ) -> bool {
        let Some((service, _, facts)) = catalog.action(action) else {
            return true;
        };
        if resource.is_any() {
            return true;
        }
        if facts.resource_types.is_empty() {
            return false;
        }
        let formats = self
            .formats
            .entry(service.prefix.clone())
            .or_insert_with(|| {
                let types = service.resource_types.iter();
                types
                    .flat_map(|(name, kind)| kind.arns.iter().map(move |arn| format(name, arn)))
                    .collect()
            });
        let service = fixed_service(text);
        let is_near = |format: &&Format| match (&format.arn_service, service) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        let is_own = |format: &&Format| facts.resource_types.contains(&format.resource_type);
        let closest_of_others = formats
            .iter()
            .filter(is_near)
            .filter(|format| !is_own(format) && format.pattern.covers(resource))
            .map(|format| format.fixed)
            .max();
        let own = formats.iter().filter(is_own);
        let is_unknown = own.clone().next().is_none();
        is_unknown
            || own.filter(is_near).any(|format| {
                format.pattern.intersects(resource)
                    && closest_of_others.is_none_or(|other| other <= format.fixed)
            })
    }
}

fn format(resource_type: &str, arn: &str) -> Format {
    let pieces = pieces(arn);
    let tokens = pieces.iter().flat_map(|piece| match piece {
        Piece::Text(text) => Pattern::literal(text).tokens().collect::<Vec<_>>(),
        Piece::Hole(_) => vec![Token::Many],
    });
    let fixed = |piece: &Piece<'_>| match piece {
        Piece::Text(text) => text.len(),
        Piece::Hole(_) => 0,
    };
    Format {
        arn_service: fixed_service(arn).map(str::to_owned),
        resource_type: resource_type.to_owned(),
        pattern: Pattern::from_tokens(tokens),
        fixed: pieces.iter().map(fixed).sum(),
    }
}

/// The service part of an ARN, an ARN's format or pattern; `None` if it is open.
fn fixed_service(arn: &str) -> Option<&str> {
    Arn::parse(arn)
        .map(|arn| arn.service)
        .filter(|service| !service.contains(['*', '?', '$']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn can(action: &str, resource: &str) -> bool {
        Applicability::default().can_apply(
            action,
            (resource, &Pattern::parse(resource)),
            Catalog::bundled(),
        )
    }

    #[test]
    fn buckets_and_objects_are_apart() {
        assert!(
            can("s3:ListBucket", "arn:aws:s3:::data")
                && can("s3:GetObject", "arn:aws:s3:::data/in/*")
        );
        assert!(
            !can("s3:ListBucket", "arn:aws:s3:::data/in/*")
                && !can("s3:GetObject", "arn:aws:s3:::data")
        );
    }

    #[test]
    fn what_is_not_proved_apart_counts_as_one() {
        assert!(can("s3:ListBucket", "arn:aws:s3:::data*"));
        assert!(can("s3:GetObject", "arn:aws:s3:::data*"));
        assert!(can("dynamodb:Query", "*"));
    }

    #[test]
    fn services_and_unscoped_actions_are_apart() {
        assert!(!can("dynamodb:Query", "arn:aws:s3:::data"));
        assert!(!can(
            "ec2:DescribeInstances",
            "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"
        ));
        assert!(can("ec2:DescribeInstances", "*"));
        assert!(!can(
            "dynamodb:DescribeTable",
            "arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i"
        ));
        assert!(can(
            "dynamodb:Query",
            "arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i"
        ));
    }
}
