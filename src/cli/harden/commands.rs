//! What is only printed: the commands that save answers, and the rules.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args as ClapArgs;

use crate::cli::{Context, Exit, Failure};
use crate::harden::{rules, told_of};
use crate::posture::commands;

/// Where answers are saved, unless `--saved` says so.
const FOLDER: &str = "saved";

/// What answers are about.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "What to save answers about")]
pub(super) struct Names {
    /// Account id
    #[arg(long, value_name = "ID", requires = "print_commands")]
    account: Option<String>,

    /// Bucket; can be repeated
    #[arg(long, value_name = "NAME", requires = "print_commands")]
    bucket: Vec<String>,

    /// Access point; can be repeated
    #[arg(
        long,
        value_name = "NAME",
        requires = "print_commands",
        hide_short_help = true
    )]
    access_point: Vec<String>,

    /// Stack; can be repeated
    #[arg(long, value_name = "NAME", requires = "print_commands")]
    stack: Vec<String>,

    /// Function; can be repeated
    #[arg(long, value_name = "NAME", requires = "print_commands")]
    function: Vec<String>,

    /// Role; with --usage the one whose use comes first; can be repeated
    #[arg(long, value_name = "NAME")]
    role: Vec<String>,
}

impl Names {
    /// The roles that were named.
    pub(super) fn roles(&self) -> &[String] {
        &self.role
    }

    /// Prints the commands.
    pub(super) fn print(
        &self,
        folder: Option<&str>,
        context: &mut Context,
    ) -> Result<Exit, Failure> {
        let all = [
            ("bucket", &self.bucket),
            ("access-point", &self.access_point),
            ("stack", &self.stack),
            ("function", &self.function),
            ("role", &self.role),
        ];
        let mut names: BTreeMap<&str, BTreeSet<String>> = all
            .into_iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(area, names)| (area, names.iter().cloned().collect()))
            .collect();
        names.insert("account", BTreeSet::new());
        for line in commands(&names, self.account.as_deref(), folder.unwrap_or(FOLDER)) {
            context.output.line(&line)?;
        }
        Ok(Exit::Done)
    }
}

/// Lists all rules.
pub(super) fn list_rules(context: &mut Context) -> Result<Exit, Failure> {
    let rules = rules();
    let longest = rules.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    for rule in rules {
        let Some((_, side, serves)) = told_of(rule.name) else {
            continue;
        };
        let line = format!(
            "{:longest$}  {:13}  {:8}  {serves}",
            rule.name,
            rule.severity.as_str(),
            side.as_str()
        );
        context.output.line(&line)?;
    }
    Ok(Exit::Done)
}
