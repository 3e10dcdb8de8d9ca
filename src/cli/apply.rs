//! `polgen apply`: puts a suggestion on its role, with the way back written down first.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::live::Live;
#[cfg(not(feature = "aws"))]
use super::{Context, Exit, Failure};

/// Put a suggestion on its role; a dry run without `--yes`
///
/// Takes what `polgen suggest --format json` printed. Its policies become managed policies of the account, are attached, and
/// then replace those that the suggestion saw: these are detached, inline ones removed. Policies that deny something stay, and
/// so does everything if the suggestion was made without `--current`. Before the first step, all that was there is written to
/// the rollback file. If a step fails, the role is put back; an interrupted run is gone on with by running it again.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// Suggestion as JSON, or `-` for standard input
    #[arg(value_name = "SUGGESTION")]
    suggestion: PathBuf,

    /// Do it
    #[arg(long)]
    yes: bool,

    /// Where to write what was there [default: polgen-rollback-ROLE-DATE.json]
    #[arg(long, value_name = "FILE")]
    rollback_file: Option<PathBuf>,

    /// Make it the role's permissions boundary; other policies stay
    #[arg(long)]
    boundary: bool,

    /// Seconds that IAM gets to make a change known everywhere
    #[arg(long, value_name = "N", default_value_t = 10, hide_short_help = true)]
    settle: u64,

    #[command(flatten)]
    live: Live,
}

#[cfg(not(feature = "aws"))]
pub(crate) fn run(_args: &Args, _context: &mut Context) -> Result<Exit, Failure> {
    Err(super::live::absent())
}

#[cfg(feature = "aws")]
pub(crate) use carried::run;

#[cfg(feature = "aws")]
mod carried {
    //! The command in a build that can call AWS.

    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use super::Args;
    use crate::cli::change::{Teller, check_account, left, read, show};
    use crate::cli::live::{Connection, failure};
    use crate::cli::{Context, Exit, Failure};
    use crate::publish::{
        self, Broken, IamStore, Mode, Refusal, Rollback, State, Step, Store as _, Wanted, forward,
    };
    use crate::source::aws::role::RoleState;

    /// Runs the command.
    pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
        let mode = if args.boundary {
            Mode::Boundary
        } else {
            Mode::Replace
        };
        let wanted = Wanted::parse(&read(&args.suggestion)?, mode).map_err(|error| {
            Failure::new(
                Exit::Failed,
                format!("{}: {error}", args.suggestion.display()),
            )
            .hint("make one with `polgen suggest --role NAME --format json`")
        })?;
        let mut connection = Connection::new(&args.live);
        let session = connection.session()?;
        check_account(session, &wanted.role, &wanted.account)?;
        let mut store = IamStore::new(session, &wanted.name);
        let role = store.role().map_err(failure)?;
        let now = store.state(&wanted.arns()).map_err(failure)?;
        let path = rollback_path(args, &wanted, context);
        let rollback = Rollback::new(context.now, role.arn.clone(), role.id.clone(), now.clone());
        let before = before(&path, &rollback)?;
        check(&role, (&before, &now), &wanted)?;
        let steps = forward(&now, &wanted);
        tell_what_stays(&wanted, mode);
        if steps.is_empty() {
            anstream::eprintln!("Done       the suggestion is on the role already");
            return Ok(Exit::Done);
        }
        if !args.yes {
            return show(&steps, &wanted.name, context);
        }
        let rollback = rollback
            .keep(&path)
            .map_err(|error| Failure::new(Exit::Failed, error))?;
        let mut teller = Teller {
            settle: Duration::from_secs(args.settle),
        };
        let done = publish::apply(&mut store, &rollback.before, &wanted, &mut teller);
        done.map_err(|broken| taken_back(*broken, &path))?;
        tell(&steps, &wanted, &path);
        Ok(Exit::Done)
    }

    fn rollback_path(args: &Args, wanted: &Wanted, context: &Context) -> PathBuf {
        let date = crate::time::day_of(context.now);
        let default = || format!("polgen-rollback-{}-{date}.json", wanted.name).into();
        args.rollback_file.clone().unwrap_or_else(default)
    }

    /// What was there before the first step: as an interrupted run wrote it down, or as it is now.
    fn before(path: &Path, now: &Rollback) -> Result<State, Failure> {
        if !path.exists() {
            return Ok(now.before.clone());
        }
        let kept = now.clone().keep(path).map_err(|error| {
            Failure::new(Exit::Failed, error).hint("name another file with `--rollback-file`")
        })?;
        Ok(kept.before)
    }

    fn check(role: &RoleState, states: (&State, &State), wanted: &Wanted) -> Result<(), Failure> {
        if role.arn != wanted.role {
            let problem = format!("expected the role `{}`, found `{}`", wanted.role, role.arn);
            return Err(Failure::new(Exit::Failed, problem));
        }
        let attached = role.attached.iter();
        let documents: Vec<(String, String)> = attached
            .map(|policy| (policy.arn.clone(), policy.document.clone()))
            .collect();
        let hint = |refusal: &Refusal| match refusal {
            Refusal::Changed(_) => "make the suggestion anew with `polgen suggest`",
            Refusal::Shared(_) => "rename the policy in the suggestion's `policies`",
        };
        match Refusal::find(states, wanted, &documents) {
            None => Ok(()),
            Some(refusal) => {
                let hint = hint(&refusal);
                let problem = format!("`{}`: {refusal}", wanted.role);
                Err(Failure::new(Exit::Failed, problem).hint(hint))
            }
        }
    }

    fn tell_what_stays(wanted: &Wanted, mode: Mode) {
        if mode == Mode::Boundary {
            return;
        }
        if wanted.seen.is_none() {
            anstream::eprintln!(
                "warning: the suggestion was made without the role's policies, so none of them is taken away"
            );
        }
        for name in wanted.staying() {
            anstream::eprintln!("warning: `{name}` denies something, so it stays");
        }
    }

    fn taken_back(broken: Broken, path: &Path) -> Failure {
        if let Some(problem) = broken.left {
            return left(&broken.error, &problem, path);
        }
        // What it says is so: nobody needs it.
        let _ = std::fs::remove_file(path);
        failure(broken.error).detail("the role was put back to what was there before")
    }

    fn tell(steps: &[Step], wanted: &Wanted, path: &Path) {
        let taken = steps.iter().filter(|step| step.takes_away()).count();
        let policies = wanted.policies.len();
        anstream::eprintln!(
            "Applied    {policies} of polgen's policies to `{}`, {taken} taken away",
            wanted.name
        );
        anstream::eprintln!(
            "\nhint: take it back with `polgen rollback {} --yes`",
            path.display()
        );
    }
}
