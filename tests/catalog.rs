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

/// The fixed words of a format, its placeholders all alike.
fn shape(format: &str) -> String {
    let mut shape = String::new();
    for (at, part) in format.split("${").enumerate() {
        let fixed = if at == 0 {
            part
        } else {
            part.split_once('}').unwrap().1
        };
        shape.push_str(if at == 0 { "" } else { "$" });
        shape.push_str(fixed);
    }
    shape
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

/// Says whether some text has the form of both formats: their fixed words agree, whatever the placeholders hold.
fn overlaps(one: &str, other: &str) -> bool {
    let (one, other) = (shape(one).replace('*', "$"), shape(other).replace('*', "$"));
    fits(one.as_bytes(), other.as_bytes())
}

/// Walks two shapes at once; `$` in either stands for any text.
fn fits(one: &[u8], other: &[u8]) -> bool {
    let mut reached = vec![vec![false; other.len() + 1]; one.len() + 1];
    reached[0][0] = true;
    for at in 0..=one.len() {
        for beside in 0..=other.len() {
            let (mine, theirs) = (one.get(at), other.get(beside));
            if !reached[at][beside] {
                continue;
            }
            if mine.is_some() && mine == theirs {
                reached[at + 1][beside + 1] = true;
            }
            if mine == Some(&b'$') {
                reached[at + 1][beside] = true;
                if theirs.is_some() {
                    reached[at][beside + 1] = true;
                }
            }
            if theirs == Some(&b'$') {
                reached[at][beside + 1] = true;
                if mine.is_some() {
                    reached[at + 1][beside] = true;
                }
            }
        }
    }
    reached[one.len()][other.len()]
}
