//! What a file holds that can be checked: roles and policies of infrastructure code, or one policy by itself.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cli::{Exit, Failure};
use crate::nearest::nearest;
use crate::source::current::{CurrentError, read_code, read_printed_file};
use crate::template::{Known, Subject, is_terraform};

/// How many names an error lists.
const MOST_NAMES: usize = 8;

/// A file with what it holds.
#[derive(Debug)]
pub(super) struct Code {
    /// The file, as it was named, without the name behind `#`.
    pub(super) path: String,
    /// Roles and policies that are checked.
    pub(super) subjects: Vec<Subject>,
    /// The names of all roles and policies in the file.
    pub(super) names: BTreeSet<String>,
}

impl Code {
    /// Says whether it is a file of a Terraform module, which is read whole.
    pub(super) fn is_module(&self) -> bool {
        is_terraform(&self.path)
    }
}

/// The names of all roles and policies of a file.
pub(super) fn names_of(path: &str, known: &Known) -> Result<BTreeSet<String>, CurrentError> {
    let subjects = match read_code(path, known)? {
        Some(template) => template.subjects,
        None => read_printed_file(path)?,
    };
    Ok(subjects.into_iter().map(|subject| subject.id).collect())
}

/// The file that an argument names.
pub(super) fn path_of(argument: &str) -> &str {
    split(argument).0
}

fn split(argument: &str) -> (&str, Option<&str>) {
    match argument.rsplit_once('#') {
        Some((path, id)) if !Path::new(argument).exists() => (path, Some(id)),
        _ => (argument, None),
    }
}

/// Reads a file, or one role or policy of it.
pub(super) fn read(argument: &str, known: &Known) -> Result<Code, Failure> {
    let (path, id) = split(argument);
    let template = read_code(path, known)?;
    let mut subjects = match template {
        Some(template) => template.subjects,
        None => read_printed_file(path)?,
    };
    if subjects.is_empty() {
        let problem = format!("{path}: expected roles or policies, found none");
        return Err(Failure::new(Exit::Failed, problem)
            .hint("it takes infrastructure code, and policy documents as JSON or YAML"));
    }
    let all = subjects.iter().map(|subject| subject.id.clone());
    let all: BTreeSet<String> = all.collect();
    if let Some(id) = id {
        let names: Vec<String> = subjects.iter().map(|subject| subject.id.clone()).collect();
        subjects.retain(|subject| subject.id == id);
        if subjects.is_empty() {
            let names = names.iter().map(String::as_str);
            let near = nearest(id, names.clone(), 1);
            let hint = if let Some(near) = near.first() {
                format!("did you mean `{path}#{near}`?")
            } else {
                let some: Vec<&str> = names.take(MOST_NAMES).collect();
                format!("it holds `{}`", some.join("`, `"))
            };
            let problem = format!("{path}: expected a role or policy named `{id}`, found none");
            return Err(Failure::new(Exit::Failed, problem).hint(hint));
        }
    }
    Ok(Code {
        path: path.to_owned(),
        subjects,
        names: all,
    })
}
