//! The steps that are missing, from what is there: towards the suggestion, or back to what was there before.

use std::collections::BTreeSet;

use super::state::{State, Versions};
use super::step::Step;
use super::wanted::{Mode, Wanted, WantedPolicy};
use crate::policy::{Document, Effect, PolicyKind};

/// Why a suggestion is not put on its role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The role's policies are not those that the suggestion saw.
    #[error("the role has changed since the suggestion was made: {0}")]
    Changed(String),
    /// A managed policy of the wanted name serves others, too.
    #[error("`{0}` is there already and serves other identities, too")]
    Shared(String),
}

/// Plans the steps towards the suggestion; none are left once it is on the role. Whatever adds comes first.
pub fn forward(now: &State, wanted: &Wanted) -> Vec<Step> {
    let mut steps = Vec::new();
    for policy in &wanted.policies {
        write(now, policy, &mut steps);
    }
    match wanted.mode {
        Mode::Replace => {
            let missing = wanted.policies.iter();
            let missing = missing.filter(|policy| !now.attached.contains(&policy.arn));
            steps.extend(missing.map(|policy| Step::Attach {
                arn: policy.arn.clone(),
            }));
            replace(now, wanted, &mut steps);
        }
        Mode::Boundary => {
            let missing = wanted.policies.iter();
            let missing = missing.filter(|policy| now.boundary.as_ref() != Some(&policy.arn));
            steps.extend(missing.map(|policy| Step::PutBoundary {
                arn: policy.arn.clone(),
            }));
        }
    }
    steps
}

/// Makes the managed policy, or brings the document in force.
fn write(now: &State, policy: &WantedPolicy, steps: &mut Vec<Step>) {
    let arn = policy.arn.clone();
    let document = policy.text.clone();
    let Some(versions) = now.policies.get(&arn).and_then(Option::as_ref) else {
        steps.push(Step::CreatePolicy { arn, document });
        return;
    };
    if versions.document() == Some(document.as_str()) {
        return;
    }
    if let Some(version) = versions.id_of(&document) {
        let version = version.to_owned();
        steps.push(Step::SetDefaultVersion { arn, version });
        return;
    }
    steps.extend(room(&arn, versions, |_| true));
    steps.push(Step::CreateVersion {
        arn,
        document,
        is_default: true,
    });
}

/// Makes room for one more version, if there is none.
fn room(arn: &str, versions: &Versions, may_go: impl Fn(&str) -> bool) -> Option<Step> {
    if versions.documents.len() < Versions::MOST {
        return None;
    }
    let version = versions.oldest_spare(may_go)?;
    Some(Step::DeleteVersion {
        arn: arn.to_owned(),
        version: version.to_owned(),
    })
}

/// Takes away what the suggestion replaces. What denies stays: a suggestion holds no Deny.
fn replace(now: &State, wanted: &Wanted, steps: &mut Vec<Step>) {
    let replaced = wanted
        .seen
        .iter()
        .flatten()
        .filter(|policy| !denies(&policy.document));
    for policy in replaced {
        match &policy.arn {
            Some(arn) => {
                let is_wanted = wanted.policies.iter().any(|wanted| wanted.arn == *arn);
                if now.attached.contains(arn) && !is_wanted {
                    steps.push(Step::Detach { arn: arn.clone() });
                }
            }
            None if now.inline.contains_key(&policy.name) => steps.push(Step::DeleteInline {
                name: policy.name.clone(),
            }),
            None => {}
        }
    }
}

/// Says whether a document refuses anything.
pub(super) fn denies(document: &Document) -> bool {
    let mut statements = document.statements.iter();
    statements.any(|statement| statement.effect == Effect::Deny)
}

impl Refusal {
    /// Finds why the suggestion must not be put on the role, if there is a reason.
    ///
    /// `before` is what was there before the first step, and `now` is what is there, which is something else where an interrupted change
    /// is gone on with. `documents` holds the attached policies' documents in force, by ARN.
    pub fn find(
        (before, now): (&State, &State),
        wanted: &Wanted,
        documents: &[(String, String)],
    ) -> Option<Self> {
        for policy in &wanted.policies {
            let versions = now.policies.get(&policy.arn).and_then(Option::as_ref);
            let own = i32::from(now.attached.contains(&policy.arn))
                + i32::from(now.boundary.as_ref() == Some(&policy.arn));
            if versions.is_some_and(|versions| versions.uses > own) {
                return Some(Self::Shared(policy.arn.clone()));
            }
        }
        changed(before, wanted, documents).map(Self::Changed)
    }
}

