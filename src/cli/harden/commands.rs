//! What AWS is asked about, and what is only printed: the commands that save its answers, and the rules.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args as ClapArgs;

use crate::cli::{Context, Exit, Failure};
use crate::harden::{rules, told_of};
use crate::posture::commands;
use crate::source::posture::Named;

/// Where answers are saved, unless `--saved` says so.
const FOLDER: &str = "saved";

/// What is read from AWS, or what answers are saved about.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "What AWS is asked about")]
pub(super) struct Names {
    /// Everything in the account, in all its regions or in --region
    ///
    /// Its public access block, buckets, access points, roles, stacks, functions and security groups. With an id it is made sure that it is
    /// this account.
    #[arg(long, value_name = "ID", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    account: Option<String>,

    /// Bucket with its access points; can be repeated
    #[arg(long, value_name = "NAME")]
    bucket: Vec<String>,

    /// Access point; can be repeated
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    access_point: Vec<String>,

    /// Stack with all that it made; can be repeated
    #[arg(long, value_name = "NAME")]
    stack: Vec<String>,

    /// Function; can be repeated
    #[arg(long, value_name = "NAME")]
    function: Vec<String>,

    /// Role; with --usage the one whose use comes first; can be repeated
    ///
    /// With files or saved answers and `--usage` it is not read from AWS: then it only names the role in the usage.
    #[arg(long, value_name = "NAME")]
    role: Vec<String>,
}

impl Names {
    /// The roles that were named.
    pub(super) fn roles(&self) -> &[String] {
        &self.role
    }

    /// What is to be read from AWS; `has_roles` says whether the roles are.
    pub(super) fn wanted(&self, has_roles: bool) -> Named {
        Named {
            is_whole_account: self.account.is_some(),
            buckets: self.bucket.clone(),
            access_points: self.access_point.clone(),
            stacks: self.stack.clone(),
            functions: self.function.clone(),
            roles: if has_roles {
                self.role.clone()
            } else {
                Vec::new()
            },
        }
    }

    /// The account that was named.
    pub(super) fn account(&self) -> Option<&str> {
        self.account.as_deref().filter(|id| !id.is_empty())
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
        for line in commands(&names, self.account(), folder.unwrap_or(FOLDER)) {
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
