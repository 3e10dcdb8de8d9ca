//! Which layout a table has, told by its columns.

use std::collections::BTreeMap;

use super::{ColumnMap, Day, FIELDS, Field, Layout, Partitions, Schema, mapping, security_lake};

/// A column, with its type in Hive's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, such as `struct<type:string>`.
    pub kind: String,
}

/// What is told of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableFacts {
    /// Its columns.
    pub columns: Vec<Column>,
    /// The columns by which it is parted.
    pub parted_by: Vec<Column>,
    /// Its properties, such as `projection.day.format`.
    pub properties: BTreeMap<String, String>,
}

/// A table whose layout is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognized {
    /// The layout.
    pub schema: Schema,
    /// What it is called.
    pub name: &'static str,
    /// What the table lacks, and how it is parted where that is not known.
    pub notes: Vec<String>,
}

/// A table that cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct UnknownTable {
    /// What was wanted and what was found.
    pub problem: String,
    /// What can be done.
    pub hint: &'static str,
}

/// Tells the layout of a table from its columns, those by which it is parted, and its properties; `map` tells columns under other names,
/// which the layout does not have yet.
///
/// # Errors
///
/// If it lacks what is needed.
pub fn recognize(facts: &TableFacts, map: &ColumnMap) -> Result<Recognized, UnknownTable> {
    let find = |name: &str| {
        let mut all = facts.columns.iter().chain(&facts.parted_by);
        all.find(|it| it.name.eq_ignore_ascii_case(name))
    };
    if find("api").is_some() && find("actor").is_some() && find("metadata").is_some() {
        return of_security_lake(&find);
    }
    let mut schema = Schema {
        layout: Layout::CloudTrail,
        columns: Vec::new(),
        are_resources_text: find("resources").is_some_and(|it| !it.kind.starts_with("array")),
        partitions: Partitions::default(),
    };
    let mut notes = Vec::new();
    for field in &FIELDS {
        let member = field.standard.join(".");
        let is_told = map
            .columns
            .iter()
            .any(|(told, _)| told.eq_ignore_ascii_case(&member));
        if field.name == "file" || is_told || has(&find, field) {
            continue;
        }
        if field.is_needed {
            return Err(UnknownTable {
                problem: format!(
                    "expected a table of CloudTrail records, found no column `{member}`"
                ),
                hint: "name the column under `[athena.columns]` in polgen.toml, or make a table with `polgen athena ddl`",
            });
        }
        notes.push(format!("the table has no `{member}`"));
        schema.columns.push((field.name, None));
    }
    schema.partitions = partitions(facts, map, &mut notes);
    Ok(Recognized {
        schema,
        name: "CloudTrail",
        notes,
    })
}

fn of_security_lake<'c>(
    find: &dyn Fn(&str) -> Option<&'c Column>,
) -> Result<Recognized, UnknownTable> {
    if find(security_lake::MOMENT).is_none() {
        return Err(UnknownTable {
            problem: "expected a table of version 2 of Security Lake's sources, found one of version 1, which keeps requests in pieces"
                .to_owned(),
            hint: "ask the table whose name ends in `_2_0`, or the trail itself",
        });
    }
    if let Some(missing) = security_lake::COLUMNS
        .iter()
        .find(|name| find(name).is_none())
    {
        return Err(UnknownTable {
            problem: format!(
                "expected a table of CloudTrail in Security Lake, found no column `{missing}`"
            ),
            hint: "ask `…_cloud_trail_mgmt_2_0`, `…_s3_data_2_0` and `…_lambda_execution_2_0`",
        });
    }
    let mut schema = Schema::security_lake();
    let mut notes = vec![
        "Security Lake tells no trail files, and of `additionalEventData` only what is unmapped"
            .to_owned(),
    ];
    for part in [
        &mut schema.partitions.account,
        &mut schema.partitions.region,
    ] {
        if let Some(name) = part.as_ref().filter(|name| find(name).is_none()) {
            notes.push(format!("the table has no `{name}`"));
            *part = None;
        }
    }
    Ok(Recognized {
        schema,
        name: "Security Lake",
        notes,
    })
}

/// Says whether a table has a field where CloudTrail's own table has it.
fn has<'c>(find: &dyn Fn(&str) -> Option<&'c Column>, field: &Field) -> bool {
    let mut path = field.standard.iter();
    let Some(column) = path.next().and_then(|name| find(name)) else {
        return false;
    };
    let mut kind = column.kind.as_str();
    path.all(|name| match member(kind, name) {
        Some(inner) => {
            kind = inner;
            true
        }
        None => false,
    })
}

