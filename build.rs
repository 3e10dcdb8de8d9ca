//! Packs `action-catalog/` into the binary: generated facts with the hand-written ones laid over them, one deflated slice a
//! service, and a sorted index, so that a service costs nothing until it is asked for.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use libdeflater::{CompressionLvl, Compressor};
use serde_json::{Map, Value};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=action-catalog");
    let folder = Path::new("action-catalog");
    pack_services(folder, &out)?;
    pack_policies(folder, &out)
}

/// Writes `services.bin` (the slices) and `services.rs` (the index into it).
fn pack_services(folder: &Path, out: &Path) -> Outcome<()> {
    let mut slices = Vec::new();
    let mut index = String::from("[\n");
    for path in json_files(&folder.join("services"))? {
        let mut service = read_object(&path)?;
        let overlay = folder
            .join("exceptions")
            .join(path.file_name().unwrap_or_default());
        if overlay.exists() {
            lay_over(&mut service, read_object(&overlay)?);
        }
        let prefix = text(&service, "prefix").ok_or("a service without a prefix")?;
        let sources = texts(&service, "event_sources");
        let json = serde_json::to_vec(&service)?;
        let start = slices.len();
        slices.extend(deflate(&json)?);
        writeln!(
            index,
            "    Slice {{ prefix: {prefix:?}, event_sources: &{sources:?}, start: {start}, end: {}, inflated: {} }},",
            slices.len(),
            json.len()
        )?;
    }
    index.push(']');
    fs::write(out.join("services.bin"), slices)?;
    fs::write(out.join("services.rs"), index)?;
    Ok(())
}

/// How many managed policies share a slice: more compress better, fewer are found faster.
const POLICIES_IN_A_SLICE: usize = 32;

/// Writes `policies.bin` (slices of policies, one a line) and `policies.rs` (the first name of each).
fn pack_policies(folder: &Path, out: &Path) -> Outcome<()> {
    let mut slices = Vec::new();
    let mut index = String::from("[\n");
    for paths in json_files(&folder.join("managed-policies"))?.chunks(POLICIES_IN_A_SLICE) {
        let mut lines = Vec::new();
        let mut first = None;
        for path in paths {
            let policy = read_object(path)?;
            first = first.or(text(&policy, "name"));
            serde_json::to_writer(&mut lines, &policy)?;
            lines.push(b'\n');
        }
        let first = first.ok_or("a managed policy without a name")?;
        let start = slices.len();
        slices.extend(deflate(&lines)?);
        writeln!(
            index,
            "    Slice {{ first: {first:?}, start: {start}, end: {}, inflated: {} }},",
            slices.len(),
            lines.len()
        )?;
    }
    index.push(']');
    fs::write(out.join("policies.bin"), slices)?;
    fs::write(out.join("policies.rs"), index)?;
    Ok(())
}

/// Lays the hand-written part over the generated one, at every depth: what a list adds comes first, `null` takes away, the
/// rest is added or replaced.
fn lay_over(below: &mut Map<String, Value>, above: Map<String, Value>) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (_, Value::Null) => {
                below.shift_remove(&key);
            }
            (Some(Value::Array(old)), Value::Array(new)) => put_first(old, new),
            (Some(Value::Object(old)), Value::Object(new)) => lay_over(old, new),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

fn put_first(old: &mut Vec<Value>, mut new: Vec<Value>) {
    new.extend(
        old.drain(..)
            .filter(|value| !new.contains(value))
            .collect::<Vec<_>>(),
    );
    *old = new;
}

fn json_files(folder: &Path) -> Outcome<Vec<PathBuf>> {
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

fn read_object(path: &Path) -> Outcome<Map<String, Value>> {
    let place = |problem: &dyn std::fmt::Display| format!("{}: {problem}", path.display());
    let bytes = fs::read(path).map_err(|error| place(&error))?;
    match serde_json::from_slice(&bytes).map_err(|error| place(&error))? {
        Value::Object(object) => Ok(object),
        _ => Err(place(&"expected an object").into()),
    }
}

fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    Some(object.get(key)?.as_str()?.to_owned())
}

fn texts(object: &Map<String, Value>, key: &str) -> Vec<String> {
    let values = object.get(key).and_then(Value::as_array);
    let texts = values.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

fn deflate(bytes: &[u8]) -> Outcome<Vec<u8>> {
    let mut compressor = Compressor::new(CompressionLvl::best());
    let mut packed = vec![0; compressor.deflate_compress_bound(bytes.len())];
    let length = compressor.deflate_compress(bytes, &mut packed)?;
    packed.truncate(length);
    Ok(packed)
}
