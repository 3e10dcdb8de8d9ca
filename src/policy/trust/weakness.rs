//! What is wrong with a trust policy by itself: that everyone may take the role on, any repository, or a service for anybody.
//!
//! A statement is weak if a stranger gets past it: somebody of another account, a workflow of a repository that anybody may make, a
//! service that acts for another customer. What a condition asks of values that infrastructure code leaves open is not known.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{Named, allowing, named};
use crate::pattern::{Pattern, Token};
use crate::policy::operator::{Comparison, Family, Operator, Relation};
use crate::policy::{
    CompiledPolicy, Context, Document, Effect, PrincipalElement, Statement, Version,
};

/// The provider of GitHub's workflows.
const GITHUB: &str = "token.actions.githubusercontent.com";
/// What a token of GitHub's says that tells the repository or its owner; behind the provider's name and a colon.
const GITHUB_CLAIMS: [&str; 7] = [
    "sub",
    "job_workflow_ref",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "enterprise_id",
];
/// Keys that tell for whom a service acts.
const SOURCE_KEYS: [&str; 5] = [
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "sts:externalid",
];
/// Keys that tell who asks, or from where; what else a condition may ask for, anybody can have.
const WHO_KEYS: [&str; 17] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceidentity",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "aws:vpcsourceip",
    "sts:externalid",
];

#[derive(Debug, Deserialize)]
struct Services {
    services: BTreeMap<String, String>,
}

static SERVICES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    // A test reads the file; what it holds is fixed when the program is built.
    serde_json::from_str::<Services>(include_str!("services.json"))
        .map(|file| file.services)
        .unwrap_or_default()
});

/// Something that is wrong with a trust policy, or may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weakness {
    /// What.
    pub kind: WeaknessKind,
    /// Who is trusted.
    pub principal: Named,
    /// Where the fault is to be seen: the principal, or the condition that is too weak.
    pub path: String,
    /// What was found, in words.
    pub what: String,
    /// Says whether it is certain; else it depends on a value that is not known.
    pub is_certain: bool,
}

/// The kinds of weaknesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WeaknessKind {
    /// Everyone may take the role on.
    Everyone,
    /// A workflow of any repository at GitHub may.
    AnyRepository,
    /// A service may, whoever it acts for.
    AnySource,
}

/// Finds what is wrong with a trust policy; `is_open` says of which texts nothing is known.
pub fn weaknesses(document: &Document, is_open: &dyn Fn(&str) -> bool) -> Vec<Weakness> {
    let mut found = Vec::new();
    for (index, statement) in allowing(document) {
        let look = Look {
            document,
            statement,
            index,
            is_open,
        };
        if let Some(PrincipalElement::NotPrincipal(_)) = statement.principal {
            let everyone = Named {
                kind: "AWS".to_owned(),
                name: "*".to_owned(),
                path: format!("Statement[{index}].NotPrincipal"),
            };
            let what = "all but those whom it names may take the role on";
            found.extend(look.everyone(everyone, what));
            continue;
        }
        for principal in named(statement, index) {
            found.extend(look.at(principal));
        }
    }
    found
}

/// How well a condition keeps strangers out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Guard {
    /// Not at all.
    Open,
    /// That depends on what is not known.
    Unknown,
    /// Well.
    Closed,
}

struct Look<'a> {
    document: &'a Document,
    statement: &'a Statement,
    index: usize,
    is_open: &'a dyn Fn(&str) -> bool,
}

