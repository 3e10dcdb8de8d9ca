//! What AWS itself tells about a role, beside what its trail shows: plain data, filled in by `source`.
//!
//! It is weaker evidence than a record: IAM's "last accessed" names no resource and covers some actions only, and a function's
//! configuration says what may happen, not what did.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::runtime::RuntimeSighting;
use crate::time::Timestamp;

/// The runtime that functions are units of.
const LAMBDA: &str = "lambda";

/// Facts about a role from elsewhere than its trail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// What IAM saw it use.
    pub last_accessed: Option<LastAccessed>,
    /// The role as it is beside its policies.
    pub role: Option<RoleFacts>,
    /// The functions that run under it.
    pub functions: Vec<FunctionFacts>,
    /// What could not be learned, each as `place: problem`.
    pub missing: Vec<String>,
}

/// What IAM keeps of a role beside its policies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RoleFacts {
    /// The service principals that its trust policy names.
    pub trusted_services: Vec<String>,
    /// The ARN of the policy that bounds it.
    pub boundary: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// When it was last used, as far as IAM knows.
    pub last_used: Option<Timestamp>,
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

impl FunctionFacts {
    /// What the configuration tells of the runtime, in the words of its signs (`action-catalog/runtimes/lambda.json`).
    pub fn sighting(&self) -> RuntimeSighting {
        let mut captures: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut tell = |name: &str, value: &str| {
            let values = captures.entry(name.to_owned()).or_default();
            values.insert(value.to_owned());
        };
        if let Some(group) = &self.log_group {
            tell("log_group", group);
        }
        if self.is_traced {
            tell("tracing", "Active");
        }
        if self.is_in_vpc {
            tell("vpc", "configured");
        }
        if let Some(arn) = &self.dead_letter_arn {
            tell("target", arn);
        }
        for source in self.event_sources.iter().filter(|source| source.is_enabled) {
            if let Some(arn) = &source.arn {
                tell("event_source", arn);
            }
            if let Some(arn) = &source.on_failure_arn {
                tell("target", arn);
            }
        }
        RuntimeSighting {
            runtime: LAMBDA.to_owned(),
            unit: self.name.clone(),
            region: self.region.clone(),
            sign: RuntimeSighting::CONFIGURED.to_owned(),
            captures,
        }
    }
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
