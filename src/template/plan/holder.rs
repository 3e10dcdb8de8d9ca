//! What a role, user or group of a plan has: what it says itself, its policy resources, and attachments.
//!
//! `inline_policy` and `managed_policy_arns` of a role are filled in by the provider where the code does not set them. Then they show
//! what the role had before, whoever gave it: what resources of the plan hold is taken from these, and what is left came from elsewhere.

use std::collections::BTreeSet;

use super::links::{Link, Links, Tie, tie};
use super::references::targets;
use super::tree::{Plan, Resource, Seen, State};
use super::{document, missing, note, policy};
use crate::template::node::Node;
use crate::template::terraform::{Found, by_name, words};
use crate::template::{Kind, SubjectKind, TemplateError};

struct Holder<'p, 'n> {
    plan: &'p Plan<'n>,
    kind: SubjectKind,
    resource: &'p Resource<'n>,
    links: &'p [Link],
}

/// Names of inline policies or ARNs of managed ones.
#[derive(Default)]
struct Others<'n> {
    /// Those that resources of the plan give.
    given: BTreeSet<&'n str>,
    /// Those that resources gave before.
    gone: BTreeSet<&'n str>,
}

/// Reads all that a holder has.
pub(super) fn read(
    plan: &Plan<'_>,
    links: &Links,
    (at, kind): (usize, SubjectKind),
    found: &mut Found,
) -> Result<(), TemplateError> {
    let Some(resource) = plan.resources.get(at) else {
        return Ok(());
    };
    let holder = Holder {
        plan,
        kind,
        resource,
        links: links.of(at),
    };
    holder.inline(found)?;
    holder.managed_arns(found)?;
    for link in holder.links {
        holder.linked(*link, found)?;
    }
    for open in links.open(at, kind) {
        let is_linked = holder.links.iter().any(|link| link.resource == open);
        if let Some(open) = plan.resources.get(open) {
            let what = if is_linked {
                format!(
                    "`{}` may be attached to another than this, which is known only after the plan is applied",
                    open.address
                )
            } else {
                format!(
                    "whether `{}` is attached is known only after the plan is applied",
                    open.address
                )
            };
            note(open.node, Kind::Missing, what, found);
        }
    }
    Ok(())
}

impl<'n> Holder<'_, 'n> {
    /// The role's own `inline_policy`.
    fn inline(&self, found: &mut Found) -> Result<(), TemplateError> {
        let key = "inline_policy";
        let all = self.resource.seen().key(key);
        let address = self.resource.address;
        let others = self.others(Tie::Policy, "name");
        for seen in self.own(all, key) {
            if let State::Later = seen.state() {
                missing(
                    seen,
                    &format!("an inline policy of `{address}`"),
                    State::Later,
                    found,
                );
                continue;
            }
            let name = seen.key("name").text();
            if name.is_some_and(|name| others.given.contains(name)) {
                continue;
            }
            let content = seen.key("policy");
            if let (State::Absent, None) = (content.state(), name) {
                // An empty block says that there shall be no inline policy.
                continue;
            }
            if let Some(name) = name.filter(|name| others.gone.contains(name)) {
                let what = format!(
                    "the inline policy `{name}` of `{address}` goes, unless the role has it in its own block"
                );
                note(seen.node(), Kind::Either, what, found);
            }
            let of = format!("an inline policy of `{address}`");
            document(content, (name.unwrap_or(address), address, &of), found)?;
        }
        Ok(())
    }

    /// The role's own `managed_policy_arns`.
    fn managed_arns(&self, found: &mut Found) -> Result<(), TemplateError> {
        let key = "managed_policy_arns";
        let others = self.others(Tie::Attachment, "policy_arn");
        let is_set = self.resource.expression(key).is_some();
        let mut is_open = false;
        for seen in self.own(self.resource.seen().key(key), key) {
            let arn = seen.compared();
            if arn.is_some_and(|arn| others.given.contains(arn))
                || !is_set && arn.is_some_and(|arn| others.gone.contains(arn))
            {
                continue;
            }
            if let State::Later = seen.state() {
                // What the list refers to is looked up once.
                if std::mem::replace(&mut is_open, true) {
                    continue;
                }
            }
            managed(self.plan, (self.resource, key), seen, found)?;
        }
        Ok(())
    }

    /// The elements of a list of the role; none if it is only filled in after the plan is applied.
    fn own(&self, all: Seen<'n>, key: &str) -> Vec<Seen<'n>> {
        let is_filled_in = self.resource.is_made()
            && self.resource.configuration.is_some()
            && self.resource.expression(key).is_none();
        match all.state() {
            State::Later if is_filled_in => Vec::new(),
            _ => all.items(),
        }
    }

    /// What resources of a tie give the holder, and gave it before.
    fn others(&self, wanted: Tie, key: &str) -> Others<'n> {
        let is_wanted = |kind: &str| tie(kind, self.kind).filter(|(tie, _)| *tie == wanted);
        let mut others = Others::default();
        for link in self.links {
            if let Some(resource) = self.plan.resources.get(link.resource)
                && is_wanted(resource.kind).is_some()
            {
                others.given.extend(resource.seen().key(key).compared());
            }
        }
        let own = self.resource.seen().key("name").compared();
        for (kind, before) in &self.plan.before {
            let Some((_, holder)) = is_wanted(kind) else {
                continue;
            };
            let named = before.get(holder).map(Node::items).unwrap_or_default();
            if own.is_some() && named.iter().any(|one| one.as_str() == own) {
                others.gone.extend(before.get(key).and_then(Node::as_str));
            }
        }
        others
    }

    /// A policy or attachment that names the holder.
    fn linked(&self, link: Link, found: &mut Found) -> Result<(), TemplateError> {
        let Some(other) = self.plan.resources.get(link.resource) else {
            return Ok(());
        };
        if !link.is_sure {
            let what = format!(
                "`{}` is attached to one of several {}s, and which is known only after the plan is applied",
                other.address,
                words(self.kind).key
            );
            note(other.node, Kind::Either, what, found);
        }
        match tie(other.kind, self.kind) {
            Some((Tie::Policy, _)) => policy(other, found),
            Some((Tie::Attachment, _)) => {
                let key = "policy_arn";
                managed(self.plan, (other, key), other.seen().key(key), found)
            }
            None => Ok(()),
        }
    }
}

/// One managed policy: of the plan, or by its ARN.
fn managed(
    plan: &Plan<'_>,
    (origin, key): (&Resource<'_>, &str),
    seen: Seen<'_>,
    found: &mut Found,
) -> Result<(), TemplateError> {
    let of = format!("the managed policy of `{}`", origin.address);
    match seen.state() {
        State::Known(arn) => {
            if let Some(own) = arn.as_str().and_then(|arn| plan.policies.get(arn)) {
                return policy(own, found);
            }
            by_name(arn, origin.address, found);
            Ok(())
        }
        State::Later => {
            let targets = targets(plan, origin, key, "aws_iam_policy");
            if targets.found.len() > 1 {
                let what = format!(
                    "{of} is one of several, and which is known only after the plan is applied"
                );
                note(seen.node(), Kind::Either, what, found);
            }
            if targets.found.is_empty() || targets.may_be_another() {
                missing(seen, &of, State::Later, found);
            }
            for own in &targets.found {
                if let Some(own) = plan.resources.get(*own) {
                    policy(own, found)?;
                }
            }
            Ok(())
        }
        unknown => {
            missing(seen, &of, unknown, found);
            Ok(())
        }
    }
}
