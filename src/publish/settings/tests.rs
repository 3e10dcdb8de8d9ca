//! Settings changed in memory: what fails is put back, to the byte, and what others changed is left alone.

use std::collections::BTreeMap;

use super::*;

const OLD: &str = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"},"Version":"2012-10-17"}"#;

/// Settings in memory, with writes that fail by their number.
#[derive(Default)]
struct Memory {
    values: BTreeMap<Key, String>,
    writes: usize,
    fails: Option<usize>,
    /// What is written there is answered for, and not kept.
    deaf: Option<Kind>,
}

impl Settings for Memory {
    fn read(&mut self, key: &Key) -> Result<Option<String>, AwsError> {
        Ok(self.values.get(key).cloned())
    }

    fn write(&mut self, key: &Key, value: Option<&str>) -> Result<(), AwsError> {
        self.writes += 1;
        if self.fails == Some(self.writes) {
            return Err(AwsError::other("s3:PutBucketPolicy", "refused"));
        }
        if self.deaf == Some(key.kind) {
            return Ok(());
        }
        match value {
            Some(value) => self.values.insert(key.clone(), value.to_owned()),
            None => self.values.remove(key),
        };
        Ok(())
    }

    fn settle(&mut self) {}
}

fn key(kind: Kind) -> Key {
    Key {
        kind,
        arn: "arn:aws:s3:::b".to_owned(),
    }
}

fn changes() -> Vec<Change> {
    let change = |kind, before: Option<&str>, wanted: &str| Change {
        key: key(kind),
        before: before.map(str::to_owned),
        wanted: wanted.to_owned(),
    };
    vec![
        change(Kind::BucketBlock, None, &all_switches()),
        change(Kind::BucketPolicy, Some(OLD), "{\"Statement\":[]}"),
        change(Kind::Versioning, None, "Enabled"),
    ]
}

fn before() -> Memory {
    let values = changes().into_iter();
    let values = values.filter_map(|one| Some((one.key, one.before?)));
    Memory {
        values: values.collect(),
        ..Memory::default()
    }
}

#[test]
fn whatever_fails_all_is_as_before() {
    let mut all = before();
    mend(&mut all, &changes()).unwrap();
    assert_eq!(all.values.len(), 3);
    for number in 1..=3 {
        let mut store = before();
        store.fails = Some(number);
        let half = mend(&mut store, &changes()).unwrap_err();
        assert_eq!(
            (half.error.problem.as_str(), &half.left),
            ("refused", &None)
        );
        assert_eq!(store.values, before().values, "write {number}");
    }
}

#[test]
fn the_way_back_restores_texts_to_the_byte() {
    let mut store = before();
    let kept: Vec<Kept> = changes().iter().map(Kept::of).collect();
    mend(&mut store, &changes()).unwrap();
    put_back(&mut store, &kept).unwrap();
    assert_eq!(store.values, before().values);
    let writes = store.writes;
    put_back(&mut store, &kept).unwrap();
    assert_eq!(store.writes, writes, "nothing is left to do");
}

#[test]
fn what_somebody_else_changed_is_left_alone() {
    let mut store = before();
    let other = "{\"Statement\":[\"theirs\"]}";
    store
        .values
        .insert(key(Kind::BucketPolicy), other.to_owned());
    let half = mend(&mut store, &changes()).unwrap_err();
    assert!(half.error.problem.contains("somebody else"), "{half:?}");
    assert_eq!(half.left, None);
    assert_eq!(store.values.get(&key(Kind::BucketPolicy)).unwrap(), other);
    assert_eq!(store.values.len(), 1, "the block is gone again");
}

#[test]
fn what_does_not_read_as_it_was_written_is_not_taken_for_done() {
    let mut store = before();
    store.deaf = Some(Kind::BucketPolicy);
    let half = mend(&mut store, &changes()).unwrap_err();
    let problem = &half.error.problem;
    assert!(
        problem.ends_with("it does not read as it was written"),
        "{problem}"
    );
    assert_eq!(half.left, None);
    assert_eq!(store.values, before().values);
    // Nor on the way back.
    let mut store = before();
    mend(&mut store, &changes()).unwrap();
    store.deaf = Some(Kind::BucketBlock);
    let kept: Vec<Kept> = changes().iter().map(Kept::of).collect();
    assert!(put_back(&mut store, &kept).is_err());
}

#[test]
fn statements_are_added_and_words_kept() {
    let added = Document::parse(
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"T","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}"#,
        PolicyKind::Resource,
    )
    .unwrap();
    let mut whole = Document::parse(OLD, PolicyKind::Resource).unwrap();
    whole.statements.extend(added.statements.clone());
    let text = policy(Some(OLD), &added, &whole).unwrap();
    assert!(text.contains(r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#));
    assert!(text.contains("aws:SecureTransport"));
    // A policy that is not the one that was proved is refused.
    assert_eq!(policy(None, &added, &whole), None);
    assert!(policy(None, &added, &added).is_some());
}

#[test]
fn encryption_keeps_what_else_the_rule_says() {
    let old = r#"[{"SSEAlgorithm":"AES256","KMSMasterKeyID":null,"BucketKeyEnabled":false,"BlockedEncryptionTypes":["SSE-C"]}]"#;
    let new = encryption(Some(old), Some("k"));
    assert!(
        new.contains("SSE-C") && new.contains("aws:kms") && new.contains("\"k\""),
        "{new}"
    );
    let read = r#"[{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"x","BucketKeyEnabled":true}]"#;
    assert!(is_same(
        &key(Kind::Encryption),
        Some(read),
        Some(&encryption(None, None))
    ));
    assert!(!is_same(
        &key(Kind::Encryption),
        Some(old),
        Some(&encryption(None, None))
    ));
}

#[test]
fn keys_of_s3_are_not_exchanged_for_one_in_kms() {
    let fix = |is_by_s3| Fix {
        target: crate::posture::Identity {
            id: "b".to_owned(),
            spot: crate::posture::Spot {
                file: "arn:aws:s3:::b".to_owned(),
                line: 0,
            },
            name: Some("b".to_owned()),
            origin: crate::posture::Origin::Aws,
            parts: BTreeMap::new(),
        },
        rules: vec!["bucket-without-kms"],
        remedy: Remedy::Encryption {
            key: None,
            is_by_s3,
        },
        cautions: Vec::new(),
        is_elsewhere: false,
        was_set: true,
    };
    assert_eq!(Change::key_of(&fix(true)), None);
    assert_eq!(Change::key_of(&fix(false)), Some(key(Kind::Encryption)));
    // What is stronger stays.
    let dual = r#"[{"SSEAlgorithm":"aws:kms:dsse","KMSMasterKeyID":"k"}]"#;
    assert!(encryption(Some(dual), Some("k")).contains("aws:kms:dsse"));
}
