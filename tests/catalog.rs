//! The files of `action-catalog/`, as they are committed.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot read the folder should fail at once"
)]

#[path = "../src/catalog/overlay.rs"]
mod overlay;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use polgen::catalog::lint::lint;
use polgen::catalog::{Catalog, Service};
use polgen::pattern::Pattern;
use proptest::prelude::*;
use serde_json::{Map, Value};

/// The JSON files of the folder, by their names below it.
fn files() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("action-catalog");
    let mut files = BTreeMap::new();
    let mut read = |path: &Path, name: String| {
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.insert(name, fs::read_to_string(path).unwrap());
        }
    };
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            for entry in fs::read_dir(&path).unwrap() {
                let path = entry.unwrap().path();
                read(
                    &path,
                    format!("{name}/{}", path.file_name().unwrap().to_str().unwrap()),
                );
            }
        } else {
            read(&path, name);
        }
    }
    files
}

#[test]
fn the_files_pass_the_lint() {
    let files = files();
    assert!(files.len() > 2_000, "{} files", files.len());
    let complaints = lint(&files);
    let shown: Vec<String> = complaints
        .iter()
        .take(40)
        .map(ToString::to_string)
        .collect();
    assert!(
        complaints.is_empty(),
        "{} complaints\n{}",
        complaints.len(),
        shown.join("\n")
    );
}

/// The schema of a file: that of its folder, or of its own name.
fn schema_of(name: &str) -> String {
    let stem = match name.split_once('/') {
        Some(("services", _)) => "service",
        Some(("managed-policies", _)) => "managed-policy",
        Some(("runtimes", _)) => "runtime",
        Some((folder, _)) => folder,
        None => name.trim_end_matches(".json"),
    };
    format!("schema/{stem}.schema.json")
}

#[test]
fn every_file_keeps_to_its_schema() {
    let files = files();
    let parse = |name: &str| serde_json::from_str::<Value>(&files[name]).unwrap();
    let mut schemas = BTreeMap::new();
    let mut checked = 0;
    for name in files.keys().filter(|name| !name.starts_with("schema/")) {
        let schema = schema_of(name);
        assert!(files.contains_key(&schema), "{name} has no schema");
        let validator = schemas.entry(schema).or_insert_with_key(|schema| {
            assert!(jsonschema::meta::is_valid(&parse(schema)), "{schema}");
            jsonschema::validator_for(&parse(schema)).unwrap()
        });
        let value = parse(name);
        let problems: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| format!("{name}: {}: {error}", error.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
        // A member that nobody knows is refused, so that a misspelt one is found.
        let mut changed = value;
        if let Some(object) = first_closed_object(&mut changed, name) {
            object.insert("a stranger".to_owned(), Value::Null);
            assert!(!validator.is_valid(&changed), "{name} takes any member");
        }
        checked += 1;
    }
    let unused: Vec<&String> = files
        .keys()
        .filter(|name| name.starts_with("schema/") && !schemas.contains_key(*name))
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
    assert!(checked > 2_000, "{checked} files");
}

/// An object of a file whose members have fixed names: the file's own, or the first below a table or a list.
fn first_closed_object<'v>(value: &'v mut Value, name: &str) -> Option<&'v mut Map<String, Value>> {
    let tables = [
        "parameters/",
        "visibility",
        "assignments",
        "roles-not-passed",
    ];
    let is_table = tables.iter().any(|start| name.starts_with(start));
    let value = if is_table {
        value.as_object_mut()?.values_mut().next()?
    } else {
        value
    };
    let value = if value.is_array() {
        value.as_array_mut()?.first_mut()?
    } else {
        value
    };
    value.as_object_mut()
}

