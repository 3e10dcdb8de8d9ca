//! From a suggestion to what people and programs read.
//!
//! A [`Report`] holds all that is said about one role; the renderers choose words and layout. Its JSON is a contract (docs/contracts.md).

mod build;
mod calls;
mod caution;
mod code;
mod comment;
mod entry;
pub mod escape;
mod findings;
pub mod fixes;
mod html;
mod json;
mod markdown;
mod number;
mod open;
mod outlook;
mod plain;
pub mod redact;
mod section;
mod table;
mod text;
mod warning;

pub use build::{Findings, build, policy_entry};
pub use code::{Code, Language, Piece};
pub use comment::{Change, Comment, Notice, Unseen, marker};
pub use entry::{
    Calendar, EvidenceEntry, ForecastEntry, Pair, PlatformEntry, RuntimeEntry, SeenEntry,
    SuspicionEntry, UntestedEntry, WalkEntry,
};
pub use findings::{Found, annotations, findings_json, findings_markdown, findings_text, sarif};
pub use html::{IndexEntry, html, html_index, html_page_of};
pub use json::json;
pub use markdown::markdown;
pub use number::{grouped, plural};
pub(crate) use outlook::rounded;
pub use plain::plain;
pub(crate) use table::{Align, columns, cut, fit};
pub use text::{Screen, summary, text};
pub use warning::seen_elsewhere;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::diff::Fates;
use crate::policy::Request;
use crate::time::Timestamp;
use crate::usage::{DayGap, Denial, RoleFacts};

/// All that is said about one role.
#[derive(Clone, Debug)]
pub struct Report {
    /// The role.
    pub role: RoleHead,
    /// The time that the input spans.
    pub window: WindowHead,
    /// What the input shows at all.
    pub coverage: CoverageHead,
    /// The policies to put on the role.
    pub policies: Vec<PolicyEntry>,
    /// What stands behind each grant.
    pub evidence: Vec<EvidenceEntry>,
    /// Patterns that hold more than what was seen.
    pub generalizations: Vec<GeneralizationEntry>,
    /// What becomes of the current grants; `None` if no current policy was given.
    pub fates: Option<Fates>,
    /// How many current policies were given.
    pub current_policies: usize,
    /// Calls that were denied.
    pub denied: Vec<DeniedEntry>,
    /// Calls that map to no action.
    pub unmapped: Vec<UnmappedEntry>,
    /// What the reader must know.
    pub warnings: Vec<Warning>,
    /// What became of the conditions asked for.
    pub conditions: Vec<ConditionEntry>,
    /// Wildcards in actions that save characters.
    pub compressed: Vec<CompressedEntry>,
    /// What is not granted although it was seen or kept: a pin forbids it, or no policy can name it.
    pub withheld: Vec<WithheldEntry>,
    /// What was checked.
    pub verified: Verified,
    /// The policies that it was compared with; `None` if there were none.
    pub current: Option<Vec<CurrentEntry>>,
    /// Text diffs against the current policies.
    pub diffs: Vec<DiffEntry>,
    /// What can be said of the calls to come.
    pub forecast: Option<ForecastEntry>,
    /// What runs under the role, by its signs.
    pub runtimes: Vec<RuntimeEntry>,
    /// Calls that a platform made or forwarded under the role.
    pub platform: Vec<PlatformEntry>,
    /// Uses to look at before they are granted for good.
    pub suspicions: Vec<SuspicionEntry>,
    /// Accesses that only failed calls asked for and that the current policies do not grant; they are not granted.
    pub untested: Vec<UntestedEntry>,
    /// The days that the input spans; none if no event has a time.
    pub calendar: Option<Calendar>,
}

/// The role.
#[derive(Clone, Debug, Serialize)]
pub struct RoleHead {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its account.
    pub account: String,
    /// The session, where its sessions are looked at apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// What IAM keeps of it beside its policies; absent unless AWS was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<RoleFacts>,
    /// Says whether it is an IAM user, and no role.
    #[serde(skip)]
    pub is_user: bool,
}

