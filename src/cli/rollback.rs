//! `polgen rollback`: puts a role back to what was there before `polgen apply`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::live::Live;
use super::{Context, Exit, Failure};

/// Put a role back to what was there before; a dry run without `--yes`
///
/// Takes the file that `polgen apply` wrote. Attachments, inline policies, the boundary and the documents of the managed
/// policies come back as they were; what others attached meanwhile stays. It can be run again until it has gone through.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// Rollback file
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Do it
    #[arg(long)]
    yes: bool,

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

/// Runs the command.
#[cfg(feature = "aws")]
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    use std::time::Duration;

    use super::change::{Teller, check_account, show};
    use super::live::{Connection, failure};
    use crate::arn::Arn;
    use crate::publish::{IamStore, Rollback, Store as _, backward, restore};

    let fail =
        |problem: String| Failure::new(Exit::Failed, format!("{}: {problem}", args.file.display()));
    let rollback = Rollback::read(&args.file).map_err(|error| Failure::new(Exit::Failed, error))?;
    let arn = Arn::parse(&rollback.role).filter(|arn| arn.resource.starts_with("role/"));
    let arn = arn.ok_or_else(|| {
        fail(format!(
            "role: expected the ARN of a role, found `{}`",
            rollback.role
        ))
    })?;
    let name = arn.resource.rsplit('/').next().unwrap_or_default();
    let mut connection = Connection::new(&args.live);
    let session = connection.session()?;
    check_account(session, &rollback.role, arn.account)?;
    let mut store = IamStore::new(session, name);
    let role = store.role().map_err(failure)?;
    if (&role.arn, &role.id) != (&rollback.role, &rollback.role_id) {
        let problem = format!(
            "`{}` is another role than the one that was changed",
            role.arn
        );
        return Err(fail(problem));
    }
    let arns: Vec<String> = rollback.before.policies.keys().cloned().collect();
    let now = store.state(&arns).map_err(failure)?;
    let steps = backward(&rollback.before, &now);
    if steps.is_empty() {
        anstream::eprintln!("Done       the role is as it was before");
        return Ok(Exit::Done);
    }
    if !args.yes {
        return show(&steps, name, context);
    }
    let mut teller = Teller {
        settle: Duration::from_secs(args.settle),
    };
    restore(&mut store, &rollback.before, &mut teller).map_err(|error| {
        failure(error).detail("the role is not back to what was there before; run it again")
    })?;
    anstream::eprintln!("Restored   `{name}` is as it was before");
    Ok(Exit::Done)
}
