//! Functions. Their variables are looked at for secrets, and no value of them is ever shown.

use std::collections::BTreeMap;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::types::{EnvironmentResponse, FunctionConfiguration, Runtime};
use serde_json::{Value as Json, json};

use super::reply::{Thing, document};
use super::targets::Targets;
use super::{Reading, each};
use crate::source::aws::error::translate;
use crate::source::aws::{AwsError, AwsErrorKind};
use crate::source::calls::{GET_FUNCTION, GET_FUNCTION_POLICY, LIST_FUNCTIONS};

/// Reads all functions.
pub(super) async fn read(reading: &Reading<'_>, targets: &mut Targets) -> Vec<Thing> {
    let mut clients = BTreeMap::new();
    let mut questions = Vec::new();
    for ((region, name), listed) in std::mem::take(&mut targets.functions) {
        let client: &mut Client = clients
            .entry(region.clone())
            .or_insert_with(|| reading.session.lambda_in(&region));
        let arn = reading.arn("lambda", &region, &format!("function:{name}"));
        let is_named = targets.is_named(&name);
        questions.push(one(client.clone(), name, Thing::new(arn), listed, is_named));
    }
    each(questions).await
}

async fn one(
    client: Client,
    name: String,
    mut thing: Thing,
    listed: Option<FunctionConfiguration>,
    is_named: bool,
) -> Thing {
    let path = format!("function/{name}/configuration");
    if let Some(listed) = listed {
        thing.say(&path, of_list(&listed));
    } else {
        let question = client.get_function_configuration();
        let answer = question.function_name(&name).send().await;
        if let Err(error) = &answer {
            let error = translate(&GET_FUNCTION, error);
            if error.kind == AwsErrorKind::NotFound {
                thing.absent(&name, is_named, error);
                return thing;
            }
        }
        thing.note(&path, &GET_FUNCTION, answer, |answer| of_answer(&answer));
    }
    let answer = client.get_policy().function_name(&name).send().await;
    let path = format!("function/{name}/policy");
    thing.note(
        &path,
        &GET_FUNCTION_POLICY,
        answer,
        |answer| json!({"Policy": answer.policy.as_deref().map(document)}),
    );
    thing
}

/// Lists the functions of a region.
pub(super) async fn list(client: &Client) -> (Vec<FunctionConfiguration>, Option<AwsError>) {
    let mut pages = client.list_functions().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => found.extend(page.functions.unwrap_or_default()),
            Err(error) => return (found, Some(translate(&LIST_FUNCTIONS, &error))),
        }
    }
    (found, None)
}

fn of_list(function: &FunctionConfiguration) -> Json {
    let runtime = function.runtime.as_ref().map(Runtime::as_str);
    let environment = function.environment.as_ref().map(variables);
    json!({"Runtime": runtime, "Role": function.role, "Environment": environment})
}

fn of_answer(function: &GetFunctionConfigurationOutput) -> Json {
    let runtime = function.runtime.as_ref().map(Runtime::as_str);
    let environment = function.environment.as_ref().map(variables);
    json!({"Runtime": runtime, "Role": function.role, "Environment": environment})
}

fn variables(environment: &EnvironmentResponse) -> Json {
    let variables = environment.variables.iter().flatten();
    let variables: BTreeMap<&String, &String> = variables.collect();
    let error = environment.error.as_ref();
    let error = error.map(|one| json!({"ErrorCode": one.error_code, "Message": one.message}));
    json!({"Variables": variables, "Error": error})
}
