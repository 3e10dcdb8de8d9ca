//! CloudTrail: from bytes in any envelope to events.
//!
//! *record* (the JSON) → *event* (what polgen keeps of it). A record that cannot be read is a located
//! [`Gap`], never a lost file.

pub mod digest;
pub mod envelope;
pub mod outcome;

mod caller;
mod fields;
mod glimpse;
mod head;
mod input;
mod letters;
mod others;
mod parts;
mod place;
mod reader;
mod record;
mod skip;

pub(crate) use caller::known as read_caller;
pub(crate) use fields::Problem;
pub use input::InputId;
pub(crate) use letters::Sought;
pub use others::{OtherCall, OtherCalls};
pub use parts::Parts;
pub(crate) use place::is_placed_by_arn;
pub use reader::{Found, Reader, Take, Tally};
pub(crate) use record::read_parts;
pub(crate) use skip::{Members as JsonMembers, key_text};

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::Timestamp;

/// One API call (or other trail entry), with all that mapping and attribution need.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// `eventID`.
    pub id: Option<String>,
    /// `eventTime`.
    pub time: Option<Timestamp>,
    /// `eventSource`, e.g. `s3.amazonaws.com`.
    pub source: String,
    /// `eventName`, e.g. `GetObject`.
    pub name: String,
    /// `awsRegion`.
    pub region: String,
    /// What sort of entry it is.
    pub kind: EventKind,
    /// `recipientAccountId`.
    pub recipient_account: Option<String>,
    /// `sharedEventID`: set when one call was delivered to several accounts.
    pub shared_id: Option<String>,
    /// Who called. Those who make many calls are kept once.
    pub caller: Arc<Caller>,
    /// How it ended.
    pub outcome: Outcome,
    /// `requestParameters`; `Null` if absent.
    pub request: Value,
    /// `responseElements`; `Null` if absent.
    pub response: Value,
    /// `additionalEventData`; `Null` if absent.
    pub additional: Value,
    /// `resources[]`.
    pub resources: Vec<EventResource>,
    /// `readOnly`, also when it came as a string.
    pub read_only: Option<bool>,
    /// `managementEvent` / `eventCategory`: true for a management event, false for a data event.
    pub is_management: Option<bool>,
    /// `sourceIPAddress`: an address, or a service's name.
    pub source_address: Option<String>,
    /// `userAgent`.
    pub user_agent: Option<String>,
    /// `tlsDetails.tlsVersion`.
    pub tls_version: Option<String>,
    /// `vpcEndpointId`.
    pub vpc_endpoint: Option<String>,
}

/// `eventType`, with `eventCategory` for those that have no type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A call of an AWS API: the only kind that needs a permission.
    ApiCall,
    /// Anything else, by its name (`AwsServiceEvent`, `AwsConsoleSignIn`, `Insight`, …).
    Other(String),
}

impl Event {
    /// The key under which one call is counted once: `sharedEventID` if it was delivered to several accounts, else
    /// `eventID`.
    pub fn call_key(&self) -> Option<&str> {
        self.shared_id.as_deref().or(self.id.as_deref())
    }
}

/// One entry of `resources[]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventResource {
    /// `ARN` (any spelling of the key).
    pub arn: Option<String>,
    /// `ARNPrefix`, which list operations carry instead.
    pub arn_prefix: Option<String>,
    /// `type`, e.g. `AWS::S3::Object`.
    pub kind: Option<String>,
    /// `accountId`.
    pub account: Option<String>,
}

/// `userIdentity`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Caller {
    /// `type`, e.g. `AssumedRole`; empty when it was missing.
    pub kind: String,
    /// `arn`.
    pub arn: Option<String>,
    /// `accountId`.
    pub account: Option<String>,
    /// `principalId`.
    pub principal_id: Option<String>,
    /// `userName`.
    pub user_name: Option<String>,
    /// `invokedBy`: the service that forwarded or made the call.
    pub invoked_by: Option<String>,
    /// The role session, when a role made the call.
    pub session: Option<Session>,
    /// The IAM user, when one made the call, with its own keys or in a session of its own.
    pub user: Option<RoleName>,
}

impl Caller {
    /// The principal whose policies decided: the role of the session, or the user.
    pub fn principal(&self) -> Option<&RoleName> {
        self.session
            .as_ref()
            .map(|session| &session.role)
            .or(self.user.as_ref())
    }
}

/// The session of an assumed role.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    /// The role.
    pub role: RoleName,
    /// The session's name: for Lambda the function's name, for EC2 the instance id.
    pub name: String,
    /// `ec2RoleDelivery`.
    pub ec2_role_delivery: Option<String>,
    /// `webIdFederationData.federatedProvider`.
    pub federated_provider: Option<String>,
}

/// A role, or an IAM user, as a record names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RoleName {
    /// The account that owns it.
    pub account: String,
    /// Its name without its path.
    pub name: String,
    /// The full ARN. With the path if `sessionIssuer` was there, without it otherwise.
    pub arn: String,
    /// Says whether `arn` is known to hold its path.
    pub has_path: bool,
}

/// How a call ended, from `errorCode` and `errorMessage`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No error.
    Allowed,
    /// Authorization refused it.
    Denied {
        /// `errorCode`.
        code: String,
        /// `errorMessage`, empty if absent.
        message: String,
    },
    /// Authorization passed, the call failed later (throttled, not found, invalid, dry run).
    Failed {
        /// `errorCode`.
        code: String,
        /// `errorMessage`, empty if absent.
        message: String,
    },
}

/// A place in the input that could not be read, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// Where: `file: Records[17].userIdentity.arn`.
    pub place: String,
    /// What was wanted and what was found.
    pub problem: String,
}
