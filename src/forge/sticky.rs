//! One comment, whatever happens: runs at the same time, requests of which nobody knows whether they came through.
//!
//! A comment is this program's if its author is the token's and it begins with one of the markers. After one was made, all are
//! listed again: of several the lowest number stays, and since every run decides alike, one is left.

use super::ForgeError;

/// How often a comment is tried to be made when answers are lost.
const MOST_ATTEMPTS: usize = 3;

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its number.
    pub id: u64,
    /// Who wrote it.
    pub author: String,
    /// What it says.
    pub body: String,
    /// Where people read it.
    pub url: Option<String>,
}

/// Why a comment was not made.
#[derive(Debug)]
pub enum Unmade {
    /// It surely was not.
    Refused(ForgeError),
    /// It may have been.
    Unclear(ForgeError),
}

/// Where comments stand.
pub trait Board {
    /// Who the token's comments are by, as far as that can be told before one is made.
    fn author(&self) -> Result<Option<String>, ForgeError>;
    /// Lists all comments.
    fn list(&self) -> Result<Vec<Note>, ForgeError>;
    /// Makes a comment; never twice.
    fn create(&self, body: &str) -> Result<Note, Unmade>;
    /// Changes a comment.
    fn edit(&self, id: u64, body: &str) -> Result<(), ForgeError>;
    /// Deletes a comment; one that is gone already is no error.
    fn delete(&self, id: u64) -> Result<(), ForgeError>;
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// A comment was made.
    Created(Note),
    /// The comment was changed.
    Updated(Note),
    /// The comment says the same already.
    Unchanged(Note),
}

/// Finds the comments that begin with one of the markers, by the lowest number.
///
/// # Errors
///
/// If they cannot be listed.
pub fn find(board: &dyn Board, markers: &[String]) -> Result<Vec<Note>, ForgeError> {
    let author = board.author()?;
    own(board, markers, author.as_deref())
}

fn own(
    board: &dyn Board,
    markers: &[String],
    author: Option<&str>,
) -> Result<Vec<Note>, ForgeError> {
    let mut notes = board.list()?;
    notes.retain(|note| Some(note.author.as_str()) == author && is_marked(&note.body, markers));
    notes.sort_by_key(|note| note.id);
    notes.dedup_by_key(|note| note.id);
    Ok(notes)
}

/// Says whether a comment begins with lines that are markers, one of them among these.
fn is_marked(body: &str, markers: &[String]) -> bool {
    body.lines()
        .map(str::trim)
        .take_while(|line| line.starts_with("<!--") && line.ends_with("-->"))
        .any(|line| markers.iter().any(|marker| marker == line))
}

/// Puts `body`, which begins with `markers`, into the one comment that begins with any of them, and makes it if there is none.
///
/// # Errors
///
/// If the host refuses, or cannot be reached.
pub fn put(board: &dyn Board, markers: &[String], body: &str) -> Result<Done, ForgeError> {
    let author = board.author()?;
    let known = own(board, markers, author.as_deref())?;
    if !known.is_empty() {
        return settle(board, known, body, None);
    }
    let mut attempt = 1;
    loop {
        let made = match board.create(body) {
            Ok(note) => Ok(note),
            Err(Unmade::Refused(error)) => return Err(error),
            Err(Unmade::Unclear(error)) => Err(error),
        };
        // Only a comment that was made tells for certain who the token writes as.
        let author = made
            .as_ref()
            .ok()
            .map(|note| note.author.clone())
            .or(author.clone());
        let mut found = own(board, markers, author.as_deref())?;
        let made = match made {
            Ok(note) => {
                if found.iter().all(|other| other.id != note.id) {
                    // The list may lag behind.
                    found.push(note.clone());
                    found.sort_by_key(|note| note.id);
                }
                Some(note.id)
            }
            Err(error) if found.is_empty() && attempt >= MOST_ATTEMPTS => return Err(error),
            Err(_) => None,
        };
        if !found.is_empty() {
            return settle(board, found, body, made);
        }
        attempt += 1;
    }
}

/// Lets the first of them say `body`, and deletes the others.
fn settle(
    board: &dyn Board,
    notes: Vec<Note>,
    body: &str,
    made: Option<u64>,
) -> Result<Done, ForgeError> {
    let mut notes = notes.into_iter();
    let Some(first) = notes.next() else {
        return Err(ForgeError {
            place: "comments".to_owned(),
            problem: "expected one, found none".to_owned(),
            said: None,
            hint: None,
            status: None,
        });
    };
    let is_same = first.body.replace('\r', "").trim_end() == body.trim_end();
    if !is_same {
        board.edit(first.id, body)?;
    }
    for note in notes {
        board.delete(note.id)?;
    }
    Ok(match (made == Some(first.id), is_same) {
        (true, _) => Done::Created(first),
        (false, true) => Done::Unchanged(first),
        (false, false) => Done::Updated(first),
    })
}

#[cfg(test)]
mod tests;
