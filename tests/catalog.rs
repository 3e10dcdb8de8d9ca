//! The files of `action-catalog/`, as they are committed.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read the folder should fail at once"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use polgen::catalog::lint::lint;

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
