//! The folder of policies: `ACCOUNT/ROLE.json`, and `ROLE.json.2` and so on where one policy does not hold all; and of pages,
//! `index.html` with the table and `ACCOUNT/ROLE.html`.
//!
//! Names come from the log. Whatever is no letter, digit or one of `+=,@_-.` is written as `%` and two digits, so that no name leaves
//! the folder, and no two names share a file.

use std::fs;
use std::path::{Path, PathBuf};

use super::row::Row;
use crate::cli::file::write_whole;
use crate::cli::{Exit, Failure};
use crate::report::{PolicyEntry, html_index, html_page_of};

/// The longest name of a file that is written; IAM's names have at most 64 characters.
const MOST_BYTES: usize = 200;

/// Writes the policies of all rows, and their pages if they are asked for.
pub(super) fn write(folder: &Path, rows: &[Row], has_pages: bool) -> Result<(), Failure> {
    if has_pages {
        write_pages(folder, rows)?;
    }
    for row in rows.iter().filter(|row| !row.policies.is_empty()) {
        let (account, name) = names_of(row)?;
        let account = made(folder.join(account))?;
        for (index, policy) in row.policies.iter().enumerate() {
            let file = match index {
                0 => format!("{name}.json"),
                _ => format!("{name}.json.{}", index + 1),
            };
            write_policy(&account.join(file), policy)?;
        }
    }
    Ok(())
}

/// Writes the pages: the table, and one for each role that has a report.
fn write_pages(folder: &Path, rows: &[Row]) -> Result<(), Failure> {
    let mut entries = Vec::new();
    for row in rows {
        let Some(report) = &row.report else {
            entries.push(row.entry(None));
            continue;
        };
        let (account, name) = names_of(row)?;
        let file = format!("{name}.html");
        let path = made(folder.join(&account))?.join(&file);
        let page = html_page_of(report, "../index.html");
        write_whole(&path, |output| output.write_all(page.as_bytes()))?;
        entries.push(row.entry(Some([account, file])));
    }
    let table = html_index(&entries);
    let path = made(folder.to_owned())?.join("index.html");
    write_whole(&path, |output| output.write_all(table.as_bytes()))
}

/// The names of a role's folder and file.
fn names_of(row: &Row) -> Result<(String, String), Failure> {
    let names = safe(&row.account).zip(safe(&row.name));
    names.ok_or_else(|| {
        let problem = format!("{}: too long to name a file", row.arn);
        Failure::new(Exit::Failed, problem)
    })
}

/// The folder, which is there afterwards.
fn made(folder: PathBuf) -> Result<PathBuf, Failure> {
    fs::create_dir_all(&folder).map_err(|error| {
        let problem = format!("{}: could not be made: {error}", folder.display());
        Failure::new(Exit::Failed, problem)
    })?;
    Ok(folder)
}

fn write_policy(path: &Path, policy: &PolicyEntry) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(&policy.document).unwrap_or_default();
    write_whole(path, |output| writeln!(output, "{text}"))
}

/// A name as a file may have it.
fn safe(name: &str) -> Option<String> {
    let mut written = String::with_capacity(name.len());
    for (at, byte) in name.bytes().enumerate() {
        let is_kept =
            byte.is_ascii_alphanumeric() || b"+=,@_-".contains(&byte) || (byte == b'.' && at > 0);
        if is_kept {
            written.push(char::from(byte));
        } else {
            let digits = [byte >> 4, byte & 15].map(|half| char::from_digit(half.into(), 16));
            written.push('%');
            written.extend(digits.into_iter().flatten());
        }
    }
    if written.is_empty() {
        written.push('%');
    }
    (written.len() <= MOST_BYTES).then_some(written)
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn no_name_leaves_the_folder() {
        for (name, wanted) in [
            ("web-api", "web-api"),
            ("../../etc/passwd", "%2e.%2f..%2fetc%2fpasswd"),
            (".", "%2e"),
            ("..", "%2e."),
            ("", "%"),
            ("a/b\\c:d\n", "a%2fb%5cc%3ad%0a"),
            ("ü", "%c3%bc"),
        ] {
            assert_eq!(safe(name).as_deref(), Some(wanted), "{name}");
        }
        assert_eq!(safe(&"x".repeat(300)), None);
    }
}
