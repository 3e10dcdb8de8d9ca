//! What cannot be read or found: a clear error, the exit code that scripts rely on, and nothing on standard output.

use std::process::{Output, Stdio};

use serde_json::json;

use crate::world::{
    Place, assert_exit, call, command, gzip, polgen, s3_call, stderr, stdout, trail,
};

#[track_caller]
fn assert_refused(output: &Output, code: i32, words: &[&str]) {
    assert_exit(output, code);
    let said = stderr(output);
    assert_eq!(stdout(output), "", "something was written beside: {said}");
    assert!(said.starts_with("error: "), "{said}");
    for word in words {
        assert!(said.contains(word), "`{word}` is missing in: {said}");
    }
}

fn suggest(trail: &str) -> Output {
    polgen(&["suggest", "--role", "app", "--trail", trail])
}

#[test]
fn an_empty_folder_is_not_no_usage() {
    let place = Place::new();
    assert_refused(
        &suggest(place.path()),
        4,
        &["expected trail files, found none in the folder"],
    );
}

#[test]
fn a_missing_path_is_named() {
    assert_refused(&suggest("/nowhere/trail"), 4, &["/nowhere/trail"]);
}

#[test]
fn an_unknown_role_gets_the_nearest_names() {
    let output = polgen(&[
        "suggest",
        "--role",
        "PrototypeFunctionRol",
        "--trail",
        "samples/trail",
    ]);
    let words = [
        "no event by `PrototypeFunctionRol`",
        "between 2026-06-01 and 2026-07-30",
        "did you mean `PrototypeFunctionRole`?",
    ];
    assert_refused(&output, 3, &words);
}

#[test]
fn a_role_that_was_only_denied_gets_no_policy() {
    let place = Place::new();
    let mut denied = s3_call(1, "GetObject", "data", "a");
    denied["errorCode"] = json!("AccessDenied");
    denied["errorMessage"] = json!("Access Denied");
    let path = place.file("trail.json", trail(&[denied]));
    assert_refused(
        &suggest(&path),
        3,
        &["no call by `app` was allowed", "denied GetObject"],
    );
}

#[test]
fn half_a_gzip_is_a_gap() {
    let place = Place::new();
    let records: Vec<_> = (0..200)
        .map(|number| s3_call(number, "GetObject", "data", &format!("k{number}")))
        .collect();
    let whole = gzip(&trail(&records));
    let path = place.file("trail.json.gz", &whole[..whole.len() / 2]);
    assert_refused(&suggest(&path), 4, &[&path]);
}

#[test]
fn html_instead_of_json_is_told() {
    let place = Place::new();
    let path = place.file("trail.json", "<html><body>403 Forbidden</body></html>");
    let hint =
        "hint: no record could be read; give the trail's files as AWS wrote them: `aws s3 sync";
    assert_refused(&suggest(&path), 4, &[&path, "HTML", hint]);
}

/// As one that was copied from a console, and lacks its end.
#[test]
fn a_record_that_is_cut_gets_a_hint() {
    let place = Place::new();
    let record = s3_call(1, "GetObject", "data", "a")
        .to_string()
        .into_bytes();
    let path = place.file("record.json", &record[..record.len() / 2]);
    let words = [
        "line 1: expected a whole record",
        "hint: no record could be read",
    ];
    assert_refused(&suggest(&path), 4, &words);
}

