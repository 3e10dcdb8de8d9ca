//! What a refusal means, and what to do about it.

use serde_json::Value;

use super::ForgeError;
use super::client::{Answer, Trouble};
use super::host::Words;

/// How much of what a host said is told.
const MOST_SAID: usize = 500;

/// Puts a refusal into words.
pub(super) fn explain(trouble: Trouble, place: String, words: &Words) -> ForgeError {
    let answer = match trouble {
        Trouble::Unclear(problem, status) => {
            return ForgeError {
                place,
                problem,
                said: None,
                hint: Some("run it again: what came through is found and updated".to_owned()),
                status,
            };
        }
        Trouble::Refused(answer) => *answer,
    };
    let (problem, hint) = told(&answer, words);
    ForgeError {
        place,
        problem,
        said: said(&answer.body),
        hint,
        status: Some(answer.status),
    }
}

fn told(answer: &Answer, words: &Words) -> (String, Option<String>) {
    let name = words.name;
    if let Some(wait) = answer.wait() {
        let problem = format!(
            "{name} refuses for now, and asks to wait for {} seconds",
            wait.as_secs()
        );
        return (problem, Some("run it again later".to_owned()));
    }
    match answer.status {
        401 => (
            format!("{name} does not accept the token"),
            Some(format!(
                "give one that is valid in `{}`",
                words.tokens.join("` or `")
            )),
        ),
        403 => {
            let accepted = answer.header("x-accepted-github-permissions");
            let asked = accepted.map_or_else(String::new, |names| format!(" (`{names}`)"));
            let hint = format!(
                "give the token {}; a pull request from a fork gets a token that can only read",
                words.permission
            );
            (format!("the token may not do this{asked}"), Some(hint))
        }
        404 => {
            let hint = format!(
                "look at the repository and the number, and whether the token may see them: a token without access gets the same answer, and it needs {}",
                words.permission
            );
            (
                format!("{name} finds no such repository or {}", words.request),
                Some(hint),
            )
        }
        300..=399 => (
            format!("{name} says that it moved"),
            Some("name the repository as it is called now".to_owned()),
        ),
        status => (format!("{name} refuses it with status {status}"), None),
    }
}

/// What the host said, as one line.
fn said(body: &Value) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for key in ["message", "error", "error_description"] {
        match body.get(key) {
            Some(Value::String(text)) => parts.push(text.clone()),
            Some(Value::Null) | None => {}
            Some(other) => parts.push(other.to_string()),
        }
    }
    let errors = body.get("errors").and_then(Value::as_array);
    for error in errors.into_iter().flatten() {
        let text = error.get("message").or(error.get("code")).unwrap_or(error);
        parts.push(
            text.as_str()
                .map_or_else(|| text.to_string(), str::to_owned),
        );
    }
    let text: String = parts.join(": ").chars().take(MOST_SAID).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_said_is_told() {
        let body = json!({ "message": "Validation Failed", "errors": [{ "message": "Body is too long" }, "x"] });
        assert_eq!(
            said(&body).as_deref(),
            Some("Validation Failed: Body is too long: x")
        );
        assert_eq!(said(&Value::Null), None);
    }
}
