//! Commands of AWS's own command line, as a script for a POSIX shell.
//!
//! The script is for the account of the role, so nothing in it is a reference. Documents stand in quoted heredocs, where the
//! shell reads nothing as its own; a line that would end one cannot stand in JSON.

use std::fmt::Write as _;

use super::Code;

pub(super) fn write(code: &Code) -> String {
    let mut written = format!("#!/bin/sh\n{}set -eu\n", code.heading_lines("#"));
    let kind = if code.is_user { "user" } else { "role" };
    let holder = quoted(&code.holder);
    for piece in &code.pieces {
        let name = quoted(&piece.name);
        written.push('\n');
        for (statement, comments) in piece.document.statements.iter().zip(&piece.comments) {
            let sid = statement
                .sid
                .as_deref()
                .map(|sid| format!("{sid}: "))
                .unwrap_or_default();
            for comment in comments {
                written.extend(["# ", sid.as_str(), comment, "\n"]);
            }
        }
        let document = format!("\"$(\n  cat <<'POLICY'\n{}\nPOLICY\n)\"", piece.document);
        if piece.is_inline {
            let _ = writeln!(
                written,
                "aws iam put-{kind}-policy --{kind}-name {holder} --policy-name {name} --policy-document {document}"
            );
            continue;
        }
        let _ = writeln!(
            written,
            "arn=$(aws iam create-policy --policy-name {name} --query Policy.Arn --output text --policy-document {document})"
        );
        let _ = writeln!(
            written,
            "aws iam attach-{kind}-policy --{kind}-name {holder} --policy-arn \"$arn\""
        );
    }
    written
}

/// A word of the shell.
fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./+=,@".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