#[test]
fn one_odd_record_is_located_and_costs_no_other() {
    let place = Place::new();
    let mut odd = s3_call(2, "GetObject", "data", "b");
    odd["eventTime"] = json!("soon");
    let path = place.gzip(
        "t.json.gz",
        &trail(&[s3_call(1, "GetObject", "data", "a"), odd]),
    );
    assert_refused(
        &suggest(&path),
        4,
        &[
            &format!("{path}: Records[1].eventTime"),
            "`soon`",
            "--allow-gaps",
        ],
    );
    let output = polgen(&["suggest", "--role", "app", "--trail", &path, "--allow-gaps"]);
    assert_exit(&output, 0);
    assert!(
        stderr(&output).contains("Records[1].eventTime"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn wrong_command_lines_end_with_two() {
    assert_exit(&polgen(&["suggest"]), 2);
    assert_exit(
        &polgen(&[
            "suggest",
            "--role",
            "arn:aws:s3:::b",
            "--trail",
            "samples/trail",
        ]),
        2,
    );
    assert_exit(
        &polgen(&[
            "suggest",
            "--role",
            "app",
            "--trail",
            "samples/trail",
            "--since",
            "soon",
        ]),
        2,
    );
    let turned = [
        "suggest",
        "--role",
        "app",
        "--trail",
        "samples/trail",
        "--since",
        "2026-07-01",
        "--until",
        "2026-06-01",
    ];
    assert_exit(&polgen(&turned), 2);
}

#[test]
fn an_unknown_managed_policy_gets_the_nearest_name() {
    let output = polgen(&[
        "suggest",
        "--role",
        "PrototypeFunctionRole",
        "--trail",
        "samples/trail",
        "--current",
        "AWSLambdaBasicExecutionRol",
    ]);
    assert_refused(
        &output,
        1,
        &[
            "AWSLambdaBasicExecutionRol: expected a file",
            "`AWSLambdaBasicExecutionRole`",
        ],
    );
}

#[test]
fn a_broken_current_policy_is_located() {
    let place = Place::new();
    let path = place.file(
        "policy.json",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Alow","Action":"*","Resource":"*"}]}"#,
    );
    let output = polgen(&[
        "suggest",
        "--role",
        "PrototypeFunctionRole",
        "--trail",
        "samples/trail",
        "--current",
        &path,
    ]);
    assert_refused(&output, 1, &[&path, "Statement[0].Effect", "`Alow`"]);
}

#[test]
fn one_name_in_two_accounts_is_not_mixed() {
    let place = Place::new();
    let text = call(1, "sqs.amazonaws.com", "ListQueues", &json!({})).to_string();
    let other = text.replace("111122223333", "444455556666");
    let path = place.file("t.json", format!("{{\"Records\":[{text},{other}]}}"));
    let words = [
        "several roles",
        "arn:aws:iam::111122223333:role/svc/app",
        "arn:aws:iam::444455556666:role/svc/app",
    ];
    assert_refused(&suggest(&path), 1, &words);
    let role = "arn:aws:iam::444455556666:role/svc/app";
    assert_exit(&polgen(&["suggest", "--role", role, "--trail", &path]), 0);
}

#[test]
fn a_reader_that_hangs_up_ends_the_run_quietly() {
    let mut child = command(&["map", "--trail", "samples/trail"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_exit(&output, 0);
    assert_eq!(stderr(&output), "");
}

#[test]
fn digests_need_keys_and_a_folder() {
    let suggest = |rest: &[&str]| {
        let all: Vec<&str> = [
            "suggest",
            "--role",
            "PrototypeFunctionRole",
            "--verify-digests",
        ]
        .into_iter()
        .chain(rest.iter().copied())
        .collect();
        polgen(&all)
    };
    let nothing = suggest(&["--usage", "samples/trail"]);
    assert_exit(&nothing, 2);
    assert!(stderr(&nothing).contains("--trail"), "{}", stderr(&nothing));
    // Without a file of keys CloudTrail is asked, which fails in an empty environment.
    let without = suggest(&[
        "--trail",
        "samples/trail",
        "--endpoint-url",
        "http://127.0.0.1:9",
    ]);
    assert_exit(&without, 1);
    assert!(stderr(&without).contains("aws cloudtrail list-public-keys"));
    let place = Place::new();
    let keys = place.file("keys.json", r#"{"PublicKeyList":[]}"#);
    let large = place.file("large.json", "");
    let file = std::fs::File::options().write(true).open(&large).unwrap();
    file.set_len((16 << 20) + 1).unwrap();
    let too_large = suggest(&["--trail", "samples/trail", "--public-keys", &large]);
    assert_exit(&too_large, 1);
    assert!(stderr(&too_large).contains("holds more than the 16777216 bytes"));
    let file = suggest(&["--trail", "-", "--public-keys", &keys]);
    assert_exit(&file, 2);
    assert!(stderr(&file).contains("expected a folder or a bucket"));
    // The sample's digests stand alone, so no signature is checked, and most of its files are named by none.
    let some = suggest(&["--trail", "samples/trail", "--public-keys", &keys]);
    assert_exit(&some, 4);
    assert!(
        stderr(&some).contains("nothing shows that CloudTrail wrote it"),
        "{}",
        stderr(&some)
    );
}
