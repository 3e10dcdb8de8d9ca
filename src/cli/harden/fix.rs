//! `--fix`: for each finding that counts the exact change, in the language of what it was found in.

use clap::ValueEnum;

use super::Format;
use crate::cli::{Context, Failure};
use crate::finding::Finding;
use crate::harden::fix::{Fix, Remedy, plan};
use crate::posture::{Origin, Posture};
use crate::report::fixes::{fixes_aws_cli, fixes_cloudformation, fixes_terraform};

/// What is done about findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Mode {
    /// Changes are printed
    Plan,
    /// Those that are safe are made in AWS
    Apply,
}

#[cfg(feature = "aws")]
pub(super) use super::apply::run as apply;

/// Without AWS's clients nothing is changed.
#[cfg(not(feature = "aws"))]
pub(super) fn apply(
    _args: &super::Args,
    _posture: &Posture,
    _findings: &[Finding],
    _context: &mut Context,
) -> Result<crate::cli::Exit, Failure> {
    Err(crate::cli::live::absent())
}

/// Prints the changes.
pub(super) fn print(
    posture: &Posture,
    findings: &[Finding],
    format: Format,
    context: &mut Context,
) -> Result<(), Failure> {
    let fixes = plan(posture, findings);
    let mut texts = Vec::new();
    for group in by_file(&fixes) {
        let origin = match format {
            Format::AwsCli => Origin::Aws,
            Format::Cloudformation => Origin::CloudFormation,
            Format::Terraform => Origin::Terraform,
            Format::Text | Format::Json | Format::Sarif | Format::Markdown => origin(&group),
        };
        texts.push(match origin {
            Origin::Aws => fixes_aws_cli(&group),
            Origin::CloudFormation => fixes_cloudformation(&group),
            Origin::Terraform => fixes_terraform(&group),
        });
    }
    context.output.text(&texts.join("\n"))?;
    Ok(())
}

/// Changes of one file together: a fragment of a template is one.
fn by_file(fixes: &[Fix]) -> Vec<Vec<&Fix>> {
    let mut groups: Vec<Vec<&Fix>> = Vec::new();
    for fix in fixes {
        let is_same = |group: &&mut Vec<&Fix>| {
            let first = group.first();
            first.is_some_and(|first| first.target.spot.file == fix.target.spot.file)
        };
        match groups.iter_mut().find(is_same) {
            Some(group) => group.push(fix),
            None => groups.push(vec![fix]),
        }
    }
    groups
}

fn origin(group: &[&Fix]) -> Origin {
    let decided = group
        .iter()
        .find(|fix| !matches!(fix.remedy, Remedy::Told(_)));
    decided.map_or(Origin::Aws, |fix| fix.target.origin)
}
