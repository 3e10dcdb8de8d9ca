//! Reading trails from outside: every envelope, every sort of file and folder, any number of threads.
//!
//! The records are made up here; the last part also runs over real ones where a folder of them is at hand.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "these helpers are tests, which fail by panicking"
)]

#[path = "trail/corpus.rs"]
mod corpus;
#[path = "trail/damage.rs"]
mod damage;
#[path = "trail/digests.rs"]
mod digests;
#[path = "trail/elsewhere.rs"]
mod elsewhere;
#[path = "trail/envelopes.rs"]
mod envelopes;
#[path = "trail/files.rs"]
mod files;
#[path = "trail/folding.rs"]
mod folding;
#[path = "trail/gathering.rs"]
mod gathering;
#[path = "trail/hostile.rs"]
mod hostile;
#[path = "trail/kept_days.rs"]
mod kept_days;
#[path = "trail/one_role.rs"]
mod one_role;
#[path = "trail/recall.rs"]
mod recall;
#[path = "trail/refused_names.rs"]
mod refused_names;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use polgen::source::{ReadOptions, Reading, TrailSource, read};
use polgen::trail::Event;
use serde_json::{Value, json};

/// The role whose events the tests look for.
const ROLE: &str = "billing-export";

/// A record of `role` reading the object `key`.
fn record(role: &str, key: &str) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:nightly",
            "arn": format!("arn:aws:sts::111122223333:assumed-role/{role}/nightly"),
            "accountId": "111122223333",
            "sessionContext": {"sessionIssuer": {
                "type": "Role",
                "arn": format!("arn:aws:iam::111122223333:role/team/{role}"),
                "userName": role,
            }},
        },
        "eventTime": "2026-06-01T12:00:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "awsRegion": "eu-west-1",
        "requestParameters": {"bucketName": "acme-bill", "key": key},
        "responseElements": null,
        "eventID": format!("id-{key}"),
        "readOnly": true,
        "eventType": "AwsApiCall",
        "managementEvent": false,
        "eventCategory": "Data",
    })
}

/// Each value on a line of its own.
fn lines<'a>(values: impl IntoIterator<Item = &'a Value>) -> String {
    values.into_iter().fold(String::new(), |lines, value| {
        lines + &value.to_string() + "\n"
    })
}

/// The content of a trail file with these records.
fn trail(records: &[Value]) -> Vec<u8> {
    json!({"Records": records}).to_string().into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A folder of its own for one test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    fn read(&self) -> (Vec<Event>, Reading) {
        read_all(self.path())
    }

    /// Places and problems of the gaps, with the folder's own path left out.
    fn words(&self, reading: &Reading) -> Vec<String> {
        let own = format!("{}/", self.path().display());
        reading
            .gaps
            .iter()
            .map(|gap| format!("{}: {}", gap.place.replace(&own, ""), gap.problem))
            .collect()
    }
}

fn read_all(path: &Path) -> (Vec<Event>, Reading) {
    read_with(path, &ReadOptions::default())
}

fn read_with(path: &Path, options: &ReadOptions<'_>) -> (Vec<Event>, Reading) {
    let mut events = Vec::new();
    let reading = read(
        &[TrailSource::Path(path.to_owned())],
        options,
        &mut |event| events.push(event),
    );
    let tally = &reading.tally;
    assert_eq!(tally.events, events.len() as u64);
    let accounted = tally.events + tally.passed_over + tally.outside_window + tally.unreadable;
    assert_eq!(tally.records, accounted, "every record is accounted for");
    (events, reading)
}

/// The object keys that events are about, which tell them apart.
fn keys(events: &[Event]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event.request["key"].as_str().unwrap())
        .collect()
}
