//! What was compared is what is read; places that answer oddly or hold too much; no amount of digests costs more than it should.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::write::GzEncoder;
use polgen::source::digests::{Held, Seen};
use polgen::source::{ReadOptions, Remote as _, TrailSource, read};

use super::forged::{CHAIN, DAY, unsigned};
use super::*;

fn unpacked(stored: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(stored);
    std::io::Read::read_to_end(&mut decoder, &mut content).unwrap();
    content
}

/// The log files that a check lets through, as they are read.
fn held(place: &Delivered) -> (TrailSource, Arc<Held>, Vec<polgen::source::RemoteFile>) {
    let root = place.folder.path().to_owned();
    let (held, files) = Held::new(root, place.check().unchanged, &mut Seen::default());
    let held = Arc::new(held);
    let source = TrailSource::Listed(Arc::<Held>::clone(&held), files.clone());
    (source, held, files)
}

fn events(source: &TrailSource) -> (usize, polgen::source::Reading) {
    let mut count = 0;
    let sources = std::slice::from_ref(source);
    let reading = read(sources, &ReadOptions::default(), &mut |_| count += 1);
    (count, reading)
}

#[test]
fn a_file_that_is_changed_or_removed_after_it_was_compared_is_a_gap() {
    let place = deliver();
    let (source, _, _) = held(&place);
    assert!(source.can_be_read_again());
    assert_eq!(events(&source).0, SIGNED);
    let forged = trail(&[record(ROLE, "forged")]);
    fs::write(&place.logs[0], gzip(&forged)).unwrap();
    fs::remove_file(&place.logs[1]).unwrap();
    let (count, reading) = events(&source);
    assert_eq!((count, reading.tally.gaps), (SIGNED - 2, 2));
    let told: Vec<&str> = reading.gaps.iter().map(|it| &*it.problem).collect();
    assert!(told[0].contains("it was changed meanwhile"), "{told:?}");
    for (gap, path) in reading.gaps.iter().zip(&place.logs) {
        assert_eq!(gap.place, path.display().to_string());
    }
    // The same content, packed in another way, is not what was compared either.
    let place = deliver();
    let (_, held, files) = held(&place);
    fs::write(&place.logs[0], trail(&[record(ROLE, "0-0")])).unwrap();
    let fetched = held.fetch(&files);
    let failed = fetched.iter().filter(|it| it.is_err()).count();
    assert_eq!((failed, fetched.len()), (1, SIGNED));
    assert_eq!(place.check().unchanged.len(), SIGNED);
}

/// Whatever the names, and the order in which a folder lists them.
#[cfg(unix)]
#[test]
fn what_links_lead_to_is_read_once() {
    let place = deliver();
    let root = place.folder.path();
    let day = place.logs[0].parent().unwrap();
    for name in ["0", "a", "AAA", "m", "zz", "zzz"] {
        std::os::unix::fs::symlink(day, root.join(name)).unwrap();
        std::os::unix::fs::symlink(&place.logs[2], root.join(format!("{name}.json.gz"))).unwrap();
    }
    let (source, _, _) = held(&place);
    let (count, reading) = events(&source);
    assert_eq!((count, reading.tally.gaps), (SIGNED, 0));
}

/// As a snapshot holds it that shares its files with another one.
#[test]
fn what_two_folders_share_is_read_once() {
    let (place, other) = (deliver(), Folder::new());
    for path in place.digests.iter().chain(&place.logs) {
        let key = path.strip_prefix(place.folder.path()).unwrap();
        let shared = other.write(key.to_str().unwrap(), "");
        fs::remove_file(&shared).unwrap();
        fs::hard_link(path, shared).unwrap();
    }
    let mut seen = Seen::default();
    let counts = [place.folder.path(), other.path()].map(|root| {
        let found = checked(root, Window::default(), &public_keys());
        assert_eq!((found.unchanged.len(), found.problems.len()), (SIGNED, 0));
        Held::new(root.to_owned(), found.unchanged, &mut seen)
            .1
            .len()
    });
    assert_eq!(counts, [SIGNED, 0]);
}

