//! `polgen redact`: whatever polgen printed, or a trail, for showing to others.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use ring::rand::{SecureRandom as _, SystemRandom};

use super::{Context, Exit, Failure};
use crate::catalog::Catalog;
use crate::report::redact::{Redaction, hexadecimal};
use crate::source::bounded::{read_bytes, read_text, text_of};

/// The most that is read of a text.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// The most of a key.
const KEY_BYTES: u64 = 4096;

/// Replace account ids, names and ids by stand-ins, for sharing
///
/// Reads what a command printed (JSON, JSON lines, a policy, a text), a trail or a template, and writes it with the account's own words replaced. The
/// same word has the same stand-in in all texts that were redacted with one key. Services, actions and AWS's own policies stay.
///
/// Names are told by ARNs and by members of JSON that hold names. What a text shows otherwise is known from `--names`: give the trail and
/// the templates that it was made of. Look at the result before you share it.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  polgen suggest --role app --trail AWSLogs --format json | polgen redact --key-file my.key
  polgen check template.yaml | polgen redact --key-file my.key --names template.yaml")]
pub(crate) struct Args {
    /// File to read [default: standard input]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// Key of the stand-ins; made if it is not there
    #[arg(long, value_name = "FILE")]
    key_file: PathBuf,

    /// File whose names are replaced, too; can be repeated
    #[arg(long, value_name = "FILE")]
    names: Vec<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let fail = |path: &Path, error: std::io::Error| {
        Failure::new(Exit::Failed, format!("{}: {error}", path.display()))
    };
    let text = match &args.file {
        Some(path) => read_text(path, MOST_BYTES).map_err(|error| fail(path, error))?,
        None => text_of(std::io::stdin().lock(), MOST_BYTES)
            .map_err(|error| fail(Path::new("standard input"), error))?,
    };
    let key = key(&args.key_file).map_err(|error| fail(&args.key_file, error))?;
    let mut redaction = Redaction::new(&key, Catalog::bundled());
    for path in &args.names {
        let names = read_text(path, MOST_BYTES).map_err(|error| fail(path, error))?;
        redaction.learn(&names);
    }
    redaction.learn(&text);
    context.output.text(&redaction.apply(&text))?;
    Ok(Exit::Done)
}

/// Reads the key, or makes one that nobody else may read.
fn key(path: &Path) -> std::io::Result<Vec<u8>> {
    if path.try_exists()? {
        let key = read_bytes(path, KEY_BYTES)?;
        let is_long = key.len() >= 16;
        let wanted = || std::io::Error::other("expected a key of 16 bytes or more");
        return is_long.then_some(key).ok_or_else(wanted);
    }
    let mut random = [0_u8; 32];
    SystemRandom::new()
        .fill(&mut random)
        .map_err(|_| std::io::Error::other("the system gave no random bytes"))?;
    let hex = hexadecimal(&random);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(hex.as_bytes())?;
    file.sync_all()?;
    Ok(hex.into_bytes())
}
