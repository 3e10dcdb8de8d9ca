//! The list of allowed findings, as far as the change that is checked did not write it itself.
//!
//! Against a base, the file that counts is the one that is nearest there, and of its entries those that are still in it. What the change
//! adds, in that file or in one that it puts nearer, is told, and silences nothing unless the user says so.

use std::path::{Path, PathBuf};

use super::Args;
use crate::check::allow_added;
use crate::cli::{Context, Exit, Failure, decisions};
use crate::config::{AllowList, Config, ConfigError};
use crate::finding::{Allowed, Finding};
use crate::harden::all_rules;
use crate::source::bounded::{MOST_TEXT, read_text};
use crate::source::git::{Base, Then};
use crate::time::day_of;

/// What is allowed.
#[derive(Debug, Default)]
pub(super) struct Decided {
    /// The entries that count.
    pub(super) list: AllowList,
    /// A finding for each entry that the change adds.
    pub(super) added: Vec<Finding>,
    /// What should be said of the file.
    pub(super) remarks: Vec<String>,
}

/// Reads the list.
pub(super) fn read(
    args: &Args,
    folders: &[PathBuf],
    context: &Context,
) -> Result<Decided, Failure> {
    let now = decisions::path(args.config.as_deref(), folders)?;
    let read_list = |path: &Path| {
        let config = decisions::read(path)?;
        listed(&config, context).map_err(decisions::failure)
    };
    let mut decided = Decided::default();
    if let Some(path) = &now {
        decided.list.join(read_list(path)?);
    }
    let Some(revision) = &args.base else {
        return Ok(decided);
    };
    let base = Base::new(revision)?;
    let candidates = decisions::candidates(args.config.as_deref(), folders)?;
    let mut before = AllowList::default();
    if let Some((path, text)) = nearest(&base, &candidates)? {
        let name = format!("{}:{}", base.reference(), path.display());
        let parsed = Config::parse(&name, &text);
        match parsed.and_then(|config| listed(&config, context)) {
            Ok(list) => before = list,
            Err(error) => decided.remarks.push(format!(
                "{error}; so nothing counts as allowed before this change"
            )),
        }
        // One that the change put nearer hides this, and takes nothing away.
        if path.is_file() && now.as_deref() != Some(&path) {
            decided.list.join(read_list(&path)?);
        }
    }
    let all = decided.list.clone();
    let accepted = args.accept_allows.then(|| Allowed {
        reason: "accepted by `--accept-allows`".to_owned(),
        until: None,
    });
    let added = decided.list.take_added(&before);
    let added = added.iter().map(|one| allow_added(one, accepted.clone()));
    decided.added = added.collect();
    if args.accept_allows {
        decided.list = all;
    }
    Ok(decided)
}

fn listed(config: &Config, context: &Context) -> Result<AllowList, ConfigError> {
    config.allow_list(day_of(context.now), &all_rules())
}

/// The file that was nearest at the commit; one outside of any repository is as it is now.
fn nearest(base: &Base, candidates: &[PathBuf]) -> Result<Option<(PathBuf, String)>, Failure> {
    let here = std::env::current_dir()
        .map_err(|error| Failure::new(Exit::Failed, format!("working directory: {error}")))?;
    let real = |path: &Path| path.canonicalize().ok();
    let top = base.top(&here)?.and_then(|top| real(&top));
    for path in candidates {
        // What lies above the repository is no part of it, even if that is within another.
        let folder = path.parent().and_then(real);
        let is_above = match (&folder, &top) {
            (Some(folder), Some(top)) => folder != top && top.starts_with(folder),
            _ => false,
        };
        let then = if is_above {
            Then::Outside
        } else {
            base.text(path)?
        };
        match then {
            Then::Text(text) => return Ok(Some((path.clone(), text))),
            Then::Outside if path.is_file() => {
                let fail = |error: std::io::Error| {
                    Failure::new(Exit::Failed, format!("{}: {error}", path.display()))
                };
                return Ok(Some((
                    path.clone(),
                    read_text(path, MOST_TEXT).map_err(fail)?,
                )));
            }
            Then::Absent | Then::Outside => {}
        }
    }
    Ok(None)
}
