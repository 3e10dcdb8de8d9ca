//! `polgen suggest`: the main job, from a trail to the smallest policy that is checked to be enough.

mod refusal;
mod wishes;

use clap::{Args as ClapArgs, ValueEnum};

use super::input::Input;
use super::live::{Checks, Connection, RoleNow};
use super::principal::Principal;
use super::{Context, Exit, Failure};
use crate::catalog::Catalog;
use crate::diff::{ActionFate, Fates, fates, mark_last_accessed};
use crate::nearest::nearest;
use crate::report::{self, Findings, Report, Warning};
use crate::source::{self, Fold, ReadOptions, Reading, TrailSource};
use crate::synthesis::{
    Basis, CurrentGrants, CurrentPolicy, HiddenChoice, Level, Levels, Options, Style, forecast,
    suggest,
};
use crate::time::Window;
use crate::trail::Event;
use crate::usage::{PrincipalKind, RoleQuery, RoleUsage, Usage};
use refusal::{choose, nothing_allowed, refuse_oversized, service_linked};
use wishes::Wishes;

/// Suggest the smallest policy that allows what a role or user did
///
/// Reads CloudTrail, works out which IAM actions on which resources each call of the role needed, and writes a policy that
/// allows exactly that. Before anything is printed, every access seen is replayed over the policy; if one were denied, there is
/// no policy. What CloudTrail cannot show is kept or named, never called unused.
///
/// The policy goes to standard output, everything said about it to standard error.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(flatten)]
    principal: Principal,

    #[command(flatten)]
    input: Input,

    /// What it may do today; can be repeated
    ///
    /// A policy file, the name or ARN of an AWS managed policy, a role or user as `aws iam
    /// get-account-authorization-details` prints it, or `role:NAME` for a role as it is in the account. With it, the report says
    /// what becomes of every action granted today. When AWS is asked for events, the role is looked up there by default.
    #[arg(long, value_name = "POLICY", help_heading = "Input")]
    current: Vec<String>,

    /// How far to generalize: exact, pattern (default) or type
    ///
    /// `exact` grants only the ARNs seen, `pattern` makes patterns of open-ended parts such as object keys, `type` grants every
    /// resource of the type in the account and region. For one service: `--resources s3=exact`. Can be repeated.
    #[arg(long, value_name = "[SERVICE=]LEVEL", help_heading = "Policy")]
    resources: Vec<String>,

    /// ARN pattern to grant in place of the ARNs that it covers
    #[arg(long, value_name = "PATTERN", help_heading = "Policy")]
    name_pattern: Vec<String>,

    #[command(flatten)]
    wishes: Wishes,

    /// How statements are cut: readable or compact
    #[arg(
        long,
        value_name = "STYLE",
        value_enum,
        default_value_t = Shape::Readable,
        help_heading = "Policy",
        hide_possible_values = true
    )]
    style: Shape,

    /// Grants whose use the trail cannot show: keep or drop
    #[arg(
        long,
        value_name = "CHOICE",
        value_enum,
        default_value_t = Hidden::Keep,
        help_heading = "Policy",
        hide_possible_values = true
    )]
    hidden: Hidden,

    #[command(flatten)]
    checks: Checks,

    /// What to print: text, policy, json or markdown
    #[arg(
        long,
        value_enum,
        default_value_t = Format::Text,
        help_heading = "Output",
        hide_possible_values = true
    )]
    format: Format,

    /// List every action that is removed
    #[arg(long, short, help_heading = "Output")]
    verbose: bool,

    /// End with code 10 if the current policies grant more than needed
    #[arg(long, help_heading = "Output")]
    exit_code: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// By service and purpose, each statement with a name that says what it is for
    Readable,
    /// In as few characters as can be found, without names
    Compact,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Hidden {
    /// Keep them, narrowed where the resources are known
    Keep,
    /// Drop them; each is reported
    Drop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The policy on stdout, the screen on stderr
    Text,
    /// The policy alone
    Policy,
    /// The whole report as JSON
    Json,
    /// A pull-request comment
    Markdown,
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let query = args.principal.query()?;
    let window = args.input.window(context.now)?;
    let is_role = query.kind == PrincipalKind::Role;
    let mut connection = Connection::new(&args.input.live);
    let sources = args.input.open(
        &mut connection,
        (window, context.now),
        query.account.as_deref(),
    )?;
    let (mut usage, mut reading) = usage_of(&query, &args.input, (window, &sources.list));
    reading.add_gaps(sources.gaps);
    let judged = args.input.judge(&reading);
    judged.map_err(|failure| connection.explain(failure))?;
    let arn = match choose(&usage, &query, window) {
        Ok(role) => role.role.arn.clone(),
        Err(failure) => {
            let absent = is_role.then(|| connection.missing_role(&query.name));
            return Err(absent.flatten().unwrap_or(failure));
        }
    };
    let mut now = RoleNow::default();
    if let Some(role) = usage.roles.get_mut(&arn).filter(|_| is_role) {
        now = connection.role_now(role)?;
    }
    let role = choose(&usage, &query, window)?;
    if role.role.is_service_linked() {
        return Err(service_linked(role));
    }
    if role.uses.is_empty() {
        return Err(nothing_allowed(role));
    }
    let mut current = current(args, role, &mut connection)?;
    if args.current.is_empty() {
        current = now.policies;
    }
    let options = options(args, role, now.quota_characters, context)?;
    let mut report = assess(&options, role, &usage, (&current, &reading))?;
    report.warnings.extend(now.warnings);
    ask_aws(args, &mut connection, (&mut report, role))?;
    refuse_oversized(&report)?;
    let is_excess = report.fates.as_ref().is_some_and(has_excess);
    print(args.format, args.verbose, &report, context)?;
    Ok(if args.exit_code && is_excess {
        Exit::Excess
    } else {
        Exit::Done
    })
}

