//! What goes wrong around the program: full disks, places that may not be read or written, files that change or go, wrong clocks, the
//! program being killed. A file is there whole or not at all, and what could not be read is told. The table is in `docs/security.md`.

#![cfg(unix)]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{
    Place, ROLE, assert_exit, command, gzip, polgen, s3_call, stderr, stdout, trail,
};

const BINARY: &str = env!("CARGO_BIN_EXE_polgen");
const TRAIL: &str = "samples/trail";

/// Names of the files in a folder.
fn names(folder: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Commands that write a file, with the file's place left open.
fn writers() -> Vec<Vec<&'static str>> {
    vec![
        vec!["usage", "--trail", TRAIL, "--output", "OUT"],
        vec![
            "suggest",
            "--role",
            ROLE,
            "--trail",
            TRAIL,
            "--write",
            "OUT#AppRole",
        ],
        vec!["harden", "OUT", "--write-baseline", "OUT"],
    ]
}

const TEMPLATE: &str =
    "Resources:\n  AppRole:\n    Type: AWS::IAM::Role\n    Properties:\n      Policies: []\n";

fn shell(script: &str) -> Output {
    Command::new("sh")
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["-c", script])
        .output()
        .unwrap()
}

/// The command line of a writer, for a shell.
fn line(arguments: &[&str], out: &str) -> String {
    let arguments: Vec<String> = arguments
        .iter()
        .map(|argument| format!("'{}'", argument.replace("OUT", out)))
        .collect();
    format!("{BINARY} {}", arguments.join(" "))
}

/// After a write that failed: the code, the words, the old content, and no leftovers.
#[track_caller]
fn assert_untouched(output: &Output, folder: &str, file: &str, words: &[&str]) {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(words.iter().any(|one| said.contains(one)), "{said}");
    assert!(said.contains("template.yaml"), "{said}");
    assert_eq!(fs::read_to_string(file).unwrap(), TEMPLATE);
    assert_eq!(names(folder), ["template.yaml"]);
}

/// A limit on the size of files stands in for a full disk, which takes a mount.
#[test]
fn on_a_full_disk_the_old_file_stays() {
    for writer in writers() {
        let place = Place::new();
        let file = place.file("template.yaml", TEMPLATE);
        let run = line(&writer, &file);
        let output = shell(&format!("trap '' XFSZ; ulimit -f 0; exec {run}"));
        assert_untouched(
            &output,
            place.path(),
            &file,
            &["File too large", "file too large"],
        );
    }
}

#[test]
fn on_a_full_or_read_only_file_system_the_old_file_stays() {
    let place = Place::new();
    let mount = |options: &str, then: &str| {
        let folder = place.path();
        shell(&format!(
            "unshare -m sh -c 'mount -t tmpfs -o {options} none {folder} && {then}'"
        ))
    };
    if !mount("size=64k", "true").status.success() {
        println!("SKIPPED: no file system can be mounted here");
        return;
    }
    let file = format!("{}/template.yaml", place.path());
    for writer in writers() {
        let run = line(&writer, &file).replace('\'', "\"");
        let made = format!(
            "printf %s \"{}\" > {file}",
            TEMPLATE.replace('\n', "\\\\n").replace("\\\\n", "\n")
        );
        let look = format!("cat {file}; ls -A {}", place.path());
        // The file takes 4 of 64 KiB, what is put beside it all the rest.
        let full = format!(
            "{made} && mkdir {0}/x && (cat /dev/zero > {0}/x/rest; {run}; echo code $?; {look})",
            place.path()
        );
        let output = mount("size=64k", &full);
        let (said, shown) = (stderr(&output), stdout(&output));
        assert!(
            said.to_lowercase().contains("no space left"),
            "{writer:?} {said}"
        );
        assert!(shown.contains("code 1"), "{shown}{said}");
        assert!(
            shown.ends_with(&format!("{TEMPLATE}template.yaml\nx\n")),
            "{shown}"
        );
        let only_read = format!(
            "{made} && mount -o remount,ro none {0} && ({run}; echo code $?; {look})",
            place.path()
        );
        let output = mount("size=64k", &only_read);
        let (said, shown) = (stderr(&output), stdout(&output));
        assert!(
            said.to_lowercase().contains("read-only file system"),
            "{writer:?} {said}"
        );
        assert!(shown.contains("code 1"), "{shown}{said}");
        assert!(
            shown.ends_with(&format!("{TEMPLATE}template.yaml\n")),
            "{shown}"
        );
    }
}

