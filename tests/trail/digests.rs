//! Digests: a trail as CloudTrail delivers and signs it, and every way in which it may have been tampered with.
//!
//! `keys/digest-test-key.pk8` was made for these tests and signs nothing else.

#[path = "forged_digests.rs"]
mod forged;
#[path = "held_digests.rs"]
mod held;

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use polgen::source::digests::{self, Delivery, Digests, Integrity, keys};
use polgen::time::Window;
use polgen::trail::digest::{PublicKey, hash_of};
use ring::rand::SystemRandom;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

use super::{Folder, ROLE, gzip, record, trail};

const FINGERPRINT: &str = "00112233445566778899aabbccddeeff";
const BUCKET: &str = "trail-bucket";
const HOURS: usize = 4;
/// The files that signed digests name: the newest digest is not.
const SIGNED: usize = (HOURS - 1) * 2;

fn key_pair() -> RsaKeyPair {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trail/keys/digest-test-key.pk8");
    RsaKeyPair::from_pkcs8(&fs::read(path).unwrap()).unwrap()
}

/// The key as `aws cloudtrail list-public-keys` prints it.
fn key_list() -> String {
    let value = STANDARD.encode(key_pair().public_key().as_ref());
    let answer = json!({ "PublicKeyList": [{
        "Value": value, "Fingerprint": FINGERPRINT,
        "ValidityStartTime": "2026-01-01T00:00:00Z", "ValidityEndTime": "2027-01-01T00:00:00Z" }] });
    answer.to_string()
}

fn public_keys() -> Vec<PublicKey> {
    keys(&key_list()).unwrap()
}

/// A trail of some hours, two files each, with signed digests.
struct Delivered {
    folder: Folder,
    digests: Vec<PathBuf>,
    logs: Vec<PathBuf>,
    /// What stands beside the newest digest.
    signature: String,
}

fn sign(pair: &RsaKeyPair, text: &str) -> String {
    let mut signature = vec![0; pair.public().modulus_len()];
    let random = SystemRandom::new();
    pair.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature)
        .unwrap();
    let digits = signature.iter().map(|byte| format!("{byte:02x}"));
    digits.collect::<Vec<_>>().concat()
}

fn deliver() -> Delivered {
    deliver_in(Folder::new(), ("eu-west-1", "00"))
}

/// A trail of a region whose hours end at a minute.
fn deliver_in(folder: Folder, (region, minute): (&str, &str)) -> Delivered {
    let pair = key_pair();
    let base = "AWSLogs/111122223333";
    let (mut digests, mut logs) = (Vec::new(), Vec::new());
    let mut previous = json!(null);
    for hour in 0..HOURS {
        let files: Vec<Value> = (0..2)
            .map(|number| {
                let name = format!(
                    "{base}/CloudTrail/{region}/2026/06/01/111122223333_CloudTrail_{region}_20260601T{hour:02}{:02}Z_{hour}unique{number}.json.gz",
                    number * 20 + 5
                );
                let content = trail(&[record(ROLE, &format!("{hour}-{number}"))]);
                folder.write(&name, gzip(&content));
                logs.push(folder.path().join(&name));
                json!({ "s3Bucket": BUCKET, "s3Object": name, "hashValue": hash_of(&content), "hashAlgorithm": "SHA-256",
                        "newestEventTime": "2026-06-01T00:00:00Z", "oldestEventTime": "2026-06-01T00:00:00Z" })
            })
            .collect();
        let (start, end) = (
            format!("2026-06-01T{hour:02}:{minute}:00Z"),
            format!("2026-06-01T{:02}:{minute}:00Z", hour + 1),
        );
        let object = format!(
            "{base}/CloudTrail-Digest/{region}/2026/06/01/111122223333_CloudTrail-Digest_{region}_t_eu-west-1_20260601T{:02}{minute}00Z.json.gz",
            hour + 1
        );
        let digest = json!({
            "awsAccountId": "111122223333", "digestStartTime": start, "digestEndTime": end,
            "digestS3Bucket": BUCKET, "digestS3Object": object,
            "digestPublicKeyFingerprint": FINGERPRINT, "digestSignatureAlgorithm": "SHA256withRSA",
            "previousDigestS3Bucket": previous["bucket"], "previousDigestS3Object": previous["object"],
            "previousDigestHashValue": previous["hash"], "previousDigestHashAlgorithm": "SHA-256",
            "previousDigestSignature": previous["signature"], "logFiles": files,
        });
        let content = digest.to_string();
        let hash = hash_of(content.as_bytes());
        let before = previous["signature"].as_str().unwrap_or("null");
        let signed = format!("{end}\n{BUCKET}/{object}\n{hash}\n{before}");
        let signature = sign(&pair, &signed);
        folder.write(&object, gzip(content.as_bytes()));
        digests.push(folder.path().join(&object));
        previous =
            json!({ "bucket": BUCKET, "object": object, "hash": hash, "signature": signature });
    }
    Delivered {
        folder,
        digests,
        logs,
        signature: previous["signature"].as_str().unwrap().to_owned(),
    }
}

