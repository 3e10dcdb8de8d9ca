//! The use of roles, for the subjects that define them.

use std::collections::BTreeSet;

use super::Args;
use super::base::Compared;
use super::files::Code;
use crate::catalog::Catalog;
use crate::check::{Used, UsedBefore};
use crate::cli::live::Connection;
use crate::cli::principal::query;
use crate::cli::{Context, Exit, Failure, gather, suggest};
use crate::diff::{Fates, Half, fates, replay};
use crate::source::current::known_policies;
use crate::synthesis::{Basis, CurrentGrants, CurrentPolicy, Options, equals};
use crate::template::{Subject, SubjectKind, Unresolved};
use crate::time::day_of;
use crate::usage::{PrincipalKind, RoleUsage, Usage};

/// What a role used that one subject of one file defines.
#[derive(Debug)]
pub(super) struct UsedBy {
    file: usize,
    at: usize,
    pub(super) used: Used,
}

impl UsedBy {
    pub(super) fn is_of(&self, file: usize, at: usize) -> bool {
        self.file == file && self.at == at
    }
}

/// Works out what each role that was named used.
pub(super) fn of(
    args: &Args,
    code: &[Code],
    compared: &Compared,
    context: &Context,
) -> Result<Vec<UsedBy>, Failure> {
    let names: BTreeSet<&String> = args.role.iter().collect();
    names
        .into_iter()
        .map(|role| one(args, role, (code, compared), context))
        .collect()
}

fn one(
    args: &Args,
    argument: &str,
    (code, compared): (&[Code], &Compared),
    context: &Context,
) -> Result<UsedBy, Failure> {
    let (role, id) = match argument.split_once('=') {
        Some((role, id)) => (role, Some(id)),
        None => (argument, None),
    };
    let query = query(PrincipalKind::Role, role)?;
    let (file, at, subject) = subject(code, role, id)?;
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
    let role = suggest::choose(&usage, &query, window)?.clone();
    let now = Against::of(subject, (&role, &usage))?;
    let old = compared.old(file, at);
    let then = old.flatten();
    let then = then
        .map(|old| Against::of(old, (&role, &usage)))
        .transpose()?;
    let nothing = Half {
        policies: &[],
        unresolved: &[],
    };
    let before = then.as_ref().map_or(nothing, Against::half);
    let days = match (usage.coverage.first, usage.coverage.last) {
        (Some(first), Some(last)) => day_of(first)
            .until(day_of(last))
            .map_or(1, |span| span.get_days() + 1),
        _ => 0,
    };
    // What the code before allowed was a use, whatever the code of now says.
    let tested = then.as_ref().map_or(&now.role, |then| &then.role);
    let used = Used {
        role: role.role.arn.clone(),
        days,
        // Without a base nothing is known of what else grants, so that all that the code does not allow is told.
        replayed: match old {
            None => replay(now.half(), now.half(), &now.role),
            Some(_) => replay(before, now.half(), tested),
        },
        before: old.is_some().then(|| UsedBefore {
            fates: then
                .as_ref()
                .map(|then| then.fates.clone())
                .unwrap_or_default(),
            undecided: replay(before, before, tested).undecided,
        }),
        fates: now.fates,
    };
    Ok(UsedBy { file, at, used })
}

/// The use of a role against what some code grants it.
struct Against<'s> {
    policies: Vec<CurrentPolicy>,
    unresolved: &'s [Unresolved],
    fates: Fates,
    /// The role without uses that the code cannot have allowed and nothing tested.
    role: RoleUsage,
}

impl<'s> Against<'s> {
    fn of(subject: &'s Subject, (role, usage): (&RoleUsage, &Usage)) -> Result<Self, Failure> {
        let policies = known_policies(subject);
        let grants = CurrentGrants::expand(&policies, Catalog::bundled());
        let mut role = role.clone();
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
        let suggestion = crate::synthesis::suggest(basis, &Options::unwritten());
        let suggestion = suggestion.map_err(|error| {
            Failure::new(Exit::Failed, error)
                .detail("this is a fault of polgen; nothing was checked")
        })?;
        Ok(Self {
            fates: fates(basis, &suggestion),
            policies,
            unresolved: &subject.unresolved,
            role,
        })
    }

    fn half(&self) -> Half<'_> {
        Half {
            policies: &self.policies,
            unresolved: self.unresolved,
        }
    }
}

/// Finds what the code calls a role, and the index of the file.
fn subject<'c>(
    code: &'c [Code],
    role: &str,
    id: Option<&str>,
) -> Result<(usize, usize, &'c Subject), Failure> {
    let name = role.rsplit('/').next().unwrap_or(role);
    let files = code.iter().enumerate();
    let all: Vec<(usize, usize, &Subject)> = files
        .flat_map(|(file, one)| {
            let subjects = one.subjects.iter().enumerate();
            subjects.map(move |(at, subject)| (file, at, subject))
        })
        .collect();
    let only = |wanted: &dyn Fn(&Subject) -> bool| {
        let mut found = all.iter().filter(|(_, _, subject)| wanted(subject));
        match (found.next(), found.next()) {
            (Some(one), None) => Some(*one),
            _ => None,
        }
    };
    let wanted = id.unwrap_or(name);
    let is_holder =
        |subject: &Subject| matches!(subject.kind, SubjectKind::Role | SubjectKind::Function);
    let found = only(&|subject| subject.id == wanted);
    let is_there = all.iter().any(|(_, _, subject)| subject.id == wanted);
    let guess = || only(&is_holder).or_else(|| only(&|_| true));
    let found = match (found, id) {
        (None, None) if !is_there => guess(),
        (found, _) => found,
    };
    found.ok_or_else(|| {
        let names: Vec<&str> = all
            .iter()
            .map(|(_, _, one)| one.id.as_str())
            .take(8)
            .collect();
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
