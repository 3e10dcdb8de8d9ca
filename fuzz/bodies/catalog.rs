//! Any text is a file of the catalog or is complained about.

use std::collections::BTreeMap;

use polgen::catalog::lint::lint;

pub(crate) fn check(bytes: &[u8]) {
    let Some(text) = super::text(bytes) else {
        return;
    };
    for name in ["services/s3.json", "exceptions/s3.json"] {
        let files = BTreeMap::from([(name.to_owned(), text.to_owned())]);
        let complaints = lint(&files);
        assert!(complaints.is_sorted());
    }
}
