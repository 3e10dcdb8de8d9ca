//! Arguments, exit codes, and the clock: the edge that people touch.
//!
//! Each command is one file with its `Args` and its `run`. Data goes to stdout, words go to stderr, and a reader that hangs up
//! (`polgen … | head`) ends the program quietly.

mod apply;
mod athena;
mod backtest;
mod catalog;
#[cfg(feature = "aws")]
mod change;
mod check;
mod comment;
mod completions;
mod decisions;
mod diff;
mod eval;
mod exit;
mod explain;
mod failure;
mod file;
mod gather;
mod harden;
mod init;
mod input;
mod integrity;
mod interrupt;
mod live;
mod map;
mod output;
mod pager;
mod parameters;
mod principal;
mod progress;
mod redact;
mod rollback;
mod screen;
mod self_policy;
mod sql;
mod suggest;
mod table;
mod usage;
mod verdict;
mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::time::Timestamp;
pub(crate) use exit::Exit;
pub(crate) use failure::Failure;
pub(crate) use output::Output;

/// What both the short and the long help show.
macro_rules! examples {
    () => {
        "\
Examples:
  polgen suggest --role NAME
  polgen suggest --role NAME --trail FOLDER
  polgen suggest --role NAME --trail FOLDER --current role.json --format json
  polgen map --trail events.json.gz"
    };
}

const EXIT_CODES: &str = concat!(
    examples!(),
    "

Exit codes:
  0   done
  1   failed
  2   wrong command line
  3   no event by the role, or none that was allowed
  4   input unreadable in part or in whole, and --allow-gaps not given
  10  --exit-code given, and the current policies grant more than needed
  11  the worst finding is informational; 12 low, 13 medium, 14 high"
);

/// The smallest IAM policy that still allows what an AWS role really did
#[derive(Debug, Parser)]
#[command(
    name = "polgen",
    version,
    max_term_width = 80,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    after_help = examples!(),
    after_long_help = EXIT_CODES
)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Show what is printed in a pager, where standard output is a terminal
    ///
    /// The pager is `PAGER`, or `less`. Without the flag there is none.
    #[arg(long, global = true, hide_short_help = true)]
    pager: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Suggest(Box<suggest::Args>),
    Map(map::Args),
    Diff(diff::Args),
    Check(Box<check::Args>),
    Harden(Box<harden::Args>),
    Eval(eval::Args),
    Comment(Box<comment::Args>),
    Explain(explain::Args),
    Backtest(backtest::Args),
    Usage(usage::Args),
    Sql(sql::Args),
    Athena(athena::Args),
    Catalog(catalog::Args),
    Apply(apply::Args),
    Rollback(rollback::Args),
    Watch(watch::Args),
    Redact(redact::Args),
    SelfPolicy(self_policy::Args),
    Init(init::Args),
    Completions(completions::Completions),
    Man(completions::Man),
}

/// What every command may use of the world beside its own arguments.
#[derive(Debug)]
pub(crate) struct Context {
    /// The moment the program started; ages such as `90d` are counted back from it.
    pub(crate) now: Timestamp,
    /// Where data goes.
    pub(crate) output: Output,
}

/// Runs the program on the process's arguments.
pub fn run() -> ExitCode {
    run_with(std::env::args_os())
}

fn run_with(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the clock is read"
    )]
    let now = Timestamp::now();
    interrupt::catch();
    let words: Vec<OsString> = arguments.into_iter().collect();
    let parsed = match Cli::try_parse_from(&words) {
        Err(error) if suggest::is_pick_wanted(&error, &words) => {
            match suggest::with_picked(words, now) {
                Ok(words) => Cli::try_parse_from(words),
                Err(failure) => return failure.report().into(),
            }
        }
        parsed => parsed,
    };
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() {
                Exit::WrongCommandLine
            } else {
                Exit::Done
            };
            // A terminal that has gone away cannot be told so.
            let _ = error.print();
            return exit.into();
        }
    };
    let result = Output::open(cli.pager).and_then(|output| {
        let mut context = Context { now, output };
        let exit = dispatch(&cli.command, &mut context);
        if exit.is_ok() || context.output.is_paged() {
            context.output.finish()?;
        }
        exit
    });
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => failure.report().into(),
    }
}

fn dispatch(command: &Command, context: &mut Context) -> Result<Exit, Failure> {
    match command {
        Command::Suggest(args) => suggest::run(args, context),
        Command::Map(args) => map::run(args, context),
        Command::Diff(args) => diff::run(args, context),
        Command::Check(args) => check::run(args, context),
        Command::Harden(args) => harden::run(args, context),
        Command::Eval(args) => eval::run(args, context),
        Command::Comment(args) => comment::run(args, context),
        Command::Explain(args) => explain::run(args, context),
        Command::Backtest(args) => backtest::run(args, context),
        Command::Catalog(args) => catalog::run(args, context),
        Command::Apply(args) => apply::run(args, context),
        Command::Rollback(args) => rollback::run(args, context),
        Command::Watch(args) => watch::run(args, context),
        Command::Redact(args) => redact::run(args, context),
        Command::SelfPolicy(args) => self_policy::run(args, context),
        Command::Usage(args) => usage::run(args, context),
        Command::Sql(args) => sql::run(args, context),
        Command::Init(args) => init::run(args, context),
        Command::Completions(args) => completions::completions(args, context),
        Command::Man(args) => completions::man(args, context),
        Command::Athena(args) => athena::run(args, context),
    }
}
