//! Bindings: every key asks for something that exists, every path names a real parameter.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Checked, Complaints};
use crate::catalog::format::holes;
use crate::catalog::{Bindings, Service, When};

/// The paths of an operation's parameters.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    request: Vec<String>,
    response: Vec<String>,
}

impl Parameters {
    /// The paths in a request.
    pub(super) fn request(&self) -> impl Iterator<Item = &String> {
        self.request.iter()
    }
}

/// Checks the bindings of one service.
pub(super) fn check(checked: &Checked<'_>, complaints: &mut Complaints) {
    let service = &checked.service;
    let known = Known::of_all(checked);
    check_bindings(
        &service.bindings,
        (service, &[]),
        &known,
        &format!("{}: bindings", checked.file),
        complaints,
    );
    for (operation, bindings) in &service.bindings_by_operation {
        let place = format!("{}: bindings_by_operation: {operation}", checked.file);
        if !service.has_operation(operation) {
            complaints.add(&place, "this operation is not known");
        }
        check_bindings(
            bindings,
            (service, &[]),
            &Known::of(checked, operation),
            &place,
            complaints,
        );
    }
}

/// Checks keys and paths of bindings that fill the ARNs of `service`, or `templates` beside them.
pub(super) fn check_bindings(
    bindings: &Bindings,
    (service, templates): (&Service, &[&str]),
    known: &Known,
    place: &str,
    complaints: &mut Complaints,
) {
    for (key, paths) in bindings {
        let fills_template = || {
            templates
                .iter()
                .any(|template| holes(template).any(|hole| hole == key))
        };
        if !asks_for_something(key, service) && !fills_template() {
            let wanted = "expected a placeholder, `type.Placeholder`, `@type` or `@*`";
            complaints.add(
                place,
                format!("found `{key}`, {wanted} of `{}`", service.prefix),
            );
        }
        if paths.is_empty() {
            complaints.add(place, format!("`{key}` has no path, expected at least one"));
        }
        for path in paths {
            known.check(path, &format!("{place}: {key}"), complaints);
        }
    }
}

fn asks_for_something(key: &str, service: &Service) -> bool {
    if let Some(kind) = key.strip_prefix('@') {
        return kind == "*" || service.resource_types.contains_key(kind);
    }
    let places = ["Partition", "Region", "Account"];
    let has = |kind: &crate::catalog::ResourceType, name: &str| {
        let templates = kind.templates.iter().map(|template| template.arn.as_str());
        let mut formats = kind.arns.iter().map(String::as_str).chain(templates);
        places.contains(&name) || formats.any(|format| holes(format).any(|hole| hole == name))
    };
    match key.split_once('.') {
        Some((kind, name)) => service
            .resource_types
            .get(kind)
            .is_some_and(|kind| has(kind, name)),
        None => service.resource_types.values().any(|kind| has(kind, key)),
    }
}

/// The parameters that a path may name.
#[derive(Debug, Default)]
pub(super) struct Known {
    request: Vec<String>,
    response: Vec<String>,
    /// Names that records of this API hold though its model writes them otherwise: lists, wrappers, headers.
    is_open: bool,
    is_told: bool,
}

/// APIs whose requests CloudTrail writes in a form of its own: there the last name of a path must be known, not the whole.
const OWN_FORMS: [&str; 2] = ["ec2", "s3"];

impl Known {
    /// The parameters of all operations of a service, and those that only records show.
    pub(super) fn of_all(checked: &Checked<'_>) -> Self {
        let tables = checked.parameters.into_iter().flat_map(BTreeMap::values);
        Self::of_tables(tables, &checked.service)
    }

    /// The parameters of one operation; of all where the model does not have it.
    pub(super) fn of(checked: &Checked<'_>, operation: &str) -> Self {
        match checked.parameters.and_then(|tables| tables.get(operation)) {
            Some(table) => Self::of_tables([table], &checked.service),
            None => Self::of_all(checked),
        }
    }

    fn of_tables<'a>(tables: impl IntoIterator<Item = &'a Parameters>, service: &Service) -> Self {
        let mut known = Self {
            is_open: OWN_FORMS.contains(&service.prefix.as_str()),
            ..Self::default()
        };
        let recorded = service.recorded_parameters.iter();
        known.request = recorded.map(|path| path.to_ascii_lowercase()).collect();
        for table in tables {
            known.is_told = true;
            known
                .request
                .extend(table.request.iter().map(|path| path.to_ascii_lowercase()));
            known
                .response
                .extend(table.response.iter().map(|path| path.to_ascii_lowercase()));
        }
        known
    }

    /// Checks one path in the language of the mapping.
    pub(super) fn check(&self, path: &str, place: &str, complaints: &mut Complaints) {
        let named = path
            .split('|')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let steps = named.split('.').filter(|step| !step.starts_with('['));
        let named = steps.collect::<Vec<_>>().join(".");
        if named.starts_with('=')
            || named.starts_with("@event.")
            || named.starts_with("@additional.")
            || !self.is_told
        {
            return;
        }
        let (paths, named) = match named.strip_prefix("@response.") {
            Some(named) => (&self.response, named.to_owned()),
            None => (&self.request, named),
        };
        let below = format!("{named}.");
        let is_known = paths.iter().any(|path| {
            let map = path.strip_suffix("@keys");
            *path == named
                || path.starts_with(&below)
                || map.is_some_and(|map| named.starts_with(map))
        });
        let is_seen = self.is_open && has_last_name(paths, &named);
        if !(is_known || is_seen) {
            complaints.add(place, format!("`{path}` is no parameter"));
        }
    }

    /// Checks the paths of a test.
    pub(super) fn check_when(&self, when: &When, place: &str, complaints: &mut Complaints) {
        match when {
            When::Present(path)
            | When::Absent(path)
            | When::Equals(path, _)
            | When::StartsWith(path, _) => {
                self.check(path, place, complaints);
            }
            When::All(all) | When::Any(all) => {
                for when in all {
                    self.check_when(when, place, complaints);
                }
            }
            When::Not(when) => self.check_when(when, place, complaints),
        }
    }
}

/// Says whether a path ends in a known name: EC2's records write lists as `…Set`, and its model's names are singular.
fn has_last_name(paths: &[String], named: &str) -> bool {
    let last = named.rsplit('.').next().unwrap_or_default();
    let last = last.strip_suffix("set").unwrap_or(last);
    let singular = last.strip_suffix('s').unwrap_or(last);
    let mut names = paths.iter().flat_map(|path| path.split('.'));
    names.any(|name| name == last || name == singular)
}