#[test]
fn standard_output_that_is_full_fails_the_run() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    for arguments in [
        vec![
            "suggest", "--role", ROLE, "--trail", TRAIL, "--format", "json",
        ],
        vec!["map", "--trail", TRAIL],
        vec!["self-policy"],
        vec!["diff", "ReadOnlyAccess", "SecurityAudit"],
        vec!["explain", "s3:GetObject", "--role", ROLE, "--trail", TRAIL],
    ] {
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = command(&arguments).stdout(full).output().unwrap();
        assert_exit(&output, 1);
        assert!(
            stderr(&output).to_lowercase().contains("no space left"),
            "{}",
            stderr(&output)
        );
    }
}

/// Runs polgen as somebody who may not do everything.
#[expect(clippy::print_stdout, reason = "a skipped test has to say so")]
fn as_nobody(place: &Place, arguments: &[&str]) -> Option<Output> {
    let binary = format!("{}/polgen", place.path());
    fs::copy(BINARY, &binary).unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let is_root = shell("id -u").stdout == b"0\n";
    let mut run = if is_root {
        let mut run = Command::new("setpriv");
        run.args(["--reuid=65534", "--regid=65534", "--clear-groups", &binary]);
        run
    } else {
        Command::new(&binary)
    };
    let output = run
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir("/")
        .args(arguments)
        .output();
    if output.is_err() {
        println!("SKIPPED: there is no setpriv");
    }
    output.ok()
}

#[test]
fn what_may_not_be_read_is_a_gap_and_what_may_not_be_written_stays() {
    let place = Place::new();
    let good = place.file(
        "t/a.json",
        trail(&[s3_call(1, "GetObject", "data", "in/a")]),
    );
    let closed = place.file(
        "t/b.json",
        trail(&[s3_call(2, "GetObject", "data", "in/b")]),
    );
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o0)).unwrap();
    let folder = format!("{}/t", place.path());
    let arguments = [
        "suggest", "--role", "app", "--trail", &folder, "--format", "policy",
    ];
    let Some(output) = as_nobody(&place, &arguments) else {
        return;
    };
    assert_exit(&output, 4);
    assert!(
        stderr(&output).contains("b.json: expected a readable file"),
        "{}",
        stderr(&output)
    );
    assert_eq!(stdout(&output), "");
    let output = as_nobody(&place, &[&arguments[..], &["--allow-gaps"]].concat()).unwrap();
    assert_exit(&output, 0);
    assert!(stdout(&output).contains("data/in/a") && !stdout(&output).contains("in/b"));
    let kept = place.file("kept/template.yaml", TEMPLATE);
    fs::set_permissions(
        format!("{}/kept", place.path()),
        fs::Permissions::from_mode(0o555),
    )
    .unwrap();
    for arguments in [
        vec!["usage", "--trail", &good, "--output", &kept],
        vec!["harden", &kept, "--write-baseline", &kept],
    ] {
        let output = as_nobody(&place, &arguments).unwrap();
        assert_untouched(
            &output,
            &format!("{}/kept", place.path()),
            &kept,
            &["Permission denied", "permission denied"],
        );
    }
    let secret = place.file("p.json", "{}");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o0)).unwrap();
    let output = as_nobody(&place, &["diff", &secret, &secret]).unwrap();
    assert_exit(&output, 1);
    assert!(
        stderr(&output).to_lowercase().contains("permi"),
        "{}",
        stderr(&output)
    );
}

