//! Prints reports in the format asked for.

use serde_json::Value;

use super::{Args, Format};
use crate::cli::{Context, Exit, Failure, screen};
use crate::report::{self, Code, Language, Report};

pub(super) fn print(args: &Args, reports: &[Report], context: &mut Context) -> Result<(), Failure> {
    if args.destination.write.is_some() {
        // Standard output is for the change.
        for report in reports {
            show(args, report, context)?;
        }
        return Ok(());
    }
    if args.format == Format::Json {
        let mut values: Vec<Value> = reports.iter().map(report::json).collect();
        let value = match values.pop() {
            Some(value) if !args.choices.is_split_by_session() => value,
            last => {
                values.extend(last);
                serde_json::json!({ "split_by": "session", "parts": values })
            }
        };
        let text = serde_json::to_string_pretty(&value).unwrap_or_default();
        context.output.line(&text)?;
        return Ok(());
    }
    if args.format == Format::Html && reports.len() > 1 {
        let problem = "--format: expected another than html where sessions are split, since a page holds one report";
        return Err(Failure::new(Exit::WrongCommandLine, problem));
    }
    for report in reports {
        print_one(args, report, context)?;
    }
    Ok(())
}

fn print_one(args: &Args, report: &Report, context: &mut Context) -> Result<(), Failure> {
    match args.format {
        Format::Text => {
            show(args, report, context)?;
            print_policies(report, context)?;
        }
        Format::Policy | Format::Json => {
            for warning in &report.warnings {
                anstream::eprintln!("warning: {}", report::plain(&warning.what));
            }
            print_policies(report, context)?;
        }
        Format::Summary => context.output.text(&report::summary(report))?,
        Format::Markdown => context.output.line(report::markdown(report).trim_end())?,
        Format::Html => context.output.text(&report::html(report))?,
        Format::Terraform => print_code(report, Language::Terraform, context)?,
        Format::Cloudformation => print_code(report, Language::CloudFormation, context)?,
        Format::Sam => print_code(report, Language::Sam, context)?,
        Format::CdkTypescript => print_code(report, Language::CdkTypescript, context)?,
        Format::CdkPython => print_code(report, Language::CdkPython, context)?,
        Format::PulumiTypescript => print_code(report, Language::PulumiTypescript, context)?,
        Format::AwsCli => print_code(report, Language::AwsCli, context)?,
    }
    Ok(())
}

/// Shows the screen: on standard error, or in the pager that all of it goes to.
fn show(args: &Args, report: &Report, context: &mut Context) -> Result<(), Failure> {
    let text = report::text(report, screen::of_words(args.verbose));
    let painted = screen::paint(&text, report);
    if context.output.is_paged() {
        context.output.line(&painted)?;
        context.output.line("")?;
    } else {
        anstream::eprintln!("{painted}\n");
    }
    Ok(())
}

/// Prints infrastructure code; what must be known goes to standard error.
fn print_code(report: &Report, language: Language, context: &mut Context) -> Result<(), Failure> {
    for warning in &report.warnings {
        anstream::eprintln!("warning: {}", report::plain(&warning.what));
    }
    let code = Code::of(report).and_then(|code| code.write(language));
    let code = code.map_err(|problem| {
        Failure::new(Exit::Failed, problem).hint("print the policy alone with `--format policy`")
    })?;
    context.output.text(&code)?;
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
