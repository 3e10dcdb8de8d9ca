//! Calls that are alike in all that decides what they needed, taken together.
//!
//! One event is such a group of one, and millions of events come down to some ten thousand groups. Folding a group is the
//! same as folding its events one by one.

use std::net::IpAddr;

use super::circumstances::{Values, is_public};
use super::evidence::Evidence;
use super::origin::{Origin, Span, Spans};
use crate::trail::Event;

/// What the calls of a group do not have in common: how many there were, when, in which sessions, from where.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Calls {
    /// Their number, times, sessions and examples.
    pub(super) evidence: Evidence,
    /// The networks that they came from.
    pub(super) networks: Spans,
    /// The kinds of clients that made them.
    pub(super) agents: Spans,
    /// The VPC endpoints that they came through.
    pub(super) endpoints: Values,
    /// The public addresses that they came from, as far as AWS knows them.
    pub(super) addresses: Values,
    /// `true` for those that were encrypted on their way.
    pub(super) encryption: Values,
}

impl Calls {
    /// The group of an event that was recorded so often.
    pub(super) fn of(event: &Event, count: u64) -> Self {
        let mut calls = Self {
            evidence: Evidence::of(event, count),
            ..Self::default()
        };
        let origin = Origin::of(event);
        calls.networks.add(&origin.network, calls.span());
        calls.agents.add(&origin.agent, calls.span());
        let address: Option<IpAddr> = event
            .source_address
            .as_deref()
            .and_then(|address| address.parse().ok())
            .filter(|address| event.vpc_endpoint.is_none() && is_public(*address));
        let address = address.map(|address| address.to_string());
        calls.addresses.note_one(address.as_deref());
        calls.endpoints.note_one(event.vpc_endpoint.as_deref());
        let encryption = event.tls_version.is_some().then_some("true");
        calls.encryption.note_one(encryption);
        calls
    }

    /// Lets go of all but their number and times.
    pub(super) fn forget_details(&mut self) {
        let Evidence {
            count,
            failed,
            unproven,
            first_seen,
            last_seen,
            days,
            ..
        } = std::mem::take(&mut self.evidence);
        *self = Self {
            evidence: Evidence {
                count,
                failed,
                unproven,
                first_seen,
                last_seen,
                days,
                ..Evidence::default()
            },
            ..Self::default()
        };
    }

    /// Their number and span of time.
    pub(super) fn span(&self) -> Span {
        Span {
            count: self.evidence.count,
            first: self.evidence.first_seen,
            last: self.evidence.last_seen,
        }
    }
}
