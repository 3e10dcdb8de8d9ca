//! `--all-roles`: a whole account in one pass, the roles first from which most can be removed.

mod folder;
mod row;
mod today;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use clap::Args as ClapArgs;

use super::{Args, Format, Hidden, assess, options, service_linked, suggested};
use crate::catalog::Catalog;
use crate::cli::gather::usage_of;
use crate::cli::live::{Connection, Sources};
use crate::cli::progress::Waiting;
use crate::cli::screen::width_of_data;
use crate::cli::suggest::refusal::{nothing_allowed, refuse_oversized};
use crate::cli::{Context, Exit, Failure};
use crate::diff::fates;
use crate::pattern::Pattern;
use crate::report::{Align, fit, grouped, plain, plural, policy_entry};
use crate::source::Reading;
use crate::source::current::AccountDetails;
use crate::synthesis::{Basis, CurrentGrants, CurrentPolicy, equals};
use crate::usage::{Coverage, PrincipalKind, RoleQuery, RoleUsage};
use row::{Outcome, Row};
use today::{Policies, Today, accounts, tell_not_compared};

/// Which roles, when all are asked for.
#[derive(Debug, ClapArgs)]
pub(super) struct AllRoles {
    /// Suggest for every role seen, in one pass
    ///
    /// Prints a table, the roles first from which most can be removed. What they may do today is read from `--current`, given
    /// as the file of a whole account.
    #[arg(
        id = "all_roles",
        long = "all-roles",
        group = "Principal",
        help_heading = "Input"
    )]
    pub(super) is_asked_for: bool,

    /// Of all roles, only those of this account
    #[arg(
        long,
        value_name = "ID",
        requires = "all_roles",
        help_heading = "Input",
        hide_short_help = true
    )]
    account: Option<String>,

    /// Read what the roles may do today from AWS, in other accounts through the role of this name, or path and name
    ///
    /// Each account that a role seen belongs to is asked once, the caller's own with the caller's credentials. The session in another
    /// account may do nothing but read its roles. Roles of an account that cannot be read are not compared.
    #[arg(
        long,
        value_name = "NAME",
        requires = "all_roles",
        conflicts_with = "current",
        help_heading = "Input",
        hide_short_help = true
    )]
    assume_role_name: Option<String>,

    /// Of all roles, only those with this tag; can be repeated
    ///
    /// The tags stand in the file of a whole account that `--current` names, or are read with `--assume-role-name`.
    #[arg(
        long,
        value_name = "KEY=VALUE",
        requires = "all_roles",
        help_heading = "Input",
        hide_short_help = true
    )]
    tag: Vec<String>,

    /// Of all roles, only those whose name matches the glob
    #[arg(
        long,
        value_name = "PATTERN",
        requires = "all_roles",
        help_heading = "Input",
        hide_short_help = true
    )]
    name: Option<String>,
}

/// Runs the command for all roles.
pub(super) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let tags = check(args)?;
    let query = RoleQuery {
        account: args.all.account.clone(),
        name_pattern: args.all.name.as_deref().map(Pattern::parse),
        exclusions: args.choices.exclusions(context.now)?,
        is_counted_only: is_counted_only(args)?,
        ..RoleQuery::every(PrincipalKind::Role)
    };
    let details = args.current.first().map(|path| AccountDetails::read(path));
    let details = details.transpose()?;
    let window = args.input.window(context.now)?;
    let mut connection = Connection::new(&args.input.live);
    let asked = args.table.rows(
        &mut connection,
        (&query, window),
        (args.wishes.config(), context.now),
    )?;
    let sources = match asked {
        Some(rows) => Sources::of_rows(rows),
        None => args.input.open(
            &mut connection,
            (window, context.now),
            query.account.as_deref(),
        )?,
    };
    let (mut usage, mut reading) = usage_of(&query, &args.input, (window, &sources))?;
    usage.coverage.selectors = args.choices.selectors()?;
    reading.add_gaps(sources.gaps);
    args.input.judge(&reading)?;
    let mut roles: Vec<RoleUsage> = usage.roles.into_values().collect();
    roles.retain(|role| role.events > 0);
    let today = Today {
        file: details,
        accounts: accounts(args, &roles, &mut connection)?,
    };
    let roles = wanted(roles, &tags, &today)?;
    let job = Job {
        args,
        today: &today,
        coverage: &usage.coverage,
        reading: &reading,
        context,
    };
    let waiting = Waiting::new("looking for the smallest policies");
    let mut rows = job.rows(roles)?;
    drop(waiting);
    rows.sort_by(Row::order);
    if let Some(folder) = &args.output_dir {
        folder::write(folder, &rows, args.format == Format::Html)?;
    }
    print(args, &rows, &today, context)?;
    let has_excess = rows.iter().any(|row| row.has_excess);
    Ok(if args.exit_code && has_excess {
        Exit::Excess
    } else {
        Exit::Done
    })
}

