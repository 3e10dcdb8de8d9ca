//! The sample account, from its trail to the policy: what the README promises, held as a whole.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot run the program should fail at once"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const ROLE: &str = "PrototypeFunctionRole";

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(name)
}

/// Runs `polgen suggest` in an empty environment, away from the sample.
fn suggest(trails: &[PathBuf], more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_polgen"));
    command
        .env_clear()
        .args(["suggest", "--role", ROLE, "--current"])
        .arg(sample("role.json"));
    for trail in trails {
        command.arg("--trail").arg(trail);
    }
    let output = command.args(more).output().expect("polgen starts");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {words}", output.status);
    output
}

#[test]
fn two_runs_and_any_order_of_files_give_the_same_bytes() {
    let account = sample("trail/AWSLogs/111122223333");
    let months = ["06", "07"].map(|month| account.join("CloudTrail/eu-central-1/2026").join(month));
    let [june, july] = months;
    for format in ["json", "markdown"] {
        let forward = suggest(&[june.clone(), july.clone()], &["--format", format]);
        let again = suggest(&[june.clone(), july.clone()], &["--format", format]);
        let backward = suggest(&[july.clone(), june.clone()], &["--format", format]);
        assert!(!forward.stdout.is_empty(), "{format}: nothing written");
        assert_eq!(forward.stdout, again.stdout, "{format}: two runs differ");
        assert_eq!(
            forward.stdout, backward.stdout,
            "{format}: the order of files shows"
        );
    }
}

#[test]
fn denied_calls_are_shown_and_never_granted() {
    let output = suggest(&[sample("trail")], &["--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for action in ["dynamodb:Scan", "s3:DeleteObject"] {
        assert!(
            report["denied"].to_string().contains(action),
            "{action} is not listed"
        );
        assert!(
            !report["policies"].to_string().contains(action),
            "{action} is granted"
        );
    }
}
