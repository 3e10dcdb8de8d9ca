//! Whether a call of a kind would have shown in this input, over how many days, and what would make it visible.

use std::collections::BTreeSet;

use super::{Coverage, KindSeen};
use crate::catalog::Visibility;
use crate::pattern::Pattern;

/// Which calls are asked about.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The event sources of the service.
    pub event_sources: &'a [String],
    /// The operations, if they are known.
    pub operations: &'a [&'a str],
    /// Says whether they only read.
    pub is_read: bool,
    /// The account of the principal.
    pub account: &'a str,
    /// The resource pattern; absent means any.
    pub resource: Option<&'a str>,
}

/// What the input can say about a call that was not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Showing {
    /// It would have been seen.
    Shown {
        /// On so many days.
        days: usize,
        /// Because of this.
        because: String,
    },
    /// It could not have been seen: the reason.
    Hidden(String),
}

impl Coverage {
    /// Answers for calls of one visibility. `others` are resource patterns that are known to exist, for wide grants.
    pub fn showing(
        &self,
        visibility: &Visibility,
        question: &Question<'_>,
        others: &BTreeSet<String>,
    ) -> Showing {
        let hidden = |why: String| Showing::Hidden(why);
        match visibility {
            Visibility::NeverLogged => hidden("it is never recorded by CloudTrail".to_owned()),
            Visibility::Unknown => {
                hidden("it is not known to be recorded by CloudTrail".to_owned())
            }
            Visibility::Management if self.events == 0 => {
                hidden("it would be recorded, but the input holds no event".to_owned())
            }
            Visibility::Management => match &self.selectors {
                Some(selectors) if !selectors.records(question, None) => hidden(
                    "the event selectors given do not record such management events".to_owned(),
                ),
                _ => self.shown(None, "it is a management event"),
            },
            Visibility::Excludable => self.excludable(question),
            Visibility::Data(kind) => self.data(kind, question, others),
        }
    }

    fn shown(&self, since: Option<jiff::civil::Date>, because: &str) -> Showing {
        let days = self
            .days
            .keys()
            .filter(|day| since.is_none_or(|since| **day >= since));
        Showing::Shown {
            days: days.count(),
            because: because.to_owned(),
        }
    }

    fn excludable(&self, question: &Question<'_>) -> Showing {
        if let Some(selectors) = &self.selectors {
            return if selectors.records(question, None) {
                self.shown(None, "the event selectors given record it")
            } else {
                Showing::Hidden("the event selectors given exclude it".to_owned())
            };
        }
        let mut sources = question.event_sources.iter();
        match sources.find_map(|source| self.excludable_sources.get(source)) {
            Some(seen) => self.shown(seen.first, "the trail holds such events"),
            None => Showing::Hidden(format!(
                "it is an event that trails may exclude, and this one holds none from {}",
                question.event_sources.join(", ")
            )),
        }
    }

    fn data(&self, kind: &str, question: &Question<'_>, others: &BTreeSet<String>) -> Showing {
        if let Some(selectors) = &self.selectors {
            return if selectors.records(question, Some(kind)) {
                self.shown(None, "the event selectors given record it")
            } else {
                Showing::Hidden(format!(
                    "it is a data event, and the event selectors given do not record {kind} there"
                ))
            };
        }
        let seen = self.kind_of(kind, question.account);
        if seen.count == 0 {
            return Showing::Hidden(format!(
                "it is a data event, and this trail records none of {kind}"
            ));
        }
        let dark = match question.resource.and_then(container) {
            Some(place) => (!seen.holds(&place)).then_some(place),
            // A pattern over many buckets: one that is known to exist and has no event shows that not all are recorded.
            None => seen.dark_among(question.resource, others),
        };
        match dark {
            Some(place) => Showing::Hidden(format!(
                "it is a data event, and this trail is not seen to record {kind} of {place}"
            )),
            None => self.shown(seen.first, &seen.because(kind)),
        }
    }
}

impl KindSeen {
    /// Says whether events about this place were seen; if no event tells its place, nothing is known to be missing.
    fn holds(&self, place: &str) -> bool {
        self.places.is_empty() || self.places.contains(place)
    }

