//! Settings that hardening changes: what was there, what is wanted, and the way between, one setting at a time.
//!
//! A setting is a text, or nothing. Before the first change all that was there is in the rollback file. Each setting is read again before
//! it is written, so that what somebody else changed meanwhile is not written over, and after it, until it reads as it should. Where one
//! fails, those that were changed are put back.

mod aws;
mod file;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::harden::fix::{Fix, Remedy};
use crate::policy::{Document, PolicyKind};
use crate::source::aws::AwsError;

pub use aws::AwsSettings;
pub use file::{Kept, SettingsRollback};

/// How often a setting is read until it reads as it was written.
const LOOKS: usize = 6;

/// What kind of setting it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The account's public access block.
    AccountBlock,
    /// A bucket's public access block.
    BucketBlock,
    /// A bucket's policy.
    BucketPolicy,
    /// A bucket's versioning.
    Versioning,
    /// A bucket's default encryption.
    Encryption,
    /// A stack's termination protection.
    TerminationProtection,
}

/// Which setting of what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// What it is.
    pub kind: Kind,
    /// The ARN of what has it.
    pub arn: String,
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            Kind::AccountBlock | Kind::BucketBlock => "public access block",
            Kind::BucketPolicy => "policy",
            Kind::Versioning => "versioning",
            Kind::Encryption => "default encryption",
            Kind::TerminationProtection => "termination protection",
        };
        write!(formatter, "{what} of {}", self.arn)
    }
}

/// Where settings are.
pub trait Settings {
    /// Reads one; none if it is not set.
    fn read(&mut self, key: &Key) -> Result<Option<String>, AwsError>;
    /// Writes one, or takes it away.
    fn write(&mut self, key: &Key, value: Option<&str>) -> Result<(), AwsError>;
    /// Waits a moment for a change to be known everywhere.
    fn settle(&mut self);
}

/// A change of one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub key: Key,
    /// What is there.
    pub before: Option<String>,
    /// What is wanted.
    pub wanted: String,
}

/// A run that did not go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Half {
    /// What went wrong first.
    pub error: AwsError,
    /// What kept the settings from being put back; none: all is as before.
    pub left: Option<AwsError>,
}

impl Change {
    /// The setting that a fix changes; none for what only a person can do.
    pub fn key_of(fix: &Fix) -> Option<Key> {
        if !fix.remedy.is_safe() {
            return None;
        }
        let kind = match &fix.remedy {
            Remedy::AccountBlock => Kind::AccountBlock,
            Remedy::BucketBlock => Kind::BucketBlock,
            Remedy::BucketPolicy { .. } => Kind::BucketPolicy,
            Remedy::Versioning => Kind::Versioning,
            Remedy::Encryption { .. } => Kind::Encryption,
            Remedy::TerminationProtection => Kind::TerminationProtection,
            _ => return None,
        };
        let arn = fix.target.spot.file.clone();
        arn.starts_with("arn:").then_some(Key { kind, arn })
    }

    /// Makes the change of a fix from what is there now.
    pub fn of(fix: &Fix, key: Key, before: Option<String>) -> Result<Self, AwsError> {
        let wanted = match &fix.remedy {
            Remedy::Encryption { key, .. } => encryption(before.as_deref(), key.as_deref()),
            Remedy::BucketPolicy { added, whole, .. } => {
                let added = Document::new(added.clone());
                policy(before.as_deref(), &added, whole).ok_or_else(|| meddled(&key))?
            }
            Remedy::Versioning => "Enabled".to_owned(),
            Remedy::TerminationProtection => "true".to_owned(),
            _ => all_switches(),
        };
        Ok(Self {
            key,
            before,
            wanted,
        })
    }
}

/// All four switches on.
fn all_switches() -> String {
    json!({
        "BlockPublicAcls": true,
        "IgnorePublicAcls": true,
        "BlockPublicPolicy": true,
        "RestrictPublicBuckets": true,
    })
    .to_string()
}

/// Default encryption with KMS; what else the rule says is kept.
fn encryption(before: Option<&str>, key: Option<&str>) -> String {
    let rules = before.and_then(|text| serde_json::from_str::<Json>(text).ok());
    let mut rule = rules.and_then(|rules| rules.get(0).cloned());
    let rule = rule.get_or_insert_with(|| json!({}));
    if let Json::Object(members) = rule {
        let algorithm = members.get("SSEAlgorithm").and_then(Json::as_str);
        if !algorithm.is_some_and(|name| name.starts_with("aws:kms")) {
            members.insert("SSEAlgorithm".to_owned(), "aws:kms".into());
        }
        members.insert("KMSMasterKeyID".to_owned(), key.into());
        members.insert("BucketKeyEnabled".to_owned(), true.into());
    }
    json!([rule]).to_string()
}

