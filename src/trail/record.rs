//! One record: from its JSON text to an [`Event`].
//!
//! Only what polgen keeps is read, member by member, so that an odd value is reported at its own place
//! (`userIdentity.arn`) and costs nothing beside it. Where a member comes twice the last one wins, as in every JSON reader
//! that AWS's own tools use. Source of the members: CloudTrail user guide, "CloudTrail record contents".

use std::sync::Arc;

use serde_json::Value;

use super::fields::{Fields, Problem, json, owned, quotable, text, truth};
use super::parts::Parts;
use super::skip::describe;
use super::{Event, EventKind, EventResource, caller, outcome};
use crate::time::Timestamp;

/// A record that could be read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    /// The event.
    pub(crate) event: Event,
    /// What was odd about it, though it can still be counted.
    pub(crate) oddity: Option<Problem>,
}

/// Reads one record by its members.
///
/// # Errors
///
/// If it is no object, is broken, names no operation, or a part that mapping needs cannot be read.
pub(crate) fn read_parts(parts: &Parts<'_>) -> Result<Reading, Problem> {
    let category = text(parts.category, "eventCategory")?;
    let kind = event_kind(
        text(parts.kind, "eventType")?.as_deref(),
        category.as_deref(),
    );
    let (code, message) = (
        text(parts.code, "errorCode")?,
        text(parts.message, "errorMessage")?,
    );
    let (time, odd_time) = event_time(parts.time);
    let (caller, odd_caller) = caller::read(parts.identity);
    let event = Event {
        id: owned(parts.id, "eventID")?,
        time,
        source: operation_part(parts.source, "eventSource", &kind)?,
        name: operation_part(parts.name, "eventName", &kind)?,
        region: owned(parts.region, "awsRegion")?.unwrap_or_default(),
        recipient_account: owned(parts.recipient, "recipientAccountId")?,
        shared_id: owned(parts.shared, "sharedEventID")?,
        outcome: outcome::judge(code.as_deref(), message.as_deref()),
        request: json(parts.request, "requestParameters")?,
        response: json(parts.response, "responseElements")?,
        additional: json(parts.additional, "additionalEventData")?,
        resources: event_resources(parts.resources)?,
        read_only: truth(parts.read_only),
        is_management: truth(parts.management).or_else(|| is_management(category.as_deref()?)),
        source_address: owned(parts.address, "sourceIPAddress").unwrap_or_default(),
        user_agent: owned(parts.agent, "userAgent").unwrap_or_default(),
        tls_version: tls_version(parts.tls),
        vpc_endpoint: owned(parts.endpoint, "vpcEndpointId").unwrap_or_default(),
        kind,
        caller: Arc::new(caller),
    };
    Ok(Reading {
        event,
        oddity: odd_caller.or(odd_time),
    })
}

/// `tlsDetails.tlsVersion`; absent when it cannot be read, since nothing but a condition depends on it.
fn tls_version(details: &[u8]) -> Option<String> {
    let [version] = Fields::of(details, ["tlsVersion"]).ok()?.values;
    owned(version, "tlsVersion")
        .ok()?
        .filter(|version| !version.is_empty())
}

fn event_kind(kind: Option<&str>, category: Option<&str>) -> EventKind {
    match kind {
        Some("AwsApiCall") => EventKind::ApiCall,
        Some(other) if !other.is_empty() => EventKind::Other(other.to_owned()),
        // Records before eventVersion 1.02 have no eventType and were all API calls.
        _ => match category {
            Some("Insight") => EventKind::Other("Insight".to_owned()),
            _ => EventKind::ApiCall,
        },
    }
}

fn is_management(category: &str) -> Option<bool> {
    match category {
        "Management" => Some(true),
        "Data" => Some(false),
        _ => None,
    }
}

