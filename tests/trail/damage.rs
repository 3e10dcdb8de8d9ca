//! Damage costs what is damaged, is located, and costs nothing else.

use serde_json::json;

use super::{Folder, ROLE, gzip, keys, record, trail};

/// Puts `odd` between two good records; expects both, and the gap's words.
fn costs_only_itself(odd: &str, expected: &str) {
    let folder = Folder::new();
    let (a, b) = (record(ROLE, "a"), record(ROLE, "b"));
    folder.write("trail.json", format!(r#"{{"Records":[{a},{odd},{b}]}}"#));
    let (events, reading) = folder.read();
    assert_eq!(keys(&events), ["a", "b"], "{odd}");
    assert_eq!(folder.words(&reading), [expected.to_owned()], "{odd}");
}

#[test]
fn one_odd_record_costs_no_other() {
    const WANTED: &str = "expected a CloudTrail record or an envelope of them, found";
    let unwrapped =
        "trail.json: Records[1]: expected valid JSON, found an object with a broken member";
    costs_only_itself("null", &format!("trail.json: Records[1]: {WANTED} null"));
    costs_only_itself("17", &format!("trail.json: Records[1]: {WANTED} a number"));
    costs_only_itself(
        r#""text""#,
        &format!("trail.json: Records[1]: {WANTED} a text"),
    );
    costs_only_itself(
        "{}",
        &format!("trail.json: Records[1]: {WANTED} an empty object"),
    );
    costs_only_itself(r#"{"eventVersion":"1","eventName" "x"}"#, unwrapped);
    let cut = "trail.json: Records[1]: expected a whole record, found one that is cut off";
    costs_only_itself(r#"{"eventVersion":"1","eventName":"x}"#, cut);
    costs_only_itself(
        r#"{"eventVersion":"1","eventName":"x","a":{"b":1}"#,
        unwrapped,
    );
    costs_only_itself(
        r#"{"eventVersion":"1","eventSource":"s3.amazonaws.com","eventName":["x"]}"#,
        "trail.json: Records[1].eventName: expected a text, found an array",
    );
    costs_only_itself(
        r#"{"eventVersion":"1","eventSource":"s3.amazonaws.com","eventName":"x","requestParameters":{"a":nul}}"#,
        "trail.json: Records[1].requestParameters: expected valid JSON, found expected ident",
    );
}

#[test]
fn an_odd_caller_is_located_and_its_event_still_counted() {
    let folder = Folder::new();
    let mut odd = record(ROLE, "b");
    odd["userIdentity"] = json!({"type": "AssumedRole", "arn": "billing"});
    folder.write(
        "trail.json",
        trail(&[record(ROLE, "a"), odd, record(ROLE, "c")]),
    );
    let (events, reading) = folder.read();
    assert_eq!(keys(&events), ["a", "b", "c"]);
    assert_eq!(
        folder.words(&reading),
        ["trail.json: Records[1].userIdentity.arn: expected an ARN, found `billing`"]
    );
}

#[test]
fn a_forged_record_inside_of_a_record_is_none() {
    let forged = record(ROLE, "forged");
    let mut outer = record("someone-else", "a");
    let nested = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    outer["requestParameters"] =
        json!({"key": "a", "items": [1, forged.clone(), forged], "deep": "DEEP"});
    for text in [
        outer.to_string(),
        outer.to_string().replace("\"DEEP\"", &nested),
    ] {
        let folder = Folder::new();
        folder.write("trail.json", format!(r#"{{"Records":[{text}]}}"#));
        let (events, reading) = folder.read();
        let of_role = events.iter().filter(|event| {
            event
                .caller
                .session
                .as_ref()
                .is_some_and(|session| session.role.name == ROLE)
        });
        assert_eq!(of_role.count(), 0);
        assert_eq!(reading.tally.records, 1);
    }
}

#[test]
fn lines_are_independent() {
    let folder = Folder::new();
    let (a, b) = (record(ROLE, "a"), record(ROLE, "b"));
    let lines =
        format!("{a}\nnot json\nat all\n{{\"eventVersion\":\"1\",\"x\":\"\n{b}\n{{\"cut\":");
    folder.write("trail.jsonl", lines);
    let (events, reading) = folder.read();
    assert_eq!(keys(&events), ["a", "b"]);
    let words = folder.words(&reading);
    assert_eq!(words.len(), 3, "{words:#?}");
    assert_eq!(
        words[0],
        "trail.jsonl: line 2: expected JSON, found the text `not json`"
    );
    assert!(
        words[1].starts_with("trail.jsonl: line 4: expected"),
        "{}",
        words[1]
    );
    assert!(
        words[2].starts_with("trail.jsonl: line 6: expected a whole record"),
        "{}",
        words[2]
    );
}

#[test]
fn nothing_of_a_damaged_gzip_is_used() {
    let folder = Folder::new();
    let records: Vec<_> = (0..2000)
        .map(|index| record(ROLE, &format!("{index:x}-{}", index * 7919)))
        .collect();
    let packed = gzip(&trail(&records));
    folder.write("half.json.gz", &packed[..packed.len() / 2]);
    let mut flipped = packed.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x55;
    folder.write("flipped.json.gz", &flipped);
    folder.write("junk.json.gz", [packed.as_slice(), b"junk"].concat());
    folder.write("sound.json.gz", &packed);
    let (events, reading) = folder.read();
    assert_eq!(events.len(), records.len(), "only the sound file's");
    let words = folder.words(&reading);
    assert_eq!(words.len(), 3, "{words:#?}");
    for (words, file) in words.iter().zip(["flipped", "half", "junk"]) {
        assert!(
            words.starts_with(&format!("{file}.json.gz: expected ")),
            "{words}"
        );
    }
    assert!(
        words[1].contains("whole gzip data, found that it is cut off after "),
        "{words:#?}"
    );
}

#[test]
fn half_a_plain_file_says_where_it_ends() {
    let folder = Folder::new();
    let whole = trail(&[record(ROLE, "a"), record(ROLE, "b")]);
    folder.write("trail.json", &whole[..whole.len() - 40]);
    let (events, reading) = folder.read();
    assert_eq!(keys(&events), ["a"]);
    assert_eq!(
        folder.words(&reading),
        ["trail.json: Records[1]: expected a whole record, found one that is cut off"]
    );
}

#[test]
fn depth_and_odd_text_never_crash() {
    let deep = 200_000;
    let brackets = format!("{}{}", "[".repeat(deep), "]".repeat(deep));
    let objects = format!("{}1{}", r#"{"a":"#.repeat(deep), "}".repeat(deep));
    let wrapped = format!("{}1{}", r#"{"detail":"#.repeat(deep), "}".repeat(deep));
    for content in [
        brackets,
        objects,
        wrapped,
        "[".repeat(deep),
        "\"".repeat(999),
    ] {
        let folder = Folder::new();
        folder.write("trail.json", content);
        let (events, reading) = folder.read();
        assert_eq!(events, []);
        assert_eq!(reading.tally.gaps, 1);
    }
}
