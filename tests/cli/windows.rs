//! `polgen usage diff`: a window known to be good, and a later one.

use serde_json::{Value, json};

use crate::world::{Place, assert_exit, call, polgen, s3_call, stdout, trail};

#[test]
fn two_windows_differ_in_what_is_new_and_what_is_gone() {
    let place = Place::new();
    let fold = |name: &str, records: &[Value]| {
        let path = place.file(&format!("{name}.json"), trail(records));
        let out = format!("{}/{name}.usage", place.path());
        assert_exit(&polgen(&["usage", "--trail", &path, "--output", &out]), 0);
        out
    };
    let good = fold(
        "good",
        &[
            s3_call(1, "GetObject", "data", "in/a"),
            s3_call(2, "PutObject", "data", "out/a"),
        ],
    );
    let mut attack = call(
        20,
        "iam.amazonaws.com",
        "CreateAccessKey",
        &json!({ "userName": "root\u{1b}[2J" }),
    );
    attack["sourceIPAddress"] = json!("203.0.113.7");
    let later = fold("later", &[s3_call(15, "GetObject", "data", "in/a"), attack]);
    let output = polgen(&["usage", "diff", &good, &later]);
    assert_exit(&output, 0);
    let text = stdout(&output);
    // The path of the user is not told, so it is one resource more.
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.contains("+ arn:aws:iam::111122223333:role/svc/app  iam:CreateAccessKey  arn:aws:iam::111122223333:user/root"), "{text}");
    assert!(text.contains("- arn:aws:iam::111122223333:role/svc/app  s3:PutObject  arn:aws:s3:::data/out/a  (1, 2026-06-03)"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
    let output = polgen(&[
        "usage",
        "diff",
        &good,
        &later,
        "--format",
        "json",
        "--role",
        "app",
        "--exit-code",
    ]);
    assert_exit(&output, 10);
    let first: Value = serde_json::from_str(stdout(&output).lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["change"], &first["action"]),
        (&json!("new"), &json!("iam:CreateAccessKey"))
    );
    assert_eq!(first["origin"], "203.0.113.0/24");
    let output = polgen(&["usage", "diff", &good, &good, "--exit-code"]);
    assert_exit(&output, 0);
    assert_eq!(stdout(&output), "");
    assert_exit(&polgen(&["usage", "diff", &good, "/dev/null"]), 4);
}
