//! Where a table keeps what a record holds.
//!
//! Each table of records says for each of our columns where it stands; all that follows is the same for every table.

mod mapping;
mod recognize;
mod security_lake;

use super::tree::{Expr, Function, call};
pub use mapping::{ColumnMap, MappingError};
pub use recognize::{Column, Recognized, TableFacts, UnknownTable, recognize};

/// What the query takes from a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Field {
    /// Our name for it.
    pub(super) name: &'static str,
    /// Where it stands in the standard table.
    standard: &'static [&'static str],
    pub(super) is_needed: bool,
}

const fn needed(name: &'static str, standard: &'static [&'static str]) -> Field {
    Field {
        name,
        standard,
        is_needed: true,
    }
}

const fn useful(name: &'static str, standard: &'static [&'static str]) -> Field {
    Field {
        name,
        standard,
        is_needed: false,
    }
}

/// All of them. Source of the columns: Amazon Athena user guide, "Query AWS CloudTrail logs".
pub(super) const FIELDS: [Field; 32] = [
    needed("id", &["eventid"]),
    needed("time", &["eventtime"]),
    needed("source", &["eventsource"]),
    needed("name", &["eventname"]),
    needed("region", &["awsregion"]),
    needed("type", &["eventtype"]),
    useful("category", &["eventcategory"]),
    needed("recipient", &["recipientaccountid"]),
    needed("shared", &["sharedeventid"]),
    needed("code", &["errorcode"]),
    needed("message", &["errormessage"]),
    needed("request", &["requestparameters"]),
    needed("response", &["responseelements"]),
    useful("additional", &["additionaleventdata"]),
    needed("resources", &["resources"]),
    needed("address", &["sourceipaddress"]),
    needed("agent", &["useragent"]),
    useful("endpoint", &["vpcendpointid"]),
    useful("tls", &["tlsdetails", "tlsversion"]),
    needed("caller", &["useridentity", "type"]),
    needed("caller_arn", &["useridentity", "arn"]),
    needed("caller_account", &["useridentity", "accountid"]),
    needed("principal", &["useridentity", "principalid"]),
    needed("user", &["useridentity", "username"]),
    needed("invoked_by", &["useridentity", "invokedby"]),
    needed(
        "issuer",
        &["useridentity", "sessioncontext", "sessionissuer", "type"],
    ),
    needed(
        "issuer_arn",
        &["useridentity", "sessioncontext", "sessionissuer", "arn"],
    ),
    needed(
        "issuer_account",
        &[
            "useridentity",
            "sessioncontext",
            "sessionissuer",
            "accountid",
        ],
    ),
    needed(
        "issuer_name",
        &[
            "useridentity",
            "sessioncontext",
            "sessionissuer",
            "username",
        ],
    ),
    useful(
        "delivery",
        &["useridentity", "sessioncontext", "ec2roledelivery"],
    ),
    useful(
        "provider",
        &[
            "useridentity",
            "sessioncontext",
            "webidfederationdata",
            "federatedprovider",
        ],
    ),
    useful("file", &["$path"]),
];

/// A table's layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Where records stand, as a whole.
    layout: Layout,
    /// The columns that are not where the layout has them; none where a table lacks one.
    columns: Vec<(&'static str, Option<Vec<String>>)>,
    /// Says whether `resources` is a text of JSON, and not a list.
    are_resources_text: bool,
    /// How the table is parted.
    pub partitions: Partitions,
}

/// Whose layout it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// A column for each member of a record.
    CloudTrail,
    /// Security Lake's, in OCSF.
    SecurityLake,
    /// CloudTrail Lake's: its moments are no texts, its objects are maps of texts.
    EventDataStore,
}

/// The columns by which a table is parted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partitions {
    /// The account's.
    pub account: Option<String>,
    /// The region's.
    pub region: Option<String>,
    /// The day's.
    pub day: Day,
}

/// How days part a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Day {
    /// Not at all.
    #[default]
    None,
    /// By one column, as `2026/06/01` or with another sign between.
    Whole {
        /// The column.
        column: String,
        /// What stands between year, month and day; nothing in `20260601`.
        between: String,
    },
    /// By the moment of the event itself.
    Moment {
        /// The column.
        column: String,
    },
    /// By three columns.
    Parts {
        /// The year's column.
        year: String,
        /// The month's, of two digits.
        month: String,
        /// The day's, of two digits.
        day: String,
    },
}

impl Schema {
    /// The table that `polgen athena ddl` prints.
    pub fn standard() -> Self {
        Self {
            layout: Layout::CloudTrail,
            columns: Vec::new(),
            are_resources_text: false,
            partitions: Partitions {
                account: Some("account".to_owned()),
                region: Some("region".to_owned()),
                day: Day::Whole {
                    column: "day".to_owned(),
                    between: "/".to_owned(),
                },
            },
        }
    }

    /// Security Lake's tables of CloudTrail, in the second version of its sources.
    pub fn security_lake() -> Self {
        Self {
            layout: Layout::SecurityLake,
            columns: Vec::new(),
            are_resources_text: false,
            partitions: security_lake::partitions(),
        }
    }

    /// An event data store of CloudTrail Lake.
    ///
    /// Source: AWS CloudTrail user guide, "Supported SQL schemas for event data stores".
    pub fn event_data_store() -> Self {
        Self {
            layout: Layout::EventDataStore,
            columns: vec![("file", None)],
            are_resources_text: false,
            partitions: Partitions::default(),
        }
    }

    /// What stands in a field of a record; null where the table lacks it.
    pub(super) fn field(&self, field: &Field) -> Expr {
        let mut others = self.columns.iter();
        let path = match others.find(|(name, _)| *name == field.name) {
            Some((_, path)) => path.clone(),
            None if self.layout == Layout::SecurityLake => return security_lake::field(field.name),
            None => Some(field.standard.iter().map(|&part| part.to_owned()).collect()),
        };
        let Some(path) = path else {
            return Expr::Null;
        };
        let column = Expr::Column(path);
        if self.layout == Layout::EventDataStore {
            return match field.name {
                "time" => call(Function::Moment, [column]),
                "request" | "response" | "additional" => call(Function::Json, [column]),
                "resources" => call(Function::StoredResources, [column]),
                _ => column,
            };
        }
        if field.name == "resources" && !self.are_resources_text {
            call(Function::Json, [column])
        } else {
            column
        }
    }
}
