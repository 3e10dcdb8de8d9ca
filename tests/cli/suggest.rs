//! `polgen suggest` on the sample account and on small trails of its own.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::world::{
    Place, ROLE, assert_exit, assert_golden, call, polgen, s3_call, stderr, stdout, trail,
};

const SAMPLE: [&str; 7] = [
    "suggest",
    "--role",
    ROLE,
    "--trail",
    "samples/trail",
    "--current",
    "samples/role.json",
];

fn sample(more: &[&str]) -> std::process::Output {
    let arguments: Vec<&str> = SAMPLE.iter().chain(more).copied().collect();
    polgen(&arguments)
}

#[test]
fn the_sample_in_every_format_is_as_committed() {
    let screen = sample(&[]);
    assert_exit(&screen, 0);
    assert_golden("suggest/sample.screen.txt", &stderr(&screen));
    assert_golden("suggest/sample.policy.json", &stdout(&screen));
    for (format, file) in [
        ("json", "sample.report.json"),
        ("markdown", "sample.comment.md"),
    ] {
        let output = sample(&["--format", format]);
        assert_exit(&output, 0);
        assert_eq!(stderr(&output), "");
        assert_golden(&format!("suggest/{file}"), &stdout(&output));
    }
}

#[test]
fn the_same_input_gives_the_same_bytes_in_any_order_of_files() {
    let mut files = Vec::new();
    let mut folders = vec![std::path::PathBuf::from("samples/trail")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.to_str().unwrap().contains("Digest") {
                files.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    files.sort();
    assert!(files.len() > 100);
    let run = |files: &[String]| {
        let mut arguments = vec![
            "suggest",
            "--role",
            ROLE,
            "--current",
            "samples/role.json",
            "--format",
            "json",
        ];
        for file in files {
            arguments.extend(["--trail", file]);
        }
        let output = polgen(&arguments);
        assert_exit(&output, 0);
        stdout(&output)
    };
    let forward = run(&files);
    assert_eq!(forward, run(&files));
    files.reverse();
    assert_eq!(forward, run(&files));
    let half = files.len() / 2;
    files.rotate_left(half);
    assert_eq!(forward, run(&files));
}

#[test]
fn denied_calls_are_listed_and_never_granted() {
    let output = sample(&["--format", "json"]);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let denied: BTreeSet<&str> = report["denied"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["actions"][0].as_str().unwrap())
        .collect();
    assert_eq!(denied, BTreeSet::from(["dynamodb:Scan", "s3:DeleteObject"]));
    let policy = report["policies"][0]["document"].to_string();
    assert!(
        !policy.contains("Scan") && !policy.contains("DeleteObject"),
        "{policy}"
    );
}

#[test]
fn excess_is_an_exit_code_when_asked_for() {
    assert_exit(&sample(&["--exit-code", "--format", "policy"]), 10);
    let place = Place::new();
    let policy = place.file("p.json", stdout(&sample(&["--format", "policy"])));
    let tight = [
        "suggest",
        "--role",
        ROLE,
        "--trail",
        "samples/trail",
        "--current",
        &policy,
        "--exit-code",
    ];
    assert_exit(&polgen(&tight), 0);
}

#[test]
fn a_managed_policy_is_compared_by_name_and_by_arn() {
    for name in [
        "AWSLambdaBasicExecutionRole",
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    ] {
        let output = polgen(&[
            "suggest",
            "--role",
            ROLE,
            "--trail",
            "samples/trail",
            "--current",
            name,
            "--format",
            "json",
        ]);
        assert_exit(&output, 0);
        let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(report["actions"]["before"], 3);
        let fate = |action: &str| {
            let fates = report["fates"].as_array().unwrap();
            fates.iter().find(|fate| fate["action"] == action).unwrap()["fate"].clone()
        };
        assert_eq!(fate("logs:CreateLogGroup"), "unused");
        assert_eq!(fate("logs:CreateLogStream"), "narrowed");
        assert_ne!(fate("logs:PutLogEvents"), "unused");
    }
}

/// Each current action with its fate and whether the suggestion grants it.
fn fates(report: &Value) -> Vec<(String, String, bool)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let one = |fate: &Value| {
        (
            text(&fate["action"]),
            text(&fate["fate"]),
            fate["granted"].as_bool().unwrap(),
        )
    };
    let mut fates: Vec<_> = report["fates"]
        .as_array()
        .unwrap()
        .iter()
        .map(one)
        .collect();
    fates.sort();
    fates
}

#[test]
fn what_the_trail_cannot_show_is_kept_and_never_called_unused() {
    let place = Place::new();
    let role = json!({ "roleArn": "arn:aws:iam::111122223333:role/x" });
    let trail = place.file(
        "t.json",
        trail(&[call(1, "sts.amazonaws.com", "AssumeRole", &role)]),
    );
    let actions = [
        "s3:GetObject",
        "sqs:SendMessage",
        "sqs:CreateQueue",
        "sts:AssumeRole",
    ];
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
    let current = place.file(
        "p.json",
        json!({ "Version": "2012-10-17", "Statement": statement }).to_string(),
    );
    for (hidden, is_granted) in [("keep", true), ("drop", false)] {
        let output = polgen(&[
            "suggest",
            "--role",
            "app",
            "--trail",
            &trail,
            "--current",
            &current,
            "--format",
            "json",
            "--hidden",
            hidden,
        ]);
        assert_exit(&output, 0);
        let expected = [
            ("s3:GetObject", "not-observable", is_granted),
            ("sqs:CreateQueue", "unused", false),
            ("sqs:SendMessage", "not-observable", is_granted),
            ("sts:AssumeRole", "narrowed", true),
        ];
        let expected =
            expected.map(|(action, fate, granted)| (action.to_owned(), fate.to_owned(), granted));
        assert_eq!(
            fates(&serde_json::from_str(&stdout(&output)).unwrap()),
            expected
        );
    }
}

#[test]
fn levels_of_generalization_differ_as_documented() {
    let place = Place::new();
    let records: Vec<Value> = (0..20)
        .map(|day| {
            s3_call(
                day,
                "GetObject",
                "data",
                &format!("in/2026/06/{day:02}/report.csv"),
            )
        })
        .collect();
    let path = place.file("t.json", trail(&records));
    let resources = |level: &str| {
        let output = polgen(&[
            "suggest",
            "--role",
            "app",
            "--trail",
            &path,
            "--resources",
            level,
            "--format",
            "policy",
        ]);
        assert_exit(&output, 0);
        let policy: Value = serde_json::from_str(&stdout(&output)).unwrap();
        policy["Statement"][0]["Resource"].clone()
    };
    assert_eq!(resources("exact").as_array().unwrap().len(), 20);
    assert_eq!(resources("pattern"), "arn:aws:s3:::data/in/*");
    assert_eq!(resources("type"), "arn:aws:s3:::*/*");
}

#[test]
fn names_from_the_log_cannot_widen_the_policy_or_steer_the_screen() {
    let place = Place::new();
    let path = place.file(
        "t.json",
        trail(&[
            s3_call(1, "GetObject", "data", "*"),
            s3_call(2, "PutObject", "data", "x\u{1b}[2J`@all|<b>"),
        ]),
    );
    let output = polgen(&["suggest", "--role", "app", "--trail", &path]);
    assert!(!stderr(&output).contains('\u{1b}'), "{}", stderr(&output));
    let markdown = polgen(&[
        "suggest", "--role", "app", "--trail", &path, "--format", "markdown",
    ]);
    assert!(!stdout(&markdown).contains('\u{1b}'));
    let policy = polgen(&[
        "suggest", "--role", "app", "--trail", &path, "--format", "policy",
    ]);
    let policy: Value = serde_json::from_str(&stdout(&policy)).unwrap();
    let text = policy.to_string();
    assert!(text.contains("arn:aws:s3:::data/${*}"), "{text}");
    assert!(!text.contains("data/*"), "{text}");
}
