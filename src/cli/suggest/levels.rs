//! Reads how far resources are generalized.

use super::Args;
use crate::catalog::Catalog;
use crate::cli::{Exit, Failure};
use crate::nearest::nearest;
use crate::synthesis::{Level, Levels};

/// Reads how far to generalize.
pub(super) fn levels(args: &Args) -> Result<Levels, Failure> {
    let mut levels = Levels {
        name_patterns: args.name_pattern.clone(),
        ..Levels::default()
    };
    for text in &args.resources {
        let (service, word) = match text.split_once('=') {
            Some((service, word)) => (Some(service), word),
            None => (None, text.as_str()),
        };
        let level = match word {
            "exact" => Level::Exact,
            "pattern" => Level::Pattern,
            "type" => Level::Type,
            _ => {
                let problem =
                    format!("--resources: expected `exact`, `pattern` or `type`, found `{word}`");
                return Err(Failure::new(Exit::WrongCommandLine, problem));
            }
        };
        match service {
            None => levels.general = level,
            Some(service) if Catalog::bundled().service(service).is_some() => {
                levels
                    .by_service
                    .insert(service.to_ascii_lowercase(), level);
            }
            Some(service) => {
                let problem = format!("--resources: expected a service, found `{service}`");
                let failure = Failure::new(Exit::WrongCommandLine, problem);
                let like = nearest(service, Catalog::bundled().prefixes(), 1);
                return Err(match like.first() {
                    Some(name) => failure.hint(format!("did you mean `{name}={word}`?")),
                    None => failure,
                });
            }
        }
    }
    Ok(levels)
}
