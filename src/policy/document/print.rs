//! Printing: one canonical form, whatever the document was read from.
//!
//! Version, Id, Statement; in a statement Sid, Effect, Principal, Action, Resource, Condition. A single value stands without
//! its list.

use super::{ActionElement, Document, PrincipalElement, Principals, ResourceElement, Statement};
use serde_json::{Map, Value};
use std::fmt;

impl Document {
    /// Returns the document as JSON in canonical order.
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        if let Some(version) = self.version {
            object.insert("Version".to_owned(), version.as_str().into());
        }
        if let Some(id) = &self.id {
            object.insert("Id".to_owned(), id.as_str().into());
        }
        let statements = self.statements.iter().map(Statement::to_json).collect();
        object.insert("Statement".to_owned(), Value::Array(statements));
        Value::Object(object)
    }

    /// Writes the document without any white space.
    pub fn to_compact(&self) -> String {
        self.to_json().to_string()
    }
}

impl fmt::Display for Document {
    /// Writes the document over several lines, indented by two spaces, without a final line break.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.to_json())
    }
}

impl Statement {
    /// Returns the statement as JSON in canonical order.
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        if let Some(sid) = &self.sid {
            object.insert("Sid".to_owned(), sid.as_str().into());
        }
        object.insert("Effect".to_owned(), self.effect.as_str().into());
        if let Some(principal) = &self.principal {
            let (name, principals) = match principal {
                PrincipalElement::Principal(principals) => ("Principal", principals),
                PrincipalElement::NotPrincipal(principals) => ("NotPrincipal", principals),
            };
            object.insert(name.to_owned(), principals.to_json());
        }
        let name = match self.action {
            ActionElement::Action(_) => "Action",
            ActionElement::NotAction(_) => "NotAction",
        };
        object.insert(name.to_owned(), one_or_many(self.action.patterns()));
        if let Some(resource) = &self.resource {
            let name = match resource {
                ResourceElement::Resource(_) => "Resource",
                ResourceElement::NotResource(_) => "NotResource",
            };
            object.insert(name.to_owned(), one_or_many(resource.patterns()));
        }
        if !self.conditions.is_empty() {
            let operators = self.conditions.iter().map(|(operator, keys)| {
                let keys = keys
                    .iter()
                    .map(|(key, values)| (key.clone(), one_or_many(values)));
                (operator.clone(), Value::Object(keys.collect()))
            });
            object.insert("Condition".to_owned(), Value::Object(operators.collect()));
        }
        Value::Object(object)
    }
}

impl Principals {
    fn to_json(&self) -> Value {
        match self {
            Self::Everyone => "*".into(),
            Self::Named(kinds) => {
                let kinds = kinds
                    .iter()
                    .map(|(kind, names)| (kind.clone(), one_or_many(names)));
                Value::Object(kinds.collect())
            }
        }
    }
}

fn one_or_many(values: &[String]) -> Value {
    match values {
        [value] => value.as_str().into(),
        values => values.into(),
    }
}
