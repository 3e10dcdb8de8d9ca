//! Any text is one of the AWS CLI's saved answers or tells nothing; rules take whatever was read.

use std::collections::BTreeMap;

use polgen::catalog::Catalog;
use polgen::harden::harden;
use polgen::posture::read_saved;
use polgen::template::read_printed;

/// Names of saved answers: their folder says whose they are, their own name which call's.
const NAMES: [&str; 12] = [
    "access-point/ap/access-point.json",
    "account/public-access-block.json",
    "bucket/data/acl.json",
    "bucket/data/encryption.json",
    "bucket/data/lifecycle.json",
    "bucket/data/policy.json",
    "bucket/data/replication.json",
    "function/app/configuration.json",
    "function/app/policy.json",
    "roles.json",
    "security-groups.json",
    "stack/app/drift.json",
];

pub(crate) fn check(bytes: &[u8]) {
    let Some(text) = super::text(bytes) else {
        return;
    };
    let files: BTreeMap<String, String> = NAMES
        .iter()
        .map(|name| ((*name).to_owned(), text.to_owned()))
        .collect();
    let posture = read_saved("saved", &files, None);
    harden(&posture, Catalog::bundled());
    drop(read_printed("answer.json", text));
}