/// Tells what of the role is no longer as the suggestion saw it.
fn changed(before: &State, wanted: &Wanted, documents: &[(String, String)]) -> Option<String> {
    let seen = wanted.seen.as_ref()?;
    let mut unseen: BTreeSet<&str> = before.inline.keys().map(String::as_str).collect();
    unseen.extend(before.attached.iter().map(String::as_str));
    for policy in seen {
        let (key, stored) = match &policy.arn {
            Some(arn) => {
                let stored = documents.iter().find(|(known, _)| known == arn);
                (arn, stored.map(|(_, document)| document))
            }
            None => (&policy.name, before.inline.get(&policy.name)),
        };
        unseen.remove(key.as_str());
        let stored = match stored {
            Some(text) => Document::parse(text, PolicyKind::Identity),
            // An interrupted change has detached it already.
            None if before.attached.contains(key) => continue,
            None => return Some(format!("`{key}` is gone")),
        };
        if stored.as_ref() != Ok(&policy.document) {
            return Some(format!("`{key}` holds another document"));
        }
    }
    let new = unseen.first();
    new.map(|key| format!("`{key}` is new"))
}

/// Plans the steps back to what was there before; none are left once it is there again.
///
/// Only what a change by this program may have done is taken back: whatever others attached meanwhile stays.
pub fn backward(before: &State, now: &State) -> Vec<Step> {
    let mut steps = Vec::new();
    for (arn, versions) in &before.policies {
        if let Some(versions) = versions {
            let now = now.policies.get(arn).and_then(Option::as_ref);
            restore_versions(arn, versions, now, &mut steps);
        }
    }
    let missing = before.attached.difference(&now.attached);
    steps.extend(missing.map(|arn| Step::Attach { arn: arn.clone() }));
    for (name, document) in &before.inline {
        if now.inline.get(name) != Some(document) {
            steps.push(Step::PutInline {
                name: name.clone(),
                document: document.clone(),
            });
        }
    }
    let is_touched = |arn: &String| before.policies.contains_key(arn);
    match (&before.boundary, &now.boundary) {
        (Some(before), Some(now)) if now != before && is_touched(now) => {
            steps.push(Step::PutBoundary {
                arn: before.clone(),
            });
        }
        (None, Some(now)) if is_touched(now) => steps.push(Step::DeleteBoundary),
        _ => {}
    }
    let extra = now.attached.difference(&before.attached);
    let extra = extra.filter(|arn| is_touched(arn));
    steps.extend(extra.map(|arn| Step::Detach { arn: arn.clone() }));
    for (arn, versions) in &before.policies {
        let now = now.policies.get(arn).and_then(Option::as_ref);
        if let (None, Some(now)) = (versions, now) {
            let spare = now.documents.keys().filter(|id| **id != now.default);
            steps.extend(spare.map(|version| Step::DeleteVersion {
                arn: arn.clone(),
                version: version.clone(),
            }));
            steps.push(Step::DeletePolicy { arn: arn.clone() });
        }
    }
    steps
}

/// Brings a managed policy's documents back. Ids cannot be chosen: a version that comes back has a new one.
fn restore_versions(arn: &str, before: &Versions, now: Option<&Versions>, steps: &mut Vec<Step>) {
    let arn = arn.to_owned();
    let Some(default) = before.document() else {
        return;
    };
    let Some(now) = now else {
        let document = default.to_owned();
        steps.push(Step::CreatePolicy { arn, document });
        return;
    };
    let is_extra = |text: &str| !before.has(text);
    if now.document() != Some(default) {
        let version = now.id_of(default).map(str::to_owned);
        if version.is_none() {
            steps.extend(room(&arn, now, is_extra).or_else(|| room(&arn, now, |_| true)));
        }
        steps.push(match version {
            Some(version) => Step::SetDefaultVersion { arn, version },
            None => Step::CreateVersion {
                arn,
                document: default.to_owned(),
                is_default: true,
            },
        });
        // The rest is planned once this is in force.
        return;
    }
    let spare = now.documents.iter().filter(|(id, _)| **id != now.default);
    let extra = spare.filter(|(_, text)| is_extra(text));
    steps.extend(extra.map(|(id, _)| Step::DeleteVersion {
        arn: arn.clone(),
        version: id.clone(),
    }));
    let missing = before.documents.values().filter(|text| !now.has(text));
    let missing: BTreeSet<&String> = missing.collect();
    steps.extend(missing.into_iter().map(|document| Step::CreateVersion {
        arn: arn.clone(),
        document: document.clone(),
        is_default: false,
    }));
}
