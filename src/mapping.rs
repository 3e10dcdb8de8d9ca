//! From an event to the permissions that it needed.
//!
//! *event* → *access*: action × resource × why. Nothing is guessed: an event that maps to no action of the catalog is
//! `unmapped`, a resource that cannot be told is `unscoped`, and both say why. The facts about services stand in the
//! catalog; the children know only the rules: which operation an event is, where its resources are named, how an ARN is made
//! of them, and which checks are hidden inside a call.

mod call;
mod conditions;
mod evidence;
mod filter;
mod implied;
mod look;
mod matters;
mod operation;
mod path;
mod resource;
mod rows;
mod target;
mod when;

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, When};
use crate::name::{Name, Text};
use crate::trail::{Event, EventKind};
pub use conditions::AccessConditions;
pub use matters::{Matters, Members};

/// What an event came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// The verdict.
    pub status: Status,
    /// The permissions it needed; empty unless `status` is [`Status::Mapped`].
    pub accesses: Vec<Access>,
    /// What the record cannot show of what the call needed.
    pub notes: Vec<String>,
}

/// The verdict on an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It needed the accesses listed.
    Mapped,
    /// AWS asks for no permission: the reason.
    NoPermissionNeeded(String),
    /// It is no API call (a sign-in, a service's own event, an insight).
    NotAnApiCall,
    /// No action is known for it: the reason.
    Unmapped(String),
}

/// One permission on one resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Access {
    /// The action, e.g. `s3:GetObject`, in the catalog's spelling.
    pub action: Name,
    /// The resource as an IAM pattern: observed values are literals (`*`, `?`, `$` escaped), `*` where IAM takes only that.
    pub resource: Text,
    /// How well the resource is known.
    pub scope: Scope,
    /// Why it was needed.
    pub reason: Reason,
    /// Conditions that a grant of it must carry (`iam:PassedToService`, `kms:ViaService`).
    #[serde(default, skip_serializing_if = "AccessConditions::is_none")]
    pub conditions: AccessConditions,
    /// Where the resource was found (`resources[]`, `requestParameters.bucketName`), or why it could not be told.
    pub rule: Name,
}

/// How well an access's resource is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The record names the resource.
    Exact,
    /// IAM accepts only `*` for the action.
    Any,
    /// An ARN exists but could not be told; the resource is the narrowest pattern that surely holds it.
    Unscoped,
}

/// Why an access was needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The operation itself is authorized by it.
    Operation,
    /// A check inside the operation, with evidence in the record.
    Implied,
    /// Known of the runtime (Lambda's logging, …), not in the record.
    Runtime,
}

/// Finds the permissions that an event needed.
///
/// Denied and failed calls are mapped like allowed ones: how the call ended stands in the event.
///
/// ```
/// use polgen::catalog::Catalog;
/// use polgen::mapping::map;
/// use polgen::source::{ReadOptions, TrailSource, read};
///
/// let trail = [TrailSource::from_argument("samples/trail".as_ref())];
/// let mut found = Vec::new();
/// read(&trail, &ReadOptions::default(), &mut |event| {
///     if event.name == "SendMessage" && found.is_empty() {
///         found = map(&event, Catalog::bundled()).accesses;
///     }
/// });
/// assert_eq!(found[0].action, "sqs:SendMessage");
/// assert_eq!(found[0].resource, "arn:aws:sqs:eu-central-1:111122223333:prototype-order-events");
/// ```
pub fn map(event: &Event, catalog: &Catalog) -> Mapped {
    if event.kind != EventKind::ApiCall {
        return Mapped::without_access(Status::NotAnApiCall);
    }
    let operation = match operation::find(event, catalog) {
        Ok(operation) => operation,
        Err(status) => return Mapped::without_access(status),
    };
    let call = call::Call::new(event, &operation.name);
    let mut mapped = resource::accesses(&call, &operation, catalog);
    implied::add_passed_roles(&call, &operation, catalog, &mut mapped);
    implied::note_unseen(&operation, &mut mapped);
    mapped.accesses.sort();
    mapped.accesses.dedup();
    mapped
}

/// Finds the texts that a path of the catalog's language names in an event, in the record's order.
pub fn texts(event: &Event, place: &str) -> Vec<String> {
    let call = call::Call::new(event, &event.name);
    let found = path::find(&call, place);
    found.into_iter().filter_map(|found| found.text).collect()
}

/// Finds the actions that calls of an operation may need without their records showing whether they did.
pub fn unseen_actions<'a>(
    event_source: &str,
    event_name: &str,
    catalog: &'a Catalog,
) -> impl Iterator<Item = &'a str> {
    let found = operation::of_name(event_source, event_name, catalog).ok();
    let needs = found.into_iter().flat_map(|found| {
        let needs: Vec<_> = found.service.unseen_needs_of(&found.name).collect();
        needs
    });
    needs.flat_map(|need| need.actions.iter().map(String::as_str))
}

/// Says whether a condition of the catalog holds of an event.
pub fn holds(event: &Event, when: &When) -> bool {
    when::holds(&call::Call::new(event, &event.name), Some(when))
}

impl Mapped {
    fn without_access(status: Status) -> Self {
        Self {
            status,
            accesses: Vec::new(),
            notes: Vec::new(),
        }
    }
}
