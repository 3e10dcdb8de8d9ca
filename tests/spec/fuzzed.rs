//! Hostile and damaged input for the readers of policies: nothing panics, and what is read is read the same again.

use polgen::catalog::Catalog;
use polgen::pattern::{ActionPattern, Pattern, escape_literal};
use polgen::policy::document::size_of_text;
use polgen::policy::evaluate::Principal;
use polgen::policy::lint::lint;
use polgen::policy::operator::Operator;
use polgen::policy::prove::{Containment, Options, contained};
use polgen::policy::{CompiledPolicy, Context, Document, PolicyKind, PolicySet, Request};
use proptest::prelude::*;

const KINDS: [PolicyKind; 3] = [
    PolicyKind::Identity,
    PolicyKind::Resource,
    PolicyKind::Trust,
];

/// Policies to be damaged.
const SEEDS: &[&str] = &[
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":["s3:Get*","iam:PassRole"],"Resource":"arn:aws:s3:::b/${aws:username, 'x'}/*","Condition":{"StringLike":{"aws:PrincipalTag/t":["a*","${*}"]},"NumericLessThan":{"s3:max-keys":5}}}]}"#,
    r#"{"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":["111122223333","*"],"Service":"s3.amazonaws.com"},"NotAction":"*","NotResource":"*","Condition":{"IpAddress":{"aws:SourceIp":"::/0"},"ForAnyValue:ArnLike":{"aws:SourceArn":"arn:*:*"}}}}"#,
    r#"{"Version":"2008-10-17","Id":"x","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Condition":{"DateLessThan":{"aws:CurrentTime":"2026-06-01"},"Bool":{"aws:SecureTransport":true},"Null":{"x:k":"true"}}}]}"#,
];

/// A seed with some of its bytes changed, removed or doubled.
fn damaged() -> impl Strategy<Value = String> {
    let changes =
        prop::collection::vec((any::<prop::sample::Index>(), 0..3_u8, any::<char>()), 0..6);
    (prop::sample::select(SEEDS), changes).prop_map(|(seed, changes)| {
        let mut characters: Vec<char> = seed.chars().collect();
        for (place, change, character) in changes {
            let place = place.index(characters.len());
            match change {
                0 => characters[place] = character,
                1 => characters.insert(place, characters[place]),
                _ => {
                    characters.remove(place);
                }
            }
        }
        characters.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in prop_oneof![any::<String>(), damaged()]) {
        size_of_text(&text);
        for kind in KINDS {
            if let Ok(document) = Document::parse(&text, kind) {
                let printed = document.to_string();
                prop_assert_eq!(Document::parse(&printed, kind), Ok(document.clone()));
                prop_assert_eq!(size_of_text(&printed), document.size());
            }
        }
    }

    #[test]
    fn whatever_is_read_is_decided_proved_and_linted(text in damaged(), resource in any::<String>(), value in any::<String>()) {
        for kind in KINDS {
            let Ok(document) = Document::parse(&text, kind) else { continue };
            let compiled = CompiledPolicy::new(&document);
            let keys = ["aws:username", "aws:PrincipalTag/t", "aws:SourceIp", "aws:CurrentTime", "aws:SourceArn", "s3:max-keys"];
            let context: Context = keys.map(|key| (key, vec![value.clone()])).into_iter().collect();
            let set = PolicySet { identity: vec![compiled.clone()], resource: Some(compiled.clone()), ..PolicySet::default() };
            set.decide(&Request::new("s3:GetObject", resource.clone(), context).by(Principal::parse(&value)));
            let options = Options { most_steps: 200_000, ..Options::default() };
            let own = [compiled];
            let found = contained(&own, &own, &options);
            prop_assert!(!matches!(found, Containment::NotContained(_)), "{:?}", found);
            lint(&document, kind, Catalog::bundled());
        }
    }

    #[test]
    fn patterns_take_any_text(text in any::<String>(), other in "[ab*?${}:,' ]{0,20}") {
        let literal = Pattern::parse(&escape_literal(&text));
        prop_assert_eq!(literal.as_literal(), Some(text.as_str()));
        prop_assert!(literal.matches(&text));
        for pattern in [Pattern::parse(&other), Pattern::parse_2008(&other), Pattern::parse(&text)] {
            let again = Pattern::parse(&pattern.to_string());
            prop_assert_eq!(&again, &pattern);
            prop_assert!(pattern.covers(&pattern));
            prop_assert_eq!(pattern.intersects(&literal), literal.intersects(&pattern));
            if pattern.matches(&text) {
                prop_assert!(pattern.covers(&literal) && pattern.intersects(&literal));
            }
        }
        ActionPattern::parse(&text).matches(&other);
        Operator::parse(&text);
        Operator::nearest(&text);
    }
}
