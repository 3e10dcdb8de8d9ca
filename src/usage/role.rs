//! The usage of one role or user: distinct accesses, denied calls, what could not be mapped, and its sessions.

mod proof;
mod signs;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::bounds::{self, Bounded, Bounds, Cuts};
use super::calls::Calls;
use super::circumstances::{self, Circle, Circumstances};
use super::denial;
use super::evidence::{Evidence, keep_smallest};
use super::facts::Facts;
use super::meaning::{Alike, Needed};
use super::origin::Spans;
use super::runtime::{self, RuntimeSighting};
use super::shared_ids::SharedIds;
use super::small_map::SmallMap;
use crate::catalog::{Catalog, PlatformVerdict};
use crate::mapping::{Access, Status};
use crate::name::Name;
use crate::trail::{EventKind, Outcome, RoleName};

/// How many session names are kept.
const SESSIONS: usize = 1000;

/// An API operation as CloudTrail names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OperationName {
    /// `eventSource`.
    pub source: Name,
    /// `eventName`.
    pub name: Name,
}

/// An access together with the operation that needed it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Use {
    /// The permission.
    pub access: Access,
    /// The call.
    pub operation: Arc<OperationName>,
}

/// A call that authorization refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeniedCall {
    /// The call.
    pub operation: Arc<OperationName>,
    /// `errorCode`.
    pub code: Name,
    /// `errorMessage`: AWS's word on what was missing.
    pub message: String,
    /// What the call maps to.
    pub accesses: Vec<Access>,
}

/// All that one role, or one IAM user, did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleUsage {
    /// The role or user.
    pub role: RoleName,
    /// The session, where the role's sessions are folded apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Events by the role.
    pub events: u64,
    /// Events by the role that the user left out.
    #[serde(skip)]
    pub excluded: u64,
    /// What it was allowed to do.
    #[serde(default, skip_serializing_if = "SmallMap::is_empty")]
    pub uses: SmallMap<Use, Evidence>,
    /// Under which circumstances it did that.
    #[serde(default, skip_serializing_if = "SmallMap::is_empty")]
    pub circles: SmallMap<Circle, Circumstances>,
    /// What it was denied. Never widens a policy.
    #[serde(default, skip_serializing_if = "SmallMap::is_empty")]
    pub denied: SmallMap<DeniedCall, Evidence>,
    /// Calls that map to no action, with the reason.
    #[serde(default, skip_serializing_if = "SmallMap::is_empty")]
    pub unmapped: SmallMap<(Arc<OperationName>, String), Evidence>,
    /// Calls that need no permission, with the reason.
    #[serde(default, skip_serializing_if = "SmallMap::is_empty")]
    pub no_permission: SmallMap<(Arc<OperationName>, String), Evidence>,
    /// Entries that are no API calls.
    #[serde(default, skip_serializing_if = "SmallMap::is_empty")]
    pub not_calls: SmallMap<Arc<OperationName>, Evidence>,
    /// What a call needed that its record hides.
    #[serde(default, skip_serializing_if = "SmallMap::is_empty")]
    pub notes: SmallMap<(Arc<OperationName>, String), Evidence>,
    /// Names of sessions, the first by name up to a limit.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub sessions: BTreeSet<String>,
    /// Signs of what runs under the role.
    #[serde(default, skip_serializing_if = "SmallMap::is_empty")]
    pub runtimes: SmallMap<RuntimeSighting, Evidence>,
    /// What AWS tells of the role beside its events; empty unless it was asked.
    #[serde(skip)]
    pub facts: Facts,
    /// Calls that a platform made or forwarded under the role, by the name of the rule that says what follows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub platform: BTreeMap<String, Evidence>,
    /// What only calls asked for that were turned away before permissions were looked at, and that the current policies do not
    /// grant.
    #[serde(skip)]
    pub untested: SmallMap<Use, Evidence>,
    /// The networks that its calls came from.
    #[serde(default)]
    pub networks: Spans,
    /// The kinds of clients that made its calls.
    #[serde(default)]
    pub agents: Spans,
    /// The regions of its calls.
    #[serde(default)]
    pub regions: Spans,
    /// Under which parents names are cut, since there are too many to keep.
    #[serde(default, skip_serializing_if = "Cuts::is_empty")]
    pub cuts: Cuts,
    /// What was bounded last, and weighed.
    #[serde(skip)]
    bounded: Bounded,
    /// Which denied calls were bounded last.
    #[serde(skip)]
    bounded_denied: Bounded,
    /// Shared ids of calls that the role's own account recorded.
    #[serde(default, skip_serializing_if = "SharedIds::is_empty")]
    shared_ids: SharedIds,
    /// Calls that another account's trail recorded, until it is known whether the role's own account did too.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    foreign_copies: BTreeMap<String, ForeignCopy>,
}

