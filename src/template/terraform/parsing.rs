//! Parses a file in Terraform's language, unless that would take too long.

use std::io;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread::Builder;
use std::time::Duration;

use hcl_edit::parser::parse_body;
use hcl_edit::structure::Body;

use super::brackets::{self, Refusal};
use crate::template::TemplateError;

/// So long may the parser take. What is looked at before keeps it far below; this is for what that overlooks.
const MOST_TIME: Duration = Duration::from_mins(1);
/// As much as a program's first thread has: the parser calls itself for each bracket.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// Parses a file.
pub(in crate::template) fn parsed(name: &Arc<str>, text: &str) -> Result<Body, TemplateError> {
    parsed_in(MOST_TIME, name, text)
}

fn parsed_in(limit: Duration, name: &Arc<str>, text: &str) -> Result<Body, TemplateError> {
    if let Some(refusal) = brackets::refusal(text) {
        return Err(refused(name, text, refusal));
    }
    let owned = text.to_owned();
    let parsed = in_time(limit, move || parse_body(&owned));
    let failed = |place: String, problem: String| TemplateError {
        place,
        problem,
        hint: None,
    };
    match parsed {
        Ok(Some(Ok(body))) => Ok(body),
        Ok(Some(Err(error))) => Err(failed(
            format!("{name}:{}", error.location().line()),
            format!("expected Terraform's language: {}", error.message()),
        )),
        Ok(None) => Err(failed(
            name.to_string(),
            format!(
                "expected a file that is parsed in {} seconds, found one that takes longer",
                limit.as_secs()
            ),
        )),
        Err(error) => Err(failed(
            name.to_string(),
            format!("could not start a thread to parse it: {error}"),
        )),
    }
}

/// Does some work on another thread and waits so long for it; `None` if it takes longer: then the thread is left to itself.
fn in_time<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Option<T>> {
    let (sender, receiver) = sync_channel(1);
    let thread = Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || sender.send(work()))?;
    match receiver.recv_timeout(limit) {
        Ok(done) => Ok(Some(done)),
        Err(RecvTimeoutError::Timeout) => Ok(None),
        Err(RecvTimeoutError::Disconnected) => match thread.join() {
            Ok(_) => Ok(None),
            Err(panic) => resume_unwind(panic),
        },
    }
}

/// Why a file is not given to the parser.
fn refused(name: &Arc<str>, text: &str, refusal: Refusal) -> TemplateError {
    let (at, problem, hint) = match refusal {
        Refusal::Within(bracket, at) => (
            at,
            format!(
                "expected fewer brackets and texts behind operators within each other, found one more: `{bracket}`"
            ),
            "give parts of the expression names in `locals`",
        ),
        Refusal::InARow(at) => (
            at,
            "expected fewer operators in a row, found one more".to_owned(),
            "leave out those that undo each other",
        ),
        Refusal::Members(at) => (
            at,
            "expected fewer members of objects and blocks, found one more".to_owned(),
            "spread them over more objects or files",
        ),
        Refusal::EmptyText(at) => (
            at,
            "expected a first line that does not begin with the word that ends the text, found one"
                .to_owned(),
            "write an empty text as `\"\"`, or end it with another word",
        ),
    };
    let lines = text.get(..at).unwrap_or_default().matches('\n').count();
    TemplateError {
        place: format!("{name}:{}", lines + 1),
        problem,
        hint: Some(hint.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_takes_too_long_is_left() {
        let (_held, never) = sync_channel::<()>(1);
        let waits = move || never.recv().is_ok();
        assert_eq!(in_time(Duration::from_millis(1), waits).unwrap(), None);
        let done = in_time(MOST_TIME, || 1).unwrap();
        assert_eq!(done, Some(1));
    }

    #[test]
    fn a_file_that_takes_too_long_is_refused() {
        let text = "# A remark takes its time.\n".repeat(100_000);
        let name = Arc::from("main.tf");
        assert!(parsed(&name, &text).is_ok());
        let error = parsed_in(Duration::ZERO, &name, &text).unwrap_err();
        assert_eq!(error.place, "main.tf");
        assert!(
            error.problem.contains("found one that takes longer"),
            "{error}"
        );
    }

    #[test]
    #[should_panic = "as it is"]
    fn a_panic_is_passed_on() {
        drop(in_time(MOST_TIME, || panic!("as it is")));
    }
}
