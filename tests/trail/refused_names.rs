//! Calls that were refused on one name after the other: kept small, and alike whoever folded them.

use polgen::usage::{PrincipalKind, RoleQuery};
use serde_json::{Value, json};

use super::gathering::{gathered, one_by_one};
use super::{Folder, ROLE, gzip, record, trail};

/// Calls that were refused on names without end are cut as well, whoever folded how many of them.
#[test]
fn refused_names_without_end_are_cut_alike_in_any_order() {
    let folder = Folder::new();
    for file in 0..6 {
        let records: Vec<Value> = (0..800)
            .map(|index| {
                let key = format!("in/{}.json", file * 800 + index);
                let resource = format!("arn:aws:s3:::acme-bill/{key}");
                let mut one = record(ROLE, &key);
                one["errorCode"] = json!("AccessDenied");
                one["errorMessage"] = json!(format!(
                    "User: arn:aws:sts::111122223333:assumed-role/app/{index} is not authorized to perform: s3:GetObject on resource: \"{resource}\" because no identity-based policy allows the s3:GetObject action"
                ));
                one
            })
            .collect();
        folder.write(&format!("{file}.json.gz"), gzip(&trail(&records)));
    }
    let query = RoleQuery::every(PrincipalKind::Role);
    let wanted = one_by_one(folder.path(), &query);
    let role = wanted.roles.values().next().unwrap();
    let below: Vec<&str> = role
        .denied_below_parents()
        .map(|access| access.resource.as_str())
        .collect();
    assert_eq!((role.denied.len(), below.len()), (1, 1), "{below:?}");
    let count: u64 = role.denied.values().map(|evidence| evidence.count).sum();
    assert_eq!(count, 4800);
    for threads in [1, 2, 5] {
        assert_eq!(gathered(folder.path(), &query, threads), wanted);
    }
}
