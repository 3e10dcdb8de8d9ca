//! What the user wants of the policy beyond what was seen: conditions, pins, and the room that there is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::catalog::Catalog;
use crate::cli::live::Quotas;
use crate::cli::{Exit, Failure, decisions};
use crate::config::{Decided, keep};
use crate::nearest::nearest;
use crate::policy::document::Quota;
use crate::source::current;
use crate::synthesis::{CurrentGrants, Pin, Restriction, Room};
use crate::template::{Known, Unresolved};
use crate::time::{Timestamp, day_of};
use crate::trail::RoleName;

/// Managed policies that can be attached to a role by default. Source: the IAM user guide, IAM quotas.
const ATTACHED_POLICIES: usize = 10;

const CONDITIONS: [&str; 8] = [
    "region",
    "source-vpce",
    "source-ip",
    "secure-transport",
    "via-service",
    "principal-org",
    "resource-account",
    "s3-prefix",
];

/// Flags that shape the policy.
#[derive(Debug, Args)]
pub(super) struct Wishes {
    /// Conditions to ask for, where every call satisfied them
    ///
    /// Any of region, source-vpce, source-ip, secure-transport, via-service, principal-org=ID, resource-account and s3-prefix
    /// (for listings of buckets), joined by commas. A grant carries one only if every call that it stands for is known to satisfy it; all others are named.
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        help_heading = "Policy"
    )]
    conditions: Vec<String>,

    /// Grant this too, in this run; can be repeated
    #[arg(long, value_name = "ACTION[=ARN]", help_heading = "Policy")]
    keep: Vec<String>,

    /// Decisions to follow [default: the nearest polgen.toml]
    ///
    /// What is kept or never granted, with reasons and last days. Without the flag, `polgen.toml` is looked for beside the
    /// files given with `--current`, then in the working directory and above it.
    #[arg(long, value_name = "FILE", help_heading = "Policy")]
    config: Option<PathBuf>,

    /// Most characters of one policy [default: 6144]
    #[arg(
        long,
        value_name = "N",
        hide_short_help = true,
        help_heading = "Policy"
    )]
    quota: Option<usize>,

    /// Most policies [default: 10]
    #[arg(
        long,
        value_name = "N",
        hide_short_help = true,
        help_heading = "Policy"
    )]
    most_policies: Option<usize>,

    /// Fit the quota of inline policies instead
    ///
    /// One policy of at most 10,240 characters for a role, 2,048 for a user.
    #[arg(long, hide_short_help = true, help_heading = "Policy")]
    inline: bool,

    /// Use wildcards in actions if it does not fit otherwise
    ///
    /// Each wildcard matches only actions that are granted anyway, as far as this version of polgen knows them; each is named,
    /// since it would also grant what AWS may add later.
    #[arg(long, hide_short_help = true, help_heading = "Policy")]
    compress: bool,
}

