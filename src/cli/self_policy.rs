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
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
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

    /// Also what `--athena` needs; `--trail` names the bucket that its table lies in
    #[arg(long)]
    athena: bool,

    /// Where Athena writes its results
    #[arg(long, value_name = "s3://BUCKET/PREFIX", requires = "athena")]
    athena_output: Option<String>,

    /// Event data store of CloudTrail Lake that it asks, by its ARN
    #[arg(long, value_name = "ARN", hide_short_help = true)]
    lake: Option<String>,

    /// Also what `--all-roles --assume-role-name NAME` needs; the role of this name needs `iam:GetAccountAuthorizationDetails`
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    assume_role_name: Option<String>,

    /// Also what `--verify-digests` needs without `--public-keys`
    #[arg(long)]
    verify_digests: bool,

    /// Also what `--simulate` needs
    #[arg(long)]
    simulate: bool,

    /// Also what `--validate` needs
    #[arg(long)]
    validate: bool,

    /// Also what `harden --fix apply` needs, and its way back
    #[arg(long)]
    fix: bool,

    #[command(flatten)]
    things: Things,
}

/// What `harden` looks at; everything if nothing is named.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "What `harden` looks at")]
struct Things {
    /// The whole account
    #[arg(long)]
    account: bool,

    /// Bucket; can be repeated
    #[arg(long, value_name = "NAME")]
    bucket: Vec<String>,

    /// Access point; can be repeated
    #[arg(long, value_name = "NAME")]
    access_point: Vec<String>,

    /// Stack with all that it made; can be repeated
    #[arg(long, value_name = "NAME")]
    stack: Vec<String>,

    /// Function; can be repeated
    #[arg(long, value_name = "NAME")]
    function: Vec<String>,
}

impl Things {
    fn is_empty(&self) -> bool {
        let named = [
            &self.bucket,
            &self.access_point,
            &self.stack,
            &self.function,
        ];
        !self.account && named.iter().all(|names| names.is_empty())
    }
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
    let things = &args.things;
    let is_all = things.is_empty() && args.role.is_none();
    match when {
        When::Always => true,
        When::History => args.trail.is_none() && !args.athena && args.lake.is_none(),
        When::Bucket => args.trail.is_some(),
        When::Key => args.key.is_some(),
        When::Digests => args.verify_digests,
        When::Simulate => args.simulate,
        When::Validate => args.validate,
        When::Buckets => !things.bucket.is_empty() || is_all,
        When::AccessPoints => !things.access_point.is_empty() || is_all,
        When::Stacks => !things.stack.is_empty() || is_all,
        When::Functions => !things.function.is_empty() || is_all,
        When::Roles => args.role.is_some() || is_all,
        When::Account => things.account || is_all,
        When::Fix => args.fix,
        When::Athena => args.athena,
        When::Lake => args.lake.is_some(),
        When::Accounts => args.assume_role_name.is_some(),
    }
}

/// One statement for each target.
fn statements(calls: &[&Call], places: &Places) -> Vec<Value> {
    let mut by_target: BTreeMap<Target, BTreeSet<&str>> = BTreeMap::new();
    for call in calls {
        by_target.entry(call.on).or_default().insert(call.action);
    }
    // What is allowed on everything needs no second statement.
    if let Some(everywhere) = by_target.get(&Target::Any).cloned() {
        for (target, actions) in &mut by_target {
            actions.retain(|action| *target == Target::Any || !everywhere.contains(action));
        }
        by_target.retain(|_, actions| !actions.is_empty());
    }
    let statement = |(target, actions): (Target, BTreeSet<&str>)| {
        let (sid, resources) = places.of_target(target);
        json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources })
    };
    by_target.into_iter().map(statement).collect()
}

