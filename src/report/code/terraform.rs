//! Terraform: a policy document as a data source, the policy, and its attachment.
//!
//! A policy that the data source cannot hold is written with `jsonencode` instead.

use super::{Code, Piece, names, snake};
use crate::template::{
    ACCOUNT, PARTITION, REGION, Stack, Text, fits_policy_document, hcl_statements, hcl_text,
    hcl_value, policy_tree,
};

/// The data sources that references need.
const SOURCES: [(&str, &str); 3] = [
    (ACCOUNT, "data \"aws_caller_identity\" \"current\" {}\n"),
    (PARTITION, "data \"aws_partition\" \"current\" {}\n"),
    (REGION, "data \"aws_region\" \"current\" {}\n"),
];

pub(super) fn write(code: &Code) -> String {
    let mut blocks = Vec::new();
    for (piece, name) in code.pieces.iter().zip(names(code, snake)) {
        let document = if fits_policy_document(&piece.document) {
            blocks.push(data_source(piece, &name, &code.stack));
            format!("data.aws_iam_policy_document.{name}.json")
        } else {
            let tree = policy_tree(&piece.document, &code.stack, &piece.comments);
            format!("jsonencode({})", hcl_value(&tree, 2))
        };
        blocks.extend(resources(code, piece, &name, &document));
    }
    let body = blocks.join("\n");
    let mut text = code.heading_lines("#");
    for (name, source) in SOURCES {
        let expression = hcl_text(&Text::reference(name));
        if body.contains(&expression) {
            text.push('\n');
            text.push_str(source);
        }
    }
    text.push('\n');
    text.push_str(&body);
    text.trim_start().to_owned()
}

fn resources(code: &Code, piece: &Piece, name: &str, document: &str) -> Vec<String> {
    let kind = if code.is_user { "user" } else { "role" };
    let text = |text: &str| hcl_text(&Text::literal(text));
    let block = |kind: &str, attributes: &[(&str, String)]| {
        let is_short = |value: &str| !value.contains('\n');
        let widths = attributes
            .iter()
            .filter(|(_, value)| is_short(value))
            .map(|(key, _)| key.len());
        let widest = widths.max().unwrap_or_default();
        let line = |(key, value): &(&str, String)| {
            let width = if is_short(value) { widest } else { key.len() };
            format!("  {key:width$} = {value}\n")
        };
        let lines: String = attributes.iter().map(line).collect();
        format!("resource \"{kind}\" \"{name}\" {{\n{lines}}}\n")
    };
    let named = ("name", text(&piece.name));
    let held = (kind, text(&code.holder));
    let policy = ("policy", document.to_owned());
    if piece.is_inline {
        return vec![block(
            &format!("aws_iam_{kind}_policy"),
            &[named, held, policy],
        )];
    }
    let arn = ("policy_arn", format!("aws_iam_policy.{name}.arn"));
    vec![
        block("aws_iam_policy", &[named, policy]),
        block(&format!("aws_iam_{kind}_policy_attachment"), &[held, arn]),
    ]
}

fn data_source(piece: &Piece, name: &str, stack: &Stack) -> String {
    let statements = hcl_statements(&piece.document, stack, &piece.comments, 2);
    format!("data \"aws_iam_policy_document\" \"{name}\" {{\n{statements}}}\n")
}
