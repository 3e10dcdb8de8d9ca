//! Many threads give what one gives, and the search for a name loses no event.

use std::num::NonZero;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use polgen::catalog::Catalog;
use polgen::source::{FileDone, Progress, ReadOptions, Reading, TrailSource, fold, read};
use polgen::trail::Event;
use polgen::usage::{PrincipalKind, RoleQuery, Usage};
use serde_json::json;

use super::{Folder, ROLE, gzip, keys, read_with, record, trail};

/// A folder with many files, some of them odd.
fn many() -> Folder {
    let folder = Folder::new();
    for file in 0..40 {
        let records: Vec<_> = (0..50)
            .map(|index| {
                let role = if index % 7 == 0 { ROLE } else { "web-api" };
                record(role, &format!("{file}/{index}"))
            })
            .collect();
        folder.write(&format!("{file:02}.json.gz"), gzip(&trail(&records)));
    }
    folder.write("17a.json", "<html>");
    folder
}

fn folded(folder: &Folder, options: &ReadOptions<'_>) -> (Vec<Event>, Reading) {
    let mut events = Vec::new();
    let sources = [TrailSource::Path(folder.path().to_owned())];
    let reading = fold(&sources, options, &Vec::new, &mut |part| {
        events.extend(part);
    });
    (events, reading)
}

#[test]
fn any_number_of_threads_gives_the_same() {
    let folder = many();
    let expected = folder.read();
    assert_eq!(expected.0.len(), 2000);
    for threads in [1, 2, 8] {
        let options = ReadOptions {
            threads: NonZero::new(threads),
            ..ReadOptions::default()
        };
        assert_eq!(folded(&folder, &options), expected, "{threads} threads");
    }
}

#[test]
fn a_long_file_is_handed_over_in_parts() {
    let folder = Folder::new();
    let line = |index: i32| format!("{}\n", record(ROLE, &index.to_string()));
    folder.write("a.jsonl", (0..40_000).map(line).collect::<String>());
    folder.write("b.jsonl", (40_000..40_010).map(line).collect::<String>());
    let mut parts = Vec::new();
    let sources = [TrailSource::Path(folder.path().to_owned())];
    fold(
        &sources,
        &ReadOptions::default(),
        &Vec::new,
        &mut |part: Vec<Event>| parts.push(part),
    );
    assert!(parts.len() >= 4, "{} parts", parts.len());
    assert!(parts.iter().all(|part| part.len() <= 20_000));
    let all: Vec<_> = parts.concat();
    let expected: Vec<_> = (0..40_010).map(|index| index.to_string()).collect();
    assert_eq!(keys(&all), expected);
}

#[test]
fn a_name_passes_over_others_and_counts_them() {
    let folder = many();
    let (all, whole) = folder.read();
    let options = ReadOptions {
        naming: Some(ROLE.to_owned()),
        ..ReadOptions::default()
    };
    let (named, reading) = read_with(folder.path(), &options);
    let of_role = |event: &Event| {
        event
            .caller
            .session
            .as_ref()
            .is_some_and(|session| session.role.name == ROLE)
    };
    let expected: Vec<_> = all.into_iter().filter(of_role).collect();
    assert_eq!(named, expected);
    assert_eq!(reading.tally.passed_over, 2000 - named.len() as u64);
    let listing = reading.tally.others.listing();
    let others: Vec<_> = listing.iter().collect();
    let [(call, count)] = others.as_slice() else {
        panic!("one kind of call, not {others:?}")
    };
    assert_eq!((call.source, call.name), ("s3.amazonaws.com", "GetObject"));
    assert_eq!(
        (call.region, call.day.to_string().as_str()),
        ("eu-west-1", "2026-06-01")
    );
    assert_eq!(*count, reading.tally.passed_over);
    assert_eq!(
        (reading.tally.first, reading.tally.last),
        (whole.tally.first, whole.tally.last)
    );
    assert_eq!(reading.gaps, whole.gaps);
}

#[test]
fn coverage_is_the_same_whether_others_are_read_or_only_counted() {
    let catalog = Catalog::bundled();
    let query = RoleQuery::parse("PrototypeFunctionRole").unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/trail");
    let usage = |naming: Option<String>| {
        let mut usage = Usage::default();
        let options = ReadOptions {
            naming,
            ..ReadOptions::default()
        };
        let mut visit = |event: Event| usage.fold(&event, &query, catalog);
        let sources = [TrailSource::Path(samples.clone())];
        let reading = read(&sources, &options, &mut visit);
        usage.note_others(&reading.tally, catalog);
        usage.finish();
        (usage, reading)
    };
    let (all, _) = usage(None);
    let (named, reading) = usage(query.name.clone());
    assert!(reading.tally.passed_over > 100);
    assert_eq!(named.coverage, all.coverage);
    assert_eq!(named.roles, all.roles);
}

