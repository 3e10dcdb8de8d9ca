//! A policy document as it is written: its elements, as text.
//!
//! Nothing is interpreted here beyond the grammar; patterns and conditions are compiled by [`evaluate`](super::evaluate).
//! Source: the IAM user guide, "Grammar of the IAM JSON policy language", and its element reference.

mod json;
mod print;
mod read;
mod rules;
mod size;

pub use read::DocumentError;
pub use size::{Quota, size_of_text};

use indexmap::IndexMap;

/// A policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The version of the language; absent means 2008-10-17.
    pub version: Option<Version>,
    /// A name for the whole; only some resource policies use it.
    pub id: Option<String>,
    /// The statements, in order.
    pub statements: Vec<Statement>,
}

/// A version of the policy language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 2008-10-17: `${…}` is literal text.
    V2008,
    /// 2012-10-17: variables and escapes.
    V2012,
}

/// What a policy is attached to; this decides which elements it must and may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    /// On a user, group or role; also a boundary, a session policy, or a service control policy.
    Identity,
    /// On a resource: it names principals.
    Resource,
    /// On a role: who may assume it. It names principals and no resource.
    Trust,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its name.
    pub sid: Option<String>,
    /// What it does to the requests that it matches.
    pub effect: Effect,
    /// Whose requests it matches.
    pub principal: Option<PrincipalElement>,
    /// Which actions it matches.
    pub action: ActionElement,
    /// Which resources it matches; absent in a trust policy, and in resource policies of some services.
    pub resource: Option<ResourceElement>,
    /// Under which conditions it matches.
    pub conditions: Conditions,
}

/// operator -> condition key -> values. All must hold; of the values, one.
pub type Conditions = IndexMap<String, IndexMap<String, Vec<String>>>;

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// It grants.
    Allow,
    /// It refuses, whatever others grant.
    Deny,
}

/// `Action` or `NotAction`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionElement {
    /// These actions.
    Action(Vec<String>),
    /// All but these.
    NotAction(Vec<String>),
}

/// `Resource` or `NotResource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourceElement {
    /// These resources.
    Resource(Vec<String>),
    /// All but these.
    NotResource(Vec<String>),
}

/// `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrincipalElement {
    /// These principals.
    Principal(Principals),
    /// All but these.
    NotPrincipal(Principals),
}

/// Principals, by their kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principals {
    /// `"*"`.
    Everyone,
    /// `AWS`, `Service`, `Federated`, `CanonicalUser` -> names.
    Named(IndexMap<String, Vec<String>>),
}

impl Effect {
    /// Returns the element's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

impl Version {
    /// Returns the element's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2008 => "2008-10-17",
            Self::V2012 => "2012-10-17",
        }
    }
}

impl Document {
    /// Makes a document of the current version.
    pub fn new(statements: Vec<Statement>) -> Self {
        Self {
            version: Some(Version::V2012),
            id: None,
            statements,
        }
    }

    /// Returns the version that applies: 2008-10-17 if none is written.
    pub fn effective_version(&self) -> Version {
        self.version.unwrap_or(Version::V2008)
    }
}

impl Statement {
    /// Makes a statement that allows these actions on these resources.
    pub fn allow(
        actions: impl IntoIterator<Item = impl Into<String>>,
        resources: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            sid: None,
            effect: Effect::Allow,
            principal: None,
            action: ActionElement::Action(actions.into_iter().map(Into::into).collect()),
            resource: Some(ResourceElement::Resource(
                resources.into_iter().map(Into::into).collect(),
            )),
            conditions: Conditions::new(),
        }
    }
}

impl ActionElement {
    /// Returns the patterns as written.
    pub fn patterns(&self) -> &[String] {
        let (Self::Action(patterns) | Self::NotAction(patterns)) = self;
        patterns
    }

    /// Says whether it is `NotAction`.
    pub fn is_negated(&self) -> bool {
        matches!(self, Self::NotAction(_))
    }
}

impl ResourceElement {
    /// Returns the patterns as written.
    pub fn patterns(&self) -> &[String] {
        let (Self::Resource(patterns) | Self::NotResource(patterns)) = self;
        patterns
    }

    /// Says whether it is `NotResource`.
    pub fn is_negated(&self) -> bool {
        matches!(self, Self::NotResource(_))
    }
}
