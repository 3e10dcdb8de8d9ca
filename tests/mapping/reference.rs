//! The catalog against AWS's service reference, operation by operation.
//!
//! `reference.tsv` has the rows where the reference names more or other than the action of the operation's name, or where the
//! catalog differs from it, each difference with its reason. An operation that has no row needs the action of its name, and that
//! alone: so every operation is compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use polgen::catalog::{Catalog, Standing};

use super::pages::{complaint, needs, passes_roles};

#[test]
fn every_operation_needs_what_the_service_reference_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mapping/reference.tsv");
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    assert!(lines.next().unwrap().starts_with("# "), "no source");
    let mut listed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut complaints = Vec::new();
    for row in lines {
        let (prefix, operation) = row.split('\t').next().unwrap().split_once(':').unwrap();
        let is_new = listed.entry(prefix).or_default().insert(operation);
        assert!(is_new, "{prefix}:{operation} has two rows");
        complaints.extend(complaint(prefix, row));
    }
    let catalog = Catalog::bundled();
    let mut by_name = 0;
    for service in catalog
        .prefixes()
        .filter_map(|prefix| catalog.service(prefix))
    {
        let own = listed.get(service.prefix.as_str());
        let unlisted = service
            .operations
            .iter()
            .filter(|name| own.is_none_or(|own| !own.contains(name.as_str())));
        for operation in unlisted.filter(|name| service.standing(name) == Standing::Mapped) {
            let name = format!("{}:{operation}", service.prefix).to_lowercase();
            let found = needs(service, operation);
            if found != BTreeSet::from([name]) || passes_roles(service, operation) {
                complaints.push(format!("{} {operation}: {found:?}", service.prefix));
            }
            by_name += 1;
        }
    }
    assert!(
        complaints.is_empty(),
        "{} complaints\n{}",
        complaints.len(),
        complaints.join("\n")
    );
    let rows: usize = listed.values().map(BTreeSet::len).sum();
    assert!(
        rows > 3_500 && by_name > 14_000,
        "{rows} rows, {by_name} by name"
    );
}