impl RoleHead {
    /// The word for what it is.
    pub(crate) fn word(&self) -> &'static str {
        if self.is_user { "user" } else { "role" }
    }
}

/// A policy that the principal has today.
#[derive(Clone, Debug, Serialize)]
pub struct CurrentEntry {
    /// Its name.
    pub name: String,
    /// Its ARN; an inline policy has none.
    pub arn: Option<String>,
    /// The policy.
    pub document: Value,
}

/// The time that the input spans.
#[derive(Clone, Debug, Serialize)]
pub struct WindowHead {
    /// The first event's moment.
    pub first: Option<Timestamp>,
    /// The last event's moment.
    pub last: Option<Timestamp>,
    /// Days from the first to the last event, both counted.
    pub days: i32,
    /// Days among them without any event.
    pub empty_days: i32,
}

/// What the input shows at all.
#[derive(Clone, Debug, Serialize)]
pub struct CoverageHead {
    /// Files read.
    pub files: u64,
    /// Events by anyone.
    pub events: u64,
    /// Events by the role.
    pub role_events: u64,
    /// Denied calls by the role.
    pub denied_events: u64,
    /// Places that could not be read.
    pub gaps: Vec<String>,
    /// Accounts seen.
    pub accounts: Vec<String>,
    /// Regions seen.
    pub regions: Vec<String>,
    /// Types of data events that the input holds, by anyone.
    pub data_event_types: Vec<String>,
    /// Days on which an otherwise active account has no event in a region.
    pub day_gaps: Vec<DayGap>,
    /// Says whether the trails' event selectors were given.
    pub has_event_selectors: bool,
    /// Events by the role that the user left out.
    pub excluded: u64,
    /// Calls by the role that need no permission.
    pub no_permission_needed: u64,
    /// Entries by the role that are no API calls.
    pub not_api_calls: u64,
}

/// A policy to put on the role.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyEntry {
    /// A name for it.
    pub name: String,
    /// The policy.
    pub document: Value,
    /// Its size as IAM counts it.
    pub characters: usize,
    /// The most that IAM takes.
    pub quota: usize,
    /// Why each statement is there.
    pub statements: Vec<StatementEntry>,
}

/// Why a statement is there.
#[derive(Clone, Debug, Serialize)]
pub struct StatementEntry {
    /// Its name.
    pub sid: String,
    /// `observed`, `runtime` or `kept`.
    pub purpose: &'static str,
    /// The reason, for all but `observed`.
    pub reason: Option<String>,
    /// Uses of its grants.
    pub count: u64,
    /// The first use.
    pub first_seen: Option<Timestamp>,
    /// The last use.
    pub last_seen: Option<Timestamp>,
    /// Days with a use.
    pub days: usize,
    /// Sessions that used it, the first few by name.
    pub sessions: Vec<String>,
    /// The earliest event ids.
    pub event_ids: Vec<String>,
}

/// A pattern that holds more than what was seen.
#[derive(Clone, Debug, Serialize)]
pub struct GeneralizationEntry {
    /// The pattern.
    pub pattern: String,
    /// How many distinct resources seen it stands for.
    pub seen: usize,
    /// What else it holds, in words.
    pub admits: String,
    /// Why the part is open-ended.
    pub reason: String,
}

/// A call that was denied.
#[derive(Clone, Debug, Serialize)]
pub struct DeniedEntry {
    /// The operation, as `source:name`.
    pub operation: String,
    /// What it maps to.
    pub actions: Vec<String>,
    /// On which resources.
    pub resources: Vec<String>,
    /// How often.
    pub count: u64,
    /// The last time.
    pub last_seen: Option<Timestamp>,
    /// AWS's error code.
    pub code: String,
    /// AWS's word on what was missing.
    pub message: String,
    /// What the message says was missing, and by which kind of policy.
    pub missing: Option<Denial>,
    /// Says whether no call with one of its actions was ever allowed.
    pub is_never_allowed: bool,
    /// Says whether it is granted all the same, because the user says so.
    pub is_granted: bool,
}

