//! What CloudTrail shows of operations and actions: facts from `action-catalog/visibility.json`.
//!
//! An operation that no fact names is a management event. What is not known is a class of its own, and is treated as not
//! observable: a use that cannot be seen is never called no use.

use serde::Deserialize;

use super::{Catalog, Operation, Service};

/// What CloudTrail shows of an operation; the most hidden class is the smallest.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// Never recorded.
    NeverLogged,
    /// Not known: treated as not observable.
    Unknown,
    /// A data event of this resource type: off by default.
    Data(String),
    /// A management event that a trail may exclude (KMS, RDS Data API).
    Excludable,
    /// Always recorded by a trail of management events.
    Management,
}

/// A fact about the visibility of some operations.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct VisibilityFact {
    /// The operations, or actions that are no operation; `*` means all that no other fact names.
    pub operations: Vec<String>,
    /// What CloudTrail shows of them.
    pub visibility: Visibility,
    /// Where the fact comes from.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
}

/// How sure a fact is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// A guess, or contradicting sources.
    Low,
    /// Documentation that leaves room.
    Medium,
    /// Documentation that names it, or a real record.
    High,
}

impl Service {
    /// What CloudTrail shows of an operation of this service.
    pub fn visibility(&self, operation: &str) -> Visibility {
        let entry = self.exceptions.get(operation);
        if let Some(visibility) = entry.and_then(|entry| entry.visibility.clone()) {
            return visibility;
        }
        if let Some(fact) = self.visibility_fact(operation) {
            return fact.visibility.clone();
        }
        let is_known = entry.is_some() || self.has_operation(operation);
        if is_known {
            Visibility::Management
        } else {
            Visibility::Unknown
        }
    }

    /// The fact that tells the visibility of an operation, if one does.
    pub fn visibility_fact(&self, operation: &str) -> Option<&VisibilityFact> {
        let naming = |wanted: &str| {
            let facts = self.visibility.iter();
            facts
                .clone()
                .find(|fact| fact.operations.iter().any(|known| known == wanted))
        };
        naming(operation).or_else(|| naming("*"))
    }

    /// Says whether the API has an operation of this name.
    pub fn has_operation(&self, operation: &str) -> bool {
        self.operations
            .binary_search_by(|known| known.as_str().cmp(operation))
            .is_ok()
    }

    /// The operations that need an action of this service, sorted.
    pub fn operations_needing(&self, action: &str) -> Vec<&str> {
        let full = format!("{}:{action}", self.prefix);
        let needs = |entry: &Operation| {
            let mut all = entry.needs.iter().chain(&entry.also);
            all.any(|need| need.action.eq_ignore_ascii_case(&full))
        };
        let mut found: Vec<&str> = self
            .exceptions
            .iter()
            .filter(|(_, entry)| needs(entry))
            .map(|(name, _)| name.as_str())
            .collect();
        for shared in &self.shared_needs {
            if shared.need.action.eq_ignore_ascii_case(&full) {
                found.extend(shared.operations.keys().map(String::as_str));
            }
        }
        let own = self
            .operations
            .iter()
            .find(|name| name.eq_ignore_ascii_case(action));
        let is_default =
            |entry: &Operation| entry.needs.is_empty() && entry.no_permission.is_none();
        if let Some(name) = own
            && self.exceptions.get(name).is_none_or(is_default)
        {
            found.push(name);
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl Catalog {
    /// What CloudTrail shows of an action's uses: the classes of all operations that need it, the most hidden first.
    ///
    /// An action that no operation is known to need is [`Visibility::Unknown`]; an unknown action has no classes.
    pub fn visibilities_of_action(&self, action: &str) -> Vec<Visibility> {
        let Some((service, name, _)) = self.action(action) else {
            return Vec::new();
        };
        let operations = service.operations_needing(name);
        let mut classes: Vec<Visibility> = operations
            .iter()
            .map(|operation| service.visibility(operation))
            .collect();
        if classes.is_empty() {
            classes.push(service.visibility(name));
        }
        classes.sort();
        classes.dedup();
        classes
    }

    /// Says whether some operation of the action's own service is known to need it.
    pub fn is_needed_by_an_operation(&self, action: &str) -> bool {
        self.action(action)
            .is_some_and(|(service, name, _)| !service.operations_needing(name).is_empty())
    }

    /// The most hidden class of an action's uses: if it shows, every use shows.
    pub fn visibility_of_action(&self, action: &str) -> Visibility {
        let classes = self.visibilities_of_action(action);
        classes.into_iter().next().unwrap_or(Visibility::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_action(action: &str) -> Visibility {
        Catalog::bundled().visibility_of_action(action)
    }

    #[test]
    fn actions_show_as_their_operations_do() {
        assert_eq!(of_action("logs:PutLogEvents"), Visibility::NeverLogged);
        assert_eq!(of_action("logs:CreateLogGroup"), Visibility::Management);
        assert_eq!(of_action("kms:decrypt"), Visibility::Excludable);
        assert_eq!(of_action("iam:PassRole"), Visibility::NeverLogged);
        assert_eq!(
            of_action("dynamodb:PutItem"),
            Visibility::Data("AWS::DynamoDB::Table".to_owned())
        );
        assert_eq!(of_action("s3:NoSuchAction"), Visibility::Unknown);
    }

    #[test]
    fn every_fact_names_an_operation_or_an_action() {
        let catalog = Catalog::bundled();
        for service in catalog
            .prefixes()
            .filter_map(|prefix| catalog.service(prefix))
        {
            for name in service.visibility.iter().flat_map(|fact| &fact.operations) {
                let is_known = name == "*"
                    || service.has_operation(name)
                    || service.actions.contains_key(name);
                assert!(is_known, "{}: {name}", service.prefix);
            }
        }
    }
}
