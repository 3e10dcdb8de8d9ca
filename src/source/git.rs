//! Files as they are at another commit, read with the `git` program and laid out in a folder of their own.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use super::current::CurrentError;
use crate::template::{is_terraform, is_terraform_values};

/// What would make `git` look elsewhere.
const ENVIRONMENT: [&str; 6] = [
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
];

/// A commit of the repository that a file is in.
#[derive(Debug)]
pub struct Base {
    reference: String,
    folder: TempDir,
}

impl Base {
    /// Prepares to read files at `reference`: a branch, a tag, a commit.
    ///
    /// # Errors
    ///
    /// If no folder can be made for them.
    pub fn new(reference: &str) -> Result<Self, CurrentError> {
        let folder = TempDir::with_prefix("polgen-base-").map_err(|error| CurrentError {
            place: "temporary folder".to_owned(),
            problem: error.to_string(),
            hint: None,
        })?;
        Ok(Self {
            reference: reference.to_owned(),
            folder,
        })
    }

    /// Lays a file out as it was, and gives the path; none if there was none. Of a Terraform module all files are laid out.
    ///
    /// # Errors
    ///
    /// If the file is in no repository, or the commit is not there.
    pub fn file(&self, path: &str) -> Result<Option<PathBuf>, CurrentError> {
        let own = Path::new(path);
        let is_folder = own.is_dir();
        let place = if is_folder {
            own
        } else {
            own.parent().unwrap_or(own)
        };
        let place = if place.as_os_str().is_empty() {
            Path::new(".")
        } else {
            place
        };
        let commit = self.commit(place)?;
        let listed = self.git(place, &["ls-tree", "-z", "--name-only", &commit])?;
        let names: Vec<String> = String::from_utf8_lossy(&listed.stdout)
            .split('\0')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        let own_name = own.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let is_module = is_folder || is_terraform(path);
        let is_wanted = |name: &&String| {
            (!is_folder && *name == own_name)
                || (is_module && (is_terraform(name) || is_terraform_values(name)))
        };
        let wanted: Vec<&String> = names.iter().filter(is_wanted).collect();
        let is_there = if is_folder {
            wanted.iter().any(|name| is_terraform(name))
        } else {
            wanted.iter().any(|name| *name == own_name)
        };
        if !is_there {
            return Ok(None);
        }
        // Files of one name in different folders must not meet.
        let folder =
            TempDir::new_in(self.folder.path()).map_err(|error| self.fail(place, &error))?;
        let folder = folder.keep();
        for name in wanted {
            let shown = self.git(place, &["show", &format!("{commit}:./{name}")])?;
            std::fs::write(folder.join(name), shown.stdout)
                .map_err(|error| self.fail(place, &error))?;
        }
        Ok(Some(if is_folder {
            folder
        } else {
            folder.join(own_name)
        }))
    }

    /// Names a file that was laid out by the commit: what people know it by.
    pub fn shown(&self, laid_out: &str, path: &str) -> String {
        if Path::new(laid_out).starts_with(self.folder.path()) {
            format!("{}:{path}", self.reference)
        } else {
            laid_out.to_owned()
        }
    }

    /// Resolves the reference, so that it can be no flag of `git` and stays the same between two calls.
    fn commit(&self, place: &Path) -> Result<String, CurrentError> {
        let wanted = format!("{}^{{commit}}", self.reference);
        let arguments = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &wanted,
        ];
        let found = self.run(place, &arguments)?;
        let commit = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        if found.status.success() && !commit.is_empty() {
            return Ok(commit);
        }
        let is_repository = self.run(place, &["rev-parse", "--git-dir"])?;
        let (problem, hint) = if is_repository.status.success() {
            (
                format!("expected a commit, found none named `{}`", self.reference),
                "a workflow checks out one commit only: fetch the base with `fetch-depth: 0`, or name it as `origin/main`",
            )
        } else {
            (
                "expected a folder in a git repository".to_owned(),
                "run it in a clone of the repository, or leave out `--base`",
            )
        };
        Err(CurrentError {
            place: place.display().to_string(),
            problem,
            hint: Some(hint.to_owned()),
        })
    }

    fn git(&self, place: &Path, arguments: &[&str]) -> Result<Output, CurrentError> {
        let output = self.run(place, arguments)?;
        if output.status.success() {
            return Ok(output);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(self.fail(place, &said.trim()))
    }

    fn run(&self, place: &Path, arguments: &[&str]) -> Result<Output, CurrentError> {
        let mut git = Command::new("git");
        // In a hook these name another tree than the one that the file is in.
        for name in ENVIRONMENT {
            git.env_remove(name);
        }
        let output = git.arg("-C").arg(place).args(arguments).output();
        output.map_err(|error| {
            let mut failure = self.fail(place, &format!("`git` could not be run: {error}"));
            failure.hint = Some("install git, or leave out `--base`".to_owned());
            failure
        })
    }

    fn fail(&self, place: &Path, problem: &dyn std::fmt::Display) -> CurrentError {
        CurrentError {
            place: format!("{}:{}", self.reference, place.display()),
            problem: problem.to_string(),
            hint: None,
        }
    }
}