fn checked(folder: &Path, window: Window, keys: &[PublicKey]) -> Integrity {
    Digests::read(&digests::Folder(folder.to_owned()), window).verify(keys)
}

impl Delivered {
    fn check(&self) -> Integrity {
        checked(self.folder.path(), Window::default(), &public_keys())
    }

    /// The one problem that there is.
    #[track_caller]
    fn problem(&self) -> String {
        let found = self.check();
        assert_eq!(found.problems.len(), 1, "{:?}", found.problems);
        let problem = &found.problems[0];
        format!("{}: {}", problem.place, problem.problem)
    }
}

/// Writes a digest anew with something changed.
fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut text = String::new();
    let mut decoder = flate2::read::GzDecoder::new(fs::File::open(path).unwrap());
    std::io::Read::read_to_string(&mut decoder, &mut text).unwrap();
    let mut digest: Value = serde_json::from_str(&text).unwrap();
    change(&mut digest);
    fs::write(path, gzip(digest.to_string().as_bytes())).unwrap();
}

#[test]
fn what_cloudtrail_delivered_is_found_whole() {
    let found = deliver().check();
    assert_eq!(found.problems, []);
    // The newest one's signature is beside its object only.
    assert_eq!((found.digests, found.signed), (HOURS, HOURS - 1));
    assert_eq!((found.unchanged.len(), found.not_covered_yet), (SIGNED, 2));
    let chain = "AWSLogs/111122223333/111122223333_CloudTrail-Digest_eu-west-1_t_eu-west-1";
    let span = ["2026-06-01T00:00:00Z", "2026-06-01T03:00:00Z"].map(|it| it.parse().unwrap());
    assert_eq!(found.spans, [(chain.to_owned(), span.into())].into());
}

/// Files that no signed digest names, as somebody may write them who wants them to be read.
#[test]
fn what_no_signed_digest_names_is_not_read() {
    let (mut bare, escaped) = (record(ROLE, "forged"), record(ROLE, "forged"));
    bare.as_object_mut().unwrap().remove("eventVersion");
    let escaped = String::from_utf8(trail(&[escaped])).unwrap();
    let escaped = escaped.replace("eventVersion", "event\\u0056ersion");
    let event = json!({"Events": [{"CloudTrailEvent": record(ROLE, "forged").to_string()}]});
    let name = "CloudTrail_eu-west-1_20260601T0350Z_0123456789abcdef.json.gz";
    for (name, content) in [
        ("extra.json", trail(&[bare])),
        ("extra.json", escaped.into_bytes()),
        ("extra.json", event.to_string().into_bytes()),
        (
            &format!("111122223333_{name}"),
            trail(&[record(ROLE, "forged")]),
        ),
    ] {
        let place = deliver();
        fs::write(place.logs[0].with_file_name(name), &content).unwrap();
        let keys = place.folder.write("keys", key_list());
        let run = |arguments: &[&std::ffi::OsStr]| {
            let output = std::process::Command::new(env!("CARGO_BIN_EXE_polgen"))
                .args(arguments)
                .output()
                .unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(0), "{told}");
            (String::from_utf8(output.stdout).unwrap(), told)
        };
        let base = place.folder.path().join("AWSLogs");
        let (shown, told) = run(&[
            "suggest".as_ref(),
            "--all-roles".as_ref(),
            "--format".as_ref(),
            "json".as_ref(),
            "--verify-digests".as_ref(),
            "--trail".as_ref(),
            base.as_ref(),
            "--public-keys".as_ref(),
            keys.as_ref(),
        ]);
        assert!(told.contains("and not read"), "{told}");
        let report: Value = serde_json::from_str(&shown).unwrap();
        assert!(!shown.contains("forged"), "{shown}");
        assert_eq!(report["roles"][0]["events"], json!(SIGNED), "{report}");
    }
}

