//! What somebody who may write to a trail's bucket tries against its digests.

use super::*;

/// A digest that nobody has signed, for files of which each has this content.
pub(super) fn unsigned(object: &str, end: &str, logs: &[String], content: &[u8]) -> Vec<u8> {
    let files: Vec<Value> = logs
        .iter()
        .map(|log| json!({ "s3Bucket": BUCKET, "s3Object": log, "hashValue": hash_of(content), "hashAlgorithm": "SHA-256" }))
        .collect();
    let digest = json!({
        "awsAccountId": "111122223333", "digestStartTime": "2026-06-01T01:00:00Z", "digestEndTime": end,
        "digestS3Bucket": BUCKET, "digestS3Object": object,
        "digestPublicKeyFingerprint": FINGERPRINT, "digestSignatureAlgorithm": "SHA256withRSA",
        "previousDigestS3Bucket": null, "previousDigestS3Object": null, "previousDigestHashValue": null,
        "previousDigestHashAlgorithm": "SHA-256", "previousDigestSignature": null, "logFiles": files,
    });
    gzip(digest.to_string().as_bytes())
}

impl Delivered {
    fn forge_log(&self, name: &str) -> Vec<u8> {
        let content = trail(&[record(ROLE, "forged")]);
        self.folder.write(name, gzip(&content));
        content
    }
}

pub(super) const DAY: &str = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/06/01";
pub(super) const CHAIN: &str = "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/06/01/111122223333_CloudTrail-Digest_eu-west-1_t_eu-west-1";

#[test]
fn each_file_of_a_name_is_compared() {
    for day in ["2026/05/31", "2026/06/02"] {
        let place = deliver();
        let name = place.logs[3].file_name().unwrap().to_str().unwrap();
        place.forge_log(&format!(
            "AWSLogs/111122223333/CloudTrail/eu-west-1/{day}/{name}"
        ));
        let problem = place.problem();
        assert!(
            problem.contains(day) && problem.contains("it was changed"),
            "{problem}"
        );
    }
}

#[test]
fn a_file_in_no_days_folder_is_vouched_for_too() {
    for name in ["forged.json.gz", "AWSLogs/111122223333/CloudTrail/forged"] {
        let place = deliver();
        place.forge_log(name);
        let problem = place.problem();
        assert!(
            problem.contains("nothing shows that CloudTrail wrote it"),
            "{problem}"
        );
    }
    // It is not read as a trail either.
    let place = deliver();
    place.forge_log(".forged.json.gz");
    assert_eq!(place.check().problems, []);
}

#[test]
fn a_digest_under_the_name_of_another_is_found() {
    for of in 0..HOURS {
        let place = deliver();
        let log = format!("{DAY}/111122223333_CloudTrail_eu-west-1_20260601T0115Z_forged.json.gz");
        let content = place.forge_log(&log);
        let object = place.digests[of].strip_prefix(place.folder.path()).unwrap();
        let digest = unsigned(
            object.to_str().unwrap(),
            "2026-06-01T00:30:00Z",
            &[log],
            &content,
        );
        place
            .folder
            .write(&format!("{CHAIN}_0.json.gz"), digest.as_slice());
        let problem = place.problem();
        assert!(
            problem.contains("_0.json.gz: expected") && problem.contains("the digest after it")
                || problem.contains("_0.json.gz: expected a digest after it"),
            "{problem}"
        );
        assert_eq!(place.check().signed, HOURS - 1);
    }
}

#[test]
fn a_digest_that_none_follows_is_the_newest_or_nothing() {
    let place = deliver();
    let log = format!("{DAY}/111122223333_CloudTrail_eu-west-1_20260601T0115Z_forged.json.gz");
    let content = place.forge_log(&log);
    let object = format!("{CHAIN}_20260601T013000Z.json.gz");
    place.folder.write(
        &object,
        unsigned(&object, "2026-06-01T01:30:00Z", &[log], &content),
    );
    let problem = place.problem();
    assert!(
        problem.contains("013000Z") && problem.contains("expected a digest after it"),
        "{problem}"
    );
}

/// The key of a genuine log file, whose content is now another.
fn change_log(place: &Delivered, at: usize) -> (String, Vec<u8>) {
    let key = place.logs[at].strip_prefix(place.folder.path()).unwrap();
    let key = key.to_str().unwrap().to_owned();
    let content = place.forge_log(&key);
    (key, content)
}

/// Adds a file to those that the newest digest names.
fn name_in_newest(place: &Delivered, log: &str, content: &[u8]) {
    edit(&place.digests[HOURS - 1], |digest| {
        let files = digest["logFiles"].as_array_mut().unwrap();
        files.push(json!({ "s3Object": log, "hashValue": hash_of(content) }));
    });
}