/// Says whether counts will do: the table tells nothing else of what was used, and only conditions need the circumstances.
fn is_counted_only(args: &Args) -> Result<bool, Failure> {
    Ok(args.format != Format::Html && args.wishes.restrictions()?.is_empty())
}

/// Keeps the roles that have the tags asked for.
fn wanted(
    mut roles: Vec<RoleUsage>,
    tags: &[(&str, &str)],
    today: &Today,
) -> Result<Vec<RoleUsage>, Failure> {
    let has = |role: &RoleUsage, (key, value): &(&str, &str)| today.has_tag(&role.role, key, value);
    roles.retain(|role| tags.iter().all(|tag| has(role, tag)));
    if roles.is_empty() {
        let problem = "no event by any of the roles asked for";
        return Err(Failure::new(Exit::NoEvent, problem));
    }
    Ok(roles)
}

/// How many of the busiest roles are asked about in AWS, a handful of calls each, before one is picked.
const ASKED: usize = 20;

/// The roles that there are, those first of which most can be removed. What they may do is read from `--current`, if it names the
/// file of a whole account, or asked from AWS for the busiest.
pub(super) fn to_pick_from(args: &Args, context: &Context) -> Result<Vec<Row>, Failure> {
    let query = RoleQuery {
        is_counted_only: is_counted_only(args)?,
        ..RoleQuery::every(PrincipalKind::Role)
    };
    let file = args.current.first();
    let details = file.and_then(|path| AccountDetails::read(path).ok());
    let window = args.input.window(context.now)?;
    let mut connection = Connection::new(&args.input.live);
    let sources = args
        .input
        .open(&mut connection, (window, context.now), None)?;
    let (mut usage, mut reading) = usage_of(&query, &args.input, (window, &sources))?;
    reading.add_gaps(sources.gaps);
    let judged = args.input.judge(&reading);
    judged.map_err(|failure| connection.explain(failure))?;
    let mut roles: Vec<RoleUsage> = std::mem::take(&mut usage.roles).into_values().collect();
    roles.retain(|role| role.events > 0 && !role.role.is_service_linked());
    roles.sort_by_key(|role| std::cmp::Reverse(role.events));
    let today = Today {
        file: details,
        accounts: BTreeMap::new(),
    };
    let job = Job {
        args,
        today: &today,
        coverage: &usage.coverage,
        reading: &reading,
        context,
    };
    let mut rows = Vec::new();
    let _waiting = Waiting::new("looking at the roles");
    if today.file.is_none() && connection.is_open() {
        for role in roles.drain(..roles.len().min(ASKED)) {
            // A role that is gone, or that may not be read, can be picked all the same.
            let current = connection.policies_of(&role.role.name).ok();
            rows.push(job.row_with(role, Policies::known(current)));
        }
    }
    rows.extend(job.rows(roles)?);
    rows.sort_by(Row::order);
    Ok(rows)
}

/// Refuses what makes no sense for many roles; gives the tags asked for.
fn check(args: &Args) -> Result<Vec<(&str, &str)>, Failure> {
    let wrong = |problem: &str| Err(Failure::new(Exit::WrongCommandLine, problem));
    if args.hidden == Hidden::Ask {
        return wrong("--hidden: expected keep or drop with `--all-roles`, found ask");
    }
    if !matches!(args.format, Format::Text | Format::Json | Format::Html) {
        return wrong(
            "--format: expected text, json or html with `--all-roles`; `--output-dir` writes the policies",
        );
    }
    if args.format == Format::Html && args.output_dir.is_none() {
        return wrong(
            "--format: expected `--output-dir` with html and `--all-roles`, for the pages",
        );
    }
    if args.destination.write.is_some() {
        return wrong("--write: expected one role, found `--all-roles`");
    }
    if args.choices.is_split_by_session() {
        return wrong("--split-by: expected one role, found `--all-roles`");
    }
    if args.current.len() > 1 {
        return wrong(
            "--current: expected one file of a whole account with `--all-roles`, found several",
        );
    }
    if args.checks.simulate || args.checks.validate {
        return wrong("--simulate and --validate: expected one role, found `--all-roles`");
    }
    let has_no_tags = args.current.is_empty() && args.all.assume_role_name.is_none();
    if !args.all.tag.is_empty() && has_no_tags {
        return wrong(
            "--tag: expected `--current` with the file of a whole account, where tags stand, or `--assume-role-name`",
        );
    }
    if let Some(name) = &args.all.assume_role_name {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte);
        let is_path = !name.starts_with('/') && !name.ends_with('/') && !name.contains("//");
        if name.is_empty() || !is_path || !name.bytes().all(is_name) {
            return Err(Failure::new(
                Exit::WrongCommandLine,
                format!(
                    "--assume-role-name: expected a role's name, or its path and name as in `audit/polgen`, found `{name}`"
                ),
            ));
        }
    }
    args.all
        .tag
        .iter()
        .map(|text| {
            text.split_once('=').ok_or_else(|| {
                Failure::new(
                    Exit::WrongCommandLine,
                    format!("--tag: expected KEY=VALUE, found `{text}`"),
                )
            })
        })
        .collect()
}

