//! `polgen map`: the lower layer as a tool, one JSON object for each event, in input order.

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::input::Input;
use super::live::Connection;
use super::progress::Waiting;
use super::{Context, Exit, Failure};
use crate::catalog::Catalog;
use crate::mapping::{self, Access, Mapped, Reason, Scope, Status};
use crate::source::{self, Fold};
use crate::trail::{Event, Outcome};

/// Map each event to what it needed, as JSON lines
///
/// One object for each event, in input order: the event, the role, how the call ended, and the IAM actions and resources that it
/// needed, each with the rule that found it.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(flatten)]
    input: Input,

    /// Map calls by users and services too, not only by roles
    #[arg(long, help_heading = "Output")]
    all_principals: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    if let Some(file) = args.input.usage.first() {
        let problem = format!(
            "--usage: expected a trail, found `{}`, which holds no single events",
            file.display()
        );
        return Err(Failure::new(Exit::WrongCommandLine, problem)
            .hint("its uses, a line each: `polgen usage --usage FILE --format json`"));
    }
    let window = args.input.window(context.now)?;
    let mut connection = Connection::new(&args.input.live);
    let sources = args
        .input
        .open(&mut connection, (window, context.now), None)?;
    let mut written = Ok(());
    let start = || Lines {
        all_principals: args.all_principals,
        text: String::new(),
    };
    let waiting = Waiting::beside_data("mapping");
    let mut reading = source::fold(
        &sources.list,
        &args.input.options(window),
        &start,
        &mut |part| {
            if written.is_ok() {
                written = context.output.text(&part.text);
            }
        },
    );
    drop(waiting);
    written?;
    context.output.finish()?;
    reading.add_gaps(sources.gaps);
    let judged = args.input.judge(&reading);
    judged.map_err(|failure| connection.explain(failure))?;
    Ok(Exit::Done)
}

/// The lines of a part of the input, made on a thread of its own.
struct Lines {
    all_principals: bool,
    text: String,
}

impl Fold for Lines {
    fn event(&mut self, event: Event) {
        self.text
            .push_str(&line(&event, self.all_principals).to_string());
        self.text.push('\n');
    }
}

/// The line of one event.
fn line(event: &Event, all_principals: bool) -> Value {
    let role = event
        .caller
        .session
        .as_ref()
        .map(|session| session.role.arn.as_str());
    let (status, mapped) = if role.is_none() && !all_principals {
        ("not-a-role", None)
    } else {
        let mapped = mapping::map(event, Catalog::bundled());
        (word(&mapped.status), Some(mapped))
    };
    let outcome = match event.outcome {
        Outcome::Allowed => "allowed",
        Outcome::Denied { .. } => "denied",
        Outcome::Failed { .. } => "failed",
    };
    let mut line = json!({
        "event_id": event.id,
        "event_source": event.source,
        "event_name": event.name,
        "role": role,
        "outcome": outcome,
        "status": status,
        "accesses": mapped.as_ref().map_or_else(Vec::new, |mapped| mapped.accesses.iter().map(access).collect()),
    });
    if let (Some(reason), Some(line)) = (mapped.as_ref().and_then(why), line.as_object_mut()) {
        line.insert("why".to_owned(), Value::from(reason));
    }
    line
}

fn word(status: &Status) -> &'static str {
    match status {
        Status::Mapped => "mapped",
        Status::NoPermissionNeeded(_) => "no-permission-needed",
        Status::NotAnApiCall => "not-an-api-call",
        Status::Unmapped(_) => "unmapped",
    }
}

fn why(mapped: &Mapped) -> Option<&str> {
    match &mapped.status {
        Status::NoPermissionNeeded(reason) | Status::Unmapped(reason) => Some(reason),
        Status::Mapped | Status::NotAnApiCall => None,
    }
}

fn access(access: &Access) -> Value {
    let reason = match access.reason {
        Reason::Operation => "operation",
        Reason::Implied => "implied",
        Reason::Runtime => "runtime",
    };
    let scope = match access.scope {
        Scope::Exact => "exact",
        Scope::Any => "any",
        Scope::Unscoped => "unscoped",
    };
    json!({
        "action": access.action,
        "resource": access.resource,
        "reason": reason,
        "scope": scope,
        "conditions": access.conditions,
        "rule": access.rule,
    })
}
