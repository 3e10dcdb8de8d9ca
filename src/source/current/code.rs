//! Roles and policies out of infrastructure code, by their names there: `template.yaml#AppRole`.

use std::path::Path;

use super::{Current, CurrentError, managed, text_of};
use crate::nearest::nearest;
use crate::synthesis::CurrentPolicy;
use crate::template::{
    self, Content, Definitions, Known, Policy, Subject, SubjectKind, Template, TemplateError,
};

/// The largest file of infrastructure code that is read; a plan may be large, a template is a megabyte at most.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// How many names an error lists.
const MOST_NAMES: usize = 8;

/// Reads a file of infrastructure code; none if it is something else.
///
/// # Errors
///
/// If it cannot be read.
pub fn read_code(path: &str, known: &Known) -> Result<Option<Template>, CurrentError> {
    let fail = |error: TemplateError| CurrentError {
        place: error.place,
        problem: error.problem,
        hint: error.hint,
    };
    if Path::new(path).is_dir() || template::is_terraform(path) {
        let texts = read_module_texts(path)?;
        return template::read_module(&texts, known).map(Some).map_err(fail);
    }
    let text = text_of(path, MOST_BYTES)?;
    template::read(path, &text, known).map_err(fail)
}

/// Reads a file; if it is a part of a Terraform module, with the module's other files behind it, by name.
///
/// # Errors
///
/// If one of them cannot be read.
pub fn read_module_texts(path: &str) -> Result<Vec<(String, String)>, CurrentError> {
    let own = Path::new(path);
    let folder = if own.is_dir() {
        own
    } else {
        own.parent().unwrap_or(own)
    };
    let mut names = Vec::new();
    if own.is_file() {
        names.push(path.to_owned());
    }
    if own.is_dir() || template::is_terraform(path) {
        let others = beside(folder, template::is_terraform)?;
        let is_own =
            |name: &String| own.is_file() && Path::new(name).file_name() == own.file_name();
        names.extend(others.into_iter().filter(|name| !is_own(name)));
    }
    names.into_iter().map(with_text).collect()
}

