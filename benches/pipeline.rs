//! The parts of the main job, each on its own: read, map, fold, synthesize. A base to compare later work with.
//!
//! `cargo bench` prints medians; compare figures of one run only, as ratios. Input is made here, the same every time.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot set up its input should fail at once"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use polgen::catalog::Catalog;
use polgen::mapping;
use polgen::synthesis::{
    Basis, CurrentGrants, HiddenChoice, Level, Levels, Options, Pins, Room, Style, suggest,
};
use polgen::time::Window;
use polgen::trail::envelope::End;
use polgen::trail::{Event, Found, Reader};
use polgen::usage::{RoleQuery, Usage};

fn main() {
    divan::main();
}

const RECORDS: usize = 10_000;

/// A trail file of one role's calls to a bucket, a table, a queue and a function.
fn trail() -> String {
    let calls = [
        (
            "s3.amazonaws.com",
            "GetObject",
            r#"{"bucketName":"data","key":"in/2026/06/KEY.json"}"#,
        ),
        (
            "s3.amazonaws.com",
            "PutObject",
            r#"{"bucketName":"data","key":"out/KEY"}"#,
        ),
        (
            "dynamodb.amazonaws.com",
            "GetItem",
            r#"{"tableName":"orders","key":{"id":"KEY"}}"#,
        ),
        (
            "sqs.amazonaws.com",
            "SendMessage",
            r#"{"queueUrl":"https://sqs.eu-central-1.amazonaws.com/111122223333/jobs"}"#,
        ),
        (
            "lambda.amazonaws.com",
            "GetFunction20150331v2",
            r#"{"functionName":"resize"}"#,
        ),
    ];
    let mut text = String::from("{\"Records\":[");
    for number in 0..RECORDS {
        let (source, name, parameters) = *calls.get(number % calls.len()).unwrap();
        let parameters = parameters.replace("KEY", &format!("{:08}", number % 2_000));
        let comma = if number == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}{{"eventVersion":"1.11","userIdentity":{{"type":"AssumedRole","principalId":"AROAEXAMPLE:worker","arn":"arn:aws:sts::111122223333:assumed-role/app/worker","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::111122223333:role/app","accountId":"111122223333","userName":"app"}},"attributes":{{"creationDate":"2026-06-01T00:00:00Z","mfaAuthenticated":"false"}}}}}},"eventTime":"2026-06-{:02}T10:00:00Z","eventSource":"{source}","eventName":"{name}","awsRegion":"eu-central-1","sourceIPAddress":"192.0.2.10","userAgent":"aws-sdk-rust/1.3","requestParameters":{parameters},"responseElements":null,"requestID":"request-{number}","eventID":"00000000-0000-4000-8000-{number:012}","readOnly":true,"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data"}}"#,
            number % 28 + 1
        )
        .unwrap();
    }
    text.push_str("]}");
    text
}

fn events(text: &str) -> Vec<Event> {
    let mut events = Vec::new();
    let mut reader = Reader::new(Window::default(), None);
    reader.advance(text.as_bytes(), End::Yes, &mut |found| {
        if let Found::Event(event) = found {
            events.push(*event);
        }
    });
    events
}

fn folded(events: &[Event]) -> Usage {
    let query = RoleQuery::parse("app").unwrap();
    let mut usage = Usage::default();
    for event in events {
        usage.fold(event, &query, Catalog::bundled());
    }
    usage.finish();
    usage
}

#[divan::bench]
fn read(bencher: Bencher<'_, '_>) {
    let text = trail();
    bencher
        .counter(BytesCount::new(text.len()))
        .bench(|| events(black_box(&text)));
}

#[divan::bench]
fn map(bencher: Bencher<'_, '_>) {
    let events = events(&trail());
    bencher.counter(ItemsCount::new(events.len())).bench(|| {
        for event in &events {
            black_box(mapping::map(black_box(event), Catalog::bundled()));
        }
    });
}

#[divan::bench]
fn fold(bencher: Bencher<'_, '_>) {
    let events = events(&trail());
    bencher
        .counter(ItemsCount::new(events.len()))
        .bench(|| folded(black_box(&events)));
}

/// A usage of many distinct objects, a prefix in each of 40 buckets: few enough under each that none is cut to a pattern.
fn objects(count: usize) -> Usage {
    let frame = trail();
    let record = frame
        .split_once('[')
        .and_then(|(_, records)| records.split_once("},{"))
        .map(|(first, _)| format!("{first}}}"))
        .unwrap();
    let query = RoleQuery::parse("app").unwrap();
    let mut usage = Usage::default();
    for start in (0..count).step_by(1_000) {
        let made = |number: usize| {
            let key = format!("feed-{:02}/2026/06/part-{number:07}", number % 40);
            record
                .replace("in/2026/06/00000000.json", &key)
                .replace("\"data\"", &format!("\"data-{}\"", number % 40))
        };
        let records: Vec<String> = (start..count.min(start + 1_000)).map(made).collect();
        for event in events(&format!("{{\"Records\":[{}]}}", records.join(","))) {
            usage.fold(&event, &query, Catalog::bundled());
        }
    }
    usage.finish();
    assert_eq!(usage.roles.values().next().unwrap().uses.len(), count);
    usage
}

/// The issue's goals: 10,000 keys in 100 milliseconds, 100,000 distinct accesses in a second.
#[divan::bench(args = [10_000, 100_000], sample_count = 10)]
fn synthesize_objects(bencher: Bencher<'_, '_>, count: usize) {
    let usage = objects(count);
    let current = CurrentGrants::default();
    let basis = Basis {
        usage: usage.roles.values().next().unwrap(),
        coverage: &usage.coverage,
        current: &current,
        catalog: Catalog::bundled(),
    };
    let options = options(Level::Pattern);
    bencher
        .counter(ItemsCount::new(count))
        .bench(|| suggest(black_box(basis), &options).unwrap());
}

fn options(level: Level) -> Options {
    Options {
        levels: Levels {
            general: level,
            ..Levels::default()
        },
        style: Style::Readable,
        hidden: HiddenChoice::Keep,
        conditions: BTreeSet::new(),
        pins: Pins::default(),
        quota: Room {
            characters: 6144,
            policies: 10,
            may_compress: false,
        },
        allow_denied: Vec::new(),
    }
}

#[divan::bench(args = [Level::Exact, Level::Pattern])]
fn synthesize(bencher: Bencher<'_, '_>, level: Level) {
    let usage = folded(&events(&trail()));
    let role = usage.roles.values().next().unwrap();
    let current = CurrentGrants::default();
    let basis = Basis {
        usage: role,
        coverage: &usage.coverage,
        current: &current,
        catalog: Catalog::bundled(),
    };
    let options = options(level);
    bencher
        .counter(ItemsCount::new(role.uses.len()))
        .bench(|| suggest(black_box(basis), &options).unwrap());
}