/// What all roles share.
struct Job<'a> {
    args: &'a Args,
    today: &'a Today,
    coverage: &'a Coverage,
    reading: &'a Reading,
    context: &'a Context,
}

impl Job<'_> {
    /// Makes the rows of all roles with as many threads as read.
    fn rows(&self, roles: Vec<RoleUsage>) -> Result<Vec<Row>, Failure> {
        let threads = self.args.input.threads().min(roles.len());
        let roles: Vec<Mutex<Option<RoleUsage>>> = roles
            .into_iter()
            .map(|role| Mutex::new(Some(role)))
            .collect();
        let next = AtomicUsize::new(0);
        let rows = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while let Some(slot) = roles.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let role = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
                        if let Some(role) = role {
                            let row = self.row(role);
                            rows.lock()
                                .unwrap_or_else(PoisonError::into_inner)
                                .push(row);
                        }
                    }
                });
            }
        });
        let rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
        rows.into_iter().collect()
    }

    fn row(&self, role: RoleUsage) -> Result<Row, Failure> {
        let policies = self.today.policies_of(&role.role)?;
        Ok(self.row_with(role, policies))
    }

    fn row_with(&self, mut role: RoleUsage, known: Policies) -> Row {
        let current = known.list.as_deref();
        let policies = current.unwrap_or_default();
        let grants = CurrentGrants::expand(policies, Catalog::bundled());
        if current.is_some() {
            role.set_untested_aside(|access| {
                grants.allows(
                    &access.action,
                    &access.resource,
                    &equals(&access.conditions),
                )
            });
        }
        let report = if role.role.is_service_linked() {
            Err(service_linked(&role))
        } else if role.has_proven_use() {
            self.outcome(&role, policies, &grants)
        } else {
            Err(nothing_allowed(&role))
        };
        let mut row = Row::new(&role, current, report);
        row.not_compared = known.not_compared;
        row
    }

    /// Suggests for a role, as far as the table tells of it.
    fn outcome(
        &self,
        role: &RoleUsage,
        policies: &[CurrentPolicy],
        grants: &CurrentGrants,
    ) -> Result<Outcome, Failure> {
        let options = options(self.args, role, None, self.context)?;
        if self.args.format == Format::Html {
            let what = (self.coverage, policies, grants, self.reading);
            let report = assess(self.args, options, role, what)?;
            refuse_oversized(&report.policies)?;
            return Ok(Outcome {
                policies: report.policies.clone(),
                fates: report.fates.clone(),
                report: Some(report),
            });
        }
        let basis = Basis {
            usage: role,
            coverage: self.coverage,
            current: grants,
            catalog: Catalog::bundled(),
        };
        let suggestion = suggested(basis, &options)?;
        let quota = options.quota.characters;
        let entries = suggestion.policies.iter();
        let outcome = Outcome {
            policies: entries.map(|policy| policy_entry(policy, quota)).collect(),
            fates: (!policies.is_empty()).then(|| fates(basis, &suggestion)),
            report: None,
        };
        refuse_oversized(&outcome.policies)?;
        Ok(outcome)
    }
}

fn print(args: &Args, rows: &[Row], today: &Today, context: &mut Context) -> Result<(), Failure> {
    tell_not_compared(rows, today);
    if args.format == Format::Json {
        let roles: Vec<_> = rows.iter().map(Row::json).collect();
        let value = serde_json::json!({ "roles": roles });
        let text = serde_json::to_string_pretty(&value).unwrap_or_default();
        context.output.line(&text)?;
        return Ok(());
    }
    let heads = [
        "Role",
        "Events",
        "Used",
        "Granted",
        "Removable",
        "Characters",
        "Worst finding",
    ];
    let mut cells = vec![heads.map(str::to_owned).to_vec()];
    cells.extend(rows.iter().map(Row::cells));
    let align = [
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Left,
    ];
    for line in fit(&cells, &align, width_of_data()) {
        context.output.line(&line)?;
    }
    for row in rows {
        if let Some(reason) = &row.refused {
            anstream::eprintln!("warning: {}: {}", plain(&row.arn), plain(reason));
        }
    }
    let events: u64 = rows.iter().map(|row| row.events).sum();
    anstream::eprintln!(
        "\n{}, {} events",
        plural(rows.len(), "role", "roles"),
        grouped(events)
    );
    Ok(())
}
