//! From bindings to rows: the values that the placeholders of an ARN have together in one record.
//!
//! A request may name many resources. Values that stand in the same list belong together element by element
//! (`tables[].bucket` with `tables[].key`), others combine freely (one bucket, many keys).

use indexmap::IndexMap;

use crate::catalog::{Bindings, ResourceType, Service};

use super::call::Call;
use super::path::{self, Found, Trail, belong_together, is_of_response, shown};
use super::target::Row;
use crate::catalog::format::{PLACE_HOLES, holes, is_of_type};

/// How many resources one need may name; beyond, the request is granted by its type.
pub(super) const ROWS_MAX: usize = 4_096;

/// Where the parts of one resource type's ARNs are looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub(super) bindings: &'a Bindings,
    /// Says whether an answer's ids count as names of existing resources.
    pub(super) trusts_response: bool,
}

/// A resource type, as one need of a call is about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind<'a> {
    pub(super) name: &'a str,
    pub(super) facts: &'a ResourceType,
    pub(super) service: &'a Service,
}

impl Kind<'_> {
    pub(super) fn holds(&self, arn: &str) -> bool {
        is_of_type(arn, self.facts, self.service)
    }
}

/// The whole ARNs of a type that bindings find, and where.
pub(super) fn whole_arns<'a>(
    call: &Call<'a>,
    kind: Kind<'a>,
    source: Source<'a>,
) -> IndexMap<String, String> {
    let mut named: IndexMap<String, String> = IndexMap::new();
    if source.bindings.is_empty() {
        return named;
    }
    let any = kind_paths(kind, source, &["@*"]);
    for place in own_paths(kind, source).into_iter().chain(any) {
        for found in path::find(call, place) {
            if kind.holds(&found.raw) {
                let arn = found.raw.into_owned();
                named.entry(arn).or_insert_with(|| shown(place));
            }
        }
    }
    named
}

/// What stands where a type's resources are named, whatever it is.
pub(super) fn raw_values<'a>(call: &Call<'a>, kind: Kind<'a>, source: Source<'a>) -> Vec<String> {
    let any = kind_paths(kind, source, &["@*"]);
    let paths = own_paths(kind, source).into_iter().chain(any);
    let found = paths.flat_map(|place| path::find(call, place));
    found.map(|found| found.raw.into_owned()).collect()
}

/// The paths where resources of this type are named.
fn own_paths<'a>(kind: Kind<'a>, source: Source<'a>) -> Vec<&'a str> {
    let of_type = format!("@{}", kind.name);
    let mut keys = vec![of_type.as_str()];
    keys.extend(kind.facts.arns.iter().flat_map(|arn| holes(arn)));
    kind_paths(kind, source, &keys)
}

fn kind_paths<'a>(kind: Kind<'a>, source: Source<'a>, keys: &[&str]) -> Vec<&'a str> {
    let lists = keys
        .iter()
        .filter_map(|key| paths_of(kind, source.bindings, key));
    let paths = lists.flatten().map(String::as_str);
    paths.filter(|place| counts(place, source)).collect()
}

/// The rows of one ARN format, best bound, and where their values were found.
pub(super) fn rows<'a>(
    call: &Call<'a>,
    kind: Kind<'a>,
    format: &'a str,
    sources: &[Source<'a>],
) -> Rows<'a> {
    let mut rows = Rows {
        joined: vec![Joined::default()],
        paths: Vec::new(),
        is_whole: true,
        binds_first: false,
    };
    for (at, hole) in holes(format).enumerate() {
        let found = first_found(call, kind, hole, sources);
        if let Some((place, values)) = found {
            rows.binds_first |= at == 0;
            rows.join(hole, &values);
            rows.paths.push(shown(place));
        } else {
            rows.is_whole = false;
        }
    }
    for hole in PLACE_HOLES {
        if let Some((_, values)) = first_found(call, kind, hole, sources) {
            rows.join(hole, &values);
        }
    }
    rows
}

/// What the bindings found for one ARN format.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    joined: Vec<Joined<'a>>,
    pub(super) paths: Vec<String>,
    /// Says whether every placeholder was found.
    pub(super) is_whole: bool,
    /// Says whether the first placeholder was found: the one that names the resource, or the resource's parent.
    pub(super) binds_first: bool,
}

#[derive(Clone, Debug, Default)]
struct Joined<'a> {
    row: Row<'a>,
    trail: Trail<'a>,
}

impl<'a> Rows<'a> {
    fn join(&mut self, hole: &'a str, values: &[Found<'a>]) {
        let mut joined = Vec::new();
        for known in &self.joined {
            for value in values {
                let Some(text) = &value.text else { continue };
                if joined.len() >= ROWS_MAX {
                    break;
                }
                if belong_together(&known.trail, &value.trail) {
                    let mut next = known.clone();
                    next.row.push((hole, text.clone()));
                    next.trail.extend(value.trail.iter().cloned());
                    joined.push(next);
                }
            }
        }
        self.joined = joined;
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Row<'a>> {
        self.joined.iter().map(|joined| &joined.row)
    }

    /// Says whether the request names so many that some were left out.
    pub(super) fn is_full(&self) -> bool {
        self.joined.len() >= ROWS_MAX
    }
}

/// The first path with a value that is no ARN.
fn first_found<'a>(
    call: &Call<'a>,
    kind: Kind<'a>,
    hole: &str,
    sources: &[Source<'a>],
) -> Option<(&'a str, Vec<Found<'a>>)> {
    for source in sources {
        if let Some(paths) = paths_of(kind, source.bindings, hole) {
            for place in paths.iter().filter(|place| counts(place, *source)) {
                let is_filtered = place.contains('|');
                let mut found = path::find(call, place);
                found.retain(|value| {
                    let is_arn = value.raw.starts_with("arn:");
                    let is_own = is_arn && kind.holds(&value.raw);
                    value.text.is_some() && (!is_arn || (is_filtered && !is_own))
                });
                if !found.is_empty() {
                    return Some((place, found));
                }
            }
        }
    }
    None
}

/// Ids in an answer name what the call has just made. AWS had checked the call before they were there.
fn counts(place: &str, source: Source<'_>) -> bool {
    source.trusts_response || !is_of_response(place)
}

/// The paths of a placeholder: those for this type, if there are any, else those for all types.
fn paths_of<'a>(kind: Kind<'a>, bindings: &'a Bindings, hole: &str) -> Option<&'a Vec<String>> {
    if bindings.is_empty() {
        return None;
    }
    let of_type = bindings.get(&format!("{}.{hole}", kind.name));
    of_type.or_else(|| bindings.get(hole))
}
