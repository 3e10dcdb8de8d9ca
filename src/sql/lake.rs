//! CloudTrail Lake: one statement of at most 10,000 characters, which has no room for what the catalog looks at.
//!
//! So records are not grouped there: those by whom is asked for, and those that tell of what runs under roles, come whole, a record a row, and
//! are folded here. The statement has the form that is documented: columns, one event data store, conditions. Sources: AWS CloudTrail user
//! guide, "CloudTrail Lake SQL constraints" and "Supported SQL schemas for event data stores"; CloudTrail API reference, `StartQuery`.
//!
//! Lake keeps the members of a request as texts. Those that hold an object or a list are read as such, so numbers and truths stay texts.

use serde_json::{Map, Value};

use super::query::{KEYS, asked};
use super::rows::OTHERS;
use super::schema::FIELDS;
use super::tree::{Expr, Operator, Select, all, any, filled, text};
use super::{Request, signs, write};
use crate::time::Timestamp;

/// The most characters of a statement.
pub const MOST_CHARACTERS: usize = 10_000;

/// Writes the statement.
pub(super) fn statement(request: &Request<'_>) -> String {
    let of_field = |name: &'static str| {
        let field = FIELDS.iter().find(|field| field.name == name);
        field.map_or(Expr::Null, |field| request.schema.field(field))
    };
    let columns = KEYS.into_iter().filter(|key| *key != "reading");
    let columns = columns.map(|key| (filled(of_field(key)), key)).collect();
    let wanted = any([asked(request.query), signs::configuring(request)]);
    let mut conditions = window(request);
    for (values, name) in [
        (&request.accounts, "recipient"),
        (&request.regions, "region"),
    ] {
        if !values.is_empty() {
            let one = |value: &String| super::tree::equal(of_field(name), text(value.as_str()));
            conditions.push(any(values.iter().map(one).collect::<Vec<_>>()));
        }
    }
    conditions.push(wanted.with_names(&of_field));
    let from = request
        .relations
        .first()
        .map_or(super::tree::From::Nothing, super::Relation::from);
    let mut select = Select::of(from, columns);
    select.filter = Some(all(conditions));
    write::statement(&select, request.dialect)
}

/// The time, as the documentation compares it: a text of whole seconds, a second wider than asked for.
fn window(request: &Request<'_>) -> Vec<Expr> {
    let moment = |moment: Timestamp, seconds: i64| {
        let moment = Timestamp::from_second(moment.as_second() + seconds).unwrap_or(moment);
        text(moment.strftime("%Y-%m-%d %H:%M:%S").to_string())
    };
    let time = || Expr::Column(vec!["eventtime".to_owned()]);
    let since = request.window.since.map(|it| moment(it, 0));
    let until = request.window.until.map(|it| moment(it, 1));
    let since = since.map(|it| Expr::Joined(Operator::AtLeast, vec![time(), it]));
    let until = until.map(|it| Expr::Joined(Operator::Less, vec![time(), it]));
    since.into_iter().chain(until).collect()
}

/// The columns of the rows that records are written as.
pub fn header() -> Vec<&'static str> {
    OTHERS.into_iter().chain(KEYS).collect()
}

/// A record as a row; `column` gives what the statement gave for one.
pub fn row(column: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let cell = |name: &'static str| match name {
        "row" => "call".to_owned(),
        "count" => "1".to_owned(),
        "reading" => "whole".to_owned(),
        name if OTHERS.contains(&name) => String::new(),
        "request" | "response" | "additional" => unfolded(column(name).unwrap_or_default()),
        name => column(name).unwrap_or_default(),
    };
    header().into_iter().map(cell).collect()
}

/// The rows that end a result: how many records there are, and what was asked.
pub fn ending(records: u64, about: &str) -> [Vec<String>; 2] {
    let row = |kind: &str, count: u64, request: &str| {
        let cell = |name: &str| match name {
            "row" => kind.to_owned(),
            "count" => count.to_string(),
            "request" => request.to_owned(),
            _ => String::new(),
        };
        header().into_iter().map(cell).collect()
    };
    [row("total", records, ""), row("about", 0, about)]
}

/// An object whose members are texts, with those that hold objects or lists read.
fn unfolded(object: String) -> String {
    let Ok(members) = serde_json::from_str::<Map<String, Value>>(&object) else {
        return object;
    };
    let read = |value: Value| {
        let held = value.as_str().filter(|it| it.starts_with(['{', '[']));
        let held = held.and_then(|it| serde_json::from_str::<Value>(it).ok());
        held.unwrap_or(value)
    };
    let members: Map<String, Value> = members
        .into_iter()
        .map(|(name, value)| (name, read(value)))
        .collect();
    Value::Object(members).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::sql::{Dialect, Relation, Schema};
    use crate::time::Window;
    use crate::usage::{PrincipalKind, RoleQuery};

    fn printed(query: &RoleQuery) -> String {
        let request = Request {
            dialect: Dialect::Lake,
            relations: vec![Relation::store("a1b2c3d4-5678-90ab-cdef-000000000001").unwrap()],
            schema: Schema::event_data_store(),
            query,
            window: Window {
                since: Some("2026-06-01T00:00:00Z".parse().unwrap()),
                until: Some("2026-07-01T00:00:00Z".parse().unwrap()),
            },
            accounts: vec!["111122223333".to_owned()],
            regions: vec!["eu-west-1".to_owned()],
            catalog: Catalog::bundled(),
        };
        request.sql()
    }

    #[test]
    fn it_fits() {
        let long = format!("arn:aws:iam::111122223333:role/{}", "x".repeat(64));
        let one = RoleQuery::parse(&long).unwrap();
        for query in [RoleQuery::every(PrincipalKind::Role), one] {
            let statement = printed(&query);
            assert!(statement.len() < MOST_CHARACTERS, "{}", statement.len());
            assert!(statement.starts_with("SELECT"), "{statement}");
            assert!(statement.contains("FROM a1b2c3d4-5678-90ab-cdef-000000000001\n"));
            assert!(
                statement.contains("(\"eventtime\" >= '2026-06-01 00:00:00')"),
                "{statement}"
            );
            // What a part of a second cuts is found when the rows are read.
            assert!(
                statement.contains("(\"eventtime\" < '2026-07-01 00:00:01')"),
                "{statement}"
            );
        }
    }

    #[test]
    fn only_an_id_is_a_store() {
        assert!(
            Relation::store("arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/a1b2-c3")
                .is_ok()
        );
        for text in ["", "a b", "x; DROP", "a--b", "t\" --", "s3://a/b", "a/b"] {
            assert!(Relation::store(text).is_err(), "{text}");
        }
    }

    #[test]
    fn objects_in_texts_are_read() {
        let found = unfolded(r#"{"bucketName":"b","filter":"{\"a\":[1]}","note":"{x"}"#.to_owned());
        assert_eq!(
            found,
            r#"{"bucketName":"b","filter":{"a":[1]},"note":"{x"}"#
        );
        assert_eq!(unfolded("null".to_owned()), "null");
        let cells = row(&|_| Some(r#"{"a":"{\"b\":1}"}"#.to_owned()));
        for (name, cell) in header().into_iter().zip(cells) {
            let is_object = ["request", "response", "additional"].contains(&name);
            assert_eq!(cell == r#"{"a":{"b":1}}"#, is_object, "{name}: {cell}");
        }
        assert_eq!(unfolded(String::new()), "");
    }
}
