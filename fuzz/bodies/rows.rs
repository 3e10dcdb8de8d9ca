//! Any bytes are the result of a query or are refused; what was read is the same each time, and no role has more calls than there were.

use polgen::catalog::Catalog;
use polgen::source::rows_file::read_from;
use polgen::time::Window;
use polgen::usage::{PrincipalKind, RoleQuery, Usage};

pub(crate) fn check(bytes: &[u8]) {
    let Some(text) = super::text(bytes) else {
        return;
    };
    // Rows of another catalog's query are refused, and the catalog changes.
    let text = text.replace("CATALOG", Catalog::digest());
    let one = RoleQuery::parse("app").expect("a name is a query");
    for query in [RoleQuery::every(PrincipalKind::Role), one] {
        let read = || -> Option<(Usage, u64)> {
            let found = read_from("rows.csv", text.as_bytes(), &query, Window::default()).ok()?;
            let mut usage = found.usage;
            usage.finish();
            Some((usage, found.records))
        };
        let Some((usage, records)) = read() else {
            continue;
        };
        for role in usage.roles.values() {
            assert!(role.events <= records, "{} of {records}", role.events);
        }
        assert_eq!(read(), Some((usage, records)));
    }
}