/// Folds the role's usage.
///
/// The first reading counts other principals' records without parsing them. Only when it finds no event by the role do
/// the others' names matter, and all is read once more.
fn usage_of(
    query: &RoleQuery,
    input: &Input,
    (window, sources): (Window, &[TrailSource]),
) -> (Usage, Reading) {
    let catalog = Catalog::bundled();
    let read = |naming: Option<String>| {
        let mut usage = Usage::default();
        let start = || Folding {
            usage: Usage::default(),
            query,
        };
        let options = ReadOptions {
            naming,
            ..input.options(window)
        };
        let reading = source::fold(sources, &options, &start, &mut |part| {
            usage.merge(part.usage);
        });
        usage.note_others(&reading.tally, catalog);
        usage.finish(catalog);
        (usage, reading)
    };
    if sources.iter().all(TrailSource::can_be_read_again) {
        let (usage, reading) = read(Some(query.name.clone()));
        if usage.roles.values().any(|role| role.events > 0) {
            return (usage, reading);
        }
    }
    read(None)
}

/// Folds a part of the input on a thread of its own.
struct Folding<'a> {
    usage: Usage,
    query: &'a RoleQuery,
}

impl Fold for Folding<'_> {
    fn event(&mut self, event: Event) {
        self.usage.fold(&event, self.query, Catalog::bundled());
    }
}

/// Says whether the current policies grant what the suggestion does not.
fn has_excess(fates: &Fates) -> bool {
    fates.actions.iter().any(ActionFate::is_excess)
}

/// Reads what the user decided.
fn options(
    args: &Args,
    role: &RoleUsage,
    known_quota: Option<usize>,
    context: &Context,
) -> Result<Options, Failure> {
    let decided = args
        .wishes
        .decided(&role.role, &args.current, context.now)?;
    let mut levels = levels(args)?;
    levels.name_patterns.extend(decided.name_patterns);
    Ok(Options {
        levels,
        style: match args.style {
            Shape::Readable => Style::Readable,
            Shape::Compact => Style::Compact,
        },
        hidden: match args.hidden {
            Hidden::Keep => HiddenChoice::Keep,
            Hidden::Drop => HiddenChoice::Drop,
        },
        conditions: args.wishes.restrictions()?,
        pins: decided.pins,
        quota: args.wishes.room(&role.role, known_quota),
    })
}

fn assess(
    options: &Options,
    role: &RoleUsage,
    usage: &Usage,
    (current, reading): (&[CurrentPolicy], &Reading),
) -> Result<Report, Failure> {
    let catalog = Catalog::bundled();
    let grants = CurrentGrants::expand(current, catalog);
    let basis = Basis {
        usage: role,
        coverage: &usage.coverage,
        current: &grants,
        catalog,
    };
    let suggestion = suggest(basis, options).map_err(|error| {
        Failure::new(Exit::Failed, error)
            .detail("this is a fault of polgen; no policy was written")
            .hint("report it with the output of `polgen map` for this call")
    })?;
    let fates =
        (!current.is_empty()).then(|| fates(&grants, &suggestion, role, &usage.coverage, catalog));
    Ok(report::build(Findings {
        basis,
        suggestion: &suggestion,
        fates,
        current,
        forecast: forecast(basis, &options.levels),
        files: reading.files,
        gaps: &reading.gaps,
        options,
    }))
}