    fn dark_among(&self, resource: Option<&str>, others: &BTreeSet<String>) -> Option<String> {
        let wide = Pattern::parse(resource.unwrap_or("*"));
        let is_meant = |place: &&String| {
            Pattern::parse(place).intersects(&wide)
                || Pattern::parse(&format!("{place}/*")).intersects(&wide)
        };
        let of_service = |place: &&String| {
            let service = place.split(':').nth(2);
            self.places
                .first()
                .is_some_and(|known| known.split(':').nth(2) == service)
        };
        others
            .iter()
            .filter(of_service)
            .filter(is_meant)
            .find(|place| !self.holds(place))
            .cloned()
    }

    fn because(&self, kind: &str) -> String {
        const NAMED: usize = 3;
        let named: Vec<&str> = self.places.iter().take(NAMED).map(String::as_str).collect();
        let more = self.places.len().saturating_sub(NAMED);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        if named.is_empty() {
            format!("the trail holds data events of {kind}")
        } else {
            format!(
                "the trail holds data events of {kind}, of {}{more}",
                named.join(", ")
            )
        }
    }
}

/// The one thing that a pattern lies in and that a trail can select: its bucket, table, queue; `None` if it spans several.
pub fn container(pattern: &str) -> Option<String> {
    let mut parts = pattern.splitn(6, ':');
    let (service, resource) = (parts.nth(2)?, parts.nth(2)?);
    let head = pattern.strip_suffix(resource)?;
    let resource = match service {
        "s3" => resource.split('/').next().unwrap_or(resource),
        "dynamodb" => resource
            .split_once("/index/")
            .map_or(resource, |(table, _)| table),
        _ => resource,
    };
    let resource = resource
        .strip_suffix("/*")
        .or_else(|| resource.strip_suffix(":*"))
        .unwrap_or(resource);
    let text = format!("{head}{resource}");
    let parsed = Pattern::parse(&text);
    parsed.as_literal().map(str::to_owned)
}

impl Coverage {
    /// The one command that makes a trail record these types of data events too.
    ///
    /// It replaces the trail's selectors, so it names all management events and every type that the trail was seen to record.
    pub fn remedy(&self, kinds: &BTreeSet<String>, account: &str) -> String {
        let seen = self.data_types_of(account).into_iter();
        let kinds: BTreeSet<&str> = seen.chain(kinds.iter().map(String::as_str)).collect();
        let data = kinds.iter().map(|kind| {
            format!(
                r#",{{"Name":"{kind}","FieldSelectors":[{{"Field":"eventCategory","Equals":["Data"]}},{{"Field":"resources.type","Equals":["{kind}"]}}]}}"#
            )
        });
        format!(
            r#"aws cloudtrail put-event-selectors --trail-name TRAIL --advanced-event-selectors '[{{"Name":"management","FieldSelectors":[{{"Field":"eventCategory","Equals":["Management"]}}]}}{}]'"#,
            data.collect::<String>()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_lie_in_one_place_or_in_several() {
        for (pattern, place) in [
            ("arn:aws:s3:::data/a/*", Some("arn:aws:s3:::data")),
            ("arn:aws:s3:::data*", None),
            ("arn:aws:s3:::*/a", None),
            ("*", None),
            (
                "arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/*",
                Some("arn:aws:dynamodb:eu-west-1:111122223333:table/t"),
            ),
            (
                "arn:aws:sqs:eu-west-1:111122223333:q",
                Some("arn:aws:sqs:eu-west-1:111122223333:q"),
            ),
            ("arn:aws:sqs:*:111122223333:q", None),
        ] {
            assert_eq!(container(pattern).as_deref(), place, "{pattern}");
        }
    }

    #[test]
    fn the_remedy_is_one_command_of_valid_json() {
        let kinds = BTreeSet::from(["AWS::SQS::Queue".to_owned()]);
        let command = Coverage::default().remedy(&kinds, "111122223333");
        let json = command.split('\'').nth(1).unwrap();
        let selectors: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(selectors.as_array().map(Vec::len), Some(2));
        assert!(!command.contains('\n'));
    }
}
