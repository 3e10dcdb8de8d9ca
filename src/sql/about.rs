//! What a query was made for, carried in its result, so that rows are not taken for something else.

use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::time::{Timestamp, Window};
use crate::usage::{PrincipalKind, RoleQuery};

/// The form of the rows that this version writes and reads.
pub(super) const FORM: u32 = 1;

/// What the rows say of themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    polgen_sql: u32,
    /// The catalog, by its digest, that told what to keep.
    catalog: String,
    /// The kind of principal, or all kinds.
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

impl About {
    /// What a query for these principals and this time says.
    pub(super) fn of(query: &RoleQuery, window: Window) -> Self {
        let kind = if query.is_everyone {
            "all"
        } else {
            query.kind.as_str()
        };
        Self {
            polgen_sql: FORM,
            catalog: Catalog::digest().to_owned(),
            kind: kind.to_owned(),
            name: query.name.clone(),
            account: query.account.clone(),
            since: window.since,
            until: window.until,
        }
    }

    /// The text that rows carry.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The time that the rows cover.
    pub(super) fn window(&self) -> Window {
        Window {
            since: self.since,
            until: self.until,
        }
    }

    /// Says what is wrong with these rows as the answer to a question, if anything is.
    pub(super) fn problem(&self, query: &RoleQuery, window: Window) -> Option<String> {
        if self.polgen_sql != FORM {
            return Some(format!(
                "expected rows of form {FORM}, found form {}",
                self.polgen_sql
            ));
        }
        if self.catalog != Catalog::digest() {
            return Some("expected rows of a query of this version of polgen, found those of another catalog, which may keep less of each record".to_owned());
        }
        let asked = if query.is_everyone {
            "all"
        } else {
            query.kind.as_str()
        };
        let is_kind = self.kind == "all" || self.kind == asked;
        let is_name = self.name.is_none() || self.name == query.name;
        let is_account = self.account.is_none() || self.account == query.account;
        if !(is_kind && is_name && is_account) {
            let mine = self.name.as_deref().unwrap_or("all");
            let account = self.account.as_deref();
            let account = account.map_or_else(String::new, |it| format!(" of account {it}"));
            return Some(format!(
                "expected rows about `{}`, found those about the {} `{mine}`{account}",
                query.shown(),
                match self.kind.as_str() {
                    "all" => PrincipalKind::Role.as_str(),
                    kind => kind,
                },
            ));
        }
        let differs =
            |mine: Option<Timestamp>, asked: Option<Timestamp>| asked.is_some() && asked != mine;
        if differs(self.since, window.since) || differs(self.until, window.until) {
            let shown = |moment: Option<Timestamp>| {
                moment.map_or_else(|| "any time".to_owned(), |it| it.to_string())
            };
            return Some(format!(
                "expected rows of the time asked for, found those from {} to {}",
                shown(self.since),
                shown(self.until)
            ));
        }
        None
    }
}
