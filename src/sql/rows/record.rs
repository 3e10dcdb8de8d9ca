//! One row: a record's form, and what is counted of the records that have it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::time::{Timestamp, Window};
use crate::trail::{Caller, Event, Outcome, Parts, RoleName, read_caller, read_parts};
use crate::usage::{Counts, EventRef, Origin, RoleQuery, Usage};

/// Stands between the parts of an example.
const SEPARATOR: char = '\u{1f}';

/// The columns that are lists of texts.
const LISTS: [&str; 5] = ["examples", "sessions", "endpoints", "addresses", "ids"];

/// The most days that calls of one kind may have: no lake keeps more than ten years.
const MOST_DAYS: usize = 4000;

/// A row by its columns.
pub(super) struct Row<'r> {
    pub(super) columns: &'r BTreeMap<&'static str, usize>,
    pub(super) cells: &'r [&'r str],
}

impl Row<'_> {
    /// A cell; empty where it is null.
    pub(super) fn get(&self, column: &str) -> &str {
        let at = self.columns.get(column);
        at.and_then(|at| self.cells.get(*at))
            .copied()
            .unwrap_or_default()
    }

    pub(super) fn number(&self, column: &str) -> Option<u64> {
        self.get(column).parse().ok()
    }

    pub(super) fn moment(&self, column: &str) -> Option<Timestamp> {
        self.get(column).parse().ok()
    }

    /// A list of texts.
    pub(super) fn texts(&self, column: &str) -> Vec<String> {
        serde_json::from_str::<Option<Vec<String>>>(self.get(column))
            .ok()
            .flatten()
            .unwrap_or_default()
    }

    /// How many calls had one of these; none if none could be read.
    fn number_of(&self, values: &[String], column: &str) -> u64 {
        let number = self.number(column).filter(|_| !values.is_empty());
        number.unwrap_or_default()
    }

    /// Which of its lists and times cannot be read.
    pub(super) fn oddity(&self) -> Option<String> {
        let is_list = |column: &str| {
            let text = self.get(column);
            text.is_empty() || serde_json::from_str::<Option<Vec<String>>>(text).is_ok()
        };
        let is_time = |column: &str| self.get(column).is_empty() || self.moment(column).is_some();
        let list = LISTS.into_iter().find(|column| !is_list(column));
        let time = ["first", "last"]
            .into_iter()
            .find(|column| !is_time(column));
        let list = list.map(|column| format!("{column}: expected a list of texts"));
        list.or_else(|| time.map(|column| format!("{column}: expected a time")))
    }

    /// A cell as a JSON text; nothing for an empty one.
    fn json(&self, column: &str) -> Vec<u8> {
        let text = self.get(column);
        if text.is_empty() {
            return Vec::new();
        }
        Value::from(text).to_string().into_bytes()
    }

    /// A cell that holds JSON; a text that is none is a JSON text.
    fn value(&self, column: &str) -> Vec<u8> {
        let text = self.get(column);
        let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        if is_json || text.is_empty() {
            text.as_bytes().to_vec()
        } else {
            self.json(column)
        }
    }

    /// `userIdentity`.
    fn identity(&self) -> Vec<u8> {
        let get = |column: &str| {
            let text = self.get(column);
            (!text.is_empty()).then(|| Value::from(text))
        };
        let mut identity = serde_json::Map::new();
        let put = |into: &mut serde_json::Map<String, Value>, name: &str, column: &str| {
            into.extend(get(column).map(|value| (name.to_owned(), value)));
        };
        for (name, column) in [
            ("type", "caller"),
            ("principalId", "principal"),
            ("arn", "caller_arn"),
            ("accountId", "caller_account"),
            ("userName", "user"),
            ("invokedBy", "invoked_by"),
        ] {
            put(&mut identity, name, column);
        }
        let (mut issuer, mut context) = (serde_json::Map::new(), serde_json::Map::new());
        for (name, column) in [
            ("type", "issuer"),
            ("arn", "issuer_arn"),
            ("accountId", "issuer_account"),
            ("userName", "issuer_name"),
        ] {
            put(&mut issuer, name, column);
        }
        put(&mut context, "ec2RoleDelivery", "delivery");
        if let Some(provider) = get("provider") {
            context.insert(
                "webIdFederationData".to_owned(),
                json!({ "federatedProvider": provider }),
            );
        }
        context.insert("sessionIssuer".to_owned(), Value::Object(issuer));
        identity.insert("sessionContext".to_owned(), Value::Object(context));
        Value::Object(identity).to_string().into_bytes()
    }

    /// Says whether there is a caller, be it one that is neither a role nor a user.
    pub(super) fn has_caller(&self) -> bool {
        read_caller(&self.identity()).is_some()
    }

    /// The role or user that a row is about.
    pub(super) fn principal(&self) -> Option<RoleName> {
        read_caller(&self.identity())?.principal().cloned()
    }

    /// The record, but for the caller, and what is wrong with its time. Rows of many records have no time.
    #[expect(clippy::too_many_lines, reason = "a list of members, each on its line")]
    fn event(&self, identity: &[u8]) -> Result<(Event, Option<String>), String> {
        let texts = [
            "id",
            "time",
            "source",
            "name",
            "region",
            "type",
            "category",
            "recipient",
            "shared",
            "code",
            "message",
            "endpoint",
            "address",
            "agent",
        ]
        .map(|column| self.json(column));
        let [
            id,
            time,
            source,
            name,
            region,
            kind,
            category,
            recipient,
            shared,
            code,
            message,
            endpoint,
            address,
            agent,
        ] = &texts;
        let values = ["request", "response", "additional", "resources"].map(|it| self.value(it));
        let [request, response, additional, resources] = &values;
        let parts = Parts {
            id,
            time,
            source,
            name,
            region,
            kind,
            category,
            recipient,
            shared,
            identity,
            code,
            message,
            request,
            response,
            additional,
            resources,
            endpoint,
            address,
            agent,
            ..Parts::default()
        };
        let shown = |problem: crate::trail::Problem| format!("{}: {}", problem.path, problem.words);
        let reading = read_parts(&parts).map_err(shown)?;
        match reading.oddity {
            Some(oddity) if oddity.path.starts_with("userIdentity") => Err(shown(oddity)),
            oddity => Ok((reading.event, oddity.map(shown))),
        }
    }

    /// What is counted.
    ///
    /// Others' sessions are told without their callers, so one without a name is none.
    fn counts(&self, count: u64, caller: &Caller) -> (Counts, Option<String>) {
        let mut oddity = self.oddity();
        let days = self.get("days");
        let mut days: BTreeMap<Date, u64> = match days.parse() {
            Ok(day) => BTreeMap::from([(day, count)]),
            Err(_) if days.is_empty() => BTreeMap::new(),
            Err(_) => {
                let all = serde_json::from_str::<BTreeMap<String, u64>>(days);
                let all = all.unwrap_or_else(|_| BTreeMap::from([(days.to_owned(), count)]));
                let read = all
                    .iter()
                    .filter_map(|(day, calls)| Some((day.parse().ok()?, *calls)))
                    .take(MOST_DAYS);
                let read: BTreeMap<Date, u64> = read.collect();
                if read.len() < all.len() {
                    oddity = Some(format!(
                        "days: expected at most {MOST_DAYS} days and their calls"
                    ));
                }
                read
            }
        };
        // All days together have no more than there are.
        let mut left = count;
        days.retain(|_, calls| {
            *calls = left.min(*calls);
            left -= *calls;
            *calls > 0
        });
        let mut sessions = self.texts("sessions");
        if caller.session.is_none() {
            sessions.retain(|session| !session.is_empty() && caller.user.is_none());
        }
        let (endpoints, addresses) = (self.texts("endpoints"), self.texts("addresses"));
        let examples = self.texts("examples");
        let read: Vec<_> = examples.iter().filter_map(|it| example(it)).collect();
        if read.len() < examples.len() {
            oddity = Some("examples: expected a time, an id, an address and a client".to_owned());
        }
        let counts = Counts {
            count,
            first: self.moment("first"),
            last: self.moment("last"),
            days,
            examples: read,
            sessions,
            with_endpoint: self.number_of(&endpoints, "with_endpoint"),
            endpoints,
            with_address: self.number_of(&addresses, "with_public"),
            addresses,
            encrypted: self.number("with_tls").unwrap_or_default(),
        };
        (counts, oddity)
    }
}

