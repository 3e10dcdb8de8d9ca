//! The action catalog: which actions exist, on which resources they act, and what each operation needs.
//!
//! The facts live in `action-catalog/`, one JSON file a service, and are packed into the binary by `build/main.rs`. A service is
//! parsed on first use. This parent holds the types; the children load them ([`bundled`](Catalog::bundled)).

mod bundled;
pub(crate) mod format;
pub mod lint;
mod managed;
mod names;
pub(crate) mod open_parts;
mod overlay;
mod packed;
mod runtimes;
mod shared;
mod slice;
mod standing;
mod visibility;

pub use bundled::Catalog;
pub use managed::{ManagedPolicy, managed_policy, managed_policy_names};
pub use open_parts::{OpenKind, OpenPart};
pub use runtimes::{
    NotNeeded, OtherSession, PlatformRule, PlatformVerdict, Runtime, RuntimeKeep, RuntimeNeed,
    Sign, SignPlace,
};
pub use shared::{SharedNeed, UnseenNeed};
pub use standing::Standing;
pub use visibility::{Confidence, Visibility, VisibilityFact};

use std::sync::Arc;

use indexmap::IndexMap;
use serde::Deserialize;

/// One service, as IAM sees it: everything under one action prefix.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The action prefix, e.g. `s3`.
    pub prefix: String,
    /// The service's name, e.g. `Amazon S3`.
    pub name: String,
    /// CloudTrail event sources whose operations belong to this prefix.
    #[serde(default)]
    pub event_sources: Vec<String>,
    /// Actions by name (without prefix), sorted. Those with the same facts share them.
    pub actions: IndexMap<String, Arc<Action>>,
    /// Resource types by name, sorted.
    #[serde(default)]
    pub resource_types: IndexMap<String, ResourceType>,
    /// The service's own condition keys and their types.
    #[serde(default)]
    pub condition_keys: IndexMap<String, String>,
    /// Names of the API's operations, as the API's model has them.
    #[serde(default)]
    pub operations: Vec<String>,
    /// Where the parts of ARNs stand in a record, for all operations.
    #[serde(default)]
    pub bindings: Bindings,
    /// The same for one operation, whose entries win over `bindings`.
    #[serde(default)]
    pub bindings_by_operation: IndexMap<String, Bindings>,
    /// Where the hand-written bindings and templates come from.
    #[serde(default)]
    pub bindings_source: Option<String>,
    /// Parameters that records show though the API's model does not have them.
    #[serde(default)]
    pub recorded_parameters: Vec<String>,
    /// What is not as the defaults say, by operation. The default: the action of the same name, the service's bindings,
    /// a management event.
    #[serde(default)]
    pub exceptions: IndexMap<String, Operation>,
    /// What CloudTrail shows of operations, where it is not a management event.
    #[serde(default)]
    pub visibility: Vec<VisibilityFact>,
    /// Needs of any operation of the service beside its own, each behind a `when`.
    #[serde(default)]
    pub extra_needs: Vec<Need>,
    /// Needs that several operations have beside their own, such as tags given on creation.
    #[serde(default)]
    pub shared_needs: Vec<SharedNeed>,
    /// Actions that operations may need without the record showing whether they did.
    #[serde(default)]
    pub unseen_needs: Vec<UnseenNeed>,
    /// Which operations hand a role over to a service: the check of `iam:PassRole`.
    #[serde(default)]
    pub passed_roles: Vec<PassedRole>,
    /// How a call that a service forwarded is told in a condition.
    #[serde(default)]
    pub forwarded: Option<Forwarded>,
}

/// What is wanted -> the paths where it may stand in a record, best first; the first path with a value wins.
///
/// What is wanted is one of, most telling first:
/// - `@table`: the whole ARN of a resource of type `table`; a value that does not fit the type's format does not count;
/// - `@*`: the whole ARN of a resource of any type, told by its format;
/// - `table.Id`: the placeholder `${Id}` in the ARN of the type `table`;
/// - `TableName`: the placeholder `${TableName}` in the ARN of any type.
///
/// A value that is itself an ARN of the wanted type is taken whole also where a placeholder was asked for.
///
/// A path is written in the language of `mapping/path.rs`: `bucketName`, `delete.object.key` (lists are walked through),
/// `requestItems.@keys`, `@response.table.tableArn`, `queueUrl|part(/,-1)`.
pub type Bindings = IndexMap<String, Vec<String>>;

/// An IAM action.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(from = "ActionInFile")]
pub struct Action {
    /// `Read`, `Write`, `List`, `Tagging` or `Permissions management`.
    pub access_level: String,
    /// The resource types it accepts; empty when IAM accepts only `*`.
    pub resource_types: Vec<String>,
    /// Those of `resource_types` without which it cannot be called.
    pub required_types: Vec<String>,
    /// Condition keys it supports beyond the global ones.
    pub condition_keys: Vec<Arc<str>>,
    /// Where it comes from, when the pinned copy of the published tables does not have it.
    pub source: Option<String>,
}

/// An action as the files have it: a trailing `*` marks a resource type that is required.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionInFile {
    access_level: String,
    #[serde(default)]
    resource_types: Vec<String>,
    #[serde(default)]
    condition_keys: Vec<Arc<str>>,
    #[serde(default)]
    source: Option<String>,
}

impl Action {
    /// Takes the marks off the resource types.
    fn new(
        access_level: String,
        mut resource_types: Vec<String>,
        condition_keys: Vec<Arc<str>>,
        source: Option<String>,
    ) -> Self {
        let mut required_types = Vec::new();
        for kind in &mut resource_types {
            if kind.ends_with('*') {
                kind.pop();
                required_types.push(kind.clone());
            }
        }
        Self {
            access_level,
            resource_types,
            required_types,
            condition_keys,
            source,
        }
    }
}

