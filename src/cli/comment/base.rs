//! The policies as they are at another commit.

use crate::cli::Failure;
use crate::cli::suggest::Assessed;
use crate::diff::{Half, Proposal, proposal};
use crate::source::current::{Current, CurrentError, read, read_code, read_definitions};
use crate::source::git::Base;
use crate::template::Renaming;

/// The policies before.
#[derive(Debug)]
pub(super) struct Before {
    pub(super) current: Current,
}

impl Before {
    /// Works out what it means to come from there to what is now.
    pub(super) fn proposal(&self, now: &Assessed) -> Proposal {
        let old = Half {
            policies: &self.current.policies,
            unresolved: &self.current.unresolved,
        };
        let new = Half {
            policies: &now.current.policies,
            unresolved: &now.current.unresolved,
        };
        proposal(old, new, &now.role)
    }
}

/// Reads what `arguments` name as it was at `reference`.
pub(super) fn before(
    reference: &str,
    arguments: &[String],
    now: &Assessed,
) -> Result<Before, Failure> {
    let base = Base::new(reference)?;
    let mut current = Current::default();
    for argument in arguments {
        let (path, id) = match argument.rsplit_once('#') {
            Some((path, id)) if !std::path::Path::new(argument).exists() => (path, Some(id)),
            _ => (argument.as_str(), None),
        };
        if !std::path::Path::new(path).exists() {
            // A managed policy is no file, and the same at each commit.
            current.add(read(argument, &now.role.role, &now.known)?);
            continue;
        }
        let Some(laid_out) = base.file(path)? else {
            continue;
        };
        let laid_out = laid_out.to_string_lossy().into_owned();
        let old = id.map_or_else(|| laid_out.clone(), |id| format!("{laid_out}#{id}"));
        let rename = |mut error: CurrentError| {
            let shown = format!("{reference}:{path}");
            error.place = error.place.replace(&laid_out, &shown);
            error.hint = error.hint.map(|hint| hint.replace(&laid_out, &shown));
            Failure::from(error)
        };
        if let Some(id) = id
            && read_code(&laid_out, &now.known)
                .map_err(rename)?
                .is_some_and(|template| template.subject(id).is_none())
        {
            // The file was there, and the role was not.
            continue;
        }
        let mut read = read(&old, &now.role.role, &now.known).map_err(rename)?;
        if !read.unresolved.is_empty() {
            // A value that the change defines anew is another one than before.
            let (then, new) = (
                read_definitions(&laid_out).map_err(rename)?,
                read_definitions(path)?,
            );
            let holes = read.unresolved.iter();
            let holes = holes.filter_map(|one| one.hole.as_deref());
            let renaming = Renaming::new(holes, &then, &new);
            for policy in &mut read.policies {
                renaming.document(&mut policy.document);
            }
            renaming.unresolved(&mut read.unresolved);
        }
        for one in &mut read.unresolved {
            one.place.file = base.shown(&one.place.file, path).into();
        }
        current.add(read);
    }
    Ok(Before { current })
}