/// Reads an example: the time, the id, the network and the client.
fn example(text: &str) -> Option<(EventRef, Origin)> {
    let mut parts = text.split(SEPARATOR);
    let (time, id, address, agent) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let reference = EventRef {
        time: Some(time.parse().ok()?),
        id: id.to_owned(),
    };
    Some((reference, Origin::from(address, agent)))
}

/// Folds a row in; tells what is odd about it all the same, or why it cannot be.
pub(super) fn fold(
    row: &Row<'_>,
    count: u64,
    (usage, query): (&mut Usage, &RoleQuery),
    (window, catalog): (Window, &Catalog),
) -> Result<Option<String>, String> {
    let reading = row.get("reading");
    if reading == "whole" {
        let (event, odd_time) = row.event(&row.identity())?;
        if event.time.is_none_or(|time| window.contains(time)) {
            usage.fold_often(&event, count, query, catalog);
        }
        // As in a file, it counts, and may lie outside of the window.
        return Ok(odd_time);
    }
    let (mut event, _) = row.event(b"")?;
    let caller = if reading == "asked" {
        let identity = row.identity();
        read_caller(&identity)
            .ok_or_else(|| "userIdentity: expected a caller that can be told".to_owned())?
    } else {
        Caller {
            kind: row.get("caller").to_owned(),
            invoked_by: Some(row.get("invoked_by").to_owned()).filter(|it| !it.is_empty()),
            ..Caller::default()
        }
    };
    event.caller = caller.into();
    if let Outcome::Failed { message, .. } = &mut event.outcome {
        message.clear();
    }
    let (counts, oddity) = row.counts(count, &event.caller);
    usage.fold_counted(&event, &counts, query, catalog);
    Ok(oddity)
}
