//! Changes as Terraform's blocks: one resource for each setting of a bucket, as the provider has them since version 4.
//!
//! Writing to a text cannot fail.

mod inside;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::policy::{self, behind, copying, trust};
use super::{OLD_VERSION_DAYS, heading, told, word};
use crate::harden::fix::{Fix, Remedy};
use crate::policy::Document;
use crate::template::{Text, Tree, hcl_text, hcl_value};

/// A line or a block inside of one.
enum Part {
    Set(&'static str, String),
    Block(&'static str, Vec<Self>),
}

/// Writes the changes of one module.
pub fn fixes_terraform(fixes: &[&Fix]) -> String {
    let mut variables = BTreeSet::new();
    let texts = fixes.iter().map(|fix| {
        if is_held(fix, fixes) {
            let heading = heading(fix);
            let lines = heading.iter().map(|line| format!("# {line}\n"));
            return lines.collect::<String>()
                + "#   it is in the whole policy that is printed next\n";
        }
        one(fix, &mut variables)
    });
    texts.collect::<Vec<String>>().join("\n")
}

/// Says whether another change prints the whole policy with what this one adds.
fn is_held(fix: &Fix, fixes: &[&Fix]) -> bool {
    let is_whole = |other: &&Fix| {
        other.target == fix.target && matches!(other.remedy, Remedy::BucketNarrowed { .. })
    };
    matches!(fix.remedy, Remedy::BucketPolicy { .. }) && fixes.iter().any(is_whole)
}

fn one(fix: &Fix, variables: &mut BTreeSet<String>) -> String {
    let mut text = String::new();
    for line in heading(fix) {
        let _ = writeln!(text, "# {line}");
    }
    if let Some(words) = told(fix) {
        let _ = writeln!(text, "#   {words}");
        return text;
    }
    let name = word(&fix.target.id, "_");
    match &fix.remedy {
        Remedy::BucketPolicy { whole, .. } | Remedy::BucketNarrowed { whole, .. } => {
            bucket_policy(fix, whole, variables, &mut text);
        }
        Remedy::Replication { .. } => replication(fix, &name, &mut text),
        Remedy::AccessPoint { .. }
        | Remedy::Runtime { .. }
        | Remedy::Callers(_)
        | Remedy::Secrets { .. }
        | Remedy::Openings { .. }
        | Remedy::Trust { .. }
        | Remedy::Boundary => inside::inside(fix, variables, &mut text),
        Remedy::FromUsage => {
            for line in super::from_usage(fix) {
                let _ = writeln!(text, "# {line}");
            }
        }
        Remedy::RoleDeleted { .. } => {
            let _ = writeln!(text, "#   take `{}` out of the module", fix.target.id);
        }
        Remedy::TerminationProtection | Remedy::StackPolicy | Remedy::DriftReverted => text
            .push_str(
                "#   the resource has no argument for it: `--format aws-cli` prints the command\n",
            ),
        remedy => {
            if let Some(note) = note(fix) {
                let _ = writeln!(text, "# {note}");
            }
            let log_bucket = "log_bucket_name";
            if matches!(remedy, Remedy::Logging) {
                let description = "Name of the bucket that access logs go to";
                declared(log_bucket, description, variables, &mut text);
            }
            if let Some((kind, parts)) = switches(fix).or_else(|| rules(fix, &name)) {
                resource(fix, kind, &name, &parts, &mut text);
            }
        }
    }
    text
}

/// What must be done by hand beside the block.
fn note(fix: &Fix) -> Option<String> {
    match &fix.remedy {
        Remedy::AccountBlock => Some(format!("instead of `{}`", fix.target.id)),
        Remedy::ListsOff { has_list: true } => Some(
            "remove the list: `aws_s3_bucket_acl`, or `acl` and `grant` of the bucket".to_owned(),
        ),
        Remedy::OldVersions { has_rules: true } => {
            Some("add the rule to those that are there".to_owned())
        }
        _ => None,
    }
}

fn quoted(words: &str) -> String {
    hcl_text(&Text::literal(words))
}

fn setting(key: &'static str, words: &str) -> Part {
    Part::Set(key, quoted(words))
}

fn on(key: &'static str) -> Part {
    Part::Set(key, "true".to_owned())
}

fn bucket(fix: &Fix) -> Part {
    Part::Set("bucket", format!("{}.id", fix.target.id))
}

/// The resources that turn something on.
fn switches(fix: &Fix) -> Option<(&'static str, Vec<Part>)> {
    let block = [
        "block_public_acls",
        "block_public_policy",
        "ignore_public_acls",
        "restrict_public_buckets",
    ];
    let mut parts = vec![bucket(fix)];
    let kind = match &fix.remedy {
        Remedy::BucketBlock => {
            parts.extend(block.map(on));
            "aws_s3_bucket_public_access_block"
        }
        Remedy::AccountBlock => {
            parts = block.map(on).into();
            "aws_s3_account_public_access_block"
        }
        Remedy::ListsOff { .. } => {
            let rule = vec![setting("object_ownership", "BucketOwnerEnforced")];
            parts.push(Part::Block("rule", rule));
            "aws_s3_bucket_ownership_controls"
        }
        Remedy::Versioning => {
            let inner = vec![setting("status", "Enabled")];
            parts.push(Part::Block("versioning_configuration", inner));
            "aws_s3_bucket_versioning"
        }
        _ => return None,
    };
    Some((kind, parts))
}

/// The resources that hold rules or name another bucket.
fn rules(fix: &Fix, name: &str) -> Option<(&'static str, Vec<Part>)> {
    let mut parts = vec![bucket(fix)];
    let kind = match &fix.remedy {
        Remedy::Encryption { key, .. } => {
            let mut default = vec![setting("sse_algorithm", "aws:kms")];
            if let Some(key) = key {
                default.push(setting("kms_master_key_id", key));
            }
            let rule = vec![
                on("bucket_key_enabled"),
                Part::Block("apply_server_side_encryption_by_default", default),
            ];
            parts.push(Part::Block("rule", rule));
            "aws_s3_bucket_server_side_encryption_configuration"
        }
        Remedy::OldVersions { .. } => {
            let days = Part::Set("noncurrent_days", OLD_VERSION_DAYS.to_string());
            let rule = vec![
                setting("id", "old-versions"),
                setting("status", "Enabled"),
                Part::Block("filter", Vec::new()),
                Part::Block("noncurrent_version_expiration", vec![days]),
            ];
            parts.push(Part::Block("rule", rule));
            "aws_s3_bucket_lifecycle_configuration"
        }
        Remedy::Logging => {
            let target = "var.log_bucket_name".to_owned();
            parts.push(Part::Set("target_bucket", target));
            parts.push(setting("target_prefix", &format!("{name}/")));
            "aws_s3_bucket_logging"
        }
        _ => return None,
    };
    Some((kind, parts))
}

/// Declares a variable, once in a module.
fn declared(name: &str, description: &str, variables: &mut BTreeSet<String>, text: &mut String) {
    if variables.insert(name.to_owned()) {
        variable(name, description, text);
    }
}

/// The whole policy, with the statements that are there.
fn bucket_policy(
    fix: &Fix,
    document: &Document,
    variables: &mut BTreeSet<String>,
    text: &mut String,
) {
    let references = policy::of_bucket(fix, ".arn");
    let tree = inside::whole(document, references, variables, text);
    let encoded = format!("jsonencode({})", hcl_value(&tree, 2));
    if fix.is_elsewhere {
        return inside::set(&fix.target.id, fix, ("policy", &encoded), text);
    }
    let parts = vec![bucket(fix), Part::Set("policy", encoded)];
    let name = word(&fix.target.id, "_");
    resource(fix, "aws_s3_bucket_policy", &name, &parts, text);
}

fn replication(fix: &Fix, name: &str, text: &mut String) {
    let own = fix.target.id.as_str();
    let copy = format!("{name}_copy_arn");
    variable(
        &copy,
        "ARN of a bucket with versioning in another region",
        text,
    );
    let encoded = |tree: &Tree| format!("jsonencode({})", hcl_value(tree, 2));
    let role = format!("{name}_copy");
    let trust = vec![Part::Set("assume_role_policy", encoded(&trust()))];
    block("resource", &["aws_iam_role", &role], &trust, text);
    text.push('\n');
    let document = copying(&format!("{own}.arn"), &format!("var.{copy}"));
    let policy = vec![
        Part::Set("role", format!("aws_iam_role.{role}.id")),
        Part::Set("policy", encoded(&document)),
    ];
    block("resource", &["aws_iam_role_policy", &role], &policy, text);
    text.push('\n');
    let destination = match behind(&format!("var.{copy}"), "") {
        Tree::Text(words) => hcl_text(&words),
        _ => String::new(),
    };
    let rule = vec![
        Part::Set("id", quoted("all")),
        Part::Set("priority", "1".to_owned()),
        Part::Set("status", quoted("Enabled")),
        Part::Block("filter", Vec::new()),
        Part::Block(
            "delete_marker_replication",
            vec![Part::Set("status", quoted("Enabled"))],
        ),
        Part::Block("destination", vec![Part::Set("bucket", destination)]),
    ];
    let parts = vec![
        Part::Set("bucket", format!("{own}.id")),
        Part::Set("role", format!("aws_iam_role.{role}.arn")),
        Part::Block("rule", rule),
    ];
    resource(
        fix,
        "aws_s3_bucket_replication_configuration",
        name,
        &parts,
        text,
    );
}

fn variable(name: &str, description: &str, text: &mut String) {
    let parts = [
        Part::Set("type", "string".to_owned()),
        Part::Set("description", hcl_text(&Text::literal(description))),
    ];
    block("variable", &[name], &parts, text);
    text.push('\n');
}

/// Writes a resource; where the module has one for it, under that one's name.
fn resource(fix: &Fix, kind: &str, name: &str, parts: &[Part], text: &mut String) {
    match fix.target.parts.get(kind) {
        Some((id, spot)) => {
            let _ = writeln!(text, "# instead of `{id}` ({}:{})", spot.file, spot.line);
            block("resource", &[kind, &word(id, "_")], parts, text);
        }
        None => block("resource", &[kind, name], parts, text),
    }
}

fn block(kind: &str, labels: &[&str], parts: &[Part], text: &mut String) {
    text.push_str(kind);
    for label in labels {
        let _ = write!(text, " \"{label}\"");
    }
    text.push_str(" {\n");
    body(parts, 2, text);
    text.push_str("}\n");
}

/// The recursion ends at the depth of the blocks above.
fn body(parts: &[Part], indent: usize, text: &mut String) {
    let margin = " ".repeat(indent);
    let short = parts.iter().filter_map(|part| match part {
        Part::Set(key, value) if !value.contains('\n') => Some(key.len()),
        Part::Set(..) | Part::Block(..) => None,
    });
    let widest = short.max().unwrap_or_default();
    for (at, part) in parts.iter().enumerate() {
        match part {
            Part::Set(key, value) => {
                let width = if value.contains('\n') {
                    key.len()
                } else {
                    widest
                };
                let _ = writeln!(text, "{margin}{key:width$} = {value}");
            }
            Part::Block(key, inner) if inner.is_empty() => {
                let _ = writeln!(text, "\n{margin}{key} {{}}");
            }
            Part::Block(key, inner) => {
                let gap = if at == 0 { "" } else { "\n" };
                let _ = writeln!(text, "{gap}{margin}{key} {{");
                body(inner, indent + 2, text);
                let _ = writeln!(text, "{margin}}}");
            }
        }
    }
}
