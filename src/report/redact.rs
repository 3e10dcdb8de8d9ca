//! Maps what belongs to an account (its id, names, ids, addresses) to stand-ins, so that a report can be shown to others.
//!
//! The same name has the same stand-in everywhere, by a key: who has the key can tell which stand-in a name has, nobody can go back without
//! trying names. What is AWS's own stays: services, actions, the words in ARNs, managed policies. Names are told by where they stand in
//! ARNs and by the members of JSON that hold names, and are then replaced wherever they stand.

mod words;

use std::collections::{BTreeMap, BTreeSet};

use ring::hmac;
use serde_json::Value;

use words::{Part, id_start, is_joint, literals, next_arn, parts, split_keeping};

use crate::arn::{Arn, is_account};
use crate::catalog::Catalog;
use crate::catalog::format::{Piece, pieces};

/// The shortest name that is replaced outside of ARNs; shorter ones would take words apart.
const SHORTEST: usize = 3;
/// How many parts of a word are tried together as a name.
const MOST_PARTS: usize = 16;
/// How deep JSON is walked; the parser goes no deeper.
const MOST_DEPTH: usize = 130;
/// Members of JSON, in lower case, whose values are names.
const NAME_KEYS: [&str; 11] = [
    "arn",
    "bucket",
    "file",
    "key",
    "location",
    "principalid",
    "prefix",
    "resource",
    "session",
    "sessions",
    "topic",
];
/// Members that end in `name` or `id` and hold the words of AWS and of policies.
const NO_NAMES: [&str; 4] = ["eventname", "event_name", "servicename", "sid"];

/// What is replaced, and by what.
#[derive(Debug)]
pub struct Redaction {
    key: hmac::Key,
    public: BTreeSet<String>,
    names: BTreeMap<String, String>,
}

