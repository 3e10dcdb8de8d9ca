//! The comments of one pull request, over HTTP.

use serde_json::{Value, json};

use super::client::{Answer, Client, Pace, Trouble};
use super::host::Words;
use super::sticky::{Board, Note, Unmade};
use super::{ForgeError, Host, Kind, words};

/// Comments on a page, the most that both hosts give.
const PER_PAGE: usize = 100;
/// The most pages that are read; nobody reads a hundred thousand comments.
const MOST_PAGES: usize = 1_000;

/// The comments of one pull request.
#[derive(Debug)]
pub struct Remarks {
    client: Client,
    kind: Kind,
    words: &'static Words,
    /// The path of all of them.
    all: String,
    /// The path of one of them, but for its number.
    one: String,
    author: Option<String>,
}

impl Remarks {
    /// Prepares to talk to the host; nothing is sent yet.
    pub fn of(host: &Host, pace: Pace) -> Self {
        let (all, one, headers) = match host.kind {
            Kind::GitHub => {
                let repository = format!("/repos/{}", host.repository);
                (
                    format!("{repository}/issues/{}/comments", host.number),
                    format!("{repository}/issues/comments"),
                    vec![
                        ("authorization", format!("Bearer {}", host.token)),
                        ("accept", "application/vnd.github+json".to_owned()),
                        ("x-github-api-version", "2022-11-28".to_owned()),
                    ],
                )
            }
            Kind::GitLab => {
                let project = encoded(&host.repository);
                let notes = format!("/projects/{project}/merge_requests/{}/notes", host.number);
                (
                    notes.clone(),
                    notes,
                    vec![("private-token", host.token.clone())],
                )
            }
        };
        Self {
            client: Client::new(&host.api_url, headers, pace),
            kind: host.kind,
            words: host.kind.words(),
            all,
            one,
            author: host.author.clone(),
        }
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer, ForgeError> {
        let sent = self.client.send(method, path, body);
        sent.map_err(|trouble| self.explain(trouble, method, path))
    }

    fn explain(&self, trouble: Trouble, method: &str, path: &str) -> ForgeError {
        words::explain(trouble, self.client.place(method, path), self.words)
    }

    fn odd(&self, method: &str, path: &str, wanted: &str) -> ForgeError {
        ForgeError {
            place: self.client.place(method, path),
            problem: format!("expected {wanted}, found something else"),
            said: None,
            hint: Some("look whether this is the address of the API, as in `--api-url https://HOST/api/v3`".to_owned()),
            status: None,
        }
    }
}

/// Reads an answer that lists comments; none if it is something else. What has no number is no comment.
pub fn notes_of(kind: Kind, answer: &Value) -> Option<Vec<Note>> {
    let words = kind.words();
    let values = answer.as_array()?;
    Some(
        values
            .iter()
            .filter_map(|value| note(words, value))
            .collect(),
    )
}

fn note(words: &Words, value: &Value) -> Option<Note> {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    Some(Note {
        id: value.get("id")?.as_u64()?,
        // A comment whose author is gone has none.
        author: text(words.author).unwrap_or_default().to_owned(),
        body: text("/body").unwrap_or_default().to_owned(),
        url: text(words.url).map(str::to_owned),
    })
}

impl Board for Remarks {
    fn author(&self) -> Result<Option<String>, ForgeError> {
        if self.author.is_some() {
            return Ok(self.author.clone());
        }
        match self.client.send("GET", "/user", None) {
            Ok(answer) => {
                let login = answer
                    .body
                    .pointer(self.words.login)
                    .and_then(Value::as_str);
                Ok(login.map(str::to_owned))
            }
            // The token of a workflow or of an app is nobody's, and may not ask.
            Err(Trouble::Refused(answer))
                if matches!(answer.status, 403 | 404) && answer.wait().is_none() =>
            {
                Ok(self.words.workflow_author.map(str::to_owned))
            }
            Err(trouble) => Err(self.explain(trouble, "GET", "/user")),
        }
    }

    fn list(&self) -> Result<Vec<Note>, ForgeError> {
        let mut notes = Vec::new();
        for page in 1..=MOST_PAGES {
            let path = format!("{}?per_page={PER_PAGE}&page={page}", self.all);
            let answer = self.send("GET", &path, None)?;
            let Some(page) = notes_of(self.kind, &answer.body) else {
                return Err(self.odd("GET", &path, "a list of comments"));
            };
            notes.extend(page);
            let link = answer.header("link").unwrap_or_default();
            let next = answer.header("x-next-page").unwrap_or_default();
            // The number is counted here: an address out of an answer could lead the token elsewhere.
            if !link.contains("rel=\"next\"") && next.is_empty() {
                return Ok(notes);
            }
        }
        // A comment of one's own may stand behind these, and would be made a second time.
        Err(ForgeError {
            place: self.client.place("GET", &self.all),
            problem: format!("more than the {MOST_PAGES} pages of comments that are read"),
            said: None,
            hint: None,
            status: None,
        })
    }

    fn create(&self, body: &str) -> Result<Note, Unmade> {
        let sent = self
            .client
            .send("POST", &self.all, Some(&json!({ "body": body })));
        match sent {
            Ok(answer) => note(self.words, &answer.body)
                .ok_or_else(|| Unmade::Unclear(self.odd("POST", &self.all, "the comment"))),
            Err(trouble @ Trouble::Unclear(..)) => {
                Err(Unmade::Unclear(self.explain(trouble, "POST", &self.all)))
            }
            Err(trouble) => Err(Unmade::Refused(self.explain(trouble, "POST", &self.all))),
        }
    }

    fn edit(&self, id: u64, body: &str) -> Result<(), ForgeError> {
        let path = format!("{}/{id}", self.one);
        self.send(self.words.edit, &path, Some(&json!({ "body": body })))?;
        Ok(())
    }

    fn delete(&self, id: u64) -> Result<(), ForgeError> {
        let path = format!("{}/{id}", self.one);
        match self.send("DELETE", &path, None) {
            // Another run was faster.
            Err(error) if matches!(error.status, Some(404 | 410)) => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    }
}

/// Writes a project's path as one part of an address.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests;
