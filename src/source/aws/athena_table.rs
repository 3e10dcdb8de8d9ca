//! A table before it is asked: its columns and properties as Athena tells them, and the sizes of the files in its folders.

use std::sync::Arc;

use aws_sdk_athena::types::Column as Told;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::calls::{GET_TABLE_METADATA, LIST_OBJECTS};
use super::error::translate;
use super::{AwsError, AwsErrorKind, Session};
use crate::sql::{Column, Scan, TableFacts};

/// The account's own data catalog.
const OWN_CATALOG: &str = "AwsDataCatalog";
/// How many folders are listed at a time.
const LISTINGS_AT_ONCE: usize = 32;

/// Reads what Athena tells of a table.
///
/// # Errors
///
/// If it may not be read, or is not there.
pub fn read(
    session: &Session,
    catalog: Option<&str>,
    (database, table): (&str, &str),
    workgroup: Option<&str>,
) -> Result<TableFacts, AwsError> {
    let asked = session
        .athena()
        .get_table_metadata()
        .catalog_name(catalog.unwrap_or(OWN_CATALOG))
        .database_name(database)
        .table_name(table)
        .set_work_group(workgroup.map(str::to_owned))
        .send();
    let answer = session.block_on(asked).map_err(|error| {
        let error = translate(&GET_TABLE_METADATA, &error);
        let is_missing = error.problem.contains("EntityNotFoundException")
            || error.problem.contains("not found");
        if is_missing {
            AwsError {
                kind: AwsErrorKind::NotFound,
                hint: Some(
                    "name the table as `DATABASE.TABLE`; `polgen athena ddl` prints one".to_owned(),
                ),
                ..error
            }
        } else {
            error
        }
    })?;
    let Some(found) = answer.table_metadata else {
        let problem = "expected the table, found nothing";
        return Err(AwsError::other(GET_TABLE_METADATA.action, problem));
    };
    let columns = |told: &[Told]| -> Vec<Column> {
        let one = |it: &Told| Column {
            name: it.name().to_owned(),
            kind: it.r#type().unwrap_or_default().to_owned(),
        };
        told.iter().map(one).collect()
    };
    Ok(TableFacts {
        columns: columns(found.columns()),
        parted_by: columns(found.partition_keys()),
        properties: found.parameters.unwrap_or_default().into_iter().collect(),
    })
}

/// Adds up the sizes of the files in folders; of folders that were not looked at, as much as those that were on average.
///
/// # Errors
///
/// If one of them may not be listed.
pub fn sizes(session: &Session, scan: &Scan) -> Result<u64, AwsError> {
    let Some((bucket, _)) = scan.folders.first().and_then(|it| split(it)) else {
        return Ok(0);
    };
    session.block_on(async {
        let region = super::posture::region_of_bucket(session, bucket).await;
        let client = session.s3_in(region.as_deref().unwrap_or(session.region()));
        let gate = Arc::new(Semaphore::new(LISTINGS_AT_ONCE));
        let mut tasks = JoinSet::new();
        for (bucket, prefix) in scan.folders.iter().filter_map(|it| split(it)) {
            let (client, gate) = (client.clone(), Arc::clone(&gate));
            let (bucket, prefix) = (bucket.to_owned(), prefix.to_owned());
            tasks.spawn(async move {
                // It is never closed.
                let _turn = gate.acquire_owned().await;
                size(&client, &bucket, &prefix).await
            });
        }
        let mut bytes = 0_u64;
        while let Some(joined) = tasks.join_next().await {
            let failed = |error: tokio::task::JoinError| {
                AwsError::other(LIST_OBJECTS.action, error.to_string())
            };
            bytes += joined.map_err(failed)??;
        }
        Ok(projected(bytes, (scan.folders.len(), scan.of)))
    })
}

/// What all folders hold, if they hold as much as those that were looked at.
fn projected(bytes: u64, (looked_at, of): (usize, usize)) -> u64 {
    let looked_at = u128::try_from(looked_at).unwrap_or(1).max(1);
    let of = u128::try_from(of).unwrap_or(looked_at);
    u64::try_from(u128::from(bytes) * of / looked_at).unwrap_or(u64::MAX)
}

fn split(place: &str) -> Option<(&str, &str)> {
    place.strip_prefix("s3://")?.split_once('/')
}

async fn size(client: &aws_sdk_s3::Client, bucket: &str, prefix: &str) -> Result<u64, AwsError> {
    let mut pages = client
        .list_objects_v2()
        .bucket(bucket)
        .prefix(prefix)
        .into_paginator()
        .send();
    let mut bytes = 0;
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| translate(&LIST_OBJECTS, &error))?;
        let sizes = page
            .contents()
            .iter()
            .filter_map(aws_sdk_s3::types::Object::size);
        bytes += sizes.filter_map(|it| u64::try_from(it).ok()).sum::<u64>();
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_were_not_looked_at_count_too() {
        assert_eq!(projected(3_000, (600, 1_200)), 6_000);
        assert_eq!(projected(3_000, (36, 36)), 3_000);
        assert_eq!(projected(0, (0, 0)), 0);
        assert_eq!(projected(u64::MAX, (1, 2)), u64::MAX);
    }
}
