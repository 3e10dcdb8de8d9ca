//! Usage files: the same answers as the trail, whoever folded what and in which order it is joined.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::world::{
    Place, ROLE, assert_exit, call, gzip, polgen, polgen_reading, s3_call, stderr, stdout, trail,
};

const TRAIL: &str = "samples/trail";

fn bytes(path: &str) -> Vec<u8> {
    fs::read(path).unwrap()
}

/// Folds a trail into a usage file.
fn fold(place: &Place, name: &str, arguments: &[&str]) -> String {
    let path = format!("{}/{name}", place.path());
    let all: Vec<&str> = ["usage", "--output", &path]
        .into_iter()
        .chain(arguments.iter().copied())
        .collect();
    assert_exit(&polgen(&all), 0);
    path
}

fn merge(place: &Place, name: &str, files: &[&str]) -> String {
    let path = format!("{}/{name}", place.path());
    let all: Vec<&str> = ["usage", "merge", "--output", &path]
        .into_iter()
        .chain(files.iter().copied())
        .collect();
    assert_exit(&polgen(&all), 0);
    path
}

/// The folders of single days below the sample's trail.
fn day_folders() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/trail/AWSLogs");
    let mut waiting = vec![root];
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        let entries: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        if entries.iter().any(|path| path.is_file()) {
            found.push(folder.to_str().unwrap().to_owned());
        }
        waiting.extend(entries.into_iter().filter(|path| path.is_dir()));
    }
    found.retain(|folder| folder.contains("/CloudTrail/"));
    found.sort();
    found
}

#[test]
fn a_usage_file_gives_the_trails_own_suggestion() {
    let place = Place::new();
    let usage = fold(&place, "all.usage", &["--trail", TRAIL]);
    for format in ["json", "markdown", "policy"] {
        let suggest = |source: &[&str]| {
            let all: Vec<&str> = ["suggest", "--role", ROLE, "--current", "samples/role.json"]
                .into_iter()
                .chain(["--format", format])
                .chain(source.iter().copied())
                .collect();
            let output = polgen(&all);
            assert_exit(&output, 0);
            stdout(&output)
        };
        assert_eq!(suggest(&["--usage", &usage]), suggest(&["--trail", TRAIL]));
    }
}

#[test]
fn days_folded_alone_and_joined_are_the_whole() {
    let place = Place::new();
    let whole = fold(&place, "all.usage", &["--trail", TRAIL]);
    let days: Vec<String> = day_folders()
        .iter()
        .enumerate()
        .map(|(number, folder)| fold(&place, &format!("{number}.usage"), &["--trail", folder]))
        .collect();
    assert!(days.len() > 30);
    let mut order: Vec<&str> = days.iter().map(String::as_str).collect();
    for name in ["forwards.usage", "backwards.usage"] {
        assert_eq!(bytes(&merge(&place, name, &order)), bytes(&whole));
        order.reverse();
    }
    let (left, right) = order.split_at(17);
    let left = merge(&place, "left.usage", left);
    let right = merge(&place, "right.usage", right);
    // Each side twice, and one day once more.
    let all = [&right, &left, &days[3], &right];
    let all: Vec<&str> = all.iter().map(|path| path.as_str()).collect();
    assert_eq!(bytes(&merge(&place, "sides.usage", &all)), bytes(&whole));
}

#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    let place = Place::new();
    let one = fold(&place, "1", &["--trail", TRAIL, "--threads", "1"]);
    let eight = fold(&place, "8", &["--trail", TRAIL, "--threads", "8"]);
    assert_eq!(bytes(&one), bytes(&eight));
}

#[test]
fn a_growing_folder_is_read_from_where_it_was_left() {
    let place = Place::new();
    let days = day_folders();
    let first = fold(&place, "first", &["--trail", &days[0], "--trail", &days[1]]);
    let later = fold(&place, "later", &["--usage", &first, "--trail", TRAIL]);
    assert_eq!(
        bytes(&later),
        bytes(&fold(&place, "whole", &["--trail", TRAIL]))
    );
    let again = polgen(&["usage", "--usage", &later, "--trail", TRAIL, "-o", &first]);
    assert_exit(&again, 0);
    let said = stderr(&again);
    assert!(said.contains("Read       0 files"), "{said}");
    assert_eq!(bytes(&first), bytes(&later));
}

#[test]
fn a_trail_beside_a_usage_file_counts_once() {
    let place = Place::new();
    let days = day_folders();
    let some = fold(&place, "some", &["--trail", &days[0], "--trail", &days[1]]);
    let suggest = |sources: &[&str]| {
        let all: Vec<&str> = ["suggest", "--role", ROLE, "--format", "json"]
            .into_iter()
            .chain(sources.iter().copied())
            .collect();
        let output = polgen(&all);
        assert_exit(&output, 0);
        let mut value: Value = serde_json::from_str(&stdout(&output)).unwrap();
        // Files without an event are not kept in a usage file.
        value["coverage"]["files"].take();
        value
    };
    assert_eq!(
        suggest(&["--usage", &some, "--trail", TRAIL]),
        suggest(&["--trail", TRAIL])
    );
}

