//! `polgen explain`: what a rule finds, why that matters, how to mend it.

use clap::Args as ClapArgs;

use super::{Context, Exit, Failure};
use crate::nearest::nearest;
use crate::policy::lint::{RULES, rule};

/// Explain a rule: what it finds, why that matters, how to mend it
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// Name of the rule, e.g. `unknown-action`; without it, all are listed
    #[arg(value_name = "RULE")]
    rule: Option<String>,
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let Some(name) = &args.rule else {
        let longest = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
        for rule in RULES {
            let line = format!(
                "{:longest$}  {:13}  {}",
                rule.name,
                rule.severity.as_str(),
                rule.what
            );
            context.output.line(&line)?;
        }
        return Ok(Exit::Done);
    };
    let Some(rule) = rule(name) else {
        let failure = Failure::new(Exit::Failed, format!("`{name}`: no such rule"));
        let names = RULES.iter().map(|rule| rule.name);
        return Err(match nearest(name, names, 1).first() {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint("list all rules with `polgen explain`"),
        });
    };
    context
        .output
        .line(&format!("{} ({})", rule.name, rule.severity.as_str()))?;
    for (title, text) in [("What", rule.what), ("Why", rule.why), ("Fix", rule.fix)] {
        context.output.line(&format!("\n{title}: {text}"))?;
    }
    Ok(Exit::Done)
}
