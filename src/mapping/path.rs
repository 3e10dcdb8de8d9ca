//! Paths: where in a record a value stands. The catalog's bindings and conditions are written in this small language.
//!
//! ```text
//! bucketName                      a member of requestParameters, without regard to case
//! delete.object.key               members of members; lists are walked through, and so are EC2's `items` and `content`
//! requestItems.@keys              the names of the members (DynamoDB writes tables so)
//! items.[operation=Put].key       goes on only where the member `operation` has that text, without regard to case
//! @response.subnet.subnetId       the same in responseElements; @additional for additionalEventData
//! @event.invokedBy                a fact about the event
//! =default                        the text itself
//! queueUrl|part(/,-1)|like(?*)    a value passed through filters (see `filter.rs`)
//! ```

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::call::{Call, Origin};
use super::filter;

/// How deep a walk goes: requests are shallow, hostile ones are cut.
const DEPTH_MAX: usize = 24;
/// How many values one path yields; a request that names more is not taken at its word.
pub(super) const VALUES_MAX: usize = 4_096;
/// The step that asks for the names of an object's members; a list of names in their stead will do.
const KEYS: &str = "@keys";
/// The step that starts in `responseElements`.
pub(super) const RESPONSE: &str = "@response";
/// The step that starts in `additionalEventData`.
const ADDITIONAL: &str = "@additional";
/// Members that only wrap a list or a value.
pub(super) const WRAPPERS: [&str; 4] = ["items", "item", "member", "content"];

/// A value that a path found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found<'a> {
    /// As the record has it.
    pub(super) raw: Cow<'a, str>,
    /// After the filters; `None` when one of them refused it.
    pub(super) text: Option<String>,
    /// The arrays it stands in.
    pub(super) trail: Trail<'a>,
}

/// In which element of which array a value stands: the array's path, and the element.
pub(super) type Trail<'a> = Vec<(Vec<&'a str>, usize)>;

/// Says whether two values can belong to one resource: where they stand in the same array, they stand in the same element.
pub(super) fn belong_together(left: &Trail<'_>, right: &Trail<'_>) -> bool {
    left.iter().all(|(path, at)| {
        right
            .iter()
            .all(|(other, other_at)| path != other || at == other_at)
    })
}

/// Says whether a path starts in the answer.
pub(super) fn is_of_response(path: &str) -> bool {
    path.starts_with(RESPONSE)
}

/// A path as a rule names it, without filters.
pub(super) fn shown(path: &str) -> String {
    let place = path.split('|').next().unwrap_or_default();
    match (place.split_once('.'), place.strip_prefix('=')) {
        (Some((RESPONSE, rest)), _) => format!("responseElements.{rest}"),
        (Some((ADDITIONAL, rest)), _) => format!("additionalEventData.{rest}"),
        (Some(("@event", rest)), _) => format!("the event's {rest}"),
        (_, Some(constant)) => format!("`{constant}` by default"),
        _ => format!("requestParameters.{place}"),
    }
}

/// Finds the values of a path, in the record's order.
pub(super) fn find<'a>(call: &Call<'a>, path: &'a str) -> Vec<Found<'a>> {
    let mut parts = path.split('|');
    let place = parts.next().unwrap_or_default();
    let filters: Vec<&str> = parts.collect();
    let mut found = Vec::new();
    let mut keep = |raw: Cow<'a, str>, trail: &Trail<'a>| {
        if !raw.is_empty() && found.len() < VALUES_MAX {
            let text = filter::apply(&filters, &raw);
            found.push(Found {
                raw,
                text,
                trail: trail.clone(),
            });
        }
    };
    if let Some(constant) = place.strip_prefix('=') {
        if !call.hides_request() {
            keep(Cow::Borrowed(constant), &Vec::new());
        }
        return found;
    }
    if let Some(fact) = place.strip_prefix("@event.") {
        if let Some(text) = call.fact(fact) {
            keep(Cow::Borrowed(text), &Vec::new());
        }
        return found;
    }
    walk(call, place, &mut |leaf, trail| match leaf {
        Leaf::Key(key) => keep(Cow::Borrowed(key), trail),
        Leaf::Value(Value::String(text)) => keep(Cow::Borrowed(text), trail),
        Leaf::Value(value @ (Value::Number(_) | Value::Bool(_))) => {
            keep(Cow::Owned(value.to_string()), trail);
        }
        Leaf::Value(_) => {}
    });
    found
}

