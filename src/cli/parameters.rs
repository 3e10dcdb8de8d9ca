//! What the user knows of the values that infrastructure code leaves open, and words on those that nobody knows.

use clap::Args;

use super::{Exit, Failure};
use crate::report::Warning;
use crate::template::{Kind, Known, Unresolved};

/// How many places a warning lists before it counts.
const MOST_PLACES: usize = 8;

/// Values by their names.
#[derive(Debug, Args)]
pub(crate) struct Parameters {
    /// Value of a reference in infrastructure code; can be repeated
    ///
    /// A parameter, a condition (`true` or `false`), an attribute (`Table.Arn`), a Terraform variable (`var.stage`), or where the
    /// stack lies: `AWS::AccountId`, `AWS::Region`.
    #[arg(
        long,
        value_name = "NAME=VALUE",
        hide_short_help = true,
        help_heading = "Input"
    )]
    parameter: Vec<String>,
}

impl Parameters {
    /// Reads the values.
    pub(crate) fn known(&self) -> Result<Known, Failure> {
        Known::parse(self.parameter.iter().map(String::as_str)).map_err(|problem| {
            Failure::new(Exit::WrongCommandLine, format!("--parameter: {problem}"))
        })
    }
}

/// Warns of what could not be resolved, by what it means.
pub(crate) fn warnings(unresolved: &[Unresolved]) -> Vec<Warning> {
    let kinds = [
        (
            Kind::Missing,
            "parts of the policies could not be read, so they may grant more or less than is said",
        ),
        (
            Kind::Either,
            "parts of the policies depend on conditions, and were read as if all held",
        ),
        (
            Kind::Open,
            "references in the policies have no known value, and were taken for nothing but themselves",
        ),
    ];
    let mut warnings = Vec::new();
    for (kind, what) in kinds {
        let mut places: Vec<String> = unresolved
            .iter()
            .filter(|one| one.kind == kind)
            .map(|one| format!("{}: {}", one.place, one.what))
            .collect();
        places.sort();
        places.dedup();
        if places.is_empty() {
            continue;
        }
        let more = places.len().saturating_sub(MOST_PLACES);
        places.truncate(MOST_PLACES);
        if more > 0 {
            places.push(format!("and {more} more"));
        }
        let hint = "give what is known with `--parameter NAME=VALUE`".to_owned();
        warnings.push(Warning {
            what: what.to_owned(),
            details: places,
            hint: (kind != Kind::Missing).then_some(hint),
        });
    }
    warnings
}

/// Why nothing can be proved of policies of which something is missing.
pub(crate) fn undecided(unresolved: &[Unresolved]) -> Option<String> {
    let mut uncertain = unresolved.iter().filter(|one| one.kind != Kind::Open);
    let first = uncertain.next()?;
    let more = uncertain.count();
    let rest = if more == 0 {
        String::new()
    } else {
        format!(", and {more} more")
    };
    Some(format!("{}: {}{rest}", first.place, first.what))
}