impl Redaction {
    /// Starts with a key and AWS's own words.
    pub fn new(key: &[u8], catalog: &Catalog) -> Self {
        let mut public = BTreeSet::new();
        for service in catalog
            .prefixes()
            .filter_map(|prefix| catalog.service(prefix))
        {
            public.insert(service.prefix.clone());
            let formats = service.resource_types.values().flat_map(|kind| &kind.arns);
            for piece in formats.flat_map(|format| pieces(format)) {
                if let Piece::Text(text) = piece {
                    let words = text.split(is_joint).filter(|word| !word.is_empty());
                    public.extend(words.map(str::to_owned));
                }
            }
        }
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
            public,
            names: BTreeMap::new(),
        }
    }

    /// Learns the names in a text: JSON, JSON lines or any other.
    pub fn learn(&mut self, text: &str) {
        for part in parts(text) {
            match part {
                Part::Json(value, _) => self.learn_value(&value, false, 0),
                Part::Text(text) => self.learn_text(text),
            }
        }
    }

    /// Writes a text with stand-ins.
    pub fn apply(&self, text: &str) -> String {
        let mut written = String::with_capacity(text.len());
        for part in parts(text) {
            match part {
                Part::Json(mut value, is_pretty) => {
                    self.apply_value(&mut value, 0);
                    let json = if is_pretty {
                        serde_json::to_string_pretty(&value)
                    } else {
                        serde_json::to_string(&value)
                    };
                    written.push_str(&json.unwrap_or_default());
                    written.push('\n');
                }
                Part::Text(text) => written.push_str(&self.rewritten(text, false)),
            }
        }
        written
    }

    /// The recursion ends where the parser's does.
    fn learn_value(&mut self, value: &Value, is_name: bool, depth: usize) {
        match value {
            _ if depth > MOST_DEPTH => {}
            Value::String(text) if text.starts_with(['{', '[']) => self.learn(text),
            Value::String(text) if text.starts_with("arn:") => self.learn_arn(text),
            Value::String(text) if is_name => self.learn_name(text),
            Value::String(text) => self.learn_text(text),
            Value::Array(values) => {
                for value in values {
                    self.learn_value(value, is_name, depth + 1);
                }
            }
            Value::Object(members) => {
                for (key, value) in members {
                    self.learn_text(key);
                    let key = key.to_ascii_lowercase();
                    let ends_so = key.ends_with("name") || key.ends_with("id");
                    let is_name = NAME_KEYS.contains(&key.as_str())
                        || (ends_so && !NO_NAMES.contains(&key.as_str()));
                    self.learn_value(value, is_name, depth + 1);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn learn_text(&mut self, text: &str) {
        let mut rest = text;
        while let Some((before, arn, after)) = next_arn(rest, false) {
            self.learn_named_accounts(before);
            self.learn_arn(arn);
            rest = after;
        }
        self.learn_named_accounts(rest);
    }

    /// `app (111122223333)`, as reports write a role, and `111122223333/orders`, as addresses of queues do.
    fn learn_named_accounts(&mut self, text: &str) {
        let mut words = text.split(|one: char| !one.is_alphanumeric() && !"_.-".contains(one));
        while let Some(word) = words.next() {
            if is_account(word)
                && let Some(name) = words.next()
            {
                self.learn_name(name);
            }
        }
        for (at, _) in text.match_indices(" (") {
            let (before, after) = text.split_at_checked(at).unwrap_or_default();
            let account = after.get(2..14).unwrap_or_default();
            if is_account(account) && after.get(14..15) == Some(")") {
                let name = before
                    .rsplit(char::is_whitespace)
                    .next()
                    .unwrap_or_default();
                self.learn_name(name);
            }
        }
    }

    fn learn_arn(&mut self, text: &str) {
        let resource = match Arn::parse(text) {
            Some(arn) if arn.account == "aws" => return,
            Some(arn) => arn.resource,
            None => text,
        };
        let segments: Vec<String> = literals(resource).map(str::to_owned).collect();
        for segment in segments {
            self.learn_name(&segment);
        }
    }

    fn learn_name(&mut self, name: &str) {
        for word in name.split(is_joint).chain([name]) {
            let is_new = word.chars().count() >= SHORTEST
                && !is_account(word)
                && !self.public.contains(word)
                && !word
                    .chars()
                    .all(|one| one.is_ascii_digit() && word.len() < 5)
                && !self.names.contains_key(word);
            if is_new {
                let stand_in = self.stand_in("n", word);
                // Terraform takes no hyphens in its own names.
                self.names
                    .insert(word.replace('-', "_"), stand_in.replace('-', "_"));
                self.names.insert(word.to_owned(), stand_in);
            }
        }
    }

    fn apply_value(&self, value: &mut Value, depth: usize) {
        match value {
            _ if depth > MOST_DEPTH => *value = Value::Null,
            Value::String(text)
                if text.starts_with(['{', '[']) && serde_json::from_str::<Value>(text).is_ok() =>
            {
                let shown = self.apply(text);
                shown.trim_end().clone_into(text);
            }
            Value::String(text) => *text = self.rewritten(text, true),
            Value::Array(values) => values
                .iter_mut()
                .for_each(|value| self.apply_value(value, depth + 1)),
            Value::Object(members) => {
                let own = std::mem::take(members);
                for (key, mut value) in own {
                    self.apply_value(&mut value, depth + 1);
                    // Members of reports are words of polgen's, but some are ARNs and names.
                    let key = if key.contains(':') || self.names.contains_key(&key) && depth > 1 {
                        self.rewritten(&key, true)
                    } else {
                        key
                    };
                    members.insert(key, value);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Writes a text with stand-ins; as a whole it may be one ARN.
    fn rewritten(&self, text: &str, is_whole: bool) -> String {
        let mut written = String::with_capacity(text.len());
        if is_whole && let Some(stand_in) = self.names.get(text) {
            return stand_in.clone();
        }
        let mut rest = text;
        while let Some((before, arn, after)) = next_arn(rest, is_whole && rest.len() == text.len())
        {
            self.words(before, &mut written);
            self.arn(arn, &mut written);
            rest = after;
        }
        self.words(rest, &mut written);
        written
    }

    fn arn(&self, text: &str, written: &mut String) {
        match Arn::parse(text) {
            Some(arn) if arn.account == "aws" => written.push_str(text),
            Some(arn) => {
                let head = text.len() - arn.resource.len();
                self.words(text.get(..head).unwrap_or_default(), written);
                self.segments(arn.resource, written);
            }
            None => self.segments(text, written),
        }
    }

    fn segments(&self, resource: &str, written: &mut String) {
        for piece in split_keeping(resource) {
            if literals(piece).next().is_none() || self.public.contains(piece) {
                written.push_str(piece);
            } else if is_account(piece) {
                written.push_str(&self.account(piece));
            } else {
                let stand_in = self.names.get(piece).cloned();
                written.push_str(&stand_in.unwrap_or_else(|| self.stand_in("n", piece)));
            }
        }
    }

    fn words(&self, text: &str, written: &mut String) {
        let is_word = |one: char| one.is_alphanumeric() || "_.@+=-%".contains(one);
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let end = rest
                .find(|one| is_word(one) != is_word(first))
                .unwrap_or(rest.len());
            let (run, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
            if is_word(first) {
                written.push_str(&self.word(run));
            } else {
                written.push_str(run);
            }
            rest = tail;
        }
    }

    fn word(&self, word: &str) -> String {
        let bare = word.trim_end_matches('.');
        let end = word.get(bare.len()..).unwrap_or_default();
        let stand_in = if is_account(bare) {
            Some(self.account(bare))
        } else if let Some(known) = self.names.get(bare) {
            Some(known.clone())
        } else if bare.parse::<std::net::IpAddr>().is_ok() {
            Some(self.stand_in("ip", bare))
        } else if bare.contains('@') && bare.len() > SHORTEST {
            Some(self.stand_in("mail", bare))
        } else {
            id_start(bare).map(|start| self.stand_in(start, bare))
        };
        stand_in.map_or_else(|| self.within(word), |stand_in| stand_in + end)
    }

    /// Replaces names that are a part of a word: `billing-worker-used`.
    fn within(&self, word: &str) -> String {
        let is_edge = |one: char| !one.is_alphanumeric();
        let mut written = String::with_capacity(word.len());
        let mut rest = word;
        while let Some(first) = rest.chars().next() {
            let ends = rest
                .match_indices(is_edge)
                .map(|(at, _)| at)
                .chain([rest.len()]);
            let known = ends
                .filter(|_| !is_edge(first))
                .take(MOST_PARTS)
                .filter_map(|end| {
                    let (name, after) = rest.split_at_checked(end)?;
                    Some((self.names.get(name)?, after))
                });
            if let Some((stand_in, after)) = known.last() {
                written.push_str(stand_in);
                rest = after;
                continue;
            }
            let next = rest
                .find(is_edge)
                .map_or(rest.len(), |at| at.max(first.len_utf8()));
            let (part, after) = rest.split_at_checked(next).unwrap_or((rest, ""));
            written.push_str(part);
            rest = after;
        }
        written
    }

    fn stand_in(&self, start: &str, name: &str) -> String {
        let digest = hmac::sign(&self.key, name.as_bytes());
        let hex = hexadecimal(digest.as_ref().get(..5).unwrap_or_default());
        format!("{start}-{hex}")
    }

    /// Another account's id, for which there is one in ten thousand millions that it exists.
    fn account(&self, id: &str) -> String {
        let digest = hmac::sign(&self.key, id.as_bytes());
        let number = digest
            .as_ref()
            .iter()
            .take(8)
            .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        format!("{:012}", number % 1_000_000_000_000)
    }
}

/// Writes bytes as hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    let pairs = bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(text: &str) -> String {
        let mut redaction = Redaction::new(b"key", Catalog::bundled());
        redaction.learn(text);
        redaction.apply(text)
    }

    #[test]
    fn what_is_the_accounts_own_goes_and_what_is_awss_stays() {
        let text = "s3:GetObject on arn:aws:s3:::acme-bills/in/2026*: seen from 192.0.2.7 by acme-bills, vpc-0abc1234, AROAEXAMPLEEXAMPLE12";
        let shown = redacted(text);
        for secret in ["acme", "192.0.2.7", "0abc1234", "EXAMPLE"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(
            shown.starts_with("s3:GetObject on arn:aws:s3:::n-"),
            "{shown}"
        );
        assert!(shown.contains("*: seen from ip-"), "{shown}");
        let managed = "arn:aws:iam::aws:policy/ReadOnlyAccess";
        assert_eq!(redacted(managed), managed);
        assert!(
            redacted("arn:aws:dynamodb:eu-west-1:111122223333:table/orders").contains(":table/n-")
        );
    }

    #[test]
    fn a_name_has_one_stand_in_and_another_key_another() {
        let shown = redacted(
            r#"{"role":{"name":"web-api"},"resource":"arn:aws:iam::111122223333:role/web-api","why":"web-api did it"}"#,
        );
        let value: Value = serde_json::from_str(&shown).unwrap();
        let name = value["role"]["name"].as_str().unwrap();
        assert!(name.starts_with("n-"));
        assert!(
            value["resource"]
                .as_str()
                .unwrap()
                .ends_with(&format!(":role/{name}")),
            "{shown}"
        );
        assert_eq!(value["why"], format!("{name} did it"));
        let mut other = Redaction::new(b"other", Catalog::bundled());
        other.learn(r#"{"name":"web-api"}"#);
        assert!(!other.apply("web-api").contains(name));
        assert_eq!(other.apply("web-apis"), "web-apis");
        let longer = other.apply("the-web-api-used, web_api_used");
        assert!(
            !longer.contains("web") && longer.starts_with("the-n-"),
            "{longer}"
        );
    }
}
