//! A suggestion as infrastructure code: one writer for each tool, all from the same statements.
//!
//! The output means the policy and nothing else. Account, region and partition are the tool's own references where they are the
//! stack's own; what stands in comments is one line each, whatever a log says; and a text that a tool would read as something of
//! its own is refused where it cannot be escaped.

mod aws_cli;
mod cdk;
mod cloudformation;
mod literal;
mod pulumi;
mod terraform;

use super::{Report, StatementEntry, grouped, plain, plural};
use crate::policy::document::Quota;
use crate::policy::{Document, PolicyKind};
use crate::template::Stack;

/// A tool that policies can be written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// Terraform, and `OpenTofu`.
    Terraform,
    /// `CloudFormation` in YAML.
    CloudFormation,
    /// The Serverless Application Model.
    Sam,
    /// The Cloud Development Kit in TypeScript.
    CdkTypescript,
    /// The Cloud Development Kit in Python.
    CdkPython,
    /// Pulumi in TypeScript.
    PulumiTypescript,
    /// Commands of AWS's own command line.
    AwsCli,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 7] = [
        Self::Terraform,
        Self::CloudFormation,
        Self::Sam,
        Self::CdkTypescript,
        Self::CdkPython,
        Self::PulumiTypescript,
        Self::AwsCli,
    ];
}

/// Policies to be written, with their holder.
#[derive(Clone, Debug)]
pub struct Code {
    /// What is said of the whole, a line each.
    pub heading: Vec<String>,
    /// The name of the role or user.
    pub holder: String,
    /// Says whether the holder is a user.
    pub is_user: bool,
    /// The policies.
    pub pieces: Vec<Piece>,
    /// What is the stack's own.
    pub stack: Stack,
}

/// One policy to be written.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Its name.
    pub name: String,
    /// What it says.
    pub document: Document,
    /// What is said of each statement, in order.
    pub comments: Vec<Vec<String>>,
    /// Says whether it is to be part of the role or user, and no policy of its own.
    pub is_inline: bool,
}

/// The longest line of a comment.
const LONGEST_COMMENT: usize = 200;

impl Code {
    /// Takes what a report suggests.
    ///
    /// # Errors
    ///
    /// If a policy of the report is none, which is a fault of polgen.
    pub fn of(report: &Report) -> Result<Self, String> {
        let mut pieces = Vec::new();
        for policy in &report.policies {
            let document = Document::parse(&policy.document.to_string(), PolicyKind::Identity)
                .map_err(|error| error.to_string())?;
            let inline = [Quota::InlineRole, Quota::InlineUser];
            pieces.push(Piece {
                name: policy.name.clone(),
                document,
                comments: policy.statements.iter().map(comments).collect(),
                is_inline: inline
                    .iter()
                    .any(|quota| quota.characters() == policy.quota),
            });
        }
        let documents = pieces.iter().map(|piece| &piece.document);
        let stack = Stack::of(&report.role.arn, documents);
        Ok(Self {
            heading: heading(report),
            holder: report.role.name.clone(),
            is_user: report.role.is_user,
            pieces,
            stack,
        })
    }

    /// Writes the policies for a tool.
    ///
    /// # Errors
    ///
    /// If a text in a policy cannot be written so that the tool takes it for itself.
    pub fn write(&self, language: Language) -> Result<String, String> {
        for piece in &self.pieces {
            check(piece, language)?;
        }
        Ok(match language {
            Language::Terraform => terraform::write(self),
            Language::CloudFormation => cloudformation::write(self, None),
            Language::Sam => cloudformation::write(self, Some("AWS::Serverless-2016-10-31")),
            Language::CdkTypescript => cdk::typescript(self),
            Language::CdkPython => cdk::python(self),
            Language::PulumiTypescript => pulumi::write(self),
            Language::AwsCli => aws_cli::write(self),
        })
    }

    /// The heading as comments, each behind `sign`.
    fn heading_lines(&self, sign: &str) -> String {
        let line = |text: &String| format!("{sign} {}\n", comment(text));
        self.heading.iter().map(line).collect()
    }
}