impl From<ActionInFile> for Action {
    fn from(file: ActionInFile) -> Self {
        Self::new(
            file.access_level,
            file.resource_types,
            file.condition_keys,
            file.source,
        )
    }
}

/// A resource type.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ResourceType {
    /// ARN formats with `${Placeholder}`s.
    pub arns: Vec<String>,
    /// What a grant is written as when a request names the resource by its parts, where `arns` are not it.
    #[serde(default)]
    pub templates: Vec<Template>,
    /// What policies append to the ARN.
    #[serde(default)]
    pub suffix: Option<Suffix>,
    /// The formats in pieces, found once.
    #[serde(skip)]
    pub(crate) formats: format::Formats,
}

/// A pattern to be filled from a request. Wildcards in its text stay wildcards; what is filled in becomes a literal.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// An ARN format with `${Placeholder}`s.
    pub arn: String,
    /// Set when it holds more than the resource that was meant: the reason.
    #[serde(default)]
    pub unscoped: Option<String>,
}

/// What policies append to the ARN of a resource, e.g. `:*` to a log group's.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Suffix {
    /// The text, wildcards included.
    pub text: String,
    /// An ARN of this form, a glob, is complete without it.
    #[serde(default)]
    pub unless_like: Option<String>,
    /// Actions that take the ARN without it.
    #[serde(default)]
    pub except_actions: Vec<String>,
    /// Where the fact comes from.
    pub source: String,
}

/// Operations that hand a role over to a service.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct PassedRole {
    /// The operations.
    pub operations: Vec<String>,
    /// Where the role's ARN stands in their requests.
    pub parameters: Vec<String>,
    /// The services that get the role: the values of `iam:PassedToService`; empty when they are not known.
    #[serde(default)]
    pub to: Vec<String>,
    /// Set when the parameters name something that hides the role (an instance profile): what is then said.
    #[serde(default)]
    pub unseen: Option<String>,
    /// Where the fact comes from.
    pub source: String,
    /// Says whether it was seen on a real record.
    #[serde(default)]
    pub is_verified: bool,
}

/// How a call that another service forwarded under the caller's permissions is told in a condition.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Forwarded {
    /// The condition key, e.g. `kms:ViaService`; its value is `SERVICE.REGION.amazonaws.com`.
    pub condition_key: String,
    /// The services that the condition knows, as they stand in its value.
    pub services: Vec<String>,
    /// Parameters that tell the service when the record only says that some service forwarded the call: path -> service.
    #[serde(default)]
    pub evidence: IndexMap<String, String>,
    /// Actions that take the condition, where not all do.
    #[serde(default)]
    pub except_actions: Vec<String>,
    /// Where the fact comes from.
    pub source: String,
}

/// What an operation needs, where the defaults do not hold. Hand-written, each with its source.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// The permissions it needs, all of them; empty together with `no_permission`.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// Permissions that it needs beside `needs`, or beside the action of its name when `needs` is empty.
    #[serde(default)]
    pub also: Vec<Need>,
    /// Set when AWS asks for no permission: the reason.
    #[serde(default)]
    pub no_permission: Option<String>,
    /// Set when it needs a permission that is not known: the reason.
    #[serde(default)]
    pub unmapped: Option<String>,
    /// Set when the service is closed and no call can succeed any more: the reason.
    #[serde(default)]
    pub closed: Option<String>,
    /// How CloudTrail records it; absent means a management event.
    #[serde(default)]
    pub visibility: Option<Visibility>,
    /// Where the fact comes from.
    #[serde(default)]
    pub source: Option<String>,
    /// Says whether it was seen on a real record.
    #[serde(default)]
    pub is_verified: bool,
}

/// One permission that an operation needs.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// The full action, e.g. `s3:GetObject`.
    pub action: String,
    /// Needed only if this holds of the request.
    #[serde(default)]
    pub when: Option<When>,
    /// Bindings for this need that win over the service's: placeholder -> parameter paths.
    #[serde(default)]
    pub bindings: Bindings,
    /// Only these resource types of the action, if not empty.
    #[serde(default)]
    pub resource_types: Vec<String>,
    /// Where the request names the resource types themselves, if it does.
    #[serde(default)]
    pub resource_types_from: Vec<String>,
    /// Templates for this need that win over the resource types' own: resource type -> templates.
    #[serde(default)]
    pub templates: IndexMap<String, Vec<Template>>,
    /// Conditions that the grant must carry: key -> values (e.g. `iam:PassedToService`). `${operation}` stands for the
    /// operation's name.
    #[serde(default)]
    pub conditions: IndexMap<String, Vec<String>>,
    /// `operation` if the call itself is authorized by it, `implied` if a check inside the call is.
    #[serde(default)]
    pub reason: NeedReason,
}

/// Why an operation needs an action.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum NeedReason {
    /// The call itself.
    #[default]
    Operation,
    /// A check that the service makes inside the call.
    Implied,
}

/// A test on a record. Paths are compared without regard to case.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// The parameter is there and neither null nor empty.
    Present(String),
    /// The parameter is absent, null or empty.
    Absent(String),
    /// The parameter has this text.
    Equals(String, String),
    /// The parameter's text starts so, without regard to case.
    StartsWith(String, String),
    /// All hold.
    All(Vec<Self>),
    /// At least one holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
}
