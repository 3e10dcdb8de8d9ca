//! A whole account's authorization details, read once for all its roles.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{CurrentError, MOST_BYTES, Shape, list, text_of};
use crate::synthesis::CurrentPolicy;
use crate::trail::RoleName;

/// What `aws iam get-account-authorization-details` prints.
#[derive(Clone, Debug)]
pub struct AccountDetails {
    place: String,
    value: Value,
    /// Where each role stands, by its ARN, and by its account and name.
    roles: BTreeMap<String, usize>,
}

impl AccountDetails {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or holds no list of roles.
    pub fn read(path: &str) -> Result<Self, CurrentError> {
        let text = text_of(path, MOST_BYTES)?;
        let value = serde_json::from_str(&text)
            .map_err(|error| wrong(path, format!("expected JSON: {error}")))?;
        Self::of(path, value)
    }

    /// Takes what the AWS CLI would print.
    ///
    /// # Errors
    ///
    /// If it holds no list of roles.
    pub fn of(place: &str, value: Value) -> Result<Self, CurrentError> {
        if !value.get("RoleDetailList").is_some_and(Value::is_array) {
            let problem = "expected a `RoleDetailList`, found none".to_owned();
            return Err(wrong(place, problem));
        }
        let mut roles = BTreeMap::new();
        for (index, role) in list(&value, "RoleDetailList").iter().enumerate() {
            let Some(arn) = role.get("Arn").and_then(Value::as_str) else {
                continue;
            };
            roles.insert(arn.to_owned(), index);
            if let Some(name) = RoleName::from_role_arn(arn) {
                roles.insert(format!("{} {}", name.account, name.name), index);
            }
        }
        Ok(Self {
            place: place.to_owned(),
            value,
            roles,
        })
    }

    fn find(&self, role: &RoleName) -> Option<(usize, &Value)> {
        let by_name = || self.roles.get(&format!("{} {}", role.account, role.name));
        let index = *self.roles.get(&role.arn).or_else(by_name)?;
        let role = list(&self.value, "RoleDetailList").get(index)?;
        Some((index, role))
    }

    /// The policies of a role; `None` if the file does not hold it.
    ///
    /// # Errors
    ///
    /// If one of them cannot be read.
    pub fn policies_of(&self, role: &RoleName) -> Result<Option<Vec<CurrentPolicy>>, CurrentError> {
        let Some((index, details)) = self.find(role) else {
            return Ok(None);
        };
        let shape = Shape {
            place: &self.place,
            role,
        };
        let at = format!("RoleDetailList[{index}].");
        shape.principal(details, &at, &self.value).map(Some)
    }

    /// Says whether a role carries a tag.
    pub fn has_tag(&self, role: &RoleName, key: &str, value: &str) -> bool {
        self.find(role).is_some_and(|(_, details)| {
            list(details, "Tags").iter().any(|tag| {
                let text = |name: &str| tag.get(name).and_then(Value::as_str);
                text("Key") == Some(key) && text("Value") == Some(value)
            })
        })
    }
}

fn wrong(place: &str, problem: String) -> CurrentError {
    CurrentError {
        place: place.to_owned(),
        problem,
        hint: Some(
            "save it with `aws iam get-account-authorization-details`, for all roles at once"
                .to_owned(),
        ),
    }
}