/// `eventSource` or `eventName`: an API call cannot be without, other entries can.
fn operation_part(raw: &[u8], path: &str, kind: &EventKind) -> Result<String, Problem> {
    match owned(raw, path)?.filter(|part| !part.is_empty()) {
        // S3 event notifications look like records and name their source so.
        Some(part) if part.starts_with("aws:") => {
            let found = format!("`{}`, which sends notifications", quotable(&part));
            Err(Problem::at(path, "the host of a service", found))
        }
        Some(part) => Ok(part),
        None if *kind == EventKind::ApiCall => Err(Problem::at(path, "a text", "nothing")),
        None => Ok(String::new()),
    }
}

fn event_time(raw: &[u8]) -> (Option<Timestamp>, Option<Problem>) {
    const WANTED: &str = "a time like 2026-06-01T12:00:00Z";
    let time = match text(raw, "eventTime") {
        Ok(None) => return (None, None),
        Ok(Some(time)) => time,
        Err(problem) => return (None, Some(problem)),
    };
    let odd = || Problem::at("eventTime", WANTED, format!("`{}`", quotable(&time)));
    match time.parse() {
        Ok(moment) => (Some(moment), None),
        Err(_) => (None, Some(odd())),
    }
}

/// `resources[]`, whose keys are spelled `ARN` in trail files and `arn` in some exports.
fn event_resources(raw: &[u8]) -> Result<Vec<EventResource>, Problem> {
    let list = match json(raw, "resources")? {
        Value::Null => return Ok(Vec::new()),
        Value::Array(list) => list,
        Value::Object(single) => vec![Value::Object(single)],
        _ => return Err(Problem::at("resources", "an array", describe(raw))),
    };
    Ok(list.iter().map(event_resource).collect())
}

