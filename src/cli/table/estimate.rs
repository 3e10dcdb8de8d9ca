//! What a query will scan and about what that costs, told before it runs.

use jiff::civil::Date;

use crate::cli::live::Connection;
use crate::report::{grouped, plural};
use crate::sql::{Request, TableFacts, scan};

/// What Athena bills for a terabyte scanned, in most regions. Source: Amazon Athena pricing, 2026.
pub(super) const DOLLARS_A_TERABYTE: u64 = 5;

/// What a query will scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Estimate {
    /// The size of the files, where not all folders were looked at a projection.
    pub(super) bytes: u64,
    /// How many folders were looked at, and of how many.
    pub(super) folders: (usize, usize),
}

impl Estimate {
    pub(super) fn shown(&self) -> String {
        let (looked_at, of) = self.folders;
        let basis = if looked_at == of {
            format!(
                "the size of the files in {}",
                plural(of, "folder", "folders")
            )
        } else {
            format!(
                "a projection from {looked_at} of {} folders",
                grouped(of as u64)
            )
        };
        format!(
            "about {} GB, {}: {basis}",
            grouped(self.bytes.div_ceil(1_000_000_000)),
            dollars(self.bytes)
        )
    }
}

/// What a scan of so many bytes costs.
pub(super) fn dollars(bytes: u64) -> String {
    let cents =
        (u128::from(bytes) * u128::from(DOLLARS_A_TERABYTE) * 100).div_ceil(1_000_000_000_000);
    format!("${}.{:02}", cents / 100, cents % 100)
}

/// What the query will scan, from the sizes of the files; or why that cannot be told.
pub(super) fn estimate(
    connection: &mut Connection<'_>,
    request: &Request<'_>,
    facts: &[Option<TableFacts>],
    today: Date,
) -> Result<Estimate, String> {
    let mut whole = Estimate {
        bytes: 0,
        folders: (0, 0),
    };
    for facts in facts {
        let facts = facts.as_ref().ok_or("the table may not be looked at")?;
        let scan = scan(request, facts, today)?;
        let bytes = connection.sizes(&scan)?;
        whole.bytes += bytes;
        whole.folders.0 += scan.folders.len();
        whole.folders.1 += scan.of;
    }
    Ok(whole)
}
