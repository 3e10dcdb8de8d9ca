//! Files and folders: the real layout, what lies beside it, and what cannot be read.

use std::fs;

use polgen::source::{Limits, ReadOptions, TrailSource, read};
use polgen::time::Window;
use serde_json::json;

use super::{Folder, ROLE, gzip, keys, lines, read_all, read_with, record, trail};

const LAYOUT: &str = "AWSLogs/o-abc/111122223333/CloudTrail/eu-west-1";

fn one(key: &str) -> Vec<u8> {
    gzip(&trail(&[record(ROLE, key)]))
}

#[test]
fn the_real_layout_is_read_in_order() {
    let folder = Folder::new();
    folder.write(&format!("{LAYOUT}/2026/06/02/b.json.gz"), one("3"));
    folder.write(&format!("{LAYOUT}/2026/06/01/b.json.gz"), one("2"));
    folder.write(&format!("{LAYOUT}/2026/06/01/a.json.gz"), one("1"));
    let (events, reading) = folder.read();
    assert_eq!(keys(&events), ["1", "2", "3"]);
    assert_eq!((reading.files, reading.tally.gaps), (3, 0));
    assert!(reading.stored_bytes < reading.expanded_bytes);
}

#[test]
fn digests_insights_and_other_logs_are_told_apart() {
    let folder = Folder::new();
    let account = "AWSLogs/111122223333";
    folder.write(
        &format!("{account}/CloudTrail/eu-west-1/2026/06/01/a.json.gz"),
        one("1"),
    );
    folder.write(
        &format!("{account}/CloudTrail-Digest/eu-west-1/2026/06/01/d.json.gz"),
        gzip(b"{}"),
    );
    folder.write(
        &format!("{account}/CloudTrail-Insight/eu-west-1/2026/06/01/i.json.gz"),
        gzip(b"{}"),
    );
    folder.write(
        &format!("{account}/Config/eu-west-1/2026/6/1/c.json.gz"),
        gzip(b"{}"),
    );
    let (events, reading) = folder.read();
    assert_eq!(keys(&events), ["1"]);
    assert_eq!((reading.digest_files, reading.insight_files), (1, 1));
    assert_eq!(reading.skipped.len(), 1);
    assert_eq!(
        reading.skipped[0].problem,
        "belongs to `Config`, not to CloudTrail"
    );
    assert_eq!(reading.tally.gaps, 0);
}

#[test]
fn a_digest_is_known_by_its_content_too() {
    let folder = Folder::new();
    let digest = json!({"awsAccountId": "111122223333", "digestStartTime": "t", "digestEndTime": "t", "logFiles": []});
    folder.write("d.json", digest.to_string());
    let (events, reading) = folder.read();
    assert_eq!(
        (events.len(), reading.tally.digests, reading.tally.gaps),
        (0, 1, 0)
    );
}

#[test]
fn notes_beside_the_trail_are_passed_over_and_named() {
    let folder = Folder::new();
    folder.write("a.json", trail(&[record(ROLE, "1")]));
    folder.write(".DS_Store", b"\0\0\0\x01Bud1");
    folder.write("README.md", "# Notes\n");
    folder.write("export", json!(record(ROLE, "2")).to_string());
    let (events, reading) = folder.read();
    assert_eq!(keys(&events), ["1", "2"]);
    let skipped: Vec<_> = reading
        .skipped
        .iter()
        .map(|skipped| skipped.problem.as_str())
        .collect();
    assert_eq!(
        skipped,
        ["is hidden", "expected JSON, found the text `# Notes`"]
    );
    assert_eq!(reading.tally.gaps, 0);
}

#[test]
fn content_tells_gzip_from_plain_whatever_the_name() {
    let folder = Folder::new();
    folder.write("a.json", one("packed"));
    folder.write("b.json.gz", trail(&[record(ROLE, "plain")]));
    let first = gzip(&trail(&[record(ROLE, "first member")]));
    let second = gzip(b"\n");
    let third = gzip(&trail(&[record(ROLE, "third member")]));
    folder.write("c.json.gz", [first, second, third].concat());
    let (events, reading) = folder.read();
    assert_eq!(
        keys(&events),
        ["packed", "plain", "first member", "third member"]
    );
    assert_eq!(reading.tally.gaps, 0);
}

