//! Which folders a query will scan, so that what it costs can be told from their sizes before it runs.

use jiff::civil::Date;

use super::Request;
use super::query::days;
use super::schema::{Day, TableFacts};

/// The most folders that are looked at; of more, some that lie evenly among them.
const MOST_FOLDERS: usize = 600;

/// The folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Their places: `s3://BUCKET/PREFIX/`.
    pub folders: Vec<String>,
    /// How many there are in all.
    pub of: usize,
}

/// Tells the folders from a table's properties; or why they cannot be told.
///
/// Source: Amazon Athena user guide, "Set up partition projection" and "Supported types for partition projection".
#[expect(
    clippy::too_many_lines,
    reason = "one property after the other, each with why it is wanted"
)]
pub fn scan(request: &Request<'_>, facts: &TableFacts, today: Date) -> Result<Scan, String> {
    let property = |name: &str| facts.properties.get(name);
    let partitions = &request.schema.partitions;
    let Some(template) = property("storage.location.template") else {
        return Err("the table does not tell its folders".to_owned());
    };
    let Day::Whole {
        column: day,
        between,
    } = &partitions.day
    else {
        return Err("the table is not parted by days that are known".to_owned());
    };
    let values = |column: &Option<String>,
                  asked: &[String]|
     -> Result<(String, Vec<String>), String> {
        let Some(column) = column else {
            return Ok((String::new(), vec![String::new()]));
        };
        if !asked.is_empty() {
            return Ok((column.clone(), asked.to_vec()));
        }
        let all = property(&format!("projection.{column}.values"));
        let all = all.ok_or_else(|| format!("the table does not tell all values of `{column}`"))?;
        Ok((
            column.clone(),
            all.split(',').map(|it| it.trim().to_owned()).collect(),
        ))
    };
    let accounts = values(&partitions.account, &request.accounts)?;
    let regions = values(&partitions.region, &request.regions)?;
    let range = property(&format!("projection.{day}.range"));
    let first = range
        .and_then(|range| range.split(',').next())
        .and_then(read_day);
    let (since, until) = days(request.window);
    let first = since
        .max(first)
        .ok_or("the table does not tell its first day")?;
    let last = until.map_or(today, |until| until.min(today));
    let days: Vec<Date> = first
        .series(jiff::Span::new().days(1))
        .take_while(|day| *day <= last)
        .collect();
    let of = accounts.1.len() * regions.1.len() * days.len();
    let taken = of.min(MOST_FOLDERS);
    let folder = |number: usize| {
        // Evenly among all.
        let at = number * of / taken.max(1);
        let account = accounts.1.get(at / (regions.1.len() * days.len()))?;
        let region = regions.1.get(at / days.len() % regions.1.len())?;
        let date = days.get(at % days.len())?;
        let written = format!(
            "{:04}{between}{:02}{between}{:02}",
            date.year(),
            date.month(),
            date.day()
        );
        let mut place = template.replace(&format!("${{{day}}}"), &written);
        for (column, value) in [(&accounts.0, account), (&regions.0, region)] {
            if !column.is_empty() {
                place = place.replace(&format!("${{{column}}}"), value);
            }
        }
        Some(format!("{}/", place.trim_end_matches('/')))
    };
    let folders: Vec<String> = (0..taken).filter_map(folder).collect();
    if folders.iter().any(|place| place.contains("${")) {
        return Err("the table's folders have parts that are not known".to_owned());
    }
    Ok(Scan { folders, of })
}

