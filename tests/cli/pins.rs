//! `polgen.toml`, `--keep`, and the room for policies.

use serde_json::{Value, json};

use crate::world::{Place, assert_exit, call, command, polgen, s3_call, stderr, stdout, trail};

fn world() -> Vec<Value> {
    vec![
        s3_call(1, "GetObject", "data", "in/a.csv"),
        s3_call(2, "PutObject", "data", "out/a.csv"),
        call(3, "sqs.amazonaws.com", "ListQueues", &json!({})),
    ]
}

const PINS: &str = r#"
[[keep]]
action = "s3:DeleteObject"
resource = "arn:aws:s3:::data/tmp/*"
reason = "the quarter-end job"

[[keep]]
action = "s3:GetObjectAcl"
reason = "an audit"
until = 2020-01-01

[[never]]
action = "s3:Put*"
resource = "arn:aws:s3:::data/out/*"
reason = "results are written by another role"

[[resources]]
patterns = ["arn:aws:s3:::data/*"]
for = ["ap?"]
"#;

#[test]
fn pins_keep_forbid_and_expire() {
    let place = Place::new();
    let path = place.file("t.json", trail(&world()));
    let pins = place.file("polgen.toml", PINS);
    let arguments = [
        "suggest", "--role", "app", "--trail", &path, "--format", "json",
    ];
    let with_flag: Vec<&str> = arguments
        .iter()
        .copied()
        .chain(["--config", &pins])
        .collect();
    let output = polgen(&with_flag);
    assert_exit(&output, 0);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let policy = report["policies"].to_string();
    assert!(
        policy.contains("s3:DeleteObject") && policy.contains("pinned"),
        "{policy}"
    );
    assert!(policy.contains("arn:aws:s3:::data/*"), "{policy}");
    assert!(
        !policy.contains("PutObject") && !policy.contains("GetObjectAcl"),
        "{policy}"
    );
    assert_eq!(report["withheld"][0]["action"], "s3:PutObject");
    assert_eq!(report["withheld"][0]["uses"], 1);
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("1 pin is over"), "{warnings}");
    assert_eq!(report["verified"]["explained"]["pinned"], 1);

    // Beside the current policy, and above the working directory, it is found without a flag.
    let current = place.file(
        "current.json",
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#,
    );
    let beside: Vec<&str> = arguments
        .iter()
        .copied()
        .chain(["--current", &current])
        .collect();
    assert!(stdout(&polgen(&beside)).contains("the quarter-end job"));
    place.file("deep/er/x", "");
    let above = command(&arguments)
        .current_dir(format!("{}/deep/er", place.path()))
        .output()
        .unwrap();
    assert!(
        stdout(&above).contains("the quarter-end job"),
        "{}",
        stderr(&above)
    );
    assert!(!stdout(&polgen(&arguments)).contains("the quarter-end job"));
}

#[test]
fn a_pattern_never_reaches_into_what_is_forbidden() {
    let place = Place::new();
    let records: Vec<Value> = (100..140)
        .map(|number| s3_call(number, "GetObject", "data", &format!("in/{number}.csv")))
        .collect();
    let path = place.file("t.json", trail(&records));
    let pins = place.file("p.toml", "[[never]]\naction = \"s3:*\"\nresource = \"arn:aws:s3:::data/in/secret*\"\nreason = \"x\"\n");
    let output = polgen(&[
        "suggest", "--role", "app", "--trail", &path, "--format", "policy", "--config", &pins,
    ]);
    assert_exit(&output, 0);
    let policy: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(
        policy["Statement"][0]["Resource"].as_array().unwrap().len(),
        40
    );
}

#[test]
fn baselines_are_kept_in_whole() {
    let place = Place::new();
    let path = place.file("t.json", trail(&world()));
    place.file("base.json", r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["logs:PutLogEvents"],"Resource":"*"}}"#);
    let pins = place.file("p.toml", "[[baseline]]\npolicy = \"base.json\"\nreason = \"logging\"\n[[baseline]]\npolicy = \"AWSXRayDaemonWriteAccess\"\nreason = \"traces\"\n");
    let output = polgen(&[
        "suggest", "--role", "app", "--trail", &path, "--format", "policy", "--config", &pins,
    ]);
    assert_exit(&output, 0);
    let text = stdout(&output);
    assert!(
        text.contains("logs:PutLogEvents") && text.contains("xray:PutTraceSegments"),
        "{text}"
    );
}