#[test]
fn what_no_digest_of_cloudtrail_says_is_refused() {
    for (changes, wanted) in [
        (
            json!({ "digestS3Object": "x".repeat(1025) }),
            "keys of 1 to 1024 bytes",
        ),
        (json!({ "digestS3Object": "" }), "keys of 1 to 1024 bytes"),
        (
            json!({ "previousDigestS3Object": "x".repeat(1025) }),
            "keys of 1 to 1024 bytes",
        ),
        (
            json!({ "previousDigestSignature": "0".repeat(2049) }),
            "at most 2048 digits",
        ),
        (
            json!({ "logFiles": [{ "s3Object": "", "hashValue": "0".repeat(64) }] }),
            "keys of 1",
        ),
        (
            json!({ "logFiles": [{ "s3Object": "x", "hashValue": "0".repeat(63) }] }),
            "hashes of 64",
        ),
    ] {
        let place = deliver();
        let object = format!("{CHAIN}_20260601T013000Z.json.gz");
        let digest = unsigned(&object, "2026-06-01T01:30:00Z", &[], b"");
        let path = place.folder.write(&object, digest);
        edit(&path, |digest| {
            for (name, value) in changes.as_object().unwrap() {
                digest[name] = value.clone();
            }
        });
        let problem = place.problem();
        assert!(problem.contains(wanted), "{problem}");
    }
}

#[test]
fn the_regions_with_the_most_digests_are_asked() {
    let place = deliver();
    for number in 0..150 {
        let object = CHAIN.replace("eu-west-1/", &format!("aa-made-{number}/"));
        let digest = unsigned(&object, "0", &[], b"");
        place
            .folder
            .write(&format!("{CHAIN}_{number}.json.gz"), digest);
    }
    let folder = digests::Folder(place.folder.path().to_owned());
    let regions = Digests::read(&folder, Window::default()).regions();
    assert!(regions.contains("eu-west-1"));
    assert_eq!(regions.len(), 100);
}

#[test]
fn each_digest_has_one_problem_however_many_name_it() {
    const FORGED: usize = 300;
    let place = deliver();
    let object = format!("{CHAIN}_20260601T013000Z.json.gz");
    for number in 0..FORGED {
        let digest = unsigned(&object, "2026-06-01T01:30:00Z", &[], b"");
        let path = place
            .folder
            .write(&format!("{CHAIN}_{number}.json.gz"), digest);
        edit(&path, |digest| {
            digest["previousDigestS3Object"] = json!(object);
            digest["previousDigestHashValue"] = json!(format!("{number:064}"));
            digest["previousDigestSignature"] = json!("00");
        });
    }
    let found = place.check();
    assert_eq!(found.problems.len(), FORGED);
    assert_eq!((found.signed, found.unchanged.len()), (HOURS - 1, SIGNED));
    let places: BTreeSet<&str> = found.problems.iter().map(|it| &*it.place).collect();
    assert_eq!(places.len(), FORGED);
}

#[test]
fn a_digest_of_much_air_is_not_read() {
    let place = deliver();
    let pad = |bytes: usize| {
        let object = format!("{CHAIN}_20260601T013000Z.json.gz");
        let mut content = unpacked(&unsigned(&object, "2026-06-01T01:30:00Z", &[], b""));
        content.resize(bytes, b' ');
        place.folder.write(&object, gzip(&content));
        place.problem()
    };
    assert!(pad(1024 * 1024).contains("a digest after it"));
    assert!(pad(1024 * 1024 + 1).contains("expected at most 1048576 bytes"));
}

#[test]
fn a_digest_has_a_size_however_it_is_stored() {
    const MOST: usize = 64 * 1024 * 1024;
    let place = deliver();
    let object = format!("{CHAIN}_20260601T013000Z.json");
    let mut content = unpacked(&unsigned(&object, "2026-06-01T01:30:00Z", &[], b""));
    for (bytes, wanted) in [
        (MOST, "a digest after it"),
        (MOST + 1, "at most 67108864 bytes"),
    ] {
        content.resize(bytes, b' ');
        place.folder.write(&object, &content);
        let problem = place.problem();
        assert!(problem.contains(wanted), "{problem}");
    }
}