#[test]
fn at_a_days_border_no_more_is_missing_than_was_read() {
    let place = deliver();
    for (since, until) in [
        (Some("2026-06-03T00:00:00Z"), None),
        (None, Some("2026-05-17T12:00:00Z")),
    ] {
        let parse = |text: Option<&str>| text.map(|text| text.parse().unwrap());
        let window = Window {
            since: parse(since),
            until: parse(until),
        };
        let found = checked(place.folder.path(), window, &public_keys());
        // The digests of the day beside matter, and the files that they name do not.
        assert_eq!((found.digests, found.unchanged.len()), (HOURS, 0));
        assert_eq!(found.problems, []);
    }
}

#[test]
fn a_changed_file_is_named() {
    let place = deliver();
    let forged = gzip(&trail(&[record(ROLE, "forged")]));
    fs::write(&place.logs[3], forged).unwrap();
    let problem = place.problem();
    assert!(
        problem.contains("1unique1") && problem.contains("it was changed"),
        "{problem}"
    );
}

#[test]
fn the_same_content_packed_anew_is_the_same() {
    let place = deliver();
    let content = trail(&[record(ROLE, "1-1")]);
    fs::write(&place.logs[3], content).unwrap();
    assert_eq!(place.check().problems, []);
}

#[test]
fn a_missing_file_is_named() {
    let place = deliver();
    fs::remove_file(&place.logs[2]).unwrap();
    let problem = place.problem();
    assert!(
        problem.contains("1unique0") && problem.contains("missing"),
        "{problem}"
    );
}

#[test]
fn a_file_that_no_digest_names_is_told_from_one_that_is_too_young() {
    let place = deliver();
    let extra = |name: &str| {
        fs::write(
            place.logs[0].with_file_name(name),
            gzip(&trail(&[record(ROLE, "x")])),
        )
        .unwrap();
    };
    extra("111122223333_CloudTrail_eu-west-1_20260601T0455Z_young.json.gz");
    let found = place.check();
    assert_eq!((found.problems.len(), found.not_covered_yet), (0, 3));
    assert_eq!(found.unchanged.len(), SIGNED);
    extra("111122223333_CloudTrail_eu-west-1_20260601T0115Z_forged.json.gz");
    let problem = place.problem();
    assert!(
        problem.contains("forged") && problem.contains("nothing shows that CloudTrail wrote it"),
        "{problem}"
    );
}

#[test]
fn a_missing_digest_is_named() {
    let place = deliver();
    fs::remove_file(&place.digests[1]).unwrap();
    let found = place.check();
    let problems: Vec<&str> = found
        .problems
        .iter()
        .map(|gap| gap.problem.as_str())
        .collect();
    let told = |words: &str| problems.iter().filter(|one| one.contains(words)).count();
    assert_eq!(told("expected the digest before it"), 1, "{problems:?}");
    assert_eq!(told("a digest that names it"), 2, "{problems:?}");
}

#[test]
fn a_changed_digest_is_found_by_its_hash_and_by_its_signature() {
    // A forger who changes a file and its digest cannot change the digest after it ...
    let place = deliver();
    let forged = trail(&[record(ROLE, "forged")]);
    let hash = hash_of(&forged);
    fs::write(&place.logs[2], gzip(&forged)).unwrap();
    edit(&place.digests[1], |digest| {
        digest["logFiles"][0]["hashValue"] = json!(hash);
    });
    let problem = place.problem();
    assert!(
        problem.contains("that the digest after it names"),
        "{problem}"
    );
    // ... and if they do, the signature does not fit.
    let place = deliver();
    edit(&place.digests[1], |digest| digest["logFiles"] = json!([]));
    let mut text = String::new();
    let mut decoder = flate2::read::GzDecoder::new(fs::File::open(&place.digests[1]).unwrap());
    std::io::Read::read_to_string(&mut decoder, &mut text).unwrap();
    edit(&place.digests[2], |digest| {
        digest["previousDigestHashValue"] = json!(hash_of(text.as_bytes()));
    });
    let found = place.check();
    let problems = format!("{:?}", found.problems);
    assert!(problems.contains("changed or forged"), "{problems}");
    assert!(found.signed < HOURS - 1);
}

