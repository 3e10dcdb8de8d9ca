//! The regions to ask: those enabled in the account, as the account says, else those that every account has.

use super::calls::LIST_REGIONS;
use super::error::translate;
use super::{AwsError, Session};
use aws_sdk_account::types::RegionOptStatus;

/// The regions that are on unless an account turns them off. Source: the AWS account management guide, "Enable or disable AWS
/// Regions", regions with the default status enabled.
const ENABLED_BY_DEFAULT: &[(&str, &[&str])] = &[
    (
        "aws",
        &[
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ca-central-1",
            "eu-central-1",
            "eu-north-1",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "sa-east-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
    ),
    ("aws-cn", &["cn-north-1", "cn-northwest-1"]),
    ("aws-us-gov", &["us-gov-east-1", "us-gov-west-1"]),
];

/// Where each partition records its global services. Source: the CloudTrail user guide, "About global service events".
const GLOBAL_EVENTS: &[(&str, &str)] = &[
    ("aws", "us-east-1"),
    ("aws-cn", "cn-northwest-1"),
    ("aws-us-gov", "us-gov-west-1"),
];

/// The regions to ask, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Regions {
    /// Their names, sorted; with the one that records global services.
    pub names: Vec<String>,
    /// Why the account's own list could not be had; the regions that all accounts have stand in its place.
    pub problem: Option<AwsError>,
}

/// Lists the enabled regions.
pub fn enabled(session: &Session, partition: &str) -> Result<Regions, AwsError> {
    let (mut names, problem) = match session.block_on(listed(session)) {
        Ok(names) if !names.is_empty() => (names, None),
        Ok(_) => (by_default(session, partition), None),
        Err(error) if error.is_about_credentials() => return Err(error),
        Err(error) => (by_default(session, partition), Some(error)),
    };
    let global = GLOBAL_EVENTS.iter().find(|(name, _)| *name == partition);
    names.extend(global.map(|(_, region)| (*region).to_owned()));
    names.sort();
    names.dedup();
    Ok(Regions { names, problem })
}

async fn listed(session: &Session) -> Result<Vec<String>, AwsError> {
    let mut pages = session
        .account()
        .list_regions()
        .region_opt_status_contains(RegionOptStatus::Enabled)
        .region_opt_status_contains(RegionOptStatus::EnabledByDefault)
        .into_paginator()
        .send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| translate(&LIST_REGIONS, &error))?;
        let found = page.regions.unwrap_or_default();
        names.extend(found.into_iter().filter_map(|region| region.region_name));
    }
    Ok(names)
}

fn by_default(session: &Session, partition: &str) -> Vec<String> {
    let known = ENABLED_BY_DEFAULT
        .iter()
        .find(|(name, _)| *name == partition);
    let known = known.map_or(&[] as &[&str], |(_, names)| *names);
    let names = known.iter().map(|name| (*name).to_owned());
    names.chain([session.region().to_owned()]).collect()
}
