//! Changes as Terraform's blocks: one resource for each setting of a bucket, as the provider has them since version 4.

use std::collections::BTreeSet;

use super::policy::{behind, copying, denial, document, trust};
use super::{OLD_VERSION_DAYS, heading, told, word};
use crate::harden::fix::{Fix, Remedy};
use crate::template::{Text, Tree, hcl_text, hcl_value};

/// A line or a block inside of one.
enum Part {
    Set(&'static str, String),
    Block(&'static str, Vec<Self>),
}

/// Writes the changes of one module.
pub fn fixes_terraform(fixes: &[&Fix]) -> String {
    let mut variables = BTreeSet::new();
    let texts = fixes.iter().map(|fix| one(fix, &mut variables));
    texts.collect::<Vec<String>>().join("\n")
}

fn one(fix: &Fix, variables: &mut BTreeSet<String>) -> String {
    let mut text: String = heading(fix)
        .iter()
        .map(|line| format!("# {line}\n"))
        .collect();
    if let Some(words) = told(fix) {
        text.push_str(&format!("#   {words}\n"));
        return text;
    }
    let name = word(&fix.target.id, "_");
    let own = fix.target.id.as_str();
    let bucket = || Part::Set("bucket", format!("{own}.id"));
    let on = |key| Part::Set(key, "true".to_owned());
    let quoted = |words: &str| hcl_text(&Text::literal(words));
    let setting = |key, words: &str| Part::Set(key, quoted(words));
    match &fix.remedy {
        Remedy::BucketBlock => {
            let parts = vec![
                bucket(),
                on("block_public_acls"),
                on("block_public_policy"),
                on("ignore_public_acls"),
                on("restrict_public_buckets"),
            ];
            resource(
                fix,
                "aws_s3_bucket_public_access_block",
                &name,
                &parts,
                &mut text,
            );
        }
        Remedy::AccountBlock => {
            let parts = vec![
                on("block_public_acls"),
                on("block_public_policy"),
                on("ignore_public_acls"),
                on("restrict_public_buckets"),
            ];
            let kind = "aws_s3_account_public_access_block";
            text.push_str(&format!("# instead of `{own}`\n"));
            resource(fix, kind, &name, &parts, &mut text);
        }
        Remedy::ListsOff { has_list } => {
            if *has_list {
                text.push_str(
                    "# remove the list: `aws_s3_bucket_acl`, or `acl` and `grant` of the bucket\n",
                );
            }
            let rule = vec![setting("object_ownership", "BucketOwnerEnforced")];
            let parts = vec![bucket(), Part::Block("rule", rule)];
            resource(
                fix,
                "aws_s3_bucket_ownership_controls",
                &name,
                &parts,
                &mut text,
            );
        }
        Remedy::Encryption { key } => {
            let mut default = vec![setting("sse_algorithm", "aws:kms")];
            if let Some(key) = key {
                default.push(setting("kms_master_key_id", key));
            }
            let rule = vec![
                on("bucket_key_enabled"),
                Part::Block("apply_server_side_encryption_by_default", default),
            ];
            let parts = vec![bucket(), Part::Block("rule", rule)];
            let kind = "aws_s3_bucket_server_side_encryption_configuration";
            resource(fix, kind, &name, &parts, &mut text);
        }
        Remedy::Versioning => {
            let inner = vec![setting("status", "Enabled")];
            let parts = vec![bucket(), Part::Block("versioning_configuration", inner)];
            resource(fix, "aws_s3_bucket_versioning", &name, &parts, &mut text);
        }
        Remedy::OldVersions { has_rules } => {
            if *has_rules {
                text.push_str("# add the rule to those that are there\n");
            }
            let days = Part::Set("noncurrent_days", OLD_VERSION_DAYS.to_string());
            let rule = vec![
                setting("id", "old-versions"),
                setting("status", "Enabled"),
                Part::Block("filter", Vec::new()),
                Part::Block("noncurrent_version_expiration", vec![days]),
            ];
            let parts = vec![bucket(), Part::Block("rule", rule)];
            resource(
                fix,
                "aws_s3_bucket_lifecycle_configuration",
                &name,
                &parts,
                &mut text,
            );
        }
        Remedy::Logging => {
            let log_bucket = "log_bucket_name";
            if variables.insert(log_bucket.to_owned()) {
                variable(
                    log_bucket,
                    "Name of the bucket that access logs go to",
                    &mut text,
                );
            }
            let parts = vec![
                bucket(),
                Part::Set("target_bucket", "var.log_bucket_name".to_owned()),
                setting("target_prefix", &format!("{name}/")),
            ];
            resource(fix, "aws_s3_bucket_logging", &name, &parts, &mut text);
        }
        Remedy::BucketPolicy { added, .. } => policy(fix, added, &name, &mut text),
        Remedy::Replication { .. } => replication(fix, &name, &mut text),
        Remedy::TerminationProtection | Remedy::StackPolicy => text.push_str(
            "#   the resource has no argument for it: `--format aws-cli` prints the command\n",
        ),
        Remedy::Told(_) => {}
    }
    text
}

fn policy(fix: &Fix, added: &[crate::policy::Statement], name: &str, text: &mut String) {
    let arn = format!("{}.arn", fix.target.id);
    let statements = added.iter().map(|statement| {
        let resources = statement.resource.iter();
        let own = resources
            .flat_map(crate::policy::ResourceElement::patterns)
            .next();
        denial(statement, own.map_or("", String::as_str), &arn)
    });
    let statements: Vec<Tree> = statements.collect();
    let kind = "aws_s3_bucket_policy";
    if let Some((id, spot)) = fix.target.parts.get(kind) {
        text.push_str(&format!(
            "# add to the statements of `{id}` ({}:{}), and keep the others:\n",
            spot.file, spot.line
        ));
        for statement in &statements {
            for line in hcl_value(statement, 0).lines() {
                text.push_str(&format!("#   {line}\n"));
            }
        }
        return;
    }
    let parts = vec![
        Part::Set("bucket", format!("{}.id", fix.target.id)),
        Part::Set(
            "policy",
            format!("jsonencode({})", hcl_value(&document(statements), 2)),
        ),
    ];
    resource(fix, kind, name, &parts, text);
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
    let quoted = |words: &str| hcl_text(&Text::literal(words));
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
            text.push_str(&format!(
                "# instead of `{id}` ({}:{})\n",
                spot.file, spot.line
            ));
            block("resource", &[kind, &word(id, "_")], parts, text);
        }
        None => block("resource", &[kind, name], parts, text),
    }
}

fn block(kind: &str, labels: &[&str], parts: &[Part], text: &mut String) {
    let labels: String = labels.iter().map(|label| format!(" \"{label}\"")).collect();
    text.push_str(&format!("{kind}{labels} {{\n"));
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
                text.push_str(&format!("{margin}{key:width$} = {value}\n"));
            }
            Part::Block(key, inner) if inner.is_empty() => {
                text.push_str(&format!("\n{margin}{key} {{}}\n"));
            }
            Part::Block(key, inner) => {
                let gap = if at == 0 { "" } else { "\n" };
                text.push_str(&format!("{gap}{margin}{key} {{\n"));
                body(inner, indent + 2, text);
                text.push_str(&format!("{margin}}}\n"));
            }
        }
    }
}