/// Adds what AWS says: what IAM saw used, which trail shows more, and the checks that were asked for.
fn ask_aws(
    args: &Args,
    connection: &mut Connection<'_>,
    (report, role): (&mut Report, &RoleUsage),
) -> Result<(), Failure> {
    if let (Some(fates), Some(seen)) = (&mut report.fates, &role.facts.last_accessed) {
        let marked = mark_last_accessed(fates, seen);
        report.warnings.extend(report::seen_elsewhere(&marked));
    }
    if connection.is_open() && role.role.arn.contains(":user/") && report.current_policies == 0 {
        report.warnings.push(Warning {
            what: "the policies of a user are not looked up".to_owned(),
            details: vec!["so nothing is said of what it may do today".to_owned()],
            hint: Some("give them with `--current`".to_owned()),
        });
    }
    if connection.is_open() && args.input.trail.is_empty() {
        report.warnings.extend(connection.trails());
    }
    if args.checks.simulate {
        report.warnings.extend(connection.simulate(report, role)?);
    }
    if args.checks.validate {
        report.warnings.extend(connection.validate(report)?);
    }
    Ok(())
}

/// Reads how far to generalize.
fn levels(args: &Args) -> Result<Levels, Failure> {
    let mut levels = Levels {
        name_patterns: args.name_pattern.clone(),
        ..Levels::default()
    };
    for text in &args.resources {
        let (service, word) = match text.split_once('=') {
            Some((service, word)) => (Some(service), word),
            None => (None, text.as_str()),
        };
        let level = match word {
            "exact" => Level::Exact,
            "pattern" => Level::Pattern,
            "type" => Level::Type,
            _ => {
                let problem =
                    format!("--resources: expected `exact`, `pattern` or `type`, found `{word}`");
                return Err(Failure::new(Exit::WrongCommandLine, problem));
            }
        };
        match service {
            None => levels.general = level,
            Some(service) if Catalog::bundled().service(service).is_some() => {
                levels
                    .by_service
                    .insert(service.to_ascii_lowercase(), level);
            }
            Some(service) => {
                let problem = format!("--resources: expected a service, found `{service}`");
                let failure = Failure::new(Exit::WrongCommandLine, problem);
                let like = nearest(service, Catalog::bundled().prefixes(), 1);
                return Err(match like.first() {
                    Some(name) => failure.hint(format!("did you mean `{name}={word}`?")),
                    None => failure,
                });
            }
        }
    }
    Ok(levels)
}

fn current(
    args: &Args,
    role: &RoleUsage,
    connection: &mut Connection<'_>,
) -> Result<Vec<CurrentPolicy>, Failure> {
    let mut policies = Vec::new();
    for argument in &args.current {
        if let Some(name) = argument.strip_prefix("role:") {
            policies.extend(connection.policies_of(name)?);
            continue;
        }
        let read = source::current::read(argument, &role.role).map_err(|error| {
            let failure = Failure::new(Exit::Failed, &error);
            match error.hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        })?;
        policies.extend(read);
    }
    Ok(policies)
}

fn print(
    format: Format,
    is_verbose: bool,
    report: &Report,
    context: &mut Context,
) -> Result<(), Failure> {
    match format {
        Format::Text => {
            anstream::eprintln!("{}\n", report::text(report, is_verbose));
            print_policies(report, context)?;
        }
        Format::Policy => {
            for warning in &report.warnings {
                anstream::eprintln!("warning: {}", report::plain(&warning.what));
            }
            print_policies(report, context)?;
        }
        Format::Json => {
            let text = serde_json::to_string_pretty(&report::json(report)).unwrap_or_default();
            context.output.line(&text)?;
        }
        Format::Markdown => context.output.line(report::markdown(report).trim_end())?,
    }
    Ok(())
}

/// Prints each policy as a document of its own.
fn print_policies(report: &Report, context: &mut Context) -> Result<(), Failure> {
    for policy in &report.policies {
        let text = serde_json::to_string_pretty(&policy.document).unwrap_or_default();
        context.output.line(&text)?;
    }
    Ok(())
}
