//! The same two records come out of every envelope.

use serde_json::{Value, json};

use super::{Folder, ROLE, keys, lines, record};

fn two() -> [Value; 2] {
    [record(ROLE, "a"), record(ROLE, "b")]
}

/// Writes `content` as a file and expects both records from it, and nothing odd.
fn holds_both(name: &str, content: &str) {
    let folder = Folder::new();
    folder.write("trail.json", content);
    let (events, reading) = folder.read();
    assert_eq!(folder.words(&reading), Vec::<String>::new(), "{name}");
    assert_eq!(keys(&events), ["a", "b"], "{name}");
    for event in &events {
        let session = event.caller.session.as_ref().expect(name);
        assert_eq!(
            session.role.arn,
            format!("arn:aws:iam::111122223333:role/team/{ROLE}"),
            "{name}"
        );
    }
}

fn each(wrap: impl Fn(&Value) -> Value) -> [Value; 2] {
    two().map(|record| wrap(&record))
}

#[test]
fn trail_files_arrays_and_lines() {
    let [a, b] = two();
    holds_both("trail file", &json!({"Records": [a, b]}).to_string());
    holds_both(
        "pretty",
        &serde_json::to_string_pretty(&json!({"Records": [a, b]})).unwrap(),
    );
    holds_both(
        "byte order mark",
        &format!("\u{feff}{}", json!({"Records": [a, b]})),
    );
    holds_both(
        "members behind",
        &json!({"Records": [a, b], "more": {"x": ["]", "}"]}}).to_string(),
    );
    holds_both("array", &json!([a, b]).to_string());
    holds_both("lines", &lines(&[a.clone(), b.clone()]));
    holds_both(
        "windows lines",
        &lines(&[a.clone(), b.clone()]).replace('\n', "\r\n"),
    );
    holds_both("without newline", &format!("{a}{b}"));
    holds_both("pretty, one after the other", &format!("{a:#}\n{b:#}\n"));
    holds_both(
        "trail files in lines",
        &lines(&[json!({"Records": [a]}), json!({"Records": [b]})]),
    );
}

#[test]
fn event_history() {
    let entries = each(|record| {
        json!({"EventId": record["eventID"], "EventName": "GetObject", "Resources": [],
            "EventTime": "2026-06-01T14:00:00+02:00", "CloudTrailEvent": record.to_string()})
    });
    holds_both(
        "LookupEvents",
        &json!({"Events": entries, "NextToken": "x"}).to_string(),
    );
    holds_both(
        "token first",
        &json!({"NextToken": "x", "Events": entries}).to_string(),
    );
    holds_both("an entry a line", &lines(&entries));
    holds_both("array of entries", &json!(entries).to_string());
}

#[test]
fn event_bridge_and_cloud_watch_logs() {
    let events = each(|record| {
        json!({"version": "0", "id": "x", "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.s3", "resources": [], "detail": record})
    });
    holds_both("EventBridge", &lines(&events));
    let messages = each(|record| json!({"id": "1", "timestamp": 1, "message": record.to_string()}));
    let subscription = json!({"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "g",
        "logStream": "s", "subscriptionFilters": ["f"], "logEvents": messages});
    holds_both("subscription", &subscription.to_string());
    let control = json!({"messageType": "CONTROL_MESSAGE", "logEvents": []});
    holds_both("control message", &lines(&[control, subscription]));
    holds_both(
        "FilterLogEvents",
        &json!({"events": messages, "searchedLogStreams": []}).to_string(),
    );
}

#[test]
fn exports_of_log_stores() {
    type Wrap = fn(&Value) -> Value;
    let shapes: [(&str, Wrap); 9] = [
        ("logstash", |record| {
            let mut record = record.clone();
            record["@version"] = json!("1");
            record
        }),
        (
            "message",
            |record| json!({"@timestamp": "t", "message": record.to_string(), "log": {"file": {"path": "p"}}}),
        ),
        ("common schema", |record| {
            json!({"message": "GetObject", "event": {"kind": "event", "original": record.to_string()},
                "aws": {"cloudtrail": {"event_version": "1.08"}}})
        }),
        (
            "nested",
            |record| json!({"event": {"result": "ACCEPT"}, "cloud": {}, "aws": {"cloudtrail": record}}),
        ),
        (
            "splunk raw",
            |record| json!({"_raw": record.to_string(), "sourcetype": "aws:cloudtrail"}),
        ),
        (
            "splunk result",
            |record| json!({"preview": false, "result": {"_raw": record.to_string()}}),
        ),
        (
            "splunk collector",
            |record| json!({"time": 1, "event": record}),
        ),
        (
            "log",
            |record| json!({"log": record.to_string(), "stream": "stdout"}),
        ),
        (
            "queue",
            |record| json!({"body": json!({"Message": json!({"Records": [record]}).to_string()}).to_string()}),
        ),
    ];
    for (name, wrap) in shapes {
        holds_both(name, &lines(&each(wrap)));
    }
    let hits = each(|record| json!({"_index": "i", "_source": record}));
    holds_both(
        "search",
        &json!({"took": 1, "hits": {"total": 2, "hits": hits}}).to_string(),
    );
}

#[test]
fn a_record_that_comes_parsed_and_as_a_text_counts_once() {
    holds_both(
        "both",
        &lines(&each(
            |record| json!({"message": record.to_string(), "event": record, "aws": {"cloudtrail": record}}),
        )),
    );
}

#[test]
fn what_is_no_trail_is_named() {
    let notification = json!({"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put", "s3": {}}]});
    for (content, expected) in [
        (
            "<!DOCTYPE html>\n<html>",
            "trail.json: line 1: expected JSON, found HTML or XML (`<!DOCTYPE html>`)",
        ),
        (
            "",
            "trail.json: expected CloudTrail records, found an empty file",
        ),
        (
            " \n",
            "trail.json: expected CloudTrail records, found an empty file",
        ),
        (
            "{}",
            "trail.json: line 1: expected a CloudTrail record or an envelope of them, found an empty object",
        ),
        (
            "[3]",
            "trail.json: [0]: expected a CloudTrail record or an envelope of them, found a number",
        ),
        (
            r#"{"Version":"2012-10-17","Statement":[]}"#,
            "trail.json: line 1: expected a CloudTrail record or an envelope of them, found an object with `Version`, `Statement`",
        ),
        (
            "Event name,Event time,User name\nGetObject,t,u\n",
            "trail.json: line 1: expected JSON, found a table in CSV with the columns `Event name,Event time,User name`",
        ),
        (
            &notification.to_string(),
            "trail.json: Records[0].eventSource: expected the host of a service, found `aws:s3`, which sends notifications",
        ),
    ] {
        let folder = Folder::new();
        folder.write("trail.json", content);
        let (events, reading) = folder.read();
        assert_eq!(events, [], "{content}");
        assert_eq!(folder.words(&reading), [expected]);
    }
}

#[test]
fn an_empty_trail_file_is_no_mistake() {
    let folder = Folder::new();
    folder.write("trail.json", r#"{"Records":[]}"#);
    let (events, reading) = folder.read();
    assert_eq!((events.len(), reading.tally.gaps, reading.files), (0, 0, 1));
}
