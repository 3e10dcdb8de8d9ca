//! Real records, where a folder of them is at hand: every one is read or located, and the structure's walk agrees with a
//! full parser.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use serde_json::Value;

use super::{Folder, lines, read_all};

#[expect(clippy::print_stdout, reason = "a skipped test has to say so")]
/// The folder named by `POLGEN_CORPUS`, or the one beside the checkout.
pub(crate) fn corpus() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folder = std::env::var_os("POLGEN_CORPUS").map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: no real records at {}", folder.display());
    None
}

#[test]
fn every_real_record_is_accounted_for() {
    let Some(corpus) = corpus() else { return };
    let path = corpus.join("records.ndjson.gz");
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(fs::File::open(&path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    let records: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["record"].take())
        .collect();
    assert!(records.len() > 4000);
    let folder = Folder::new();
    folder.write("bare.jsonl", lines(&records));
    folder.write(
        "trail.json",
        serde_json::json!({"Records": records}).to_string(),
    );
    for file in [
        path,
        folder.path().join("bare.jsonl"),
        folder.path().join("trail.json"),
    ] {
        let (events, reading) = read_all(&file);
        assert_eq!(
            reading.tally.records,
            records.len() as u64,
            "{}",
            file.display()
        );
        assert_eq!(reading.tally.unreadable, 0, "{:#?}", reading.gaps);
        for (event, record) in events.iter().zip(&records) {
            assert_eq!(event.name, record["eventName"]);
            assert_eq!(event.source, record["eventSource"]);
            assert_eq!(event.id.as_deref(), record["eventID"].as_str());
            let issuer = &record["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"];
            if record["userIdentity"]["type"] == "AssumedRole"
                && let Some(arn) = issuer.as_str().filter(|arn| arn.contains(":role/"))
            {
                if !are_of_one_role(&record["userIdentity"]["arn"], arn) {
                    // Somebody masked the two names apart from each other.
                    assert_eq!(event.caller.session, None);
                    continue;
                }
                let session = event.caller.session.as_ref().expect("a session");
                assert_eq!(session.role.arn, *issuer);
            }
        }
    }
}

/// Says whether the ARN of a session, if there is one, names the role with this ARN.
fn are_of_one_role(session: &Value, role: &str) -> bool {
    let Some(parts) = session
        .as_str()
        .map(|arn| arn.split([':', '/']).collect::<Vec<_>>())
    else {
        return true;
    };
    let account = role.split(':').nth(4);
    let name = role.rsplit('/').next();
    parts.len() < 8
        || parts[5] != "assumed-role"
        || (parts.get(4).copied() == account && parts.get(6).copied() == name)
}

#[test]
fn every_real_shape_is_read_or_refused_with_its_place() {
    let Some(corpus) = corpus() else { return };
    for entry in fs::read_dir(corpus.join("shapes")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let (events, reading) = read_all(&path);
        let is_refused = name == "INDEX.json" || path.extension().is_some_and(|end| end == "csv");
        assert_eq!(events.is_empty(), is_refused, "{name}: {:#?}", reading.gaps);
        if is_refused {
            assert_eq!(reading.tally.gaps, 1, "{name}");
        }
        for gap in &reading.gaps {
            assert!(gap.place.starts_with(path.to_str().unwrap()), "{gap:?}");
            assert!(gap.problem.starts_with("expected "), "{gap:?}");
        }
    }
}
