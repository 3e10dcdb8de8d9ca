//! Lays the hand-written layer of the catalog over the generated one: the build script does, and the lint.

use serde_json::{Map, Value};

/// Lays `above` over `below`, at every depth: what a list adds comes first, `null` takes away, the rest is added or replaced.
pub(crate) fn lay_over(below: &mut Map<String, Value>, above: Map<String, Value>) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (_, Value::Null) => {
                below.shift_remove(&key);
            }
            (Some(Value::Array(old)), Value::Array(new)) => put_first(old, new),
            (Some(Value::Object(old)), Value::Object(new)) => lay_over(old, new),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

fn put_first(old: &mut Vec<Value>, mut new: Vec<Value>) {
    let rest: Vec<Value> = old.drain(..).filter(|value| !new.contains(value)).collect();
    new.extend(rest);
    *old = new;
}
