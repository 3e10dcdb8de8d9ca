//! What the role may do today, and where its stack lies, as far as its usage tells.

use std::collections::BTreeSet;

use super::Args;
use crate::arn::Arn;
use crate::cli::live::Connection;
use crate::cli::parameters::Parameters;
use crate::cli::{Exit, Failure};
use crate::source;
use crate::source::current::Current;
use crate::template::Known;
use crate::usage::RoleUsage;

/// What is known of the values that infrastructure code leaves open: what the user gave, then the role's account and partition, and
/// the region if all that it used lies in one.
pub(super) fn known(parameters: &Parameters, role: &RoleUsage) -> Result<Known, Failure> {
    let mut known = parameters.known()?;
    let partition = role.role.arn.split(':').nth(1);
    let regions = regions(role);
    let region = match regions.len() {
        1 => regions.first().map(String::as_str),
        _ => None,
    };
    known.add_stack(&role.role.account, region, partition);
    Ok(known)
}

fn regions(role: &RoleUsage) -> BTreeSet<String> {
    let mut regions = BTreeSet::new();
    for used in role.uses.keys() {
        if let Some(arn) = Arn::parse(&used.access.resource) {
            regions.insert(arn.region.to_string());
        }
    }
    regions.remove("");
    regions.remove("*");
    regions
}

/// What the role may do today, by what was named, or by the code that is to be changed.
pub(super) fn current(
    args: &Args,
    role: &RoleUsage,
    connection: &mut Connection<'_>,
) -> Result<Current, Failure> {
    let known = known(&args.parameters, role)?;
    let mut current = Current::default();
    let written = args
        .destination
        .write
        .iter()
        .filter(|_| args.current.is_empty());
    for argument in args.current.iter().chain(written) {
        if let Some(name) = argument.strip_prefix("role:") {
            current.add(connection.policies_of(name)?.into());
            continue;
        }
        let read = source::current::read(argument, &role.role, &known).map_err(|error| {
            let failure = Failure::new(Exit::Failed, &error);
            match error.hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        })?;
        current.add(read);
    }
    Ok(current)
}
