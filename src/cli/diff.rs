//! `polgen diff`: how one set of policies stands to another, by proof, by action, and as text.

use clap::{Args as ClapArgs, ValueEnum};
use serde_json::{Value, json};

use super::live::{Connection, Live};
use super::parameters::{Parameters, undecided, warnings};
use super::{Context, Exit, Failure};
use crate::catalog::Catalog;
use crate::diff::{ActionChange, Change, changes, unified};
use crate::policy::Document;
use crate::policy::prove::{Comparison, Options, Relation};
use crate::report::{Warning, Witness, grouped, plain, plural};
use crate::source::bounded::text_of;
use crate::source::current::{Current, read_joined};
use crate::synthesis::{CurrentGrants, CurrentPolicy};
use crate::template::{Known, Unresolved, relate_open};

/// The most bytes that are read from standard input.
const MOST_STDIN_BYTES: u64 = 64 * 1024 * 1024;
/// How many actions of a kind are listed before the rest is counted.
const ACTIONS_LISTED: usize = 12;

/// Tell how one policy stands to another, with proof
///
/// Each side is a policy file, `-` for standard input, the name or ARN of an AWS managed policy, `role:NAME` for a role as
/// it is in the account, `template.yaml#NAME` for a role or policy in infrastructure code, or several of them joined by `+`. The relation is proved: where one side allows more, a request shows it; where a condition cannot be decided,
/// the relation is `unknown` and says why.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// The policy before
    #[arg(value_name = "OLD")]
    old: String,

    /// The policy after
    #[arg(value_name = "NEW")]
    new: String,

    /// What to print: text or json
    #[arg(long, value_enum, default_value_t = Format::Text, hide_possible_values = true)]
    format: Format,

    /// List every action
    #[arg(long, short)]
    verbose: bool,

    /// End with code 10 unless NEW is proved to allow nothing more
    #[arg(long)]
    exit_code: bool,

    #[command(flatten)]
    parameters: Parameters,

    #[command(flatten)]
    live: Live,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Words and a text diff
    Text,
    /// The whole comparison as JSON
    Json,
}

/// All that is said of the two sides.
struct Findings {
    proof: Comparison,
    actions: Vec<ActionChange>,
    before: usize,
    after: usize,
    text: String,
    unresolved: Vec<Unresolved>,
}

