//! `polgen suggest`: the main job, from a trail to the smallest policy that is checked to be enough.

mod all;
mod ask;
mod assessed;
mod choices;
mod destination;
mod levels;
mod pick;
mod print;
mod refusal;
mod split;
mod stack;
mod wishes;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::input::Input;
use super::live::{Checks, Connection, Quotas, RoleNow};
use super::parameters::{Parameters, undecided, warnings};
use super::principal::Principal;
use super::progress::Waiting;
use super::table::Table;
use super::{Context, Exit, Failure};
use crate::catalog::Catalog;
use crate::diff::{Fates, fates, mark_last_accessed};
use crate::report::{self, Findings, Report, Warning};
use crate::source::current::Current;
use crate::source::{self, Reading};
use crate::synthesis::{
    Basis, CurrentGrants, CurrentPolicy, HiddenChoice, Options, Style, Suggestion, equals,
    forecast, suggest, suspicions,
};
use crate::usage::{Coverage, RoleUsage};
pub(super) use assessed::{Assessed, assessed_all, reports};
use choices::Choices;
use destination::Destination;
pub(super) use pick::{completed as with_picked, is_wanted as is_pick_wanted};
pub(super) use refusal::choose;
use refusal::{nothing_allowed, refuse_oversized, service_linked};
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
    all: all::AllRoles,

    #[command(flatten)]
    input: Input,

    #[command(flatten)]
    table: Table,

    /// What it may do today; can be repeated
    ///
    /// A policy file, the name or ARN of an AWS managed policy, a role or user as `aws iam
    /// get-account-authorization-details` prints it, `role:NAME` for a role as it is in the account, or `template.yaml#NAME` for a
    /// role or policy in infrastructure code. With it, the report says
    /// what becomes of every action granted today. When AWS is asked for events, the role is looked up there by default.
    #[arg(long, value_name = "POLICY", help_heading = "Input")]
    current: Vec<String>,

    #[command(flatten)]
    parameters: Parameters,

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

    /// Grants whose use is hidden: keep, drop or ask
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

    #[command(flatten)]
    choices: Choices,

    /// Folder to write the policies of all roles to
    #[arg(
        long,
        value_name = "DIR",
        requires = "all_roles",
        help_heading = "Output",
        hide_short_help = true
    )]
    output_dir: Option<PathBuf>,

    /// What to print: text, policy, json, markdown, html, summary, or code
    ///
    /// `html` is one page that opens offline in any browser; with `--all-roles`, `--output-dir` gets a table and a page for each role.
    /// Code is `terraform`, `cloudformation`, `sam`, `cdk-typescript`, `cdk-python`, `pulumi-typescript` or `aws-cli`.
    #[arg(
        long,
        value_enum,
        default_value_t = Format::Text,
        help_heading = "Output",
        hide_possible_values = true
    )]
    format: Format,

    #[command(flatten)]
    destination: Destination,

    /// List every action that is removed
    #[arg(long, short, help_heading = "Output")]
    verbose: bool,

    /// End with code 10 if the current policies grant more than needed
    #[arg(long, help_heading = "Output", hide_short_help = true)]
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
    /// Ask for each, at a terminal
    Ask,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The policy on stdout, the screen on stderr
    Text,
    /// The policy alone
    Policy,
    /// The whole report as JSON
    Json,
    /// A few lines of plain text, to be pasted into a ticket or a chat
    Summary,
    /// A pull-request comment
    Markdown,
    /// A page that opens offline in any browser
    Html,
    /// A policy document as a data source, the policy and its attachment
    Terraform,
    /// A template in YAML
    Cloudformation,
    /// The same for SAM
    Sam,
    /// A construct
    CdkTypescript,
    /// A construct
    CdkPython,
    /// A program
    PulumiTypescript,
    /// Commands of AWS's own command line
    AwsCli,
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    if args.all.is_asked_for {
        return all::run(args, context);
    }
    let reports = reports(args, context)?;
    print::print(args, &reports, context)?;
    args.destination.put(&reports, context)?;
    let mut fates = reports.iter().filter_map(|report| report.fates.as_ref());
    Ok(if args.exit_code && fates.any(has_excess) {
        Exit::Excess
    } else {
        Exit::Done
    })
}