/// Reads a day whose parts are four, two and two digits.
fn read_day(text: &str) -> Option<Date> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let part = |from: usize, to: usize| digits.get(from..to)?.parse::<i16>().ok();
    let [month, day] = [part(4, 6)?, part(6, 8)?].map(|it| i8::try_from(it).ok());
    Date::new(part(0, 4)?, month?, day?).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::catalog::Catalog;
    use crate::sql::{Dialect, Relation, Schema};
    use crate::time::Window;
    use crate::usage::{PrincipalKind, RoleQuery};

    fn facts(accounts: &str) -> TableFacts {
        let properties = [
            ("projection.account.values", accounts),
            ("projection.region.values", "eu-west-1,us-east-1"),
            ("projection.day.range", "2026/06/01,NOW"),
            (
                "storage.location.template",
                "s3://b/AWSLogs/${account}/CloudTrail/${region}/${day}",
            ),
        ];
        TableFacts {
            properties: properties
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
            ..TableFacts::default()
        }
    }

    fn told(facts: &TableFacts, since: &str, accounts: &[&str]) -> Result<Scan, String> {
        told_of(facts, (since, None), accounts)
    }

    fn told_of(
        facts: &TableFacts,
        (since, until): (&str, Option<&str>),
        accounts: &[&str],
    ) -> Result<Scan, String> {
        let query = RoleQuery::every(PrincipalKind::Role);
        let request = Request {
            dialect: Dialect::Athena,
            relations: vec![Relation::table("t").unwrap()],
            schema: Schema::standard(),
            query: &query,
            window: Window {
                since: Some(since.parse().unwrap()),
                until: until.map(|until| until.parse().unwrap()),
            },
            accounts: accounts.iter().map(|&it| it.to_owned()).collect(),
            regions: Vec::new(),
            catalog: Catalog::bundled(),
        };
        scan(&request, facts, jiff::civil::date(2026, 6, 10))
    }

    #[test]
    fn folders_are_those_that_the_query_reads() {
        let found = told(&facts("1,2"), "2026-06-08T00:00:00Z", &["1"]).unwrap();
        assert_eq!(
            found.of, 8,
            "four days, with the day before, in two regions"
        );
        assert_eq!(found.folders.len(), 8);
        assert_eq!(
            found.folders.first().unwrap(),
            "s3://b/AWSLogs/1/CloudTrail/eu-west-1/2026/06/07/"
        );
        assert_eq!(
            found.folders.last().unwrap(),
            "s3://b/AWSLogs/1/CloudTrail/us-east-1/2026/06/10/"
        );
        // The table begins later than what is asked for.
        assert_eq!(
            told(&facts("1,2"), "2020-01-01T00:00:00Z", &[]).unwrap().of,
            40
        );
    }

    #[test]
    fn what_was_delivered_late_is_read_too() {
        let window = ("2026-05-01T00:00:00Z", Some("2026-05-20T00:00:00Z"));
        let found = told_of(&facts("1"), window, &[]).unwrap();
        // The table begins in June, and two weeks behind the window end on the third.
        assert_eq!(found.of, 6);
    }

    #[test]
    fn of_many_some_are_looked_at() {
        let accounts: Vec<String> = (0..1000).map(|it| it.to_string()).collect();
        let found = told(&facts(&accounts.join(",")), "2026-06-08T00:00:00Z", &[]).unwrap();
        assert_eq!((found.of, found.folders.len()), (8000, MOST_FOLDERS));
        let different: std::collections::BTreeSet<&String> = found.folders.iter().collect();
        assert_eq!(different.len(), MOST_FOLDERS);
    }

    #[test]
    fn what_is_not_known_is_said() {
        let mut unknown = facts("1");
        unknown.properties.remove("projection.account.values");
        assert!(
            told(&unknown, "2026-06-08T00:00:00Z", &[])
                .unwrap_err()
                .contains("`account`")
        );
        assert!(told(&unknown, "2026-06-08T00:00:00Z", &["1"]).is_ok());
        let place = "s3://b/${account}/${unit}/${region}/${day}".to_owned();
        let template = "storage.location.template".to_owned();
        unknown.properties.insert(template, place);
        let said = told(&unknown, "2026-06-08T00:00:00Z", &["1"]).unwrap_err();
        assert!(said.contains("parts that are not known"), "{said}");
        unknown.properties = BTreeMap::new();
        assert!(told(&unknown, "2026-06-08T00:00:00Z", &["1"]).is_err());
    }
}