#[test]
fn a_name_is_found_however_it_is_written() {
    let folder = Folder::new();
    let plain = record(ROLE, "1").to_string();
    let escaped = plain.replace("billing-export", r"b\u0069lling-export");
    let inside = json!({"CloudTrailEvent": record(ROLE, "3").to_string()}).to_string();
    let escaped_inside = json!({"CloudTrailEvent": escaped}).to_string();
    let mentioned = record("web-api", &format!("names/{ROLE}")).to_string();
    let odd = r#"{"eventVersion":"1","userIdentity":{"type":"AssumedRole","arn":"billing"},"eventTime":"2026-06-01T12:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject"}"#;
    folder.write(
        "a.jsonl",
        [
            plain.as_str(),
            &escaped,
            &inside,
            &escaped_inside,
            &mentioned,
            odd,
        ]
        .join("\n"),
    );
    let options = ReadOptions {
        naming: Some(ROLE.to_owned()),
        ..ReadOptions::default()
    };
    let (events, reading) = read_with(folder.path(), &options);
    assert_eq!(events.len(), 6, "the last two hold or may hold the name");
    assert_eq!(reading.gaps[0].problem, "expected an ARN, found `billing`");
}

#[derive(Debug, Default)]
struct Heard {
    found: Mutex<(u64, u64)>,
    done: Mutex<Vec<FileDone>>,
}

impl Progress for Heard {
    fn found(&self, files: u64, stored_bytes: u64) {
        *self.found.lock().unwrap() = (files, stored_bytes);
    }

    fn file_done(&self, done: &FileDone) {
        self.done.lock().unwrap().push(*done);
    }
}

#[test]
fn progress_adds_up() {
    let folder = many();
    let heard = Heard::default();
    let options = ReadOptions {
        progress: Some(&heard),
        ..ReadOptions::default()
    };
    let (_, reading) = folded(&folder, &options);
    let done = heard.done.lock().unwrap();
    let (files, bytes) = *heard.found.lock().unwrap();
    assert_eq!((files, done.len()), (41, 41));
    assert_eq!(
        done.iter().map(|done| done.stored_bytes).sum::<u64>(),
        bytes
    );
    assert_eq!(
        done.iter().map(|done| done.records).sum::<u64>(),
        reading.tally.records
    );
}

#[test]
fn a_stopped_run_says_so() {
    let folder = many();
    let stop = AtomicBool::new(true);
    let options = ReadOptions {
        stop: Some(&stop),
        ..ReadOptions::default()
    };
    let (events, reading) = folded(&folder, &options);
    assert!(events.is_empty() && reading.is_stopped);
    stop.store(false, Ordering::Relaxed);
    assert!(!folded(&folder, &options).1.is_stopped);
}

#[test]
fn an_event_that_was_recorded_often_counts_as_one_by_one() {
    let mut records = vec![record(ROLE, "a")];
    let mut change = |name: &str, value: serde_json::Value| {
        let mut one = record(ROLE, name);
        one[name] = value;
        records.push(one);
    };
    change("errorCode", json!("AccessDenied"));
    change("errorCode", json!("NoSuchKey"));
    change("eventTime", json!("never"));
    change("sourceIPAddress", json!("203.0.113.9"));
    change("vpcEndpointId", json!("vpce-1"));
    change("tlsDetails", json!({"tlsVersion": "TLSv1.3"}));
    change("eventType", json!("AwsConsoleSignIn"));
    change("sharedEventID", json!("1"));
    for (name, recipient) in [("2", "444455556666"), ("3", "111122223333")] {
        let mut one = record(ROLE, name);
        one["sharedEventID"] = json!(name);
        one["recipientAccountId"] = json!(recipient);
        records.push(one);
    }
    let folder = Folder::new();
    folder.write("a.json", trail(&records));
    let (events, _) = folder.read();
    assert_eq!(events.len(), records.len());
    for is_counted_only in [false, true] {
        let query = RoleQuery {
            is_counted_only,
            ..RoleQuery::every(PrincipalKind::Role)
        };
        for event in &events {
            for count in [1, 2, 5] {
                let (mut one_by_one, mut at_once) = (Usage::default(), Usage::default());
                for _ in 0..count {
                    one_by_one.fold(event, &query, Catalog::bundled());
                }
                at_once.fold_often(event, count, &query, Catalog::bundled());
                assert_eq!(at_once, one_by_one, "{:?}", event.id);
                one_by_one.finish();
                at_once.finish();
                assert_eq!(at_once, one_by_one, "{:?}", event.id);
            }
        }
    }
}