impl Findings {
    /// Takes every claim back that would need what is not known.
    fn leave_open(&mut self, reason: String) {
        self.proof = Comparison {
            relation: Relation::Unknown,
            only_in_old: Vec::new(),
            only_in_new: Vec::new(),
            undecided: Some(reason),
        };
        for action in &mut self.actions {
            action.change = Change::Changed;
        }
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let stdin = standard_input(args)?;
    let mut connection = Connection::new(&args.live);
    let known = args.parameters.known()?;
    let mut read = |side: &str| read_side(side, (stdin.as_deref(), &known), &mut connection);
    let (old, new) = (read(&args.old)?, read(&args.new)?);
    let unresolved = [old.unresolved, new.unresolved].concat();
    let sides = ((&*args.old, &*old.policies), (&*args.new, &*new.policies));
    let mut findings = compare(sides, unresolved);
    if let Some(reason) = undecided(&findings.unresolved) {
        findings.leave_open(reason);
    }
    let text = match args.format {
        Format::Text => words(&findings, args.verbose),
        Format::Json => serde_json::to_string_pretty(&object(&findings)).unwrap_or_default(),
    };
    context.output.line(text.trim_end())?;
    if args.format == Format::Text {
        for warning in warnings(&findings.unresolved) {
            warning_line(&warning);
        }
    }
    let is_no_more = matches!(
        findings.proof.relation,
        Relation::Equal | Relation::Narrower
    );
    Ok(if args.exit_code && !is_no_more {
        Exit::Excess
    } else {
        Exit::Done
    })
}

fn warning_line(warning: &Warning) {
    anstream::eprintln!("\nwarning: {}", plain(&warning.what));
    for detail in &warning.details {
        anstream::eprintln!("  {}", plain(detail));
    }
    if let Some(hint) = &warning.hint {
        anstream::eprintln!("hint: {}", plain(hint));
    }
}

/// Reads one side: roles as they are in the account, and all that can be had without.
fn read_side(
    side: &str,
    (stdin, known): (Option<&str>, &Known),
    connection: &mut Connection<'_>,
) -> Result<Current, Failure> {
    if !side.contains("role:") || std::path::Path::new(side).exists() {
        return read_joined(side, stdin, known).map_err(Failure::from);
    }
    let mut current = Current::default();
    for part in side.split('+') {
        current.add(match part.strip_prefix("role:") {
            Some(name) => connection.policies_of(name)?.into(),
            None => read_joined(part, stdin, known)?,
        });
    }
    Ok(current)
}

/// Reads standard input once, if one side asks for it.
fn standard_input(args: &Args) -> Result<Option<String>, Failure> {
    let asks = |side: &String| side.split('+').filter(|part| *part == "-").count();
    match asks(&args.old) + asks(&args.new) {
        0 => Ok(None),
        1 => {
            let fail =
                |problem: String| Failure::new(Exit::Failed, format!("standard input: {problem}"));
            let text = text_of(std::io::stdin().lock(), MOST_STDIN_BYTES);
            Ok(Some(text.map_err(|error| fail(error.to_string()))?))
        }
        _ => Err(Failure::new(
            Exit::WrongCommandLine,
            "standard input can be read only once, but `-` stands more often",
        )),
    }
}

/// One side: what it was called, and its policies.
type Side<'s> = (&'s str, &'s [CurrentPolicy]);

fn compare(
    ((old_name, old), (new_name, new)): (Side<'_>, Side<'_>),
    unresolved: Vec<Unresolved>,
) -> Findings {
    let catalog = Catalog::bundled();
    let known_actions = catalog.all_actions();
    let options = Options {
        known_actions: &known_actions,
        catalog: Some(catalog),
        ..Options::default()
    };
    let (before, after) = (
        CurrentGrants::expand(old, catalog),
        CurrentGrants::expand(new, catalog),
    );
    let text = |side: &[CurrentPolicy]| {
        let texts: Vec<String> = side
            .iter()
            .map(|policy| policy.document.to_string())
            .collect();
        texts.join("\n") + "\n"
    };
    let mut actions = changes((old, &before), (new, &after));
    let is_open = |texts: &[String]| {
        unresolved
            .iter()
            .filter_map(|one| one.hole.as_ref())
            .any(|hole| {
                texts
                    .iter()
                    .any(|text| text.contains(&format!("${{{hole}}}")))
            })
    };
    for action in &mut actions {
        // For another value of the hole it may be another change.
        if action.change != Change::Same && (is_open(&action.from) || is_open(&action.to)) {
            action.change = Change::Changed;
        }
    }
    Findings {
        proof: relate_open(&documents(old), &documents(new), &unresolved, &options),
        actions,
        before: before.actions.len(),
        after: after.actions.len(),
        text: unified(old_name, &text(old), new_name, &text(new)),
        unresolved,
    }
}

fn documents(side: &[CurrentPolicy]) -> Vec<&Document> {
    side.iter().map(|policy| &policy.document).collect()
}

fn sentence(proof: &Comparison) -> String {
    match proof.relation {
        Relation::Equal => "both allow the same".to_owned(),
        Relation::Narrower => "the new policy allows less, and nothing more".to_owned(),
        Relation::Broader => "the new policy allows more, and nothing less".to_owned(),
        Relation::Incomparable => "each allows something that the other does not".to_owned(),
        Relation::Unknown => {
            format!(
                "not decided: {}",
                proof.undecided.as_deref().map(plain).unwrap_or_default()
            )
        }
    }
}

fn words(findings: &Findings, is_verbose: bool) -> String {
    let mut lines = vec![
        format!(
            "Relation   {}: {}",
            findings.proof.relation.as_str(),
            sentence(&findings.proof)
        ),
        format!(
            "Actions    {} before, {} after",
            grouped(findings.before as u64),
            grouped(findings.after as u64)
        ),
    ];
    for (side, requests) in [
        ("old", &findings.proof.only_in_old),
        ("new", &findings.proof.only_in_new),
    ] {
        for request in requests {
            let context: Vec<String> = request
                .context()
                .iter()
                .map(|(key, values)| format!("{key}={}", values.join(",")))
                .collect();
            let under = if context.is_empty() {
                String::new()
            } else {
                format!(" with {}", context.join(" "))
            };
            let shown = format!("{} on {}{under}", request.action(), request.resource());
            lines.push(format!("Only {side}   {}", plain(&shown)));
        }
    }
    for (change, sign) in [
        (Change::Added, '+'),
        (Change::Broadened, '>'),
        (Change::Changed, '~'),
        (Change::Narrowed, '<'),
        (Change::Removed, '-'),
    ] {
        lines.extend(listed(findings, change, sign, is_verbose));
    }
    if !findings.text.is_empty() {
        lines.push(String::new());
        lines.extend(findings.text.lines().map(|line| plain(line).into_owned()));
    }
    lines.join("\n")
}

fn listed(findings: &Findings, change: Change, sign: char, is_verbose: bool) -> Vec<String> {
    let actions: Vec<&ActionChange> = findings
        .actions
        .iter()
        .filter(|action| action.change == change)
        .collect();
    if actions.is_empty() {
        return Vec::new();
    }
    let most = if is_verbose {
        actions.len()
    } else {
        ACTIONS_LISTED
    };
    let mut lines = vec![String::new()];
    for action in actions.iter().take(most) {
        let resources = match change {
            Change::Added => action.to.join(", "),
            Change::Removed => action.from.join(", "),
            Change::Broadened | Change::Changed | Change::Narrowed | Change::Same => {
                let (from, to) = (action.from.join(", "), action.to.join(", "));
                if from == to {
                    format!("{to} under other conditions")
                } else {
                    format!("{from} -> {to}")
                }
            }
        };
        lines.push(format!(
            "  {sign} {}  {}",
            plain(&action.action),
            plain(&resources)
        ));
    }
    let more = actions.len().saturating_sub(most);
    if more > 0 {
        lines.push(format!(
            "  {sign} {}, list them with `--verbose`",
            plural(more, "more action", "more actions")
        ));
    }
    lines
}

fn unresolved(one: &Unresolved) -> Value {
    json!({ "file": &*one.place.file, "line": one.place.line, "what": one.what, "effect": one.kind.as_str() })
}

/// The JSON contract.
fn object(findings: &Findings) -> Value {
    let witnesses = |side: &str, requests: &[crate::policy::Request]| -> Vec<Value> {
        let one = |request| {
            let Witness {
                action,
                resource,
                context,
            } = Witness::from(request);
            json!({ "only_in": side, "action": action, "resource": resource, "context": context })
        };
        requests.iter().map(one).collect()
    };
    let mut all = witnesses("old", &findings.proof.only_in_old);
    all.extend(witnesses("new", &findings.proof.only_in_new));
    let action = |action: &ActionChange| json!({ "action": action.action, "change": action.change.as_str(), "from": action.from, "to": action.to });
    json!({
        "relation": findings.proof.relation.as_str(),
        "undecided": findings.proof.undecided,
        "witnesses": all,
        "actions": { "before": findings.before, "after": findings.after },
        "changes": findings.actions.iter().map(action).collect::<Vec<_>>(),
        "diff": findings.text,
        "unresolved": findings.unresolved.iter().map(unresolved).collect::<Vec<_>>(),
    })
}
