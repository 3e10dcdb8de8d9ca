//! What all roles may do today: from the file of a whole account, or read from each account of an organization. A role whose policies
//! are not known is not compared, and that is told; nothing of it is called unused.

use std::collections::{BTreeMap, BTreeSet};

use super::Args;
use super::row::Row;
use crate::arn::is_account;
use crate::cli::Failure;
use crate::cli::live::Connection;
use crate::report::{plain, plural};
use crate::source::current::AccountDetails;
use crate::synthesis::CurrentPolicy;
use crate::trail::RoleName;
use crate::usage::RoleUsage;

/// What is known of what roles may do.
#[derive(Debug, Default)]
pub(super) struct Today {
    /// The file of `--current`.
    pub(super) file: Option<AccountDetails>,
    /// By account, its roles or why they could not be read.
    pub(super) accounts: BTreeMap<String, Result<AccountDetails, String>>,
}

/// A role's policies, if they are known.
#[derive(Debug, Default)]
pub(super) struct Policies {
    pub(super) list: Option<Vec<CurrentPolicy>>,
    /// Why the role is not compared, though it was asked for.
    pub(super) not_compared: Option<String>,
}

impl Policies {
    pub(super) fn known(list: Option<Vec<CurrentPolicy>>) -> Self {
        Self {
            list,
            not_compared: None,
        }
    }

    fn not_compared(why: String) -> Self {
        Self {
            list: None,
            not_compared: Some(why),
        }
    }
}

impl Today {
    /// The policies of a role.
    pub(super) fn policies_of(&self, role: &RoleName) -> Result<Policies, Failure> {
        if let Some(file) = &self.file {
            return Ok(Policies::known(file.policies_of(role)?));
        }
        let details = match self.accounts.get(&role.account) {
            Some(Ok(details)) => details,
            Some(Err(why)) => {
                let why = format!("account {}: {why}", role.account);
                return Ok(Policies::not_compared(why));
            }
            None => return Ok(Policies::default()),
        };
        Ok(match details.policies_of(role) {
            Ok(Some(list)) => Policies::known(Some(list)),
            Ok(None) => Policies::not_compared(format!(
                "account {} has no role of this name any more",
                role.account
            )),
            Err(error) => Policies::not_compared(error.to_string()),
        })
    }

    /// Says whether a role is known to carry a tag.
    pub(super) fn has_tag(&self, role: &RoleName, key: &str, value: &str) -> bool {
        let of_account = self.accounts.get(&role.account);
        let of_account = of_account.and_then(|details| details.as_ref().ok());
        let mut details = self.file.iter().chain(of_account);
        details.any(|details| details.has_tag(role, key, value))
    }

    /// The accounts whose roles could not be read, with the reason.
    pub(super) fn missing(&self) -> impl Iterator<Item = (&str, &str)> {
        let accounts = self.accounts.iter();
        accounts.filter_map(|(account, details)| {
            Some((account.as_str(), details.as_ref().err()?.as_str()))
        })
    }
}

/// What the accounts of the roles say that they may do, where it is asked for.
pub(super) fn accounts(
    args: &Args,
    roles: &[RoleUsage],
    connection: &mut Connection<'_>,
) -> Result<BTreeMap<String, Result<AccountDetails, String>>, Failure> {
    let Some(name) = &args.all.assume_role_name else {
        return Ok(BTreeMap::new());
    };
    let accounts = roles.iter().map(|role| role.role.account.clone());
    // What comes from the log becomes a part of an ARN.
    let accounts: BTreeSet<String> = accounts.filter(|id| is_account(id)).collect();
    connection.account_roles(name, &accounts)
}

/// Tells of which roles it is not known what they may do: once of an account, and else of each.
pub(super) fn tell_not_compared(rows: &[Row], today: &Today) {
    for (account, why) in today.missing() {
        let roles = rows.iter().filter(|row| row.account == account).count();
        anstream::eprintln!(
            "warning: account {}: {} not compared: {}",
            plain(account),
            plural(roles, "role is", "roles are"),
            plain(why)
        );
    }
    let is_told = |row: &Row| today.missing().any(|(account, _)| account == row.account);
    for row in rows {
        if let Some(why) = row.not_compared.as_ref().filter(|_| !is_told(row)) {
            anstream::eprintln!("warning: {}: not compared: {}", plain(&row.arn), plain(why));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn role(account: &str, name: &str) -> RoleName {
        RoleName::from_role_arn(&format!("arn:aws:iam::{account}:role/{name}")).unwrap()
    }

    #[test]
    fn what_is_not_known_is_not_compared() {
        let details = json!({"RoleDetailList": [
            {"RoleName": "app", "Arn": "arn:aws:iam::111122223333:role/app", "Tags": [{"Key": "team", "Value": "x"}], "RolePolicyList": [
                {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}}]},
            {"RoleName": "broken", "Arn": "arn:aws:iam::111122223333:role/broken", "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::111122223333:policy/gone"}]},
        ]});
        let details = AccountDetails::of("account 111122223333", details).unwrap();
        let today = Today {
            file: None,
            accounts: BTreeMap::from([
                ("111122223333".to_owned(), Ok(details)),
                (
                    "444455556666".to_owned(),
                    Err("sts:AssumeRole: not permitted".to_owned()),
                ),
            ]),
        };
        let of = |account: &str, name: &str| today.policies_of(&role(account, name)).unwrap();
        let app = of("111122223333", "app");
        assert!(app.list.is_some_and(|list| list.len() == 1) && app.not_compared.is_none());
        for (account, name, why) in [
            ("111122223333", "gone", "no role of this name"),
            ("111122223333", "broken", "neither in the file nor known"),
            (
                "444455556666",
                "app",
                "account 444455556666: sts:AssumeRole: not permitted",
            ),
        ] {
            let found = of(account, name);
            assert!(found.list.is_none(), "{name}");
            assert!(found.not_compared.unwrap().contains(why), "{name}");
        }
        assert!(today.has_tag(&role("111122223333", "app"), "team", "x"));
        assert!(!today.has_tag(&role("444455556666", "app"), "team", "x"));
        assert_eq!(today.missing().count(), 1);
    }
}
