//! Packs `action-catalog/` into the binary: generated facts with the hand-written ones laid over them, one deflated slice a
//! service, and a sorted index, so that a service costs nothing until it is asked for.

mod compact;
mod files;
#[path = "../src/catalog/overlay.rs"]
mod overlay;
mod slices;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use files::{json_files, read_object, text, texts};
use libdeflater::Crc;
use slices::Slices;

/// What every step of the build script comes to.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// How many managed policies share a slice: more compress better, fewer are found faster.
const POLICIES_IN_A_SLICE: usize = 32;

#[expect(
    clippy::print_stdout,
    reason = "cargo reads the build script's standard output"
)]
fn main() -> Outcome<()> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=action-catalog");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/catalog/overlay.rs");
    let folder = Path::new("action-catalog");
    let mut digest = Crc::new();
    list_runtimes(folder, &out, &mut digest)?;
    pack_services(folder, &out, &mut digest)?;
    digest.update(&fs::read(folder.join("platform.json"))?);
    let digest = format!("{:08x}", digest.sum());
    fs::write(out.join("digest.rs"), format!("{digest:?}"))?;
    pack_policies(folder, &out)
}

/// Writes `runtimes.rs`: the text of every file in `runtimes/`, by name.
fn list_runtimes(folder: &Path, out: &Path, digest: &mut Crc) -> Outcome<()> {
    let mut entries = String::new();
    let paths = json_files(&folder.join("runtimes"))?;
    for path in &paths {
        let path = path.canonicalize()?;
        digest.update(&fs::read(&path)?);
        writeln!(
            entries,
            "    include_str!({:?}),",
            path.display().to_string()
        )?;
    }
    let count = paths.len();
    let text = format!("const RUNTIME_FILES: [&str; {count}] = [\n{entries}];\n");
    fs::write(out.join("runtimes.rs"), text)?;
    Ok(())
}

/// Writes `services.bin` and its index, and `event_sources.rs`: event source -> the places of its services in the index.
fn pack_services(folder: &Path, out: &Path, digest: &mut Crc) -> Outcome<()> {
    let mut slices = Slices::default();
    let mut by_source: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut prefixes = Vec::new();
    let mut visibility = read_object(&folder.join("visibility.json"))?;
    for path in json_files(&folder.join("services"))? {
        let mut service = read_object(&path)?;
        let name = path.file_name().unwrap_or_default();
        let above = folder.join("exceptions").join(name);
        if above.exists() {
            overlay::lay_over(&mut service, read_object(&above)?);
        }
        let prefix = text(&service, "prefix").ok_or("a service without a prefix")?;
        if let Some(facts) = visibility.shift_remove(&prefix) {
            service.insert("visibility".to_owned(), facts);
        }
        for source in texts(&service, "event_sources") {
            by_source
                .entry(source.to_ascii_lowercase())
                .or_default()
                .push(prefix.clone());
        }
        let compact = compact::compact(service)?;
        let bytes = serde_json::to_vec(&compact)?;
        digest.update(&bytes);
        slices.add(&prefix, &bytes)?;
        prefixes.push(prefix);
    }
    if let Some(prefix) = visibility.keys().next() {
        return Err(format!("visibility.json: `{prefix}` is no service").into());
    }
    slices.write(out, "services")?;
    fs::write(
        out.join("event_sources.rs"),
        render_sources(&by_source, &prefixes),
    )?;
    Ok(())
}

/// Renders the index of event sources: the service whose prefix begins the event source first, the others by prefix.
fn render_sources(by_source: &BTreeMap<String, Vec<String>>, prefixes: &[String]) -> String {
    let entry = |(source, named): (&String, &Vec<String>)| {
        let first = source.split('.').next().unwrap_or_default();
        let mut named = named.clone();
        named.sort_by_key(|prefix| prefix != first);
        let places: Vec<usize> = named
            .iter()
            .filter_map(|prefix| prefixes.binary_search(prefix).ok())
            .collect();
        format!("    ({source:?}, &{places:?}),\n")
    };
    let entries: String = by_source.iter().map(entry).collect();
    format!("[\n{entries}]")
}

/// Writes `policies.bin` and its index: slices of policies, one a line, under the first one's name.
fn pack_policies(folder: &Path, out: &Path) -> Outcome<()> {
    let mut slices = Slices::default();
    for paths in json_files(&folder.join("managed-policies"))?.chunks(POLICIES_IN_A_SLICE) {
        let mut lines = Vec::new();
        let mut first = None;
        for path in paths {
            let policy = read_object(path)?;
            first = first.or(text(&policy, "name"));
            serde_json::to_writer(&mut lines, &policy)?;
            lines.push(b'\n');
        }
        slices.add(&first.ok_or("a managed policy without a name")?, &lines)?;
    }
    slices.write(out, "policies")
}