/// Runs polgen on a pipe and then on a file, and lets `change` do something to the file before its turn has come.
fn while_reading(place: &Place, file: &str, change: impl FnOnce()) -> Output {
    let pipe = format!("{}/pipe", place.path());
    assert!(shell(&format!("mkfifo {pipe}")).status.success());
    let arguments = [
        "suggest",
        "--role",
        "app",
        "--threads",
        "1",
        "--trail",
        &pipe,
        "--trail",
        file,
        "--format",
        "policy",
    ];
    let child = command(&arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Opening waits until polgen opens it too, and then it has found all files.
    let mut writer = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    change();
    writer
        .write_all(trail(&[s3_call(1, "GetObject", "data", "in/a")]).as_bytes())
        .unwrap();
    drop(writer);
    child.wait_with_output().unwrap()
}

/// What happens to a file.
type Change<'c> = &'c dyn Fn(&str);

#[test]
fn a_file_that_goes_or_changes_before_its_turn_is_told() {
    let content = gzip(&trail(&[s3_call(2, "GetObject", "data", "in/b")]));
    let cut = &content[..content.len() / 2];
    let changes: [(&str, Change<'_>); 3] = [
        ("found nothing there", &|file| {
            fs::remove_file(file).unwrap();
        }),
        ("b.json.gz", &|file| fs::write(file, cut).unwrap()),
        ("b.json.gz", &|file| {
            fs::write(file, b"\x1f\x8b\x08nothing").unwrap();
        }),
    ];
    for (words, change) in changes {
        let place = Place::new();
        let file = place.file("b.json.gz", &content);
        let output = while_reading(&place, &file, || change(&file));
        assert_exit(&output, 4);
        assert_eq!(stdout(&output), "");
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
}

#[test]
fn a_file_that_is_replaced_before_its_turn_is_read_as_it_is_then() {
    let place = Place::new();
    let file = place.file("b.json", trail(&[s3_call(2, "GetObject", "data", "in/b")]));
    let output = while_reading(&place, &file, || {
        fs::write(&file, trail(&[s3_call(3, "GetObject", "data", "in/c")])).unwrap();
    });
    assert_exit(&output, 0);
    assert!(
        stdout(&output).contains("in/c") && !stdout(&output).contains("in/b"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn events_of_a_clock_that_is_ahead_count() {
    let place = Place::new();
    let mut ahead = s3_call(1, "GetObject", "data", "in/a");
    ahead["eventTime"] = json!("2125-01-01T00:00:00Z");
    let path = place.file(
        "t.json",
        trail(&[ahead, s3_call(2, "GetObject", "data", "in/b")]),
    );
    let arguments = [
        "suggest", "--role", "app", "--trail", &path, "--format", "policy",
    ];
    let output = polgen(&arguments);
    assert_exit(&output, 0);
    assert!(stdout(&output).contains("in/a") && stdout(&output).contains("in/b"));
    // A known-good date leaves it out.
    let output = polgen(&[&arguments[..], &["--until", "2026-06-30"]].concat());
    assert_exit(&output, 0);
    assert!(!stdout(&output).contains("in/a") && stdout(&output).contains("in/b"));
}

#[test]
fn killed_at_any_point_a_file_is_the_old_or_the_new_one() {
    let place = Place::new();
    let path = format!("{}/out.usage", place.path());
    let arguments = ["usage", "--trail", TRAIL, "--output", &path];
    assert_exit(&polgen(&arguments), 0);
    let whole = fs::read(&path).unwrap();
    for step in 0..14 {
        fs::write(&path, "old").unwrap();
        let mut child = command(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(step * step * 6));
        // It may have ended by itself.
        let _ = child.kill();
        child.wait().unwrap();
        let found = fs::read(&path).unwrap();
        assert!(
            found == b"old" || found == whole,
            "after {step}: {} bytes",
            found.len()
        );
    }
}

#[test]
fn what_is_written_to_a_device_leaves_the_device() {
    let output = polgen(&["usage", "--trail", TRAIL, "--output", "/dev/null"]);
    assert_exit(&output, 0);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn a_report_says_what_it_could_not_read() {
    let place = Place::new();
    let bad = place.file("t/b.json.gz", b"\x1f\x8b\x08nothing");
    place.file(
        "t/a.json",
        trail(&[s3_call(1, "GetObject", "data", "in/a")]),
    );
    let folder = format!("{}/t", place.path());
    let output = polgen(&[
        "suggest",
        "--role",
        "app",
        "--trail",
        &folder,
        "--allow-gaps",
        "--format",
        "json",
    ]);
    assert_exit(&output, 0);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert!(
        report["coverage"]["gaps"]
            .to_string()
            .contains(bad.rsplit('/').next().unwrap()),
        "{}",
        report["coverage"]
    );
}
