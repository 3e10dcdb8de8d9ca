//! Where the comment goes: standard output, a file, or a pull request.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::cli::file::write_whole;
use crate::cli::{Context, Exit, Failure};
use crate::forge::{Done, ForgeError, Host, Kind, Note, Pace, Remarks, Wanted, find, put};
use crate::report::plain;
use crate::source::bounded::{MOST_TEXT, read_text};

/// Where it goes.
#[derive(Debug, ClapArgs)]
pub(super) struct Destination {
    /// Put it on a GitHub pull request
    ///
    /// In a workflow the repository, the number and the token are known from the environment.
    #[arg(long, conflicts_with_all = ["gitlab", "out"], help_heading = "Output")]
    github: bool,

    /// Put it on a GitLab merge request
    ///
    /// In a pipeline of a merge request the project and the number are known from the environment; the token is read from
    /// `GITLAB_TOKEN`.
    #[arg(long, conflicts_with = "out", help_heading = "Output")]
    gitlab: bool,

    /// OWNER/NAME, or number or path of a GitLab project
    #[arg(long, value_name = "REPOSITORY", help_heading = "Output")]
    repository: Option<String>,

    /// Number of the pull request or merge request
    #[arg(long, value_name = "N", help_heading = "Output")]
    number: Option<u64>,

    /// Address of the API, for one's own server
    ///
    /// `https://HOST/api/v3` for GitHub Enterprise Server, `https://HOST/api/v4` for GitLab. By default `GITHUB_API_URL` or
    /// `CI_API_V4_URL`, then the public host.
    #[arg(
        long,
        value_name = "URL",
        help_heading = "Output",
        hide_short_help = true
    )]
    api_url: Option<String>,

    /// Who the token's comments are by, for an app's token
    ///
    /// A login such as `my-app[bot]`. A person's token tells it, and that of a workflow is `github-actions[bot]`.
    #[arg(
        long,
        value_name = "LOGIN",
        help_heading = "Output",
        hide_short_help = true
    )]
    author: Option<String>,

    /// Where the whole report is, if the comment is too long [default: the run]
    #[arg(
        long,
        value_name = "URL",
        help_heading = "Output",
        hide_short_help = true
    )]
    report_url: Option<String>,

    /// File to write it to
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,

    /// Print the comment and what would be done with it; change nothing
    #[arg(long, help_heading = "Output")]
    dry_run: bool,
}

/// A place for the comment.
pub(super) enum Target<'a> {
    Output(Option<&'a PathBuf>),
    Request { host: Box<Host>, is_dry_run: bool },
}

impl Destination {
    pub(super) fn target(&self) -> Result<Target<'_>, Failure> {
        let kind = match (self.github, self.gitlab) {
            (true, _) => Kind::GitHub,
            (_, true) => Kind::GitLab,
            _ => return Ok(Target::Output(self.out.as_ref())),
        };
        let wanted = Wanted {
            repository: self.repository.clone(),
            number: self.number,
            api_url: self.api_url.clone(),
            author: self.author.clone(),
        };
        let host = Host::find(kind, wanted, &variable, &|path| {
            read_text(path.as_ref(), MOST_TEXT).ok()
        });
        let flag = if self.github { "--github" } else { "--gitlab" };
        let host = host.map_err(|problem| {
            Failure::new(Exit::WrongCommandLine, format!("{flag}: {problem}"))
        })?;
        Ok(Target::Request {
            host: Box::new(host),
            is_dry_run: self.dry_run,
        })
    }

    /// Where the whole report can be read: what was given, else the run of the workflow.
    pub(super) fn report_url(&self) -> Option<String> {
        self.report_url.clone().or_else(|| {
            let github = || {
                let server = variable("GITHUB_SERVER_URL")?;
                let repository = variable("GITHUB_REPOSITORY")?;
                let run = variable("GITHUB_RUN_ID")?;
                Some(format!("{server}/{repository}/actions/runs/{run}"))
            };
            github().or_else(|| variable("CI_JOB_URL"))
        })
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Target<'_> {
    pub(super) fn most_characters(&self) -> usize {
        match self {
            Self::Output(_) => usize::MAX,
            Self::Request { host, .. } => host.kind.most_characters(),
        }
    }

    /// Puts the comment there, and says on standard error what was done.
    pub(super) fn put(
        &self,
        markers: &[String],
        body: &str,
        context: &mut Context,
    ) -> Result<(), Failure> {
        match self {
            Self::Output(Some(path)) => write_whole(path, |file| file.write_all(body.as_bytes())),
            Self::Output(None) => Ok(context.output.text(body)?),
            Self::Request { host, is_dry_run } => {
                let remarks = Remarks::of(host, Pace::default());
                if *is_dry_run {
                    let found = find(&remarks, markers).map_err(failure)?;
                    let would = found.first().map_or_else(
                        || "a comment would be created".to_owned(),
                        |note| format!("comment {} would be updated", shown(note)),
                    );
                    anstream::eprintln!("{}", plain(&would));
                    return Ok(context.output.text(body)?);
                }
                let said = match put(&remarks, markers, body).map_err(failure)? {
                    Done::Created(note) => format!("comment {} was created", shown(&note)),
                    Done::Updated(note) => format!("comment {} was updated", shown(&note)),
                    Done::Unchanged(note) => format!("comment {} says so already", shown(&note)),
                };
                anstream::eprintln!("{}", plain(&said));
                Ok(())
            }
        }
    }
}

fn shown(note: &Note) -> String {
    note.url.clone().unwrap_or_else(|| note.id.to_string())
}

fn failure(error: ForgeError) -> Failure {
    let mut failure = Failure::new(Exit::Failed, &error);
    if let Some(said) = &error.said {
        failure = failure.detail(format!("the host says: {said}"));
    }
    match error.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