/// A trail of an organization and one of its account, both called by the name that the console proposes.
#[test]
fn two_trails_of_one_name_are_two_chains() {
    let place = deliver();
    let other = deliver();
    for path in other.digests.iter().chain(&other.logs) {
        let key = path.strip_prefix(other.folder.path()).unwrap();
        let key = key
            .to_str()
            .unwrap()
            .replace("AWSLogs/", "AWSLogs/o-abc123/");
        place.folder.write(&key, fs::read(path).unwrap());
    }
    // Its digests name each other below the organization's folder.
    let rename = |text: &str| text.replace("AWSLogs/", "AWSLogs/o-abc123/");
    let pair = key_pair();
    let mut before: Option<(String, String, String)> = None;
    for path in &other.digests {
        let key = path.strip_prefix(other.folder.path()).unwrap();
        let path = place.folder.path().join(rename(key.to_str().unwrap()));
        let mut signed = String::new();
        edit(&path, |digest| {
            *digest = serde_json::from_str(&rename(&digest.to_string())).unwrap();
            if let Some((object, hash, signature)) = &before {
                digest["previousDigestS3Object"] = json!(object);
                digest["previousDigestHashValue"] = json!(hash);
                digest["previousDigestSignature"] = json!(signature);
            }
            let (object, hash) = (
                digest["digestS3Object"].as_str().unwrap(),
                hash_of(digest.to_string().as_bytes()),
            );
            let end = digest["digestEndTime"].as_str().unwrap();
            let last = before.as_ref().map_or("null", |it| &it.2);
            signed = sign(&pair, &format!("{end}\n{BUCKET}/{object}\n{hash}\n{last}"));
            before = Some((object.to_owned(), hash, signed.clone()));
        });
    }
    let found = place.check();
    assert_eq!(found.problems, []);
    assert_eq!((found.digests, found.signed), (HOURS * 2, HOURS * 2 - 2));
    assert_eq!(found.spans.len(), 2);
    // Of one the first part lies elsewhere.
    fs::remove_file(&place.digests[0]).unwrap();
    for path in &place.logs[..2] {
        fs::remove_file(path).unwrap();
    }
    assert_eq!(place.check().problems, []);
}

/// A folder that counts the signatures that it is asked for, and holds each file in this stead.
#[derive(Debug)]
struct Counting {
    folder: digests::Folder,
    asked: Mutex<usize>,
    all: Option<Vec<u8>>,
}

impl Delivery for Counting {
    fn name(&self) -> String {
        self.folder.name()
    }

    fn files(&self, window: Window) -> (Vec<digests::Delivered>, Vec<polgen::trail::Gap>) {
        self.folder.files(window)
    }

    fn contents(&self, files: &[digests::Delivered]) -> Vec<Result<Vec<u8>, String>> {
        match &self.all {
            Some(content) => files.iter().map(|_| Ok(content.clone())).collect(),
            None => self.folder.contents(files),
        }
    }

    fn signature(&self, file: &digests::Delivered) -> Result<Option<String>, String> {
        *self.asked.lock().unwrap() += 1;
        self.folder.signature(file)
    }

    fn name_of(&self, file: &digests::Delivered) -> String {
        self.folder.name_of(file)
    }
}

impl Counting {
    fn new(root: &Path, all: Option<Vec<u8>>) -> Self {
        Self {
            folder: digests::Folder(root.to_owned()),
            asked: Mutex::default(),
            all,
        }
    }
}

/// A bucket answers one at a time.
#[test]
fn without_a_key_no_signature_is_asked_for() {
    let place = deliver();
    for (keys, asked) in [(public_keys(), 1), (Vec::new(), 1)] {
        let counting = Counting::new(place.folder.path(), None);
        Digests::read(&counting, Window::default()).verify(&keys);
        assert_eq!(*counting.asked.lock().unwrap(), asked);
    }
}

#[test]
fn all_digests_together_have_a_size() {
    const MOST: usize = 1024;
    let place = Folder::new();
    for number in 0..MOST + 3 {
        place.write(&format!("{CHAIN}_{number}.json.gz"), "");
    }
    let mut content = unpacked(&unsigned(CHAIN, "2026-06-01T01:30:00Z", &[], b""));
    content.resize(1024 * 1024, b' ');
    let counting = Counting::new(place.path(), Some(gzip(&content)));
    let found = Digests::read(&counting, Window::default()).verify(&public_keys());
    assert_eq!(found.digests, MOST);
    let told = |gap: &&polgen::trail::Gap| gap.problem.contains("in all digests up to this one");
    assert_eq!(found.problems.iter().filter(told).count(), 3);
}