#[test]
fn the_same_content_counts_once_under_two_names() {
    let place = Place::new();
    let text = trail(&[s3_call(1, "GetObject", "b", "k")]);
    place.file("x/one.json", &text);
    place.file("x/two.json", &text);
    let twice = fold(&place, "u", &["--trail", &format!("{}/x", place.path())]);
    let lines = polgen(&["usage", "--usage", &twice, "--format", "json"]);
    let lines = stdout(&lines);
    let line: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!((&line["count"], lines.lines().count()), (&json!(1), 1));
}

#[test]
fn standard_input_is_told_by_its_content_too() {
    let place = Place::new();
    let text = trail(&[s3_call(1, "GetObject", "b", "k")]);
    let file = place.file("t.json", &text);
    let folded = fold(&place, "u", &["--trail", &file]);
    let piped = polgen_reading(&["usage", "--trail", "-"], text.as_bytes());
    assert_exit(&piped, 0);
    assert_eq!(piped.stdout, bytes(&folded));
}

#[test]
fn a_window_takes_whole_days() {
    let place = Place::new();
    let usage = fold(&place, "u", &["--trail", TRAIL]);
    let events = |source: &str, path: &str, since: &str, until: &str| {
        let output = polgen(&[
            "suggest", "--role", ROLE, "--format", "json", source, path, "--since", since,
            "--until", until,
        ]);
        assert_exit(&output, 0);
        let value: Value = serde_json::from_str(&stdout(&output)).unwrap();
        value["coverage"]["role_events"].as_u64().unwrap()
    };
    let (since, until) = ("2026-06-10", "2026-06-20");
    assert_eq!(
        events("--usage", &usage, since, until),
        events("--trail", TRAIL, since, until)
    );
    assert_eq!(
        events("--usage", &usage, "2026-06-10T12:00:00Z", until),
        events("--usage", &usage, since, until)
    );
    let cut = ["--until", "2026-06-20T12:00:00Z"];
    let output = polgen(&["suggest", "--role", ROLE, "--usage", &usage, cut[0], cut[1]]);
    assert_exit(&output, 2);
    assert!(stderr(&output).contains("kept by day"));
}

#[test]
fn what_shares_some_files_and_not_others_is_refused() {
    let place = Place::new();
    let part =
        |name: &str, key: &str| place.file(name, trail(&[s3_call(1, "GetObject", "b", key)]));
    let (one, two, three) = (part("1", "a"), part("2", "b"), part("3", "c"));
    let left = fold(&place, "left", &["--trail", &one, "--trail", &two]);
    let right = fold(&place, "right", &["--trail", &two, "--trail", &three]);
    let output = polgen(&["usage", "merge", &left, &right]);
    assert_exit(&output, 1);
    let said = stderr(&output);
    assert!(said.contains("found 1 files in both, 1 only in the one and 1 only in the other"));
    assert!(output.stdout.is_empty());
    let output = polgen(&[
        "suggest", "--role", "app", "--usage", &left, "--usage", &right,
    ]);
    assert_exit(&output, 1);
}