/// The policy with statements added behind those that are there, whose words stay as they are; none unless it reads as the one that
/// was proved.
fn policy(before: Option<&str>, added: &Document, whole: &Document) -> Option<String> {
    let mut text: Json = match before {
        Some(before) => serde_json::from_str(before).ok()?,
        None => json!({"Version": "2012-10-17", "Statement": []}),
    };
    let new = added.to_json();
    let new = new.get("Statement")?.as_array()?.clone();
    let statements = text.as_object_mut()?.get_mut("Statement")?;
    if let Json::Object(_) = statements {
        *statements = json!([statements.clone()]);
    }
    statements.as_array_mut()?.extend(new);
    let text = text.to_string();
    let read = Document::parse(&text, PolicyKind::Resource).ok()?;
    (read.statements == whole.statements).then_some(text)
}

fn meddled(key: &Key) -> AwsError {
    let problem = format!("{key}: it was changed by somebody else meanwhile");
    AwsError {
        hint: Some("run the same command again".to_owned()),
        ..AwsError::other("", problem)
    }
}

/// Makes the changes. If one fails, those that were made are put back.
pub fn mend(store: &mut impl Settings, changes: &[Change]) -> Result<(), Box<Half>> {
    for (index, change) in changes.iter().enumerate() {
        if let Err(error) = one(store, change) {
            let made = changes.get(..=index).unwrap_or(changes);
            let before: Vec<Kept> = made.iter().map(Kept::of).collect();
            let left = if error.meddled {
                let others = before.get(..index).unwrap_or_default();
                put_back(store, others).err()
            } else {
                put_back(store, &before).err()
            };
            return Err(Box::new(Half {
                error: error.error,
                left,
            }));
        }
    }
    Ok(())
}

struct Failed {
    error: AwsError,
    /// Somebody else changed the setting, so that it is left alone.
    meddled: bool,
}

impl From<AwsError> for Failed {
    fn from(error: AwsError) -> Self {
        Self {
            error,
            meddled: false,
        }
    }
}

fn one(store: &mut impl Settings, change: &Change) -> Result<(), Failed> {
    let key = &change.key;
    let now = store.read(key)?;
    if is_same(key, now.as_deref(), Some(&change.wanted)) {
        return Ok(());
    }
    if now != change.before {
        return Err(Failed {
            error: meddled(key),
            meddled: true,
        });
    }
    Ok(written(store, key, Some(&change.wanted))?)
}

/// Puts settings back to what was there before. It can be done again until it has gone through.
pub fn put_back(store: &mut impl Settings, before: &[Kept]) -> Result<(), AwsError> {
    for kept in before.iter().rev() {
        let now = store.read(&kept.key)?;
        if !is_back(&kept.key, now.as_deref(), kept.value.as_deref()) {
            written(store, &kept.key, kept.value.as_deref())?;
        }
    }
    Ok(())
}

/// Says whether a setting is as it was: texts to the byte, but that versioning, once on, can only be suspended.
pub fn is_back(key: &Key, now: Option<&str>, before: Option<&str>) -> bool {
    let is_off = |value: Option<&str>| matches!(value, None | Some("Suspended"));
    now == before || key.kind == Kind::Versioning && is_off(now) && is_off(before)
}

/// Writes a setting, and looks until it reads so.
fn written(store: &mut impl Settings, key: &Key, value: Option<&str>) -> Result<(), AwsError> {
    store.write(key, value)?;
    for _ in 0..LOOKS {
        let now = store.read(key)?;
        if is_same(key, now.as_deref(), value) || is_back(key, now.as_deref(), value) {
            return Ok(());
        }
        store.settle();
    }
    let problem = format!("{key}: it does not read as it was written");
    Err(AwsError::other("", problem))
}

/// Says whether two values say the same. AWS may write a document anew, and adds what a rule leaves open.
fn is_same(key: &Key, now: Option<&str>, wanted: Option<&str>) -> bool {
    let (Some(now), Some(wanted)) = (now, wanted) else {
        return now == wanted;
    };
    let read = |text: &str| serde_json::from_str::<Json>(text).ok();
    match (key.kind, read(now), read(wanted)) {
        (Kind::Encryption, Some(now), Some(wanted)) => holds(&now, &wanted),
        (_, Some(now), Some(wanted)) => now == wanted,
        _ => now == wanted,
    }
}

/// Says whether one value has all that another says.
fn holds(now: &Json, wanted: &Json) -> bool {
    match (now, wanted) {
        (_, Json::Null) => true,
        (Json::Object(now), Json::Object(wanted)) => {
            let mut all = wanted.iter();
            all.all(|(key, value)| now.get(key).is_some_and(|own| holds(own, value)))
        }
        (Json::Array(now), Json::Array(wanted)) => {
            now.len() == wanted.len() && now.iter().zip(wanted).all(|(own, one)| holds(own, one))
        }
        _ => now == wanted,
    }
}
