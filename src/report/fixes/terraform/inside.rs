//! Arguments of blocks that are there. No block of the language can be added to from outside, so that they are said in comments, as they
//! are to stand; what must be declared beside them is written as blocks.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Part, block, body, declared, on, quoted, word};
use crate::harden::fix::{Caller, Fix, Open, Remedy};
use crate::policy::Document;
use crate::posture::Opening;
use crate::report::fixes::policy::{self, References};
use crate::report::plain;
use crate::template::{Tree, hcl_value};

/// The names of the variables for what a person must name.
fn name_of(open: Open) -> &'static str {
    match open {
        Open::Principal => "principal_arn",
        Open::Action => "allowed_action",
        Open::SourceAccount => "source_account",
        Open::SourceArn => "source_arn",
        Open::Repository => "repository",
    }
}

/// Writes a whole policy, with variables for what a person must name.
pub(super) fn whole(
    document: &Document,
    mut references: References,
    variables: &mut BTreeSet<String>,
    text: &mut String,
) -> Tree {
    for open in Open::of(document) {
        declared(name_of(open), open.wanted(), variables, text);
    }
    references.extend(policy::opens(document, |open| {
        format!("var.{}", name_of(open))
    }));
    policy::policy(document, &references)
}

/// Writes the changes.
pub(super) fn inside(fix: &Fix, variables: &mut BTreeSet<String>, text: &mut String) {
    let id = fix.target.id.as_str();
    match &fix.remedy {
        Remedy::AccessPoint { .. } => {
            let switches = [
                "block_public_acls",
                "block_public_policy",
                "ignore_public_acls",
                "restrict_public_buckets",
            ];
            let mut lines = String::from("public_access_block_configuration {\n");
            body(&switches.map(on), 2, &mut lines);
            lines.push('}');
            say(id, fix, &lines, text);
        }
        Remedy::Runtime { to, .. } => set(id, fix, ("runtime", &quoted(to)), text),
        Remedy::Trust {
            whole: document,
            holes,
        } => {
            let tree = whole(document, policy::holes(holes), variables, text);
            let value = format!("jsonencode({})", hcl_value(&tree, 0));
            set(id, fix, ("assume_role_policy", &value), text);
        }
        Remedy::Boundary => {
            let what = "ARN of the policy that the account keeps for roles of this kind";
            declared("boundary_arn", what, variables, text);
            set(id, fix, ("permissions_boundary", "var.boundary_arn"), text);
        }
        Remedy::Callers(callers) => {
            for one in callers {
                caller(fix, one, variables, text);
            }
        }
        Remedy::Secrets { names, .. } => secrets(fix, names, text),
        Remedy::Openings { open, is_rule, .. } => {
            let what = "Addresses that may come in, e.g. 203.0.113.0/24";
            declared("allowed_network", what, variables, text);
            for opening in open {
                network(fix, opening, *is_rule, text);
            }
        }
        _ => {}
    }
}

/// Says what to set in a block.
pub(super) fn set(id: &str, fix: &Fix, (key, value): (&str, &str), text: &mut String) {
    say(id, fix, &format!("{key} = {value}"), text);
}

/// Writing to a text cannot fail.
fn say(id: &str, fix: &Fix, lines: &str, text: &mut String) {
    let spot = &fix.target.spot;
    let place = if fix.target.id == id {
        format!(" ({}:{})", spot.file, spot.line)
    } else {
        String::new()
    };
    let _ = writeln!(text, "# set in `{}`{}:", plain(id), plain(&place));
    for line in lines.lines() {
        let _ = writeln!(text, "#   {line}");
    }
}

fn caller(fix: &Fix, caller: &Caller, variables: &mut BTreeSet<String>, text: &mut String) {
    let owner = caller.statement.sid.clone().unwrap_or_default();
    if caller.is_url {
        let wanted = quoted("AWS_IAM");
        return set(&owner, fix, ("authorization_type", &wanted), text);
    }
    let (key, open) = match &caller.service {
        None => ("principal", Open::Principal),
        Some(_) if caller.needs_account() => ("source_account", Open::SourceAccount),
        Some(_) => ("source_arn", Open::SourceArn),
    };
    declared(name_of(open), open.wanted(), variables, text);
    let value = format!("var.{}", name_of(open));
    set(&owner, fix, (key, &value), text);
}

/// The variables hold the ARNs of secrets from then on.
fn secrets(fix: &Fix, names: &[String], text: &mut String) {
    let mut variables = Vec::new();
    for variable in names {
        let label = word(variable, "_").to_ascii_lowercase();
        let parts = [Part::Set("name_prefix", quoted(&format!("{label}-")))];
        let kind = "aws_secretsmanager_secret";
        block("resource", &[kind, &label], &parts, text);
        text.push('\n');
        variables.push(format!("{variable}_ARN = {kind}.{label}.arn"));
    }
    let what = format!("take out of the variables: {}", names.join(", "));
    let _ = writeln!(text, "# {}", plain(&what));
    let lines = variables.join("\n    ");
    let lines = format!("environment {{\n  variables = {{\n    {lines}\n  }}\n}}");
    say(&fix.target.id, fix, &lines, text);
}

fn network(fix: &Fix, opening: &Opening, is_rule: bool, text: &mut String) {
    let id = fix.target.id.as_str();
    let network = "var.allowed_network";
    if id.contains("aws_vpc_security_group_ingress_rule.") {
        return set(id, fix, ("cidr_ipv4", network), text);
    }
    let value = format!("[{network}]");
    if is_rule {
        return set(id, fix, ("cidr_blocks", &value), text);
    }
    let spot = &opening.spot;
    let place = format!("`{id}` at {}:{}", spot.file, spot.line);
    let _ = writeln!(
        text,
        "# set in the `ingress` block of {}, in place of every address:",
        plain(&place)
    );
    let _ = writeln!(text, "#   cidr_blocks = {value}");
}
