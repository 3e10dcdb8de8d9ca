//! The call behind an event: where it happened, and the places in the record that a path can start from.

use serde_json::Value;

use crate::arn::{Arn, is_account, partition_of_region};
use crate::trail::{Event, Outcome};

/// An event with what ARNs of its account need.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) event: &'a Event,
    /// The operation's name, without an API version.
    pub(super) name: &'a str,
    pub(super) partition: &'a str,
    /// Absent when the record does not tell.
    pub(super) region: Option<&'a str>,
    /// The account whose resources bare names mean: the caller's own. Absent when the record does not tell.
    pub(super) account: Option<&'a str>,
}

impl<'a> Call<'a> {
    pub(super) fn new(event: &'a Event, name: &'a str) -> Self {
        let caller = &event.caller;
        let own = caller
            .session
            .as_ref()
            .map(|session| session.role.account.as_str());
        let accounts = [
            own,
            caller.account.as_deref(),
            event.recipient_account.as_deref(),
        ];
        let caller_partition = caller
            .arn
            .as_deref()
            .and_then(Arn::parse)
            .map(|arn| arn.partition);
        Self {
            event,
            name,
            partition: caller_partition.unwrap_or_else(|| partition_of_region(&event.region)),
            region: (!event.region.is_empty()).then_some(event.region.as_str()),
            account: accounts.into_iter().flatten().find(|id| is_account(id)),
        }
    }

    /// The values that a path without a sign, or with `@response`, `@additional`, starts from.
    ///
    /// EC2 wraps some requests in a member named after the operation (`CreateNatGatewayRequest`): it is a start of its own.
    pub(super) fn roots(&self, origin: Origin) -> Vec<&'a Value> {
        let (value, wrapper) = match origin {
            Origin::Request => (&self.event.request, "Request"),
            Origin::Response => (&self.event.response, "Response"),
            Origin::Additional => (&self.event.additional, ""),
        };
        let mut roots = vec![value];
        if let Value::Object(members) = value
            && !wrapper.is_empty()
        {
            let is_wrapper = |key: &str| {
                let Some((name, rest)) = key.split_at_checked(self.name.len()) else {
                    return false;
                };
                name.eq_ignore_ascii_case(self.name) && rest.eq_ignore_ascii_case(wrapper)
            };
            roots.extend(
                members
                    .iter()
                    .filter(|(key, _)| is_wrapper(key))
                    .map(|(_, value)| value),
            );
        }
        roots
    }

    /// Says whether the record leaves the parameters out, as those of denied calls often do: then nothing follows from what
    /// is not there.
    pub(super) fn hides_request(&self) -> bool {
        self.event.request.is_null() && matches!(self.event.outcome, Outcome::Denied { .. })
    }

    /// A fact about the event itself, for paths that start with `@event`.
    pub(super) fn fact(&self, name: &str) -> Option<&'a str> {
        let event = self.event;
        match name {
            "invokedBy" => event.caller.invoked_by.as_deref(),
            "sourceAddress" => event.source_address.as_deref(),
            "userAgent" => event.user_agent.as_deref(),
            "callerKind" => Some(event.caller.kind.as_str()),
            "source" => Some(event.source.as_str()),
            "vpcEndpoint" => event.vpc_endpoint.as_deref(),
            "callerUser" if self.hides_request() => None,
            "callerUser" => event.caller.arn.as_deref().and_then(user_of),
            _ => None,
        }
    }
}

/// Where in a record a path starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// `requestParameters`
    Request,
    /// `responseElements`
    Response,
    /// `additionalEventData`
    Additional,
}

/// The path and name of an IAM user, from the user's ARN.
fn user_of(arn: &str) -> Option<&str> {
    let arn = Arn::parse(arn).filter(|arn| arn.service == "iam")?;
    arn.resource.strip_prefix("user/")
}
