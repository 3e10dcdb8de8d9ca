//! The policies that a role or user has today: a policy document, an AWS managed policy by name or ARN, a role or user as the AWS
//! CLI prints it, or a part of infrastructure code by its name there (`template.yaml#AppRole`).

mod account;
mod code;
mod text;
mod trust;

use std::path::Path;

use serde_json::Value;

use crate::catalog::{managed_policy, managed_policy_names};
use crate::nearest::nearest;
use crate::policy::{Document, PolicyKind};
use crate::synthesis::CurrentPolicy;
use crate::template::{Known, Unresolved};
use crate::trail::RoleName;

pub use account::AccountDetails;
pub(super) use code::beside;
pub use code::{
    known_policies, of_subject, read_code, read_definitions, read_module_texts, read_printed_file,
};
pub(super) use text::text_of;
pub use trust::{services_in, trusted_services};

/// The largest file that is read; IAM's own answers are far smaller.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// Why a current policy could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct CurrentError {
    /// The file and the place in it, or the name that was given.
    pub place: String,
    /// What was found and what was wanted.
    pub problem: String,
    /// What may help.
    pub hint: Option<String>,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Current {
    /// The policies.
    pub policies: Vec<CurrentPolicy>,
    /// What could not be resolved in them.
    pub unresolved: Vec<Unresolved>,
}

impl Current {
    /// Adds what another place holds.
    pub fn add(&mut self, other: Self) {
        self.policies.extend(other.policies);
        self.unresolved.extend(other.unresolved);
    }
}

impl From<Vec<CurrentPolicy>> for Current {
    fn from(policies: Vec<CurrentPolicy>) -> Self {
        Self {
            policies,
            unresolved: Vec::new(),
        }
    }
}

/// Reads one side of a comparison: what [`read`] takes, or several of them joined by `+`; `stdin` stands for `-`.
///
/// A file with many roles needs [`read`].
pub fn read_joined(
    argument: &str,
    stdin: Option<&str>,
    known: &Known,
) -> Result<Current, CurrentError> {
    let anyone = RoleName {
        account: String::new(),
        name: String::new(),
        arn: String::new(),
        has_path: false,
    };
    if argument != "-" && Path::new(argument).exists() {
        return read(argument, &anyone, known);
    }
    let mut current = Current::default();
    for part in argument.split('+') {
        current.add(match (part, stdin) {
            ("-", Some(text)) => read_text("standard input", text, &anyone)?.into(),
            _ => read(part, &anyone, known)?,
        });
    }
    Ok(current)
}

/// Reads what `--current` names. A file is read if there is one; else the name of an AWS managed policy is looked up.
pub fn read(argument: &str, role: &RoleName, known: &Known) -> Result<Current, CurrentError> {
    if let Some(current) = code::named(argument, known)? {
        return Ok(current);
    }
    let path = Path::new(argument);
    if !path.exists() {
        return managed(argument).map(|policy| vec![policy].into());
    }
    let text = text_of(argument, MOST_BYTES)?;
    read_text(argument, &text, role).map(Current::from)
}

fn read_text(place: &str, text: &str, role: &RoleName) -> Result<Vec<CurrentPolicy>, CurrentError> {
    let fail = |problem: String| CurrentError {
        place: place.to_owned(),
        problem,
        hint: None,
    };
    let value: Value =
        serde_json::from_str(text).map_err(|error| fail(format!("expected JSON: {error}")))?;
    Shape { place, role }.read(&value, text)
}

fn managed(name: &str) -> Result<CurrentPolicy, CurrentError> {
    let fail = |problem: String, hint: Option<String>| CurrentError {
        place: name.to_owned(),
        problem,
        hint,
    };
    let Some(policy) = managed_policy(name) else {
        let names = managed_policy_names();
        let like = nearest(
            name.rsplit('/').next().unwrap_or(name),
            names.iter().map(String::as_str),
            3,
        );
        let hint = (!like.is_empty()).then(|| format!("did you mean `{}`?", like.join("` or `")));
        return Err(fail(
            "expected a file, or the name or ARN of an AWS managed policy; there is none"
                .to_owned(),
            hint,
        ));
    };
    let document = Document::parse(&policy.document, PolicyKind::Identity)
        .map_err(|error| fail(error.to_string(), error.hint))?;
    Ok(CurrentPolicy {
        name: policy.name,
        arn: Some(policy.arn),
        document,
    })
}

/// What the AWS CLI calls the parts of a role or a user.
struct Words {
    word: &'static str,
    name_key: &'static str,
    details_key: &'static str,
    policies_key: &'static str,
}