#[test]
fn faults_in_pins_are_located() {
    let place = Place::new();
    let path = place.file("t.json", trail(&world()));
    let pins = place.file("p.toml", "[[keep]]\nacton = \"s3:GetObject\"\n");
    let output = polgen(&[
        "suggest", "--role", "app", "--trail", &path, "--config", &pins,
    ]);
    assert_exit(&output, 1);
    let text = stderr(&output);
    assert!(
        text.contains("p.toml:2:1: unknown field") && text.contains("did you mean `action`?"),
        "{text}"
    );
    let output = polgen(&[
        "suggest",
        "--role",
        "app",
        "--trail",
        &path,
        "--config",
        "nosuch.toml",
    ]);
    assert_exit(&output, 1);
}

#[test]
fn keep_grants_for_one_run() {
    let place = Place::new();
    let path = place.file("t.json", trail(&world()));
    let run = |keep: &str| {
        polgen(&[
            "suggest", "--role", "app", "--trail", &path, "--format", "policy", "--keep", keep,
        ])
    };
    let output = run("sqs:SendMessage=arn:aws:sqs:eu-central-1:111122223333:jobs");
    assert_exit(&output, 0);
    assert!(stdout(&output).contains("sqs:SendMessage"));
    for (keep, words) in [
        ("sqs:SendMesage", "did you mean `sqs:SendMessage`?"),
        ("sqs:SendMessage=arn:aws:s3:::b", "found `arn:aws:s3:::b`"),
    ] {
        let output = run(keep);
        assert_exit(&output, 2);
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
}

/// One call of every operation of a service that needs no resource.
fn reads(service: &str, names: &[&str]) -> Vec<Value> {
    let one = |(number, name): (usize, &&str)| {
        call(u32::try_from(number).unwrap(), service, name, &json!({}))
    };
    names.iter().enumerate().map(one).collect()
}

#[test]
fn actions_are_compressed_only_where_nothing_else_fits() {
    let place = Place::new();
    let names = ["ListAnalyzers", "ListTagsForResource"];
    let mut records = reads("access-analyzer.amazonaws.com", &names);
    let all = [
        "ListQueues",
        "ListQueueTags",
        "ListDeadLetterSourceQueues",
        "ListMessageMoveTasks",
        "ReceiveMessage",
        "DeleteMessage",
    ];
    let queue = json!({ "queueUrl": "https://sqs.eu-central-1.amazonaws.com/111122223333/jobs", "sourceArn": "arn:aws:sqs:eu-central-1:111122223333:jobs" });
    records.extend(
        all.iter()
            .map(|name| call(9, "sqs.amazonaws.com", name, &queue)),
    );
    let path = place.file("t.json", trail(&records));
    let run = |more: &[&str]| {
        let fixed = [
            "suggest", "--role", "app", "--trail", &path, "--format", "json",
        ];
        let output = polgen(&fixed.iter().chain(more).copied().collect::<Vec<_>>());
        assert_exit(&output, 0);
        serde_json::from_str::<Value>(&stdout(&output)).unwrap()
    };
    assert_eq!(run(&["--compress"])["compressed"], json!([]));
    let crowded = ["--quota", "330", "--most-policies", "1"];
    assert!(
        run(&crowded)["warnings"]
            .to_string()
            .contains("more than can be attached")
    );
    let squeezed = run(&[&crowded[..], &["--compress"]].concat());
    let wildcards = squeezed["compressed"].as_array().unwrap();
    assert!(!wildcards.is_empty(), "{squeezed}");
    assert!(
        squeezed["warnings"]
            .to_string()
            .contains("what AWS adds under such a name")
    );
}

#[test]
fn inline_policies_have_their_own_quota() {
    let place = Place::new();
    let path = place.file("t.json", trail(&world()));
    let output = polgen(&[
        "suggest", "--role", "app", "--trail", &path, "--format", "json", "--inline",
    ]);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["policies"][0]["quota"], 10_240);
}
