//! Files as they are at another commit, read with the `git` program and laid out in a folder of their own.

use std::collections::BTreeSet;
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

/// A file at the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// It was so.
    Text(String),
    /// It was not there.
    Absent,
    /// It is in no repository, so that no commit has changed it.
    Outside,
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
        let own_name = own.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let own_name = (!is_folder).then_some(own_name);
        self.lay_out((place, ""), &commit, (own_name, is_terraform(path)))
    }

    /// Lays out one file of a folder, or what belongs to the module there; `within` is the folder's path from `place` on.
    fn lay_out(
        &self,
        (place, within): (&Path, &str),
        commit: &str,
        (own_name, is_module_file): (Option<&str>, bool),
    ) -> Result<Option<PathBuf>, CurrentError> {
        let mut arguments = vec!["ls-tree", "-z", "--name-only", commit];
        if !within.is_empty() {
            arguments.extend(["--", within]);
        }
        let listed = self.git(place, &arguments)?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let names = listed.split('\0').filter(|name| !name.is_empty());
        let names = names.map(|name| name.strip_prefix(within).unwrap_or(name));
        let is_module = own_name.is_none() || is_module_file;
        let is_wanted = |name: &&str| {
            Some(*name) == own_name
                || (is_module && (is_terraform(name) || is_terraform_values(name)))
        };
        let wanted: Vec<&str> = names.filter(is_wanted).collect();
        let is_there = match own_name {
            None => wanted.iter().any(|name| is_terraform(name)),
            Some(own) => wanted.contains(&own),
        };
        if !is_there {
            return Ok(None);
        }
        // Files of one name in different folders must not meet.
        let folder =
            TempDir::new_in(self.folder.path()).map_err(|error| self.fail(place, &error))?;
        let folder = folder.keep();
        for name in wanted {
            let shown = self.git(place, &["show", &format!("{commit}:./{within}{name}")])?;
            std::fs::write(folder.join(name), shown.stdout)
                .map_err(|error| self.fail(place, &error))?;
        }
        Ok(Some(match own_name {
            None => folder,
            Some(own) => folder.join(own),
        }))
    }

    /// Reads one file as it was.
    ///
    /// # Errors
    ///
    /// If the commit is not there, or the file holds no text.
    pub fn text(&self, path: &Path) -> Result<Then, CurrentError> {
        let folder = path.parent().unwrap_or(path);
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let inside = self.run(folder, &["rev-parse", "--git-dir"])?;
        let name = path.file_name().and_then(OsStr::to_str);
        let (true, Some(name)) = (inside.status.success(), name) else {
            return Ok(Then::Outside);
        };
        let commit = self.commit(folder)?;
        let listed = self.git(folder, &["ls-tree", "-z", "--name-only", &commit])?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        if !listed.split('\0').any(|one| one == name) {
            return Ok(Then::Absent);
        }
        let shown = self.git(folder, &["show", &format!("{commit}:./{name}")])?;
        let text = String::from_utf8(shown.stdout);
        let text = text.map_err(|_| self.fail(path, &"expected text, found other bytes"))?;
        Ok(Then::Text(text))
    }

    /// Lays out files of the repository around a folder that are gone now or other, if they may be infrastructure code; of a Terraform
    /// module the folder. With each comes its path as it was and would be.
    ///
    /// # Errors
    ///
    /// If the folder is in no repository, or the commit is not there.
    pub fn changed(&self, folder: &Path) -> Result<Vec<(PathBuf, PathBuf)>, CurrentError> {
        const MOST: usize = 200;
        const ENDS: [&str; 5] = [".yaml", ".yml", ".json", ".template", ".tf"];
        let Some(top) = self.top(folder)? else {
            return Ok(Vec::new());
        };
        let commit = self.commit(&top)?;
        let arguments = [
            "diff",
            "--name-only",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            "--diff-filter=DMT",
            &commit,
        ];
        let listed = self.git(&top, &arguments)?;
        let names = String::from_utf8_lossy(&listed.stdout).into_owned();
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for name in names
            .split('\0')
            .filter(|name| ENDS.iter().any(|end| name.ends_with(end)))
        {
            let (within, own) = name.split_at(name.rfind('/').map_or(0, |at| at + 1));
            let own = (!is_terraform(name)).then_some(own);
            let path = top.join(within).join(own.unwrap_or_default());
            if found.len() >= MOST || !seen.insert(path.clone()) {
                continue;
            }
            if let Some(laid_out) = self.lay_out((&top, within), &commit, (own, false))? {
                found.push((path, laid_out));
            }
        }
        Ok(found)
    }

    /// The folder that the repository around a folder begins in; none if there is none.
    pub fn top(&self, folder: &Path) -> Result<Option<PathBuf>, CurrentError> {
        let top = self.run(folder, &["rev-parse", "--show-toplevel"])?;
        let path = String::from_utf8_lossy(&top.stdout).trim_end().to_owned();
        Ok(top.status.success().then(|| PathBuf::from(path)))
    }

    /// The commit, as it was named.
    pub fn reference(&self) -> &str {
        &self.reference
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
