//! A whole account: its own public access block, all buckets and roles, and what each region has. A list that cannot be had is told.

use aws_sdk_s3::Client as S3;
use serde_json::json;

use super::reply::Thing;
use super::targets::Targets;
use super::{Reading, access_point, each, function, group, role, stack};
use crate::source::aws::AwsError;
use crate::source::aws::error::translate;
use crate::source::calls::{GET_ACCOUNT_BLOCK, LIST_BUCKETS};

/// The most buckets that a page of their list has.
const PAGE: i32 = 1000;

/// Finds everything, and reads what is the account's own.
pub(super) async fn read(reading: &Reading<'_>, targets: &mut Targets) -> Vec<Thing> {
    let mut account = Thing::new(reading.account_arn());
    let id = &reading.request.caller.account;
    let control = reading.session.s3control_in(reading.session.region());
    let answer = control
        .get_public_access_block()
        .account_id(id)
        .send()
        .await;
    let path = "account/public-access-block";
    account.note(path, &GET_ACCOUNT_BLOCK, answer, |answer| {
        let block = answer.public_access_block_configuration.as_ref();
        json!({"PublicAccessBlockConfiguration": block.map(access_point::block)})
    });
    let s3 = reading.session.s3_in(reading.session.region());
    let (buckets, error) = buckets(&s3).await;
    for (name, region) in buckets {
        let known = targets.buckets.entry(name).or_default();
        *known = region;
    }
    if let Some(error) = error {
        account.miss("the buckets", error);
    }
    let mut things = role::all(reading, &mut account).await;
    // They are all there.
    let read = things
        .iter()
        .filter_map(|thing| thing.arn.rsplit('/').next());
    for name in read {
        targets.roles.remove(name);
    }
    if let Some(error) = reading.request.regions.problem.clone() {
        account.miss("regions that are not on by default", error);
    }
    regions(reading, targets, &mut account).await;
    things.push(account);
    things
}

/// Looks into each region.
async fn regions(reading: &Reading<'_>, targets: &mut Targets, account: &mut Thing) {
    let mut questions = Vec::new();
    for region in &reading.request.regions.names {
        let session = reading.session;
        let clients = (
            session.lambda_in(region),
            session.cloudformation_in(region),
            session.cloudcontrol_in(region),
            session.s3control_in(region),
        );
        let (region, id) = (region.clone(), reading.request.caller.account.clone());
        questions.push(async move {
            let functions = function::list(&clients.0).await;
            let stacks = stack::list(&clients.1).await;
            let groups = group::list(&clients.2).await;
            let points = access_point::names(&clients.3, &id, None).await;
            (region, functions, stacks, groups, points)
        });
    }
    let mut found = each(questions).await;
    found.sort_by(|one, other| one.0.cmp(&other.0));
    for (region, functions, stacks, groups, points) in found {
        let local = |name: &str| (region.clone(), name.to_owned());
        let mut miss = |what: &str, error: Option<AwsError>| {
            if let Some(error) = error {
                account.miss(&format!("{what} of {region}"), error);
            }
        };
        miss("the functions", functions.1);
        for function in functions.0 {
            let name = local(function.function_name.as_deref().unwrap_or_default());
            targets.functions.insert(name, Some(function));
        }
        miss("the stacks", stacks.1);
        for stack in stacks.0 {
            let name = local(stack.stack_name.as_deref().unwrap_or_default());
            targets.stacks.insert(name, Some(stack));
        }
        miss("the security groups", groups.1);
        targets.groups.extend(groups.0.iter().map(|id| local(id)));
        match points {
            Ok(names) => {
                let points = names.iter().map(|name| local(name));
                targets.access_points.extend(points);
            }
            Err(error) => miss("the access points", Some(error)),
        }
    }
}

/// Names all buckets with their regions.
async fn buckets(client: &S3) -> (Vec<(String, Option<String>)>, Option<AwsError>) {
    let mut pages = client
        .list_buckets()
        .into_paginator()
        .page_size(PAGE)
        .send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => {
                let buckets = page.buckets.unwrap_or_default().into_iter();
                let named = buckets.filter_map(|one| Some((one.name?, one.bucket_region)));
                found.extend(named);
            }
            Err(error) => return (found, Some(translate(&LIST_BUCKETS, &error))),
        }
    }
    (found, None)
}
