//! Changes that mend findings, as people make them: commands of the AWS CLI, CloudFormation, Terraform.
//!
//! What is written for CloudFormation is a fragment of a template: its mappings are merged into the template's, and the statements of a
//! policy are added to those that are there. What is written for Terraform are blocks to add; one that stands for an old one says so.

mod aws_cli;
mod cloudformation;
mod policy;
mod terraform;

use crate::harden::fix::{Fix, Remedy};
use crate::report::plain;

pub use aws_cli::fixes_aws_cli;
pub use cloudformation::fixes_cloudformation;
pub use terraform::fixes_terraform;

/// The days after which old versions go, unless somebody chooses others.
const OLD_VERSION_DAYS: u32 = 90;

/// The lines that tell what a change is about and what to know before.
fn heading(fix: &Fix) -> Vec<String> {
    let target = &fix.target;
    let place = match target.spot.line {
        0 => target.spot.file.clone(),
        line => format!("{}:{line}", target.spot.file),
    };
    let id = if target.id.is_empty() { "" } else { ": " };
    let mut lines = vec![format!(
        "{}{id}{} ({})",
        plain(&place),
        plain(&target.id),
        fix.rules.join(", ")
    )];
    lines.extend(
        fix.cautions
            .iter()
            .map(|one| format!("caution: {}", plain(one))),
    );
    lines
}

/// What replaces the policies of a role, in code: the command that makes the policies and puts them into the file.
fn from_usage(fix: &Fix) -> Vec<String> {
    let target = &fix.target;
    let place = format!("{}#{}", target.spot.file, target.id);
    let place = format!("'{}'", plain(&place).to_string().replace('\'', "'\\''"));
    let name = match &target.name {
        Some(name) => format!("'{}'", plain(name).to_string().replace('\'', "'\\''")),
        None => "\"$ROLE\"".to_owned(),
    };
    let mut lines = Vec::new();
    if target.name.is_none() {
        lines.push("  ROLE: the name of the role in AWS".to_owned());
    }
    lines.push("  TRAIL: where the trail's files are, e.g. s3://BUCKET/AWSLogs/".to_owned());
    lines.push(format!(
        "  polgen suggest --role {name} --trail \"$TRAIL\" --current {place} --write {place}"
    ));
    lines
}

/// What can only be said, if that is all.
fn told(fix: &Fix) -> Option<String> {
    match &fix.remedy {
        Remedy::Told(words) => Some(plain(words).to_string()),
        _ => None,
    }
}

/// A name that the languages take: letters and digits of the last part of an address.
fn word(id: &str, joint: &str) -> String {
    let id = id.split('[').next().unwrap_or(id);
    let last = id.rsplit('.').next().unwrap_or(id);
    let parts = last.split(|letter: char| !letter.is_ascii_alphanumeric());
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let joined = parts.join(joint);
    match joined.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => joined,
        _ => format!("bucket{joint}{joined}"),
    }
}