/// Lists the files in a folder that have such a name.
pub(in crate::source) fn beside(
    folder: &Path,
    is_wanted: fn(&str) -> bool,
) -> Result<Vec<String>, CurrentError> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let fail = |error: std::io::Error| CurrentError {
        place: folder.display().to_string(),
        problem: error.to_string(),
        hint: None,
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if let Some(name) = path.to_str().filter(|name| is_wanted(name)) {
            names.push(name.trim_start_matches("./").to_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn with_text(name: String) -> Result<(String, String), CurrentError> {
    let text = text_of(&name, MOST_BYTES)?;
    Ok((name, text))
}

/// Reads what defines the values that a file, or the module that it is a part of, refers to.
///
/// # Errors
///
/// If one of the files cannot be read.
pub fn read_definitions(path: &str) -> Result<Definitions, CurrentError> {
    let own = Path::new(path);
    let mut texts = read_module_texts(path)?;
    if own.is_dir() || template::is_terraform(path) {
        let folder = if own.is_dir() {
            Some(own)
        } else {
            own.parent()
        };
        let values = beside(folder.unwrap_or(own), template::is_terraform_values)?;
        for name in values {
            texts.push(with_text(name)?);
        }
    }
    Ok(Definitions::read(&texts))
}

/// Reads what `FILE#NAME` names, or the only role of a file; none if the argument names no infrastructure code.
pub(super) fn named(argument: &str, known: &Known) -> Result<Option<Current>, CurrentError> {
    let (path, id) = match argument.rsplit_once('#') {
        Some((path, id)) if !Path::new(argument).exists() => (path, Some(id)),
        _ => (argument, None),
    };
    let is_module = id.is_some() && Path::new(path).is_dir();
    if !(Path::new(path).is_file() || is_module) || (id.is_none() && !may_be_code(path)) {
        return Ok(None);
    }
    let Some(template) = read_code(path, known)? else {
        return match id {
            None => Ok(None),
            Some(id) => Err(CurrentError {
                place: path.to_owned(),
                problem: format!("expected infrastructure code that holds `{id}`, found none"),
                hint: None,
            }),
        };
    };
    let subject = subject(&template, path, id)?;
    of_subject(subject).map(Some)
}

/// Policies in plain JSON are the common case, and are read by the stricter reader.
fn may_be_code(path: &str) -> bool {
    let extension = Path::new(path)
        .extension()
        .and_then(|extension| extension.to_str());
    matches!(extension, Some("yaml" | "yml" | "template" | "tf"))
        || extension == Some("json")
            && text_of(path, MOST_BYTES).is_ok_and(|text| {
                text.contains("\"Resources\"") || text.contains("\"format_version\"")
            })
}

fn subject<'t>(
    template: &'t Template,
    path: &str,
    id: Option<&str>,
) -> Result<&'t Subject, CurrentError> {
    let ids: Vec<&str> = template
        .subjects
        .iter()
        .map(|subject| subject.id.as_str())
        .collect();
    let listed = || {
        let shown: Vec<String> = ids
            .iter()
            .take(MOST_NAMES)
            .map(|id| format!("`{path}#{id}`"))
            .collect();
        (!shown.is_empty()).then(|| format!("it holds {}", shown.join(", ")))
    };
    let fail = |problem: String, hint: Option<String>| CurrentError {
        place: path.to_owned(),
        problem,
        hint,
    };
    let Some(id) = id else {
        // What is only known to be there cannot be meant.
        let is_read = |one: &&Subject| one.kind != SubjectKind::Policy || !one.policies.is_empty();
        let read: Vec<&Subject> = template.subjects.iter().filter(is_read).collect();
        return match read.as_slice() {
            [only] => Ok(*only),
            [] => Err(fail(
                "expected a role or a policy, found none".to_owned(),
                None,
            )),
            many => Err(fail(
                format!(
                    "expected the name of one of {} roles and policies behind `#`",
                    many.len()
                ),
                listed(),
            )),
        };
    };
    template.subject(id).ok_or_else(|| {
        let like = nearest(id, ids.iter().copied(), 1);
        let near = like
            .first()
            .map(|near| format!("did you mean `{path}#{near}`?"));
        fail(
            format!("expected a role or policy named `{id}`, found none"),
            near.or_else(listed),
        )
    })
}

/// The policies of a role in infrastructure code; AWS's own are looked up.
///
/// # Errors
///
/// If a managed policy is not known.
pub fn of_subject(subject: &Subject) -> Result<Current, CurrentError> {
    let policies: Result<Vec<CurrentPolicy>, CurrentError> =
        subject.policies.iter().map(of_policy).collect();
    Ok(Current {
        policies: policies?,
        unresolved: subject.unresolved.clone(),
    })
}

/// The policies of a role in infrastructure code that are known; others are left out.
pub fn known_policies(subject: &Subject) -> Vec<CurrentPolicy> {
    let policies = subject.policies.iter().map(of_policy);
    policies.filter_map(Result::ok).collect()
}

fn of_policy(policy: &Policy) -> Result<CurrentPolicy, CurrentError> {
    match &policy.content {
        Content::Document(document, _) => Ok(CurrentPolicy {
            name: policy.name.clone(),
            arn: None,
            document: document.clone(),
        }),
        Content::Managed(name) => managed(name).map_err(|error| CurrentError {
            place: format!("{}: {name}", policy.place),
            problem: "the document of this policy is neither in the file nor known as an AWS managed policy".to_owned(),
            hint: error.hint,
        }),
    }
}

/// Reads a file that holds one policy, or roles as the AWS CLI prints them; nothing if it holds something else.
///
/// # Errors
///
/// If it cannot be read, or holds a policy that is none.
pub fn read_printed_file(path: &str) -> Result<Vec<Subject>, CurrentError> {
    let text = text_of(path, MOST_BYTES)?;
    template::read_printed(path, &text).map_err(|error| CurrentError {
        place: error.place,
        problem: error.problem,
        hint: error.hint,
    })
}
