//! Holds what is read of roles, users and groups as the AWS CLI prints them.

use super::*;

const ACCOUNT: &str = r#"{
"RoleDetailList": [{
  "RoleName": "app", "Arn": "arn:aws:iam::111122223333:role/app",
  "AssumeRolePolicyDocument": {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]},
  "RolePolicyList": [{"PolicyName":"own","PolicyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Action":"s3:GetObject","Resource":"*"}]}}],
  "AttachedManagedPolicies": [
    {"PolicyName":"shared","PolicyArn":"arn:aws:iam::111122223333:policy/shared"},
    {"PolicyName":"ReadOnlyAccess","PolicyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"},
    {"PolicyName":"lost","PolicyArn":"arn:aws:iam::111122223333:policy/lost"}],
  "PermissionsBoundary": {"PermissionsBoundaryType":"Policy","PermissionsBoundaryArn":"arn:aws:iam::111122223333:policy/shared"}
}],
"UserDetailList": [{"UserName":"app","UserPolicyList":[],"GroupList":["staff"],"AttachedManagedPolicies":[]}],
"GroupDetailList": [{"GroupName":"staff","GroupPolicyList":[],"AttachedManagedPolicies":[]}],
"Policies": [{"PolicyName":"shared","Arn":"arn:aws:iam::111122223333:policy/shared","PolicyVersionList":[
  {"VersionId":"v1","IsDefaultVersion":false,"Document":{"Version":"2012-10-17","Statement":[]}},
  {"VersionId":"v2","IsDefaultVersion":true,"Document":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":"*"}]}}]},
 {"PolicyName":"ReadOnlyAccess","Arn":"arn:aws:iam::aws:policy/ReadOnlyAccess","PolicyVersionList":[]}]
}"#;

fn actions(content: &Content) -> Vec<String> {
    match content {
        Content::Document(document, _) => {
            let statements = document.statements.iter();
            statements
                .flat_map(|one| one.action.patterns().to_vec())
                .collect()
        }
        Content::Managed(name) => vec![name.clone()],
    }
}

#[test]
fn an_account_is_its_roles_users_groups_and_policies() {
    let subjects = read_printed("account.json", ACCOUNT).unwrap();
    let ids: Vec<&str> = subjects.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["app", "user/app", "group/staff", "shared"]);
    let role = &subjects[0];
    let held: Vec<Vec<String>> = role
        .policies
        .iter()
        .map(|one| actions(&one.content))
        .collect();
    assert_eq!(
        held.concat(),
        [
            "s3:GetObject",
            "sqs:*",
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:iam::111122223333:policy/lost"
        ]
    );
    let origins: Vec<&str> = role
        .policies
        .iter()
        .map(|one| one.origin.as_str())
        .collect();
    assert_eq!(origins, ["app", "shared", "app", "app"]);
    assert_eq!(role.policies[0].place_of("Statement[0].Action").line, 6);
    assert!(role.unresolved.is_empty());
    assert!(role.guards.trust.as_ref().unwrap().content.is_some());
    let boundary = role.guards.boundary.as_ref().unwrap();
    assert_eq!(actions(boundary.content.as_ref().unwrap()), ["sqs:*"]);
    // What a user has of groups is not his policies here, and that is said.
    assert!(
        subjects[1].unresolved[0]
            .what
            .contains("through its groups")
    );
}

#[test]
fn one_role_says_which_policies_it_has_or_that_this_is_not_known() {
    let text = r#"{"Role":{"RoleName":"app","AssumeRolePolicyDocument":{"Statement":[]}}}"#;
    let subjects = read_printed("role.json", text).unwrap();
    assert!(
        subjects[0].unresolved[0]
            .what
            .contains("does not say which policies `app` has")
    );
    assert!(read_printed("x.json", "{\"a\": 1}").unwrap().is_empty());
}