/// A call as another account's trail recorded it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ForeignCopy {
    recipient: Option<String>,
    /// What it comes to, and no more: records hold what must not be kept.
    usage: Box<RoleUsage>,
}

impl RoleUsage {
    pub(super) fn new(role: RoleName, part: Option<String>) -> Self {
        Self {
            role,
            part,
            events: 0,
            excluded: 0,
            uses: SmallMap::default(),
            circles: SmallMap::default(),
            denied: SmallMap::default(),
            unmapped: SmallMap::default(),
            no_permission: SmallMap::default(),
            not_calls: SmallMap::default(),
            notes: SmallMap::default(),
            sessions: BTreeSet::new(),
            runtimes: SmallMap::default(),
            facts: Facts::default(),
            platform: BTreeMap::new(),
            untested: SmallMap::default(),
            networks: Spans::default(),
            agents: Spans::default(),
            regions: Spans::default(),
            cuts: Cuts::default(),
            bounded: Bounded::default(),
            bounded_denied: Bounded::default(),
            shared_ids: SharedIds::default(),
            foreign_copies: BTreeMap::new(),
        }
    }

    /// Folds calls of the role in that are alike. A call that was delivered to two accounts (one `sharedEventID`) counts once:
    /// the copy of the role's own account if there is one.
    pub(super) fn note(&mut self, alike: &Alike<'_>, is_counted_only: bool, catalog: &Catalog) {
        let event = alike.event;
        if let Some(id) = &event.shared_id {
            if event
                .recipient_account
                .as_ref()
                .is_some_and(|recipient| *recipient != self.role.account)
            {
                let mut usage = Self::new(self.role.clone(), self.part.clone());
                let mut calls = Calls::of(event, 1);
                if is_counted_only {
                    calls.forget_details();
                }
                let alike = Alike {
                    calls: &calls,
                    ..*alike
                };
                usage.note_once(&alike, is_counted_only, catalog);
                let copy = ForeignCopy {
                    recipient: event.recipient_account.clone(),
                    usage: Box::new(usage),
                };
                self.keep_foreign(id.clone(), copy);
                return;
            }
            self.shared_ids.insert(id);
        }
        self.note_once(alike, is_counted_only, catalog);
    }

    fn keep_foreign(&mut self, id: String, copy: ForeignCopy) {
        let is_first = |kept: &ForeignCopy| kept.recipient <= copy.recipient;
        if !self.foreign_copies.get(&id).is_some_and(is_first) {
            self.foreign_copies.insert(id, copy);
        }
    }

    /// Folds in the foreign copies of calls that the role's own account did not record. Call it once, after all merging.
    pub(super) fn finish(&mut self) {
        self.shared_ids.order();
        for (id, copy) in std::mem::take(&mut self.foreign_copies) {
            if !self.shared_ids.contains(&id) {
                self.join(*copy.usage);
            }
        }
        self.bound(Bounds::of(false));
    }

