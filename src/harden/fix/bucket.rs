//! Changes of buckets.

use super::{Broken, Fix, Remedy, merge, narrow};
use crate::policy::Document;
use crate::posture::{Acl, Bucket, Posture, Setting};

/// Rules, the change of a bucket that mends them, and whether its setting is set now.
type OfBucket = (
    &'static [&'static str],
    fn(&Bucket) -> Remedy,
    fn(&Bucket) -> bool,
);

/// The rules that each change of a bucket mends, apart from its policy.
const OF_BUCKETS: [OfBucket; 7] = [
    (
        &["bucket-without-public-access-block"],
        |_| Remedy::BucketBlock,
        |bucket| bucket.public_access_block.value().is_some(),
    ),
    (
        &["bucket-acls-enabled", "bucket-public-acl"],
        |bucket| Remedy::ListsOff {
            has_list: bucket.acl.value().is_some_and(has_others),
        },
        |bucket| bucket.ownership.value().is_some(),
    ),
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
        |bucket| bucket.encryption.value().is_some(),
    ),
    (
        &["bucket-without-versioning"],
        |_| Remedy::Versioning,
        |bucket| bucket.versioning.value().is_some(),
    ),
    (
        &["bucket-without-lifecycle-of-old-versions"],
        |bucket| Remedy::OldVersions {
            has_rules: bucket.lifecycle.value().is_some(),
        },
        |bucket| bucket.lifecycle.value().is_some(),
    ),
    (
        &["bucket-without-logging"],
        |_| Remedy::Logging,
        |bucket| bucket.logging.value().is_some(),
    ),
    (
        &["bucket-without-replication"],
        |bucket| Remedy::Replication {
            arn: bucket.arn.clone(),
        },
        |bucket| bucket.replication.value().is_some(),
    ),
];

/// A list that grants the owner alone is that of every bucket.
fn has_others(acl: &Acl) -> bool {
    match acl {
        Acl::Canned(name) => name != "private",
        Acl::Grants(grants) => {
            grants.len() > 1 || grants.iter().any(|one| one.grantee.starts_with("http"))
        }
    }
}

/// The changes that mend what is broken of a bucket.
pub(super) fn fixes(posture: &Posture, broken: &Broken<'_>) -> Vec<Fix> {
    let mut all = posture.buckets.iter();
    let Some(bucket) = all.find(|one| broken.is(&one.identity)) else {
        return Vec::new();
    };
    let mut fixes = Vec::new();
    let rules = broken.of(&["bucket-without-tls", "bucket-old-tls-allowed"]);
    if !rules.is_empty() {
        fixes.push(policy_fix(bucket, rules));
    }
    let rules = broken.of(&["bucket-public-policy", "bucket-policy-wildcard"]);
    if !rules.is_empty() {
        fixes.push(narrowed(bucket, rules, fixes.first()));
    }
    for (rules, remedy, was_set) in OF_BUCKETS {
        let rules = broken.of(rules);
        if rules.is_empty() || bucket.is_elsewhere {
            continue;
        }
        let remedy = remedy(bucket);
        fixes.push(Fix {
            target: bucket.identity.clone(),
            rules,
            cautions: cautions(&remedy, bucket),
            remedy,
            is_elsewhere: false,
            was_set: was_set(bucket),
        });
    }
    fixes
}

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

/// Why a policy cannot be changed.
const UNREAD: &str = "not all of the policy could be read, so nothing was merged into it";

/// The policy, and whether all of it is known.
fn existing(bucket: &Bucket) -> (Option<&Document>, bool) {
    match &bucket.policy {
        Setting::Set(policy, _) => (Some(&policy.document), policy.unread.is_empty()),
        Setting::NotSet => (None, true),
        Setting::NotKnown(_) => (None, false),
    }
}

fn fix_of_policy(bucket: &Bucket, rules: Vec<&'static str>, remedy: Remedy) -> Fix {
    Fix {
        target: bucket.identity.clone(),
        rules,
        remedy,
        cautions: Vec::new(),
        is_elsewhere: bucket.is_elsewhere,
        was_set: bucket.policy.value().is_some(),
    }
}

/// The statements that refuse what must be refused, merged into the policy.
fn policy_fix(bucket: &Bucket, rules: Vec<&'static str>) -> Fix {
    let is_wanted = |rule: &str| rules.contains(&rule);
    let wanted = (
        is_wanted("bucket-without-tls"),
        is_wanted("bucket-old-tls-allowed"),
    );
    let (existing, is_known) = existing(bucket);
    let remedy = match merge(existing, &bucket.arn, wanted) {
        Ok(merged) if is_known => Remedy::BucketPolicy {
            added: merged.added,
            whole: merged.whole,
            arn: bucket.arn.clone(),
            holes: holes(bucket),
        },
        Ok(_) => Remedy::Told(UNREAD.to_owned()),
        Err(refusal) => Remedy::Told(refusal.to_string()),
    };
    fix_of_policy(bucket, rules, remedy)
}

fn holes(bucket: &Bucket) -> std::collections::BTreeSet<String> {
    let policy = bucket.policy.value();
    policy.map(|one| one.holes.clone()).unwrap_or_default()
}

/// The statements that let in anyone, or everything, narrowed to whom and what is to be named; what the change before adds is kept.
fn narrowed(bucket: &Bucket, rules: Vec<&'static str>, before: Option<&Fix>) -> Fix {
    let base = match before.map(|fix| &fix.remedy) {
        Some(Remedy::BucketPolicy { whole, .. }) => Some(whole),
        _ => existing(bucket).0,
    };
    let remedy = match (base, bucket.policy.value()) {
        (Some(base), Some(policy)) if policy.unread.is_empty() => {
            let is_wanted = |rule: &str| rules.contains(&rule);
            let mut whole = base.clone();
            if is_wanted("bucket-public-policy") {
                narrow::principals(&mut whole, policy);
            }
            if is_wanted("bucket-policy-wildcard") {
                narrow::actions(&mut whole);
            }
            Remedy::BucketNarrowed {
                whole,
                arn: bucket.arn.clone(),
                holes: policy.holes.clone(),
            }
        }
        _ => Remedy::Told(UNREAD.to_owned()),
    };
    let mut fix = fix_of_policy(bucket, rules, remedy);
    fix.cautions = vec![
        "whoever else is let in by these statements today is refused then; to name several, repeat the statement"
            .to_owned(),
    ];
    fix
}
