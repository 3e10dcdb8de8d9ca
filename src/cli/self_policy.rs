//! `polgen self-policy`: what polgen itself needs, from the table of the calls that it makes.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::{Context, Exit, Failure};
use crate::arn::Arn;
use crate::source::calls::{COMMANDS, Call, Command, Need, Target, When};
use crate::usage::RoleQuery;

/// Print the least policy that polgen itself needs
///
/// For one command, or for all that call AWS, with the same flags as the command. Without a role, a bucket or a key, the policy
/// names all of them. What may be left out is told on standard error: without it polgen goes on and says what it could not see.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// Command that is to be run; all that call AWS if absent
    #[arg(value_name = "COMMAND")]
    command: Option<String>,

    /// Role that it is run on, by name or ARN
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,

    /// Trail's bucket that it reads, instead of the event history
    #[arg(long, value_name = "s3://BUCKET/PREFIX")]
    trail: Option<String>,

    /// Key that encrypts the trail's files
    #[arg(long, value_name = "ARN", requires = "trail")]
    key: Option<String>,

    /// Also what `--verify-digests` needs without `--public-keys`
    #[arg(long)]
    verify_digests: bool,

    /// Also what `--simulate` needs
    #[arg(long)]
    simulate: bool,

    /// Also what `--validate` needs
    #[arg(long)]
    validate: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let places = Places::of(args)?;
    let mut calls: Vec<&Call> = Vec::new();
    let mut optional: BTreeMap<&str, &str> = BTreeMap::new();
    for command in commands(args)? {
        let made = command
            .calls
            .iter()
            .filter(|(when, _)| is_made(args, *when));
        for call in made.flat_map(|(_, calls)| *calls) {
            if command.goes_on && call.need == Need::May {
                optional.insert(call.action, call.purpose);
            }
            calls.push(call);
        }
    }
    calls.retain(|call| call.on != Target::Nothing);
    let policy = json!({ "Version": "2012-10-17", "Statement": statements(&calls, &places) });
    let text = serde_json::to_string_pretty(&policy).unwrap_or_default();
    if !optional.is_empty() {
        anstream::eprintln!("polgen goes on without these, and says what it could not see:");
        let longest = optional
            .keys()
            .map(|action| action.len())
            .max()
            .unwrap_or(0);
        for (action, purpose) in optional {
            anstream::eprintln!("  {action:longest$}  {purpose}");
        }
    }
    context.output.line(&text)?;
    Ok(Exit::Done)
}

fn commands(args: &Args) -> Result<Vec<&'static Command>, Failure> {
    let Some(name) = &args.command else {
        return Ok(COMMANDS.iter().collect());
    };
    let found = COMMANDS.iter().find(|command| command.name == name);
    found.map(|command| vec![command]).ok_or_else(|| {
        let names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
        Failure::new(
            Exit::WrongCommandLine,
            format!("`{name}`: expected a command that calls AWS, found none of this name"),
        )
        .hint(format!("these do: `{}`", names.join("`, `")))
    })
}

fn is_made(args: &Args, when: When) -> bool {
    match when {
        When::Always => true,
        When::History => args.trail.is_none(),
        When::Bucket => args.trail.is_some(),
        When::Key => args.key.is_some(),
        When::Digests => args.verify_digests,
        When::Simulate => args.simulate,
        When::Validate => args.validate,
    }
}

/// One statement for each target.
fn statements(calls: &[&Call], places: &Places) -> Vec<Value> {
    let mut by_target: BTreeMap<Target, BTreeSet<&str>> = BTreeMap::new();
    for call in calls {
        by_target.entry(call.on).or_default().insert(call.action);
    }
    let statement = |(target, actions): (Target, BTreeSet<&str>)| {
        let (sid, resources) = places.of_target(target);
        json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources })
    };
    by_target.into_iter().map(statement).collect()
}

/// The names that stand in the policy's resources.
struct Places {
    partition: String,
    account: String,
    role: Option<RoleQuery>,
    bucket: String,
    prefix: String,
    key: String,
}

impl Places {
    fn of(args: &Args) -> Result<Self, Failure> {
        let wrong = |flag: &str, wanted: &str, found: &str| {
            Failure::new(
                Exit::WrongCommandLine,
                format!("{flag}: expected {wanted}, found `{found}`"),
            )
        };
        let role = match &args.role {
            Some(text) => Some(
                RoleQuery::parse(text)
                    .ok_or_else(|| wrong("--role", "the name or ARN of a role", text))?,
            ),
            None => None,
        };
        let (bucket, prefix) = match &args.trail {
            Some(text) => {
                let place = text.strip_prefix("s3://").filter(|place| !place.is_empty());
                let place = place.ok_or_else(|| wrong("--trail", "`s3://BUCKET/PREFIX`", text))?;
                place.split_once('/').unwrap_or((place, ""))
            }
            None => ("*", ""),
        };
        let arn = role.as_ref().and_then(|role| role.arn.as_deref());
        let partition = arn.and_then(Arn::parse).map_or("aws", |arn| arn.partition);
        let account = role.as_ref().and_then(|role| role.account.clone());
        Ok(Self {
            partition: partition.to_owned(),
            account: account.unwrap_or_else(|| "*".to_owned()),
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            key: args.key.clone().unwrap_or_default(),
            role,
        })
    }

    /// A statement's name and its resources.
    fn of_target(&self, target: Target) -> (&'static str, Vec<String>) {
        let Self {
            partition,
            bucket,
            prefix,
            ..
        } = self;
        match target {
            Target::Nothing | Target::Any => ("Account", vec!["*".to_owned()]),
            Target::Role => ("Role", self.roles()),
            Target::Policy => ("Policies", vec![format!("arn:{partition}:iam::*:policy/*")]),
            Target::Own => ("OwnPolicies", self.own()),
            Target::Trail => (
                "Trails",
                vec![format!("arn:{partition}:cloudtrail:*:*:trail/*")],
            ),
            Target::Bucket => ("Bucket", vec![format!("arn:{partition}:s3:::{bucket}")]),
            Target::Object => (
                "Files",
                vec![format!("arn:{partition}:s3:::{bucket}/{prefix}*")],
            ),
            Target::Key => ("Key", vec![self.key.clone()]),
        }
    }

    /// The policies that polgen makes for a role begin with its name.
    fn own(&self) -> Vec<String> {
        let role = self.role.as_ref();
        let name = role
            .and_then(|role| role.name.as_deref())
            .unwrap_or_default();
        let Self {
            partition, account, ..
        } = self;
        vec![format!("arn:{partition}:iam::{account}:policy/{name}*")]
    }

    /// A role's name does not tell its path.
    fn roles(&self) -> Vec<String> {
        let start = format!("arn:{}:iam::{}:role", self.partition, self.account);
        match &self.role {
            None => vec![format!("{start}/*")],
            Some(RoleQuery { arn: Some(arn), .. }) => vec![arn.clone()],
            Some(role) => {
                let name = role.name.as_deref().unwrap_or("*");
                vec![format!("{start}/{name}"), format!("{start}/*/{name}")]
            }
        }
    }
}