/// The type of a field of a structure: `struct<a:string,b:struct<c:int>>`.
fn member<'t>(kind: &'t str, wanted: &str) -> Option<&'t str> {
    let inner = kind.trim().strip_prefix("struct<")?.strip_suffix('>')?;
    let (mut depth, mut start) = (0_usize, 0);
    let ends = inner.char_indices().map(Some).chain([None]);
    for end in ends {
        let at = match end {
            Some((_, '<' | '(')) => {
                depth += 1;
                continue;
            }
            Some((_, '>' | ')')) => {
                depth = depth.saturating_sub(1);
                continue;
            }
            Some((at, ',')) if depth == 0 => at,
            Some(_) => continue,
            None => inner.len(),
        };
        let (name, kind) = inner.get(start..at)?.split_once(':')?;
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(kind.trim());
        }
        start = at + 1;
    }
    None
}

/// How the table is parted, as far as names and properties tell.
fn partitions(facts: &TableFacts, map: &ColumnMap, notes: &mut Vec<String>) -> Partitions {
    let find = |names: &[&str]| {
        let mut texts = facts.parted_by.iter().filter(|it| is_text(&it.kind));
        let found = texts.find(|it| names.contains(&it.name.to_ascii_lowercase().as_str()));
        found.map(|it| it.name.clone())
    };
    let day = find(&["day", "date", "dt", "timestamp", "eventday"]);
    let parts = [find(&["year"]), find(&["month"]), find(&["day"])];
    let format = |column: &str| {
        let told = facts.properties.get(&format!("projection.{column}.format"));
        told.and_then(|format| mapping::between(format))
    };
    let day = match (parts, day) {
        // It is told otherwise.
        _ if map.day.is_some() => Day::None,
        ([Some(year), Some(month), Some(day)], _) => Day::Parts { year, month, day },
        (_, Some(column)) => {
            if let Some(between) = format(&column) {
                Day::Whole {
                    column,
                    between: between.to_owned(),
                }
            } else {
                notes.push(format!(
                    "how `{column}` is written is not known, so all days are read; tell it under `[athena.partitions]` in polgen.toml"
                ));
                Day::None
            }
        }
        _ => {
            notes.push(
                "the table is not parted by days that are known, so all days are read".to_owned(),
            );
            Day::None
        }
    };
    Partitions {
        account: find(&["account", "accountid", "account_id"]),
        region: find(&["region", "awsregion"]),
        day,
    }
}

