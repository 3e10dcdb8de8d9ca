//! How findings are mended: one change for each thing, whatever the number of findings that it mends.
//!
//! A change is data. `report::fixes` writes it as commands of the AWS CLI, as CloudFormation or as Terraform, and what applies changes can
//! take the same data. What a person must decide (which principal is meant, which network) is left open in it under a name
//! ([`Open`]), and what no change can mend is said in words.

mod bucket;
mod callers;
mod merge;
mod narrow;
mod openings;
mod others;
mod replication;
mod role;

use std::collections::{BTreeMap, BTreeSet};

pub use callers::Caller;
pub use merge::{Merged, Refusal, merge};
pub use openings::world;
pub use replication::replication_policy;

use crate::finding::Finding;
use crate::policy::{Document, Statement};
use crate::posture::{Block, Identity, Opening, Posture};

/// A change that mends findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What is changed.
    pub target: Identity,
    /// The rules whose findings it mends.
    pub rules: Vec<&'static str>,
    /// What is done.
    pub remedy: Remedy,
    /// What to know before.
    pub cautions: Vec<String>,
    /// Says whether the thing itself stands elsewhere, so that the code has only a part of it.
    pub is_elsewhere: bool,
    /// Says whether the setting that is changed was set before, so that the way back is to set it so again.
    pub was_set: bool,
}

/// What a person must name before a change can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Open {
    /// Who is meant.
    Principal,
    /// What is meant to be allowed.
    Action,
    /// The account that a service may act for.
    SourceAccount,
    /// What calls through a service.
    SourceArn,
    /// The repository at GitHub.
    Repository,
}

impl Open {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Principal,
        Self::Action,
        Self::SourceAccount,
        Self::SourceArn,
        Self::Repository,
    ];

    /// The name under which it stands in a document, behind a `$`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Principal => "PRINCIPAL_ARN",
            Self::Action => "ACTION",
            Self::SourceAccount => "SOURCE_ACCOUNT",
            Self::SourceArn => "SOURCE_ARN",
            Self::Repository => "REPOSITORY",
        }
    }

    /// What to name.
    pub fn wanted(self) -> &'static str {
        match self {
            Self::Principal => "ARN of the role, user or account that is meant",
            Self::Action => "action that is meant, e.g. s3:GetObject",
            Self::SourceAccount => "account that the service may act for",
            Self::SourceArn => "ARN of what calls through the service",
            Self::Repository => "repository at GitHub that is meant, as OWNER/NAME",
        }
    }

    /// The text that stands for it in a document.
    pub fn stand_in(self) -> String {
        format!("${}", self.name())
    }

    /// Those that a document leaves open.
    pub fn of(document: &Document) -> Vec<Self> {
        let text = document.to_compact();
        let is_there = |open: &Self| text.contains(&open.stand_in());
        Self::ALL.into_iter().filter(is_there).collect()
    }
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// All four switches of the account on.
    AccountBlock,
    /// All four switches of the bucket on.
    BucketBlock,
    /// Statements added to the bucket's policy.
    BucketPolicy {
        /// The statements; resources are the bucket's ARN and its objects'.
        added: Vec<Statement>,
        /// The whole policy with them.
        whole: Document,
        /// The bucket's ARN, with a stand-in for an open name.
        arn: String,
        /// Names of variables that stand for what the code leaves open.
        holes: BTreeSet<String>,
    },
    /// Statements of the bucket's policy narrowed to whom and what is to be named.
    BucketNarrowed {
        /// The whole policy, with the statements that another change adds.
        whole: Document,
        /// The bucket's ARN, with a stand-in for an open name.
        arn: String,
        /// Names of variables that stand for what the code leaves open.
        holes: BTreeSet<String>,
    },
    /// Access control lists turned off.
    ListsOff {
        /// Says whether a list is set that must go.
        has_list: bool,
    },
    /// Default encryption with KMS and a bucket key.
    Encryption {
        /// The key that is named now.
        key: Option<String>,
        /// Says whether S3's own keys are set now, which whoever may read objects needs no right on.
        is_by_s3: bool,
    },
    /// Versioning on.
    Versioning,
    /// A rule that removes old versions.
    OldVersions {
        /// Says whether there are rules, which must be kept.
        has_rules: bool,
    },
    /// Access logs into a bucket that is to be named.
    Logging,
    /// Copies in a bucket of another region that is to be named.
    Replication {
        /// The ARN of the source, with a stand-in for an open name.
        arn: String,
    },
    /// The access point made anew with all four switches on.
    AccessPoint {
        /// Its switches now.
        block: Block,
        /// The network that it serves.
        vpc: Option<String>,
        /// Says whether it has a policy.
        has_policy: bool,
    },
    /// Termination protection on.
    TerminationProtection,
    /// A stack policy that keeps what holds data.
    StackPolicy,
    /// Resources brought back to what the stack's template says.
    DriftReverted,
    /// Another runtime.
    Runtime {
        /// The one that is set.
        from: String,
        /// The newest one of its family that is in support.
        to: String,
    },
    /// Statements of the function's policy narrowed.
    Callers(Vec<Caller>),
    /// Variables moved into a secret.
    Secrets {
        /// The variables with secrets.
        names: Vec<String>,
        /// All others.
        others: Vec<String>,
    },
    /// What is open to every address let in from a network that is to be named.
    Openings {
        /// What is open.
        open: Vec<Opening>,
        /// The other rules of the group, if all are known; none for a rule that is a resource of its own.
        rest: Option<Vec<Opening>>,
        /// Says whether the rule is a resource of its own.
        is_rule: bool,
    },
    /// Another trust policy.
    Trust {
        /// The whole policy.
        whole: Document,
        /// Names of variables that stand for what the code leaves open.
        holes: BTreeSet<String>,
    },
    /// A permissions boundary that is to be named.
    Boundary,
    /// The policies of what the role uses in place of those that it has.
    FromUsage,
    /// The role taken away.
    RoleDeleted {
        /// The names of its inline policies.
        inline: Vec<String>,
        /// The ARNs of its managed policies.
        attached: Vec<String>,
        /// Says whether it has a boundary.
        is_bounded: bool,
    },
    /// What a person must do, in words.
    Told(String),
}

