//! Takes ARNs apart into what names the resource and what is open-ended below it, and generalizes the latter.

use std::collections::{BTreeMap, BTreeSet};

use super::generalize::{self, Generalized};
use super::{Conditions, Generalization, Grant, Level, Levels, Purpose};
use crate::arn::Arn;
use crate::catalog::format::{PLACE_HOLES, Piece, pieces};
use crate::catalog::open_parts::{open_start, placeholders};
use crate::catalog::{Catalog, OpenKind};
use crate::pattern::Pattern;

/// How many distinct names make "many" of a part that comes and goes.
const MANY: usize = 5;

/// Generalizes the resources of the grants, action by action.
pub(super) fn generalize(
    observed: &[Grant],
    levels: &Levels,
    catalog: &Catalog,
) -> (Vec<Grant>, Vec<Generalization>) {
    let hints: Vec<(&str, Pattern)> = levels
        .name_patterns
        .iter()
        .map(|text| (text.as_str(), Pattern::parse(text)))
        .collect();
    let mut kept = Vec::new();
    let mut families: BTreeMap<Family<'_>, BTreeSet<&str>> = BTreeMap::new();
    for grant in observed {
        let found =
            hinted(grant, &hints).or_else(|| family(grant, levels.of(&grant.action), catalog));
        match found {
            Some((family, name)) => {
                families.entry(family).or_default().insert(name);
            }
            None => kept.push(grant.clone()),
        }
    }
    let mut generalizations = BTreeSet::new();
    for (family, names) in families {
        for chosen in family.choose(&names) {
            let resource = format!("{}{}", family.parent, chosen.pattern);
            if chosen.is_wider {
                generalizations.insert(Generalization {
                    pattern: resource.clone(),
                    seen: chosen.names,
                    admits: family.admits(&chosen.pattern),
                    reason: family.reason.clone(),
                });
            }
            kept.push(Grant {
                purpose: Purpose::Observed,
                action: family.action.to_owned(),
                resource,
                conditions: family.conditions.clone(),
            });
        }
    }
    (kept, generalizations.into_iter().collect())
}

/// The family of a resource that a pattern of the user's covers.
fn hinted<'a>(grant: &'a Grant, hints: &[(&str, Pattern)]) -> Option<(Family<'a>, &'a str)> {
    let resource = Pattern::parse(&grant.resource);
    let (text, _) = hints
        .iter()
        .find(|(_, hint)| !resource.is_any() && hint.covers(&resource))?;
    let family = Family {
        action: &grant.action,
        conditions: &grant.conditions,
        parent: String::new(),
        choice: Choice::Star((*text).to_owned()),
        part: "resource".to_owned(),
        reason: "asked for with `--name-pattern`".to_owned(),
    };
    Some((family, &grant.resource))
}

/// Resources that one action uses and that differ only in their open-ended part.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Family<'a> {
    action: &'a str,
    conditions: &'a Conditions,
    parent: String,
    choice: Choice,
    part: String,
    reason: String,
}

/// How the open parts of a family become patterns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Choice {
    /// At the deepest stable prefix.
    Path,
    /// Always this pattern.
    Star(String),
    /// `*` once there are many.
    Many,
}

impl Family<'_> {
    /// What a pattern holds beyond what was seen, in words.
    fn admits(&self, pattern: &str) -> String {
        match pattern.strip_suffix('*') {
            Some("") => format!("any {}", self.part),
            Some(prefix) if !prefix.contains('*') => {
                format!("any {} that begins with `{prefix}`", self.part)
            }
            None if pattern.ends_with("-??????") => {
                format!(
                    "any {} of this name, made anew with other random characters",
                    self.part
                )
            }
            _ => "whatever the pattern matches".to_owned(),
        }
    }

    fn choose(&self, names: &BTreeSet<&str>) -> Vec<Generalized> {
        let wide = |pattern: &str| {
            vec![Generalized {
                pattern: pattern.to_owned(),
                names: names.len(),
                is_wider: true,
            }]
        };
        match &self.choice {
            Choice::Path => generalize::generalize(names),
            Choice::Star(pattern) => wide(pattern),
            Choice::Many if names.len() > MANY => wide("*"),
            Choice::Many => {
                let exact = |name: &&str| Generalized {
                    pattern: (*name).to_owned(),
                    names: 1,
                    is_wider: false,
                };
                names.iter().map(exact).collect()
            }
        }
    }
}

fn family<'a>(grant: &'a Grant, level: Level, catalog: &Catalog) -> Option<(Family<'a>, &'a str)> {
    if level == Level::Exact {
        return None;
    }
    let service = Arn::parse(&grant.resource)?.service;
    let (resource_type, format) = catalog.type_of(&grant.action, &grant.resource)?;
    let make = |parent: &str, choice, part: &str, reason: &str| Family {
        action: &grant.action,
        conditions: &grant.conditions,
        parent: parent.to_owned(),
        choice,
        part: part.to_owned(),
        reason: reason.to_owned(),
    };
    if level == Level::Type {
        let (end, pattern) = type_pattern(&grant.resource, &format)?;
        let (parent, name) = grant.resource.split_at_checked(end)?;
        let reason = "asked for with `--resources type`";
        return Some((
            make(parent, Choice::Star(pattern), &resource_type, reason),
            name,
        ));
    }
    let part = catalog.open_part(service, &resource_type)?;
    let end = open_start(&grant.resource, &format, part)?;
    let (parent, name) = grant.resource.split_at_checked(end)?;
    let (parent, name, choice) = match part.kind {
        OpenKind::Path => (parent, name, Choice::Path),
        OpenKind::Always => (parent, name, Choice::Star("*".to_owned())),
        OpenKind::Many => (parent, name, Choice::Many),
        OpenKind::RandomSuffix => (parent, name, Choice::Star(without_random_suffix(name)?)),
        OpenKind::Qualifier => {
            let colon = end + name.find(':')? + 1;
            let (parent, qualifier) = grant.resource.split_at_checked(colon)?;
            (parent, qualifier, Choice::Star("*".to_owned()))
        }
    };
    Some((make(parent, choice, &part.part, &part.reason), name))
}

/// The pattern of a name that ends in `-` and six random letters and digits, if it does.
fn without_random_suffix(name: &str) -> Option<String> {
    const RANDOM: usize = 6;
    let (stem, suffix) = name.split_at_checked(name.len().checked_sub(RANDOM)?)?;
    let is_random = stem.ends_with('-') && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_random.then(|| format!("{stem}{}", "?".repeat(RANDOM)))
}

/// Where the first placeholder after partition, region and account starts in `resource`, and the pattern of all resources of
/// the format from there on: each placeholder is a `*`.
fn type_pattern(resource: &str, format: &str) -> Option<(usize, String)> {
    let is_named = |name: &str| !PLACE_HOLES.contains(&name);
    let (first, start) = placeholders(resource, format)?
        .into_iter()
        .find(|(name, _)| is_named(name))?;
    let named = pieces(format)
        .into_iter()
        .skip_while(|piece| *piece != Piece::Hole(first));
    let pattern = named.map(|piece| match piece {
        Piece::Text(text) => text,
        Piece::Hole(_) => "*",
    });
    Some((start, pattern.collect()))
}
