//! Functions: who may call them, their runtime, and the secrets in their variables.

use super::{Broken, Fix, Remedy};
use crate::harden::proof::{is_narrowed, public};
use crate::harden::rules::secrets::{self, Secret};
use crate::harden::runtimes::newest_like;
use crate::policy::{Effect, PrincipalElement, Principals, Statement};
use crate::posture::{Function, Posture, ResourcePolicy, Setting};

/// A statement by which a function may be called too widely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The statement; its `Sid` is its name in AWS, and in code the resource that makes it.
    pub statement: Statement,
    /// The service that calls; none if anyone may.
    pub service: Option<String>,
    /// Says whether it is a URL that asks for no authorization.
    pub is_url: bool,
}

impl Caller {
    /// Says whether the service's resources have no account in their ARN, so that the account is to be asked for.
    pub fn needs_account(&self) -> bool {
        self.service.as_deref() == Some("s3.amazonaws.com")
    }
}

/// The changes that mend what is broken of a function.
pub(super) fn fixes(posture: &Posture, broken: &Broken<'_>) -> Vec<Fix> {
    let mut functions = posture.functions.iter();
    let Some(function) = functions.find(|one| broken.is(&one.identity)) else {
        return Vec::new();
    };
    let mut fixes = Vec::new();
    let mut add = |rules: Vec<&'static str>, remedy: Option<Remedy>, caution: &str| {
        let Some(remedy) = remedy.filter(|_| !rules.is_empty()) else {
            return;
        };
        fixes.push(Fix {
            target: function.identity.clone(),
            rules,
            remedy,
            cautions: vec![caution.to_owned()],
            is_elsewhere: function.is_elsewhere,
            was_set: true,
        });
    };
    add(
        broken.of(&["function-runtime-unsupported"]),
        runtime(function, posture),
        "test it before; Lambda does not take an old runtime back once changes of it are blocked",
    );
    let rules = broken.of(&["function-policy-public", "function-policy-without-source"]);
    let remedy = callers(function, &rules);
    add(
        rules,
        remedy,
        "whoever else calls it by these statements is refused then",
    );
    add(
        broken.of(&["function-secret-in-environment"]),
        secrets(function),
        "the code must read the secret by its name before, and the role needs `secretsmanager:GetSecretValue` on it; then make a new secret, since the old one was to be read",
    );
    fixes
}

fn runtime(function: &Function, posture: &Posture) -> Option<Remedy> {
    let from = function.runtime.value()?.clone();
    let to = newest_like(&from, posture.today?)?.to_owned();
    Some(Remedy::Runtime { from, to })
}

fn callers(function: &Function, rules: &[&str]) -> Option<Remedy> {
    let Setting::Set(policy, _) = &function.policy else {
        return None;
    };
    let mut callers = Vec::new();
    if rules.contains(&"function-policy-public") {
        callers.extend(open_to_anyone(policy));
    }
    if rules.contains(&"function-policy-without-source") {
        callers.extend(policy.document.statements.iter().filter_map(|statement| {
            let service = service_of(statement)?;
            let is_open = !is_narrowed(&statement.conditions, &policy.holes);
            (statement.effect == Effect::Allow && is_open).then(|| Caller {
                statement: statement.clone(),
                service: Some(service.to_owned()),
                is_url: false,
            })
        }));
    }
    // A statement without a name cannot be taken away by itself.
    let is_named = callers.iter().all(|one| one.statement.sid.is_some());
    (is_named && !callers.is_empty()).then_some(Remedy::Callers(callers))
}

fn open_to_anyone(policy: &ResourcePolicy) -> Vec<Caller> {
    let (found, _) = public(policy);
    let statements = found
        .iter()
        .filter_map(|(index, _)| policy.document.statements.get(*index));
    let caller = |statement: &Statement| Caller {
        statement: statement.clone(),
        service: None,
        is_url: is_of_url(statement),
    };
    statements.map(caller).collect()
}

fn is_of_url(statement: &Statement) -> bool {
    let mut actions = statement.action.patterns().iter();
    actions.any(|action| action.eq_ignore_ascii_case("lambda:InvokeFunctionUrl"))
}

fn service_of(statement: &Statement) -> Option<&str> {
    match &statement.principal {
        Some(PrincipalElement::Principal(Principals::Named(kinds))) => {
            kinds.get("Service")?.first().map(String::as_str)
        }
        _ => None,
    }
}

fn secrets(function: &Function) -> Option<Remedy> {
    let is_secret = |(name, (value, _)): &(&String, &(Setting<String>, _))| {
        matches!(
            secrets::of(name, value),
            Secret::InClear | Secret::AtDeployment
        )
    };
    // What was not read would be lost.
    if function.environment_gap.is_some() {
        return None;
    }
    let (found, others): (Vec<_>, Vec<_>) = function.environment.iter().partition(is_secret);
    let names = |all: Vec<(&String, &(Setting<String>, _))>| -> Vec<String> {
        all.into_iter().map(|(name, _)| name.clone()).collect()
    };
    Some(Remedy::Secrets {
        names: names(found),
        others: names(others),
    })
}
