//! How findings are mended: one change for each thing, whatever the number of findings that it mends.
//!
//! A change is data. `report::fixes` writes it as commands of the AWS CLI, as CloudFormation or as Terraform, and what applies changes can
//! take the same data. What cannot be decided here (which principal is meant, which network) is said in words.

mod merge;
mod replication;

use std::collections::BTreeMap;

pub use merge::{Merged, Refusal, merge};
pub use replication::replication_policy;

use crate::finding::Finding;
use crate::policy::{Document, Statement};
use crate::posture::{Bucket, Identity, Posture, Setting};

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
        /// Says whether the bucket had one.
        is_there: bool,
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
    /// Termination protection on.
    TerminationProtection,
    /// A stack policy that keeps what holds data.
    StackPolicy,
    /// What a person must decide, in words.
    Told(String),
}

impl Remedy {
    /// Says whether it takes nothing away that works, so that it may be done without a person who reads it line by line.
    pub fn is_safe(&self) -> bool {
        match self {
            Self::BucketPolicy { .. } | Self::Versioning | Self::TerminationProtection => true,
            Self::AccountBlock
            | Self::BucketBlock
            | Self::ListsOff { .. }
            | Self::Encryption { .. }
            | Self::OldVersions { .. }
            | Self::Logging
            | Self::Replication { .. }
            | Self::StackPolicy
            | Self::Told(_) => false,
        }
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
        let named: Vec<&'static str> = findings.iter().map(|one| one.rule.name).collect();
        let of = |identity: &&Identity| identity.id == id && identity.spot.file == file;
        let bucket = posture
            .buckets
            .iter()
            .find(|one| of(&&one.identity) || is_answer(&one.identity, id, file));
        let mut mended = match bucket {
            Some(bucket) => bucket_fixes(bucket, &named),
            None => Vec::new(),
        };
        mended.extend(other_fixes(posture, (file, id), &named));
        let is_mended = |rule: &str| mended.iter().any(|fix: &Fix| fix.rules.contains(&rule));
        let mut told: Vec<Fix> = Vec::new();
        for finding in &findings {
            let rule = finding.rule.name;
            if is_mended(rule) || told.iter().any(|fix| fix.rules.contains(&rule)) {
                continue;
            }
            told.push(Fix {
                target: target(finding),
                rules: vec![rule],
                remedy: Remedy::Told(finding.rule.fix.to_owned()),
                cautions: Vec::new(),
            });
        }
        fixes.extend(mended);
        fixes.extend(told);
    }
    fixes
}

/// Findings in saved answers stand in several files of one thing.
fn is_answer(identity: &Identity, id: &str, file: &str) -> bool {
    let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    identity.id == id
        && identity.origin == crate::posture::Origin::Aws
        && folder(&identity.spot.file) == folder(file)
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

/// Rules, and the change of a bucket that mends them.
type OfBucket = (&'static [&'static str], fn(&Bucket) -> Remedy);

/// The rules that each change of a bucket mends, apart from its policy.
const OF_BUCKETS: [OfBucket; 7] = [
    (&["bucket-without-public-access-block"], |_| {
        Remedy::BucketBlock
    }),
    (&["bucket-acls-enabled", "bucket-public-acl"], |bucket| {
        Remedy::ListsOff {
            has_list: bucket.acl.value().is_some(),
        }
    }),
    (
        &[
            "bucket-without-encryption",
            "bucket-without-kms",
            "bucket-without-bucket-key",
        ],
        |bucket| {
            let now = bucket.encryption.value();
            let algorithm = now.and_then(|one| one.algorithm.value());
            Remedy::Encryption {
                key: now.and_then(|one| one.key.clone()),
                is_by_s3: algorithm.is_some_and(|name| !name.starts_with("aws:kms")),
            }
        },
    ),
    (&["bucket-without-versioning"], |_| Remedy::Versioning),
    (&["bucket-without-lifecycle-of-old-versions"], |bucket| {
        Remedy::OldVersions {
            has_rules: bucket.lifecycle.value().is_some(),
        }
    }),
    (&["bucket-without-logging"], |_| Remedy::Logging),
    (&["bucket-without-replication"], |bucket| {
        Remedy::Replication {
            arn: bucket.arn.clone(),
        }
    }),
];

