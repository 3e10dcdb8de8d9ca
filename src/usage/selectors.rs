//! What a trail is set to record, from `aws cloudtrail get-event-selectors`, basic and advanced.
//!
//! The question is always the same: would such a call *surely* have been recorded? A field that polgen does not know, or a
//! resource that a selector holds only in part, is no yes. Source: CloudTrail API reference, `EventSelector`
//! and `AdvancedFieldSelector`.

use serde::Deserialize;

use super::coverage::Question;
use crate::pattern::Pattern;

/// The selectors of one or more trails; what one of them records is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selectors {
    trails: Vec<Trail>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase", default)]
struct Trail {
    event_selectors: Vec<Basic>,
    advanced_event_selectors: Vec<Advanced>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase", default)]
struct Basic {
    read_write_type: String,
    include_management_events: bool,
    data_resources: Vec<DataResource>,
    exclude_management_event_sources: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase", default)]
struct DataResource {
    #[serde(rename = "Type")]
    kind: String,
    values: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase", default)]
struct Advanced {
    field_selectors: Vec<Field>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase", default)]
struct Field {
    #[serde(rename = "Field")]
    name: String,
    equals: Vec<String>,
    starts_with: Vec<String>,
    ends_with: Vec<String>,
    not_equals: Vec<String>,
    not_starts_with: Vec<String>,
    not_ends_with: Vec<String>,
}

impl Selectors {
    /// Reads the answer of `aws cloudtrail get-event-selectors`, several of them in an array or one after the other.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut trails = Vec::new();
        for value in serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>() {
            let value = value.map_err(|error| format!("expected JSON: {error}"))?;
            let answers = match value {
                serde_json::Value::Array(answers) => answers,
                one => vec![one],
            };
            for answer in answers {
                let is_answer = ["EventSelectors", "AdvancedEventSelectors"]
                    .iter()
                    .any(|key| answer.get(key).is_some());
                if !is_answer {
                    return Err(
                        "expected `EventSelectors` or `AdvancedEventSelectors`, found neither"
                            .to_owned(),
                    );
                }
                let without_null = without_nulls(answer);
                let trail =
                    serde_json::from_value(without_null).map_err(|error| error.to_string())?;
                trails.push(trail);
            }
        }
        if trails.is_empty() {
            return Err("expected event selectors, found nothing".to_owned());
        }
        Ok(Self { trails })
    }

    /// Adds the selectors of further trails.
    pub fn add(&mut self, other: Self) {
        self.trails.extend(other.trails);
    }

    /// Says whether such calls are surely recorded.
    pub fn records(&self, question: &Question<'_>, kind: Option<&str>) -> bool {
        self.trails.iter().any(|trail| {
            let is_basic = trail
                .event_selectors
                .iter()
                .any(|basic| basic.records(question, kind));
            let mut advanced = trail.advanced_event_selectors.iter();
            is_basic || advanced.any(|one| one.records(question, kind))
        })
    }
}

/// The CLI writes absent lists as `null` at times.
fn without_nulls(mut value: serde_json::Value) -> serde_json::Value {
    if let Some(members) = value.as_object_mut() {
        members.retain(|_, member| !member.is_null());
    }
    value
}

impl Basic {
    fn records(&self, question: &Question<'_>, kind: Option<&str>) -> bool {
        let is_type_taken = match self.read_write_type.as_str() {
            "ReadOnly" => question.is_read,
            "WriteOnly" => !question.is_read,
            _ => true,
        };
        let is_taken = match kind {
            None => {
                let mut excluded = self.exclude_management_event_sources.iter();
                let is_excluded =
                    excluded.any(|source| question.event_sources.iter().any(|one| one == source));
                self.include_management_events && !is_excluded
            }
            Some(kind) => self.data_resources.iter().any(|resource| {
                let mut values = resource.values.iter();
                resource.kind == kind && values.any(|value| begins(question.resource, value))
            }),
        };
        is_type_taken && is_taken
    }
}

impl Advanced {
    fn records(&self, question: &Question<'_>, kind: Option<&str>) -> bool {
        let is_category_named = self
            .field_selectors
            .iter()
            .any(|field| field.name == "eventCategory");
        is_category_named
            && self
                .field_selectors
                .iter()
                .all(|field| field.surely_holds(question, kind))
    }
}

impl Field {
    fn surely_holds(&self, question: &Question<'_>, kind: Option<&str>) -> bool {
        match self.name.as_str() {
            "eventCategory" => self.is_text(if kind.is_some() { "Data" } else { "Management" }),
            "resources.type" => kind.is_some_and(|kind| self.is_text(kind)),
            "readOnly" => self.is_text(if question.is_read { "true" } else { "false" }),
            "eventSource" => {
                !question.event_sources.is_empty()
                    && question
                        .event_sources
                        .iter()
                        .all(|source| self.is_text(source))
            }
            "eventName" => {
                !question.operations.is_empty()
                    && question.operations.iter().all(|name| self.is_text(name))
            }
            "eventType" => self.is_text("AwsApiCall"),
            "resources.ARN" => self.holds_resource(question.resource),
            _ => false,
        }
    }

