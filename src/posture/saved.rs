//! Saved answers of the AWS CLI: which to save, under which names, and how they are read back.
//!
//! The commands write what AWS says into one file an answer, errors too: an error such as `NoSuchBucketPolicy` is the answer that there is
//! none, and one such as `AccessDenied` is the answer that it is not known. What was not saved is not known either.

mod account;
mod answer;
mod bucket;
mod others;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::Value as Json;

use super::Posture;
use answer::Answers;

/// An answer to save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The folder: what it is about.
    pub area: &'static str,
    /// The file's name.
    pub file: &'static str,
    /// The command; `NAME` stands for what it is asked of.
    pub command: &'static str,
    /// Errors that mean that there is none.
    pub absent: &'static [&'static str],
    /// Says whether AWS says nothing at all where there is none.
    pub is_silent: bool,
}

/// What AWS itself replied to one of the questions.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// An answer, in the shape in which the AWS CLI prints it.
    Said(Json),
    /// An error.
    Failed {
        /// Its code, which may mean that there is none.
        code: String,
        /// Why it is not known, if the code does not mean that.
        why: String,
    },
}

/// Answers about the account, which have no name.
const ACCOUNT: &str = "account";

const fn wanted(
    area: &'static str,
    file: &'static str,
    command: &'static str,
    absent: &'static [&'static str],
) -> Wanted {
    Wanted {
        area,
        file,
        command,
        absent,
        is_silent: false,
    }
}

const fn silent(area: &'static str, file: &'static str, command: &'static str) -> Wanted {
    Wanted {
        area,
        file,
        command,
        absent: &[],
        is_silent: true,
    }
}

/// All answers that are read. Sources: the AWS CLI's reference, and the errors in the API references of S3 and Lambda.
pub const AREAS: [Wanted; 20] = [
    wanted(
        ACCOUNT,
        "public-access-block",
        "aws s3control get-public-access-block --account-id ACCOUNT",
        &["NoSuchPublicAccessBlockConfiguration"],
    ),
    wanted(
        ACCOUNT,
        "roles",
        "aws iam get-account-authorization-details --filter Role LocalManagedPolicy",
        &[],
    ),
    wanted(
        ACCOUNT,
        "security-groups",
        "aws ec2 describe-security-groups",
        &[],
    ),
    wanted(
        "bucket",
        "public-access-block",
        "aws s3api get-public-access-block --bucket NAME",
        &["NoSuchPublicAccessBlockConfiguration"],
    ),
    wanted(
        "bucket",
        "policy",
        "aws s3api get-bucket-policy --bucket NAME",
        &["NoSuchBucketPolicy"],
    ),
    wanted(
        "bucket",
        "acl",
        "aws s3api get-bucket-acl --bucket NAME",
        &[],
    ),
    wanted(
        "bucket",
        "ownership-controls",
        "aws s3api get-bucket-ownership-controls --bucket NAME",
        &["OwnershipControlsNotFoundError"],
    ),
    wanted(
        "bucket",
        "encryption",
        "aws s3api get-bucket-encryption --bucket NAME",
        &["ServerSideEncryptionConfigurationNotFoundError"],
    ),
    silent(
        "bucket",
        "versioning",
        "aws s3api get-bucket-versioning --bucket NAME",
    ),
    wanted(
        "bucket",
        "replication",
        "aws s3api get-bucket-replication --bucket NAME",
        &["ReplicationConfigurationNotFoundError"],
    ),
    silent(
        "bucket",
        "logging",
        "aws s3api get-bucket-logging --bucket NAME",
    ),
    wanted(
        "bucket",
        "lifecycle",
        "aws s3api get-bucket-lifecycle-configuration --bucket NAME",
        &["NoSuchLifecycleConfiguration"],
    ),
    wanted(
        "access-point",
        "access-point",
        "aws s3control get-access-point --account-id ACCOUNT --name NAME",
        &[],
    ),
    wanted(
        "access-point",
        "policy",
        "aws s3control get-access-point-policy --account-id ACCOUNT --name NAME",
        &["NoSuchAccessPointPolicy"],
    ),
    wanted(
        "stack",
        "stack",
        "aws cloudformation describe-stacks --stack-name NAME",
        &[],
    ),
    silent(
        "stack",
        "policy",
        "aws cloudformation get-stack-policy --stack-name NAME",
    ),
    wanted(
        "stack",
        "drift",
        "aws cloudformation describe-stack-resource-drifts --stack-name NAME",
        &[],
    ),
    wanted(
        "function",
        "configuration",
        "aws lambda get-function-configuration --function-name NAME",
        &[],
    ),
    wanted(
        "function",
        "policy",
        "aws lambda get-policy --function-name NAME",
        &["ResourceNotFoundException"],
    ),
    wanted(
        "role",
        "last-accessed",
        "aws iam get-service-last-accessed-details --job-id \"$(aws iam generate-service-last-accessed-details \
  --arn \"$(aws iam get-role --role-name NAME --query Role.Arn --output text)\" --query JobId --output text; sleep 15)\"",
        &[],
    ),
];

/// The words that ask who the caller is.
const OWN_ACCOUNT: &str = "\"$(aws sts get-caller-identity --query Account --output text)\"";

/// The commands that save all answers about these names, by area; `folder` is where to.
pub fn commands(
    names: &BTreeMap<&str, BTreeSet<String>>,
    account: Option<&str>,
    folder: &str,
) -> Vec<String> {
    let folder = quoted(folder);
    let account = account.map_or_else(|| OWN_ACCOUNT.to_owned(), quoted);
    let mut lines = Vec::new();
    let empty = BTreeSet::from([String::new()]);
    for (area, named) in names {
        let named = if *area == ACCOUNT { &empty } else { named };
        for name in named {
            let name = quoted(name);
            let place = if *area == ACCOUNT {
                format!("{folder}/{area}")
            } else {
                format!("{folder}/{area}/{name}")
            };
            lines.push(format!("mkdir -p {place}"));
            for wanted in AREAS.iter().filter(|wanted| wanted.area == *area) {
                let command = wanted.command.replace("ACCOUNT", &account);
                let command = command.replace("NAME", &name);
                lines.push(format!(
                    "{command} --output json > {place}/{}.json 2>&1",
                    wanted.file
                ));
            }
        }
    }
    lines
}

/// Quotes a word for a shell, if it needs that.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./@+=,:".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Reads saved answers: each file by its path below the folder, with its text. `today` is the day on which unused time ends.
pub fn read_saved(folder: &str, files: &BTreeMap<String, String>, today: Option<Date>) -> Posture {
    let answers = Answers::saved(folder, files);
    let mut posture = read(&answers, today);
    posture.gaps.extend(answers.strange());
    posture
}

/// Reads what AWS replied about one thing, whose ARN is the place of all that is found: each reply by the path at which it would be saved.
pub fn read_replies(arn: &str, replies: &BTreeMap<String, Reply>, today: Option<Date>) -> Posture {
    read(&Answers::live(arn, replies), today)
}

fn read(answers: &Answers<'_>, today: Option<Date>) -> Posture {
    let mut posture = Posture {
        today,
        ..Posture::default()
    };
    account::add(answers, &mut posture);
    for name in answers.names("bucket") {
        posture.buckets.push(bucket::bucket(answers, &name));
    }
    for name in answers.names("access-point") {
        posture
            .access_points
            .push(bucket::access_point(answers, &name));
    }
    for name in answers.names("stack") {
        posture.stacks.push(others::stack(answers, &name));
    }
    for name in answers.names("function") {
        posture.functions.push(others::function(answers, &name));
    }
    posture
}
