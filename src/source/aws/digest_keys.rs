//! The public keys that CloudTrail signed its digests with; each region has its own.
//!
//! Source: the CloudTrail API reference, `ListPublicKeys`.

use std::collections::BTreeSet;

use aws_sdk_cloudtrail::primitives::DateTime;
use jiff::SignedDuration;

use super::calls::LIST_PUBLIC_KEYS;
use super::error::translate;
use super::{AwsError, Session};
use crate::time::Timestamp;
use crate::trail::Gap;
use crate::trail::digest::PublicKey;

/// How long before a digest's time its key may have been valid for the last time.
const MARGIN: SignedDuration = SignedDuration::from_hours(24);

/// Lists the keys of these regions that have been valid since `start`; a digest that is delivered late is signed with a newer one.
/// A region that gives none is a gap, unless none gives any.
pub fn read(
    session: &Session,
    regions: &BTreeSet<String>,
    start: Timestamp,
) -> Result<(Vec<PublicKey>, Vec<Gap>), AwsError> {
    let start = start.checked_sub(MARGIN).unwrap_or(start);
    session.block_on(async {
        let (mut keys, mut gaps, mut failed) = (Vec::new(), Vec::new(), None);
        for region in regions {
            match of_region(session, region, start).await {
                Ok(found) => keys.extend(found),
                Err(error) => {
                    gaps.push(Gap {
                        place: format!("keys of the digests of {region}"),
                        problem: error.to_string(),
                    });
                    failed = Some(error);
                }
            }
        }
        match failed {
            Some(error) if gaps.len() == regions.len() => Err(error),
            _ => Ok((keys, gaps)),
        }
    })
}

async fn of_region(
    session: &Session,
    region: &str,
    start: Timestamp,
) -> Result<Vec<PublicKey>, AwsError> {
    let mut keys = Vec::new();
    let mut pages = session
        .cloudtrail_in(region)
        .list_public_keys()
        .start_time(DateTime::from_secs(start.as_second()))
        .into_paginator()
        .items()
        .send();
    while let Some(key) = pages.next().await {
        let key = key.map_err(|error| translate(&LIST_PUBLIC_KEYS, &error))?;
        if let (Some(fingerprint), Some(value)) = (key.fingerprint, key.value) {
            keys.push(PublicKey {
                fingerprint,
                bytes: value.into_inner(),
            });
        }
    }
    Ok(keys)
}