    fn is_text(&self, text: &str) -> bool {
        let is_any =
            self.equals.is_empty() && self.starts_with.is_empty() && self.ends_with.is_empty();
        let is_named = self.equals.iter().any(|one| one == text)
            || self.starts_with.iter().any(|start| text.starts_with(start))
            || self.ends_with.iter().any(|end| text.ends_with(end));
        let is_refused = self.not_equals.iter().any(|one| one == text)
            || self
                .not_starts_with
                .iter()
                .any(|start| text.starts_with(start))
            || self.not_ends_with.iter().any(|end| text.ends_with(end));
        (is_any || is_named) && !is_refused
    }

    fn holds_resource(&self, resource: Option<&str>) -> bool {
        let pattern = Pattern::parse(resource.unwrap_or("*"));
        if let Some(text) = pattern.as_literal() {
            return self.is_text(text);
        }
        let is_any =
            self.equals.is_empty() && self.starts_with.is_empty() && self.ends_with.is_empty();
        let is_named = self.starts_with.iter().any(|start| begins(resource, start));
        let touches = |text: String| Pattern::parse(&text).intersects(&pattern);
        let literal = |text: &String| crate::pattern::escape_literal(text).into_owned();
        let is_refused = self.not_equals.iter().any(|one| touches(literal(one)))
            || self
                .not_starts_with
                .iter()
                .any(|start| touches(format!("{}*", literal(start))))
            || self
                .not_ends_with
                .iter()
                .any(|end| touches(format!("*{}", literal(end))));
        (is_any || is_named) && !is_refused
    }
}

/// Says whether all that a resource pattern matches begins so. `arn:aws:s3` and its like stand for every resource of the service.
fn begins(resource: Option<&str>, start: &str) -> bool {
    let is_whole_service = start.split(':').count() == 3;
    let Some(resource) = resource.filter(|resource| *resource != "*") else {
        return is_whole_service;
    };
    Pattern::parse(resource).literal_prefix().starts_with(start) || is_whole_service
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASIC: &str = r#"{"EventSelectors":[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true,
        "DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::data/"]},
                         {"Type":"AWS::Lambda::Function","Values":["arn:aws:lambda"]}],
        "ExcludeManagementEventSources":["kms.amazonaws.com"]}]}"#;
    const ADVANCED: &str = r#"{"TrailARN":"x","AdvancedEventSelectors":[
        {"Name":"m","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},{"Field":"eventSource","NotEquals":["kms.amazonaws.com"]}]},
        {"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},
            {"Field":"resources.ARN","NotStartsWith":["arn:aws:s3:::logs/"]}]},
        {"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::SQS::Queue"]},
            {"Field":"userIdentity.arn","Equals":["x"]}]}]}"#;

    fn asks(text: &str, kind: Option<&str>, resource: &str, is_read: bool, source: &str) -> bool {
        let sources = [source.to_owned()];
        let question = Question {
            event_sources: &sources,
            operations: &[],
            is_read,
            account: "111122223333",
            resource: Some(resource),
        };
        Selectors::parse(text).unwrap().records(&question, kind)
    }

    #[test]
    fn basic_selectors_name_prefixes_and_kinds_of_calls() {
        let s3 = Some("AWS::S3::Object");
        let source = "s3.amazonaws.com";
        assert!(asks(BASIC, s3, "arn:aws:s3:::data/a/*", false, source));
        assert!(!asks(BASIC, s3, "arn:aws:s3:::data/a/*", true, source));
        assert!(!asks(BASIC, s3, "arn:aws:s3:::other/*", false, source));
        assert!(!asks(BASIC, s3, "*", false, source));
        assert!(asks(
            BASIC,
            Some("AWS::Lambda::Function"),
            "*",
            false,
            "lambda.amazonaws.com"
        ));
        assert!(asks(BASIC, None, "*", false, "iam.amazonaws.com"));
        assert!(!asks(BASIC, None, "*", false, "kms.amazonaws.com"));
    }

    #[test]
    fn advanced_selectors_must_hold_in_every_field() {
        let s3 = Some("AWS::S3::Object");
        let source = "s3.amazonaws.com";
        assert!(asks(ADVANCED, s3, "arn:aws:s3:::data/*", true, source));
        assert!(!asks(ADVANCED, s3, "arn:aws:s3:::logs/*", true, source));
        assert!(!asks(ADVANCED, s3, "*", true, source));
        assert!(!asks(
            ADVANCED,
            Some("AWS::SQS::Queue"),
            "*",
            true,
            "sqs.amazonaws.com"
        ));
        assert!(asks(ADVANCED, None, "*", true, "iam.amazonaws.com"));
        assert!(!asks(ADVANCED, None, "*", true, "kms.amazonaws.com"));
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for text in [
            "",
            "{}",
            "[]",
            "x",
            r#"{"EventSelectors":[{"DataResources":3}]}"#,
        ] {
            assert!(Selectors::parse(text).is_err(), "{text}");
        }
    }
}