impl Wishes {
    /// The decisions' file that was named.
    pub(super) fn config(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// The room that there is; `known` is the account's own quota for managed policies, if it was asked.
    pub(super) fn room(&self, role: &RoleName, known: Option<Quotas>) -> Room {
        let quota = match (self.inline, role.is_user()) {
            (false, _) => Quota::Managed,
            (true, false) => Quota::InlineRole,
            (true, true) => Quota::InlineUser,
        };
        let known = known.filter(|_| !self.inline);
        let attached = known.map_or(ATTACHED_POLICIES, |quotas| quotas.attached);
        let policies = if self.inline { 1 } else { attached };
        Room {
            characters: self
                .quota
                .or(known.map(|quotas| quotas.characters))
                .unwrap_or(quota.characters()),
            policies: self.most_policies.unwrap_or(policies),
            may_compress: self.compress,
        }
    }

    /// Reads the conditions asked for.
    pub(super) fn restrictions(&self) -> Result<BTreeSet<Restriction>, Failure> {
        self.conditions
            .iter()
            .map(|text| restriction(text))
            .collect()
    }

    /// Reads the decisions of `polgen.toml` and of `--keep`.
    pub(super) fn decided(
        &self,
        role: &RoleName,
        current: &[String],
        now: Timestamp,
    ) -> Result<Decided, Failure> {
        let catalog = Catalog::bundled();
        let mut decided = Decided::default();
        if let Some(path) = decisions::path(self.config.as_deref(), &beside(current))? {
            let config = decisions::read(&path)?;
            decided = config
                .decide(&role.name, day_of(now), catalog)
                .map_err(decisions::failure)?;
            let folder = path.parent().unwrap_or(Path::new(""));
            for (policy, reason) in std::mem::take(&mut decided.baselines) {
                decided
                    .pins
                    .keep
                    .extend(baseline(&policy, &reason, folder, role)?);
            }
        }
        for text in &self.keep {
            let (action, resource) = text.split_once('=').unwrap_or((text, "*"));
            let pins = keep(action, resource, "asked for with `--keep`", catalog);
            decided.pins.keep.extend(pins.map_err(|problem| {
                let failure =
                    Failure::new(Exit::WrongCommandLine, format!("--keep: {}", problem.words));
                hinted(failure, problem.hint)
            })?);
        }
        Ok(decided)
    }
}

fn restriction(text: &str) -> Result<Restriction, Failure> {
    let fail =
        |problem: String| Failure::new(Exit::WrongCommandLine, format!("--conditions: {problem}"));
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    let restriction = match (name, value) {
        ("region", None) => Restriction::Region,
        ("source-vpce", None) => Restriction::SourceVpce,
        ("source-ip", None) => Restriction::SourceIp,
        ("secure-transport", None) => Restriction::SecureTransport,
        ("via-service", None) => Restriction::ViaService,
        ("s3-prefix", None) => Restriction::ListedPrefix,
        ("resource-account", None) => Restriction::ResourceAccount,
        ("principal-org", Some(id)) if is_organization(id) => {
            Restriction::PrincipalOrganization(id.to_owned())
        }
        ("principal-org", Some(id)) => {
            return Err(fail(format!(
                "expected an organization's id such as `o-a1b2c3d4e5`, found `{id}`"
            )));
        }
        ("principal-org", None) => {
            return Err(fail("principal-org: expected the organization's id, which no record tells".to_owned())
                .hint("`aws organizations describe-organization` shows it: `--conditions principal-org=o-…`"));
        }
        (known, Some(value)) if CONDITIONS.contains(&known) => {
            return Err(fail(format!(
                "expected `{known}` without a value, found `{value}`"
            )));
        }
        (unknown, _) => {
            let failure = fail(format!(
                "expected one of {}, found `{unknown}`",
                CONDITIONS.join(", ")
            ));
            let like = nearest(unknown, CONDITIONS, 1);
            return Err(match like.first() {
                Some(name) => failure.hint(format!("did you mean `{name}`?")),
                None => failure,
            });
        }
    };
    Ok(restriction)
}

/// Says whether `text` has the form of an organization's id. Source: AWS Organizations API reference, `Organization`.
fn is_organization(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.strip_prefix("o-")
        .is_some_and(|id| (10..=32).contains(&id.len()) && id.bytes().all(is_part))
}

/// The folders that the files given with `--current` lie in.
fn beside(current: &[String]) -> Vec<PathBuf> {
    let file = |argument: &'_ String| {
        let path = argument
            .rsplit_once('#')
            .map_or(argument.as_str(), |(path, _)| path);
        [PathBuf::from(argument), PathBuf::from(path)]
    };
    let files = current.iter().flat_map(file).filter(|path| path.is_file());
    files
        .filter_map(|path| Some(path.parent()?.to_owned()))
        .collect()
}

/// Pins all that a policy grants.
fn baseline(
    policy: &str,
    reason: &str,
    folder: &Path,
    role: &RoleName,
) -> Result<Vec<Pin>, Failure> {
    let file = folder.join(policy);
    let code = policy.rsplit_once('#').map(|(path, _)| folder.join(path));
    let place = if file.is_file() || code.is_some_and(|path| path.is_file()) {
        file.display().to_string()
    } else {
        policy.to_owned()
    };
    let current = current::read(&place, role, &Known::default())?;
    if let Some(unresolved) = current.unresolved.first() {
        let Unresolved { place, what, .. } = unresolved;
        let problem = format!("{place}: {what}, so a baseline cannot keep it");
        return Err(Failure::new(Exit::Failed, problem));
    }
    let grants = CurrentGrants::expand(&current.policies, Catalog::bundled());
    let mut pins = Vec::new();
    for (action, grant) in &grants.actions {
        for granted in &grant.places {
            let Some(resource) = granted.reach.pattern() else {
                return Err(Failure::new(
                    Exit::Failed,
                    format!(
                        "{place}: `{action}` is granted on all but some resources, which a baseline cannot keep"
                    ),
                ));
            };
            pins.push(Pin {
                action: action.clone(),
                resource: resource.to_owned(),
                conditions: granted.conditions.clone(),
                reason: format!("baseline `{policy}`: {reason}"),
            });
        }
    }
    Ok(pins)
}

fn hinted(failure: Failure, hint: Option<String>) -> Failure {
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
