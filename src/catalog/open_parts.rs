//! Which parts of an ARN are open-ended: object keys, log streams, execution ids.
//!
//! Only these may become patterns when resources are generalized; the parts that name a bucket, a table or a function never
//! do. The list is data (`action-catalog/open-parts.json`).

use std::sync::LazyLock;

use serde::Deserialize;

use super::format::{Piece, each_piece, find_text};
use super::{Action, Catalog, Service};
use crate::arn::Arn;

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

impl OpenPart {
    /// Lists all of them.
    pub(crate) fn all() -> &'static [Self] {
        &PARTS
    }

    /// Finds that of a resource type's ARN, if it has one.
    pub(crate) fn of(service: &str, resource_type: &str) -> Option<&'static Self> {
        PARTS
            .iter()
            .find(|part| part.service == service && part.resource_type == resource_type)
    }
}

impl Catalog {
    /// Finds the one type of the action's that the resource is of, and the format that it fits.
    pub(crate) fn type_of(&self, action: &str, resource: &str) -> Option<(String, String)> {
        let (service, _, action) = self.action(action)?;
        let (name, arn) = type_of(service, action, resource)?;
        Some((name.to_owned(), arn.to_owned()))
    }

    /// Where the open-ended part starts in a resource of an action, if it has one.
    pub(crate) fn open_start_of(&self, action: &str, resource: &str) -> Option<usize> {
        let named = Arn::parse(resource)?.service;
        let (service, _, action) = self.action(action)?;
        let is_own = |part: &&OpenPart| part.service == named;
        let has_open = PARTS
            .iter()
            .filter(is_own)
            .any(|part| action.resource_types.contains(&part.resource_type));
        if !has_open {
            return None;
        }
        let (resource_type, format) = type_of(service, action, resource)?;
        let part = self.open_part(named, resource_type)?;
        open_start(resource, format, part)
    }

    /// Finds the open-ended part of a resource type's ARN, if it has one.
    pub fn open_part(&self, service: &str, resource_type: &str) -> Option<&'static OpenPart> {
        OpenPart::of(service, resource_type)
    }
}

fn type_of<'c>(
    service: &'c Service,
    action: &'c Action,
    resource: &str,
) -> Option<(&'c str, &'c str)> {
    let formats = action
        .resource_types
        .iter()
        .filter_map(|name| Some((name, service.resource_types.get(name)?)));
    // The format with the longest fixed text is the most telling one: `…:table/T/index/I` before `…:table/T`.
    formats
        .flat_map(|(name, kind)| kind.formats().map(move |format| (name, format)))
        .filter(|(_, (_, format))| lay(resource, format.pieces(), &mut |_, _| {}))
        .max_by_key(|(_, (_, format))| format.fixed_length)
        .map(|(name, (arn, _))| (name.as_str(), arn))
}

/// Where the open part starts in `resource`.
pub(crate) fn open_start(resource: &str, format: &str, part: &OpenPart) -> Option<usize> {
    let (name, start) = placeholders(resource, format)?.pop()?;
    (name == part.part).then_some(start)
}

/// Lays `format` over `resource`; returns each placeholder with the place where its value starts, if it fits.
///
/// A placeholder takes as little as it can, the last one all the rest.
pub(crate) fn placeholders<'a>(resource: &str, format: &'a str) -> Option<Vec<(&'a str, usize)>> {
    let mut found = Vec::new();
    let mut tell = |name, at| found.push((name, at));
    lay(resource, each_piece(format), &mut tell).then_some(found)
}

/// Tells each placeholder with the place where its value starts; says whether the format fits.
fn lay<'a>(
    resource: &str,
    pieces: impl Iterator<Item = Piece<'a>>,
    tell: &mut dyn FnMut(&'a str, usize),
) -> bool {
    let mut pieces = pieces.peekable();
    let mut rest = resource;
    while let Some(piece) = pieces.next() {
        let after = match piece {
            Piece::Text(text) => rest.strip_prefix(text),
            Piece::Hole(name) => {
                tell(name, resource.len() - rest.len());
                match pieces.peek() {
                    Some(Piece::Text(next)) => {
                        find_text(rest, next).and_then(|end| rest.get(end..))
                    }
                    Some(Piece::Hole(_)) => Some(rest),
                    None => Some(""),
                }
            }
        };
        let Some(after) = after else {
            return false;
        };
        rest = after;
    }
    rest.is_empty()
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