impl Remedy {
    /// Says whether it may be made without a person who reads it line by line: it takes nothing away that works, but for what public
    /// access blocks keep out, which is what they are for. `--fix apply` makes these and no others.
    pub fn is_safe(&self) -> bool {
        match self {
            Self::AccountBlock
            | Self::BucketBlock
            | Self::BucketPolicy { .. }
            | Self::Versioning
            | Self::TerminationProtection => true,
            // Readers in other accounts would need a right on a key that they need none on today.
            Self::Encryption { is_by_s3, .. } => !is_by_s3,
            Self::BucketNarrowed { .. }
            | Self::ListsOff { .. }
            | Self::OldVersions { .. }
            | Self::Logging
            | Self::Replication { .. }
            | Self::AccessPoint { .. }
            | Self::StackPolicy
            | Self::DriftReverted
            | Self::Runtime { .. }
            | Self::Callers(_)
            | Self::Secrets { .. }
            | Self::Openings { .. }
            | Self::Trust { .. }
            | Self::Boundary
            | Self::FromUsage
            | Self::RoleDeleted { .. }
            | Self::Told(_) => false,
        }
    }
}

/// A thing with findings, and the rules that they break.
struct Broken<'f> {
    file: &'f str,
    id: &'f str,
    rules: Vec<&'static str>,
}

impl Broken<'_> {
    /// Says whether it is this thing. Findings in saved answers stand in several files of one thing.
    fn is(&self, identity: &Identity) -> bool {
        let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
        let is_answer = || {
            identity.origin == crate::posture::Origin::Aws
                && folder(&identity.spot.file) == folder(self.file)
        };
        identity.id == self.id && (identity.spot.file == self.file || is_answer())
    }

    /// Those of some rules that are broken, in the order in which they were found.
    fn of(&self, rules: &[&str]) -> Vec<&'static str> {
        let mut found: Vec<&'static str> = self
            .rules
            .iter()
            .copied()
            .filter(|rule| rules.contains(rule))
            .collect();
        found.dedup();
        found
    }
}

/// The changes that mend the findings that count, in the order of what they change.
pub fn plan(posture: &Posture, findings: &[Finding]) -> Vec<Fix> {
    let mut by_thing: BTreeMap<(&str, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in findings.iter().filter(|one| one.counts()) {
        let place = &finding.place;
        by_thing
            .entry((&place.file, &place.resource))
            .or_default()
            .push(finding);
    }
    let mut fixes: Vec<Fix> = Vec::new();
    for ((file, id), findings) in by_thing {
        let broken = Broken {
            file,
            id,
            rules: findings.iter().map(|one| one.rule.name).collect(),
        };
        let mut mended = bucket::fixes(posture, &broken);
        mended.extend(others::fixes(posture, &broken));
        mended.extend(callers::fixes(posture, &broken));
        mended.extend(openings::fixes(posture, &broken));
        mended.extend(role::fixes(posture, &broken));
        let mut told: Vec<Fix> = Vec::new();
        for finding in &findings {
            let rule = finding.rule.name;
            let is_mended = |fix: &Fix| fix.rules.contains(&rule);
            if mended.iter().chain(&told).any(is_mended) {
                continue;
            }
            told.push(Fix {
                target: target(finding),
                rules: vec![rule],
                remedy: Remedy::Told(finding.rule.fix.to_owned()),
                cautions: Vec::new(),
                is_elsewhere: false,
                was_set: false,
            });
        }
        fixes.extend(mended);
        fixes.extend(told);
    }
    fixes
}

fn target(finding: &Finding) -> Identity {
    Identity {
        id: finding.place.resource.clone(),
        name: None,
        origin: crate::posture::Origin::Aws,
        spot: crate::posture::Spot {
            file: finding.place.file.clone(),
            line: finding.place.line,
        },
        parts: BTreeMap::new(),
    }
}