/// A place of many files, which tells how many it was asked for at once.
#[derive(Debug, Default)]
struct Many {
    digests: usize,
    logs: usize,
    is_signed: bool,
    asked: Mutex<Vec<usize>>,
}

impl Many {
    fn log(number: usize) -> String {
        format!("{DAY}/111122223333_CloudTrail_eu-west-1_20260601T0105Z_{number:04}.json.gz")
    }

    fn check(&self) -> Integrity {
        Digests::read(self, Window::default()).verify(&public_keys())
    }
}

impl Delivery for Many {
    fn name(&self) -> String {
        "many".to_owned()
    }

    fn files(&self, _window: Window) -> (Vec<digests::Delivered>, Vec<polgen::trail::Gap>) {
        let digests = (0..self.digests).map(|number| format!("{CHAIN}{number:04}_1.json.gz"));
        let all = digests.chain((0..self.logs).map(Self::log));
        let files = all.map(|path| digests::Delivered {
            path: path.into(),
            stored_bytes: 1,
            tag: String::new(),
        });
        (files.collect(), Vec::new())
    }

    fn contents(&self, files: &[digests::Delivered]) -> Vec<Result<Vec<u8>, String>> {
        self.asked.lock().unwrap().push(files.len());
        let content = |file: &digests::Delivered| {
            let name = file.path.to_str().unwrap();
            if !name.contains("Digest") {
                return b"log".to_vec();
            }
            let logs: Vec<String> = (0..self.logs).map(Self::log).collect();
            unsigned(name, "2026-06-01T02:00:00Z", &logs, b"log")
        };
        files.iter().map(|file| Ok(content(file))).collect()
    }

    fn signature(&self, file: &digests::Delivered) -> Result<Option<String>, String> {
        if !self.is_signed {
            return Err("expected an answer, found none".to_owned());
        }
        let stored = self.contents(std::slice::from_ref(file)).remove(0)?;
        let content = unpacked(&stored);
        let (object, hash) = (file.path.display(), hash_of(&content));
        let text = format!("2026-06-01T02:00:00Z\n{BUCKET}/{object}\n{hash}\nnull");
        Ok(Some(sign(&key_pair(), &text)))
    }

    fn name_of(&self, file: &digests::Delivered) -> String {
        file.path.display().to_string()
    }
}

#[test]
fn so_many_files_are_held_at_once_and_no_more() {
    for (digests, logs) in [(200, 1), (1, 200)] {
        let place = Many {
            digests,
            logs,
            is_signed: true,
            ..Many::default()
        };
        let found = place.check();
        assert_eq!((found.digests, found.unchanged.len()), (digests, logs));
        assert_eq!(place.asked.lock().unwrap().iter().max(), Some(&64));
    }
}

#[test]
fn a_signature_that_could_not_be_asked_for_is_a_problem() {
    let place = Many {
        digests: 1,
        ..Many::default()
    };
    let found = place.check();
    assert_eq!((found.signed, found.problems.len()), (0, 1));
    assert!(found.problems[0].problem.contains("an answer"), "{found:?}");
}

#[test]
fn what_is_larger_than_any_log_is_told() {
    let packed = |length: usize| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        std::io::Write::write_all(&mut encoder, &vec![b' '; length]).unwrap();
        encoder.finish().unwrap()
    };
    let (place, part) = (deliver(), packed(64 << 20));
    let whole = [part.repeat(16), packed(1)].concat();
    fs::write(&place.logs[3], whole).unwrap();
    let problem = place.problem();
    assert!(
        problem.contains("expected at most 1073741824 bytes"),
        "{problem}"
    );
    let place = deliver();
    let file = fs::File::create(&place.logs[3]).unwrap();
    file.set_len((1 << 30) + 1).unwrap();
    let problem = place.problem();
    assert!(
        problem.contains("holds more than the 1073741824 bytes"),
        "{problem}"
    );
}
