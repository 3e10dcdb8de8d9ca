//! The same files as they were at a git revision.

use super::files::{Code, failure};
use crate::cli::Failure;
use crate::source::current::{CurrentError, read_code, read_definitions, read_printed_file};
use crate::source::git::Base;
use crate::template::{Known, Renaming, Subject};

/// Reads the files at a revision, in the same order; a file that was not there holds nothing.
pub(super) fn read(revision: &str, code: &[Code], known: &Known) -> Result<Vec<Code>, Failure> {
    let base = Base::new(revision).map_err(failure)?;
    let read = |one: &Code| {
        Ok(Code {
            path: one.path.clone(),
            subjects: subjects(&base, &one.path, known).map_err(failure)?,
        })
    };
    code.iter().map(read).collect()
}

fn subjects(base: &Base, path: &str, known: &Known) -> Result<Vec<Subject>, CurrentError> {
    let Some(laid_out) = base.file(path)? else {
        return Ok(Vec::new());
    };
    let laid_out = laid_out.to_string_lossy().into_owned();
    let renamed = |mut error: CurrentError| {
        error.place = error.place.replace(&laid_out, &base.shown(&laid_out, path));
        error
    };
    let mut subjects = match read_code(&laid_out, known).map_err(renamed)? {
        Some(template) => template.subjects,
        None => read_printed_file(&laid_out).map_err(renamed)?,
    };
    // A value that the change defines anew is another one than before.
    let (then, now) = (
        read_definitions(&laid_out).map_err(renamed)?,
        read_definitions(path)?,
    );
    for subject in &mut subjects {
        Renaming::apply(subject, &then, &now);
    }
    for one in subjects.iter_mut().flat_map(|one| &mut one.unresolved) {
        one.place.file = base.shown(&one.place.file, path).into();
    }
    Ok(subjects)
}
