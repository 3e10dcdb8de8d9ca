//! Digests against each other: a digest is signed in the one after it, and beside its object.
//!
//! Whoever forges a digest chooses what stands in it: its name, its times, and what it says of the digest before it. So what it says of
//! another's content or signature counts for nothing against a signature that is right, each digest has one problem at most, and each signature is
//! checked once.

use std::collections::{BTreeMap, BTreeSet};

use super::{Digests, chain_of};
use crate::time::Timestamp;
use crate::trail::digest::{Digest, PublicKey};

/// What the digests are worth, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Chains {
    /// Those that CloudTrail signed.
    pub(super) signed: BTreeSet<usize>,
    /// The newest one of each chain of a copy, whose signature was lost.
    pub(super) newest: BTreeSet<usize>,
    /// What is wrong with the others.
    problems: BTreeMap<usize, String>,
}

/// What digests say of the one before them: the signatures by its hash.
type Said<'d> = BTreeMap<&'d str, BTreeSet<&'d str>>;

impl Chains {
    fn problem(&mut self, at: usize, problem: String) {
        self.problems.entry(at).or_insert(problem);
    }
}

impl Digests<'_> {
    /// Each digest against those that follow it, its signature and the key.
    pub(super) fn check_chains(&mut self, keys: &[PublicKey]) -> Chains {
        let mut chains = Chains::default();
        self.check_followed(keys, &mut chains);
        self.check_beside(keys, &mut chains);
        self.check_before(&mut chains);
        for (at, problem) in &chains.problems {
            if let Some((file, _)) = self.read.get(*at) {
                let file = file.clone();
                self.problem(&file, problem.clone());
            }
        }
        chains
    }

    /// Each digest against what others say of the one before them.
    fn check_followed(&self, keys: &[PublicKey], chains: &mut Chains) {
        let mut said: BTreeMap<&str, Said<'_>> = BTreeMap::new();
        for previous in self.read.iter().filter_map(|(_, digest)| digest.previous()) {
            let of_object = said.entry(previous.object).or_default();
            let signatures = of_object.entry(previous.hash).or_default();
            signatures.insert(previous.signature);
        }
        let mut judged: BTreeMap<(&str, &str), Result<(), String>> = BTreeMap::new();
        for (at, (_, digest)) in self.read.iter().enumerate() {
            let (object, hash) = (digest.object.as_str(), digest.hash.as_str());
            let Some(said) = said.get(object) else {
                continue;
            };
            let judge = || judged_by(said.get(hash), digest, keys);
            match judged.entry((object, hash)).or_insert_with(judge) {
                Ok(()) => {
                    chains.signed.insert(at);
                }
                Err(problem) => chains.problem(at, problem.clone()),
            }
        }
    }

    /// The digests that no other shows to be signed, against the signature that stands beside them.
    fn check_beside(&self, keys: &[PublicKey], chains: &mut Chains) {
        let (mut unsigned, mut last) = (Vec::new(), BTreeMap::new());
        for (at, (file, digest)) in self.read.iter().enumerate() {
            let is_key_known = || key_of(digest, keys).is_some();
            if chains.signed.contains(&at) || (chains.problems.contains_key(&at) && !is_key_known())
            {
                continue;
            }
            let signature = self.delivery.signature(file);
            match signature.map(|signature| Some(check(digest, &signature?, keys))) {
                Ok(None) => {
                    last.insert(chain_of(digest), digest.hash.as_str());
                    unsigned.push((at, digest));
                }
                Ok(Some(Ok(()))) => {
                    chains.signed.insert(at);
                    chains.problems.remove(&at);
                }
                Ok(Some(Err(problem))) | Err(problem) => chains.problem(at, problem),
            }
        }
        // Whoever forges a digest chooses its name, so a chain counts only if some of it is signed.
        let known: BTreeSet<String> = self
            .these(&chains.signed)
            .map(|it| chain_of(&it.1))
            .collect();
        for (at, digest) in unsigned {
            let chain = chain_of(digest);
            if known.contains(&chain) && last.get(&chain) == Some(&digest.hash.as_str()) {
                chains.newest.insert(at);
            } else {
                let problem = "expected a digest after it that names it, found none: nothing shows that CloudTrail wrote it; in the bucket its signature stands beside it";
                chains.problem(at, problem.to_owned());
            }
        }
    }

    /// Each digest but the oldest of its chain against the one before it, which has to be there.
    fn check_before(&self, chains: &mut Chains) {
        let digests = || self.read.iter().map(|(_, digest)| digest);
        let objects: BTreeSet<&str> = digests().map(|it| it.object.as_str()).collect();
        let mut oldest: BTreeMap<String, Timestamp> = BTreeMap::new();
        for digest in digests() {
            if let Some(start) = digest.start() {
                let known = oldest.entry(chain_of(digest)).or_insert(start);
                *known = start.min(*known);
            }
        }
        for (at, digest) in digests().enumerate() {
            let Some(previous) = digest.previous() else {
                continue;
            };
            let is_oldest = digest.start().as_ref() <= oldest.get(&chain_of(digest));
            if !is_oldest && !objects.contains(previous.object) {
                let problem = format!(
                    "expected the digest before it, `{}`, found none",
                    previous.object
                );
                chains.problem(at, problem);
            }
        }
    }
}

/// Whether one of the signatures that are said of a digest with this content is right.
fn judged_by(
    signatures: Option<&BTreeSet<&str>>,
    digest: &Digest,
    keys: &[PublicKey],
) -> Result<(), String> {
    let mut judged = Err(
        "expected the content that the digest after it names, found another: it was changed, or that one was forged"
            .to_owned(),
    );
    for signature in signatures.into_iter().flatten() {
        judged = check(digest, signature, keys);
        if judged.is_ok() {
            break;
        }
    }
    judged
}

fn check(digest: &Digest, signature: &str, keys: &[PublicKey]) -> Result<(), String> {
    let Some(key) = key_of(digest, keys) else {
        return Err(format!(
            "expected the public key `{}` among those given, found none",
            digest.digest_public_key_fingerprint
        ));
    };
    if digest.is_signed(signature, key) {
        return Ok(());
    }
    Err("expected CloudTrail's signature, found another: it was changed or forged".to_owned())
}

fn key_of<'k>(digest: &Digest, keys: &'k [PublicKey]) -> Option<&'k PublicKey> {
    let fingerprint = &digest.digest_public_key_fingerprint;
    keys.iter().find(|key| key.fingerprint == *fingerprint)
}
