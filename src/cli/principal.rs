//! The flags that say whose usage is meant, the same for every command that looks at one principal.

use clap::Args;

use super::{Exit, Failure};
use crate::arn::Arn;
use crate::usage::{PrincipalKind, RoleQuery};

/// The role or the user to look at.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Principal {
    /// Role to look at, by name or ARN
    #[arg(long, value_name = "ROLE", help_heading = "Input")]
    role: Option<String>,

    /// IAM user to look at instead, by name or ARN
    ///
    /// Sessions that the user makes with `GetSessionToken` or `GetFederationToken` count as the user's.
    #[arg(long, value_name = "USER", help_heading = "Input")]
    user: Option<String>,
}

impl Principal {
    /// Reads who is asked for.
    pub(crate) fn query(&self) -> Result<RoleQuery, Failure> {
        let (kind, text) = match (&self.role, &self.user) {
            (_, Some(user)) => (PrincipalKind::User, user.as_str()),
            (role, None) => (PrincipalKind::Role, role.as_deref().unwrap_or_default()),
        };
        query(kind, text)
    }
}

/// Reads the name or ARN of a role or of a user.
pub(crate) fn query(kind: PrincipalKind, text: &str) -> Result<RoleQuery, Failure> {
    let parsed = Arn::parse(text);
    let is_root = parsed.is_some_and(|arn| arn.service == "iam" && arn.resource == "root");
    if is_root {
        return Err(root(text));
    }
    RoleQuery::parse_kind(text, kind).ok_or_else(|| {
        let word = kind.as_str();
        let failure = Failure::new(
            Exit::WrongCommandLine,
            format!("--{word}: expected the name or ARN of a {word}, found `{text}`"),
        );
        let other = match kind {
            PrincipalKind::Role => PrincipalKind::User,
            PrincipalKind::User => PrincipalKind::Role,
        };
        match RoleQuery::parse_kind(text, other) {
            Some(_) if parsed.is_some() => {
                failure.hint(format!("try `--{} {text}`", other.as_str()))
            }
            _ => failure,
        }
    })
}

/// No policy bears on the root user.
pub(crate) fn root(name: &str) -> Failure {
    Failure::new(
        Exit::WrongCommandLine,
        format!("--user: `{name}` is an account's root user, which no identity policy restricts"),
    )
    .hint("let its work be done by a role, and look at that role's usage")
}
