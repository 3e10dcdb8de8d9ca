//! Calls that somebody else has counted: what an engine gives for records of one form.

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::civil::Date;

use super::calls::Calls;
use super::circumstances::{Values, is_public};
use super::evidence::{EXAMPLES, EventRef, Evidence};
use super::origin::{self, Origin, Span};
use super::{RoleQuery, Usage};
use crate::catalog::Catalog;
use crate::time::Timestamp;
use crate::trail::{Event, Outcome, RoleName};

/// What is counted of calls that have all that matters in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many there were.
    pub count: u64,
    /// The first moment.
    pub first: Option<Timestamp>,
    /// The last moment.
    pub last: Option<Timestamp>,
    /// Calls by day, in UTC.
    pub days: BTreeMap<Date, u64>,
    /// The earliest events, and where they came from.
    pub examples: Vec<(EventRef, Origin)>,
    /// Names of sessions, the first by name.
    pub sessions: Vec<String>,
    /// VPC endpoints, one more than matter.
    pub endpoints: Vec<String>,
    /// Calls that came through one.
    pub with_endpoint: u64,
    /// Public addresses, one more than matter.
    pub addresses: Vec<String>,
    /// Calls that came from one, and through no endpoint.
    pub with_address: u64,
    /// Calls that were encrypted on their way.
    pub encrypted: u64,
}

impl Counts {
    /// The calls, of which `event` has what they have in common.
    pub(super) fn calls(&self, event: &Event) -> Calls {
        let is_failed = matches!(event.outcome, Outcome::Failed { .. });
        let of_count = |is_so: bool| if is_so { self.count } else { 0 };
        let mut evidence = Evidence {
            count: self.count,
            failed: of_count(is_failed),
            unproven: of_count(is_failed && !event.outcome.proves_authorization()),
            first_seen: self.first,
            last_seen: self.last,
            days: self.days.clone().into(),
            first_origin: self.examples.iter().min().cloned().map(Box::new),
            ..Evidence::default()
        };
        for (reference, _) in &self.examples {
            evidence.examples.keep_smallest(reference.clone(), EXAMPLES);
        }
        for session in &self.sessions {
            evidence.sessions.keep_smallest(session.clone(), EXAMPLES);
        }
        let mut calls = Calls {
            evidence,
            ..Calls::default()
        };
        let noted = |values: &mut Values, with: u64| {
            if with < self.count {
                values.note_one(None);
            }
        };
        for endpoint in &self.endpoints {
            calls.endpoints.note_one(Some(endpoint));
        }
        noted(&mut calls.endpoints, self.with_endpoint);
        for address in &self.addresses {
            let parsed: Option<IpAddr> = address.parse().ok();
            let public = parsed.filter(|address| is_public(*address));
            let public = public.map(|address| address.to_string());
            calls.addresses.note_one(public.as_deref());
        }
        noted(&mut calls.addresses, self.with_address);
        if self.encrypted > 0 {
            calls.encryption.note_one(Some("true"));
        }
        noted(&mut calls.encryption, self.encrypted);
        calls
    }
}

impl Usage {
    /// Folds calls in that somebody else has counted; `event` has what they have in common.
    pub fn fold_counted(
        &mut self,
        event: &Event,
        counts: &Counts,
        query: &RoleQuery,
        catalog: &Catalog,
    ) {
        self.fold_calls(event, &counts.calls(event), query, catalog);
    }

    /// Counts events by a principal that is not asked for.
    pub fn note_seen(&mut self, principal: &RoleName, count: u64) {
        let seen = if principal.is_user() {
            &mut self.users_seen
        } else {
            &mut self.roles_seen
        };
        *seen.entry(principal.arn.clone()).or_default() += count;
    }

    /// Notes the network of a role's calls, where they were counted without it.
    pub fn note_network(&mut self, role: &RoleName, address: &str, span: Span) {
        let network = origin::network(address);
        self.role_mut(role, None).networks.add(&network, span);
    }

    /// Notes the kind of client of a role's calls, where they were counted without it.
    pub fn note_client(&mut self, role: &RoleName, agent: &str, span: Span) {
        let kind = origin::kind(agent);
        self.role_mut(role, None).agents.add(kind, span);
    }

    /// Notes sessions of a role, and shared ids of calls that its own account recorded.
    pub fn note_sessions(&mut self, role: &RoleName, sessions: Vec<String>, shared: Vec<String>) {
        let role = self.role_mut(role, None);
        for session in sessions {
            role.note_session(&session);
        }
        role.note_shared(shared.into_iter().collect());
    }
}
