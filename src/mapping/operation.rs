//! Which operation an event is, and which permissions that needs.
//!
//! The event source tells the services it may belong to. A hand-written entry wins, then an action of the operation's name;
//! S3 logs names that are no operation but are actions. Anything else is unmapped: names are never bent until they fit.

use std::borrow::Cow;

use crate::catalog::{Catalog, Need, NeedReason, Operation, Service};
use crate::trail::Event;

use super::Status;

/// What an event is, in the catalog's words.
#[derive(Debug)]
pub(super) struct Found<'a> {
    /// The operation's name, without an API version.
    pub(super) name: String,
    /// The service it belongs to.
    pub(super) service: &'a Service,
    /// What it needs.
    pub(super) needs: Vec<Cow<'a, Need>>,
}

/// Finds the operation of an event; the status says why there is none.
pub(super) fn find<'a>(event: &Event, catalog: &'a Catalog) -> Result<Found<'a>, Status> {
    of_name(&event.source, &event.name, catalog)
}

/// Finds an operation by the names of an event.
pub(super) fn of_name<'a>(
    event_source: &str,
    event_name: &str,
    catalog: &'a Catalog,
) -> Result<Found<'a>, Status> {
    let services = catalog.services_of_event_source(event_source);
    if services.is_empty() {
        let reason = format!("no service is known for the event source `{event_source}`");
        return Err(Status::Unmapped(reason));
    }
    choose(&services, event_name)
}

pub(super) fn choose<'a>(services: &[&'a Service], event_name: &str) -> Result<Found<'a>, Status> {
    for name in [event_name, without_version(event_name)] {
        for service in services {
            if let Some(entry) = entry_of(service, name) {
                return needs_of(service, name, entry);
            }
        }
        for service in services {
            if let Some(need) = need_of_same_name(service, name) {
                let own = std::iter::once(need).chain(service.shared_needs_of(name));
                return Ok(Found {
                    name: name.to_owned(),
                    service,
                    needs: own.map(Cow::Owned).collect(),
                });
            }
        }
    }
    let name = without_version(event_name);
    let is_operation = services
        .iter()
        .any(|service| service.operations.iter().any(|known| known == name));
    Err(Status::Unmapped(if is_operation {
        format!("no action is known for the operation `{name}`")
    } else {
        format!("`{event_name}` is neither an operation nor an action that the catalog knows")
    }))
}

/// The hand-written entry of an operation, if it says anything about permissions.
fn entry_of<'a>(service: &'a Service, name: &str) -> Option<&'a Operation> {
    service.exceptions.get(name).filter(|entry| {
        let has_needs = !entry.needs.is_empty() || !entry.also.is_empty();
        has_needs
            || entry.no_permission.is_some()
            || entry.unmapped.is_some()
            || entry.closed.is_some()
    })
}

fn needs_of<'a>(
    service: &'a Service,
    name: &str,
    entry: &'a Operation,
) -> Result<Found<'a>, Status> {
    if let Some(reason) = entry.unmapped.as_ref().or(entry.closed.as_ref()) {
        return Err(Status::Unmapped(reason.clone()));
    }
    if let Some(reason) = &entry.no_permission {
        return Err(Status::NoPermissionNeeded(reason.clone()));
    }
    let mut needs: Vec<Cow<'_, Need>> = entry.needs.iter().map(Cow::Borrowed).collect();
    if needs.is_empty() {
        let Some(need) = need_of_same_name(service, name) else {
            let reason = format!("no action is known for the operation `{name}`");
            return Err(Status::Unmapped(reason));
        };
        needs.push(Cow::Owned(need));
    }
    needs.extend(entry.also.iter().map(Cow::Borrowed));
    needs.extend(service.shared_needs_of(name).map(Cow::Owned));
    Ok(Found {
        name: name.to_owned(),
        service,
        needs,
    })
}

fn need_of_same_name(service: &Service, name: &str) -> Option<Need> {
    let (name, _) = service.action(name)?;
    Some(Need {
        action: format!("{}:{name}", service.prefix),
        when: None,
        bindings: indexmap::IndexMap::new(),
        resource_types: Vec::new(),
        resource_types_from: Vec::new(),
        templates: indexmap::IndexMap::new(),
        conditions: indexmap::IndexMap::new(),
        reason: NeedReason::Operation,
    })
}

/// Cuts the API version off a name such as `CreateFunction20150331`, `GetFunction20150331v2` or
/// `CreateDistribution2020_05_31`. Other digits belong to the name (`ListObjectsV2`, `CreateEnvironmentEC2`).
pub(super) fn without_version(name: &str) -> &str {
    let dated = match name.rsplit_once('v') {
        Some((dated, revision)) if is_digits(revision, 1) => dated,
        _ => name,
    };
    let underscored = dated
        .len()
        .checked_sub(10)
        .and_then(|at| dated.split_at_checked(at));
    let plain = dated
        .len()
        .checked_sub(8)
        .and_then(|at| dated.split_at_checked(at));
    let cut = |split: Option<(&'_ str, &'_ str)>, digits: fn(&str) -> Option<String>| {
        let (head, date) = split?;
        let is_version = !head.is_empty() && digits(date).is_some_and(|date| is_date(&date));
        is_version.then_some(head.len())
    };
    let length = cut(underscored, |date| {
        let parts: Vec<&str> = date.split('_').collect();
        matches!(parts.as_slice(), [year, month, day] if year.len() == 4 && month.len() == 2 && day.len() == 2)
            .then(|| parts.concat())
    })
    .or_else(|| cut(plain, |date| Some(date.to_owned())));
    length.and_then(|length| name.get(..length)).unwrap_or(name)
}

fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Says whether eight digits are a date of the AWS era: year, month, day.
fn is_date(text: &str) -> bool {
    let number =
        |range: std::ops::Range<usize>| text.get(range).and_then(|it| it.parse::<u16>().ok());
    is_digits(text, 8)
        && matches!(number(0..4), Some(2000..=2099))
        && matches!(number(4..6), Some(1..=12))
        && matches!(number(6..8), Some(1..=31))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_versions_are_cut_off() {
        let cases = [
            ("CreateFunction20150331", "CreateFunction"),
            ("GetFunction20150331v2", "GetFunction"),
            ("CreateDistribution2020_05_31", "CreateDistribution"),
            ("ListObjectsV2", "ListObjectsV2"),
            ("RestoreDBInstanceFromS3", "RestoreDBInstanceFromS3"),
            ("CreateEnvironmentEC2", "CreateEnvironmentEC2"),
            ("DescribeThing12345678", "DescribeThing12345678"),
            ("DescribeThing20151331", "DescribeThing20151331"),
            ("GetThing2020_5_031", "GetThing2020_5_031"),
            ("20150331", "20150331"),
            ("Größe20150331", "Größe"),
            ("v2", "v2"),
            ("", ""),
        ];
        for (name, wanted) in cases {
            assert_eq!(without_version(name), wanted, "{name}");
        }
    }
}