#[test]
fn a_repeated_member_is_read_as_often_as_it_is_there() {
    let folder = Folder::new();
    let member = one("same");
    folder.write("a.json.gz", [member.as_slice(), &member].concat());
    assert_eq!(keys(&folder.read().0), ["same", "same"]);
}

#[test]
fn a_file_reached_twice_counts_once() {
    let folder = Folder::new();
    let path = folder.write("a.json", trail(&[record(ROLE, "1")]));
    let sources = [
        TrailSource::Path(folder.path().to_owned()),
        TrailSource::Path(path),
    ];
    let mut count = 0;
    let reading = read(&sources, &ReadOptions::default(), &mut |_| count += 1);
    assert_eq!(count, 1);
    assert_eq!(
        reading.skipped[0].problem,
        "has been read already under another name"
    );
}

#[test]
fn nothing_to_read_is_a_gap() {
    let folder = Folder::new();
    let (_, reading) = folder.read();
    assert_eq!(
        reading.gaps[0].problem,
        "expected trail files, found none in the folder"
    );
    let (_, reading) = read_all(&folder.path().join("missing"));
    assert_eq!(
        reading.gaps[0].problem,
        "expected a file or folder, found nothing there"
    );
}

#[cfg(unix)]
#[test]
fn what_must_not_be_read_is_named_and_costs_nothing_else() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    folder.write("a.json", trail(&[record(ROLE, "1")]));
    let file = folder.write("b.json", trail(&[record(ROLE, "2")]));
    let inner = folder.write("inner/c.json", trail(&[record(ROLE, "3")]));
    let inner = inner.parent().unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("dangling.json")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(inner, fs::Permissions::from_mode(0o000)).unwrap();
    let may_read_all = fs::File::open(&file).is_ok();
    let (events, reading) = folder.read();
    fs::set_permissions(inner, fs::Permissions::from_mode(0o700)).unwrap();
    let words = folder.words(&reading);
    let dangling = "dangling.json: expected a file or folder, found nothing there".to_owned();
    assert!(words.contains(&dangling), "{words:#?}");
    if may_read_all {
        println!("skipped in part: this user may read everything");
        return;
    }
    assert_eq!(keys(&events), ["1"]);
    for place in ["b.json", "inner"] {
        let denied = format!(
            "{place}: expected a readable file or folder, found that reading is not permitted"
        );
        assert!(
            words.iter().any(|words| words.ends_with(&denied)),
            "{words:#?}"
        );
    }
}

#[test]
fn a_window_leaves_out_events_exactly_and_folders_with_a_margin() {
    let folder = Folder::new();
    let mut late = record(ROLE, "late");
    late["eventTime"] = json!("2026-06-03T00:00:00Z");
    let mut last = record(ROLE, "last");
    last["eventTime"] = json!("2026-06-02T23:59:59Z");
    folder.write(
        &format!("{LAYOUT}/2026/06/09/a.json.gz"),
        gzip(&trail(&[late, last])),
    );
    folder.write(&format!("{LAYOUT}/2025/06/01/b.json.gz"), b"never opened");
    folder.write(&format!("{LAYOUT}/2026/09/01/c.json.gz"), b"never opened");
    let options = ReadOptions {
        window: Window {
            since: Some("2026-05-01T00:00:00Z".parse().unwrap()),
            until: Some("2026-06-03T00:00:00Z".parse().unwrap()),
        },
        ..ReadOptions::default()
    };
    let (events, reading) = read_with(folder.path(), &options);
    assert_eq!(keys(&events), ["last"]);
    assert_eq!(reading.tally.outside_window, 1);
    assert_eq!((reading.files_outside_window, reading.tally.gaps), (2, 0));
}

