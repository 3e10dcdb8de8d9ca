//! What a rule sees of a policy: its statements, compiled and with their actions expanded through the catalog.

use super::{Finding, Severity};
use crate::catalog::{Action, Catalog, Service};
use crate::pattern::Pattern;
use crate::policy::evaluate::{CompiledPolicy, CompiledStatement};
use crate::policy::{ActionElement, Document, Effect, PolicyKind, ResourceElement, Statement};

/// A policy to be checked.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The document.
    pub document: &'a Document,
    /// What it is attached to.
    pub kind: PolicyKind,
    /// The facts.
    pub catalog: &'a Catalog,
    /// The document, compiled.
    pub compiled: CompiledPolicy,
    /// For each statement, the patterns of its `Action` with the actions that they match; empty for `NotAction`.
    expanded: Vec<Vec<(&'a str, Vec<String>)>>,
}

/// One statement in all its forms.
#[derive(Clone, Copy, Debug)]
pub struct Part<'s> {
    /// Its index.
    pub index: usize,
    /// As written.
    pub statement: &'s Statement,
    /// Compiled.
    pub compiled: &'s CompiledStatement,
    /// The patterns of its `Action` with the actions that they match.
    pub actions: &'s [(&'s str, Vec<String>)],
}

impl<'a> Subject<'a> {
    /// Prepares a policy.
    pub fn new(document: &'a Document, kind: PolicyKind, catalog: &'a Catalog) -> Self {
        let expand = |statement: &'a Statement| match &statement.action {
            ActionElement::Action(patterns) => patterns
                .iter()
                .map(|pattern| (pattern.as_str(), catalog.expand(pattern)))
                .collect(),
            ActionElement::NotAction(_) => Vec::new(),
        };
        Self {
            document,
            kind,
            catalog,
            compiled: CompiledPolicy::new(document),
            expanded: document.statements.iter().map(expand).collect(),
        }
    }

    /// Lists the statements.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let compiled = self.compiled.statements.iter();
        let all = self
            .document
            .statements
            .iter()
            .zip(compiled)
            .zip(&self.expanded);
        all.enumerate()
            .map(|(index, ((statement, compiled), actions))| Part {
                index,
                statement,
                compiled,
                actions,
            })
    }

    /// Lists the statements that allow.
    pub fn allowing(&self) -> impl Iterator<Item = Part<'_>> {
        self.parts()
            .filter(|part| part.statement.effect == Effect::Allow)
    }

    /// Returns the first statement that allows an action, if no statement denies the action everywhere.
    pub fn allows(&self, action: &str) -> Option<Part<'_>> {
        let action = action.to_ascii_lowercase();
        let matches = |part: &Part<'_>| part.compiled.matches_action(&action);
        let mut parts = self.parts();
        let is_denied = parts.any(|part| {
            part.statement.effect == Effect::Deny
                && part.is_unconditional()
                && part.has_any_resource()
                && matches(&part)
        });
        self.allowing().find(|part| !is_denied && matches(part))
    }

    /// Looks an action up.
    pub fn fact(&self, action: &str) -> Option<(&Service, &Action)> {
        let (service, _, action) = self.catalog.action(action)?;
        Some((service, action))
    }
}

impl Part<'_> {
    /// Says whether the statement holds whatever the request's keys.
    pub fn is_unconditional(&self) -> bool {
        self.compiled.conditions.is_empty()
    }

    /// Says whether the statement matches every resource.
    pub fn has_any_resource(&self) -> bool {
        !self.compiled.is_not_resource && self.compiled.resources.iter().any(Pattern::is_any)
    }

    /// Lists the resources as written, if the statement lists what it matches.
    pub fn resources(&self) -> &[String] {
        match &self.statement.resource {
            Some(ResourceElement::Resource(patterns)) => patterns,
            _ => &[],
        }
    }

    /// Lists those of some actions that the statement matches whatever the resource and the request's keys.
    pub fn everywhere(&self, actions: &[&str]) -> Vec<String> {
        if !(self.has_any_resource() && self.is_unconditional()) {
            return Vec::new();
        }
        let matches = |action: &&&str| self.compiled.matches_action(&action.to_ascii_lowercase());
        let matching = actions.iter().filter(matches);
        matching.map(|action| (*action).to_owned()).collect()
    }

    /// Makes a finding at one of the statement's elements.
    pub fn finding(&self, element: &str, message: impl Into<String>) -> Finding {
        let dot = if element.is_empty() { "" } else { "." };
        Finding {
            statement: Some(self.index),
            path: format!("Statement[{}]{dot}{element}", self.index),
            rule: "",
            severity: Severity::Informational,
            message: message.into(),
        }
    }
}

/// Lists names for a message: the first few, and how many more.
pub(super) fn list(names: &[String]) -> String {
    const MOST: usize = 4;
    let shown: Vec<String> = names
        .iter()
        .take(MOST)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.len().checked_sub(MOST) {
        None | Some(0) => shown.join(", "),
        Some(more) => format!("{} and {more} more", shown.join(", ")),
    }
}