fn is_text(kind: &str) -> bool {
    kind.eq_ignore_ascii_case("string") || kind.to_ascii_lowercase().starts_with("varchar")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{TableLayout, ddl};

    fn column(name: &str, kind: &str) -> Column {
        Column {
            name: name.to_owned(),
            kind: kind.to_owned(),
        }
    }

    /// The columns of the table that `polgen athena ddl` prints, and those by which it is parted.
    fn printed() -> (Vec<Column>, Vec<Column>) {
        let text = ddl(&TableLayout {
            name: vec!["t".to_owned()],
            location: "s3://b/AWSLogs".to_owned(),
            accounts: vec!["111122223333".to_owned()],
            regions: vec!["eu-west-1".to_owned()],
            first_day: "2023/01/01".to_owned(),
        });
        let lines = text.lines().filter(|line| line.starts_with("  `"));
        let columns = lines.map(|line| {
            let (name, kind) = line.trim().trim_end_matches(',').split_once(' ').unwrap();
            column(
                name.trim_matches('`'),
                &kind.to_lowercase().replace(": ", ":").replace(", ", ","),
            )
        });
        let parted_by = ["account", "region", "day"].map(|name| column(name, "string"));
        (columns.collect(), parted_by.to_vec())
    }

    fn of(columns: &[Column], parted_by: &[Column]) -> Result<Recognized, UnknownTable> {
        let facts = TableFacts {
            columns: columns.to_vec(),
            parted_by: parted_by.to_vec(),
            properties: BTreeMap::from([(
                "projection.day.format".to_owned(),
                "yyyy/MM/dd".to_owned(),
            )]),
        };
        recognize(&facts, &ColumnMap::default())
    }

    #[test]
    fn the_table_that_is_printed_is_the_standard_one() {
        let (columns, parted_by) = printed();
        let found = of(&columns, &parted_by).unwrap();
        assert_eq!(found.schema, Schema::standard());
        assert_eq!(found.notes, Vec::<String>::new());
    }

    #[test]
    fn what_a_table_lacks_is_told() {
        let (mut columns, _) = printed();
        columns.retain(|it| it.name != "tlsdetails");
        let identity = columns
            .iter_mut()
            .find(|it| it.name == "useridentity")
            .unwrap();
        identity.kind = identity.kind.replace(",ec2roledelivery:string", "");
        let found = of(&columns, &[column("day", "date")]).unwrap();
        assert_eq!(found.schema.partitions, Partitions::default());
        for missing in [
            "tlsdetails.tlsversion",
            "useridentity.sessioncontext.ec2roledelivery",
            "all days are read",
        ] {
            assert!(
                found.notes.iter().any(|note| note.contains(missing)),
                "{missing}: {:?}",
                found.notes
            );
        }
        columns.retain(|it| it.name != "requestparameters");
        let error = of(&columns, &[]).unwrap_err();
        assert!(error.problem.contains("`requestparameters`"), "{error}");
    }

    #[test]
    fn days_are_left_out_only_where_it_is_known_how_they_are_written() {
        let (columns, parted_by) = printed();
        for (format, between) in [
            ("yyyy/MM/dd", Some("/")),
            ("yyyy-MM-dd", Some("-")),
            ("dd-MM-yyyy", None),
        ] {
            let property = ("projection.day.format".to_owned(), format.to_owned());
            let facts = TableFacts {
                columns: columns.clone(),
                parted_by: parted_by.clone(),
                properties: BTreeMap::from([property]),
            };
            let found = recognize(&facts, &ColumnMap::default()).unwrap();
            let wanted = between.map_or(Day::None, |between| Day::Whole {
                column: "day".to_owned(),
                between: between.to_owned(),
            });
            assert_eq!(found.schema.partitions.day, wanted);
            let is_told = found
                .notes
                .iter()
                .any(|it| it.contains("all days are read"));
            assert_eq!(is_told, between.is_none(), "{:?}", found.notes);
        }
    }

    #[test]
    fn security_lake_is_told_from_its_columns() {
        let mut columns: Vec<Column> = security_lake::COLUMNS
            .iter()
            .map(|name| column(name, "struct<>"))
            .collect();
        assert!(of(&columns, &[]).unwrap_err().problem.contains("version 1"));
        columns.extend(["time_dt", "accountid", "region"].map(|name| column(name, "string")));
        let found = of(&columns, &[]).unwrap();
        assert_eq!(
            (found.schema, found.name),
            (Schema::security_lake(), "Security Lake")
        );
        columns.retain(|it| it.name != "unmapped");
        assert!(
            of(&columns, &[])
                .unwrap_err()
                .problem
                .contains("`unmapped`")
        );
    }

    #[test]
    fn fields_of_structures_are_found() {
        let kind = "struct<a:string,b:struct<c:map<string,string>,d:decimal(3,1)>,e:int>";
        assert_eq!(member(kind, "E"), Some("int"));
        assert_eq!(
            member(member(kind, "b").unwrap(), "d"),
            Some("decimal(3,1)")
        );
        assert_eq!(member(kind, "c"), None);
        assert_eq!(member("string", "a"), None);
    }

    #[test]
    fn other_names_are_taken() {
        let map = ColumnMap {
            columns: vec![
                ("eventID".to_owned(), "event_id".to_owned()),
                ("tlsDetails.tlsVersion".to_owned(), String::new()),
            ],
            account: Some("acct".to_owned()),
            region: None,
            day: Some(("dt".to_owned(), "yyyy-MM-dd".to_owned())),
        };
        let schema = Schema::standard().with(&map).unwrap();
        assert_eq!(schema.partitions.account.as_deref(), Some("acct"));
        for (columns, wanted) in [(("eventId2", "x"), "eventid"), (("eventName", ""), "")] {
            let map = ColumnMap {
                columns: vec![(columns.0.to_owned(), columns.1.to_owned())],
                ..map.clone()
            };
            let error = Schema::standard().with(&map).unwrap_err();
            assert_eq!(error.like.unwrap_or_default(), wanted);
        }
    }
}
