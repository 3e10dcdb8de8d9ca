//! `--fix apply`: the changes that are safe to make, made, with the way back written down first.

use std::path::PathBuf;
use std::time::Duration;

use super::Args;
use crate::cli::live::{Connection, failure};
use crate::cli::{Context, Exit, Failure};
use crate::finding::Finding;
use crate::harden::fix::{Fix, plan};
use crate::posture::Posture;
use crate::publish::{AwsSettings, Change, Half, Settings as _, SettingsRollback, mend};
use crate::report::fixes::fixes_aws_cli;
use crate::report::plural;
use crate::time::day_of;

/// How long a setting is waited for between two looks.
const SETTLE: Duration = Duration::from_secs(2);

/// Makes the changes, or shows them without `--yes`.
pub(super) fn run(
    args: &Args,
    posture: &Posture,
    findings: &[Finding],
    context: &mut Context,
) -> Result<Exit, Failure> {
    let fixes = plan(posture, findings);
    let (chosen, others): (Vec<&Fix>, Vec<&Fix>) =
        fixes.iter().partition(|fix| Change::key_of(fix).is_some());
    if !others.is_empty() {
        anstream::eprintln!(
            "Left       {} for a person: `--fix plan` prints them",
            plural(others.len(), "change", "changes")
        );
    }
    if chosen.is_empty() {
        anstream::eprintln!("Done       nothing that may be changed here is left");
        return Ok(Exit::Done);
    }
    let count = plural(chosen.len(), "change", "changes");
    if !args.yes {
        context.output.text(&fixes_aws_cli(&chosen))?;
        anstream::eprintln!("Dry run    {count}, nothing is changed");
        anstream::eprintln!("\nhint: do it with `--yes`");
        return Ok(Exit::Done);
    }
    let mut connection = Connection::new(&args.live);
    let session = connection.session()?;
    let account = session.caller().map_err(failure)?.account;
    let mut store = AwsSettings::new(session, SETTLE);
    let mut changes = Vec::new();
    for fix in chosen {
        let Some(key) = Change::key_of(fix) else {
            continue;
        };
        let before = store.read(&key).map_err(failure)?;
        changes.push(Change::of(fix, key, before).map_err(failure)?);
    }
    let path = path(args, &account, context);
    SettingsRollback::new(context.now, account, &changes)
        .write(&path)
        .map_err(|error| {
            Failure::new(Exit::Failed, error).hint("name another file with `--rollback-file`")
        })?;
    for change in &changes {
        anstream::eprintln!("  {}", change.key);
    }
    mend(&mut store, &changes).map_err(|half| taken_back(*half, &path))?;
    anstream::eprintln!("Mended     {count}, each read again");
    anstream::eprintln!(
        "\nhint: take it back with `polgen rollback {} --yes`",
        path.display()
    );
    Ok(Exit::Done)
}

fn path(args: &Args, account: &str, context: &Context) -> PathBuf {
    let date = day_of(context.now);
    let default = || format!("polgen-rollback-{account}-{date}.json").into();
    args.rollback_file.clone().unwrap_or_else(default)
}

fn taken_back(half: Half, path: &std::path::Path) -> Failure {
    let file = path.display();
    if let Some(left) = half.left {
        return failure(half.error)
            .detail(format!("putting the settings back failed, too: {left}"))
            .hint(format!("put them back with `polgen rollback {file} --yes`"));
    }
    // What it says is so: nobody needs it.
    let _ = std::fs::remove_file(path);
    failure(half.error).detail("the settings were put back to what was there before")
}
