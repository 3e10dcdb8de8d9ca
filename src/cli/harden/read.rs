//! All that a run looks at, from files and from saved answers.

use jiff::civil::Date;

use super::Args;
use crate::cli::check::failure;
use crate::cli::{Exit, Failure};
use crate::posture::Posture;
use crate::source::posture::{read_code, read_saved};

/// Reads everything that is named.
pub(super) fn all(args: &Args, today: Date) -> Result<Posture, Failure> {
    if args.files.is_empty() && args.saved.is_empty() {
        let problem = "expected files or saved answers to look at, found none";
        return Err(Failure::new(Exit::WrongCommandLine, problem)
            .hint("polgen harden template.yaml")
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
        posture.add(read_code(file, &known).map_err(failure)?);
    }
    for folder in &args.saved {
        posture.add(read_saved(folder, today).map_err(failure)?);
    }
    Ok(posture)
}
