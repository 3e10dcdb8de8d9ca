//! The AWS managed policies inside the binary, as AWS published them.
//!
//! They lie sorted by name in slices of a few dozen; a look-up inflates one slice.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::slice::Slice;

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/policies.bin"));
#[expect(
    clippy::unreadable_literal,
    reason = "the build script writes the offsets"
)]
static INDEX: &[Slice] = &include!(concat!(env!("OUT_DIR"), "/policies.rs"));

/// An AWS managed policy in the version that was the default when the catalog was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// Its name, e.g. `AWSLambdaBasicExecutionRole`.
    pub name: String,
    /// Its ARN, with its path.
    pub arn: String,
    /// The id of the version, e.g. `v1`.
    pub version: String,
    /// When that version was made, in RFC 3339.
    pub updated: String,
    /// The document, as JSON.
    pub document: String,
}

#[derive(Deserialize)]
struct Line<'a> {
    name: &'a str,
    arn: &'a str,
    version: &'a str,
    updated: &'a str,
    #[serde(borrow)]
    document: &'a RawValue,
}

/// Finds an AWS managed policy by its name or its ARN (in any partition).
pub fn managed_policy(name_or_arn: &str) -> Option<ManagedPolicy> {
    let (path, name) = match name_or_arn.rsplit_once('/') {
        Some((path, name)) => (Some(path), name),
        None => (None, name_or_arn),
    };
    let at = INDEX.partition_point(|slice| slice.key <= name);
    let text = text_of(INDEX.get(at.checked_sub(1)?)?)?;
    let line: Line<'_> = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .find(|line: &Line<'_>| line.name == name)?;
    let is_asked_for = path.is_none_or(|path| is_path_of(path, line.arn));
    is_asked_for.then(|| ManagedPolicy {
        name: line.name.to_owned(),
        arn: line.arn.to_owned(),
        version: line.version.to_owned(),
        updated: line.updated.to_owned(),
        document: line.document.get().to_owned(),
    })
}

/// Compares what stands before the last `/` of an asked ARN with a known one; only the partitions may differ.
fn is_path_of(asked: &str, known: &str) -> bool {
    let without_partition =
        |arn: &str| Some(arn.strip_prefix("arn:")?.split_once(':')?.1.to_owned());
    let known = known
        .rsplit_once('/')
        .and_then(|(path, _)| without_partition(path));
    without_partition(asked).is_some_and(|asked| Some(asked) == known)
}

/// The names of all AWS managed policies, sorted.
pub fn managed_policy_names() -> Vec<String> {
    let texts = INDEX.iter().filter_map(text_of);
    let names = |text: String| {
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Line<'_>>(line).ok());
        lines.map(|line| line.name.to_owned()).collect::<Vec<_>>()
    };
    texts.flat_map(names).collect()
}

fn text_of(slice: &Slice) -> Option<String> {
    String::from_utf8(slice.inflate(PACKED)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_found_by_name_and_by_arn() {
        let arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
        let policy = managed_policy("AWSLambdaBasicExecutionRole").unwrap();
        assert_eq!(policy.arn, arn);
        assert!(policy.document.contains("logs:PutLogEvents"));
        assert_eq!(managed_policy(arn).unwrap(), policy);
        assert_eq!(
            managed_policy(&arn.replace("arn:aws:", "arn:aws-cn:")).unwrap(),
            policy
        );
    }

    #[test]
    fn a_policy_of_another_path_or_account_is_not_taken_for_it() {
        for other in [
            "",
            "NoSuchPolicy",
            "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole",
            "arn:aws:iam::111122223333:policy/service-role/AWSLambdaBasicExecutionRole",
            "service-role/AWSLambdaBasicExecutionRole",
        ] {
            assert_eq!(managed_policy(other), None, "{other}");
        }
    }

    #[test]
    fn every_policy_is_found_by_its_name() {
        let names = managed_policy_names();
        assert!(names.len() > 1_500, "{} policies", names.len());
        assert!(names.is_sorted());
        for name in names {
            assert_eq!(managed_policy(&name).unwrap().name, name);
        }
    }
}