/// Makes the report on one role, or on the part of its sessions that `role` holds.
fn report_of(
    args: &Args,
    (mut role, now): (RoleUsage, RoleNow),
    (coverage, reading): (&Coverage, &Reading),
    (connection, context): (&mut Connection<'_>, &Context),
) -> Result<Assessed, Failure> {
    if role.role.is_service_linked() {
        return Err(service_linked(&role));
    }
    if !role.has_proven_use() {
        return Err(nothing_allowed(&role));
    }
    let Current {
        policies: mut current,
        unresolved,
    } = stack::current(args, &role, connection)?;
    if args.current.is_empty() && args.destination.write.is_none() {
        current = now.policies;
    }
    let grants = CurrentGrants::expand(&current, Catalog::bundled());
    if !current.is_empty() {
        role.set_untested_aside(|access| {
            let conditions = equals(&access.conditions);
            grants.allows(&access.action, &access.resource, &conditions)
        });
    }
    args.choices.check_allowed(&role)?;
    let trusted = trusted(args, &role)?;
    args.choices.add_runtimes(&mut role, &trusted)?;
    let options = options(args, &role, now.quotas, context)?;
    let mut report = assess(args, options, &role, (coverage, &current, &grants, reading))?;
    report.warnings.extend(now.warnings);
    report.leave_open(undecided(&unresolved), !unresolved.is_empty());
    report.warnings.extend(warnings(&unresolved));
    ask_aws(args, connection, (&mut report, &role))?;
    refuse_oversized(&report.policies)?;
    Ok(Assessed {
        report,
        known: stack::known(&args.parameters, &role)?,
        role,
        current: Current {
            policies: current,
            unresolved,
        },
    })
}

/// The service principals that the role's trust policy names, where it was given.
fn trusted(args: &Args, role: &RoleUsage) -> Result<BTreeSet<String>, Failure> {
    let told = role
        .facts
        .role
        .iter()
        .flat_map(|told| &told.trusted_services);
    let mut principals: BTreeSet<String> = told.cloned().collect();
    for argument in &args.current {
        let read = source::current::trusted_services(argument, &role.role);
        principals.extend(read.map_err(|error| Failure::new(Exit::Failed, &error))?);
    }
    Ok(principals)
}

/// Says whether the current policies grant what the suggestion does not.
fn has_excess(fates: &Fates) -> bool {
    fates.actions.iter().any(|fate| fate.is_excess)
}

/// Reads what the user decided.
fn options(
    args: &Args,
    role: &RoleUsage,
    known: Option<Quotas>,
    context: &Context,
) -> Result<Options, Failure> {
    let decided = args
        .wishes
        .decided(&role.role, &args.current, context.now)?;
    let mut levels = levels::levels(args)?;
    levels.name_patterns.extend(decided.name_patterns);
    Ok(Options {
        levels,
        style: match args.style {
            Shape::Readable => Style::Readable,
            Shape::Compact => Style::Compact,
        },
        hidden: match args.hidden {
            Hidden::Keep | Hidden::Ask => HiddenChoice::Keep,
            Hidden::Drop => HiddenChoice::Drop,
        },
        conditions: args.wishes.restrictions()?,
        pins: decided.pins,
        quota: args.wishes.room(&role.role, known),
        allow_denied: args.choices.allow_denied.clone(),
    })
}

fn assess(
    args: &Args,
    mut options: Options,
    role: &RoleUsage,
    (coverage, current, grants, reading): (&Coverage, &[CurrentPolicy], &CurrentGrants, &Reading),
) -> Result<Report, Failure> {
    let basis = Basis {
        usage: role,
        coverage,
        current: grants,
        catalog: Catalog::bundled(),
    };
    let waiting = Waiting::new("looking for the smallest policy");
    let mut suggestion = suggested(basis, &options)?;
    drop(waiting);
    if args.hidden == Hidden::Ask {
        options.hidden = HiddenChoice::Only(ask::chosen(&suggestion)?);
        suggestion = suggested(basis, &options)?;
    }
    let _waiting = Waiting::new("replaying and proving");
    let fates = (!current.is_empty()).then(|| fates(basis, &suggestion));
    Ok(report::build(Findings {
        basis,
        fates,
        current,
        forecast: forecast(basis, &options.levels, &suggestion.grants),
        suspicions: suspicions(basis, &suggestion),
        files: reading.files,
        gaps: &reading.gaps,
        options: &options,
        suggestion: &suggestion,
    }))
}

fn suggested(basis: Basis<'_>, options: &Options) -> Result<Suggestion, Failure> {
    suggest(basis, options).map_err(|error| {
        Failure::new(Exit::Failed, error)
            .detail("this is a fault of polgen; no policy was written")
            .hint("report it with the output of `polgen map` for this call")
    })
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
    if connection.is_open() && args.input.trail.is_empty() && !args.table.is_asked() {
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
