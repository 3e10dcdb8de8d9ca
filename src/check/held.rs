//! What a subject holds: its own policies, those attached to it, and those of which nobody knows what they say.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::place_in;
use crate::catalog::managed_policy;
use crate::finding::Place;
use crate::policy::{Document, PolicyKind};
use crate::template::{Content, Policy, Subject};

/// A subject with the documents of its policies.
pub(super) struct Held<'a> {
    pub(super) subject: &'a Subject,
    pub(super) policies: Vec<HeldPolicy<'a>>,
    /// Managed policies whose documents are neither in the file nor AWS's, by their names.
    pub(super) unknown: BTreeMap<String, Place>,
}

/// One policy.
pub(super) struct HeldPolicy<'a> {
    pub(super) policy: &'a Policy,
    pub(super) document: Cow<'a, Document>,
    /// The name of the AWS managed policy that it is.
    pub(super) managed: Option<String>,
}

impl<'a> Held<'a> {
    pub(super) fn of(subject: &'a Subject) -> Self {
        let mut held = Self {
            subject,
            policies: Vec::new(),
            unknown: BTreeMap::new(),
        };
        for policy in &subject.policies {
            match &policy.content {
                Content::Document(document, _) => held.policies.push(HeldPolicy {
                    policy,
                    document: Cow::Borrowed(document),
                    managed: None,
                }),
                Content::Managed(name) => {
                    if let Some((name, document)) = published(name) {
                        held.policies.push(HeldPolicy {
                            policy,
                            document: Cow::Owned(document),
                            managed: Some(name),
                        });
                    } else {
                        let place = place_in(&policy.place, subject);
                        held.unknown.insert(name.clone(), place);
                    }
                }
            }
        }
        held
    }

    pub(super) fn documents(&self) -> Vec<&Document> {
        let policies = self.policies.iter();
        policies.map(|policy| policy.document.as_ref()).collect()
    }

    /// Lists the policies that stand in the subject's own code.
    pub(super) fn own(&self) -> impl Iterator<Item = &HeldPolicy<'a>> {
        let policies = self.policies.iter();
        policies.filter(|one| one.managed.is_none() && one.policy.origin == self.subject.id)
    }

    /// Where an element of a policy stands.
    pub(super) fn place_of(&self, policy: &HeldPolicy<'_>, path: &str) -> Place {
        let at = match policy.managed {
            Some(_) => &policy.policy.place,
            None => policy.policy.place_of(path),
        };
        place_in(at, self.subject)
    }

    /// Where the subject begins.
    pub(super) fn place(&self) -> Place {
        place_in(&self.subject.place, self.subject)
    }
}

/// The document of a policy that AWS keeps.
pub(super) fn published(name: &str) -> Option<(String, Document)> {
    let policy = managed_policy(name)?;
    let document = Document::parse(&policy.document, PolicyKind::Identity).ok()?;
    Some((policy.name, document))
}
