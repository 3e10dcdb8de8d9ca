//! Reads the catalog's files.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::Outcome;

/// The JSON files of a folder, sorted by name.
pub(crate) fn json_files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            paths.push(path);
        }
    }
    paths.sort_by_key(|path| path.file_stem().map(std::ffi::OsStr::to_os_string));
    Ok(paths)
}

/// A file that holds one object.
pub(crate) fn read_object(path: &Path) -> Outcome<Map<String, Value>> {
    let place = |problem: &dyn Display| format!("{}: {problem}", path.display());
    let bytes = fs::read(path).map_err(|error| place(&error))?;
    match serde_json::from_slice(&bytes).map_err(|error| place(&error))? {
        Value::Object(object) => Ok(object),
        _ => Err(place(&"expected an object").into()),
    }
}

/// A text of an object.
pub(crate) fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    Some(object.get(key)?.as_str()?.to_owned())
}

/// The texts of a list in an object.
pub(crate) fn texts(object: &Map<String, Value>, key: &str) -> Vec<String> {
    let values = object.get(key).and_then(Value::as_array);
    let texts = values.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}
