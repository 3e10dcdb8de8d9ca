//! The use of roles, for the subjects that define them.

use std::collections::BTreeSet;

use super::Args;
use super::files::Code;
use crate::catalog::Catalog;
use crate::check::Used;
use crate::cli::live::Connection;
use crate::cli::principal::query;
use crate::cli::{Context, Exit, Failure, gather, suggest};
use crate::diff::{Half, fates, replay};
use crate::source::current::known_policies;
use crate::synthesis::{
    Basis, CurrentGrants, HiddenChoice, Levels, Options, Pins, Room, Style, equals,
};
use crate::template::{Subject, SubjectKind};
use crate::time::day_of;
use crate::usage::PrincipalKind;

/// The room of a policy does not matter where none is written.
const QUOTA_CHARACTERS: usize = 6144;
const QUOTA_POLICIES: usize = 1000;

/// Works out what each role that was named used, by the name of its subject.
pub(super) fn of(
    args: &Args,
    code: &[Code],
    context: &Context,
) -> Result<Vec<(String, Used)>, Failure> {
    let names: BTreeSet<&String> = args.role.iter().collect();
    names
        .into_iter()
        .map(|role| one(args, role, code, context))
        .collect()
}

fn one(
    args: &Args,
    argument: &str,
    code: &[Code],
    context: &Context,
) -> Result<(String, Used), Failure> {
    let (role, id) = match argument.split_once('=') {
        Some((role, id)) => (role, Some(id)),
        None => (argument, None),
    };
    let query = query(PrincipalKind::Role, role)?;
    let subject = subject(code, role, id)?;
    let window = args.input.window(context.now)?;
    let mut connection = Connection::new(&args.input.live);
    let moments = (window, context.now);
    let sources = args
        .input
        .open(&mut connection, moments, query.account.as_deref())?;
    let (usage, mut reading) = gather::usage_of(&query, &args.input, (window, &sources))?;
    reading.add_gaps(sources.gaps.clone());
    args.input
        .judge(&reading)
        .map_err(|failure| connection.explain(failure))?;
    let mut role = suggest::choose(&usage, &query, window)?.clone();
    let policies = known_policies(subject);
    let grants = CurrentGrants::expand(&policies, Catalog::bundled());
    role.set_untested_aside(|access| {
        let conditions = equals(&access.conditions);
        grants.allows(&access.action, &access.resource, &conditions)
    });
    let basis = Basis {
        usage: &role,
        coverage: &usage.coverage,
        current: &grants,
        catalog: Catalog::bundled(),
    };
    let options = options();
    let suggestion = crate::synthesis::suggest(basis, &options).map_err(|error| {
        Failure::new(Exit::Failed, error).detail("this is a fault of polgen; nothing was checked")
    })?;
    let half = Half {
        policies: &policies,
        unresolved: &subject.unresolved,
    };
    let days = match (usage.coverage.first, usage.coverage.last) {
        (Some(first), Some(last)) => day_of(first)
            .until(day_of(last))
            .map_or(1, |span| span.get_days() + 1),
        _ => 0,
    };
    let used = Used {
        role: role.role.arn.clone(),
        days,
        fates: fates(basis, &suggestion),
        replayed: replay(half, half, &role),
    };
    Ok((subject.id.clone(), used))
}

fn options() -> Options {
    Options {
        levels: Levels::default(),
        style: Style::Readable,
        hidden: HiddenChoice::Keep,
        conditions: BTreeSet::new(),
        pins: Pins::default(),
        quota: Room {
            characters: QUOTA_CHARACTERS,
            policies: QUOTA_POLICIES,
            may_compress: false,
        },
        allow_denied: Vec::new(),
    }
}

/// Finds what the code calls a role.
fn subject<'c>(code: &'c [Code], role: &str, id: Option<&str>) -> Result<&'c Subject, Failure> {
    let name = role.rsplit('/').next().unwrap_or(role);
    let all = || code.iter().flat_map(|one| &one.subjects);
    let holders: Vec<&Subject> = all()
        .filter(|subject| matches!(subject.kind, SubjectKind::Role | SubjectKind::Function))
        .collect();
    let wanted = id.unwrap_or(name);
    if let Some(found) = all().find(|subject| subject.id == wanted) {
        return Ok(found);
    }
    match (id, holders.as_slice(), all().collect::<Vec<_>>().as_slice()) {
        (None, [only], _) | (None, [], [only]) => Ok(only),
        _ => {
            let names: Vec<&str> = all().map(|subject| subject.id.as_str()).take(8).collect();
            let problem =
                format!("--role: expected what the code calls `{name}`, found no `{wanted}`");
            let first = names.first().copied().unwrap_or("NAME");
            Err(Failure::new(Exit::WrongCommandLine, problem)
                .detail(format!("the files hold {}", names.join(", ")))
                .hint(format!("--role {role}={first}")))
        }
    }
}