#[test]
fn a_signature_by_another_key_does_not_count() {
    let place = deliver();
    let other = vec![PublicKey {
        fingerprint: "another".to_owned(),
        bytes: Vec::new(),
    }];
    let found = checked(place.folder.path(), Window::default(), &other);
    assert_eq!((found.signed, found.problems.len()), (0, HOURS));
    assert!(
        found.problems[0]
            .problem
            .contains("expected the public key")
    );
    let broken = vec![PublicKey {
        fingerprint: FINGERPRINT.to_owned(),
        bytes: vec![1, 2, 3],
    }];
    let found = checked(place.folder.path(), Window::default(), &broken);
    assert_eq!(found.signed, 0);
}

#[test]
fn only_the_window_is_checked() {
    let place = deliver();
    fs::remove_file(&place.logs[0]).unwrap();
    let window = Window {
        since: "2026-08-01T00:00:00Z".parse().ok(),
        until: None,
    };
    let found = checked(place.folder.path(), window, &public_keys());
    assert_eq!((found.digests, found.unchanged.len()), (0, 0));
    assert!(!format!("{:?}", found.problems).contains("0unique0"));
}

#[test]
fn what_is_no_digest_and_no_key_is_refused() {
    let place = deliver();
    fs::write(&place.digests[0], b"{}").unwrap();
    let found = place.check();
    assert!(
        found.problems[0]
            .problem
            .contains("expected a digest file of CloudTrail")
    );
    for text in [
        "",
        "{}",
        r#"{"PublicKeyList":[{"Value":"*","Fingerprint":"f"}]}"#,
    ] {
        assert!(keys(text).is_err(), "{text}");
    }
}

/// A place that keeps what stands beside a digest, as a bucket does.
#[derive(Debug)]
struct Kept {
    folder: digests::Folder,
    newest: PathBuf,
    signature: String,
}

impl Delivery for Kept {
    fn name(&self) -> String {
        self.folder.name()
    }

    fn files(&self, window: Window) -> (Vec<digests::Delivered>, Vec<polgen::trail::Gap>) {
        self.folder.files(window)
    }

    fn contents(&self, files: &[digests::Delivered]) -> Vec<Result<Vec<u8>, String>> {
        self.folder.contents(files)
    }

    fn signature(&self, file: &digests::Delivered) -> Result<Option<String>, String> {
        assert_eq!(file.path, self.newest, "only the newest one's is asked for");
        Ok(Some(self.signature.clone()))
    }

    fn name_of(&self, file: &digests::Delivered) -> String {
        self.folder.name_of(file)
    }
}

#[test]
fn the_newest_digest_is_checked_where_its_signature_is_kept() {
    let delivered = deliver();
    let mut kept = Kept {
        folder: digests::Folder(delivered.folder.path().to_owned()),
        newest: delivered.digests[HOURS - 1].clone(),
        signature: delivered.signature.clone(),
    };
    let read = Digests::read(&kept, Window::default());
    assert_eq!(
        read.regions().into_iter().collect::<Vec<_>>(),
        ["eu-west-1"]
    );
    assert_eq!(read.start().unwrap().to_string(), "2026-06-01T00:00:00Z");
    let found = read.verify(&public_keys());
    assert_eq!((found.signed, found.digests), (HOURS, HOURS), "{found:?}");
    assert_eq!(
        (found.unchanged.len(), found.not_covered_yet),
        (HOURS * 2, 0)
    );
    assert_eq!(found.problems, []);
    kept.signature = "00".repeat(delivered.signature.len() / 2);
    let found = Digests::read(&kept, Window::default()).verify(&public_keys());
    assert_eq!(found.signed, HOURS - 1);
    assert!(
        found.problems[0].problem.contains("changed or forged"),
        "{found:?}"
    );
}
