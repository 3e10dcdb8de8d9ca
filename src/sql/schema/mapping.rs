//! Columns under other names, as `polgen.toml` tells them.

use super::{FIELDS, Schema};

/// Which column, or which field inside one, holds a member of a record: pairs of the member's path in CloudTrail (`userIdentity.arn`)
/// and the column's (`identity.arn`); an empty one says that the table lacks it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnMap {
    /// The pairs.
    pub columns: Vec<(String, String)>,
    /// The column of the account by which the table is parted.
    pub account: Option<String>,
    /// The column of the region.
    pub region: Option<String>,
    /// The column of the day, and how a day is written there: `yyyy/MM/dd`, `yyyy-MM-dd` or `yyyyMMdd`.
    pub day: Option<(String, String)>,
}

/// A pair that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct MappingError {
    /// Which pair, if it is about one.
    pub at: Option<usize>,
    /// What was wanted and what was found.
    pub problem: String,
    /// What may have been meant.
    pub like: Option<String>,
}

impl ColumnMap {
    /// Says whether nothing is told.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Schema {
    /// Takes columns under other names.
    ///
    /// # Errors
    ///
    /// If a pair names no member that is asked for, or lacks one that is needed.
    pub fn with(mut self, map: &ColumnMap) -> Result<Self, MappingError> {
        for (at, (member, column)) in map.columns.iter().enumerate() {
            let wanted = member.to_ascii_lowercase();
            let fail = |problem, like| MappingError {
                at: Some(at),
                problem,
                like,
            };
            let Some(field) = FIELDS
                .iter()
                .find(|field| field.standard.join(".") == wanted)
            else {
                let all: Vec<String> = FIELDS
                    .iter()
                    .map(|field| field.standard.join("."))
                    .collect();
                let like = crate::nearest::nearest(&wanted, all.iter().map(String::as_str), 1);
                return Err(fail(
                    format!(
                        "expected a member of CloudTrail's records that the query asks for, found `{member}`"
                    ),
                    like.first().map(|it| (*it).to_owned()),
                ));
            };
            if column.is_empty() && field.is_needed {
                return Err(fail(
                    format!(
                        "expected a column for `{member}`, without which no use can be told, found none"
                    ),
                    None,
                ));
            }
            let path: Vec<String> = column.split('.').map(str::to_owned).collect();
            let path = (!column.is_empty()).then_some(path);
            self.columns.retain(|(name, _)| *name != field.name);
            self.columns.push((field.name, path));
        }
        let partitions = &mut self.partitions;
        if map.account.is_some() {
            partitions.account.clone_from(&map.account);
        }
        if map.region.is_some() {
            partitions.region.clone_from(&map.region);
        }
        if let Some((column, format)) = &map.day {
            let Some(between) = between(format) else {
                return Err(MappingError {
                    at: None,
                    problem: format!(
                        "expected `yyyy/MM/dd`, `yyyy-MM-dd` or `yyyyMMdd`, found `{format}`"
                    ),
                    like: None,
                });
            };
            partitions.day = super::Day::Whole {
                column: column.clone(),
                between: between.to_owned(),
            };
        }
        Ok(self)
    }
}

/// What stands between the parts of a day, as a format of partition projection tells it.
pub(super) fn between(format: &str) -> Option<&'static str> {
    match format {
        "yyyy/MM/dd" => Some("/"),
        "yyyy-MM-dd" => Some("-"),
        "yyyyMMdd" => Some(""),
        _ => None,
    }
}
