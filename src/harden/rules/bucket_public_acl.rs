//! `bucket-public-acl`: the bucket's access control list lets in anyone.

use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Acl, Bucket, Posture, Setting};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "bucket-public-acl",
        severity: Severity::High,
        area: Area::S3,
        what: "The bucket's access control list lets in anyone.",
        why: "`AllUsers` is everyone, `AuthenticatedUsers` everyone with any AWS account.",
        fix: "Turn access control lists off (`BucketOwnerEnforced`) and grant by policy.",
    },
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html",
    side: Side::Customer,
    serves: "S3: not public",
    check: Check::Bucket(check),
};

/// Lists of AWS's own that let in everyone. Source: S3 user guide, "Canned ACL".
const PUBLIC: [&str; 3] = ["public-read", "public-read-write", "authenticated-read"];
/// The groups that are everyone. Source: S3 user guide, "Amazon S3 predefined groups".
const GROUPS: [&str; 2] = ["global/AllUsers", "global/AuthenticatedUsers"];

fn check(bucket: &Bucket, _: &Posture) -> Verdict {
    let is_off = bucket.ownership.value().map(String::as_str) == Some("BucketOwnerEnforced");
    let block = bucket.public_access_block.value();
    if is_off || block.is_some_and(|block| block.ignore_public_acls) {
        return Verdict::Passed;
    }
    match &bucket.acl {
        Setting::NotKnown(why) => Verdict::NotChecked(why.clone()),
        Setting::Set(Acl::Canned(name), spot) if PUBLIC.contains(&name.as_str()) => {
            Verdict::failed(Some(spot), format!("the list is `{name}`"))
        }
        Setting::NotSet | Setting::Set(Acl::Canned(_), _) => Verdict::Passed,
        Setting::Set(Acl::Grants(grants), spot) => {
            let open = grants
                .iter()
                .find(|grant| GROUPS.iter().any(|group| grant.grantee.ends_with(group)));
            match open {
                None => Verdict::Passed,
                Some(grant) => {
                    let group = grant.grantee.rsplit('/').next().unwrap_or_default();
                    let what = format!("`{}` is granted to `{group}`", grant.permission);
                    Verdict::failed(Some(spot), what)
                }
            }
        }
    }
}
