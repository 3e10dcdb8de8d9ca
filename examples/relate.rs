//! Relates two policies, line by line: `{"old": document, "new": document}` in, the relation and its witnesses out.
//!
//! The slow tests ask it, to compare the proofs with a solver; it is also the shortest use of the library's proof.

use std::io::{self, BufRead as _, Write as _};

use polgen::policy::prove::{Comparison, Options, relate};
use polgen::policy::{CompiledPolicy, Document, PolicyKind, Request};
use serde_json::{Value, json};

fn main() -> io::Result<()> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        writeln!(output, "{}", answer(&line?))?;
    }
    Ok(())
}

fn answer(line: &str) -> Value {
    match compare(line) {
        Ok(found) => json!({
            "relation": found.relation.as_str(),
            "only_in_old": found.only_in_old.iter().map(witness).collect::<Vec<_>>(),
            "only_in_new": found.only_in_new.iter().map(witness).collect::<Vec<_>>(),
            "undecided": found.undecided,
        }),
        Err(problem) => json!({ "error": problem }),
    }
}

fn compare(line: &str) -> Result<Comparison, String> {
    let line: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let read = |name: &str| {
        let text = line.get(name).unwrap_or(&Value::Null).to_string();
        let document = Document::parse(&text, PolicyKind::Identity);
        let document = document.map_err(|error| format!("{name}: {error}"))?;
        Ok::<_, String>([CompiledPolicy::new(&document)])
    };
    Ok(relate(&read("old")?, &read("new")?, &Options::default()))
}

fn witness(request: &Request) -> Value {
    let context = request.context().iter();
    let context: serde_json::Map<String, Value> = context
        .map(|(key, values)| (key.to_owned(), values.into()))
        .collect();
    json!({"action": request.action(), "resource": request.resource(), "context": context})
}
