//! `polgen init`: a `polgen.toml` to fill in, with an example of each entry as a comment.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::{Context, Exit, Failure, file};

/// The file, commented.
const TEMPLATE: &str = include_str!("init/polgen.toml");

/// Write a commented `polgen.toml` to fill in
///
/// It holds an example of each kind of entry: grants to keep, grants that must never be made, policies that all roles need, patterns, and
/// findings that are right. All of them are comments, so that the file changes nothing until something is decided.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// File to write
    #[arg(default_value = "polgen.toml", value_name = "FILE")]
    path: PathBuf,

    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, _context: &mut Context) -> Result<Exit, Failure> {
    let content = |file: &mut dyn std::io::Write| file.write_all(TEMPLATE.as_bytes());
    if args.force {
        file::write_whole(&args.path, content)?;
    } else {
        file::write_new(&args.path, content)?;
    }
    anstream::eprintln!(
        "wrote {}; each entry in it is a comment until you take its `#` away",
        args.path.display()
    );
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::config::Config;

    #[test]
    fn what_is_written_is_accepted_and_decides_nothing() {
        let config = Config::parse("polgen.toml", TEMPLATE).unwrap();
        let today = jiff::civil::date(2026, 6, 1);
        let decided = config.decide("billing-export", today, Catalog::bundled());
        assert_eq!(decided.unwrap(), crate::config::Decided::default());
    }

    #[test]
    fn every_example_is_accepted_and_decides_something() {
        let text: String = TEMPLATE
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(example) if !example.starts_with(' ') => format!("{example}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        let config = Config::parse("polgen.toml", &text).unwrap();
        let today = jiff::civil::date(2026, 6, 1);
        let decide = |name| config.decide(name, today, Catalog::bundled()).unwrap();
        let decided = decide("billing-export");
        assert_eq!(decided.pins.keep.len(), 1);
        assert_eq!(decided.pins.never.len(), 1);
        assert_eq!(decided.name_patterns.len(), 1);
        assert_eq!(decide("WebInstanceRole").baselines.len(), 1);
        let heads = text.lines().filter(|line| line.starts_with("[["));
        assert_eq!(heads.count(), 5);
    }
}