#[test]
fn a_chain_of_which_nothing_is_signed_vouches_for_nothing() {
    for name in [
        "zzz_eu-west-1_20260531T233000Z",
        "t_eu-west-1_20260531T233000Z_backfill",
    ] {
        let place = deliver();
        let (log, content) = change_log(&place, 3);
        let object = CHAIN.replace("t_eu-west-1", name) + ".json.gz";
        let digest = unsigned(&object, "2026-05-31T23:30:00Z", &[log], &content);
        place.folder.write(&object, digest);
        let found = place.check();
        let told: Vec<&str> = found.problems.iter().map(|it| &*it.problem).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("expected a digest after it"), "{told:?}");
        assert!(told[1].contains("it was changed"), "{told:?}");
        assert_eq!(found.unchanged.len(), SIGNED - 1);
    }
}

#[test]
fn the_newest_digest_of_a_copy_tells_of_what_is_new_and_vouches_for_nothing() {
    let name = "111122223333_CloudTrail_eu-west-1_20260601T0115Z_forged.json.gz";
    let (old, new) = (
        format!("{DAY}/{name}"),
        format!("{DAY}/{}", name.replace("0115", "0345")),
    );
    let later = ["0602T0300", "0602T0301"].map(|moment| {
        let name = name.replace("0601T0115", moment);
        format!("{DAY}/{name}")
    });
    let [last, late] = later.clone();
    // Beside younger files what only the newest digest names is too old.
    for (log, problems) in [(old, 1), (new, 0), (last, 3), (late, 3)] {
        let place = deliver();
        let content = place.forge_log(&log);
        name_in_newest(&place, &log, &content);
        if later.contains(&log) {
            // The trail has gone on since.
            let (day, _) = log.rsplit_once("_20").unwrap();
            place.forge_log(&format!("{day}_20260603T0400Z_x.json.gz"));
        }
        let found = place.check();
        assert_eq!(
            found.problems.len(),
            problems,
            "{log}: {:?}",
            found.problems
        );
        let is_forged = |file: &digests::Delivered| file.path.ends_with(&log);
        assert!(!found.unchanged.iter().any(is_forged));
    }
    // It is compared with what it says of the first that it may name.
    let first = format!("{DAY}/111122223333_CloudTrail_eu-west-1_20260601T0245Z_x.json.gz");
    // So it is with one whose name tells no time.
    for log in [first, format!("{DAY}/odd.json.gz")] {
        let place = deliver();
        place.forge_log(&log);
        name_in_newest(&place, &log, b"another");
        assert!(place.problem().contains("it was changed"));
    }
    // Of the last that it may name it tells, and of the next one nothing.
    let [last, late] = later;
    let place = deliver();
    place.forge_log(&last);
    name_in_newest(&place, &last, b"another");
    assert!(place.problem().contains("it was changed"));
    let place = deliver();
    place.forge_log(&late);
    name_in_newest(&place, &late, b"another");
    assert_eq!(place.check().problems, []);
    let place = deliver();
    let (log, content) = change_log(&place, 3);
    name_in_newest(&place, &log, &content);
    let told = place.check().problems;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told.iter()
            .any(|it| it.problem.contains("that another digest names")),
        "{told:?}"
    );
    assert!(
        told.iter().any(|it| it.problem.contains("it was changed")),
        "{told:?}"
    );
}

#[test]
fn with_one_digest_alone_nothing_is_signed() {
    let place = deliver();
    for path in place.digests[1..].iter().chain(&place.logs[2..]) {
        fs::remove_file(path).unwrap();
    }
    assert!(
        place
            .problem()
            .contains("in the bucket its signature stands beside it")
    );
}

/// A copy within a copy, what is no part of a trail, and another region whose hours end at another minute.
#[test]
fn what_lies_beside_a_trail_is_no_problem() {
    let place = deliver();
    for path in place.digests.iter().chain(&place.logs) {
        let key = path.strip_prefix(place.folder.path()).unwrap();
        let copy = Path::new("backup").join(key);
        place
            .folder
            .write(copy.to_str().unwrap(), fs::read(path).unwrap());
    }
    place.folder.write("README.txt", "What lies here.");
    place.folder.write(
        "access/2026-06-01-00-00-00-0123",
        "79a59 bucket [01/Jun/2026] 192.0.2.3 REST.GET.OBJECT",
    );
    let found = place.check();
    assert_eq!(found.problems, []);
    assert_eq!(
        (found.digests, found.unchanged.len()),
        (HOURS * 2, SIGNED * 2)
    );
    assert_eq!((found.not_covered_yet, found.others), (4, 2));

    let place = deliver();
    place.forge_log(&format!(
        "{DAY}/111122223333_CloudTrail_eu-west-1_20260601T0346Z_x.json.gz"
    ));
    let both = deliver_in(place.folder, ("us-east-1", "04"));
    let found = both.check();
    assert_eq!(found.problems, []);
    assert_eq!((found.digests, found.not_covered_yet), (HOURS * 2, 5));
    // Of each only the later part was copied.
    for (digests, logs) in [(place.digests, place.logs), (both.digests, both.logs)] {
        for path in digests[..1].iter().chain(&logs[..2]) {
            fs::remove_file(path).unwrap();
        }
    }
    let found = checked(both.folder.path(), Window::default(), &public_keys());
    assert_eq!(found.problems, []);
}