#[test]
fn a_damaged_usage_file_is_refused() {
    let place = Place::new();
    let call = s3_call(1, "GetObject", "b", "k");
    let usage = fold(&place, "u", &["--trail", &place.file("t", trail(&[call]))]);
    let whole = bytes(&usage);
    let text = {
        let mut text = String::new();
        let mut decoder = flate2::read::GzDecoder::new(whole.as_slice());
        std::io::Read::read_to_string(&mut decoder, &mut text).unwrap();
        text
    };
    assert!(text.starts_with("{\"polgen_usage\":1}\n"), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    let without = |left_out: usize| {
        let kept = lines.iter().enumerate().filter(|(at, _)| *at != left_out);
        let kept: Vec<&str> = kept.map(|(_, line)| *line).collect();
        kept.join("\n") + "\n"
    };
    let last = lines.len() - 1;
    for (name, content, problem) in [
        ("cut gzip", whole[..whole.len() - 9].to_vec(), "line"),
        ("cut", gzip(&without(last)), "the file is cut off"),
        ("short", gzip(&without(last - 1)), "lines before the end"),
        (
            "no part",
            gzip(&without(1)),
            "expected a part before its roles",
        ),
        (
            "later",
            gzip(&text.replace("\"polgen_usage\":1", "\"polgen_usage\":9")),
            "found form 9",
        ),
        (
            "more",
            gzip(&format!("{text}{{}}\n")),
            "nothing after the end",
        ),
        (
            "other",
            b"{\"Records\":[]}".to_vec(),
            "expected a usage file",
        ),
        ("nothing", Vec::new(), "cut off"),
    ] {
        let path = place.file(name, content);
        let output = polgen(&["suggest", "--role", "app", "--usage", &path]);
        assert_exit(&output, 4);
        assert!(
            stderr(&output).contains(problem),
            "{name}: {}",
            stderr(&output)
        );
        let hint = "hint: no record could be read; write the file anew with `polgen usage`";
        assert!(stderr(&output).contains(hint), "{}", stderr(&output));
        assert!(output.stdout.is_empty());
        assert_exit(&polgen(&["usage", "merge", &path]), 4);
    }
}

/// A usage file comes from anywhere: what it names is believed no more than a record.
#[test]
fn what_the_catalog_does_not_know_is_not_granted() {
    let place = Place::new();
    let usage = fold(
        &place,
        "u",
        &[
            "--trail",
            &place.file("t", trail(&[s3_call(1, "GetObject", "b", "k")])),
        ],
    );
    let mut text = String::new();
    let file = bytes(&usage);
    let mut decoder = flate2::read::GzDecoder::new(file.as_slice());
    std::io::Read::read_to_string(&mut decoder, &mut text).unwrap();
    for (from, to) in [
        ("\"s3:GetObject\"", "\"s3:*\""),
        ("\"s3:GetObject\"", "\"*\""),
        ("\"arn:aws:s3:::b/k\"", "\"everything\""),
    ] {
        let forged = place.file("forged", gzip(&text.replace(from, to)));
        let output = polgen(&["suggest", "--role", "app", "--usage", &forged]);
        assert_exit(&output, 3);
        assert!(
            stderr(&output).contains("the usage file names"),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn secrets_of_records_are_not_kept() {
    let place = Place::new();
    let mut record = call(
        1,
        "sts.amazonaws.com",
        "AssumeRole",
        &json!({ "roleArn": "arn:aws:iam::999988887777:role/other", "externalId": "PLANTED" }),
    );
    record["responseElements"] = json!({ "credentials": { "sessionToken": "PLANTED" } });
    record["sharedEventID"] = json!("00000000-0000-4000-8000-000000000001");
    record["recipientAccountId"] = json!("999988887777");
    let usage = fold(
        &place,
        "u",
        &["--trail", &place.file("t", trail(&[record]))],
    );
    let file = bytes(&usage);
    let mut text = String::new();
    let mut decoder = flate2::read::GzDecoder::new(file.as_slice());
    std::io::Read::read_to_string(&mut decoder, &mut text).unwrap();
    assert!(text.contains("sts:AssumeRole"), "{text}");
    assert!(!text.contains("PLANTED"));
}

#[test]
fn lines_name_each_use() {
    let usage = polgen(&[
        "usage", "--trail", TRAIL, "--format", "json", "--role", ROLE,
    ]);
    assert_exit(&usage, 0);
    let lines: Vec<Value> = stdout(&usage)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines.len() > 5);
    for line in &lines {
        assert!(line["role"].as_str().unwrap().ends_with(ROLE));
        assert!(line["count"].as_u64().unwrap() > 0);
    }
    let map = polgen(&["map", "--trail", TRAIL]);
    let mut counted: u64 = 0;
    for line in stdout(&map).lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if line["role"]
            .as_str()
            .is_some_and(|role| role.ends_with(ROLE))
            && line["outcome"] != "denied"
        {
            counted += line["accesses"].as_array().unwrap().len() as u64;
        }
    }
    let total: u64 = lines
        .iter()
        .filter(|line| line["outcome"] == "allowed" && line["status"].is_null())
        .map(|line| line["count"].as_u64().unwrap())
        .sum();
    assert_eq!(total, counted);
}

#[test]
fn backtest_and_explain_read_usage_files_and_map_says_why_not() {
    let place = Place::new();
    let usage = fold(&place, "u", &["--trail", TRAIL]);
    let backtest = polgen(&[
        "backtest", "--role", ROLE, "--usage", &usage, "--format", "json",
    ]);
    assert_exit(&backtest, 0);
    let value: Value = serde_json::from_str(&stdout(&backtest)).unwrap();
    assert!(value["cut"].as_str().unwrap().ends_with("T00:00:00Z"));
    let learned = value["learned"]["events"].as_u64().unwrap();
    let replayed = value["replayed"]["events"].as_u64().unwrap();
    let all = polgen(&[
        "suggest", "--role", ROLE, "--usage", &usage, "--format", "json",
    ]);
    let all: Value = serde_json::from_str(&stdout(&all)).unwrap();
    assert_eq!(all["coverage"]["role_events"], learned + replayed);
    let explain = |source: &str, path: &str| {
        let output = polgen(&["explain", "s3:GetObject", "--role", ROLE, source, path]);
        assert_exit(&output, 0);
        stdout(&output)
    };
    assert_eq!(explain("--usage", &usage), explain("--trail", TRAIL));
    let map = polgen(&["map", "--usage", &usage]);
    assert_exit(&map, 2);
    assert!(stderr(&map).contains("holds no single events"));
}
