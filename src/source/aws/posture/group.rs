//! Security groups, through Cloud Control, which answers in the shape of templates.

use std::collections::BTreeMap;

use aws_sdk_cloudcontrol::Client;
use serde_json::{Value as Json, json};

use super::reply::{Thing, document};
use super::targets::Targets;
use super::{Reading, each};
use crate::source::aws::AwsError;
use crate::source::aws::error::translate;
use crate::source::calls::{GET_RESOURCE, LIST_RESOURCES};

/// The type, as templates name it.
const KIND: &str = "AWS::EC2::SecurityGroup";

/// Reads all security groups.
pub(super) async fn read(reading: &Reading<'_>, targets: &Targets) -> Vec<Thing> {
    let mut clients = BTreeMap::new();
    let mut questions = Vec::new();
    for (region, id) in &targets.groups {
        let client: &mut Client = clients
            .entry(region)
            .or_insert_with(|| reading.session.cloudcontrol_in(region));
        let arn = reading.arn("ec2", region, &format!("security-group/{id}"));
        questions.push(one(client.clone(), id.clone(), Thing::new(arn)));
    }
    each(questions).await
}

async fn one(client: Client, id: String, mut thing: Thing) -> Thing {
    let question = client.get_resource().type_name(KIND).identifier(&id);
    match question.send().await {
        Ok(answer) => {
            let properties = answer.resource_description.and_then(|one| one.properties);
            let mut group = properties.as_deref().map_or(Json::Null, document);
            if let Json::Object(members) = &mut group {
                members.insert("GroupId".to_owned(), id.into());
                thing.say(
                    "account/security-groups",
                    json!({"SecurityGroups": [group]}),
                );
            } else {
                let error =
                    AwsError::other(GET_RESOURCE.action, "expected its properties, found none");
                thing.miss("the security group", error);
            }
        }
        Err(error) => thing.miss("the security group", translate(&GET_RESOURCE, &error)),
    }
    thing
}

/// Names the security groups of a region.
pub(super) async fn list(client: &Client) -> (Vec<String>, Option<AwsError>) {
    let mut pages = client
        .list_resources()
        .type_name(KIND)
        .into_paginator()
        .send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => {
                let all = page.resource_descriptions.unwrap_or_default();
                found.extend(all.into_iter().filter_map(|one| one.identifier));
            }
            Err(error) => return (found, Some(translate(&LIST_RESOURCES, &error))),
        }
    }
    (found, None)
}
