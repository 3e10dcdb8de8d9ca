//! Every example of the documentation, run: what a page shows is what the program says.
//!
//! | block | then |
//! | --- | --- |
//! | `console` | its commands run in a shell, in the page's own folder, where `samples` is the sample account; what they print must be what stands below them |
//! | `console not-run: REASON` | it needs AWS or a host; the commands and flags in it must exist |
//! | `LANGUAGE file=NAME` | becomes a file of that folder, for the blocks after it |
//! | `json`, `toml`, `yaml`, `hcl` | must parse |
//!
//! `(exit code N)` follows the output of a command that ends otherwise than with 0. `POLGEN_BLESS=1` writes what was printed into
//! the pages. Nothing of the caller's environment reaches an example.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test that cannot set up its world should fail at once"
)]

mod block;
mod links;
mod page;
mod place;
mod words;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use block::Kind;
use page::Page;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = vec![Trial::test("every page is found", every_page_is_found)];
    for path in pages() {
        let page = Page::read(&path);
        for block in &page.blocks {
            let Kind::NotRun { reason } = &block.kind else {
                continue;
            };
            let name = format!("{}:{} not run: {reason}", page.name, block.line);
            let (text, place) = (block.text.clone(), page.place(block));
            trials.push(Trial::test(name, move || {
                words::check(&text).map_err(|problem| Failed::from(format!("{place}: {problem}")))
            }));
        }
        trials.push(Trial::test(page.name.clone(), move || {
            page.check().map_err(Failed::from)
        }));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A walk that finds nothing would hold whatever the pages say.
fn every_page_is_found() -> Result<(), Failed> {
    let found = pages();
    for wanted in ["README.md", "docs/quick-start.md", "docs/contracts.md"] {
        if !found.iter().any(|path| path.ends_with(wanted)) {
            return Err(format!("{wanted} is not among the {} pages", found.len()).into());
        }
    }
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md"))?;
    for path in found {
        let inside = path.strip_prefix(root().join("docs"));
        let Some(name) = inside.ok().and_then(Path::to_str) else {
            continue;
        };
        if name != "SUMMARY.md" && !summary.contains(&format!("({name})")) {
            return Err(format!("docs/SUMMARY.md does not name {name}").into());
        }
    }
    Ok(())
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Markdown files that people read: those of the project's folder and of every folder below it that is not built or hidden.
fn pages() -> Vec<PathBuf> {
    const LEFT_OUT: [&str; 4] = ["target", "tests", "fuzz", "node_modules"];
    let mut found = Vec::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let is_left_out = name.starts_with('.') || name.starts_with("target");
            if path.is_dir() && !is_left_out && !LEFT_OUT.contains(&name) {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
