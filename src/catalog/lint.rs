//! Checks the files of `action-catalog/`: what they say must fit together, and be written so that people find it.
//!
//! The texts come in by their names below the folder; reading them is the caller's. The generated layer is checked as it
//! stands, the hand-written one as it stands and laid over.

mod facts;
mod operations;
mod paths;
mod roles;
mod runtimes;
mod tree;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use super::overlay::lay_over;
use super::{Catalog, Service};

/// Something in the catalog's files that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// Where: the file, and the place in it.
    pub place: String,
    /// What was found, and what was wanted.
    pub problem: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

/// Collects complaints.
#[derive(Debug, Default)]
struct Complaints(Vec<Complaint>);

impl Complaints {
    fn add(&mut self, place: impl Into<String>, problem: impl Into<String>) {
        let (place, problem) = (place.into(), problem.into());
        self.0.push(Complaint { place, problem });
    }
}

/// A service as the files have it.
struct Checked<'a> {
    /// The file with the layer that is being checked: generated, or hand-written.
    file: String,
    /// Both layers together.
    service: Service,
    /// What the hand-written layer alone says; empty for a service without one.
    above: Map<String, Value>,
    /// Operation -> the paths of its parameters.
    parameters: Option<&'a BTreeMap<String, paths::Parameters>>,
}

/// Checks files, given by their names below `action-catalog/`; the complaints come sorted.
///
/// Actions of services that are not among the files are looked up in the bundled catalog.
pub fn lint(files: &BTreeMap<String, String>) -> Vec<Complaint> {
    let mut complaints = Complaints::default();
    for (name, text) in files
        .iter()
        .filter(|(name, _)| !name.starts_with("schema/"))
    {
        tree::check(name, text, &mut complaints);
    }
    let parameters = read_parameters(files, &mut complaints);
    let types = files
        .get("data-event-types.json")
        .and_then(|text| serde_json::from_str(text).ok());
    let roles = roles::read_table(files, &mut complaints);
    for (name, text) in in_folder(files, "services/") {
        let prefix = name
            .trim_start_matches("services/")
            .trim_end_matches(".json");
        let above = files
            .get(&format!("exceptions/{prefix}.json"))
            .map(String::as_str);
        let Some(mut checked) = read_service(name, text, above, &mut complaints) else {
            continue;
        };
        checked.parameters = parameters.get(prefix);
        if checked.service.prefix != prefix {
            let found = &checked.service.prefix;
            complaints.add(
                name,
                format!("expected the prefix `{prefix}`, found `{found}`"),
            );
        }
        facts::check(&checked.service, &checked.file, &mut complaints);
        paths::check(&checked, &mut complaints);
        operations::check(&checked, Catalog::bundled(), &mut complaints);
        if let Some(roles) = &roles {
            roles::check(&checked, roles, &mut complaints);
        }
    }
    for (name, _) in in_folder(files, "exceptions/") {
        if !files.contains_key(&name.replacen("exceptions/", "services/", 1)) {
            complaints.add(name, "expected the name of a service's file");
        }
    }
    runtimes::check(files, Catalog::bundled(), &mut complaints);
    operations::check_visibility(files, types.as_ref(), &mut complaints);
    complaints.0.sort();
    complaints.0.dedup();
    complaints.0
}

fn in_folder<'a>(
    files: &'a BTreeMap<String, String>,
    folder: &'a str,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let files = files
        .iter()
        .filter(move |(name, _)| name.starts_with(folder));
    files.map(|(name, text)| (name.as_str(), text.as_str()))
}

fn read_service<'a>(
    name: &str,
    text: &str,
    above: Option<&str>,
    complaints: &mut Complaints,
) -> Option<Checked<'a>> {
    let mut layers: Map<String, Value> = read(name, text, complaints)?;
    let generated: Service = read(name, text, complaints)?;
    facts::check_order(&generated, name, complaints);
    let Some(above) = above else {
        return Some(Checked {
            file: name.to_owned(),
            service: generated,
            above: Map::new(),
            parameters: None,
        });
    };
    let file = name.replacen("services/", "exceptions/", 1);
    let above: Map<String, Value> = read(&file, above, complaints)?;
    facts::check_added(&generated, &above, &file, complaints);
    lay_over(&mut layers, above.clone());
    match serde_json::from_value(Value::Object(layers)) {
        Ok(service) => Some(Checked {
            file,
            service,
            above,
            parameters: None,
        }),
        Err(error) => {
            complaints.add(file, format!("laid over the generated layer: {error}"));
            None
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(
    name: &str,
    text: &str,
    complaints: &mut Complaints,
) -> Option<T> {
    serde_json::from_str(text)
        .map_err(|error| complaints.add(name, error.to_string()))
        .ok()
}

fn read_parameters(
    files: &BTreeMap<String, String>,
    complaints: &mut Complaints,
) -> BTreeMap<String, BTreeMap<String, paths::Parameters>> {
    let mut tables = BTreeMap::new();
    for (name, text) in in_folder(files, "parameters/") {
        if let Some(table) = read(name, text, complaints) {
            let prefix = name
                .trim_start_matches("parameters/")
                .trim_end_matches(".json");
            tables.insert(prefix.to_owned(), table);
        }
    }
    tables
}

#[cfg(test)]
mod tests;
