//! Pages of events on their way to the disk: cut at whole seconds, their secrets masked.

use aws_sdk_cloudtrail::types::Event as HistoryEvent;
use serde_json::{Value, json};

use super::Span;
use crate::source::aws::redact::redact;

/// All events of a span of seconds.
pub(super) type Whole = (Span, Vec<(i64, Value)>);

/// What has come and is not yet kept, and up to where the span is still open.
#[derive(Debug)]
pub(super) struct Page {
    from: i64,
    upper: i64,
    waiting: Vec<(i64, Value)>,
}

impl Page {
    pub(super) fn new(span: Span) -> Self {
        Self {
            from: span.from,
            upper: span.to,
            waiting: Vec::new(),
        }
    }

    /// The last second that is not kept.
    pub(super) fn upper(&self) -> i64 {
        self.upper
    }

    pub(super) fn add(&mut self, events: Vec<HistoryEvent>) {
        let upper = self.upper;
        let record = |event: HistoryEvent| {
            let second = event.event_time.map_or(upper, |time| time.secs());
            (second, record_of(&event))
        };
        self.waiting.extend(events.into_iter().map(record));
    }

    /// Takes out the seconds that are whole: all but the oldest.
    pub(super) fn whole(&mut self) -> Option<Whole> {
        let oldest = self.waiting.iter().map(|(second, _)| *second).min()?;
        if oldest >= self.upper {
            return None;
        }
        let span = Span {
            from: oldest.max(self.from) + 1,
            to: self.upper,
        };
        let (kept, rest) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|(second, _)| *second > oldest);
        self.waiting = rest;
        self.upper = oldest;
        Some((span, kept))
    }

    /// Takes out all: nothing older comes.
    pub(super) fn rest(self) -> Whole {
        let span = Span {
            from: self.from,
            to: self.upper,
        };
        (span, self.waiting)
    }

    /// Drops what is not whole; it will be asked for again.
    pub(super) fn forget(&mut self) {
        self.waiting.clear();
    }
}

/// The record inside of an entry. One that is no JSON stays as an entry that cannot be read, so that it is counted as a gap.
fn record_of(event: &HistoryEvent) -> Value {
    let text = event.cloud_trail_event.as_deref().unwrap_or_default();
    match serde_json::from_str::<Value>(text) {
        Ok(mut record) => {
            redact(&mut record);
            record
        }
        Err(_) => json!({ "eventID": event.event_id }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_types::DateTime;

    fn events(seconds: &[i64]) -> Vec<HistoryEvent> {
        let one = |second: &i64| {
            HistoryEvent::builder()
                .event_time(DateTime::from_secs(*second))
                .cloud_trail_event("{}")
                .build()
        };
        seconds.iter().map(one).collect()
    }

    fn seconds(whole: &Whole) -> (i64, i64, Vec<i64>) {
        let seconds = whole.1.iter().map(|(second, _)| *second).collect();
        (whole.0.from, whole.0.to, seconds)
    }

    #[test]
    fn the_oldest_second_waits_for_the_next_page() {
        let mut page = Page::new(Span { from: 10, to: 100 });
        page.add(events(&[90, 80, 80]));
        assert_eq!(seconds(&page.whole().unwrap()), (81, 100, vec![90]));
        assert_eq!(page.upper(), 80);
        page.add(events(&[80, 80]));
        assert!(page.whole().is_none(), "still the same second");
        page.add(events(&[80, 70]));
        assert_eq!(seconds(&page.whole().unwrap()), (71, 80, vec![80; 5]));
        assert_eq!(seconds(&page.rest()), (10, 70, vec![70]));
    }

    #[test]
    fn what_is_no_record_stays_as_a_gap() {
        let event = HistoryEvent::builder()
            .event_id("e-1")
            .cloud_trail_event("{")
            .build();
        assert_eq!(record_of(&event), json!({"eventID": "e-1"}));
    }
}
