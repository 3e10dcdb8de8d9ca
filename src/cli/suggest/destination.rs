//! Where a suggestion goes beside standard output: into the infrastructure code that defines the role.

use std::io::Write as _;
use std::path::Path;

use clap::Args as ClapArgs;

use crate::cli::{Context, Exit, Failure};
use crate::diff::unified;
use crate::report::{Code, Report, plain};
use crate::source::current::read_module_texts;
use crate::template::{NewPolicy, Source, dropped_comments, patch};

/// A part of a file.
#[derive(Debug, ClapArgs)]
pub(super) struct Destination {
    /// Put the policy into a template or Terraform file, e.g. template.yaml#AppRole
    ///
    /// It takes the place of the policies of the role or policy of that name, and nothing else in the file changes. Without
    /// `--current`, they are what the suggestion is compared with.
    #[arg(
        long,
        value_name = "FILE#NAME",
        help_heading = "Output",
        hide_short_help = true
    )]
    pub(super) write: Option<String>,

    /// Print the change that `--write` would make, for `git apply`, and change nothing
    #[arg(
        long,
        requires = "write",
        help_heading = "Output",
        hide_short_help = true
    )]
    pub(super) patch: bool,
}

impl Destination {
    /// Writes the suggestion, or prints the change; does nothing if nowhere is named.
    pub(super) fn put(&self, reports: &[Report], context: &mut Context) -> Result<(), Failure> {
        let Some(argument) = &self.write else {
            return Ok(());
        };
        let wrong =
            |problem: String| Failure::new(Exit::WrongCommandLine, format!("--write: {problem}"));
        let [report] = reports else {
            return Err(wrong(format!(
                "expected one suggestion, found {}",
                reports.len()
            )));
        };
        let Some((path, id)) = argument.rsplit_once('#').filter(|(_, id)| !id.is_empty()) else {
            return Err(wrong(format!("expected `FILE#NAME`, found `{argument}`")));
        };
        let (old, new) = changed((path, id), report)?;
        for comment in dropped_comments(path, &old, &new) {
            let text = format!(
                "{path}:{}: this comment goes: {}",
                comment.line, comment.text
            );
            anstream::eprintln!("warning: {}", plain(&text));
        }
        if self.patch {
            let name = path.trim_start_matches("./");
            let text = unified(&format!("a/{name}"), &old, &format!("b/{name}"), &new);
            context.output.text(&text)?;
            return Ok(());
        }
        if old == new {
            anstream::eprintln!("{} holds the policy already", plain(argument));
            return Ok(());
        }
        replace(path, &new)
            .map_err(|error| Failure::new(Exit::Failed, format!("{path}: {error}")))?;
        anstream::eprintln!("{} has the policy now", plain(argument));
        Ok(())
    }
}

/// The file before and after.
fn changed((path, id): (&str, &str), report: &Report) -> Result<(String, String), Failure> {
    let texts = read_module_texts(path).map_err(|error| Failure::new(Exit::Failed, &error))?;
    let (own, others) = texts
        .split_first()
        .map_or((String::new(), Vec::new()), |(own, others)| {
            (
                own.1.clone(),
                others.iter().map(|(_, text)| text.clone()).collect(),
            )
        });
    let code = Code::of(report).map_err(|problem| Failure::new(Exit::Failed, problem))?;
    let policies: Vec<NewPolicy> = code
        .pieces
        .into_iter()
        .map(|piece| NewPolicy {
            name: piece.name,
            document: piece.document,
            comments: piece.comments,
        })
        .collect();
    let source = Source {
        file: path,
        text: &own,
        siblings: &others,
    };
    let new = patch(&source, id, &policies, &code.stack).map_err(|error| {
        let failure = Failure::new(Exit::Failed, &error);
        match error.hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })?;
    Ok((own, new))
}

/// Replaces a file whole: it is the old one or the new one at any moment. A link stays a link.
fn replace(path: &str, text: &str) -> std::io::Result<()> {
    let path = Path::new(path).canonicalize()?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file()
        .set_permissions(path.metadata()?.permissions())?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}
