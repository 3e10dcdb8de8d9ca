//! Which parts of an ARN are open-ended: object keys, log streams, execution ids.
//!
//! Only these may become patterns when resources are generalized; the parts that name a bucket, a table or a function never
//! do. The list is data (`action-catalog/open-parts.json`).

use std::sync::LazyLock;

use serde::Deserialize;

use super::Catalog;

/// An open-ended part of a resource type's ARN. It is the last placeholder of the ARN's format.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenPart {
    /// The action prefix.
    pub service: String,
    /// The resource type.
    pub resource_type: String,
    /// The placeholder's name.
    pub part: String,
    /// How it is generalized.
    pub kind: OpenKind,
    /// Why it is open-ended.
    pub reason: String,
}

/// How an open-ended part is generalized.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum OpenKind {
    /// Names in a path: at the deepest stable prefix.
    Path,
    /// Each one is new: always `*`.
    Always,
    /// They come and go: `*` once there are many.
    Many,
    /// The name ends in `-` and six random characters: `-??????`.
    RandomSuffix,
    /// What follows a `:` in the name, such as a version or an alias: always `*`.
    Qualifier,
}

impl Catalog {
    /// Finds the open-ended part of a resource type's ARN, if it has one.
    pub fn open_part(&self, service: &str, resource_type: &str) -> Option<&'static OpenPart> {
        PARTS
            .iter()
            .find(|part| part.service == service && part.resource_type == resource_type)
    }
}

// INVARIANT: the file parses; a test below holds it.
static PARTS: LazyLock<Vec<OpenPart>> =
    LazyLock::new(|| serde_json::from_str(FILE).unwrap_or_default());

const FILE: &str = include_str!("../../action-catalog/open-parts.json");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_open_part_ends_an_arn_of_its_type() {
        let parts: Vec<OpenPart> = serde_json::from_str(FILE).unwrap();
        assert!(!parts.is_empty());
        for part in parts {
            let service = Catalog::bundled().service(&part.service).unwrap();
            let arns = &service.resource_types[&part.resource_type].arns;
            let end = format!("${{{}}}", part.part);
            assert!(
                arns.iter().any(|arn| arn.ends_with(&end)),
                "{} {}: {arns:?}",
                part.service,
                part.resource_type
            );
        }
    }
}