/// Two links upwards make as many paths as one likes.
#[cfg(unix)]
#[test]
fn a_folder_that_links_lead_back_to_counts_once() {
    let place = deliver();
    for name in ["a", "b"] {
        std::os::unix::fs::symlink(".", place.folder.path().join(name)).unwrap();
    }
    let found = place.check();
    assert_eq!(found.problems, []);
    assert_eq!((found.digests, found.unchanged.len()), (HOURS, SIGNED));
}

#[test]
fn a_digest_counts_once_as_signed() {
    let place = deliver();
    let object = format!("{CHAIN}_20260601T043000Z.json.gz");
    let digest = unsigned(&object, "2026-06-01T04:30:00Z", &[], b"");
    let path = place.folder.write(&object, digest);
    // Names the digest before, as the one that CloudTrail wrote does.
    let mut genuine = json!(null);
    edit(&place.digests[HOURS - 1], |digest| genuine = digest.clone());
    edit(&path, |digest| {
        for part in ["S3Object", "HashValue", "Signature"] {
            let key = format!("previousDigest{part}");
            digest[&key] = genuine[&key].clone();
        }
    });
    let found = place.check();
    assert_eq!((found.digests, found.signed), (HOURS + 1, HOURS - 1));
    assert_eq!(found.problems.len(), 1, "{:?}", found.problems);
}

#[test]
fn young_is_what_the_next_digest_may_name() {
    let extra = |place: &Delivered, moment: &str| {
        place.forge_log(&format!(
            "{DAY}/111122223333_CloudTrail_eu-west-1_{moment}_x.json.gz"
        ));
    };
    for (moment, is_young) in [("20260601T0245Z", true), ("20260601T0244Z", false)] {
        let place = deliver();
        extra(&place, moment);
        let found = place.check();
        let told = (found.not_covered_yet, found.problems.len());
        assert_eq!(told, if is_young { (3, 0) } else { (2, 1) }, "{moment}");
    }
    // The last time that there is.
    let place = deliver();
    extra(&place, "99991230T2150Z");
    let told = place.check().problems;
    assert!(
        told[2].problem.contains("a digest that names it"),
        "{told:?}"
    );
    // Of a trail that goes on for days the digests are missing.
    let place = deliver();
    extra(&place, "20260601T0500Z");
    extra(&place, "20260602T0305Z");
    assert_eq!(place.check().problems, []);
    extra(&place, "20260602T0306Z");
    let problem = place.problem();
    assert!(
        problem.contains("0305Z") && problem.contains("a signed digest that names it"),
        "{problem}"
    );
    extra(&place, "20260602T0501Z");
    let told = place.check().problems;
    let last = told.last().unwrap();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(
        last.place.contains("0500Z") && last.problem.contains("a digest that names it"),
        "{last:?}"
    );
}

#[test]
fn without_a_digest_nothing_is_whole() {
    let place = deliver();
    fs::remove_dir_all(place.folder.path().join("AWSLogs")).unwrap();
    let wanted = format!(
        "{}: expected digest files below `CloudTrail-Digest`",
        place.folder.path().display()
    );
    let problem = place.problem();
    assert!(problem.starts_with(&wanted), "{problem}");
}

#[test]
fn folders_too_deep_are_told() {
    let place = deliver();
    let deep = |levels: usize| format!("{}x.json", "d/".repeat(levels));
    place.folder.write(&deep(63), trail(&[]));
    assert_eq!(place.check().problems, []);
    place.folder.write(&deep(64), trail(&[]));
    let problem = place.problem();
    assert!(problem.contains("folders within each other"), "{problem}");
}

/// What nobody has signed decides whom polgen asks for keys, and of which time.
#[test]
fn an_unsigned_digest_cannot_claim_any_region_and_time() {
    let place = deliver();
    let longest = "ap-southeast-99-abcd";
    for (number, region) in [
        "localhost",
        "evil.example-1",
        "EU-west-1",
        "eu-west-1@evil",
        "ap-southeast-99-abcde",
        longest,
    ]
    .into_iter()
    .enumerate()
    {
        let object = CHAIN.replace("eu-west-1/", &format!("{region}/"));
        let digest = unsigned(&object, "2026-06-01T02:00:00Z", &[], b"");
        let path = place
            .folder
            .write(&format!("{CHAIN}_{number}.json.gz"), digest);
        edit(&path, |digest| {
            digest["digestStartTime"] = json!("1970-01-01T00:00:00Z");
        });
    }
    let folder = digests::Folder(place.folder.path().to_owned());
    let read = Digests::read(&folder, Window::default());
    let regions = [longest, "eu-west-1"].map(str::to_owned);
    assert_eq!(read.regions(), regions.into());
    assert_eq!(read.start(), "2015-01-01T00:00:00Z".parse().ok());
    let empty = Folder::new();
    let folder = digests::Folder(empty.path().to_owned());
    assert_eq!(Digests::read(&folder, Window::default()).start(), None);
}
