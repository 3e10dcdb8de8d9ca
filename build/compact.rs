//! Makes a service small and quick to read: what its actions share is written once, and named by its place.
//!
//! `src/catalog/packed.rs` reads what this writes.

use serde_json::{Map, Value, json};

use crate::Outcome;
use crate::files::{text, texts};

/// Rewrites a service; the fields that are not about actions and operations stay as they are.
pub(crate) fn compact(mut service: Map<String, Value>) -> Outcome<Value> {
    let Some(Value::Object(actions)) = service.insert("actions".to_owned(), json!({})) else {
        return Err("a service without actions".into());
    };
    let mut words = Words::default();
    let mut profiles: Vec<Value> = Vec::new();
    let mut profile_of = Vec::new();
    for action in actions.values() {
        let action = action.as_object().ok_or("an action that is no object")?;
        let profile = words.profile(action);
        let at = profiles.iter().position(|known| *known == profile);
        profile_of.push(at.unwrap_or(profiles.len()));
        if at.is_none() {
            profiles.push(profile);
        }
    }
    let (mut own_operations, mut other_operations) = (Vec::new(), Vec::new());
    for operation in texts(&service, "operations") {
        match actions.keys().position(|known| *known == operation) {
            Some(at) => own_operations.push(at),
            None => other_operations.push(operation),
        }
    }
    service.insert("operations".to_owned(), json!([]));
    Ok(json!({
        "words": words.0,
        "profiles": profiles,
        "actions": actions.keys().collect::<Vec<_>>(),
        "profile_of": profile_of,
        "own_operations": own_operations,
        "other_operations": other_operations,
        "service": service,
    }))
}

/// Words by their place.
#[derive(Default)]
struct Words(Vec<String>);

impl Words {
    fn place(&mut self, word: String) -> usize {
        let known = self.0.iter().position(|known| *known == word);
        known.unwrap_or_else(|| {
            self.0.push(word);
            self.0.len() - 1
        })
    }

    /// Level, resource types, condition keys, and the source if there is one.
    fn profile(&mut self, action: &Map<String, Value>) -> Value {
        let mut places = |key: &str| -> Vec<usize> {
            texts(action, key)
                .into_iter()
                .map(|word| self.place(word))
                .collect()
        };
        let (types, keys) = (places("resource_types"), places("condition_keys"));
        let level = self.place(text(action, "access_level").unwrap_or_default());
        json!([level, types, keys, text(action, "source")])
    }
}
