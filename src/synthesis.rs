//! From usage and current grants to the smallest policy that still allows all that was seen.
//!
//! *usage* → [`Grant`]s (one action on one resource, with its purpose) → generalized → grouped into statements → fitted into
//! policies → replayed. A suggestion that does not allow everything seen is never returned.

mod applicability;
mod characters;
mod compact;
mod condition;
pub mod cover;
mod current;
mod fit;
mod forecast;
mod gather;
mod generalize;
mod group;
mod hidden;
mod open_part;
mod runtime;
mod sid;
mod verify;
mod volatile;

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::policy::{Document, Statement};
use crate::usage::{Coverage, RoleUsage};
pub use condition::Conditions;
pub use current::{CurrentGrant, CurrentGrants, Observability, Place, observability};
pub use forecast::{Forecast, forecast};
pub use gather::Kept;
pub use hidden::{Dropped, HiddenChoice, HiddenGrants};
pub use verify::{Unsound, Verification};

/// How far resources are generalized.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// Only the ARNs seen.
    Exact,
    /// Open-ended parts become patterns.
    #[default]
    Pattern,
    /// Every resource of the type in the account and region.
    Type,
}

/// How far resources are generalized, by service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// For all services that are not listed.
    pub general: Level,
    /// By action prefix.
    pub by_service: BTreeMap<String, Level>,
    /// Patterns of ARNs; a resource seen that one covers is granted by it.
    pub name_patterns: Vec<String>,
}

impl Levels {
    /// The level for an action's resources.
    pub fn of(&self, action: &str) -> Level {
        let service = action.split(':').next().unwrap_or(action);
        self.by_service
            .get(service)
            .copied()
            .unwrap_or(self.general)
    }
}

/// How statements are cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// By service and purpose, each with a name that says what it is for.
    #[default]
    Readable,
    /// In as few characters as can be found, without names.
    Compact,
}

/// What the user decided.
#[derive(Clone, Debug)]
pub struct Options {
    /// How far resources are generalized.
    pub levels: Levels,
    /// How statements are cut.
    pub style: Style,
    /// What becomes of grants whose use cannot be seen.
    pub hidden: HiddenChoice,
    /// The most characters of one policy, as IAM counts them.
    pub quota_characters: usize,
}

/// A policy that the role has today.
#[derive(Clone, Debug, PartialEq)]
pub struct CurrentPolicy {
    /// Its name, for people.
    pub name: String,
    /// Its ARN, if it is a managed policy.
    pub arn: Option<String>,
    /// What it says.
    pub document: Document,
}

/// One action on one resource, granted under conditions, for a purpose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// Why it is granted.
    pub purpose: Purpose,
    /// The full action.
    pub action: String,
    /// The resource, an IAM pattern.
    pub resource: String,
    /// Under which conditions.
    pub conditions: Conditions,
}

/// Why something is granted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// It was seen, or implied by what was seen.
    Observed,
    /// The runtime needs it without the trail showing it: the reason.
    Runtime(String),
    /// The current policy grants it and the trail cannot show its use: the reason.
    Kept(String),
}

/// A pattern that stands for several names, and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generalization {
    /// The pattern.
    pub pattern: String,
    /// How many distinct resources it stands for.
    pub seen: usize,
    /// What else it holds, in words.
    pub admits: String,
    /// Why the part is open-ended.
    pub reason: String,
}

/// A statement with the reason why it is there.
#[derive(Clone, Debug, PartialEq)]
pub struct SuggestedStatement {
    /// The statement.
    pub statement: Statement,
    /// Why it is there.
    pub purpose: Purpose,
}

/// A policy to put on the role.
#[derive(Clone, Debug, PartialEq)]
pub struct SuggestedPolicy {
    /// A name for it.
    pub name: String,
    /// The statements with their reasons, in the document's order.
    pub statements: Vec<SuggestedStatement>,
    /// The policy.
    pub document: Document,
    /// Its size as IAM counts it.
    pub characters: usize,
}

/// The result: policies that are proved to allow all that was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// The policies; together they are what the role needs.
    pub policies: Vec<SuggestedPolicy>,
    /// All grants, as they stand in the policies.
    pub grants: Vec<Grant>,
    /// Patterns that admit more than what was seen.
    pub generalizations: Vec<Generalization>,
    /// Grants of the current policies whose use cannot be seen.
    pub hidden: HiddenGrants,
    /// The outcome of the replay.
    pub verification: Verification,
}

/// What a suggestion is made from.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// What the role did.
    pub usage: &'a RoleUsage,
    /// What the input shows at all.
    pub coverage: &'a Coverage,
    /// What the role may do today; empty if not known.
    pub current: &'a CurrentGrants,
    /// The facts.
    pub catalog: &'a Catalog,
}

/// Makes the suggestion for one role.
///
/// # Errors
///
/// [`Unsound`] if the replay finds an access that the policies do not allow; nothing may be written then.
pub fn suggest(basis: Basis<'_>, options: &Options) -> Result<Suggestion, Unsound> {
    let Basis { usage, catalog, .. } = basis;
    let observed = gather::observed(usage);
    let (mut grants, mut generalizations) =
        open_part::generalize(&observed, &options.levels, catalog);
    grants.extend(runtime::grants(usage, catalog));
    let hidden = hidden::decide(basis, &grants, options.hidden);
    grants.extend(hidden.kept.iter().map(gather::kept_grant));
    let grants = group::absorb(characters::fit(grants, &mut generalizations));
    let statements = match options.style {
        Style::Readable => group::statements(&grants, catalog),
        Style::Compact => compact::statements(&grants, catalog),
    };
    let policies = fit::policies(&usage.role.name, statements, options.quota_characters);
    let verification = verify::replay(&observed, &policies)?;
    let is_granted =
        |general: &Generalization| grants.iter().any(|grant| grant.resource == general.pattern);
    let generalizations = generalizations.into_iter().filter(is_granted).collect();
    Ok(Suggestion {
        policies,
        grants,
        generalizations,
        hidden,
        verification,
    })
}
