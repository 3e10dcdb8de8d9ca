//! Reports with what they were made from: for one role, for its sessions, or for several roles whose input is read once.

use super::refusal::choose;
use super::{Args, ask, report_of, split};
use crate::cli::live::{Connection, RoleNow, Sources};
use crate::cli::{Context, Failure, gather};
use crate::report::Report;
use crate::source::Reading;
use crate::source::current::Current;
use crate::template::Known;
use crate::time::Window;
use crate::usage::{PrincipalKind, RoleQuery, RoleUsage, Usage};

/// A report, and what a command beside this one wants of what it was made from.
#[derive(Debug)]
pub(in crate::cli) struct Assessed {
    pub(in crate::cli) report: Report,
    pub(in crate::cli) role: RoleUsage,
    /// What it was compared with.
    pub(in crate::cli) current: Current,
    /// What is known of the values that infrastructure code leaves open.
    pub(in crate::cli) known: Known,
}

/// Makes the reports: one, or one for each part of a role that is split.
pub(in crate::cli) fn reports(args: &Args, context: &Context) -> Result<Vec<Report>, Failure> {
    let assessed = assessed(args, context)?;
    Ok(assessed.into_iter().map(|one| one.report).collect())
}

/// Makes the reports, and keeps what they were made from.
pub(in crate::cli) fn assessed(args: &Args, context: &Context) -> Result<Vec<Assessed>, Failure> {
    let mut all = assessed_all(&[args], context)?;
    all.pop().unwrap_or_else(|| Ok(Vec::new()))
}

/// Makes the reports on several roles, whose arguments differ in the role and its current policies alone; the input is read once.
pub(in crate::cli) fn assessed_all(
    list: &[&Args],
    context: &Context,
) -> Result<Vec<Result<Vec<Assessed>, Failure>>, Failure> {
    let Some(args) = list.first() else {
        return Ok(Vec::new());
    };
    let window = args.input.window(context.now)?;
    let mut queries = Vec::new();
    for args in list {
        let mut query = args.principal.query()?;
        query.exclusions = args.choices.exclusions(context.now)?;
        query.is_split_by_session = args.choices.is_split_by_session();
        queries.push(query);
    }
    let query = match queries.as_slice() {
        [one] => one.clone(),
        many => RoleQuery {
            any_of: many.to_vec(),
            exclusions: args.choices.exclusions(context.now)?,
            is_split_by_session: args.choices.is_split_by_session(),
            ..RoleQuery::default()
        },
    };
    let selectors = args.choices.selectors()?;
    ask::check(args.hidden)?;
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
    let (mut usage, mut reading) = gather::usage_of(&query, &args.input, (window, &sources))?;
    usage.coverage.selectors = selectors;
    reading.add_gaps(sources.gaps.clone());
    let judged = args.input.judge(&reading);
    judged.map_err(|failure| connection.explain(failure))?;
    let pairs = list.iter().zip(&queries);
    let each = pairs.map(|(args, query)| {
        let own = (queries.len() > 1).then(|| usage.only(query));
        let usage = own.as_ref().unwrap_or(&usage);
        let seen = (query, window, usage, &reading);
        of_one(args, seen, (&mut connection, context))
    });
    Ok(each.collect())
}

/// Makes the reports on one role.
fn of_one(
    args: &Args,
    (query, window, usage, reading): (&RoleQuery, Window, &Usage, &Reading),
    (connection, context): (&mut Connection<'_>, &Context),
) -> Result<Vec<Assessed>, Failure> {
    let chosen = if query.is_split_by_session {
        split::parts(usage, query, window)
    } else {
        choose(usage, query, window).map(|role| vec![role.clone()])
    };
    let is_role = query.kind == PrincipalKind::Role;
    let roles = chosen.map_err(|failure| {
        let absent =
            is_role.then(|| connection.missing_role(query.name.as_deref().unwrap_or_default()));
        absent.flatten().unwrap_or(failure)
    })?;
    let mut reports = Vec::new();
    let mut refused = None;
    for mut role in roles {
        let now = if is_role {
            connection.role_now(&mut role)?
        } else {
            RoleNow::default()
        };
        match report_of(
            args,
            (role, now),
            (&usage.coverage, reading),
            (&mut *connection, context),
        ) {
            Ok(report) => reports.push(report),
            // A session that was allowed nothing does not keep the others from their policies.
            Err(failure) if query.is_split_by_session => refused = Some(failure),
            Err(failure) => return Err(failure),
        }
    }
    if let (Some(failure), true) = (refused, reports.is_empty()) {
        return Err(failure);
    }
    Ok(reports)
}
