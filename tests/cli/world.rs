//! What the tests of the binary share: running it, places for files, golden files, and records to feed it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

/// The sample's role.
pub(crate) const ROLE: &str = "PrototypeFunctionRole";

/// Runs polgen in an empty environment, in the project's folder.
pub(crate) fn polgen(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// The same with something on standard input.
pub(crate) fn polgen_reading(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its command line does not read, which is no fault here.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_polgen"));
    command
        .env_clear()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments);
    command
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Asserts the exit code, showing what the program said if it is another.
#[track_caller]
pub(crate) fn assert_exit(output: &Output, code: i32) {
    assert_eq!(
        output.status.code(),
        Some(code),
        "{}{}",
        stdout(output),
        stderr(output)
    );
}

/// Compares `text` with a committed file; `UPDATE_GOLDEN=1` writes the file instead.
#[track_caller]
pub(crate) fn assert_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        text,
        golden,
        "differs from {}; `UPDATE_GOLDEN=1 cargo test` writes it anew",
        path.display()
    );
}

/// A folder for one test, removed with it.
pub(crate) struct Place(tempfile::TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &str {
        self.0.path().to_str().unwrap()
    }

    /// Writes a file and returns its path.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path: PathBuf = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Writes a gzip file and returns its path.
    pub(crate) fn gzip(&self, name: &str, text: &str) -> String {
        self.file(name, gzip(text))
    }
}

pub(crate) fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// A trail file of these records.
pub(crate) fn trail(records: &[Value]) -> String {
    json!({ "Records": records }).to_string()
}

/// A record by the role `app`: a call of S3's data plane.
pub(crate) fn s3_call(number: u32, name: &str, bucket: &str, key: &str) -> Value {
    call(
        number,
        "s3.amazonaws.com",
        name,
        &json!({ "bucketName": bucket, "key": key }),
    )
}

/// A record by the role `app` of account 111122223333, path `/svc/`.
pub(crate) fn call(number: u32, source: &str, name: &str, parameters: &Value) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLEAPPEXAMPLE:worker",
            "arn": "arn:aws:sts::111122223333:assumed-role/app/worker",
            "accountId": "111122223333",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": "AROAEXAMPLEAPPEXAMPLE",
                    "arn": "arn:aws:iam::111122223333:role/svc/app",
                    "accountId": "111122223333",
                    "userName": "app"
                },
                "attributes": { "creationDate": "2026-06-01T00:00:00Z", "mfaAuthenticated": "false" }
            }
        },
        "eventTime": format!("2026-06-{:02}T10:00:00Z", number % 28 + 1),
        "eventSource": source,
        "eventName": name,
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "192.0.2.10",
        "userAgent": "aws-sdk-rust/1.3",
        "requestParameters": parameters,
        "responseElements": null,
        "requestID": format!("request-{number}"),
        "eventID": format!("00000000-0000-4000-8000-{number:012}"),
        "readOnly": true,
        "eventType": "AwsApiCall",
        "managementEvent": source != "s3.amazonaws.com",
        "recipientAccountId": "111122223333",
        "eventCategory": if source == "s3.amazonaws.com" { "Data" } else { "Management" },
    })
}
