//! From usage and current grants to the smallest policy that still allows all that was seen.
//!
//! *usage* → [`Grant`]s (one action on one resource, with its purpose) → generalized → restricted by conditions → grouped into
//! statements → fitted into policies → replayed, and counted. A suggestion that does not allow everything seen, or that grants what
//! nothing explains, is never returned.

mod applicability;
mod backtest;
mod characters;
mod compact;
mod compress;
mod condition;
pub mod cover;
mod current;
mod excess;
mod fit;
mod forecast;
mod gather;
mod generalize;
mod group;
mod hidden;
mod observe;
mod open_part;
mod pins;
mod restrict;
mod runtime;
mod sid;
mod suspicion;
mod verify;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::policy::{CompiledPolicy, Document, Statement};
use crate::usage::{Coverage, RoleUsage};
pub use applicability::can_apply;
pub use backtest::{Backtest, BacktestDenial, backtest};
pub use characters::NO_SUCH_CHARACTERS;
pub use compress::Compressed;
pub use condition::{Conditions, equals, is_wider};
pub use current::{CurrentGrant, CurrentGrants, Place, Reach};
pub use excess::Explained;
pub use forecast::{Forecast, Prediction, WalkForward, forecast, new_needs};
pub use gather::Kept;
pub use hidden::{Dropped, HiddenChoice, HiddenGrants};
pub use observe::{Observability, Observer};
pub use pins::{Never, Pin, Pins, Withheld, WithheldBy};
pub use restrict::{Restricted, Restriction};
pub use suspicion::{Suspicion, suspicions};
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
    /// Conditions that are asked for.
    pub conditions: BTreeSet<Restriction>,
    /// What was decided beforehand.
    pub pins: Pins,
    /// The room that there is.
    pub quota: Room,
    /// Denied actions that are granted all the same, because the user says so.
    pub allow_denied: Vec<String>,
}

impl Options {
    /// Those of a suggestion that nobody writes: it is only compared with, so there is room for all of it.
    pub fn unwritten() -> Self {
        const CHARACTERS: usize = 6144;
        const POLICIES: usize = 1000;
        Self {
            levels: Levels::default(),
            style: Style::Readable,
            hidden: HiddenChoice::Keep,
            conditions: BTreeSet::new(),
            pins: Pins::default(),
            quota: Room {
                characters: CHARACTERS,
                policies: POLICIES,
                may_compress: false,
            },
            allow_denied: Vec::new(),
        }
    }
}

/// How much IAM takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// The most characters of one policy, as IAM counts them.
    pub characters: usize,
    /// The most policies.
    pub policies: usize,
    /// Whether wildcards in actions may save characters where the policies do not fit otherwise.
    pub may_compress: bool,
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
    /// The user keeps it: the reason.
    Pinned(String),
}

impl Purpose {
    /// The reason, for all but what was seen.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Observed => None,
            Self::Runtime(reason) | Self::Kept(reason) | Self::Pinned(reason) => Some(reason),
        }
    }
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
    /// The same, ready to decide.
    pub compiled: Vec<CompiledPolicy>,
    /// All grants, as they stand in the policies.
    pub grants: Vec<Grant>,
    /// Patterns that admit more than what was seen.
    pub generalizations: Vec<Generalization>,
    /// Grants of the current policies whose use cannot be seen.
    pub hidden: HiddenGrants,
    /// What is not granted although it was seen or kept: a pin forbids it, or no policy can name it.
    pub withheld: Vec<Withheld>,
    /// What became of the conditions asked for.
    pub restricted: Vec<Restricted>,
    /// Wildcards in actions that save characters.
    pub compressed: Vec<Compressed>,
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

/// Makes the suggestion for one role or user.
///
/// # Errors
///
/// [`Unsound`] if the replay finds an access that the policies do not allow, or the count a grant that nothing explains; nothing may
/// be written then.
pub fn suggest(basis: Basis<'_>, options: &Options) -> Result<Suggestion, Unsound> {
    let Basis { usage, catalog, .. } = basis;
    let forbidden = pins::Forbidden::new(&options.pins);
    let (observed, mut withheld) = forbidden.sift(gather::observed(usage), usage);
    let observed = characters::sift(observed, usage, catalog, &mut withheld);
    let (grants, mut generalizations) = open_part::generalize(&observed, &options.levels, catalog);
    let mut grants = forbidden.narrow(grants, &observed);
    let restricted = restrict::restrict(&mut grants, usage, &options.conditions, &options.levels);
    let mut others = runtime::grants(basis);
    others.extend(gather::asked_for(usage, &options.allow_denied));
    let known: Vec<Grant> = grants.iter().chain(&others).cloned().collect();
    let hidden = hidden::decide(basis, &known, &options.hidden);
    others.extend(hidden.kept.iter().map(gather::kept_grant));
    others.extend(options.pins.keep.iter().map(pins::pinned));
    grants.extend(forbidden.refuse(others, &mut withheld));
    let grants = group::absorb(characters::fit(grants, &mut generalizations));
    let statements = match options.style {
        Style::Readable => group::statements(&grants, catalog),
        Style::Compact => compact::statements(&grants, catalog),
    };
    let (policies, compressed) = fit::within(&usage.role.name, statements, options.quota, catalog);
    let compiled = compiled(&policies);
    let verification = Verification {
        accesses: verify::replay(&observed, &compiled, usage, options)?,
        explained: excess::count(&policies, &grants, &observed, &generalizations, catalog)?,
    };
    let is_granted =
        |general: &Generalization| grants.iter().any(|grant| grant.resource == general.pattern);
    let generalizations = generalizations.into_iter().filter(is_granted).collect();
    Ok(Suggestion {
        policies,
        compiled,
        grants,
        generalizations,
        hidden,
        withheld,
        restricted,
        compressed,
        verification,
    })
}

fn compiled(policies: &[SuggestedPolicy]) -> Vec<CompiledPolicy> {
    let compile = |policy: &SuggestedPolicy| CompiledPolicy::new(&policy.document);
    policies.iter().map(compile).collect()
}