    /// Cuts names where there are too many under one parent, and packs what has come since.
    pub(super) fn bound(&mut self, bounds: Bounds) {
        if !self.bounded.holds(self.uses.len(), bounds) {
            self.cuts.apply(&mut self.uses, bounds);
            self.uses.pack();
            self.bounded = Bounded::at(self.uses.len(), bounds);
        }
        if !self.bounded_denied.holds(self.denied.len(), bounds) {
            bounds::bound_denied(&mut self.denied, bounds.names);
            self.denied.pack();
            self.bounded_denied = Bounded::at(self.denied.len(), bounds);
        }
    }

    /// Says whether only few names are kept, where there are many accesses of so many roles.
    pub(super) fn is_crowding(&self, roles: usize) -> bool {
        roles > bounds::MOST_ROLES || self.weight() > bounds::MOST_USES_OF_ROLE
    }

    /// How many accesses are kept, or would be if names were not cut.
    pub(super) fn weight(&self) -> usize {
        let known = self.bounded.weight(self.uses.len());
        known.unwrap_or_else(|| self.cuts.weight(&self.uses))
    }

    /// Remembers how many these are.
    pub(super) fn weigh(&mut self) -> usize {
        self.bounded.weighs(self.uses.len(), self.weight());
        self.weight()
    }

    fn note_once(&mut self, alike: &Alike<'_>, is_counted_only: bool, catalog: &Catalog) {
        let Alike {
            event,
            meaning,
            calls,
            ..
        } = *alike;
        let evidence = &calls.evidence;
        self.events += evidence.count;
        if let Some(session) = alike.session.filter(|_| !is_counted_only) {
            self.note_session(&session.name);
        }
        self.networks.merge(calls.networks.clone());
        self.agents.merge(calls.agents.clone());
        self.regions.add(&event.region, calls.span());
        let is_denied = matches!(event.outcome, Outcome::Denied { .. });
        let sightings = match alike.session {
            Some(session) if !is_denied && meaning.is_by_session && alike.is_session_told => {
                runtime::sightings(event, session, alike.signs, catalog)
            }
            _ => Vec::new(),
        };
        for sighting in sightings {
            self.runtimes.update(sighting, |known| known.add(evidence));
        }
        let operation = || Arc::clone(&meaning.operation);
        if event.kind != EventKind::ApiCall {
            self.not_calls
                .update(operation(), |known| known.add(evidence));
            return;
        }
        if !is_denied && let Some(rule) = meaning.rule {
            self.platform
                .entry(rule.rule.clone())
                .or_default()
                .add(evidence);
            if rule.verdict == PlatformVerdict::NotNeeded {
                let key = (operation(), rule.why.clone());
                self.no_permission.update(key, |known| known.add(evidence));
                return;
            }
        }
        self.note_mapped(alike, is_counted_only);
    }

    /// Keeps shared ids of calls that the role's own account recorded.
    pub(super) fn note_shared(&mut self, ids: SharedIds) {
        self.shared_ids.merge(ids);
    }

    /// Keeps the name of a session; calls of many sessions taken together have none.
    pub(super) fn note_session(&mut self, name: &str) {
        if !name.is_empty() && !self.sessions.contains(name) {
            keep_smallest(&mut self.sessions, name.to_owned(), SESSIONS);
        }
    }

    fn note_mapped(&mut self, alike: &Alike<'_>, is_counted_only: bool) {
        let evidence = &alike.calls.evidence;
        let operation = || Arc::clone(&alike.meaning.operation);
        if let Outcome::Denied { code, message } = &alike.event.outcome {
            self.note_denied(alike, (code, alike.message.unwrap_or(message)));
            return;
        }
        for note in &alike.meaning.notes {
            let key = (operation(), note.clone());
            self.notes.update(key, |known| known.add(evidence));
        }
        match &alike.meaning.status {
            Status::Mapped => {
                if !is_counted_only {
                    self.note_circumstances(alike);
                }
                self.note_used(alike);
            }
            Status::NoPermissionNeeded(reason) => {
                let key = (operation(), reason.clone());
                self.no_permission.update(key, |known| known.add(evidence));
            }
            Status::NotAnApiCall => self
                .not_calls
                .update(operation(), |known| known.add(evidence)),
            Status::Unmapped(reason) => {
                let key = (operation(), reason.clone());
                self.unmapped.update(key, |known| known.add(evidence));
            }
        }
    }

