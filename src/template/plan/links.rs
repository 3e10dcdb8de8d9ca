//! Which policies and attachments of a plan belong to which role, user or group.

use std::collections::BTreeMap;

use super::references::targets;
use super::tree::{Plan, Resource, Seen, State};
use crate::template::SubjectKind;
use crate::template::terraform::{kind, words};

/// What belongs to a holder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    /// The policy or attachment, by its number in the plan.
    pub(super) resource: usize,
    /// Says whether it surely belongs to it; if not, it is one of several that it may belong to.
    pub(super) is_sure: bool,
}

/// All that belongs to a holder.
#[derive(Debug, Default)]
pub(super) struct Links {
    by_holder: BTreeMap<usize, Vec<Link>>,
    /// What may belong to a holder.
    possible: BTreeMap<usize, Vec<usize>>,
    /// What may belong to any holder of a kind.
    open: BTreeMap<SubjectKind, Vec<usize>>,
}

/// What a resource is to a kind of holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tie {
    /// A policy of its own.
    Policy,
    /// The attachment of a managed policy.
    Attachment,
}

/// The kinds of holders.
const HOLDERS: [SubjectKind; 3] = [SubjectKind::Role, SubjectKind::User, SubjectKind::Group];

/// Tells by its type what a resource is to a kind of holder, and the attribute that names the holder.
pub(super) fn tie(resource_kind: &str, holder: SubjectKind) -> Option<(Tie, &'static str)> {
    let words = words(holder);
    if resource_kind == "aws_iam_policy_attachment" {
        return Some((Tie::Attachment, words.keys));
    }
    match resource_kind.strip_prefix(words.kind) {
        Some("_policy") => Some((Tie::Policy, words.key)),
        Some("_policy_attachment") => Some((Tie::Attachment, words.key)),
        _ => None,
    }
}

impl Links {
    /// Looks through a plan.
    pub(super) fn new(plan: &Plan<'_>) -> Self {
        let mut names: BTreeMap<(SubjectKind, &str), Vec<usize>> = BTreeMap::new();
        for (at, resource) in plan.resources.iter().enumerate() {
            if let (Some(kind), Some(name)) =
                (kind(resource.kind), resource.seen().key("name").compared())
            {
                names.entry((kind, name)).or_default().push(at);
            }
        }
        let mut links = Self::default();
        for (at, resource) in plan.resources.iter().enumerate() {
            for holder in HOLDERS {
                let Some((_, key)) = tie(resource.kind, holder) else {
                    continue;
                };
                for named in resource.seen().key(key).items() {
                    let by_name = named.compared().map(|name| {
                        let found = names.get(&(holder, name));
                        found.map(Vec::as_slice).unwrap_or_default()
                    });
                    links.add(plan, (at, resource), (holder, key), (named, by_name));
                }
            }
        }
        links
    }

    fn add(
        &mut self,
        plan: &Plan<'_>,
        (at, resource): (usize, &Resource<'_>),
        (holder, key): (SubjectKind, &str),
        (named, by_name): (Seen<'_>, Option<&[usize]>),
    ) {
        let referred = || targets(plan, resource, key, words(holder).kind);
        match by_name {
            Some([]) => {}
            Some([only]) => self.link(*only, at, true),
            // Roles of several accounts may have one name.
            Some(several) => match referred().only().filter(|only| several.contains(only)) {
                Some(only) => self.link(only, at, true),
                None => {
                    for one in several {
                        self.link(*one, at, false);
                    }
                }
            },
            None if matches!(named.state(), State::Absent) => {}
            None => {
                let targets = referred();
                for one in &targets.found {
                    self.link(*one, at, targets.found.len() == 1);
                }
                for one in &targets.possible {
                    self.possible.entry(*one).or_default().push(at);
                }
                if targets.is_open || targets.found.is_empty() {
                    let open = self.open.entry(holder).or_default();
                    if open.last() != Some(&at) {
                        open.push(at);
                    }
                }
            }
        }
    }

    fn link(&mut self, holder: usize, resource: usize, is_sure: bool) {
        let links = self.by_holder.entry(holder).or_default();
        match links.iter_mut().find(|link| link.resource == resource) {
            Some(link) => link.is_sure |= is_sure,
            None => links.push(Link { resource, is_sure }),
        }
    }

    /// Lists what belongs to a holder, in the order of the plan.
    pub(super) fn of(&self, holder: usize) -> &[Link] {
        self.by_holder
            .get(&holder)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// Lists what may belong to a holder, or to any of its kind.
    pub(super) fn open(&self, holder: usize, kind: SubjectKind) -> impl Iterator<Item = usize> {
        let possible = self.possible.get(&holder);
        let open = self.open.get(&kind);
        possible.into_iter().chain(open).flatten().copied()
    }
}
