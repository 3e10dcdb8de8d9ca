//! Takes secrets out of records before they are kept.
//!
//! CloudTrail masks most, but the answers of `AssumeRole` and its like carry a session token that works for hours. Nothing that
//! polgen works out needs it.

use serde_json::Value;

/// What stands in a secret's place: CloudTrail's own words.
const MASK: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// The keys whose values are secrets, in lower case. Sources: the outputs of STS, Cognito, SSO and ECR operations.
const SECRET_KEYS: &[&str] = &[
    "accesstoken",
    "authorizationtoken",
    "clientsecret",
    "idtoken",
    "password",
    "refreshtoken",
    "secretaccesskey",
    "secretkey",
    "secretstring",
    "sessiontoken",
    "signintoken",
    "x-amz-security-token",
];

/// Masks the values of all secret keys, at any depth; says whether there was one.
pub(super) fn redact(record: &mut Value) -> bool {
    let mut is_changed = false;
    let mut waiting = vec![record];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Array(items) => waiting.extend(items),
            Value::Object(members) => {
                for (key, value) in members {
                    let key = key.to_ascii_lowercase();
                    if SECRET_KEYS.contains(&key.as_str()) && !value.is_null() {
                        *value = Value::String(MASK.to_owned());
                        is_changed = true;
                    } else {
                        waiting.push(value);
                    }
                }
            }
            _ => {}
        }
    }
    is_changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tokens_are_masked_at_any_depth_and_ids_stay() {
        let mut record = json!({
            "userIdentity": {"accessKeyId": "ASIAEXAMPLE"},
            "responseElements": {"credentials": {"accessKeyId": "ASIAOTHER", "sessionToken": "FwoGZX", "SecretAccessKey": {"a": 1}}},
        });
        assert!(redact(&mut record));
        let text = record.to_string();
        assert!(
            !text.contains("FwoGZX") && !text.contains("\"a\""),
            "{text}"
        );
        assert!(
            text.contains("ASIAEXAMPLE") && text.contains("ASIAOTHER"),
            "{text}"
        );
        let mut listed =
            json!({"requestParameters": {"list": [{"deep": [{"secretString": "hush"}]}]}});
        assert!(redact(&mut listed) && !listed.to_string().contains("hush"));
        assert!(!redact(
            &mut json!({"responseElements": {"sessionToken": null}})
        ));
    }
}
