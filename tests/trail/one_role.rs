//! One role's records are found among others' that only seem to be its own.

use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;

use polgen::catalog::Catalog;
use polgen::source::{Folding, ReadOptions, TrailSource, gather};
use polgen::usage::{RoleQuery, Usage};
use serde_json::{Value, json};

use super::gathering::one_by_one;
use super::{Folder, ROLE, gzip, record};

/// Folds what a search for the role's name finds, and counts the rest.
fn searched(path: &Path, query: &RoleQuery, threads: usize) -> Usage {
    let options = ReadOptions {
        threads: NonZero::new(threads),
        naming: Some(ROLE.to_owned()),
        ..ReadOptions::default()
    };
    let learned = Arc::default();
    let start = || Folding::new(query, &learned);
    let sources = [TrailSource::Path(path.to_owned())];
    let mut usage = Usage::default();
    let reading = gather(&sources, &options, &start, &mut |share| {
        usage.merge(share.usage());
    });
    usage.note_others(&reading.tally, Catalog::bundled());
    usage.finish();
    usage
}

/// A role is found however its name is written, and is not found where it only seems to call.
#[test]
fn one_role_is_found_however_its_name_is_written() {
    let mut own = record(ROLE, "plain");
    own["eventID"] = json!("00000000-0000-4000-8000-000000000001");
    let other = |number: usize, more: Value| {
        let mut one = record("web-api", "a");
        one["eventID"] = json!(format!("00000000-0000-4000-8000-{number:012}"));
        for (name, value) in more.as_object().unwrap() {
            one[name.as_str()] = value.clone();
        }
        one
    };
    // Records in parameters, whole ones and such as end the record around them, are no records.
    let fake = serde_json::to_string(&own).unwrap();
    let others = [
        other(2, json!({"requestParameters": {"record": own.clone()}})),
        other(
            3,
            json!({"requestParameters": {"list": [own.clone(), own.clone()]}}),
        ),
        other(
            4,
            json!({"requestParameters": {"text": fake, "more": format!("}}}},{fake},")}}),
        ),
        other(
            5,
            json!({"userAgent": format!("x\\\",\"userIdentity\":{{{ROLE}")}),
        ),
        other(6, json!({"requestParameters": {"key": "\\\\\"}]}"}})),
    ];
    let mut texts: Vec<String> = others.iter().map(Value::to_string).collect();
    texts.push(own.to_string());
    let mut second = own.clone();
    second["eventID"] = json!("00000000-0000-4000-8000-000000000007");
    let (first, rest) = ROLE.split_at(1);
    let code = format!("\\u{:04x}", u32::from(first.as_bytes()[0]));
    texts.push(second.to_string().replace(ROLE, &format!("{code}{rest}")));
    let whole = format!("{{\"Records\":[{}]}}", texts.join(","));
    let folder = Folder::new();
    folder.write("a.json", whole.as_bytes());
    // Several members, cut in the middle of a record.
    let (start, end) = whole.split_at(whole.len() / 2);
    let members = [gzip(start.as_bytes()), gzip(end.as_bytes())].concat();
    folder.write("b.json.gz", members);
    // Letters that are no text in a record of another role.
    let mut odd = other(8, json!({"userAgent": "-"})).to_string().into_bytes();
    let at = odd.windows(3).position(|three| three == b"\"-\"").unwrap();
    odd[at + 1] = 0xff;
    folder.write(
        "c.json",
        [b"{\"Records\":[".as_slice(), &odd, b"]}"].concat(),
    );
    let query = RoleQuery::parse(ROLE).unwrap();
    let wanted = one_by_one(folder.path(), &query);
    let role = wanted.roles.values().next().unwrap();
    assert_eq!((wanted.roles.len(), role.events), (1, 4));
    for threads in [1, 2, 8] {
        let usage = searched(folder.path(), &query, threads);
        assert_eq!(usage.roles, wanted.roles, "{threads} threads");
        assert_eq!(usage.coverage.data_types, wanted.coverage.data_types);
        assert_eq!(usage.coverage.events, wanted.coverage.events);
    }
}
