//! The same files as they were at a git revision, and what each role and policy of today was there.

use std::collections::BTreeSet;
use std::path::Path;

use super::files::{Code, names_of};
use crate::check::{Before, pair};
use crate::cli::Failure;
use crate::source::current::{CurrentError, read_code, read_definitions, read_printed_file};
use crate::source::git::Base;
use crate::template::{Content, Known, Policy, Renaming, Subject};

/// What was there before, by the file and the number of each role or policy in it; nothing without a base.
#[derive(Debug, Default)]
pub(super) struct Compared {
    files: Option<Vec<OldFile>>,
    /// Which were compared with what had another name.
    pub(super) remarks: Vec<String>,
}

#[derive(Debug)]
struct OldFile {
    subjects: Vec<Option<Subject>>,
    parts: BTreeSet<String>,
}

/// A role or policy that is gone, with the file that it was in.
struct Gone {
    path: String,
    subject: Subject,
}

impl Compared {
    /// What a role or policy is compared with, and whether a role tells what it gains.
    pub(super) fn before(&self, file: usize, at: usize, id: &str) -> (Before<'_>, bool) {
        let Some(files) = &self.files else {
            return (Before::Nothing, false);
        };
        let Some(file) = files.get(file) else {
            return (Before::Absent, false);
        };
        let was = file.subjects.get(at).and_then(Option::as_ref);
        (
            was.map_or(Before::Absent, Before::Was),
            file.parts.contains(id),
        )
    }

    /// Says whether there is a base, and gives what it had.
    pub(super) fn old(&self, file: usize, at: usize) -> Option<Option<&Subject>> {
        let files = self.files.as_ref()?;
        let subjects = files.get(file).map(|file| &file.subjects);
        Some(subjects.and_then(|all| all.get(at)?.as_ref()))
    }
}

/// Reads the files at a revision; a file that was not there holds nothing.
pub(super) fn read(revision: &str, code: &[Code], known: &Known) -> Result<Compared, Failure> {
    let base = Base::new(revision)?;
    let mut files = Vec::new();
    let mut gone = Vec::new();
    let mut new = Vec::new();
    for (file, one) in code.iter().enumerate() {
        let old = subjects(&base, &one.path, known)?;
        let find = |subject: &Subject| old.iter().find(|old| old.id == subject.id).cloned();
        let found: Vec<Option<Subject>> = one.subjects.iter().map(find).collect();
        let is_new = found.iter().enumerate().filter(|(_, old)| old.is_none());
        new.extend(is_new.map(|(at, _)| (file, at)));
        // What a role gains is told at the role, unless nobody compared that role with what it was and held.
        let parts = &parts(&one.subjects) & &parts(&old);
        files.push(OldFile {
            subjects: found,
            parts,
        });
        let is_gone = |old: &Subject| !one.names.contains(&old.id);
        let path = one.path.clone();
        gone.extend(old.into_iter().filter(is_gone).map(|subject| Gone {
            path: path.clone(),
            subject,
        }));
    }
    let mut compared = Compared::default();
    if !new.is_empty() {
        gone.extend(gone_elsewhere(&base, code, known)?);
        let of = |(file, at): &(usize, usize)| code.get(*file)?.subjects.get(*at);
        let news: Vec<&Subject> = new.iter().filter_map(of).collect();
        let olds: Vec<&Subject> = gone.iter().map(|one| &one.subject).collect();
        for found in pair(&news, &olds) {
            let (Some((file, at)), Some(old)) = (new.get(found.new), gone.get(found.old)) else {
                continue;
            };
            let Some(one) = code.get(*file) else {
                continue;
            };
            let mut was = old.subject.clone();
            if old.path != one.path {
                let (then, now) = (read_definitions(&old.path), read_definitions(&one.path));
                if let (Ok(then), Ok(now)) = (then, now) {
                    Renaming::apply(&mut was, &then, &now);
                }
            }
            let alike = if found.is_equal {
                "has the same policies"
            } else {
                "is most like it"
            };
            let id = news.get(found.new).map_or("", |one| one.id.as_str());
            compared.remarks.push(format!(
                "{}#{id}: compared with `{}` of {revision}:{}, which is gone and {alike}",
                one.path, was.id, old.path
            ));
            let place = files
                .get_mut(*file)
                .and_then(|file| file.subjects.get_mut(*at));
            if let Some(place) = place {
                *place = Some(was);
            }
        }
    }
    compared.files = Some(files);
    Ok(compared)
}

/// Policies that a role of the same file holds, of which all is known.
fn parts(subjects: &[Subject]) -> BTreeSet<String> {
    let is_known = |subject: &&Subject| {
        let is_whole = subject.unresolved.is_empty();
        let is_open = |policy: &Policy| matches!(policy.content, Content::Managed(_));
        is_whole && !subject.policies.iter().any(is_open)
    };
    let held = |subject: &Subject| {
        let id = subject.id.clone();
        let policies = subject.policies.iter().map(|policy| policy.origin.clone());
        policies.filter(|origin| *origin != id).collect::<Vec<_>>()
    };
    subjects.iter().filter(is_known).flat_map(held).collect()
}

/// What is gone from files that changed and are not among those that are checked; a file that is no code holds nothing.
fn gone_elsewhere(base: &Base, code: &[Code], known: &Known) -> Result<Vec<Gone>, Failure> {
    let real = |path: &Path| path.canonicalize().ok();
    let own: BTreeSet<_> = code
        .iter()
        .flat_map(|one| {
            let path = Path::new(&one.path);
            [
                real(path),
                path.parent().and_then(real).filter(|_| one.is_module()),
            ]
        })
        .flatten()
        .collect();
    let mut folders = BTreeSet::new();
    for one in code {
        let path = Path::new(&one.path);
        let folder = if path.is_dir() {
            Some(path)
        } else {
            path.parent().filter(|one| !one.as_os_str().is_empty())
        };
        folders.extend(base.top(folder.unwrap_or(Path::new(".")))?);
    }
    let mut gone = Vec::new();
    for top in folders {
        for (path, laid_out) in base.changed(&top)? {
            if real(&path).is_some_and(|path| own.contains(&path)) {
                continue;
            }
            let within = path.strip_prefix(&top).unwrap_or(&path);
            let shown = within.to_string_lossy().into_owned();
            let Ok(was) = all_of(&laid_out.to_string_lossy(), known) else {
                continue;
            };
            let now = match names_of(&path.to_string_lossy(), known) {
                _ if !path.exists() => BTreeSet::new(),
                Ok(names) => names,
                Err(_) => continue,
            };
            let is_gone = |one: &Subject| !now.contains(&one.id);
            gone.extend(was.into_iter().filter(is_gone).map(|subject| Gone {
                path: shown.clone(),
                subject,
            }));
        }
    }
    Ok(gone)
}

fn all_of(path: &str, known: &Known) -> Result<Vec<Subject>, CurrentError> {
    Ok(match read_code(path, known)? {
        Some(template) => template.subjects,
        None => read_printed_file(path)?,
    })
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
    let mut subjects = all_of(&laid_out, known).map_err(renamed)?;
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
