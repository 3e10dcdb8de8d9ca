//! Roles: one by one where they are named, all in one list for a whole account; and what IAM saw each of them use.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{ManagedPolicyDetail, RoleDetail};
use serde_json::{Value as Json, json};

use super::reply::{Thing, document};
use super::targets::Targets;
use super::{Reading, each};
use crate::source::aws::AwsErrorKind;
use crate::source::aws::account_roles::{boundary, detail, lists, own};
use crate::source::aws::last_accessed;
use crate::source::aws::role::{ManagedPolicy, RoleState, read_with};
use crate::time::Timestamp;

/// Where the roles stand among saved answers.
const PATH: &str = "account/roles";

/// Reads the roles that are named.
pub(super) async fn read(reading: &Reading<'_>, targets: &Targets) -> Vec<Thing> {
    let client = reading.session.iam();
    let mut questions = Vec::new();
    for name in &targets.roles {
        let arn = reading.arn("iam", "", &format!("role/{name}"));
        let is_named = targets.is_named(name);
        questions.push(one(client.clone(), name.clone(), arn, is_named));
    }
    each(questions).await
}

async fn one(client: Client, name: String, arn: String, is_named: bool) -> Thing {
    let mut thing = Thing::new(arn);
    match read_with(client.clone(), &name).await {
        Ok(state) => {
            thing.arn.clone_from(&state.arn);
            for error in state.missing.clone() {
                thing.miss("a part of the role", error);
            }
            thing.say(PATH, of_state(&state));
            used(&client, &name, &mut thing).await;
        }
        Err(error) if error.kind == AwsErrorKind::NotFound => {
            thing.absent(&name, is_named, error);
        }
        Err(error) => thing.miss("the role", error),
    }
    thing
}

/// Adds what IAM saw the role use.
async fn used(client: &Client, name: &str, thing: &mut Thing) {
    let path = format!("role/{name}/last-accessed");
    match last_accessed::read_with(client, &thing.arn).await {
        Ok(found) => {
            let one = |(prefix, last): (&String, &Option<Timestamp>)| {
                json!({
                    "ServiceNamespace": prefix,
                    "LastAuthenticated": last.map(|one| one.to_string()),
                })
            };
            let services: Vec<Json> = found.services.iter().map(one).collect();
            let said = json!({"JobStatus": "COMPLETED", "ServicesLastAccessed": services});
            thing.say(&path, said);
        }
        Err(error) => thing.fail(&path, String::new(), error),
    }
}

/// Reads all roles of the account; what cannot be listed is told at the account.
pub(super) async fn all(reading: &Reading<'_>, account: &mut Thing) -> Vec<Thing> {
    let client = reading.session.iam();
    let (roles, policies, error) = lists(&client, false).await;
    if let Some(error) = error {
        account.miss("the roles", error);
    }
    let mut questions = Vec::new();
    for role in roles {
        let name = role.role_name.clone().unwrap_or_default();
        let mut thing = Thing::new(role.arn.clone().unwrap_or_default());
        thing.say(PATH, of_list(&role, &policies));
        let client = client.clone();
        questions.push(async move {
            used(&client, &name, &mut thing).await;
            thing
        });
    }
    each(questions).await
}

fn of_list(role: &RoleDetail, policies: &[ManagedPolicyDetail]) -> Json {
    let attached = role.attached_managed_policies().iter();
    let arns: Vec<&str> = attached.filter_map(|one| one.policy_arn()).collect();
    let boundary = boundary(role);
    let own_of_role = policies.iter().filter(|one| {
        let arn = one.arn.as_deref();
        arn.is_some_and(|arn| arns.contains(&arn) || boundary == Some(arn))
    });
    let policies: Vec<Json> = own_of_role.map(own).collect();
    json!({"RoleDetailList": [detail(role)], "Policies": policies})
}

fn of_state(state: &RoleState) -> Json {
    let inline = state
        .inline
        .iter()
        .map(|one| json!({"PolicyName": one.name, "PolicyDocument": document(&one.document)}));
    let all = state.attached.iter().chain(&state.boundary);
    let own = all.filter(|one| !one.is_of_aws()).map(|one| {
        let version = json!({"IsDefaultVersion": true, "Document": document(&one.document)});
        managed(Some(&one.arn), &[version])
    });
    let used = state
        .last_used
        .as_ref()
        .map(|(moment, _)| moment.to_string());
    let boundary = state.boundary_arn.as_ref();
    let boundary = boundary.map(|arn| json!({"PermissionsBoundaryArn": arn}));
    // What could not be read is there all the same.
    let attached = state.attached_arns.iter();
    let detail = json!({
        "RoleName": state.name,
        "Arn": state.arn,
        "CreateDate": state.made.map(|one| one.to_string()),
        "AssumeRolePolicyDocument": document(&state.trust),
        "RolePolicyList": inline.collect::<Vec<_>>(),
        "AttachedManagedPolicies": attached.map(|arn| attachment(Some(arn))).collect::<Vec<_>>(),
        "PermissionsBoundary": boundary,
        "RoleLastUsed": {"LastUsedDate": used},
    });
    json!({"RoleDetailList": [detail], "Policies": own.collect::<Vec<_>>()})
}

fn attachment(arn: Option<&str>) -> Json {
    json!({"PolicyArn": arn})
}

fn managed(arn: Option<&str>, versions: &[Json]) -> Json {
    json!({"Arn": arn, "PolicyVersionList": versions})
}

impl ManagedPolicy {
    /// Says whether AWS keeps it, for all accounts.
    fn is_of_aws(&self) -> bool {
        self.arn.contains(":iam::aws:")
    }
}
