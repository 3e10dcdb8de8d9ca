//! What roles did, folded: from a stream of events to distinct accesses with their evidence.
//!
//! Memory grows with distinct accesses, never with events. Folding is free of order: the same events in any order, and
//! shards folded apart and [merged](Usage::merge), give the same usage.

mod bounds;
mod calls;
mod circumstances;
mod counts;
mod coverage;
mod daily;
mod denial;
mod event_id;
mod evidence;
mod exclusion;
mod facts;
mod gathering;
mod kept;
mod meaning;
mod origin;
mod pairs;
mod platform;
mod role;
mod runtime;
mod selectors;
mod shared_ids;
mod small_map;

use std::collections::BTreeMap;

use bounds::Bounds;
pub use bounds::{Cuts, Parent};
use calls::Calls;
pub use circumstances::{Circle, Circumstance, Circumstances, LISTINGS, Values, stem};
pub use counts::Counts;
pub use coverage::{Coverage, DayGap, KindSeen, Question, Showing, container};
pub use daily::{Daily, Overlap, Part, PartKey};
pub use denial::Denial;
pub use evidence::{EventRef, Evidence};
pub use exclusion::Exclusion;
pub use facts::{EventSource, Facts, FunctionFacts, LastAccessed, RoleFacts};
pub use gathering::{Gathering, Learned, matters};
pub use kept::{Days, Kept};
use meaning::{Alike, Meaning};
pub use origin::{Origin, Span, Spans};
pub use role::{DeniedCall, OperationName, RoleUsage, Use};
pub use runtime::RuntimeSighting;
pub use selectors::Selectors;
pub use small_map::SmallMap;

use serde::{Deserialize, Serialize};

use crate::arn::Arn;
use crate::catalog::Catalog;
use crate::pattern::Pattern;
use crate::trail::{Event, RoleName, Tally};

/// Which kind of principal is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrincipalKind {
    /// A role.
    #[default]
    Role,
    /// An IAM user.
    User,
}

impl PrincipalKind {
    /// The word for it, which is also the start of the resource in its ARNs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
        }
    }
}

/// Which role or user is asked for, or which of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleQuery {
    /// Whether a role or a user is meant.
    pub kind: PrincipalKind,
    /// Says whether users are meant besides.
    pub is_everyone: bool,
    /// Its name, without path; absent if all are asked for.
    pub name: Option<String>,
    /// A glob that the names must match, where all are asked for.
    pub name_pattern: Option<Pattern>,
    /// Its account, when an ARN was given.
    pub account: Option<String>,
    /// The whole ARN, when one was given.
    pub arn: Option<String>,
    /// Several, of which each is asked for; then only what is said of calls and sessions here counts beside them.
    pub any_of: Vec<Self>,
    /// Calls that are left out.
    pub exclusions: Vec<Exclusion>,
    /// Says whether each session is folded apart.
    pub is_split_by_session: bool,
    /// Says whether counts will do: of what stands behind an access no examples, sessions, origins or circumstances are kept.
    pub is_counted_only: bool,
}

impl RoleQuery {
    /// Asks for all roles and all users.
    pub fn everyone() -> Self {
        Self {
            is_everyone: true,
            ..Self::default()
        }
    }

    /// Asks for every role, or every user.
    pub fn every(kind: PrincipalKind) -> Self {
        Self {
            kind,
            ..Self::default()
        }
    }

    /// Reads a role's name or ARN; `None` if it is an ARN of something else.
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_kind(text, PrincipalKind::Role)
    }

    /// Reads the name or ARN of a role or of a user; `None` if it is an ARN of something else.
    pub fn parse_kind(text: &str, kind: PrincipalKind) -> Option<Self> {
        let Some(arn) = Arn::parse(text) else {
            return (!text.is_empty() && !text.contains(':')).then(|| Self {
                kind,
                name: Some(text.rsplit('/').next().unwrap_or(text).to_owned()),
                ..Self::default()
            });
        };
        let path_and_name = arn
            .resource
            .strip_prefix(kind.as_str())?
            .strip_prefix('/')?;
        Some(Self {
            kind,
            name: Some(path_and_name.rsplit('/').next()?.to_owned()),
            account: Some(arn.account.to_owned()),
            arn: Some(text.to_owned()),
            ..Self::default()
        })
    }

    /// What to call it in words: as it was asked for.
    pub fn shown(&self) -> &str {
        let asked = self.arn.as_deref().or(self.name.as_deref());
        asked.unwrap_or("all")
    }

    /// The part of the role's usage that a session belongs to; `None` where it is not split.
    fn part<'a>(&self, session: &'a str) -> Option<&'a str> {
        self.is_split_by_session.then_some(session)
    }

    /// Says whether `role` is the one asked for. A record without the role's path matches by account and name.
    pub fn matches(&self, role: &RoleName) -> bool {
        if !self.any_of.is_empty() {
            return self.any_of.iter().any(|one| one.matches(role));
        }
        let is_arn_right = !role.has_path || self.arn.as_ref().is_none_or(|arn| *arn == role.arn);
        let is_name_right = self.name.as_ref().is_none_or(|name| *name == role.name);
        let is_pattern_right = self
            .name_pattern
            .as_ref()
            .is_none_or(|name| name.matches(&role.name));
        is_name_right
            && is_pattern_right
            && (self.is_everyone || role.is_user() == (self.kind == PrincipalKind::User))
            && self
                .account
                .as_ref()
                .is_none_or(|account| *account == role.account)
            && is_arn_right
    }
}

