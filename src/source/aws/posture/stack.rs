//! Stacks: what AWS keeps of them beside their templates, and what they made. Drift is told as it was last detected: to detect it is a
//! change of the stack's state, and never done here.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{
    ResourceStatus, Stack, StackResourceDrift, StackResourceDriftStatus, StackResourceSummary,
};
use serde_json::{Value as Json, json};

use super::reply::Thing;
use super::targets::{Local, Targets};
use super::{Reading, each};
use crate::source::aws::error::translate;
use crate::source::aws::{AwsError, AwsErrorKind};
use crate::source::calls::{
    DESCRIBE_STACK_DRIFTS, DESCRIBE_STACKS, GET_STACK_POLICY, LIST_STACK_RESOURCES, LIST_STACKS,
};

/// Reads all stacks, with those inside of them, and adds what they made.
pub(super) async fn read(
    reading: &Reading<'_>,
    targets: &mut Targets,
) -> Result<Vec<Thing>, AwsError> {
    let mut clients = BTreeMap::new();
    let mut done: BTreeSet<Local> = BTreeSet::new();
    let mut things = Vec::new();
    loop {
        let mut questions = Vec::new();
        let named = targets.named.clone();
        for (local, listed) in &mut targets.stacks {
            if !done.insert(local.clone()) {
                continue;
            }
            let (region, name) = local;
            let client: &mut Client = clients
                .entry(region.clone())
                .or_insert_with(|| reading.session.cloudformation_in(region));
            let asking = Asking {
                client: client.clone(),
                name: name.clone(),
                thing: Thing::new(reading.arn("cloudformation", region, &format!("stack/{name}"))),
                // All that is in the account is read anyway.
                has_parts: !reading.request.wanted.is_whole_account || named.contains(name),
            };
            let (listed, region) = (listed.take(), region.clone());
            questions.push(async move { (asking.all(listed).await, region) });
        }
        if questions.is_empty() {
            return Ok(things);
        }
        for ((mut thing, parts, gone), region) in each(questions).await {
            if let Some(error) = gone {
                let name = thing.arn.rsplit('/').next().unwrap_or_default().to_owned();
                let is_named = targets.is_named(&name);
                thing.absent(&name, is_named, error);
            }
            if let Some(error) = thing.end {
                return Err(error);
            }
            things.push(thing);
            for (kind, id) in parts {
                targets.add(&kind, &id, &region);
            }
        }
    }
}

/// Lists the stacks of a region.
pub(super) async fn list(client: &Client) -> (Vec<Stack>, Option<AwsError>) {
    let mut pages = client.describe_stacks().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => found.extend(page.stacks.unwrap_or_default()),
            Err(error) => return (found, Some(translate(&LIST_STACKS, &error))),
        }
    }
    (found, None)
}

/// One stack that is asked about.
struct Asking {
    client: Client,
    name: String,
    thing: Thing,
    has_parts: bool,
}

/// A resource's type and its name in AWS.
type Part = (String, String);

impl Asking {
    /// The stack, what it made, and why it is not there if it is not.
    async fn all(mut self, listed: Option<Stack>) -> (Thing, Vec<Part>, Option<AwsError>) {
        let path = self.path("stack");
        let stack = match listed {
            Some(stack) => Ok(stack),
            None => self.described(&self.name).await,
        };
        match stack {
            Ok(stack) => {
                let protection = self.protection(&stack).await;
                match protection {
                    Ok(on) => self.thing.say(
                        &path,
                        json!({"Stacks": [{"EnableTerminationProtection": on}]}),
                    ),
                    Err(error) => self.thing.fail(&path, String::new(), error),
                }
                if let Some(id) = stack.stack_id {
                    self.thing.arn = id;
                }
            }
            Err(error) if error.kind == AwsErrorKind::NotFound => {
                return (self.thing, Vec::new(), Some(error));
            }
            Err(error) => self.thing.fail(&path, String::new(), error),
        }
        let answer = self
            .client
            .get_stack_policy()
            .stack_name(&self.name)
            .send()
            .await;
        let path = self.path("policy");
        self.thing.note(
            &path,
            &GET_STACK_POLICY,
            answer,
            |answer| json!({"StackPolicyBody": answer.stack_policy_body}),
        );
        self.drift().await;
        let parts = if self.has_parts {
            self.parts().await
        } else {
            Vec::new()
        };
        (self.thing, parts, None)
    }

    fn path(&self, file: &str) -> String {
        format!("stack/{}/{file}", self.name)
    }

    async fn described(&self, name: &str) -> Result<Stack, AwsError> {
        let answer = self.client.describe_stacks().stack_name(name).send().await;
        let answer = answer.map_err(|error| missing(translate(&DESCRIBE_STACKS, &error)))?;
        let stack = answer.stacks.unwrap_or_default().into_iter().next();
        stack.ok_or_else(|| AwsError::other(DESCRIBE_STACKS.action, "expected a stack, found none"))
    }

    /// Whether the stack is kept from being deleted; a stack in another is so by the outermost one.
    async fn protection(&self, stack: &Stack) -> Result<bool, AwsError> {
        let outermost = stack.root_id.as_deref();
        let outermost = outermost.filter(|root| Some(*root) != stack.stack_id.as_deref());
        let on = match outermost {
            Some(root) => self.described(root).await?.enable_termination_protection,
            None => stack.enable_termination_protection,
        };
        Ok(on == Some(true))
    }

    async fn drift(&mut self) {
        let question = self.client.describe_stack_resource_drifts();
        let mut pages = question.stack_name(&self.name).into_paginator().send();
        let path = self.path("drift");
        let mut all: Vec<Json> = Vec::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => all.extend(page.stack_resource_drifts().iter().map(drifted)),
                Err(error) => {
                    let error = translate(&DESCRIBE_STACK_DRIFTS, &error);
                    self.thing.fail(&path, String::new(), error);
                    return;
                }
            }
        }
        self.thing.say(&path, json!({"StackResourceDrifts": all}));
    }

    async fn parts(&mut self) -> Vec<Part> {
        let question = self.client.list_stack_resources();
        let mut pages = question.stack_name(&self.name).into_paginator().send();
        let mut parts = Vec::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => parts.extend(page.stack_resource_summaries().iter().filter_map(part)),
                Err(error) => {
                    let error = translate(&LIST_STACK_RESOURCES, &error);
                    self.thing.miss("what the stack made", error);
                    break;
                }
            }
        }
        parts
    }
}

fn drifted(one: &StackResourceDrift) -> Json {
    let status = one.stack_resource_drift_status.as_ref();
    json!({
        "LogicalResourceId": one.logical_resource_id,
        "ResourceType": one.resource_type,
        "StackResourceDriftStatus": status.map(StackResourceDriftStatus::as_str),
    })
}

/// A resource that is there.
fn part(one: &StackResourceSummary) -> Option<Part> {
    let status = one.resource_status.as_ref().map(ResourceStatus::as_str);
    let is_gone = status.is_some_and(|one| one == "DELETE_COMPLETE" || one == "DELETE_SKIPPED");
    let id = one
        .physical_resource_id
        .clone()
        .filter(|id| !id.is_empty() && !is_gone)?;
    Some((one.resource_type.clone()?, id))
}

/// CloudFormation calls a stack that is not there a wrong value.
fn missing(error: AwsError) -> AwsError {
    if error.problem.contains("does not exist") {
        AwsError {
            kind: AwsErrorKind::NotFound,
            ..error
        }
    } else {
        error
    }
}
