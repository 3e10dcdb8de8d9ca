//! Access points of buckets, through S3 Control.

use std::collections::BTreeMap;

use aws_sdk_s3control::Client;
use aws_sdk_s3control::types::PublicAccessBlockConfiguration;
use serde_json::{Value as Json, json};

use super::reply::{Thing, document};
use super::targets::Targets;
use super::{Reading, each};
use crate::source::aws::error::translate;
use crate::source::aws::{AwsError, AwsErrorKind};
use crate::source::calls::{GET_ACCESS_POINT, GET_ACCESS_POINT_POLICY, LIST_ACCESS_POINTS};

/// Reads all access points.
pub(super) async fn read(reading: &Reading<'_>, targets: &Targets) -> Vec<Thing> {
    let mut clients = BTreeMap::new();
    let mut questions = Vec::new();
    for (region, name) in &targets.access_points {
        let client: &mut Client = clients
            .entry(region)
            .or_insert_with(|| reading.session.s3control_in(region));
        let arn = reading.arn("s3", region, &format!("accesspoint/{name}"));
        let account = reading.request.caller.account.clone();
        let is_named = targets.is_named(name);
        questions.push(one(client.clone(), account, name.clone(), arn, is_named));
    }
    each(questions).await
}

async fn one(client: Client, account: String, name: String, arn: String, is_named: bool) -> Thing {
    let mut thing = Thing::new(arn);
    let question = client.get_access_point().account_id(&account).name(&name);
    let answer = question.send().await;
    if let Err(error) = &answer {
        let error = translate(&GET_ACCESS_POINT, error);
        if error.kind == AwsErrorKind::NotFound {
            thing.absent(&name, is_named, error);
            return thing;
        }
    }
    let path = format!("access-point/{name}/access-point");
    thing.note(&path, &GET_ACCESS_POINT, answer, |answer| {
        let block_of = answer.public_access_block_configuration.as_ref();
        json!({
            "PublicAccessBlockConfiguration": block_of.map(block),
            "VpcConfiguration": answer.vpc_configuration.map(|one| json!({"VpcId": one.vpc_id})),
        })
    });
    let question = client.get_access_point_policy();
    let answer = question.account_id(&account).name(&name).send().await;
    let path = format!("access-point/{name}/policy");
    thing.note(
        &path,
        &GET_ACCESS_POINT_POLICY,
        answer,
        |answer| json!({"Policy": answer.policy.as_deref().map(document)}),
    );
    thing
}

/// Names the access points of a bucket; what cannot be found is told at the bucket.
pub(super) async fn of_bucket(
    client: &Client,
    account: &str,
    bucket: &str,
    thing: &mut Thing,
) -> Vec<String> {
    match names(client, account, Some(bucket)).await {
        Ok(names) => names,
        Err(error) => {
            thing.miss("its access points", error);
            Vec::new()
        }
    }
}

/// Names the access points of a region, or of one bucket.
pub(super) async fn names(
    client: &Client,
    account: &str,
    bucket: Option<&str>,
) -> Result<Vec<String>, AwsError> {
    let question = client.list_access_points().account_id(account);
    let question = question.set_bucket(bucket.map(str::to_owned));
    let mut pages = question.into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| translate(&LIST_ACCESS_POINTS, &error))?;
        let list = page.access_point_list.unwrap_or_default();
        names.extend(list.into_iter().map(|one| one.name));
    }
    Ok(names)
}

/// The four switches as S3 Control has them.
pub(super) fn block(block: &PublicAccessBlockConfiguration) -> Json {
    json!({
        "BlockPublicAcls": block.block_public_acls,
        "IgnorePublicAcls": block.ignore_public_acls,
        "BlockPublicPolicy": block.block_public_policy,
        "RestrictPublicBuckets": block.restrict_public_buckets,
    })
}
