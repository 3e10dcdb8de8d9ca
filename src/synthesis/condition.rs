//! The conditions of a grant, and which of two sets of conditions is the weaker.

use std::collections::BTreeMap;

use crate::policy;

/// operator -> condition key -> values, as in a policy.
pub type Conditions = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// The operator that observed values are compared with.
const EQUALS: &str = "StringEquals";

/// Makes conditions that hold for exactly these values.
pub fn equals(values: &BTreeMap<String, Vec<String>>) -> Conditions {
    if values.is_empty() {
        return Conditions::new();
    }
    Conditions::from([(EQUALS.to_owned(), values.clone())])
}

/// Reads the conditions of a statement.
pub(super) fn of_statement(conditions: &policy::Conditions) -> Conditions {
    let keys = |keys: &indexmap::IndexMap<String, Vec<String>>| {
        keys.iter()
            .map(|(key, values)| (key.clone(), values.clone()))
            .collect()
    };
    conditions
        .iter()
        .map(|(operator, by_key)| (operator.clone(), keys(by_key)))
        .collect()
}

/// Writes conditions into the form that a statement has.
pub(super) fn to_statement(conditions: &Conditions) -> policy::Conditions {
    let keys = |keys: &BTreeMap<String, Vec<String>>| {
        keys.iter()
            .map(|(key, values)| (key.clone(), values.clone()))
            .collect()
    };
    conditions
        .iter()
        .map(|(operator, by_key)| (operator.clone(), keys(by_key)))
        .collect()
}

/// Says whether `wide` surely holds whenever `narrow` does: all that it asks is asked there too, of no more values.
pub fn is_wider(wide: &Conditions, narrow: &Conditions) -> bool {
    wide.iter().all(|(operator, keys)| {
        keys.iter().all(|(key, values)| {
            let asked = narrow.get(operator).and_then(|keys| keys.get(key));
            asked.is_some_and(|fewer| {
                fewer == values
                    || (operator == EQUALS && fewer.iter().all(|value| values.contains(value)))
            })
        })
    })
}

/// The service that the conditions name, for a statement's name.
pub(super) fn service_named(conditions: &Conditions) -> Option<&str> {
    let mut keys = conditions.values().flatten();
    let (_, values) = keys.find(|(key, _)| !key.starts_with("aws:") && !key.starts_with("s3:"))?;
    values.first().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(operator: &str, values: &[&str]) -> Conditions {
        let values = values.iter().map(ToString::to_string).collect();
        Conditions::from([(
            operator.to_owned(),
            BTreeMap::from([("k".to_owned(), values)]),
        )])
    }

    #[test]
    fn fewer_questions_and_more_values_are_wider() {
        assert!(is_wider(&Conditions::new(), &one("StringEquals", &["a"])));
        assert!(!is_wider(&one("StringEquals", &["a"]), &Conditions::new()));
        assert!(is_wider(
            &one("StringEquals", &["a", "b"]),
            &one("StringEquals", &["a"])
        ));
        assert!(!is_wider(
            &one("StringEquals", &["a"]),
            &one("StringEquals", &["a", "b"])
        ));
    }

    #[test]
    fn negated_operators_are_wider_only_if_equal() {
        assert!(!is_wider(
            &one("StringNotEquals", &["a", "b"]),
            &one("StringNotEquals", &["a"])
        ));
        assert!(is_wider(
            &one("StringNotEquals", &["a"]),
            &one("StringNotEquals", &["a"])
        ));
    }
}
