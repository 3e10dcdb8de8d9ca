//! Compiled policies: every pattern and condition read once.

use super::principal::{Naming, PrincipalMatch};
use super::{Condition, Context, Request};
use crate::pattern::{ActionPattern, Pattern};
use crate::policy::{ActionElement, Document, Effect, ResourceElement, Statement, Version};

/// A policy, ready to decide.
#[derive(Clone, Debug, PartialEq)]
pub struct CompiledPolicy {
    /// The statements, in the document's order.
    pub statements: Vec<CompiledStatement>,
}

/// A statement, ready to decide.
#[derive(Clone, Debug, PartialEq)]
pub struct CompiledStatement {
    /// What it does.
    pub effect: Effect,
    /// Whose requests it matches; none if the statement names nobody, and then it matches all.
    pub principal: Option<PrincipalMatch>,
    /// Says whether `actions` are those that it does *not* match.
    pub is_not_action: bool,
    /// The action patterns.
    pub actions: Vec<ActionPattern>,
    /// Says whether `resources` are those that it does *not* match.
    pub is_not_resource: bool,
    /// The resource patterns; a statement without a resource element has `*`.
    pub resources: Vec<Pattern>,
    /// The conditions, all of which must hold.
    pub conditions: Vec<Condition>,
}

impl CompiledPolicy {
    /// Compiles a document.
    pub fn new(document: &Document) -> Self {
        let version = document.effective_version();
        let compile = |statement| CompiledStatement::new(statement, version);
        Self {
            statements: document.statements.iter().map(compile).collect(),
        }
    }
}

impl CompiledStatement {
    fn new(statement: &Statement, version: Version) -> Self {
        let read = match version {
            Version::V2008 => Pattern::parse_2008,
            Version::V2012 => Pattern::parse,
        };
        let resources = statement.resource.as_ref().map(|resource| {
            let patterns = resource.patterns().iter();
            patterns.map(|text| read(text)).collect()
        });
        let actions = statement.action.patterns().iter();
        Self {
            effect: statement.effect,
            principal: statement.principal.as_ref().map(PrincipalMatch::new),
            is_not_action: matches!(statement.action, ActionElement::NotAction(_)),
            actions: actions.map(|text| ActionPattern::parse(text)).collect(),
            is_not_resource: matches!(statement.resource, Some(ResourceElement::NotResource(_))),
            resources: resources.unwrap_or_else(|| vec![Pattern::any()]),
            conditions: Condition::compile_all(&statement.conditions, version),
        }
    }

    /// Says whether the statement matches an action, given in lower case.
    pub fn matches_action(&self, action_in_lower_case: &str) -> bool {
        let is_listed = |pattern: &ActionPattern| pattern.matches_lower_case(action_in_lower_case);
        self.actions.iter().any(is_listed) != self.is_not_action
    }

    /// Says whether the statement matches a resource.
    ///
    /// A pattern with a variable that has no value matches nothing, and `NotResource` with such a pattern neither.
    pub fn matches_resource(&self, resource: &str, context: &Context) -> bool {
        let mut is_listed = false;
        for pattern in &self.resources {
            match pattern.resolve(|key| context.single(key)) {
                Some(pattern) if pattern.matches(resource) => is_listed = true,
                None if self.is_not_resource => return false,
                _ => continue,
            }
            break;
        }
        is_listed != self.is_not_resource
    }

    /// Tells how the statement names the principal of a request, if it does.
    pub(super) fn names(&self, request: &Request) -> Option<Naming> {
        match &self.principal {
            None => Some(Naming::Itself),
            Some(element) => element.names(request.principal.as_ref()),
        }
    }

    /// Says whether the statement matches a request, its principal aside.
    pub(super) fn matches(&self, request: &Request) -> bool {
        self.matches_action(&request.action_in_lower_case)
            && self.matches_resource(&request.resource, &request.context)
            && self
                .conditions
                .iter()
                .all(|condition| condition.holds(&request.context))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PolicyKind;

    fn statement(resource: &str) -> CompiledStatement {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*",{resource}}}]}}"#
        );
        let document = Document::parse(&text, PolicyKind::Identity).unwrap();
        CompiledPolicy::new(&document).statements.remove(0)
    }

    #[test]
    fn a_variable_without_a_value_matches_nothing_and_excludes_nothing_either() {
        let none = Context::default();
        let ann: Context = [("aws:username", vec!["ann".to_owned()])]
            .into_iter()
            .collect();
        let listed = statement(r#""Resource":["home/${aws:username}","x"]"#);
        assert!(listed.matches_resource("x", &none));
        assert!(!listed.matches_resource("home/ann", &none));
        assert!(listed.matches_resource("home/ann", &ann));
        let others = statement(r#""NotResource":["home/${aws:username}","x"]"#);
        assert!(!others.matches_resource("y", &none));
        assert!(others.matches_resource("y", &ann));
        assert!(!others.matches_resource("home/ann", &ann));
    }
}