impl Look<'_> {
    fn at(&self, principal: Named) -> Option<Weakness> {
        if principal.is_everyone() && principal.kind != "Service" {
            return self.everyone(principal, "everyone may take the role on");
        }
        match principal.kind.as_str() {
            "AWS" => self.perhaps_everyone(principal),
            "Federated" => self.github(principal),
            "Service" => self.service(principal),
            _ => None,
        }
    }

    fn everyone(&self, principal: Named, who: &str) -> Option<Weakness> {
        let is_who = |key: &str| {
            WHO_KEYS.contains(&key) || key.starts_with("saml:") || key.contains(".com:")
        };
        let guard = self.guard(&is_who, &is_narrow);
        let stranger = "arn:aws:iam::999999999999:user/stranger";
        let context = [
            ("aws:principalaccount", "999999999999"),
            ("aws:principalarn", stranger),
            ("aws:principalorgid", "o-stranger"),
        ];
        let asked: Vec<&String> = self.keys().collect();
        let only = match asked.as_slice() {
            [] => "no condition says who".to_owned(),
            keys => format!("no condition says who: {} anybody may have", listed(keys)),
        };
        let what = format!("{who}, and {only}");
        self.weakness(WeaknessKind::Everyone, (principal, guard), &context, what)
    }

    /// A principal of which nothing is known may be everyone, unless it is the ARN of something.
    fn perhaps_everyone(&self, principal: Named) -> Option<Weakness> {
        let name = principal.name.to_ascii_lowercase();
        let is_whole = name.starts_with("${") && name.find('}') == Some(name.len() - 1);
        let is_arn = name.ends_with("arn}") || name.starts_with("${aws::");
        if !is_whole || is_arn || !(self.is_open)(&principal.name) {
            return None;
        }
        let what = format!("who `{}` is, is not known", principal.name);
        let weakness = self.everyone(principal, "")?;
        Some(Weakness {
            what,
            is_certain: false,
            ..weakness
        })
    }

    fn github(&self, principal: Named) -> Option<Weakness> {
        if !principal.name.ends_with(GITHUB) {
            return None;
        }
        let claims = GITHUB_CLAIMS.map(|claim| format!("{GITHUB}:{claim}"));
        let is_claim = |key: &str| claims.iter().any(|claim| claim == key);
        let guard = self.guard(&is_claim, &|_, pattern| names_owner(pattern));
        let subject = format!("{GITHUB}:sub");
        let audience = format!("{GITHUB}:aud");
        let context = [
            (
                subject.as_str(),
                "repo:a-stranger/anything:ref:refs/heads/main",
            ),
            (audience.as_str(), "sts.amazonaws.com"),
        ];
        let values: Vec<&String> = self
            .conditions()
            .filter(|(key, _)| key.eq_ignore_ascii_case(&subject))
            .flat_map(|(_, values)| values)
            .collect();
        let what = if values.is_empty() {
            format!(
                "a workflow of any repository at GitHub may take the role on: `{subject}` is not asked for"
            )
        } else {
            format!(
                "a workflow of anybody's repository at GitHub may take the role on: `{subject}` may be {}",
                listed(&values)
            )
        };
        self.weakness(
            WeaknessKind::AnyRepository,
            (principal, guard),
            &context,
            what,
        )
    }

    fn service(&self, principal: Named) -> Option<Weakness> {
        SERVICES.get(&principal.name)?;
        let is_source = |key: &str| SOURCE_KEYS.contains(&key);
        let guard = self.guard(&is_source, &is_narrow);
        let what = format!(
            "`{}` may take the role on for whomever it acts: neither `aws:SourceAccount` nor `aws:SourceArn` is asked for",
            principal.name
        );
        let context = [("aws:sourceaccount", "999999999999")];
        self.weakness(WeaknessKind::AnySource, (principal, guard), &context, what)
    }

    fn weakness(
        &self,
        kind: WeaknessKind,
        (principal, guard): (Named, Guard),
        context: &[(&str, &str)],
        what: String,
    ) -> Option<Weakness> {
        let is_denied = self.is_denied(context);
        let is_certain = guard == Guard::Open && is_denied == Some(false);
        let is_closed = guard == Guard::Closed || is_denied == Some(true);
        (!is_closed).then(|| Weakness {
            kind,
            path: if self.keys().next().is_some() && kind != WeaknessKind::Everyone {
                format!("Statement[{}].Condition", self.index)
            } else {
                principal.path.clone()
            },
            principal,
            what,
            is_certain,
        })
    }

    /// How well the conditions on some keys keep strangers out; each of several must hold, so the best decides.
    fn guard(
        &self,
        is_wanted: &dyn Fn(&str) -> bool,
        is_narrow: &dyn Fn(&str, &Pattern) -> bool,
    ) -> Guard {
        let conditions = self.statement.conditions.iter();
        let all = conditions.flat_map(|(operator, keys)| {
            let keys = keys.iter();
            keys.map(move |(key, values)| (operator, key.to_ascii_lowercase(), values))
        });
        let wanted = all.filter(|(_, key, _)| is_wanted(key));
        let guards = wanted.map(|(operator, key, values)| {
            self.guard_of(operator, values, &|pattern| is_narrow(&key, pattern))
        });
        guards.max().unwrap_or(Guard::Open)
    }

    fn guard_of(
        &self,
        operator: &str,
        values: &[String],
        is_narrow: &dyn Fn(&Pattern) -> bool,
    ) -> Guard {
        let Some(operator) = Operator::parse(operator) else {
            // It never holds.
            return Guard::Closed;
        };
        let comparison = operator.comparison;
        if operator.if_exists
            || comparison == Comparison::Null
            || comparison.relation() == Relation::Differs
        {
            return Guard::Open;
        }
        let has_wildcards = matches!(comparison.family(), Family::Like | Family::Arn);
        let read = match (self.document.effective_version(), has_wildcards) {
            (Version::V2008, true) => Pattern::parse_2008,
            (Version::V2012, true) => Pattern::parse,
            (Version::V2008, false) => Pattern::literal,
            (Version::V2012, false) => Pattern::parse_without_wildcards,
        };
        let of_value = |value: &String| {
            let pattern = read(value);
            let is_fixed = is_narrow(&filled(&pattern, Token::Literal('\u{1}')));
            let is_narrow_anyway = is_narrow(&filled(&pattern, Token::Many));
            let may_be_wild = has_wildcards && (self.is_open)(value) && has_wild_hole(&pattern);
            match is_fixed && !is_everywhere(value) {
                true if is_narrow_anyway || !may_be_wild => Guard::Closed,
                true => Guard::Unknown,
                false => Guard::Open,
            }
        };
        // One of several values is enough, so the weakest decides.
        values.iter().map(of_value).min().unwrap_or(Guard::Closed)
    }

    /// Says whether a denial keeps out a stranger of whom this is known; none if that depends on more.
    fn is_denied(&self, context: &[(&str, &str)]) -> Option<bool> {
        let context: Context = context
            .iter()
            .map(|(key, value)| (*key, vec![(*value).to_owned()]))
            .collect();
        let mut answer = Some(false);
        let compiled = CompiledPolicy::new(self.document);
        for (statement, compiled) in self.document.statements.iter().zip(&compiled.statements) {
            if statement.effect != Effect::Deny {
                continue;
            }
            let names_all = named(statement, 0).iter().any(Named::is_everyone)
                && matches!(statement.principal, Some(PrincipalElement::Principal(_)));
            let holds = compiled.conditions.iter().all(|one| one.holds(&context));
            let is_known = compiled
                .conditions
                .iter()
                .all(|one| context.get(&one.key).is_some());
            match (names_all && is_known, holds) {
                (true, true) => return Some(true),
                (true, false) => {}
                (false, _) => answer = None,
            }
        }
        answer
    }

    fn conditions(&self) -> impl Iterator<Item = (&String, &Vec<String>)> {
        self.statement.conditions.values().flatten()
    }

    fn keys(&self) -> impl Iterator<Item = &String> {
        self.conditions().map(|(key, _)| key)
    }
}

