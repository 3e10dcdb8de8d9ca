//! All that a run looks at, from files, from saved answers and from AWS.

use jiff::civil::Date;

use super::Args;
use crate::cli::live::Connection;
use crate::cli::{Exit, Failure};
use crate::posture::Posture;
use crate::source::posture::{read_code, read_saved};

/// Reads everything that is named.
pub(super) fn all(args: &Args, today: Date) -> Result<Posture, Failure> {
    let has_files = !args.files.is_empty() || !args.saved.is_empty();
    let has_usage = !args.usage.is_empty() || !args.trail.is_empty();
    let wanted = args.names.wanted(!has_files || !has_usage);
    if !has_files && wanted.is_empty() {
        let problem = "expected files, saved answers or names to look at, found none";
        return Err(Failure::new(Exit::WrongCommandLine, problem)
            .hint("polgen harden template.yaml")
            .hint("polgen harden --stack NAME, or --account for everything")
            .hint(
                "polgen harden --print-commands --bucket NAME, then polgen harden --saved FOLDER",
            ));
    }
    let known = args.parameters.known()?;
    let mut posture = Posture {
        today: Some(today),
        ..Posture::default()
    };
    for file in &args.files {
        posture.add(read_code(file, &known)?);
    }
    for folder in &args.saved {
        posture.add(read_saved(folder, today)?);
    }
    if !wanted.is_empty() {
        let mut connection = Connection::new(&args.live);
        posture.add(connection.posture(&wanted, args.names.account(), today)?);
    }
    Ok(posture)
}