fn event_resource(entry: &Value) -> EventResource {
    let get = |name: &str| {
        let object = entry.as_object()?;
        let (_, value) = object
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        value.as_str().map(str::to_owned)
    };
    EventResource {
        arn: get("ARN"),
        arn_prefix: get("ARNPrefix"),
        kind: get("type"),
        account: get("accountId"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(record: &[u8]) -> Result<Reading, Problem> {
        read_parts(&Parts::of(record)?)
    }
    use crate::trail::{Outcome, RoleName};

    fn record(members: &str) -> String {
        format!(r#"{{"eventSource":"s3.amazonaws.com","eventName":"GetObject",{members}}}"#)
    }

    fn event(members: &str) -> Event {
        read(record(members).as_bytes()).unwrap().event
    }

    fn problem(members: &str) -> (String, String) {
        let text = record(members);
        let problem = match read(text.as_bytes()) {
            Ok(reading) => reading.oddity.unwrap(),
            Err(problem) => problem,
        };
        (problem.path, problem.words)
    }

    const ISSUER: &str = r#""sessionContext":{"sessionIssuer":{"type":"Role",
        "arn":"arn:aws:iam::111122223333:role/team/billing-export","userName":"billing-export"}}"#;

    fn role(identity: &str) -> RoleName {
        let event = event(&format!(r#""userIdentity":{{{identity}}}"#));
        event.caller.session.clone().unwrap().role
    }

    #[test]
    fn a_role_is_told_by_its_issuer_with_the_path() {
        let arn = r#""type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/billing-export/nightly""#;
        let with_path = role(&format!("{arn},{ISSUER}"));
        assert_eq!(
            with_path.arn,
            "arn:aws:iam::111122223333:role/team/billing-export"
        );
        assert!(with_path.has_path);
        let without_path = role(arn);
        assert_eq!(
            without_path.arn,
            "arn:aws:iam::111122223333:role/billing-export"
        );
        assert!(!without_path.has_path);
        assert_eq!(
            (without_path.name, without_path.account),
            (with_path.name, with_path.account)
        );
    }

    #[test]
    fn a_session_keeps_its_name() {
        let event = event(
            r#""userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:i-0abc",
            "arn":"arn:aws-cn:sts::111122223333:assumed-role/web/i-0abc",
            "sessionContext":{"sessionIssuer":{},"ec2RoleDelivery":"2.0"}}"#,
        );
        let session = event.caller.session.clone().unwrap();
        assert_eq!(session.name, "i-0abc");
        assert_eq!(session.ec2_role_delivery.as_deref(), Some("2.0"));
        assert_eq!(session.role.arn, "arn:aws-cn:iam::111122223333:role/web");
    }

    #[test]
    fn users_services_and_root_have_no_session() {
        for identity in [
            r#"{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/a","sessionContext":{"sessionIssuer":{}}}"#,
            r#"{"type":"AWSService","invokedBy":"lambda.amazonaws.com"}"#,
            r#"{"type":"Root","arn":"arn:aws:iam::111122223333:root"}"#,
            r#"{"type":"WebIdentityUser","userName":"repo:acme/app"}"#,
            "null",
        ] {
            assert_eq!(
                event(&format!(r#""userIdentity":{identity}"#))
                    .caller
                    .session,
                None,
                "{identity}"
            );
        }
    }

    #[test]
    fn what_is_odd_is_located() {
        let (path, words) = problem(r#""userIdentity":{"type":"AssumedRole","arn":"billing"}"#);
        assert_eq!(path, "userIdentity.arn");
        assert_eq!(words, "expected an ARN, found `billing`");
        assert_eq!(problem(r#""userIdentity":"me""#).0, "userIdentity");
        assert_eq!(
            problem(r#""userIdentity":{"sessionContext":[]}"#).0,
            "userIdentity.sessionContext"
        );
        assert_eq!(
            problem(r#""userIdentity":{"type":{}}"#).0,
            "userIdentity.type"
        );
        assert_eq!(
            problem(r#""eventTime":"yesterday""#).1,
            "expected a time like 2026-06-01T12:00:00Z, found `yesterday`"
        );
        assert_eq!(
            problem(r#""eventID":["#).1,
            "expected valid JSON, found an object with a broken member"
        );
        assert_eq!(
            problem(r#""eventID":[]"#).1,
            "expected a text, found an array"
        );
        let deep = format!(
            r#""requestParameters":{}1{}"#,
            "[".repeat(500),
            "]".repeat(500)
        );
        assert_eq!(
            problem(&deep),
            (
                "requestParameters".to_owned(),
                "expected valid JSON, found recursion limit exceeded".to_owned()
            )
        );
    }

    #[test]
    fn an_api_call_needs_an_operation() {
        assert_eq!(
            read(br#"{"eventSource":"s3.amazonaws.com"}"#)
                .unwrap_err()
                .path,
            "eventName"
        );
        assert_eq!(
            read(br#"{"eventName":"GetObject"}"#).unwrap_err().path,
            "eventSource"
        );
        let insight =
            read(br#"{"eventType":"AwsCloudTrailInsight","eventCategory":"Insight"}"#).unwrap();
        assert_eq!(
            insight.event.kind,
            EventKind::Other("AwsCloudTrailInsight".to_owned())
        );
    }

    #[test]
    fn exports_write_words_as_texts() {
        let event = event(
            r#""readOnly":"true","managementEvent":"false","requestParameters":"null","eventVersion":1"#,
        );
        assert_eq!(
            (event.read_only, event.is_management),
            (Some(true), Some(false))
        );
        assert_eq!(event.request, Value::Null);
        assert_eq!(event.kind, EventKind::ApiCall);
        assert_eq!(event.outcome, Outcome::Allowed);
    }

    #[test]
    fn keys_may_be_escaped_or_come_twice() {
        let event = event(
            r#""requestParameters":{"key":"a"},"request\u0050arameters":{"key":"b"},"sharedEventID":"s","eventID":"e""#,
        );
        assert_eq!(event.request, serde_json::json!({"key": "b"}));
        assert_eq!(event.call_key(), Some("s"));
    }

    #[test]
    fn resources_are_read_in_either_spelling() {
        let event = event(
            r#""resources":[{"ARN":"arn:aws:s3:::b","type":"AWS::S3::Bucket","accountId":"1"},{"arn":"x"},{"ARNPrefix":"p"},7]"#,
        );
        let arns: Vec<_> = event
            .resources
            .iter()
            .map(|resource| resource.arn.as_deref())
            .collect();
        assert_eq!(arns, [Some("arn:aws:s3:::b"), Some("x"), None, None]);
        assert_eq!(event.resources[2].arn_prefix.as_deref(), Some("p"));
    }
}
