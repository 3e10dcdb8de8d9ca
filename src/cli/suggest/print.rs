//! Prints reports in the format asked for.

use serde_json::Value;

use super::{Args, Format};
use crate::cli::{Context, Failure};
use crate::report::{self, Report};

pub(super) fn print(args: &Args, reports: &[Report], context: &mut Context) -> Result<(), Failure> {
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
    for report in reports {
        print_one(args, report, context)?;
    }
    Ok(())
}

fn print_one(args: &Args, report: &Report, context: &mut Context) -> Result<(), Failure> {
    match args.format {
        Format::Text => {
            anstream::eprintln!("{}\n", report::text(report, args.verbose));
            print_policies(report, context)?;
        }
        Format::Policy | Format::Json => {
            for warning in &report.warnings {
                anstream::eprintln!("warning: {}", report::plain(&warning.what));
            }
            print_policies(report, context)?;
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