/// Says whether a claim of GitHub's tells whose repository it is: an owner stands before the first wildcard.
fn names_owner(pattern: &Pattern) -> bool {
    if pattern.as_literal().is_some() {
        return true;
    }
    let prefix = pattern.literal_prefix();
    match prefix.strip_prefix("repo:") {
        Some(rest) => rest.find('/').is_some_and(|at| at > 0),
        // Another claim, or a form of `sub` that the owner chose.
        None => prefix.contains(['/', ':']) && !pattern.intersects(&Pattern::parse("repo:*")),
    }
}

/// Says whether a value keeps out a stranger: an ARN names another account than his, anything else is not simply everything.
fn is_narrow(key: &str, pattern: &Pattern) -> bool {
    let is_arn = matches!(key, "aws:principalarn" | "aws:sourcearn");
    !pattern.is_any() && (!is_arn || names_account(&pattern.to_string()))
}

/// Says whether the pattern of an ARN holds for one account alone; where none stands in it, for one name.
fn names_account(arn: &str) -> bool {
    const ACCOUNT: usize = 4;
    let parts: Vec<&str> = arn.splitn(ACCOUNT + 2, ':').collect();
    let Some(account) = parts.get(ACCOUNT) else {
        return Pattern::parse(arn).as_literal().is_some();
    };
    let name = if account.is_empty() {
        parts.last().unwrap_or(account)
    } else {
        account
    };
    let first = Pattern::parse(name);
    let is_whole = first.as_literal().is_some() || account.is_empty();
    is_whole && !first.literal_prefix().is_empty()
}

/// Puts one token in the place of every variable.
fn filled(pattern: &Pattern, token: Token) -> Pattern {
    Pattern::from_tokens(pattern.tokens().map(|one| match one {
        Token::Variable(_) => token.clone(),
        other => other,
    }))
}

/// Says whether a variable may hold a wildcard: an account, a region or an ARN that the tool fills in does not.
fn has_wild_hole(pattern: &Pattern) -> bool {
    let is_filled_in = |key: &str| key.starts_with("aws::") || key.ends_with("arn");
    let mut variables = pattern.variables();
    variables.any(|variable| !is_filled_in(&variable.key))
}

/// Says whether a range of addresses is all of them.
fn is_everywhere(value: &str) -> bool {
    matches!(value, "0.0.0.0/0" | "::/0")
}

fn listed(values: &[&String]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    quoted.join(", ")
}