/// The things of `harden` by their names, where no stack and no account adds others.
fn things(args: &Args) -> BTreeMap<Target, Vec<String>> {
    let things = &args.things;
    let bare = |names: &Vec<String>| -> Vec<String> {
        let last = |name: &String| name.rsplit([':', '/']).next().unwrap_or(name).to_owned();
        names.iter().map(last).collect()
    };
    let is_open = things.account || !things.stack.is_empty();
    let mut named = Vec::new();
    if !is_open {
        named.push((Target::Configured, &things.bucket));
        named.push((Target::Function, &things.function));
    }
    // A bucket has access points of any name.
    if !is_open && things.bucket.is_empty() {
        named.push((Target::AccessPoint, &things.access_point));
    }
    // Stacks inside of a stack begin with its name.
    if !things.account {
        named.push((Target::Stack, &things.stack));
    }
    let named = named.into_iter().filter(|(_, names)| !names.is_empty());
    named.map(|(target, names)| (target, bare(names))).collect()
}

/// The names that stand in the policy's resources.
struct Places {
    partition: String,
    account: String,
    role: Option<RoleQuery>,
    /// The role of one name in each account.
    account_role: String,
    /// The event data store.
    store: String,
    bucket: String,
    prefix: String,
    key: String,
    /// The bucket of results of queries, and what their names begin with.
    results: (String, String),
    things: BTreeMap<Target, Vec<String>>,
}

impl Places {
    fn of(args: &Args) -> Result<Self, Failure> {
        let wrong = |flag: &str, wanted: &str, found: &str| {
            Failure::new(
                Exit::WrongCommandLine,
                format!("{flag}: expected {wanted}, found `{found}`"),
            )
        };
        // A stack has roles of any name.
        let named = args.role.as_ref().filter(|_| args.things.stack.is_empty());
        let role = match named {
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
        let results = match &args.athena_output {
            Some(text) => {
                let place = text.strip_prefix("s3://").filter(|place| !place.is_empty());
                let place =
                    place.ok_or_else(|| wrong("--athena-output", "`s3://BUCKET/PREFIX`", text))?;
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
            store: args.lake.clone().unwrap_or_default(),
            account_role: args.assume_role_name.clone().unwrap_or_default(),
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            key: args.key.clone().unwrap_or_default(),
            results: (results.0.to_owned(), results.1.to_owned()),
            things: things(args),
            role,
        })
    }

    /// The resources of things that were named, or of all of their sort.
    fn of_things(&self, target: Target, service: &str, start: &str, end: &str) -> Vec<String> {
        let Self {
            partition, account, ..
        } = self;
        let place = if service == "s3" && start.is_empty() {
            format!("arn:{partition}:{service}:::")
        } else {
            format!("arn:{partition}:{service}:*:{account}:{start}")
        };
        match self.things.get(&target) {
            Some(names) => {
                let names = names.iter();
                names.map(|name| format!("{place}{name}{end}")).collect()
            }
            None => vec![format!("{place}*")],
        }
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
            Target::AccountRole => {
                let role = &self.account_role;
                (
                    "Accounts",
                    vec![format!("arn:{partition}:iam::*:role/{role}")],
                )
            }
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
            Target::Store => {
                let arn = Some(&self.store).filter(|it| it.starts_with("arn:"));
                let any = format!(
                    "arn:{partition}:cloudtrail:*:*:eventdatastore/{}",
                    self.store
                );
                ("Lake", vec![arn.cloned().unwrap_or(any)])
            }
            Target::Result => {
                let (bucket, prefix) = &self.results;
                let results = format!("arn:{partition}:s3:::{bucket}/{prefix}*");
                ("Results", vec![results])
            }
            Target::ResultBucket => {
                let (bucket, _) = &self.results;
                (
                    "ResultBucket",
                    vec![format!("arn:{partition}:s3:::{bucket}")],
                )
            }
            Target::Configured => ("Buckets", self.of_things(target, "s3", "", "")),
            Target::AccessPoint => (
                "AccessPoints",
                self.of_things(target, "s3", "accesspoint/", ""),
            ),
            Target::Stack => (
                "Stacks",
                self.of_things(target, "cloudformation", "stack/", "*/*"),
            ),
            Target::Function => (
                "Functions",
                self.of_things(target, "lambda", "function:", ""),
            ),
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
