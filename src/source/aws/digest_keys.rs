//! The public keys that CloudTrail signed its digests with; each region has its own.
//!
//! Source: the CloudTrail API reference, `ListPublicKeys`.

use std::collections::BTreeSet;

use aws_sdk_cloudtrail::primitives::DateTime;

use super::calls::LIST_PUBLIC_KEYS;
use super::error::translate;
use super::{AwsError, Session};
use crate::time::Timestamp;
use crate::trail::digest::PublicKey;

/// Lists the keys of these regions that were valid in this time.
pub fn read(
    session: &Session,
    regions: &BTreeSet<String>,
    (start, end): (Timestamp, Timestamp),
) -> Result<Vec<PublicKey>, AwsError> {
    session.block_on(async {
        let mut keys = Vec::new();
        for region in regions {
            let mut pages = session
                .cloudtrail_in(region)
                .list_public_keys()
                .start_time(DateTime::from_secs(start.as_second()))
                .end_time(DateTime::from_secs(end.as_second()))
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
        }
        Ok(keys)
    })
}