    fn note_circumstances(&mut self, alike: &Alike<'_>) {
        // Where calls were made does not depend on the open-ended name.
        let first = alike.named.first().into_iter().flat_map(|it| &it.needs);
        for Needed { access, owner } in alike.needs.iter().chain(first) {
            let of_access = (access, owner.as_deref());
            circumstances::note(&mut self.circles, alike.event, alike.calls, of_access);
        }
    }

    fn note_used(&mut self, alike: &Alike<'_>) {
        let of_all = alike.needs.iter().map(|it| (it, &alike.calls.evidence));
        let of_names = alike.named.iter().flat_map(|named| {
            let needs = named.needs.iter();
            needs.map(|it| (it, &named.evidence))
        });
        for (needed, evidence) in of_all.chain(of_names) {
            let used = Use {
                access: needed.access.clone(),
                operation: Arc::clone(&alike.meaning.operation),
            };
            self.uses.update(used, |known| known.add(evidence));
        }
        for parent in alike.cut {
            self.cuts.begin(parent);
            self.bounded = Bounded::default();
        }
    }

    fn note_denied(&mut self, alike: &Alike<'_>, (code, message): (&str, &str)) {
        let mut add = |named: &[Needed], evidence: &Evidence| {
            let needs = alike.needs.iter().chain(named);
            let mut accesses: Vec<Access> = needs.map(|it| it.access.clone()).collect();
            accesses.sort();
            accesses.dedup();
            let call = DeniedCall {
                operation: Arc::clone(&alike.meaning.operation),
                code: code.into(),
                message: denial::of_any_call(message).concat(),
                accesses,
            };
            self.denied.update(call, |known| known.add(evidence));
        };
        if alike.named.is_empty() {
            add(&[], &alike.calls.evidence);
        }
        for named in alike.named {
            add(&named.needs, &named.evidence);
        }
    }

    /// Joins the usage of the same role from other events.
    pub fn merge(&mut self, other: Self) {
        self.join(other);
        self.bound(Bounds::of(false));
    }

    /// The same, and whoever calls it bounds what is kept.
    fn join(&mut self, other: Self) {
        self.events += other.events;
        merge_evidence(&mut self.uses, other.uses);
        self.cuts.join(other.cuts);
        merge_evidence(&mut self.denied, other.denied);
        (self.bounded, self.bounded_denied) = Default::default();
        for (circle, circumstances) in other.circles {
            self.circles
                .update(circle, |known| known.merge(&circumstances));
        }
        merge_evidence(&mut self.unmapped, other.unmapped);
        merge_evidence(&mut self.no_permission, other.no_permission);
        merge_evidence(&mut self.not_calls, other.not_calls);
        self.excluded += other.excluded;
        merge_evidence(&mut self.runtimes, other.runtimes);
        for (rule, evidence) in other.platform {
            self.platform.entry(rule).or_default().merge(evidence);
        }
        merge_evidence(&mut self.untested, other.untested);
        self.networks.merge(other.networks);
        self.agents.merge(other.agents);
        self.regions.merge(other.regions);
        merge_evidence(&mut self.notes, other.notes);
        for session in other.sessions {
            keep_smallest(&mut self.sessions, session, SESSIONS);
        }
        self.shared_ids.merge(other.shared_ids);
        for (id, copy) in other.foreign_copies {
            self.keep_foreign(id, copy);
        }
    }
}

fn merge_evidence<K: Ord>(mine: &mut SmallMap<K, Evidence>, other: SmallMap<K, Evidence>) {
    for (key, evidence) in other {
        mine.update(key, |known| known.merge(evidence));
    }
}
