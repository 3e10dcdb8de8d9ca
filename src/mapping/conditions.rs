//! The condition keys that an access fixes: hardly any has one, and there are accesses by the million.

use std::collections::BTreeMap;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

type Keys = BTreeMap<String, Vec<String>>;

static NONE: Keys = Keys::new();

/// Condition keys and the values that they have: `iam:PassedToService`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Keys", into = "Keys")]
pub struct AccessConditions(Option<Box<Keys>>);

impl AccessConditions {
    /// Says whether there are none.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }
}

impl Deref for AccessConditions {
    type Target = Keys;

    fn deref(&self) -> &Keys {
        self.0.as_deref().unwrap_or(&NONE)
    }
}

impl From<Keys> for AccessConditions {
    fn from(keys: Keys) -> Self {
        Self((!keys.is_empty()).then(|| Box::new(keys)))
    }
}

impl From<AccessConditions> for Keys {
    fn from(conditions: AccessConditions) -> Self {
        conditions.0.map(|it| *it).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_none_however_it_came_about() {
        let none = AccessConditions::default();
        assert!(none.is_none() && none.is_empty());
        assert_eq!(AccessConditions::from(Keys::new()), none);
        assert_eq!(
            serde_json::from_str::<AccessConditions>("{}").unwrap(),
            none
        );
        assert_eq!(serde_json::to_string(&none).unwrap(), "{}");
        let keys = Keys::from([("kms:ViaService".to_owned(), vec!["s3".to_owned()])]);
        let one = AccessConditions::from(keys.clone());
        assert!(none < one && *one == keys);
    }
}
