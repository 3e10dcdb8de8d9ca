//! What a file holds that can be checked: roles and policies of infrastructure code, or one policy by itself.

use std::path::Path;

use crate::cli::{Exit, Failure};
use crate::nearest::nearest;
use crate::source::current::{CurrentError, read_code, read_policy_file};
use crate::template::{Known, Subject};

/// How many names an error lists.
const MOST_NAMES: usize = 8;

/// A file with what it holds.
#[derive(Debug)]
pub(super) struct Code {
    /// The file, as it was named, without the name behind `#`.
    pub(super) path: String,
    /// Roles and policies.
    pub(super) subjects: Vec<Subject>,
}

impl Code {
    pub(super) fn subject(&self, id: &str) -> Option<&Subject> {
        self.subjects.iter().find(|subject| subject.id == id)
    }
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
    let template = read_code(path, known).map_err(failure)?;
    let mut subjects = match template {
        Some(template) => template.subjects,
        None => read_policy_file(path)
            .map_err(failure)?
            .into_iter()
            .collect(),
    };
    if subjects.is_empty() {
        let problem = format!("{path}: expected roles or policies, found none");
        return Err(Failure::new(Exit::Failed, problem)
            .hint("it takes infrastructure code, and policy documents as JSON or YAML"));
    }
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
    })
}

pub(in crate::cli) fn failure(error: CurrentError) -> Failure {
    let failure = Failure::new(Exit::Failed, &error);
    match error.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