/// What to know before a change of a bucket is made.
fn cautions(remedy: &Remedy, bucket: &Bucket) -> Vec<String> {
    let words = match remedy {
        Remedy::BucketBlock => {
            "what is read without credentials today, a website for instance, is refused then"
        }
        Remedy::ListsOff { .. } => {
            "grants in lists no longer hold: whoever writes or reads by them needs a statement in the policy"
        }
        Remedy::Encryption { key: None, .. } => {
            "without a key id AWS's own key is used, which principals of other accounts cannot use"
        }
        Remedy::Encryption { key: Some(_), .. } => {
            "whoever writes needs `kms:GenerateDataKey` on the key, whoever reads `kms:Decrypt`"
        }
        Remedy::OldVersions { .. } => {
            "old versions are deleted after the days that the rule says: choose them"
        }
        Remedy::Replication { .. } => {
            "only what is written from then on is copied; S3 Batch Replication copies what is there"
        }
        _ => return Vec::new(),
    };
    let mut cautions = vec![words.to_owned()];
    let is_kms = bucket.encryption.value().is_some_and(|encryption| {
        let algorithm = encryption.algorithm.value();
        algorithm.is_some_and(|name| name.starts_with("aws:kms"))
    });
    if is_kms && matches!(remedy, Remedy::Replication { .. }) {
        cautions.push(
            "objects encrypted with KMS are copied only with `SourceSelectionCriteria`, and the role needs `kms:Decrypt` on this key and `kms:Encrypt` on the other".to_owned(),
        );
    }
    cautions
}

fn bucket_fixes(bucket: &Bucket, named: &[&'static str]) -> Vec<Fix> {
    let wanted = |rules: &[&str]| -> Vec<&'static str> {
        let mut found: Vec<&'static str> = named
            .iter()
            .copied()
            .filter(|rule| rules.contains(rule))
            .collect();
        found.dedup();
        found
    };
    let mut fixes = Vec::new();
    let rules = wanted(&["bucket-without-tls", "bucket-old-tls-allowed"]);
    if !rules.is_empty() {
        fixes.push(policy_fix(bucket, rules));
    }
    for (rules, remedy) in OF_BUCKETS {
        let rules = wanted(rules);
        if rules.is_empty() || bucket.is_elsewhere {
            continue;
        }
        let remedy = remedy(bucket);
        fixes.push(Fix {
            target: bucket.identity.clone(),
            rules,
            cautions: cautions(&remedy, bucket),
            remedy,
        });
    }
    fixes
}

/// The statements that refuse what must be refused, merged into the policy.
fn policy_fix(bucket: &Bucket, rules: Vec<&'static str>) -> Fix {
    let is_wanted = |rule: &str| rules.contains(&rule);
    let wanted = (
        is_wanted("bucket-without-tls"),
        is_wanted("bucket-old-tls-allowed"),
    );
    let mut known = true;
    let existing = match &bucket.policy {
        Setting::Set(policy, _) => {
            known = policy.unread.is_empty();
            Some(&policy.document)
        }
        Setting::NotSet => None,
        Setting::NotKnown(_) => {
            known = false;
            None
        }
    };
    let remedy = match merge(existing, &bucket.arn, wanted) {
        Ok(merged) if known => Remedy::BucketPolicy {
            added: merged.added,
            whole: merged.whole,
            is_there: existing.is_some(),
        },
        Ok(_) => Remedy::Told(
            "not all of the policy could be read, so nothing was merged into it".to_owned(),
        ),
        Err(refusal) => Remedy::Told(refusal.to_string()),
    };
    Fix {
        target: bucket.identity.clone(),
        rules,
        remedy,
        cautions: Vec::new(),
    }
}

fn other_fixes(posture: &Posture, (file, id): (&str, &str), named: &[&'static str]) -> Vec<Fix> {
    let mut fixes = Vec::new();
    let mut add = |identity: &Identity, rule: &'static str, remedy: Remedy| {
        if named.contains(&rule) {
            fixes.push(Fix {
                target: identity.clone(),
                rules: vec![rule],
                remedy,
                cautions: Vec::new(),
            });
        }
    };
    let is = |identity: &Identity| {
        identity.id == id && (identity.spot.file == file || is_answer(identity, id, file))
    };
    for account in posture.accounts.iter().filter(|one| is(&one.identity)) {
        let rule = "account-without-public-access-block";
        add(&account.identity, rule, Remedy::AccountBlock);
    }
    for stack in posture.stacks.iter().filter(|one| is(&one.identity)) {
        let rule = "stack-without-termination-protection";
        add(&stack.identity, rule, Remedy::TerminationProtection);
        let rule = "stack-without-stack-policy";
        add(&stack.identity, rule, Remedy::StackPolicy);
    }
    fixes
}