/// Says whether something stands at a path: anything but null, an empty text, list or object.
pub(super) fn is_present(call: &Call<'_>, path: &str) -> bool {
    if path.starts_with('=') || path.starts_with("@event.") || path.contains('|') {
        return find(call, path).iter().any(|found| found.text.is_some());
    }
    let mut is_present = false;
    walk(call, path, &mut |leaf, _| {
        is_present |= match leaf {
            Leaf::Key(_) => true,
            Leaf::Value(value) => !is_empty(value),
        };
    });
    is_present
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

/// What stands at the end of a path.
enum Leaf<'a> {
    Key(&'a str),
    Value(&'a Value),
}

fn walk<'a>(call: &Call<'a>, place: &'a str, visit: &mut dyn FnMut(Leaf<'a>, &Trail<'a>)) {
    let (origin, place) = match place.split_once('.') {
        Some((RESPONSE, rest)) => (Origin::Response, rest),
        Some((ADDITIONAL, rest)) => (Origin::Additional, rest),
        _ => (Origin::Request, place),
    };
    let mut steps: Vec<&str> = place.split('.').collect();
    let wants_keys = steps.last() == Some(&KEYS);
    if wants_keys {
        steps.pop();
    }
    let mut walk = Walk {
        steps,
        wants_keys,
        trail: Vec::new(),
        visit,
    };
    for root in call.roots(origin) {
        walk.descend(root, 0, 0);
    }
}

/// A walk along the steps of one path.
struct Walk<'v, 'a> {
    steps: Vec<&'a str>,
    wants_keys: bool,
    trail: Trail<'a>,
    visit: &'v mut dyn FnMut(Leaf<'a>, &Trail<'a>),
}

impl<'a> Walk<'_, 'a> {
    fn descend(&mut self, value: &'a Value, taken: usize, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        let step = self.steps.get(taken).copied();
        match value {
            Value::Array(values) => {
                let path = self.steps.get(..taken).unwrap_or_default().to_vec();
                for (at, value) in values.iter().enumerate() {
                    self.trail.push((path.clone(), at));
                    self.descend(value, taken, depth + 1);
                    self.trail.pop();
                }
            }
            Value::Object(members) if step.is_none() && self.wants_keys => {
                for key in members.keys() {
                    (self.visit)(Leaf::Key(key), &self.trail);
                }
            }
            Value::Object(members) => {
                if let Some(test) = step.filter(|step| step.starts_with('[')) {
                    if passes(members, test) {
                        self.descend(value, taken + 1, depth + 1);
                    }
                } else if let Some(value) = step.and_then(|step| member(members, step)) {
                    self.descend(value, taken + 1, depth + 1);
                } else if let Some(value) = WRAPPERS.iter().find_map(|name| members.get(*name)) {
                    self.descend(value, taken, depth + 1);
                } else if step.is_none() {
                    (self.visit)(Leaf::Value(value), &self.trail);
                }
            }
            _ if step.is_none() => (self.visit)(Leaf::Value(value), &self.trail),
            _ => {}
        }
    }
}

/// Says whether an object passes a test like `[operation=Put]`.
fn passes(members: &Map<String, Value>, test: &str) -> bool {
    let inner = test
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inner
        .and_then(|inner| inner.split_once('='))
        .is_some_and(|(name, wanted)| {
            member(members, name)
                .and_then(Value::as_str)
                .is_some_and(|text| text.eq_ignore_ascii_case(wanted))
        })
}

/// A member by its name, without regard to case.
pub(super) fn member<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.get(name).or_else(|| {
        members
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}

#[cfg(test)]
mod tests;
