//! How to put the suggestion on the role: polgen's own way with its way back, and the policy as code.

use crate::report::{Code, Language, Report};

/// The longest code that stands on the page; what is longer goes into a file anyway.
const MOST_CHARACTERS: usize = 60_000;

/// The ways.
#[derive(Debug)]
pub(super) struct Apply {
    pub(super) steps: Vec<Step>,
    pub(super) codes: Vec<Written>,
}

/// A command, and what it is for.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) why: &'static str,
    pub(super) command: String,
}

/// The policy for one tool.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) tool: &'static str,
    pub(super) lines: Vec<String>,
    /// The command that writes it, where it is too long for the page.
    pub(super) command: String,
}

impl Apply {
    pub(super) fn of(report: &Report) -> Self {
        Self {
            steps: steps(report),
            codes: codes(report),
        }
    }
}

fn steps(report: &Report) -> Vec<Step> {
    let name = quoted(&report.role.name);
    let kind = report.role.word();
    let step = |why, command| Step { why, command };
    let mut steps = vec![
        step(
            "Keep the suggestion as JSON: the arguments that made this page, with another format. With AWS credentials this is enough:",
            format!("polgen suggest --{kind} {name} --format json > suggestion.json"),
        ),
        step(
            "See each step, and change nothing:",
            "polgen apply suggestion.json".to_owned(),
        ),
        step(
            "Do it. What was there before goes into the rollback file first:",
            "polgen apply suggestion.json --yes --rollback-file before.json".to_owned(),
        ),
    ];
    if !report.role.is_user {
        steps.push(step(
            "Watch for denied calls, and put the old policies back at the first:",
            format!("polgen watch --role {name} --minutes 60 --auto-rollback before.json"),
        ));
    }
    steps.push(step(
        "Back to what was there, at any time:",
        "polgen rollback before.json --yes".to_owned(),
    ));
    steps
}

fn codes(report: &Report) -> Vec<Written> {
    let Ok(code) = Code::of(report) else {
        return Vec::new();
    };
    let tools = [
        ("Terraform", "terraform", Language::Terraform),
        ("CloudFormation", "cloudformation", Language::CloudFormation),
        ("AWS CLI", "aws-cli", Language::AwsCli),
    ];
    tools
        .into_iter()
        .filter_map(|(tool, format, language)| {
            let text = code.write(language).ok()?;
            let is_long = text.len() > MOST_CHARACTERS;
            let kind = report.role.word();
            let name = quoted(&report.role.name);
            Some(Written {
                tool,
                lines: text
                    .lines()
                    .filter(|_| !is_long)
                    .map(str::to_owned)
                    .collect(),
                command: format!("polgen suggest --{kind} {name} --format {format}"),
            })
        })
        .collect()
}

/// A word of a POSIX shell.
fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./+=,@".contains(&byte);
    if !text.is_empty() && !text.starts_with('-') && text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_word_of_the_shell() {
        assert_eq!(quoted("web-api"), "web-api");
        assert_eq!(quoted("a'; rm -rf ~"), r"'a'\''; rm -rf ~'");
        assert_eq!(quoted("--yes"), "'--yes'");
        assert_eq!(quoted(""), "''");
    }
}
