//! The table of all roles, the one from which most can be removed first.

use askama::Template;

use super::chart::scaled;
use super::count;
use super::said::said;
use super::shell::Shell;
use crate::report::{grouped, plural};

/// One role in the table.
#[derive(Clone, Debug)]
pub struct IndexEntry {
    /// Its name.
    pub name: String,
    /// Its account.
    pub account: String,
    /// Events by it.
    pub events: u64,
    /// Distinct actions used.
    pub used: usize,
    /// Actions granted today, and with the suggestion; absent without the current policies.
    pub actions: Option<(usize, usize)>,
    /// The suggestion's size; absent if there is none.
    pub characters: Option<usize>,
    /// The worst finding: how bad, and the rule.
    pub worst: Option<(String, String)>,
    /// Where its page is, from the folder of the table: path segments, as they are named on disk.
    pub page: Option<[String; 2]>,
    /// Why there is no suggestion.
    pub refused: Option<String>,
    /// Why it is not known what the role may do today, though it was asked.
    pub not_compared: Option<String>,
}

#[derive(Template)]
#[template(path = "index.html")]
struct Index {
    shell: Shell,
    summary: String,
    tiles: Vec<(&'static str, String)>,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    account: String,
    href: Option<String>,
    events: String,
    used: String,
    granted: String,
    removable: String,
    /// How wide the bars of what is granted and of what stays are, of 100.
    bar: Option<(u64, u64)>,
    characters: String,
    worst: String,
    refused: Option<String>,
    not_compared: Option<String>,
}

/// Writes the table as a page.
pub fn html_index(entries: &[IndexEntry]) -> String {
    let before = |entry: &IndexEntry| entry.actions.map_or(0, |(before, _)| before);
    let most = entries.iter().map(before).max().unwrap_or_default();
    let events: u64 = entries.iter().map(|entry| entry.events).sum();
    let refused = entries.iter().filter(|entry| entry.refused.is_some());
    let index = Index {
        shell: Shell::new("All roles · least privilege".to_owned(), entries.len()),
        summary: format!(
            "{}, {} events",
            plural(entries.len(), "role", "roles"),
            grouped(events)
        ),
        tiles: vec![
            ("Roles", count(entries.len())),
            (
                "Actions granted today",
                count(entries.iter().map(before).sum::<usize>()),
            ),
            (
                "Actions removed",
                count(entries.iter().map(removable).sum::<usize>()),
            ),
            ("Without a suggestion", count(refused.count())),
        ],
        rows: entries.iter().map(|entry| row(entry, most)).collect(),
    };
    // Writing to a String cannot fail.
    index.render().unwrap_or_default()
}

fn removable(entry: &IndexEntry) -> usize {
    let actions = entry.actions;
    actions.map_or(0, |(before, after)| before.saturating_sub(after))
}

fn row(entry: &IndexEntry, most: usize) -> Row {
    let known = |number: Option<usize>| number.map_or_else(|| "–".to_owned(), count);
    let width = |number: usize| scaled(number as u64, most as u64, 100);
    let worst = entry.worst.as_ref();
    Row {
        name: entry.name.clone(),
        account: entry.account.clone(),
        href: entry.page.as_ref().map(href),
        events: grouped(entry.events),
        used: count(entry.used),
        granted: known(entry.actions.map(|(before, _)| before)),
        removable: known(entry.actions.map(|_| removable(entry))),
        bar: entry
            .actions
            .map(|(before, after)| (width(before), width(after))),
        characters: known(entry.characters),
        worst: worst.map_or_else(
            || "–".to_owned(),
            |(severity, rule)| format!("{severity}: {rule}"),
        ),
        refused: entry.refused.clone(),
        not_compared: entry.not_compared.clone(),
    }
}

/// A relative address: what means something in an address is written as its code, so that it names the file and nothing else.
fn href([folder, file]: &[String; 2]) -> String {
    format!("./{}/{}", encoded(folder), encoded(file))
}

fn encoded(segment: &str) -> String {
    let mut written = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            written.push(char::from(byte));
        } else {
            let digits = [byte >> 4, byte & 15].map(|half| char::from_digit(half.into(), 16));
            written.push('%');
            written.extend(digits.into_iter().flatten());
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_the_file_as_it_is_on_disk() {
        let page = ["111122223333".to_owned(), "%2e.%2fa+b@c.html".to_owned()];
        assert_eq!(href(&page), "./111122223333/%252e.%252fa%2bb%40c.html");
    }
}