/// A call that maps to no action.
#[derive(Clone, Debug, Serialize)]
pub struct UnmappedEntry {
    /// The operation, as `source:name`.
    pub operation: String,
    /// Why.
    pub reason: String,
    /// How often.
    pub count: u64,
}

/// Something that the reader must know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Warning {
    /// The fact, in one line.
    pub what: String,
    /// The particulars, a line each.
    pub details: Vec<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What was checked.
#[derive(Clone, Debug, Serialize)]
pub struct Verified {
    /// Distinct accesses replayed over the policies, all of them allowed.
    pub accesses: usize,
    /// What the policies grant, counted by why; nothing else is granted.
    pub explained: ExplainedEntry,
    /// Uses that these stand for.
    pub uses: u64,
    /// Whether the suggestion lies within the current policies; `None` if these were not given.
    pub within_current: Option<Within>,
    /// Grants that the current policies do not hold, with the reason; `None` if these were not given.
    pub added: Option<Vec<Added>>,
}

/// Whether the suggestion allows nothing that the current policies do not, by proof.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Within {
    /// Proved.
    Proved,
    /// Refuted: these requests are allowed by the suggestion alone.
    Refuted {
        /// A request for each kind of difference.
        witnesses: Vec<Witness>,
    },
    /// Not decided.
    Unknown {
        /// Why.
        reason: String,
    },
}

/// A request that shows a difference.
#[derive(Clone, Debug, Serialize)]
pub struct Witness {
    /// Its action.
    pub action: String,
    /// Its resource.
    pub resource: String,
    /// Its condition keys, in lower case, with their values.
    pub context: BTreeMap<String, Vec<String>>,
}

impl From<&Request> for Witness {
    fn from(request: &Request) -> Self {
        let context = request.context().iter();
        Self {
            action: request.action().to_owned(),
            resource: request.resource().to_owned(),
            context: context
                .map(|(key, values)| (key.to_owned(), values.to_vec()))
                .collect(),
        }
    }
}

/// A grant that the current policies do not hold.
#[derive(Clone, Debug, Serialize)]
pub struct Added {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// Why it is granted.
    pub reason: String,
}

/// Pairs of an action and a resource that the policies grant, counted by why.
#[derive(Clone, Debug, Serialize)]
pub struct ExplainedEntry {
    /// Just as seen.
    pub observed: usize,
    /// By a pattern that stands for what was seen.
    pub generalized: usize,
    /// The runtime's needs.
    pub runtime: usize,
    /// Kept because their use cannot be seen.
    pub kept: usize,
    /// Kept because the user said so.
    pub pinned: usize,
    /// Pairs that grant nothing, since the action cannot apply to the resource.
    pub void: usize,
}

/// What became of a condition that was asked for.
#[derive(Clone, Debug, Serialize)]
pub struct ConditionEntry {
    /// Its name.
    pub condition: String,
    /// How many grants carry it.
    pub grants: usize,
    /// Grants that do not.
    pub left_out: Vec<LeftOut>,
}

/// A grant without a condition that was asked for.
#[derive(Clone, Debug, Serialize)]
pub struct LeftOut {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// Why.
    pub reason: String,
}

/// A wildcard in place of several actions.
#[derive(Clone, Debug, Serialize)]
pub struct CompressedEntry {
    /// The pattern of actions.
    pub pattern: String,
    /// The actions that it stands for.
    pub stands_for: Vec<String>,
}

/// Something that would have been granted, but for a pin.
#[derive(Clone, Debug, Serialize)]
pub struct WithheldEntry {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// How often it was seen in use.
    pub uses: u64,
    /// Why it is never granted.
    pub reason: String,
}

/// A text diff against one current policy.
#[derive(Clone, Debug, Serialize)]
pub struct DiffEntry {
    /// The current policy's name.
    pub policy: String,
    /// The unified diff.
    pub text: String,
}