/// The shapes in which the AWS CLI and people write policies down.
struct Shape<'a> {
    place: &'a str,
    role: &'a RoleName,
}

impl Shape<'_> {
    fn read(&self, value: &Value, text: &str) -> Result<Vec<CurrentPolicy>, CurrentError> {
        if value.get("RoleDetailList").is_some() || value.get("UserDetailList").is_some() {
            return self.account(value);
        }
        let holds = |key: &str| value.get(key).is_some();
        if holds("RolePolicyList") || holds("UserPolicyList") || holds("AttachedManagedPolicies") {
            return self.principal(value, "", &Value::Null);
        }
        let file_name = Path::new(self.place)
            .file_name()
            .map_or(self.place.into(), |name| name.to_string_lossy());
        let document = match (
            value.get("PolicyDocument"),
            value.pointer("/PolicyVersion/Document"),
        ) {
            (Some(document), _) => self.document(document, "PolicyDocument")?,
            (_, Some(document)) => self.document(document, "PolicyVersion.Document")?,
            _ => Document::parse(text, PolicyKind::Identity)
                .map_err(|error| self.policy_error("", &error))?,
        };
        let name = value
            .get("PolicyName")
            .and_then(Value::as_str)
            .unwrap_or(&file_name);
        Ok(vec![CurrentPolicy {
            name: name.to_owned(),
            arn: None,
            document,
        }])
    }

    /// Reads `aws iam get-account-authorization-details`.
    fn account(&self, value: &Value) -> Result<Vec<CurrentPolicy>, CurrentError> {
        let Words {
            word,
            name_key,
            details_key,
            ..
        } = self.words();
        let roles = list(value, details_key);
        let is_wanted = |(_, role): &(usize, &Value)| {
            let text = |key: &str| role.get(key).and_then(Value::as_str);
            if self.role.has_path {
                text("Arn") == Some(&self.role.arn)
            } else {
                text(name_key) == Some(&self.role.name)
            }
        };
        let Some((index, role)) = roles.iter().enumerate().find(is_wanted) else {
            let names: Vec<&str> = roles
                .iter()
                .filter_map(|role| role.get(name_key)?.as_str())
                .collect();
            let like = nearest(&self.role.name, names.iter().copied(), 3);
            let hint = if like.is_empty() {
                None
            } else {
                Some(format!("the file holds `{}`", like.join("`, `")))
            };
            return Err(CurrentError {
                place: format!("{}: {details_key}", self.place),
                problem: format!(
                    "expected the {word} `{}`, found {} other {word}s",
                    self.role.arn,
                    names.len()
                ),
                hint,
            });
        };
        let mut policies = self.principal(role, &format!("{details_key}[{index}]."), value)?;
        for name in list(role, "GroupList").iter().filter_map(Value::as_str) {
            policies.extend(self.group(name, value)?);
        }
        Ok(policies)
    }

    /// Reads a group that a user is in.
    fn group(&self, name: &str, account: &Value) -> Result<Vec<CurrentPolicy>, CurrentError> {
        let groups = list(account, "GroupDetailList");
        let is_named = |(_, group): &(usize, &Value)| {
            group.get("GroupName").and_then(Value::as_str) == Some(name)
        };
        match groups.iter().enumerate().find(is_named) {
            Some((index, group)) => {
                let at = format!("GroupDetailList[{index}].");
                self.lists(group, &at, "GroupPolicyList", account)
            }
            None => Err(CurrentError {
                place: format!("{}: GroupDetailList", self.place),
                problem: format!("expected the group `{name}`, which the user is in"),
                hint: Some("save users and groups together with `aws iam get-account-authorization-details`".to_owned()),
            }),
        }
    }

    fn words(&self) -> Words {
        if self.role.is_user() {
            Words {
                word: "user",
                name_key: "UserName",
                details_key: "UserDetailList",
                policies_key: "UserPolicyList",
            }
        } else {
            Words {
                word: "role",
                name_key: "RoleName",
                details_key: "RoleDetailList",
                policies_key: "RolePolicyList",
            }
        }
    }

    /// Reads one role or user; managed policies of the customer are looked up in `account`.
    fn principal(
        &self,
        role: &Value,
        at: &str,
        account: &Value,
    ) -> Result<Vec<CurrentPolicy>, CurrentError> {
        let Words {
            word,
            name_key,
            policies_key,
            ..
        } = self.words();
        let found = role.get(name_key).and_then(Value::as_str);
        if let Some(other) =
            found.filter(|name| !self.role.name.is_empty() && *name != self.role.name)
        {
            return Err(CurrentError {
                place: format!("{}: {at}{name_key}", self.place),
                problem: format!("expected the {word} `{}`, found `{other}`", self.role.name),
                hint: None,
            });
        }
        self.lists(role, at, policies_key, account)
    }

    /// Reads the inline and the attached policies of a role, a user or a group.
    fn lists(
        &self,
        role: &Value,
        at: &str,
        policies_key: &str,
        account: &Value,
    ) -> Result<Vec<CurrentPolicy>, CurrentError> {
        let mut policies = Vec::new();
        for (index, policy) in list(role, policies_key).iter().enumerate() {
            let place = format!("{at}{policies_key}[{index}]");
            let name = self.text(policy, &place, "PolicyName")?;
            let document = policy.get("PolicyDocument").unwrap_or(&Value::Null);
            let document = self.document(document, &format!("{place}.PolicyDocument"))?;
            policies.push(CurrentPolicy {
                name: name.to_owned(),
                arn: None,
                document,
            });
        }
        for (index, attached) in list(role, "AttachedManagedPolicies").iter().enumerate() {
            let place = format!("{at}AttachedManagedPolicies[{index}]");
            let arn = self.text(attached, &place, "PolicyArn")?;
            policies.push(self.attached(arn, &place, account)?);
        }
        Ok(policies)
    }

    /// Finds an attached policy: as the file has it, else as AWS publishes it.
    fn attached(
        &self,
        arn: &str,
        place: &str,
        account: &Value,
    ) -> Result<CurrentPolicy, CurrentError> {
        let in_file = list(account, "Policies")
            .iter()
            .enumerate()
            .find(|(_, policy)| policy.get("Arn").and_then(Value::as_str) == Some(arn));
        let Some((index, policy)) = in_file else {
            return managed(arn).map_err(|error| CurrentError {
                place: format!("{}: {place}", self.place),
                problem: format!("the document of `{arn}` is neither in the file nor known as an AWS managed policy"),
                hint: error.hint.or(Some(
                    "save it with `aws iam get-account-authorization-details --filter Role LocalManagedPolicy AWSManagedPolicy`".to_owned(),
                )),
            });
        };
        let default = policy.get("DefaultVersionId").and_then(Value::as_str);
        let versions = list(policy, "PolicyVersionList");
        let is_default = |version: &&Value| {
            let id = version.get("VersionId").and_then(Value::as_str);
            version.get("IsDefaultVersion").and_then(Value::as_bool) == Some(true)
                || id.is_some() && id == default
        };
        let place = format!("Policies[{index}].PolicyVersionList");
        let document = versions
            .iter()
            .find(is_default)
            .and_then(|version| version.get("Document"))
            .unwrap_or(&Value::Null);
        let document = self.document(document, &place)?;
        let name = arn.rsplit('/').next().unwrap_or(arn);
        Ok(CurrentPolicy {
            name: name.to_owned(),
            arn: Some(arn.to_owned()),
            document,
        })
    }

    /// Reads a document given as an object, or as the (also URL-encoded) text that some tools print.
    fn document(&self, value: &Value, place: &str) -> Result<Document, CurrentError> {
        let text = match value {
            Value::String(text) if text.trim_start().starts_with('%') => decoded(text),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Document::parse(&text, PolicyKind::Identity)
            .map_err(|error| self.policy_error(place, &error))
    }

    fn policy_error(&self, place: &str, error: &crate::policy::DocumentError) -> CurrentError {
        let joint = if place.is_empty() { "" } else { ": " };
        let inner = if error.path.is_empty() {
            String::new()
        } else {
            format!(": {}", error.path)
        };
        CurrentError {
            place: format!("{}{joint}{place}{inner}", self.place),
            problem: error.message.clone(),
            hint: error.hint.clone(),
        }
    }

    fn text<'v>(&self, value: &'v Value, place: &str, key: &str) -> Result<&'v str, CurrentError> {
        value
            .get(key)
            .and_then(Value::as_str)
            .ok_or_else(|| CurrentError {
                place: format!("{}: {place}.{key}", self.place),
                problem: "expected a text".to_owned(),
                hint: None,
            })
    }
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Undoes URL encoding; what is no escape stays.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail
            .get(..2)
            .and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        let byte = hex.filter(|_| first == b'%');
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() {
            tail.get(2..).unwrap_or_default()
        } else {
            tail
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
