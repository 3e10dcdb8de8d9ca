//! What is wanted: the suggestion that `polgen suggest --format json` printed, and how to put it on the role.

use serde_json::Value;

use super::plan::denies;
use crate::arn::{Arn, is_account};
use crate::policy::{Document, PolicyKind};
use crate::synthesis::CurrentPolicy;

/// How a suggestion is put on a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As managed policies that replace those which the suggestion saw.
    Replace,
    /// As the role's permissions boundary; its other policies stay.
    Boundary,
}

/// A suggestion, ready to be put on its role.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The role's ARN.
    pub role: String,
    /// The role's name.
    pub name: String,
    /// The role's account.
    pub account: String,
    /// The policies to put on it.
    pub policies: Vec<WantedPolicy>,
    /// The policies that the role had when the suggestion was made; `None` if it was made without them.
    pub seen: Option<Vec<CurrentPolicy>>,
    /// How.
    pub mode: Mode,
}

/// A managed policy of the suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedPolicy {
    /// The ARN that it will have.
    pub arn: String,
    /// Its document, as it will be stored.
    pub text: String,
    /// The same, read.
    pub document: Document,
}

/// Why a suggestion cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct WantedError {
    /// Where in the suggestion.
    pub place: String,
    /// What was found and what was wanted.
    pub problem: String,
}

fn wrong(place: &str, problem: impl Into<String>) -> WantedError {
    WantedError {
        place: place.to_owned(),
        problem: problem.into(),
    }
}

impl Wanted {
    /// Reads what `polgen suggest --format json` printed.
    pub fn parse(text: &str, mode: Mode) -> Result<Self, WantedError> {
        let report: Value = serde_json::from_str(text)
            .map_err(|error| wrong("suggestion", format!("expected JSON: {error}")))?;
        let role = string(&report, "role", "arn")?;
        let arn = Arn::parse(&role).filter(|arn| {
            arn.service == "iam"
                && arn.region.is_empty()
                && arn.resource.starts_with("role/")
                && is_account(arn.account)
        });
        let Some(arn) = arn else {
            let problem = format!("expected the ARN of a role, found `{role}`");
            return Err(wrong("role.arn", problem));
        };
        let name = role.rsplit('/').next().unwrap_or_default().to_owned();
        let entries = report.get("policies").and_then(Value::as_array);
        let entries = entries
            .filter(|entries| !entries.is_empty())
            .ok_or_else(|| wrong("policies", "expected at least one policy, found none"))?;
        let prefix = format!("arn:{}:iam::{}:policy/", arn.partition, arn.account);
        let mut policies: Vec<WantedPolicy> = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let policy = policy(entry, &format!("policies[{index}]"), &prefix)?;
            if policies.iter().any(|known| known.arn == policy.arn) {
                let problem = format!("expected each policy once, found `{}` twice", policy.arn);
                return Err(wrong("policies", problem));
            }
            policies.push(policy);
        }
        if mode == Mode::Boundary && policies.len() > 1 {
            let problem = format!(
                "expected one policy for a boundary, found {}",
                policies.len()
            );
            return Err(wrong("policies", problem));
        }
        Ok(Self {
            name,
            account: arn.account.to_owned(),
            policies,
            seen: seen(report.get("current"))?,
            mode,
            role,
        })
    }

    /// The names of the policies that stay although the suggestion saw them, since they deny something.
    pub fn staying(&self) -> Vec<&str> {
        let seen = self.seen.iter().flatten();
        let staying = seen.filter(|policy| denies(&policy.document));
        staying.map(|policy| policy.name.as_str()).collect()
    }

    /// The ARNs of the policies.
    pub fn arns(&self) -> Vec<String> {
        let arns = self.policies.iter().map(|policy| policy.arn.clone());
        arns.collect()
    }
}

