//! The Lambda functions that run under a role, as far as their configuration tells what the role must allow.
//!
//! Environment variables come along in the answers and are dropped here: they may hold secrets.

use std::collections::BTreeMap;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::{EventSourceMappingConfiguration, FunctionConfiguration, TracingMode};
use tokio::task::JoinSet;

use super::calls::{LIST_EVENT_SOURCE_MAPPINGS, LIST_FUNCTIONS};
use super::error::translate;
use super::{AwsError, Session};
use crate::usage::{EventSource, FunctionFacts};

/// The functions found, and where it was not possible to look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Functions {
    /// By ARN.
    pub functions: Vec<FunctionFacts>,
    /// What failed, as `REGION: …`.
    pub missing: Vec<String>,
}

/// Looks in all the regions at once.
pub fn of_role(session: &Session, regions: &[String], role_arn: &str) -> Functions {
    let outcomes = session.block_on(async {
        let mut tasks = JoinSet::new();
        for region in regions {
            let client = session.lambda_in(region);
            let (region, role) = (region.clone(), role_arn.to_owned());
            tasks.spawn(async move {
                let outcome = in_region(&client, &region, &role).await;
                (region, outcome)
            });
        }
        tasks.join_all().await
    });
    let mut found = Functions::default();
    for (region, outcome) in outcomes {
        match outcome {
            Ok((functions, problem)) => {
                found.functions.extend(functions);
                found
                    .missing
                    .extend(problem.map(|error| format!("{region}: {error}")));
            }
            Err(error) => found.missing.push(format!("{region}: {error}")),
        }
    }
    found.functions.sort();
    found.missing.sort();
    found
}

async fn in_region(
    client: &Client,
    region: &str,
    role: &str,
) -> Result<(Vec<FunctionFacts>, Option<AwsError>), AwsError> {
    let mut functions = BTreeMap::new();
    let mut pages = client.list_functions().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| translate(&LIST_FUNCTIONS, &error))?;
        for function in page.functions.unwrap_or_default() {
            if function.role.as_deref() == Some(role)
                && let Some(arn) = &function.function_arn
            {
                functions.insert(arn.clone(), facts(&function, arn, region));
            }
        }
    }
    let problem = if functions.is_empty() {
        None
    } else {
        feed(client, &mut functions).await.err()
    };
    Ok((functions.into_values().collect(), problem))
}

fn facts(function: &FunctionConfiguration, arn: &str, region: &str) -> FunctionFacts {
    let name = function.function_name.clone().unwrap_or_default();
    let own_group = format!("/aws/lambda/{name}");
    let vpc = function.vpc_config.as_ref();
    let tracing = function.tracing_config.as_ref();
    FunctionFacts {
        arn: arn.to_owned(),
        region: region.to_owned(),
        is_in_vpc: vpc.is_some_and(|vpc| !vpc.subnet_ids().is_empty()),
        is_traced: tracing.and_then(|tracing| tracing.mode.as_ref()) == Some(&TracingMode::Active),
        log_group: function
            .logging_config
            .as_ref()
            .and_then(|logging| logging.log_group.clone())
            .filter(|group| *group != own_group),
        dead_letter_arn: function
            .dead_letter_config
            .as_ref()
            .and_then(|dead_letter| dead_letter.target_arn.clone()),
        key_arn: function.kms_key_arn.clone(),
        event_sources: Vec::new(),
        name,
    }
}

/// Adds what feeds the functions. A mapping may name a version or alias behind the function's ARN.
async fn feed(
    client: &Client,
    functions: &mut BTreeMap<String, FunctionFacts>,
) -> Result<(), AwsError> {
    let mut pages = client.list_event_source_mappings().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| translate(&LIST_EVENT_SOURCE_MAPPINGS, &error))?;
        for mapping in page.event_source_mappings.unwrap_or_default() {
            let arn = mapping.function_arn.as_deref().unwrap_or_default();
            let bare: Vec<&str> = arn.splitn(8, ':').take(7).collect();
            if let Some(function) = functions.get_mut(&bare.join(":")) {
                function.event_sources.push(source(&mapping));
                function.event_sources.sort();
            }
        }
    }
    Ok(())
}

fn source(mapping: &EventSourceMappingConfiguration) -> EventSource {
    let on_failure = mapping
        .destination_config
        .as_ref()
        .and_then(|destinations| destinations.on_failure.as_ref());
    EventSource {
        arn: mapping.event_source_arn.clone(),
        on_failure_arn: on_failure.and_then(|failure| failure.destination.clone()),
        is_enabled: mapping.state.as_deref() != Some("Disabled"),
    }
}