/// The folded trail: what the input covers, which roles were seen, and the usage of those asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// What the input shows at all.
    pub coverage: Coverage,
    /// Events by each role seen, by the role's ARN as recorded.
    pub roles_seen: BTreeMap<String, u64>,
    /// Events by each IAM user seen, by ARN.
    pub users_seen: BTreeMap<String, u64>,
    /// The usage of the roles, or users, asked for, by ARN, and by session where they are split.
    #[serde(skip)]
    pub roles: BTreeMap<String, RoleUsage>,
    /// Says whether so many accesses were seen that only few names are kept under each parent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_crowded: bool,
    /// Signs of units whose role is not told, by account.
    #[serde(with = "pairs", default, skip_serializing_if = "BTreeMap::is_empty")]
    unit_signs: BTreeMap<(String, RuntimeSighting), Evidence>,
}

impl Usage {
    /// The same with those alone that `query` asks for.
    #[must_use]
    pub fn only(&self, query: &RoleQuery) -> Self {
        let mut own = self.clone();
        own.roles.retain(|_, role| query.matches(&role.role));
        own
    }

    /// Folds one event in.
    pub fn fold(&mut self, event: &Event, query: &RoleQuery, catalog: &Catalog) {
        self.fold_often(event, 1, query, catalog);
    }

    /// Folds an event in that was recorded so often.
    pub fn fold_often(&mut self, event: &Event, count: u64, query: &RoleQuery, catalog: &Catalog) {
        let mut calls = Calls::of(event, count);
        if query.exclusions.iter().any(|one| one.holds(event)) {
            self.leave_out(event, &calls, query, catalog);
            return;
        }
        if query.is_counted_only {
            calls.forget_details();
        }
        self.fold_calls(event, &calls, query, catalog);
    }

    /// Folds calls in that have all in common.
    fn fold_calls(&mut self, event: &Event, calls: &Calls, query: &RoleQuery, catalog: &Catalog) {
        let meaning = Meaning::of(event, catalog);
        self.fold_alike(&Alike::of(event, &meaning, calls), query, catalog);
    }

    /// Folds calls in that are alike.
    fn fold_alike(&mut self, alike: &Alike<'_>, query: &RoleQuery, catalog: &Catalog) {
        let Alike {
            event,
            place,
            calls,
            ..
        } = *alike;
        self.coverage.note(event, place, calls, catalog);
        self.fold_covered(alike, query, catalog);
    }

    /// Folds calls in that are alike and whose coverage is noted already, or will be.
    fn fold_covered(&mut self, alike: &Alike<'_>, query: &RoleQuery, catalog: &Catalog) {
        if let Some(role) = self.see(alike, query) {
            role.note(alike, query.is_counted_only, catalog);
        }
    }

    /// Takes calls for what they tell of the trail, and counts them as left out.
    fn leave_out(&mut self, event: &Event, calls: &Calls, query: &RoleQuery, catalog: &Catalog) {
        let meaning = Meaning::of(event, catalog);
        let alike = Alike::of(event, &meaning, calls);
        self.coverage.note(event, alike.place, calls, catalog);
        if let Some(role) = self.see(&alike, query) {
            role.excluded += calls.evidence.count;
        }
    }

    /// Takes what calls tell beside what their caller used; gives the caller's usage if that is asked for.
    fn see(&mut self, alike: &Alike<'_>, query: &RoleQuery) -> Option<&mut RoleUsage> {
        let Alike { calls, session, .. } = *alike;
        self.note_signs(alike, query);
        let principal = alike.principal?;
        let seen = if session.is_some() {
            &mut self.roles_seen
        } else {
            &mut self.users_seen
        };
        match seen.get_mut(&principal.arn) {
            Some(count) => *count += calls.evidence.count,
            None => {
                seen.insert(principal.arn.clone(), calls.evidence.count);
            }
        }
        if !query.matches(principal) {
            return None;
        }
        let name = session.map_or("", |session| session.name.as_str());
        Some(self.role_mut(principal, query.part(name)))
    }

    /// Takes the signs of runtimes that stand in calls of others.
    fn note_signs(&mut self, alike: &Alike<'_>, query: &RoleQuery) {
        let evidence = &alike.calls.evidence;
        if let Some((role, sighting)) = alike.meaning.assumed.as_deref()
            && query.matches(role)
        {
            self.note_sign(role, sighting, evidence, query);
        }
        for configured in &alike.meaning.configured {
            match &configured.role {
                Some(role) if query.matches(role) => {
                    self.note_sign(role, &configured.sighting, evidence, query);
                }
                Some(_) => {}
                None => {
                    let account = alike.event.recipient_account.clone().unwrap_or_default();
                    let key = (account, configured.sighting.clone());
                    self.unit_signs.entry(key).or_default().add(evidence);
                }
            }
        }
    }

