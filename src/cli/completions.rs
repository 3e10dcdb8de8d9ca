//! `polgen completions` and `polgen man`: what shells and `man` read, made of the same definition as the help.

use std::fs;
use std::path::PathBuf;

use clap::{Args as ClapArgs, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Context, Exit, Failure};

/// Print completions for a shell
///
/// bash: `polgen completions bash > /etc/bash_completion.d/polgen`. zsh: into a folder of `fpath`, as `_polgen`. fish:
/// `~/.config/fish/completions/polgen.fish`. PowerShell: into the profile.
#[derive(Debug, ClapArgs)]
pub(crate) struct Completions {
    /// Shell to complete in
    shell: Shell,
}

/// Write the man pages into a folder
///
/// One for polgen and one for each command: `polgen.1`, `polgen-suggest.1` and so on.
#[derive(Debug, ClapArgs)]
pub(crate) struct Man {
    /// Folder to write to; it is made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Prints completions.
pub(crate) fn completions(args: &Completions, context: &mut Context) -> Result<Exit, Failure> {
    // The generator cannot report a reader that has hung up, so it writes into memory.
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "polgen", &mut text);
    context.output.writer().write_all(&text)?;
    Ok(Exit::Done)
}

/// Writes the man pages.
pub(crate) fn man(args: &Man, _context: &mut Context) -> Result<Exit, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Failed, format!("{}: {error}", args.folder.display()))
    };
    fs::create_dir_all(&args.folder).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), &args.folder).map_err(failed)?;
    Ok(Exit::Done)
}