#[test]
fn the_binary_holds_what_the_files_say() {
    let files = files();
    let object = |name: &str| -> Map<String, Value> {
        serde_json::from_str(files.get(name).map_or("{}", String::as_str)).unwrap()
    };
    let visibility = object("visibility.json");
    let catalog = Catalog::bundled();
    for prefix in catalog.prefixes() {
        let mut layers = object(&format!("services/{prefix}.json"));
        overlay::lay_over(&mut layers, object(&format!("exceptions/{prefix}.json")));
        if let Some(facts) = visibility.get(prefix) {
            layers.insert("visibility".to_owned(), facts.clone());
        }
        let written: Service = serde_json::from_value(Value::Object(layers)).unwrap();
        assert!(catalog.service(prefix) == Some(&written), "{prefix}");
    }
}

/// An ARN made from a format: every placeholder becomes a text that no format's fixed words contain.
fn made_from(format: &str, texts: &[String]) -> String {
    let mut arn = String::new();
    let mut rest = format;
    let mut texts = texts.iter().cycle();
    while let Some((fixed, after)) = rest.split_once("${") {
        let (name, tail) = after.split_once('}').unwrap();
        arn.push_str(fixed);
        match name {
            "Partition" => arn.push_str("aws"),
            "Region" => arn.push_str("eu-west-1"),
            "Account" => arn.push_str("111122223333"),
            _ => arn.push_str(texts.next().unwrap()),
        }
        rest = tail;
    }
    arn + rest
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// An ARN made from a format is recognized as its type; as others only where their formats really overlap.
    #[test]
    fn arns_are_recognized_as_their_types(texts in proptest::collection::vec("[a-z0-9]{8,12}", 1..6)) {
        let catalog = Catalog::bundled();
        for service in catalog.prefixes().filter_map(|prefix| catalog.service(prefix)) {
            for (name, kind) in &service.resource_types {
                for format in &kind.arns {
                    let arn = made_from(format, &texts);
                    let found = service.resource_types_of(&arn);
                    let may_be = |other: &str| other == name || may_have_form_of(service, other, format);
                    prop_assert!(!found.is_empty(), "{}: {arn} made from {name} is of no type", service.prefix);
                    for other in &found {
                        prop_assert!(may_be(other), "{}: {arn} made from {name} is also {other}", service.prefix);
                    }
                }
            }
        }
    }
}

/// Says whether a type has a format that a text of `format` may have as well.
fn may_have_form_of(service: &Service, other: &str, format: &str) -> bool {
    service.resource_types[other]
        .arns
        .iter()
        .any(|other| overlaps(format, other))
}

/// Says whether some ARN has the form of both formats: decided, not guessed, by the intersection of their patterns.
fn overlaps(one: &str, other: &str) -> bool {
    let (mut mine, mut theirs) = (one.splitn(6, ':'), other.splitn(6, ':'));
    let is_open = |part: &str| part.starts_with("${") || part == "*";
    // The places before the resource hold no colon, so each is compared with its like.
    for _ in 0..5 {
        let (mine, theirs) = (mine.next().unwrap(), theirs.next().unwrap());
        if mine != theirs && !is_open(mine) && !is_open(theirs) {
            return false;
        }
    }
    let resource = |rest: Option<&str>| Pattern::parse(&with_some_text(rest.unwrap()));
    resource(mine.next()).intersects(&resource(theirs.next()))
}

/// A format as a glob; a placeholder stands for at least one letter.
fn with_some_text(format: &str) -> String {
    let mut parts = format.split("${");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |glob, part| {
        glob + "?*" + part.split_once('}').unwrap().1
    })
}

#[test]
fn overlap_is_decided_exactly() {
    for (one, other, wanted) in [
        ("arn:a:b:c:d:role/${R}", "arn:a:b:c:d:role/x/${R}", true),
        ("arn:a:b:c:d:role/${R}", "arn:a:b:c:d:role/", false),
        ("arn:a:b:c:d:${A}/x", "arn:a:b:c:d:y/${B}", true),
        ("arn:a:b:c:d:${A}/x", "arn:a:b:c:d:y/${B}/z", false),
        ("arn:a:b:${R}:d:x", "arn:a:b::d:x", true),
        ("arn:a:b:c:d:x", "arn:a:b::d:x", false),
    ] {
        assert_eq!(overlaps(one, other), wanted, "{one} {other}");
    }
}
