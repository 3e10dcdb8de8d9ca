//! The trails of the account: where they deliver to, what they record, and so which of them is the best to read.
//!
//! Sources: the CloudTrail API reference, `DescribeTrails` and `GetEventSelectors`.

use std::collections::BTreeSet;

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types::{AdvancedEventSelector, EventSelector, ReadWriteType, Trail};

use super::calls::{DESCRIBE_TRAILS, GET_EVENT_SELECTORS};
use super::error::translate;
use super::{AwsError, Session};

/// A trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailFacts {
    /// Its name.
    pub name: String,
    /// Where it delivers to, as `s3://BUCKET/PREFIX`.
    pub url: String,
    /// Says whether it records all regions.
    pub is_multi_region: bool,
    /// Where it is kept, and the only region it records if not all.
    pub home_region: String,
    /// What it records, or why that could not be learned.
    pub recorded: Result<Recorded, AwsError>,
}

/// What a trail records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Says whether management events are, those that read and those that write.
    pub has_management: bool,
    /// Event sources whose management events are left out.
    pub excluded_sources: BTreeSet<String>,
    /// The types of data events (`AWS::S3::Object`).
    pub data_types: BTreeSet<String>,
    /// Says whether some of it is limited to certain resources, names or to reading or writing alone.
    pub is_limited: bool,
}

impl TrailFacts {
    /// What it does not show, a line each.
    pub fn blind_spots(&self) -> Vec<String> {
        let mut spots = Vec::new();
        if !self.is_multi_region {
            spots.push(format!("records {} alone", self.home_region));
        }
        match &self.recorded {
            Err(error) => spots.push(format!("what it records is not known: {error}")),
            Ok(recorded) => {
                if !recorded.has_management {
                    spots.push("records no management events, or only a part".to_owned());
                }
                if !recorded.excluded_sources.is_empty() {
                    spots.push(format!("leaves out {}", joined(&recorded.excluded_sources)));
                }
                if recorded.data_types.is_empty() {
                    spots.push("records no data events".to_owned());
                }
                if recorded.is_limited {
                    spots.push("limits some events to certain resources or names".to_owned());
                }
            }
        }
        spots
    }

    /// What it shows beyond the event history.
    pub fn gain(&self) -> Option<String> {
        let recorded = self.recorded.as_ref().ok()?;
        (!recorded.data_types.is_empty())
            .then(|| format!("data events of {}", joined(&recorded.data_types)))
    }

    /// More is better: management events, then kinds of data events, then regions.
    fn worth(&self) -> (bool, usize, bool) {
        let recorded = self.recorded.as_ref().ok();
        (
            recorded.is_some_and(|recorded| recorded.has_management),
            recorded.map_or(0, |recorded| recorded.data_types.len()),
            self.is_multi_region,
        )
    }
}

fn joined(names: &BTreeSet<String>) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.join(", ")
}

/// Lists the trails, the best first.
pub fn find(session: &Session) -> Result<Vec<TrailFacts>, AwsError> {
    session.block_on(async {
        let answer = session
            .cloudtrail()
            .describe_trails()
            .include_shadow_trails(true)
            .send()
            .await
            .map_err(|error| translate(&DESCRIBE_TRAILS, &error))?;
        let mut trails = Vec::new();
        for trail in answer.trail_list.unwrap_or_default() {
            trails.extend(facts(session, &trail).await);
        }
        trails.sort_by(|one, other| {
            let by_worth = other.worth().cmp(&one.worth());
            by_worth.then_with(|| one.name.cmp(&other.name))
        });
        Ok(trails)
    })
}

async fn facts(session: &Session, trail: &Trail) -> Option<TrailFacts> {
    let bucket = trail.s3_bucket_name.as_deref()?;
    let prefix = trail.s3_key_prefix.as_deref().unwrap_or_default();
    let home = trail.home_region.as_deref().unwrap_or(session.region());
    let id = trail.trail_arn.as_deref().or(trail.name.as_deref())?;
    Some(TrailFacts {
        name: trail.name.clone().unwrap_or_else(|| id.to_owned()),
        url: format!("s3://{bucket}/{prefix}")
            .trim_end_matches('/')
            .to_owned(),
        is_multi_region: trail.is_multi_region_trail.unwrap_or(false),
        home_region: home.to_owned(),
        recorded: selectors(&session.cloudtrail_in(home), id).await,
    })
}

async fn selectors(client: &Client, trail: &str) -> Result<Recorded, AwsError> {
    let answer = client
        .get_event_selectors()
        .trail_name(trail)
        .send()
        .await
        .map_err(|error| translate(&GET_EVENT_SELECTORS, &error))?;
    let mut recorded = Recorded::default();
    for selector in answer.event_selectors() {
        recorded.basic(selector);
    }
    for selector in answer.advanced_event_selectors() {
        recorded.advanced(selector);
    }
    Ok(recorded)
}

impl Recorded {
    fn basic(&mut self, selector: &EventSelector) {
        let is_all = selector
            .read_write_type
            .as_ref()
            .is_none_or(|kind| *kind == ReadWriteType::All);
        if selector.include_management_events.unwrap_or(true) {
            self.has_management |= is_all;
            self.excluded_sources
                .extend(selector.exclude_management_event_sources().iter().cloned());
        }
        for data in selector.data_resources() {
            self.data_types.extend(data.r#type.clone());
            // A service's bare ARN stands for all its resources: `arn:aws:s3`, `arn:aws:lambda`.
            let is_every = data
                .values()
                .iter()
                .any(|value| value.trim_end_matches(':').split(':').count() <= 3);
            self.is_limited |= !is_every;
        }
        self.is_limited |= !is_all;
    }

    fn advanced(&mut self, selector: &AdvancedEventSelector) {
        let field = |name: &str| {
            selector
                .field_selectors()
                .iter()
                .find(|field| field.field == name)
        };
        let category = field("eventCategory").map_or(&[] as &[String], |field| field.equals());
        let known = ["eventCategory", "resources.type", "eventSource"];
        let is_limited = selector
            .field_selectors()
            .iter()
            .any(|field| !known.contains(&field.field.as_str()));
        if category.iter().any(|name| name == "Management") {
            self.has_management |= !is_limited;
            let excluded =
                field("eventSource").map_or(&[] as &[String], |field| field.not_equals());
            self.excluded_sources.extend(excluded.iter().cloned());
        } else if category.iter().any(|name| name == "Data") {
            let types = field("resources.type").map_or(&[] as &[String], |field| field.equals());
            self.data_types.extend(types.iter().cloned());
        }
        self.is_limited |= is_limited;
    }
}
