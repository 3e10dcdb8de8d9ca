//! The whole catalog through the mapper: every operation comes to actions that exist, to no permission, or to a reason.

use polgen::catalog::{Catalog, Service, Standing};
use polgen::mapping::{Scope, Status, map};
use serde_json::json;

use super::{event, record};

/// The most operations that may be without a known action, for each thousand; those of closed services are counted apart.
const UNMAPPED_PER_THOUSAND: usize = 5;

fn has_needs(service: &Service, operation: &str) -> bool {
    let entry = service.exceptions.get(operation);
    entry.is_some_and(|entry| entry.needs.iter().any(|need| need.when.is_some()))
}

#[test]
fn every_operation_maps_to_actions_or_says_why_not() {
    let catalog = Catalog::bundled();
    let mut template = event(&record("s3", "GetObject", &json!({}), &json!(null)));
    let (mut operations, mut closed, mut unmapped) = (0_usize, 0_usize, Vec::new());
    for prefix in catalog.prefixes() {
        let service = catalog.service(prefix).unwrap();
        let Some(source) = service.event_sources.first() else {
            continue;
        };
        for operation in &service.operations {
            operations += 1;
            template.source.clone_from(source);
            template.name.clone_from(operation);
            let mapped = map(&template, catalog);
            let standing = service.standing(operation);
            match &mapped.status {
                Status::Mapped => {
                    assert!(!mapped.accesses.is_empty(), "{prefix} {operation}");
                    assert_eq!(standing, Standing::Mapped, "{prefix} {operation}");
                }
                Status::NoPermissionNeeded(reason) => {
                    assert!(!reason.is_empty());
                    assert_eq!(standing, Standing::NoPermission, "{prefix} {operation}");
                }
                // It has needs, each behind a condition that an empty request does not meet.
                Status::Unmapped(_) if has_needs(service, operation) => {}
                Status::Unmapped(reason) if standing == Standing::Closed => {
                    assert!(!reason.is_empty());
                    closed += 1;
                }
                Status::Unmapped(reason) => {
                    assert!(!reason.is_empty());
                    assert_eq!(standing, Standing::Unmapped, "{prefix} {operation}");
                    unmapped.push(format!("{prefix} {operation}: {reason}"));
                }
                Status::NotAnApiCall => panic!("{prefix} {operation}"),
            }
            for access in &mapped.accesses {
                let (_, name, action) = catalog.action(&access.action).expect("an action");
                assert!(access.action.ends_with(name));
                assert_eq!(
                    access.scope == Scope::Any,
                    action.resource_types.is_empty(),
                    "{access:?}"
                );
            }
        }
    }
    assert!(operations > 18_000, "{operations}");
    // CloudHSM Classic; another one would be worth a look.
    assert_eq!(closed, 18);
    assert!(
        unmapped.len() * 1_000 <= operations * UNMAPPED_PER_THOUSAND,
        "{} of {operations}: {unmapped:#?}",
        unmapped.len()
    );
}

#[test]
fn hand_written_entries_have_a_source_and_name_what_exists() {
    let catalog = Catalog::bundled();
    for prefix in catalog.prefixes() {
        let service = catalog.service(prefix).unwrap();
        for (name, entry) in &service.exceptions {
            let needs: Vec<_> = entry.needs.iter().chain(&entry.also).collect();
            let says = !needs.is_empty()
                || entry.no_permission.is_some()
                || entry.unmapped.is_some()
                || entry.closed.is_some();
            assert!(
                !says || entry.source.is_some(),
                "{prefix} {name} has no source"
            );
            for need in needs {
                let (_, _, action) = catalog
                    .action(&need.action)
                    .unwrap_or_else(|| panic!("{prefix} {name}: {need:?}"));
                for kind in need.resource_types.iter().chain(need.templates.keys()) {
                    let mut types = action.resource_types.iter();
                    assert!(
                        types.any(|known| known.eq_ignore_ascii_case(kind)),
                        "{prefix} {name}: {kind}"
                    );
                }
            }
        }
        for passed in &service.passed_roles {
            assert!(!passed.source.is_empty(), "{prefix} {passed:?}");
            for operation in &passed.operations {
                assert!(
                    service.operations.contains(operation),
                    "{prefix} {operation}"
                );
            }
        }
    }
}

#[test]
fn bindings_are_about_types_that_exist() {
    let catalog = Catalog::bundled();
    let mut bound = 0;
    for prefix in catalog.prefixes() {
        let service = catalog.service(prefix).unwrap();
        let by_operation = service.bindings_by_operation.values();
        for key in by_operation
            .chain([&service.bindings])
            .flat_map(|it| it.keys())
        {
            let kind = match key.strip_prefix('@') {
                Some(kind) => Some(kind),
                None => key.split_once('.').map(|(kind, _)| kind),
            };
            let is_known = |kind: &str| kind == "*" || service.resource_types.contains_key(kind);
            assert!(kind.is_none_or(is_known), "{prefix} {key}");
            bound += 1;
        }
    }
    assert!(bound > 3_000, "{bound}");
}