fn string(report: &Value, outer: &str, inner: &str) -> Result<String, WantedError> {
    let found = report.get(outer).and_then(|value| value.get(inner));
    let place = format!("{outer}.{inner}");
    let problem = "expected a text, as in the JSON of `polgen suggest --format json`";
    let text = found.and_then(Value::as_str);
    text.map(str::to_owned)
        .ok_or_else(|| wrong(&place, problem))
}

fn policy(entry: &Value, place: &str, prefix: &str) -> Result<WantedPolicy, WantedError> {
    let name = entry
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
    if name.is_empty() || name.len() > 128 || !name.bytes().all(is_allowed) {
        let problem = format!("expected the name of a policy, found `{name}`");
        return Err(wrong(&format!("{place}.name"), problem));
    }
    let place = format!("{place}.document");
    let document = entry.get("document").unwrap_or(&Value::Null);
    let document = document_of(document, &place)?;
    Ok(WantedPolicy {
        arn: format!("{prefix}{name}"),
        text: document.to_string(),
        document,
    })
}

fn document_of(value: &Value, place: &str) -> Result<Document, WantedError> {
    Document::parse(&value.to_string(), PolicyKind::Identity)
        .map_err(|error| wrong(place, error.to_string()))
}

/// Reads the policies that the suggestion saw.
fn seen(current: Option<&Value>) -> Result<Option<Vec<CurrentPolicy>>, WantedError> {
    let entries = match current {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => value.as_array(),
    };
    let entries = entries.ok_or_else(|| wrong("current", "expected a list of policies"))?;
    let mut seen = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let place = format!("current[{index}]");
        let text = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
        let name = text("name").ok_or_else(|| wrong(&place, "expected a policy's name"))?;
        let document = entry.get("document").unwrap_or(&Value::Null);
        seen.push(CurrentPolicy {
            name,
            arn: text("arn"),
            document: document_of(document, &format!("{place}.document"))?,
        });
    }
    Ok(Some(seen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parsed(role: &str, names: &[&str], mode: Mode) -> Result<Wanted, String> {
        let document = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]});
        let policy = |name: &&str| json!({"name": name, "document": document});
        let policies: Vec<Value> = names.iter().map(policy).collect();
        let text = json!({"role": {"arn": role}, "policies": policies}).to_string();
        Wanted::parse(&text, mode).map_err(|error| error.to_string())
    }

    #[test]
    fn only_a_role_and_policies_of_its_account_are_taken() {
        const ROLE: &str = "arn:aws:iam::111122223333:role/team/app";
        let wanted = parsed(ROLE, &["app-used"], Mode::Replace).unwrap();
        assert_eq!(wanted.name, "app");
        assert_eq!(wanted.arns(), ["arn:aws:iam::111122223333:policy/app-used"]);
        for role in [
            "arn:aws:iam::111122223333:user/app",
            "arn:aws:iam::aws:role/app",
            "arn:aws:iam:eu-west-1:111122223333:role/app",
            "arn:aws:iam::1111222233334:role/app",
            "arn:aws:sts::111122223333:role/app",
            "app",
        ] {
            let refused = parsed(role, &["app-used"], Mode::Replace).unwrap_err();
            assert!(refused.starts_with("role.arn: "), "{refused}");
        }
        // A path in a name would be another policy.
        let long = "n".repeat(129);
        for name in ["", "team/app", "app used", "app*", "äpp", &long] {
            let refused = parsed(ROLE, &[name], Mode::Replace).unwrap_err();
            assert!(refused.starts_with("policies[0].name: "), "{refused}");
        }
        for (names, mode) in [
            (&["a", "a"][..], Mode::Replace),
            (&["a", "b"], Mode::Boundary),
            (&[], Mode::Replace),
        ] {
            let refused = parsed(ROLE, names, mode).unwrap_err();
            assert!(refused.starts_with("policies: "), "{refused}");
        }
        assert!(parsed(ROLE, &["a", "b"], Mode::Replace).is_ok());
    }
}