    fn note_sign(
        &mut self,
        role: &RoleName,
        sighting: &RuntimeSighting,
        evidence: &Evidence,
        query: &RoleQuery,
    ) {
        let role = self.role_mut(role, query.part(&sighting.unit));
        role.runtimes
            .update(sighting.clone(), |known| known.add(evidence));
    }

    /// Cuts names where there are too many, for memory's sake.
    pub fn bound(&mut self) {
        let weight: usize = self.roles.values_mut().map(RoleUsage::weigh).sum();
        self.is_crowded |= weight > bounds::MOST_USES;
        let roles = self.roles.len();
        for role in self.roles.values_mut() {
            let is_crowding = self.is_crowded && role.is_crowding(roles);
            role.bound(Bounds::of(is_crowding));
        }
    }

    /// The ARNs of the roles of which only few names are kept.
    fn crowding(&self) -> impl Iterator<Item = &str> {
        let roles = self.roles.len();
        let all = self.roles.values().filter(|_| self.is_crowded);
        let crowding = all.filter(move |role| role.is_crowding(roles));
        crowding.map(|role| role.role.arn.as_str())
    }

    /// Adds the calls of principals that were counted without being read.
    pub fn note_others(&mut self, tally: &Tally, catalog: &Catalog) {
        self.coverage.note_others(tally, catalog);
    }

    fn role_mut(&mut self, role: &RoleName, part: Option<&str>) -> &mut RoleUsage {
        let key = match part {
            Some(part) => format!("{} {part}", role.arn),
            None => role.arn.clone(),
        };
        self.roles.entry(key).or_insert_with(|| {
            let part = part.map(str::to_owned);
            RoleUsage::new(role.clone(), part)
        })
    }

    /// Puts in the usage of a role or user as it was kept elsewhere.
    pub fn insert(&mut self, role: RoleUsage) {
        self.roles.insert(role.role.arn.clone(), role);
    }

    /// Joins another usage, folded from other events, into this one.
    pub fn merge(&mut self, other: Self) {
        self.coverage.merge(other.coverage);
        for (arn, count) in other.roles_seen {
            *self.roles_seen.entry(arn).or_default() += count;
        }
        for (arn, count) in other.users_seen {
            *self.users_seen.entry(arn).or_default() += count;
        }
        for (key, evidence) in other.unit_signs {
            self.unit_signs.entry(key).or_default().merge(evidence);
        }
        for (arn, role) in other.roles {
            match self.roles.get_mut(&arn) {
                Some(mine) => mine.merge(role),
                None => {
                    self.roles.insert(arn, role);
                }
            }
        }
        self.is_crowded |= other.is_crowded;
        self.bound();
    }

    /// Settles what can only be known after the last event; call it once, when all is folded and merged.
    ///
    /// Records that do not tell the role's path are joined with those that do: names are unique in an account whatever the
    /// path, so this never joins two roles.
    pub fn finish(&mut self) {
        self.bound();
        let pathless: Vec<String> = self
            .roles
            .iter()
            .filter(|(_, usage)| !usage.role.has_path)
            .map(|(arn, _)| arn.clone())
            .collect();
        let key = |usage: &RoleUsage| {
            let role = &usage.role;
            (role.account.clone(), role.name.clone(), usage.part.clone())
        };
        let with_path: BTreeMap<_, String> = self
            .roles
            .iter()
            .filter(|(_, usage)| usage.role.has_path)
            .map(|(arn, usage)| (key(usage), arn.clone()))
            .rev()
            .collect();
        for arn in pathless {
            let Some(usage) = self.roles.remove(&arn) else {
                continue;
            };
            let same = with_path.get(&key(&usage));
            match same.and_then(|arn| self.roles.get_mut(arn)) {
                Some(other) => other.merge(usage),
                None => {
                    self.roles.insert(arn, usage);
                }
            }
        }
        for usage in self.roles.values_mut() {
            usage.finish();
            for ((account, sighting), evidence) in &self.unit_signs {
                if account.is_empty() || *account == usage.role.account {
                    usage.take_unit_sign(sighting, evidence);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_for_all_can_be_narrowed() {
        let role =
            RoleName::from_role_arn("arn:aws:iam::111122223333:role/team/billing-export").unwrap();
        let user = RoleName::from_user_arn("arn:aws:iam::111122223333:user/ana").unwrap();
        let every = RoleQuery::every(PrincipalKind::Role);
        assert!(every.matches(&role) && !every.matches(&user));
        let narrowed = |account: &str, name: &str| RoleQuery {
            account: Some(account.to_owned()),
            name_pattern: Some(Pattern::parse(name)),
            ..every.clone()
        };
        assert!(narrowed("111122223333", "billing-*").matches(&role));
        assert!(!narrowed("111122223333", "web-*").matches(&role));
        assert!(!narrowed("222233334444", "billing-*").matches(&role));
    }
}
