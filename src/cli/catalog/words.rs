//! The words and tables that the look-ups share.

use crate::catalog::Visibility;
use crate::report::{Align, columns};

/// What CloudTrail shows, in words.
pub(super) fn shown(visibility: &Visibility) -> String {
    match visibility {
        Visibility::Management => "management event".to_owned(),
        Visibility::Excludable => "management event that a trail may exclude".to_owned(),
        Visibility::Data(kind) => format!("data event of {kind}"),
        Visibility::NeverLogged => "never recorded".to_owned(),
        Visibility::Unknown => "not known".to_owned(),
    }
}

/// Joins what there is, or says that there is nothing.
pub(super) fn listed<T: AsRef<str>>(values: &[T], nothing: &str) -> String {
    if values.is_empty() {
        nothing.to_owned()
    } else {
        let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
        values.join(", ")
    }
}

/// A table with a header, its columns set to the left.
pub(super) fn table(header: &[&str], rows: Vec<Vec<String>>) -> Vec<String> {
    let mut all = vec![header.iter().map(|&cell| cell.to_owned()).collect()];
    all.extend(rows);
    columns(&all, &vec![Align::Left; header.len()])
}

/// Names and what stands for them, one a line; a pair without text is left out.
pub(super) fn pairs(pairs: &[(&str, String)]) -> Vec<String> {
    let filled = pairs.iter().filter(|(_, text)| !text.is_empty());
    let rows: Vec<Vec<String>> = filled
        .map(|(name, text)| vec![(*name).to_owned(), text.clone()])
        .collect();
    columns(&rows, &[Align::Left, Align::Left])
}
