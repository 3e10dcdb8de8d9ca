//! Names with characters that a policy cannot hold.
//!
//! IAM takes only tab, line feed, carriage return and U+0020 to U+00FF in a policy. What else stands in a name becomes `*`, which
//! is said like any other generalization.

use std::collections::BTreeSet;

use super::{Generalization, Grant};

/// Writes every grant with characters that IAM takes; what had to give way is added to the generalizations.
pub(super) fn fit(grants: Vec<Grant>, generalizations: &mut Vec<Generalization>) -> Vec<Grant> {
    let mut widened: BTreeSet<(String, String)> = BTreeSet::new();
    let fitted = grants
        .into_iter()
        .map(|grant| {
            if is_taken_whole(&grant.resource) {
                return grant;
            }
            let resource = starred(&grant.resource);
            widened.insert((resource.clone(), grant.resource));
            Grant { resource, ..grant }
        })
        .collect();
    let patterns: BTreeSet<&String> = widened.iter().map(|(pattern, _)| pattern).collect();
    generalizations.extend(patterns.into_iter().map(|pattern| Generalization {
        pattern: pattern.clone(),
        seen: widened.iter().filter(|(other, _)| other == pattern).count(),
        admits: "whatever the pattern matches".to_owned(),
        reason: "a policy cannot hold all characters of the name".to_owned(),
    }));
    fitted
}

/// Writes a pattern with characters that IAM takes; the rest becomes `*`.
pub(super) fn taken(pattern: &str) -> String {
    if is_taken_whole(pattern) {
        pattern.to_owned()
    } else {
        starred(pattern)
    }
}

/// Says whether IAM takes all characters of a text.
pub(super) fn is_taken_whole(text: &str) -> bool {
    text.chars().all(is_taken)
}

/// Says whether IAM takes the character in a policy. Source: the IAM user guide, grammar of the policy language.
fn is_taken(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{ff}')
}

/// Replaces each run of characters that IAM does not take by one `*`.
fn starred(text: &str) -> String {
    let mut starred = String::with_capacity(text.len());
    for character in text.chars() {
        if is_taken(character) {
            starred.push(character);
        } else if !starred.ends_with('*') {
            starred.push('*');
        }
    }
    starred
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_strange_characters_become_one_star() {
        assert_eq!(
            starred("arn:aws:s3:::b/日本/é.txt"),
            "arn:aws:s3:::b/*/é.txt"
        );
        assert_eq!(starred("a\u{1}\u{202e}b"), "a*b");
    }
}
