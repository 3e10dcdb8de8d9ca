//! `[athena]`: what the columns of a table of records are called.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{Config, ConfigError, Problem};
use crate::sql::{ColumnMap, Schema};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    #[serde(default)]
    columns: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    partitions: Partitions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Partitions {
    account: Option<String>,
    region: Option<String>,
    day: Option<Spanned<String>>,
    day_format: Option<Spanned<String>>,
}

impl Config {
    /// The columns of a table of records that have other names than CloudTrail's.
    ///
    /// # Errors
    ///
    /// With line and column, if one names no member of a record, or takes away what is needed.
    pub fn columns(&self) -> Result<ColumnMap, ConfigError> {
        let Table {
            columns,
            partitions,
        } = &self.file.athena;
        let pairs = columns.iter();
        let pairs = pairs.map(|(member, column)| (member.clone(), column.get_ref().clone()));
        let (day, format) = (partitions.day.as_ref(), partitions.day_format.as_ref());
        let lone = day.xor(format);
        if let Some(lone) = lone {
            let words = "expected `day` and `day_format` together, found one of them".to_owned();
            return Err(self.located(&lone.span(), Problem::new(words)));
        }
        let map = ColumnMap {
            columns: pairs.collect(),
            account: partitions.account.clone(),
            region: partitions.region.clone(),
            day: day
                .zip(format)
                .map(|(day, format)| (day.get_ref().clone(), format.get_ref().clone())),
        };
        match Schema::standard().with(&map) {
            Ok(_) => Ok(map),
            Err(error) => {
                let of_pair = error.at.and_then(|at| columns.values().nth(at));
                let span = of_pair.or(format).map(Spanned::span).unwrap_or_default();
                let hint = error.like.map(|like| format!("did you mean `{like}`?"));
                Err(self.located(
                    &span,
                    Problem {
                        words: error.problem,
                        hint,
                    },
                ))
            }
        }
    }
}
