//! What is configured, from files: infrastructure code, what the CDK makes, and folders of saved answers; and what may be asked of AWS.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;

use super::current::{CurrentError, beside, read_module_texts, text_of};
use crate::posture::{self, Posture};
use crate::template::{Known, TemplateError, is_terraform};

/// The largest file that is read; a plan may be large.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// What the CDK calls the list of what it made.
const MANIFEST: &str = "manifest.json";
/// How deep a folder of saved answers is.
const MOST_DEPTH: usize = 3;
/// The most files of a folder of saved answers.
const MOST_FILES: usize = 200_000;

/// What is to be read from AWS itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Everything in the account.
    pub is_whole_account: bool,
    /// Buckets, by name or ARN.
    pub buckets: Vec<String>,
    /// Access points, by name or ARN.
    pub access_points: Vec<String>,
    /// Stacks with all that they made, by name or ARN.
    pub stacks: Vec<String>,
    /// Functions, by name or ARN.
    pub functions: Vec<String>,
    /// Roles, by name or ARN.
    pub roles: Vec<String>,
}

impl Named {
    /// Says whether nothing is to be read.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Reads infrastructure code: a file, a Terraform module, or a folder that the CDK wrote.
///
/// # Errors
///
/// If it cannot be read, or is something else.
pub fn read_code(path: &str, known: &Known) -> Result<Posture, CurrentError> {
    let own = Path::new(path);
    if own.is_dir() && own.join(MANIFEST).is_file() {
        return cdk(own, known);
    }
    if own.is_dir() || is_terraform(path) {
        let texts = read_module_texts(path)?;
        if texts.is_empty() {
            return Err(CurrentError {
                place: path.to_owned(),
                problem: "expected Terraform files, or a `manifest.json` of the CDK, found none"
                    .to_owned(),
                hint: Some("name the template itself, or saved answers with `--saved`".to_owned()),
            });
        }
        return posture::read_module(&texts, known).map_err(failed);
    }
    let text = text_of(path, MOST_BYTES)?;
    let read = posture::read_code(path, &text, known).map_err(failed)?;
    read.ok_or_else(|| CurrentError {
        place: path.to_owned(),
        problem: "expected infrastructure code, found something else".to_owned(),
        hint: Some(
            "it takes CloudFormation and SAM templates, what the CDK makes, Terraform's files and plans; saved answers of the AWS CLI are named with `--saved`".to_owned(),
        ),
    })
}

/// Reads a folder that the CDK wrote: its list, and the templates beside it.
fn cdk(folder: &Path, known: &Known) -> Result<Posture, CurrentError> {
    let is_wanted: fn(&str) -> bool = |name| name.ends_with(".template.json");
    let mut names = beside(folder, is_wanted)?;
    names.insert(0, folder.join(MANIFEST).display().to_string());
    let mut posture = Posture::default();
    for name in &names {
        let text = text_of(name, MOST_BYTES)?;
        if let Some(mut read) = posture::read_code(name, &text, known).map_err(failed)? {
            // The list says of stacks what a template cannot.
            if name.ends_with(".template.json") {
                read.stacks.clear();
            }
            posture.add(read);
        }
    }
    Ok(posture)
}

/// Reads a folder of saved answers.
///
/// # Errors
///
/// If it cannot be read, or holds none.
pub fn read_saved(folder: &str, today: Date) -> Result<Posture, CurrentError> {
    let mut files = BTreeMap::new();
    collect(Path::new(folder), "", (MOST_DEPTH, MOST_FILES), &mut files)?;
    let posture = posture::read_saved(folder, &files, Some(today));
    if posture.is_empty() && posture.gaps.is_empty() {
        return Err(CurrentError {
            place: folder.to_owned(),
            problem: "expected saved answers of the AWS CLI, found none".to_owned(),
            hint: Some("polgen harden --print-commands --bucket NAME".to_owned()),
        });
    }
    Ok(posture)
}

/// Reads `depth` folders deep, and no more than `most` files in all.
fn collect(
    folder: &Path,
    prefix: &str,
    (depth, most): (usize, usize),
    files: &mut BTreeMap<String, String>,
) -> Result<(), CurrentError> {
    let fail = |problem: String| CurrentError {
        place: folder.display().to_string(),
        problem,
        hint: None,
    };
    for entry in std::fs::read_dir(folder).map_err(|error| fail(error.to_string()))? {
        let path = entry.map_err(|error| fail(error.to_string()))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let below = format!("{prefix}{name}");
        if path.is_dir() && depth > 1 {
            collect(&path, &format!("{below}/"), (depth - 1, most), files)?;
        } else if path.is_file() && path.extension().is_some_and(|one| one == "json") {
            if files.len() >= most {
                return Err(fail(format!("more than the {most} files that are read")));
            }
            let shown = path.display().to_string();
            files.insert(below, text_of(&shown, MOST_BYTES)?);
        }
    }
    Ok(())
}

fn failed(error: TemplateError) -> CurrentError {
    CurrentError {
        place: error.place,
        problem: error.problem,
        hint: error.hint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saved_answers_are_read_so_deep_and_so_many() {
        let folder = tempfile::tempdir().unwrap();
        let deepest = folder.path().join("a/b/c");
        std::fs::create_dir_all(&deepest).unwrap();
        for place in ["1.json", "a/2.json", "a/b/3.json", "a/b/c/4.json", "5.txt"] {
            std::fs::write(folder.path().join(place), "{}").unwrap();
        }
        let collected = |bounds| {
            let mut files = BTreeMap::new();
            collect(folder.path(), "", bounds, &mut files)
                .map(|()| files.into_keys().collect::<Vec<_>>())
                .map_err(|error| error.problem)
        };
        let all = ["1.json", "a/2.json", "a/b/3.json"];
        assert_eq!(collected((MOST_DEPTH, MOST_FILES)).unwrap(), all);
        assert_eq!(collected((MOST_DEPTH, 3)).unwrap(), all);
        assert_eq!(collected((1, 3)).unwrap(), ["1.json"]);
        let refused = collected((MOST_DEPTH, 2)).unwrap_err();
        assert_eq!(refused, "more than the 2 files that are read");
    }
}
