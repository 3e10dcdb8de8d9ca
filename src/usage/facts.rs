//! What AWS itself tells about a role, beside what its trail shows: plain data, filled in by `source`.
//!
//! It is weaker evidence than a record: IAM's "last accessed" names no resource and covers some actions only, and a function's
//! configuration says what may happen, not what did.

use std::collections::BTreeMap;

use crate::time::Timestamp;

/// Facts about a role from elsewhere than its trail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// What IAM saw it use.
    pub last_accessed: Option<LastAccessed>,
    /// The functions that run under it.
    pub functions: Vec<FunctionFacts>,
    /// What could not be learned, each as `place: problem`.
    pub missing: Vec<String>,
}

/// When IAM last saw a role use services and actions. It looks back 400 days at most, and follows actions for some services only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastAccessed {
    /// By prefix (`s3`); `None` if never within the time that IAM looks back.
    pub services: BTreeMap<String, Option<Timestamp>>,
    /// By action (`s3:CreateBucket`), for the actions that IAM follows.
    pub actions: BTreeMap<String, Option<Timestamp>>,
}

/// A Lambda function as it is configured.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FunctionFacts {
    /// Its ARN, without a version.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: String,
    /// Says whether it is attached to a VPC.
    pub is_in_vpc: bool,
    /// Says whether it sends traces itself (`Active`).
    pub is_traced: bool,
    /// The log group it writes to, when it is not `/aws/lambda/NAME`.
    pub log_group: Option<String>,
    /// Where it sends what failed.
    pub dead_letter_arn: Option<String>,
    /// The key that encrypts its environment.
    pub key_arn: Option<String>,
    /// What feeds it.
    pub event_sources: Vec<EventSource>,
}

/// What feeds a function through a poller that acts under the function's role.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventSource {
    /// The queue or stream; absent for sources outside AWS.
    pub arn: Option<String>,
    /// Where the poller sends what failed.
    pub on_failure_arn: Option<String>,
    /// Says whether it is switched on.
    pub is_enabled: bool,
}
