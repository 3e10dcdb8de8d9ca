//! Past one machine: the fold written as SQL for engines that hold the trail, and their rows read back.
//!
//! An engine groups records by what decides what their calls needed, and gives for each group a record of that form with its
//! names, and what is counted. polgen reads each such row as if it were so many records, with the very code that reads files,
//! so nothing of what calls need is ever decided in SQL: a condition in the query that holds of too many records makes more
//! rows, and never another result. What a row cannot carry is said.

mod about;
mod ddl;
mod dialect;
pub mod lake;
mod looked_at;
mod query;
mod rows;
mod scan;
mod schema;
mod signs;
mod table;
mod trail_files;
mod tree;
mod write;

pub use about::About;
pub use ddl::{TableLayout, ddl};
pub use dialect::Dialect;
pub use rows::{Found, RowError, Rows};
pub use scan::{Scan, scan};
pub use schema::{
    Column, ColumnMap, Day, MappingError, Partitions, Recognized, Schema, TableFacts, UnknownTable,
    recognize,
};
pub use table::{Relation, RelationError};

use crate::catalog::Catalog;
use crate::time::Window;
use crate::usage::RoleQuery;

/// What a query is asked for.
#[derive(Clone, Debug)]
pub struct Request<'q> {
    /// The engine.
    pub dialect: Dialect,
    /// The tables.
    pub relations: Vec<Relation>,
    /// How the tables are laid out.
    pub schema: Schema,
    /// Whose usage is asked for.
    pub query: &'q RoleQuery,
    /// Which time counts.
    pub window: Window,
    /// The accounts whose trails are read, where the table is parted by them; all if there is none.
    pub accounts: Vec<String>,
    /// The regions, where the table is parted by them; all if there is none.
    pub regions: Vec<String>,
    /// The catalog that tells what matters.
    pub catalog: &'q Catalog,
}

impl Request<'_> {
    /// Writes the query.
    pub fn sql(&self) -> String {
        match self.dialect {
            Dialect::Lake => lake::statement(self),
            dialect => write::query(&query::build(self), dialect),
        }
    }

    /// Writes a job for Spark that reads trail files by itself, runs the query and writes its rows.
    pub fn spark_job(&self) -> String {
        let sql = serde_json::Value::from(self.sql());
        include_str!("sql/spark.py").replace("@SQL@", &sql.to_string())
    }

    /// What the rows of the query will say of themselves.
    pub fn about(&self) -> About {
        About::of(self.query, self.window)
    }
}
