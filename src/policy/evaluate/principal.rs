//! Principals: who asks, and whom a resource's policy names.
//!
//! Source: the IAM user guide, "AWS JSON policy elements: Principal" and "Policy evaluation for requests within a single
//! account" (what a grant to a session, a role, an account or everyone is limited by).

use crate::arn::Arn;
use crate::policy::{PrincipalElement, Principals};

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A user, a role, or a role's session, by its ARN.
    Aws(String),
    /// A service, e.g. `lambda.amazonaws.com`.
    Service(String),
    /// Somebody whom an identity provider vouches for.
    Federated(String),
}

impl Principal {
    /// Reads a principal from its ARN or name.
    pub fn parse(text: &str) -> Self {
        match Arn::parse(text) {
            Some(arn) if is_provider(&arn) => Self::Federated(text.to_owned()),
            Some(_) => Self::Aws(text.to_owned()),
            None if text.contains(".amazonaws.com") => Self::Service(text.to_owned()),
            None => Self::Federated(text.to_owned()),
        }
    }

    /// Returns the account that the principal belongs to.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Aws(text) => Some(Arn::parse(text)?.account),
            Self::Service(_) | Self::Federated(_) => None,
        }
    }
}

fn is_provider(arn: &Arn<'_>) -> bool {
    ["saml-provider/", "oidc-provider/"]
        .iter()
        .any(|kind| arn.resource.starts_with(kind))
}

/// How closely an element names a principal; the later, the closer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Naming {
    /// By its account: within that account this only hands the decision to the identity policies.
    Account,
    /// By its role: limited by what limits the role's sessions.
    Role,
    /// As one of all: not limited by a boundary.
    Everyone,
    /// By itself, a user or a session: limited neither by a boundary nor by session policies.
    Itself,
}

/// The element `Principal` or `NotPrincipal`, ready to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrincipalMatch {
    is_negated: bool,
    /// Kind and name; `AWS` and `*` for everyone.
    names: Vec<(String, String)>,
}

impl PrincipalMatch {
    pub(super) fn new(element: &PrincipalElement) -> Self {
        let (is_negated, principals) = match element {
            PrincipalElement::Principal(principals) => (false, principals),
            PrincipalElement::NotPrincipal(principals) => (true, principals),
        };
        let names = match principals {
            Principals::Everyone => vec![("AWS".to_owned(), "*".to_owned())],
            Principals::Named(kinds) => kinds
                .iter()
                .flat_map(|(kind, names)| names.iter().map(|name| (kind.clone(), name.clone())))
                .collect(),
        };
        Self { is_negated, names }
    }

    /// Tells how the element names a principal, if it does. Without a principal only everyone is meant.
    pub(super) fn names(&self, principal: Option<&Principal>) -> Option<Naming> {
        let namings = self.names.iter();
        let closest = namings
            .filter_map(|(kind, name)| naming(kind, name, principal))
            .max();
        match (closest, self.is_negated) {
            (naming, false) => naming,
            (None, true) => Some(Naming::Everyone),
            (Some(_), true) => None,
        }
    }
}

fn naming(kind: &str, name: &str, principal: Option<&Principal>) -> Option<Naming> {
    match (kind, principal) {
        (_, _) if name == "*" => Some(Naming::Everyone),
        ("AWS", Some(Principal::Aws(arn))) => naming_of_arn(name, arn),
        ("Service", Some(Principal::Service(found)))
        | ("Federated", Some(Principal::Federated(found))) => {
            (name == found).then_some(Naming::Itself)
        }
        _ => None,
    }
}

fn naming_of_arn(name: &str, arn: &str) -> Option<Naming> {
    let caller = Arn::parse(arn)?;
    if name == arn {
        let is_role = caller.resource.starts_with("role/");
        return Some(if is_role {
            Naming::Role
        } else {
            Naming::Itself
        });
    }
    let Some(named) = Arn::parse(name) else {
        return (name == caller.account).then_some(Naming::Account);
    };
    if named.account != caller.account {
        return None;
    }
    if named.resource == "root" {
        return Some(Naming::Account);
    }
    // A session's ARN has the role's name, but not its path.
    let role = named.resource.strip_prefix("role/")?.rsplit('/').next()?;
    let session = caller.resource.strip_prefix("assumed-role/")?;
    (session.split('/').next()? == role).then_some(Naming::Role)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_named_by_itself_its_role_its_account_or_with_everyone() {
        let session = Principal::parse("arn:aws:sts::111122223333:assumed-role/app/s");
        for (name, wanted) in [
            (
                "arn:aws:sts::111122223333:assumed-role/app/s",
                Some(Naming::Itself),
            ),
            (
                "arn:aws:iam::111122223333:role/path/app",
                Some(Naming::Role),
            ),
            ("111122223333", Some(Naming::Account)),
            ("arn:aws:iam::111122223333:root", Some(Naming::Account)),
            ("*", Some(Naming::Everyone)),
            ("arn:aws:iam::111122223333:role/other", None),
            ("arn:aws:iam::444455556666:role/app", None),
            ("444455556666", None),
        ] {
            assert_eq!(naming("AWS", name, Some(&session)), wanted, "{name}");
        }
        assert_eq!(session.account(), Some("111122223333"));
    }

    #[test]
    fn services_and_providers_are_named_by_their_kind() {
        let lambda = Principal::parse("lambda.amazonaws.com");
        assert_eq!(
            naming("Service", "lambda.amazonaws.com", Some(&lambda)),
            Some(Naming::Itself)
        );
        assert_eq!(naming("AWS", "lambda.amazonaws.com", Some(&lambda)), None);
        let provider =
            "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
        assert_eq!(
            Principal::parse(provider),
            Principal::Federated(provider.to_owned())
        );
        let google = "accounts.google.com";
        assert_eq!(
            Principal::parse(google),
            Principal::Federated(google.to_owned())
        );
        assert_eq!(naming("AWS", "111122223333", None), None);
    }
}
