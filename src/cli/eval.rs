//! `polgen eval`: the evaluator as a tool, one decision for each request, in input order.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Context, Exit, Failure};
use crate::policy::evaluate::{Layer, Principal};
use crate::policy::{
    CompiledPolicy, Context as Keys, Decision, Document, PolicyKind, PolicySet, Request,
};
use crate::source::bounded::{MOST_TEXT, read_text};

/// The longest line of a request that is read.
const MOST_BYTES_PER_LINE: u64 = 1024 * 1024;

/// Decide requests by policies, as JSON lines
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// Identity policy to decide by; can be repeated
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    policy: Vec<PathBuf>,

    /// Requests to decide, one JSON object a line: a file, or `-` for standard input
    ///
    /// Each has an `action`, a `resource` and, as needed, an `id`, a `context` (condition key to its values), a `principal`
    /// (ARN) and the `account` that owns the resource. A line that is no request is answered with `invalid`.
    #[arg(long, value_name = "FILE", default_value = "-")]
    requests: PathBuf,

    /// Permissions boundary of the principal
    #[arg(long, value_name = "FILE")]
    boundary: Option<PathBuf>,

    /// Session policy; can be repeated
    #[arg(long, value_name = "FILE")]
    session_policy: Vec<PathBuf>,

    /// Service control policy; can be repeated, each is a level that must allow
    #[arg(long, value_name = "FILE")]
    service_control_policy: Vec<PathBuf>,

    /// Policy of the resource
    #[arg(long, value_name = "FILE")]
    resource_policy: Option<PathBuf>,
}

/// One request, as a line has it.
#[derive(Debug, Deserialize)]
struct Line {
    #[serde(default)]
    id: Value,
    action: String,
    resource: String,
    #[serde(default)]
    context: BTreeMap<String, Values>,
    principal: Option<String>,
    account: Option<String>,
}

/// Values of a condition key: several, or one without its list.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Values {
    Several(Vec<Scalar>),
    One(Scalar),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Bool(bool),
    Number(serde_json::Number),
}

/// The policies, with what names their statements.
#[derive(Debug, Default)]
struct Policies {
    set: PolicySet,
    /// File and document of every policy of a layer.
    documents: Vec<(Layer, PathBuf, Document)>,
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let policies = Policies::read(args)?;
    let place = args.requests.display();
    let failed = |error: std::io::Error| Failure::new(Exit::Failed, format!("{place}: {error}"));
    let mut reader: Box<dyn BufRead> = if args.requests == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        let file = std::fs::File::open(&args.requests).map_err(failed)?;
        Box::new(BufReader::with_capacity(256 * 1024, file))
    };
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut limited = reader.by_ref().take(MOST_BYTES_PER_LINE);
        if limited.read_until(b'\n', &mut line).map_err(failed)? == 0 {
            return Ok(Exit::Done);
        }
        if line.last() != Some(&b'\n') && limited.limit() == 0 {
            let limit = format!("a line is longer than {MOST_BYTES_PER_LINE} bytes");
            return Err(Failure::new(Exit::Failed, format!("{place}: {limit}")));
        }
        if !line.trim_ascii().is_empty() {
            let answer = policies.answer(&line);
            context.output.line(&answer.to_string())?;
        }
    }
}

impl Policies {
    fn read(args: &Args) -> Result<Self, Failure> {
        let mut policies = Self::default();
        for path in &args.policy {
            let policy = policies.add(Layer::Identity, path)?;
            policies.set.identity.push(policy);
        }
        if let Some(path) = &args.boundary {
            policies.set.boundary = Some(policies.add(Layer::Boundary, path)?);
        }
        for path in &args.session_policy {
            let policy = policies.add(Layer::Session, path)?;
            policies.set.session.get_or_insert_default().push(policy);
        }
        for (level, path) in args.service_control_policy.iter().enumerate() {
            let policy = policies.add(Layer::ServiceControl(level), path)?;
            policies.set.service_control.push(vec![policy]);
        }
        if let Some(path) = &args.resource_policy {
            policies.set.resource = Some(policies.add(Layer::Resource, path)?);
        }
        Ok(policies)
    }

    fn add(&mut self, layer: Layer, path: &Path) -> Result<CompiledPolicy, Failure> {
        let place = path.display();
        let text = read_text(path, MOST_TEXT)
            .map_err(|error| Failure::new(Exit::Failed, format!("{place}: {error}")))?;
        let kind = match layer {
            Layer::Resource => PolicyKind::Resource,
            _ => PolicyKind::Identity,
        };
        let document = Document::parse(&text, kind).map_err(|error| {
            let failure = Failure::new(Exit::Failed, format!("{place}: {error}"));
            match &error.hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        })?;
        let compiled = CompiledPolicy::new(&document);
        self.documents.push((layer, path.to_owned(), document));
        Ok(compiled)
    }

    /// Answers one line.
    fn answer(&self, line: &[u8]) -> Value {
        let request = serde_json::from_slice::<Line>(line)
            .map_err(|error| error.to_string())
            .and_then(Line::check);
        match request {
            Ok(line) => {
                let id = line.id.clone();
                let decision = self.set.decide(&line.into_request());
                json!({
                    "id": id,
                    "decision": decision.verdict.as_str(),
                    "statement": self.name(decision),
                })
            }
            Err(problem) => {
                let id = serde_json::from_slice::<Value>(line).ok();
                let id = id.and_then(|line| line.get("id").cloned());
                json!({"id": id, "decision": "invalid", "statement": null, "problem": problem})
            }
        }
    }

    /// Names the statement that decided.
    fn name(&self, decision: Decision) -> Option<Value> {
        let found = decision.statement?;
        let mut of_layer = self
            .documents
            .iter()
            .filter(|(layer, ..)| *layer == found.layer);
        let (_, path, document) = of_layer.nth(found.policy)?;
        let statement = document.statements.get(found.statement)?;
        let layer = match found.layer {
            Layer::Identity => "identity",
            Layer::Boundary => "boundary",
            Layer::Session => "session",
            Layer::ServiceControl(_) => "service-control",
            Layer::Resource => "resource",
        };
        Some(json!({
            "layer": layer,
            "policy": path.to_string_lossy(),
            "index": found.statement,
            "sid": statement.sid,
        }))
    }
}

impl Line {
    /// Refuses what no request can be.
    fn check(self) -> Result<Self, String> {
        let is_action = self.action.split_once(':').is_some_and(|(service, name)| {
            !service.is_empty() && !name.is_empty() && !self.action.contains(['*', '?'])
        });
        if !is_action {
            let action = &self.action;
            return Err(format!(
                "action: expected `service:Action`, found `{action}`"
            ));
        }
        if self.resource.is_empty() {
            return Err("resource: expected an ARN or `*`, found nothing".to_owned());
        }
        Ok(self)
    }

    fn into_request(self) -> Request {
        let pairs = self.context.into_iter();
        let keys: Keys = pairs
            .map(|(key, values)| (key, values.into_texts()))
            .collect();
        let mut request = Request::new(self.action, self.resource, keys);
        if let Some(principal) = self.principal {
            request = request.by(Principal::parse(&principal));
        }
        if let Some(account) = self.account {
            request = request.in_account(account);
        }
        request
    }
}

impl Values {
    fn into_texts(self) -> Vec<String> {
        let text = |scalar| match scalar {
            Scalar::Text(text) => text,
            Scalar::Bool(value) => value.to_string(),
            Scalar::Number(number) => number.to_string(),
        };
        match self {
            Self::Several(values) => values.into_iter().map(text).collect(),
            Self::One(value) => vec![text(value)],
        }
    }
}
