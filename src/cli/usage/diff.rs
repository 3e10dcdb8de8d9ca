//! What two windows differ in: a role that was taken over teaches its own attack, and a window that is known to be good shows it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, ValueEnum};
use serde_json::json;

use crate::cli::{Context, Exit, Failure, principal};
use crate::report::{grouped, plain};
use crate::source::usage_file;
use crate::time::day_of;
use crate::usage::{Evidence, PrincipalKind, RoleQuery, Usage};

/// Compare two usage files: which accesses are new, and which are gone
///
/// For a window known to be good against a later one: `polgen usage --trail FOLDER --until 2026-06-30 --output good.usage`, the same with
/// `--since 2026-07-01`, and then `polgen usage diff good.usage later.usage`.
#[derive(Debug, ClapArgs)]
pub(super) struct Diff {
    /// The earlier usage file
    #[arg(value_name = "OLD")]
    old: PathBuf,

    /// The later usage file
    #[arg(value_name = "NEW")]
    new: PathBuf,

    /// Only this role
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,

    /// Only this IAM user
    #[arg(long, value_name = "USER", conflicts_with = "role")]
    user: Option<String>,

    /// What to write: text, or json with a line for each access
    #[arg(long, value_enum, default_value_t = Format::Text, hide_possible_values = true)]
    format: Format,

    /// End with exit code 10 if an access is new
    #[arg(long)]
    exit_code: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line for people
    Text,
    /// A JSON object a line
    Json,
}

/// A role's ARN, an action and a resource.
type Key = (String, String, String);

/// Runs the command.
pub(super) fn run(args: &Diff, context: &mut Context) -> Result<Exit, Failure> {
    let query = match (&args.role, &args.user) {
        (Some(role), _) => principal::query(PrincipalKind::Role, role)?,
        (None, Some(user)) => principal::query(PrincipalKind::User, user)?,
        (None, None) => RoleQuery::everyone(),
    };
    let old = accesses(&args.old, &query)?;
    let new = accesses(&args.new, &query)?;
    let added = new.iter().filter(|(key, _)| !old.contains_key(*key));
    let gone = old.iter().filter(|(key, _)| !new.contains_key(*key));
    let mut lines: Vec<(&Key, &str, &Evidence)> =
        added.map(|(key, seen)| (key, "new", seen)).collect();
    let has_new = !lines.is_empty();
    lines.extend(gone.map(|(key, seen)| (key, "gone", seen)));
    lines.sort_by_key(|(key, change, _)| (*key, *change));
    for (key, change, evidence) in lines {
        context
            .output
            .line(&line(args.format, key, change, evidence))?;
    }
    Ok(if has_new && args.exit_code {
        Exit::Excess
    } else {
        Exit::Done
    })
}

fn line(
    format: Format,
    (role, action, resource): &Key,
    change: &str,
    evidence: &Evidence,
) -> String {
    if format == Format::Json {
        return json!({
            "change": change,
            "role": role,
            "action": action,
            "resource": resource,
            "count": evidence.count,
            "first_seen": evidence.first_seen,
            "last_seen": evidence.last_seen,
            "origin": evidence.first_origin.as_ref().map(|first| &first.1.network),
        })
        .to_string();
    }
    let (sign, moment) = match change {
        "new" => ('+', evidence.first_seen),
        _ => ('-', evidence.last_seen),
    };
    let day = moment.map_or_else(String::new, |moment| format!(", {}", day_of(moment)));
    let uses = grouped(evidence.count);
    plain(&format!(
        "{sign} {role}  {action}  {resource}  ({uses}{day})"
    ))
    .into_owned()
}

fn accesses(path: &Path, query: &RoleQuery) -> Result<BTreeMap<Key, Evidence>, Failure> {
    let daily = usage_file::read(path).map_err(|error| Failure::new(Exit::Gaps, error))?;
    let mut usage = Usage::default();
    for part in daily.parts.into_values() {
        usage.merge(part.usage);
    }
    usage.finish();
    let mut all: BTreeMap<Key, Evidence> = BTreeMap::new();
    for role in usage
        .roles
        .values()
        .filter(|role| query.matches(&role.role))
    {
        for (used, evidence) in &role.uses {
            let access = &used.access;
            let key = (
                role.role.arn.clone(),
                access.action.to_string(),
                access.resource.to_string(),
            );
            all.entry(key).or_default().merge(evidence.clone());
        }
    }
    Ok(all)
}
