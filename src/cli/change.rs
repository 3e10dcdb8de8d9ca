//! What `apply` and `rollback` share: showing the steps, and making them at a terminal.

use std::path::Path;
use std::time::Duration;

use super::live::failure;
use super::{Context, Exit, Failure};
use crate::publish::{Pace, Step};
use crate::report::{plain, plural};
use crate::source::aws::{AwsError, Session};
use crate::source::bounded::{read_text, text_of};

/// The most bytes of a suggestion that are read.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Makes the steps, telling each, and waits where IAM needs time.
pub(super) struct Teller {
    /// How long IAM may need.
    pub(super) settle: Duration,
}

impl Pace for Teller {
    fn before(&mut self, step: &Step) {
        anstream::eprintln!("  {}", plain(&step.to_string()));
    }

    fn settle(&mut self) {
        std::thread::sleep(self.settle);
    }
}

/// Shows what would be done, as commands that do it.
pub(super) fn show(steps: &[Step], role: &str, context: &mut Context) -> Result<Exit, Failure> {
    for step in steps {
        context.output.line(&plain(&step.command(role)))?;
    }
    anstream::eprintln!(
        "Dry run    {}, nothing is changed",
        plural(steps.len(), "step", "steps")
    );
    anstream::eprintln!("\nhint: do it with `--yes`");
    Ok(Exit::Done)
}

/// Refuses credentials of another account: the role of the same name there is another role.
pub(super) fn check_account(session: &Session, role: &str, account: &str) -> Result<(), Failure> {
    let caller = session.caller().map_err(failure)?;
    if caller.account == account {
        return Ok(());
    }
    let problem = format!(
        "`{role}`: expected credentials of account {account}, found those of {}",
        caller.account
    );
    Err(Failure::new(Exit::Failed, problem).hint("choose others with `--profile`"))
}

/// Reads a file, or standard input for `-`.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let fail =
        |problem: String| Failure::new(Exit::Failed, format!("{}: {problem}", path.display()));
    let text = if path.as_os_str() == "-" {
        text_of(std::io::stdin().lock(), MOST_BYTES)
    } else {
        read_text(path, MOST_BYTES)
    };
    text.map_err(|error| fail(error.to_string()))
}

/// Says that a role was left in the middle, and what puts it back.
pub(super) fn left(error: &AwsError, left: &AwsError, file: &Path) -> Failure {
    let file = file.display();
    Failure::new(Exit::Failed, error)
        .detail(format!("putting the role back failed, too: {left}"))
        .detail("the role is neither as before nor as suggested")
        .hint(format!(
            "put it back with `polgen rollback {file} --yes`, or go on with the same `polgen apply`"
        ))
}
