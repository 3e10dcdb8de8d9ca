//! `polgen rollback`: puts back what was there before `polgen apply`, or before `polgen harden --fix apply`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::live::Live;
#[cfg(not(feature = "aws"))]
use super::{Context, Exit, Failure};

/// Put back what was there before; a dry run without `--yes`
///
/// Takes the file that `polgen apply` wrote. Attachments, inline policies, the boundary and the documents of the managed
/// policies come back as they were; what others attached meanwhile stays. The file of `polgen harden --fix apply` is taken, too: settings
/// come back to the byte, but that versioning can only be suspended. It can be run again until it has gone through.
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

#[cfg(feature = "aws")]
pub(crate) use carried::{put_back, run};

#[cfg(feature = "aws")]
mod carried {
    //! The command in a build that can call AWS.

    use std::path::Path;
    use std::time::Duration;

    use super::Args;
    use crate::arn::Arn;
    use crate::cli::change::{Teller, check_account, show};
    use crate::cli::live::{Connection, Live, failure};
    use crate::cli::{Context, Exit, Failure};
    use crate::publish::{
        self as settings, AwsSettings, IamStore, Rollback, Settings as _, SettingsRollback,
        Store as _, backward, is_back, restore,
    };
    use crate::report::{plain, plural};

    /// Runs the command.
    pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
        let settle = args.yes.then(|| Duration::from_secs(args.settle));
        back(&args.file, &args.live, settle, context)
    }

    /// Puts the role back at once.
    pub(crate) fn put_back(
        file: &Path,
        live: &Live,
        context: &mut Context,
    ) -> Result<Exit, Failure> {
        back(file, live, Some(Duration::ZERO), context)
    }

    /// Puts the role back, or shows how if nothing is to be done yet.
    fn back(
        file: &Path,
        live: &Live,
        settle: Option<Duration>,
        context: &mut Context,
    ) -> Result<Exit, Failure> {
        let fail =
            |problem: String| Failure::new(Exit::Failed, format!("{}: {problem}", file.display()));
        let settings = SettingsRollback::read(file);
        if let Some(kept) = settings.map_err(|error| Failure::new(Exit::Failed, error))? {
            return settings_back(&kept, live, settle, context);
        }
        let rollback = Rollback::read(file).map_err(|error| Failure::new(Exit::Failed, error))?;
        let arn = Arn::parse(&rollback.role).filter(|arn| arn.resource.starts_with("role/"));
        let arn = arn.ok_or_else(|| {
            fail(format!(
                "role: expected the ARN of a role, found `{}`",
                rollback.role
            ))
        })?;
        let name = arn.resource.rsplit('/').next().unwrap_or_default();
        let mut connection = Connection::new(live);
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
        let Some(settle) = settle else {
            return show(&steps, name, context);
        };
        restore(&mut store, &rollback.before, &mut Teller { settle }).map_err(|error| {
            failure(error).detail("the role is not back to what was there before; run it again")
        })?;
        anstream::eprintln!("Restored   `{name}` is as it was before");
        Ok(Exit::Done)
    }

    /// Puts settings back, or shows which if nothing is to be done yet.
    fn settings_back(
        kept: &SettingsRollback,
        live: &Live,
        settle: Option<Duration>,
        context: &mut Context,
    ) -> Result<Exit, Failure> {
        let mut connection = Connection::new(live);
        let session = connection.session()?;
        check_account(session, "the settings", &kept.account)?;
        let mut store = AwsSettings::new(session, settle.unwrap_or_default());
        let mut open = Vec::new();
        for one in &kept.before {
            let now = store.read(&one.key).map_err(failure)?;
            if !is_back(&one.key, now.as_deref(), one.value.as_deref()) {
                open.push(one);
            }
        }
        if open.is_empty() {
            anstream::eprintln!("Done       all settings are as they were before");
            return Ok(Exit::Done);
        }
        if settle.is_none() {
            for one in &open {
                let before = one.value.as_deref().unwrap_or("not set");
                context
                    .output
                    .line(&plain(&format!("{}: {before}", one.key)))?;
            }
            anstream::eprintln!(
                "Dry run    {}, nothing is changed",
                plural(open.len(), "setting", "settings")
            );
            anstream::eprintln!("\nhint: do it with `--yes`");
            return Ok(Exit::Done);
        }
        settings::put_back(&mut store, &kept.before).map_err(|error| {
            failure(error).detail("the settings are not all back; run it again")
        })?;
        anstream::eprintln!("Restored   all settings are as they were before");
        Ok(Exit::Done)
    }
}
