//! Names that no policy can hold: which are set aside, which become patterns, and where the line between them runs.

use serde_json::{Value, json};

use super::*;
use crate::synthesis::{Conditions, Purpose};

const OBJECT: &str = "s3:GetObject";
const BUCKET: &str = "s3:ListBucket";
const SECRET: &str = "secretsmanager:GetSecretValue";

fn grant(action: &str, resource: &str) -> Grant {
    Grant {
        purpose: Purpose::Observed,
        action: action.to_owned(),
        resource: resource.to_owned(),
        conditions: Conditions::new(),
    }
}

fn asked(action: &str, resource: &str) -> Option<&'static str> {
    problem(&grant(action, resource), Catalog::bundled())
}

/// A usage with these accesses, each with its number of uses.
fn used(accesses: &[(&str, &str, u64)]) -> RoleUsage {
    let one = |(action, resource, count): &(&str, &str, u64)| {
        let access = json!({ "action": action, "resource": resource, "scope": "exact", "reason": "operation", "rule": "r" });
        let operation = json!({ "source": "s", "name": "n" });
        json!([{ "access": access, "operation": operation }, { "count": count }])
    };
    let arn = "arn:aws:iam::111122223333:role/app";
    let role = json!({ "account": "111122223333", "name": "app", "arn": arn, "has_path": true });
    let uses: Vec<Value> = accesses.iter().map(one).collect();
    serde_json::from_value(json!({ "role": role, "events": 1, "uses": uses })).unwrap()
}

#[test]
fn runs_of_strange_characters_become_one_star() {
    assert_eq!(
        starred("arn:aws:s3:::b/日本/é.txt"),
        "arn:aws:s3:::b/*/é.txt"
    );
    assert_eq!(starred("a\u{1}\u{202e}b"), "a*b");
    assert_eq!(starred("日"), "*");
    assert_eq!(taken("a日b") + &taken("a b") + &taken("日"), "a*ba b*");
}

/// Source: the IAM user guide, grammar of the policy language: tab, line feed, carriage return, and U+0020 to U+00FF.
#[test]
fn the_characters_of_a_policy_are_these_and_no_others() {
    let wanted = |character: char| {
        let number = u32::from(character);
        [9, 10, 13].contains(&number) || (0x20..=0xff).contains(&number)
    };
    for character in ('\0'..='\u{2fff}').chain(['\u{202e}', '\u{ffff}', '\u{10ffff}']) {
        let is = is_taken(character);
        assert_eq!(is, wanted(character), "{character:?}");
        assert_eq!(is_taken_whole(&format!("a{character}b")), is);
    }
    assert!(is_taken_whole(""));
    assert!(!is_taken_whole("日本"));
}

#[test]
fn only_an_open_ended_part_may_hold_what_a_policy_cannot() {
    let refused = Some("its name holds characters that no policy can hold");
    assert_eq!(asked(OBJECT, "arn:aws:s3:::b/plain"), None);
    // From the first character of the key on, and not before.
    for open in ["日", "日/a", "a/日", "a\u{202e}"] {
        assert_eq!(
            asked(OBJECT, &format!("arn:aws:s3:::b/{open}")),
            None,
            "{open}"
        );
    }
    for closed in ["日/a", "日/日", "b日/a"] {
        assert_eq!(
            asked(OBJECT, &format!("arn:aws:s3:::{closed}")),
            refused,
            "{closed}"
        );
    }
    assert_eq!(asked(BUCKET, "arn:aws:s3:::日"), refused);
    let queue = "arn:aws:sqs:eu-west-1:111122223333:日";
    assert_eq!(asked("sqs:SendMessage", queue), refused);
    // No ARN, no action, and no type that it is of: nothing shows an open part.
    assert_eq!(asked(OBJECT, "日"), refused);
    assert_eq!(asked("s3:NoSuchAction", "arn:aws:s3:::b/日"), refused);
    // The end of a secret's name is random, and not open to whoever names it.
    let secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:日-a1B2c3";
    assert_eq!(asked(SECRET, secret), refused);
    assert_eq!(asked(SECRET, &secret.replace('日', "db")), None);
}

#[test]
fn a_name_may_be_as_long_as_an_arn_and_no_longer() {
    let refused = Some("no resource has so long a name");
    let start = "arn:aws:s3:::b/";
    let of = |letter: &str, count: usize| {
        let name = letter.repeat(count - start.len());
        asked(OBJECT, &format!("{start}{name}"))
    };
    // Characters count, not bytes.
    for letter in ["k", "é", "日"] {
        assert_eq!(of(letter, MOST_CHARACTERS), None, "{letter}");
        assert_eq!(of(letter, MOST_CHARACTERS + 1), refused, "{letter}");
    }
}

#[test]
fn what_is_set_aside_is_told_with_its_uses() {
    let (queue, bucket) = ("arn:aws:sqs:eu-west-1:111122223333:日", "arn:aws:s3:::b");
    let usage = used(&[("sqs:SendMessage", queue, 7), (BUCKET, bucket, 3)]);
    let observed = vec![grant(BUCKET, bucket), grant("sqs:SendMessage", queue)];
    let mut withheld = Vec::new();
    let kept = sift(observed, &usage, Catalog::bundled(), &mut withheld);
    assert_eq!(kept, [grant(BUCKET, bucket)]);
    let wanted = Withheld {
        by: WithheldBy::Name,
        action: "sqs:SendMessage".to_owned(),
        resource: queue.to_owned(),
        uses: 7,
        reason: "its name holds characters that no policy can hold".to_owned(),
    };
    assert_eq!(withheld, [wanted]);
    let kept = sift(kept, &usage, Catalog::bundled(), &mut withheld);
    assert_eq!((kept.len(), withheld.len()), (1, 1));
}

#[test]
fn a_long_name_is_shown_in_part() {
    assert_eq!(shortened("é".repeat(200)), "é".repeat(200));
    assert_eq!(shortened("é".repeat(201)), format!("{}…", "é".repeat(200)));
    let far = grant(OBJECT, &format!("arn:aws:s3:::b/{}", "k".repeat(3_000)));
    let mut withheld = Vec::new();
    assert!(sift(vec![far], &used(&[]), Catalog::bundled(), &mut withheld).is_empty());
    let shown: Vec<(usize, u64)> = withheld
        .iter()
        .map(|one| (one.resource.chars().count(), one.uses))
        .collect();
    assert_eq!(shown, [(201, 0)]);
}

#[test]
fn each_pattern_is_told_once_with_what_it_stands_for() {
    let names = ["a/日", "a/本", "b/\u{1}c", "plain", "star*"];
    let grants = names.map(|name| grant(OBJECT, &format!("arn:aws:s3:::b/{name}")));
    let mut generalizations = Vec::new();
    let fitted = fit(grants.to_vec(), &mut generalizations);
    let resources: Vec<&str> = fitted
        .iter()
        .map(|grant| grant.resource.trim_start_matches("arn:aws:s3:::b/"))
        .collect();
    assert_eq!(resources, ["a/*", "a/*", "b/*c", "plain", "star*"]);
    assert!(fitted.iter().all(|grant| grant.action == OBJECT));
    let told: Vec<(&str, usize, &str)> = generalizations
        .iter()
        .map(|one| (one.pattern.as_str(), one.seen, one.reason.as_str()))
        .collect();
    let wanted = [
        ("arn:aws:s3:::b/a/*", 2, NO_SUCH_CHARACTERS),
        ("arn:aws:s3:::b/b/*c", 1, NO_SUCH_CHARACTERS),
    ];
    assert_eq!(told, wanted);
}