fn small() -> ReadOptions<'static> {
    ReadOptions {
        limits: Limits {
            record_bytes: 100_000,
            judged_bytes: 1_000_000,
            expansion_ratio: 50,
            ..Limits::default()
        },
        ..ReadOptions::default()
    }
}

#[test]
fn a_file_larger_than_memory_may_be_comes_in_pieces() {
    let folder = Folder::new();
    let records: Vec<_> = (0..5000)
        .map(|index| record(ROLE, &index.to_string()))
        .collect();
    folder.write("packed.json.gz", gzip(&trail(&records)));
    folder.write("plain.json", trail(&records));
    folder.write(
        "pretty.json",
        serde_json::to_vec_pretty(&json!({"Records": records})).unwrap(),
    );
    folder.write("lines.jsonl", lines(&records));
    let (events, reading) = read_with(folder.path(), &small());
    let expected: Vec<_> = (0..5000).map(|index: i32| index.to_string()).collect();
    let found = keys(&events);
    assert_eq!(found.len(), 4 * expected.len());
    assert!(found.chunks(expected.len()).all(|file| file == expected));
    assert_eq!(reading.tally.gaps, 0);
}

#[test]
fn a_huge_record_is_left_out_and_the_rest_is_read() {
    let folder = Folder::new();
    let huge = record(ROLE, &"x".repeat(300_000));
    folder.write(
        "a.json",
        trail(&[record(ROLE, "1"), huge.clone(), record(ROLE, "2")]),
    );
    folder.write(
        "b.jsonl",
        format!("{}\n{huge}\n{}\n", record(ROLE, "3"), record(ROLE, "4")),
    );
    let (events, reading) = read_with(folder.path(), &small());
    assert_eq!(keys(&events), ["1", "2", "3", "4"]);
    assert_eq!(
        folder.words(&reading),
        [
            "a.json: Records[1]: expected at most 100000 bytes, found a larger value",
            "b.jsonl: line 2: expected at most 100000 bytes, found a larger value",
        ]
    );
}

#[test]
fn a_decompression_bomb_is_refused() {
    let folder = Folder::new();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let space = vec![b' '; 1_000_000];
    for _ in 0..100 {
        std::io::Write::write_all(&mut encoder, &space).unwrap();
    }
    folder.write("bomb.json.gz", encoder.finish().unwrap());
    let (events, reading) = read_with(folder.path(), &small());
    assert_eq!(events, []);
    assert_eq!(
        folder.words(&reading),
        ["bomb.json.gz: expected gzip data that grows at most 50 : 1, found a decompression bomb"]
    );
    assert!(
        reading.expanded_bytes < 10_000_000,
        "{} bytes came out",
        reading.expanded_bytes
    );
}

#[test]
fn a_content_larger_than_anything_is_left_out_however_well_it_is_packed() {
    let folder = Folder::new();
    let records: Vec<_> = (0..200)
        .map(|index| record(ROLE, &index.to_string()))
        .collect();
    let content = trail(&records);
    folder.write("a.json", &content);
    let size = content.len() as u64;
    for (most, gaps) in [(size, 0), (size - 1, 1)] {
        let mut options = small();
        options.limits.expanded_bytes = most;
        let (_, reading) = read_with(folder.path(), &options);
        assert_eq!(reading.tally.gaps, gaps);
        if gaps > 0 {
            let wanted = format!("a.json: expected a content of at most {most} bytes, found more");
            assert_eq!(folder.words(&reading), [wanted]);
        }
    }
}

#[test]
fn so_many_gaps_are_kept_and_all_are_counted() {
    let folder = Folder::new();
    let broken = "{\"eventName\": 1}\n".repeat(1_200);
    folder.write("a.jsonl", format!("{}\n{broken}", record(ROLE, "1")));
    folder.write("b.jsonl", format!("{}\n{broken}", record(ROLE, "2")));
    let (events, reading) = folder.read();
    assert_eq!(keys(&events), ["1", "2"]);
    assert_eq!((reading.gaps.len(), reading.tally.gaps), (1_000, 2_400));
}
