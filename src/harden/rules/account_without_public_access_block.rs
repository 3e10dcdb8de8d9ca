//! `account-without-public-access-block`: the account does not keep all its buckets from becoming public.

use super::words::are;
use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Account, Posture, Setting};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "account-without-public-access-block",
        severity: Severity::High,
        area: Area::S3,
        what: "The account does not keep all its buckets from becoming public.",
        why: "One bucket that somebody opens by mistake is then open to everyone; the account's own switch holds for buckets that nobody has made yet.",
        fix: "Turn all four switches on for the account: `aws s3control put-public-access-block`.",
    },
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    side: Side::Customer,
    serves: "S3: not public",
    check: Check::Account(check),
};

fn check(account: &Account, _: &Posture) -> Verdict {
    match &account.public_access_block {
        Setting::NotKnown(why) => Verdict::NotChecked(why.clone()),
        Setting::NotSet => Verdict::failed(None, "none of the four switches is on"),
        Setting::Set(block, spot) => match block.off().as_slice() {
            [] => Verdict::Passed,
            off => Verdict::failed(Some(spot), format!("{} off", are(off))),
        },
    }
}
