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

/// Says whether `action` can apply to a resource that the pattern `resource` stands for; what is not proved apart counts as "it can".
pub fn can_apply(action: &str, resource: &str, catalog: &Catalog) -> bool {
    let pattern = Pattern::parse(resource);
    Applicability::default().can_apply(action, (resource, &pattern), catalog)
}

/// The formats of each service's resource types, as patterns.
#[derive(Debug, Default)]
pub(super) struct Applicability {
    formats: BTreeMap<String, Vec<Format>>,
}

#[derive(Debug)]
struct Format {
    resource_type: String,
    shape: Shape,
    /// How many characters of the format are fixed: the measure of closeness.
    fixed: usize,
}

/// A pattern of ARNs, whole and in its parts.
#[derive(Debug)]
struct Shape {
    whole: Pattern,
    /// Partition, service, region, account and resource; `None` if a wildcard could span several of them.
    parts: Option<[Pattern; 5]>,
}

impl Shape {
    /// Says whether some ARN fits both.
    fn intersects(&self, other: &Self) -> bool {
        match (&self.parts, &other.parts) {
            (Some(mine), Some(others)) => mine
                .iter()
                .zip(others)
                .all(|(one, other)| one.intersects(other)),
            _ => self.whole.intersects(&other.whole),
        }
    }

    /// Says whether every ARN of `other` fits this.
    fn covers(&self, other: &Self) -> bool {
        match (&self.parts, &other.parts) {
            (Some(mine), Some(others)) => mine
                .iter()
                .zip(others)
                .all(|(one, other)| one.covers(other)),
            _ => self.whole.covers(&other.whole),
        }
    }

    /// The shape of a resource in a policy. A wildcard before its last part could span colons.
    fn of_resource(text: &str, whole: &Pattern) -> Self {
        let is_fixed = |arn: &Arn<'_>| {
            ![arn.partition, arn.service, arn.region, arn.account]
                .iter()
                .any(|part| part.contains(['*', '?', '$']))
        };
        let parts = Arn::parse(text).filter(is_fixed).map(|arn| {
            [
                arn.partition,
                arn.service,
                arn.region,
                arn.account,
                arn.resource,
            ]
            .map(Pattern::parse)
        });
        Self {
            whole: whole.clone(),
            parts,
        }
    }

    /// The shape of an ARN's format. Its placeholders before the last part hold no colon.
    fn of_format(arn: &str) -> Self {
        let parts: Vec<Pattern> = arn.splitn(6, ':').skip(1).map(of_pieces).collect();
        Self {
            whole: of_pieces(arn),
            parts: parts.try_into().ok(),
        }
    }
}

/// The pattern of a format: each placeholder is a `*`.
fn of_pieces(format: &str) -> Pattern {
    let tokens = pieces(format).into_iter().flat_map(|piece| match piece {
        Piece::Text(text) => Pattern::literal(text).tokens().collect::<Vec<_>>(),
        Piece::Hole(_) => vec![Token::Many],
    });
    Pattern::from_tokens(tokens)
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
        let resource = Shape::of_resource(text, resource);
        let is_own = |format: &&Format| facts.resource_types.contains(&format.resource_type);
        if !formats.iter().any(|format| is_own(&format)) {
            return true;
        }
        let closest_of_others = formats
            .iter()
            .filter(|format| !is_own(format) && format.shape.covers(&resource))
            .map(|format| format.fixed)
            .max();
        formats.iter().filter(is_own).any(|format| {
            format.shape.intersects(&resource)
                && closest_of_others.is_none_or(|other| other <= format.fixed)
        })
    }
}

fn format(resource_type: &str, arn: &str) -> Format {
    let fixed = |piece: &Piece<'_>| match piece {
        Piece::Text(text) => text.len(),
        Piece::Hole(_) => 0,
    };
    Format {
        resource_type: resource_type.to_owned(),
        shape: Shape::of_format(arn),
        fixed: pieces(arn).iter().map(fixed).sum(),
    }
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