/// Refuses texts that a tool reads as its own and for which it has no escape.
fn check(piece: &Piece, language: Language) -> Result<(), String> {
    let signs: &[(&str, &str)] = match language {
        Language::CloudFormation | Language::Sam => {
            &[("{{resolve:", "CloudFormation would look up")]
        }
        Language::CdkTypescript | Language::CdkPython => &[
            ("{{resolve:", "CloudFormation would look up"),
            ("${Token[", "the CDK would fill in"),
        ],
        Language::Terraform | Language::PulumiTypescript | Language::AwsCli => &[],
    };
    let text = piece.document.to_compact();
    match signs.iter().find(|(sign, _)| text.contains(sign)) {
        Some((sign, who)) => Err(format!("a name in the policy holds `{sign}`, which {who}")),
        None => Ok(()),
    }
}

/// What stands behind a statement, in a line or two.
fn comments(statement: &StatementEntry) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(reason) = &statement.reason {
        lines.push(comment(&format!("{}: {reason}", statement.purpose)));
    }
    if statement.count > 0 {
        let days = plural(statement.days, "day", "days");
        let last = statement
            .last_seen
            .map(|last| format!(", last on {:.10}", last.to_string()));
        let uses = if statement.count == 1 { "use" } else { "uses" };
        lines.push(format!(
            "{} {uses} on {days}{}",
            grouped(statement.count),
            last.unwrap_or_default()
        ));
    }
    lines
}

fn heading(report: &Report) -> Vec<String> {
    let window = match (report.window.first, report.window.last) {
        (Some(first), Some(last)) => format!(
            " from {:.10} to {:.10}",
            first.to_string(),
            last.to_string()
        ),
        _ => String::new(),
    };
    vec![
        format!(
            "What the {} {} of {} needs, by what it did{window}.",
            report.role.word(),
            report.role.name,
            report.role.account
        ),
        format!(
            "Written by polgen: all {} uses seen were replayed over it and are allowed.",
            grouped(report.verified.uses)
        ),
    ]
}

/// One line that nothing in it can end, and of bounded length.
fn comment(text: &str) -> String {
    let text = plain(text);
    let mut characters = text.chars();
    let mut line: String = characters.by_ref().take(LONGEST_COMMENT).collect();
    if characters.next().is_some() {
        line.push('…');
    }
    line
}

/// The words of a name: runs of letters and digits.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// `my-role` as `MyRole`.
fn pascal(name: &str) -> String {
    let mut joined = String::new();
    for word in words(name) {
        let mut characters = word.chars();
        joined.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        joined.extend(characters);
    }
    if joined.starts_with(|first: char| first.is_ascii_alphabetic()) {
        joined
    } else {
        format!("Policy{joined}")
    }
}

/// `MyRole` as `my_role`.
fn snake(name: &str) -> String {
    let mut joined = String::new();
    let mut was_lower = false;
    for character in name.chars() {
        if !character.is_ascii_alphanumeric() {
            was_lower = false;
            if !joined.is_empty() && !joined.ends_with('_') {
                joined.push('_');
            }
            continue;
        }
        if character.is_ascii_uppercase() && was_lower {
            joined.push('_');
        }
        was_lower = !character.is_ascii_uppercase();
        joined.push(character.to_ascii_lowercase());
    }
    let joined = joined.trim_end_matches('_');
    if joined.starts_with(|first: char| first.is_ascii_alphabetic()) {
        joined.to_owned()
    } else {
        format!("policy_{joined}")
    }
}

/// Names for the policies, each of its own.
fn names(code: &Code, style: fn(&str) -> String) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for piece in &code.pieces {
        let name = style(&piece.name);
        let mut unique = name.clone();
        let mut number = 2;
        while names.contains(&unique) {
            unique = format!("{name}{number}");
            number += 1;
        }
        names.push(unique);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_of_the_languages_own_style() {
        assert_eq!(pascal("prototype-function_role"), "PrototypeFunctionRole");
        assert_eq!(pascal("9 lives"), "Policy9Lives");
        assert_eq!(
            snake("PrototypeFunctionRole-2"),
            "prototype_function_role_2"
        );
        assert_eq!(snake("AWSRole"), "awsrole");
        assert_eq!(snake("ö"), "policy_");
    }

    #[test]
    fn a_comment_is_one_line() {
        assert_eq!(comment("a\n*/ b\u{2028}c"), "a\\u{a}*/ b\\u{2028}c");
        assert_eq!(
            comment(&"x".repeat(1_000)).chars().count(),
            LONGEST_COMMENT + 1
        );
    }
}
