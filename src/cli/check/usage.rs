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

/// What a role used that one subject of one file defines.
#[derive(Debug)]
pub(super) struct UsedBy {
    file: usize,
    id: String,
    pub(super) used: Used,
}

impl UsedBy {
    pub(super) fn is_of(&self, file: usize, id: &str) -> bool {
        self.file == file && self.id == id
    }
}

/// Works out what each role that was named used.
pub(super) fn of(args: &Args, code: &[Code], context: &Context) -> Result<Vec<UsedBy>, Failure> {
    let names: BTreeSet<&String> = args.role.iter().collect();
    names
        .into_iter()
        .map(|role| one(args, role, code, context))
        .collect()
}

fn one(args: &Args, argument: &str, code: &[Code], context: &Context) -> Result<UsedBy, Failure> {
    let (role, id) = match argument.split_once('=') {
        Some((role, id)) => (role, Some(id)),
        None => (argument, None),
    };
    let query = query(PrincipalKind::Role, role)?;
    let (file, subject) = subject(code, role, id)?;
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
        before: None,
    };
    Ok(UsedBy {
        file,
        id: subject.id.clone(),
        used,
    })
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

/// Finds what the code calls a role, and the index of the file.
fn subject<'c>(
    code: &'c [Code],
    role: &str,
    id: Option<&str>,
) -> Result<(usize, &'c Subject), Failure> {
    let name = role.rsplit('/').next().unwrap_or(role);
    let files = code.iter().enumerate();
    let all: Vec<(usize, &Subject)> = files
        .flat_map(|(index, one)| one.subjects.iter().map(move |subject| (index, subject)))
        .collect();
    let only = |wanted: &dyn Fn(&Subject) -> bool| {
        let mut found = all.iter().filter(|(_, subject)| wanted(subject));
        match (found.next(), found.next()) {
            (Some(one), None) => Some(*one),
            _ => None,
        }
    };
    let wanted = id.unwrap_or(name);
    let is_holder =
        |subject: &Subject| matches!(subject.kind, SubjectKind::Role | SubjectKind::Function);
    let found = only(&|subject| subject.id == wanted);
    let is_there = all.iter().any(|(_, subject)| subject.id == wanted);
    let guess = || only(&is_holder).or_else(|| only(&|_| true));
    let found = match (found, id) {
        (None, None) if !is_there => guess(),
        (found, _) => found,
    };
    found.ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(_, one)| one.id.as_str()).take(8).collect();
        let count = if is_there { "several" } else { "no" };
        let problem =
            format!("--role: expected what the code calls `{name}`, found {count} `{wanted}`");
        let failure = Failure::new(Exit::WrongCommandLine, problem)
            .detail(format!("the files hold {}", names.join(", ")));
        if is_there {
            return failure.hint("name one file at a time");
        }
        let first = names.first().copied().unwrap_or("NAME");
        failure.hint(format!("--role {role}={first}"))
    })
}
