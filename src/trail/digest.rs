//! CloudTrail's digest files: which log files were delivered, with their hashes, signed and chained by the hour.
//!
//! A digest names the digest before it with its hash and its signature; its own signature stands beside it, in the object's
//! metadata, and once more in the digest that follows. Source: CloudTrail user guide, "CloudTrail digest file structure" and
//! "Custom implementations of CloudTrail log file integrity validation".

use std::fmt::Write as _;

use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::time::Timestamp;

/// The only algorithm that CloudTrail signs with.
const ALGORITHM: &str = "SHA256withRSA";

/// The longest key of an object. Source: Amazon S3 user guide, "Creating object key names".
const MOST_KEY_BYTES: usize = 1024;
/// The digits of a signature by the largest key that is taken, of 8,192 bits.
const MOST_SIGNATURE_DIGITS: usize = 2048;
/// The digits of a SHA-256.
const HASH_DIGITS: usize = 64;

/// A digest file's content.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Digest {
    /// The first moment that it covers, as written.
    pub digest_start_time: String,
    /// The moment at which its time ends, as written: the text is part of what is signed.
    pub digest_end_time: String,
    #[serde(rename = "digestS3Bucket")]
    bucket: String,
    /// The key that it was delivered under.
    #[serde(rename = "digestS3Object")]
    pub object: String,
    /// Which key signs it.
    pub digest_public_key_fingerprint: String,
    #[serde(rename = "digestSignatureAlgorithm")]
    algorithm: String,
    #[serde(rename = "previousDigestS3Object")]
    previous_object: Option<String>,
    previous_digest_hash_value: Option<String>,
    previous_digest_signature: Option<String>,
    /// The log files that were delivered in its time.
    pub log_files: Vec<LogFile>,
    /// The hash of its own content.
    #[serde(skip)]
    pub hash: String,
}

/// A log file as a digest names it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogFile {
    /// The key that it was delivered under.
    #[serde(rename = "s3Object")]
    pub object: String,
    /// The SHA-256 of its content, decompressed, in hexadecimal digits.
    pub hash_value: String,
}

/// The digest before another one, as that one names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Previous<'a> {
    /// The key that it was delivered under.
    pub object: &'a str,
    /// The hash of its content.
    pub hash: &'a str,
    /// Its signature, in hexadecimal digits.
    pub signature: &'a str,
}

/// A key that digests are signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// What digests name it by.
    pub fingerprint: String,
    /// The key in the form of PKCS #1, DER.
    pub bytes: Vec<u8>,
}

impl Digest {
    /// Reads a digest file's content.
    ///
    /// # Errors
    ///
    /// What was wanted and what was found.
    pub fn read(content: &[u8]) -> Result<Self, String> {
        let mut digest: Self = serde_json::from_slice(content)
            .map_err(|error| format!("expected a digest file of CloudTrail: {error}"))?;
        if digest.algorithm != ALGORITHM {
            let found = &digest.algorithm;
            return Err(format!(
                "expected a signature by `{ALGORITHM}`, found `{found}`"
            ));
        }
        digest.check_lengths()?;
        digest.hash = hash_of(content);
        Ok(digest)
    }

    /// Whoever forges a digest may write anything, of any length.
    fn check_lengths(&self) -> Result<(), String> {
        let logs = self.log_files.iter();
        let mut objects = logs
            .map(|log| &log.object)
            .chain([&self.object])
            .chain(&self.previous_object);
        if let Some(object) = objects.find(|it| !(1..=MOST_KEY_BYTES).contains(&it.len())) {
            let found = object.len();
            return Err(format!(
                "expected keys of 1 to {MOST_KEY_BYTES} bytes, found one of {found}"
            ));
        }
        let is_hash = |text: &str| text.len() == HASH_DIGITS;
        if !self.log_files.iter().all(|log| is_hash(&log.hash_value)) {
            return Err(format!(
                "expected hashes of {HASH_DIGITS} digits, found another length"
            ));
        }
        let signature = self.previous_digest_signature.as_deref();
        if signature.is_some_and(|it| it.len() > MOST_SIGNATURE_DIGITS) {
            return Err(format!(
                "expected a signature of at most {MOST_SIGNATURE_DIGITS} digits, found more"
            ));
        }
        Ok(())
    }

    /// The digest before this one; `None` for the first after logging began.
    pub fn previous(&self) -> Option<Previous<'_>> {
        Some(Previous {
            object: self.previous_object.as_deref()?,
            hash: self.previous_digest_hash_value.as_deref()?,
            signature: self.previous_digest_signature.as_deref()?,
        })
    }

    /// The end of its time.
    pub fn end(&self) -> Option<Timestamp> {
        self.digest_end_time.parse().ok()
    }

    /// The start of its time.
    pub fn start(&self) -> Option<Timestamp> {
        self.digest_start_time.parse().ok()
    }

    /// Says whether `signature`, in hexadecimal digits, is the key's on this digest.
    pub fn is_signed(&self, signature: &str, key: &PublicKey) -> bool {
        let before = self.previous_digest_signature.as_deref();
        let text = format!(
            "{}\n{}/{}\n{}\n{}",
            self.digest_end_time,
            self.bucket,
            self.object,
            self.hash,
            before.unwrap_or("null")
        );
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &key.bytes);
        bytes_of(signature).is_some_and(|signature| key.verify(text.as_bytes(), &signature).is_ok())
    }
}

/// The SHA-256 of a content, in hexadecimal digits.
pub fn hash_of(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing into a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes_of(hexadecimal: &str) -> Option<Vec<u8>> {
    let digits = hexadecimal.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let pairs = digits.chunks(2).map(|pair| {
        let text = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(text, 16).ok()
    });
    pairs.collect()
}
