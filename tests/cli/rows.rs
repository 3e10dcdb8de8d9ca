//! Results of queries that somebody has made up: each row that cannot be is told, and none costs more than it should.

use polgen::catalog::Catalog;
use polgen::sql::lake::header;
use polgen::sql::{Dialect, Relation, Request, Rows, Schema};
use polgen::time::Window;
use polgen::usage::RoleQuery;
use serde_json::{Value, json};

use crate::sql::{cell, csv, result};
use crate::world::{Place, assert_exit, polgen, stderr, stdout};

const FROM: &str = "2026-06-01";

/// A session of another role than the issuer of [`whole`].
const OTHER: &str = "arn:aws:sts::111122223333:assumed-role/other/x";

/// The rows of a query for `app`, and what the query says of itself.
fn rows() -> Vec<Value> {
    let query = RoleQuery::parse("app").unwrap();
    let request = Request {
        dialect: Dialect::Athena,
        relations: vec![Relation::table("audit.trail").unwrap()],
        schema: Schema::standard(),
        query: &query,
        window: Window {
            since: Some(format!("{FROM}T00:00:00Z").parse().unwrap()),
            until: None,
        },
        accounts: Vec::new(),
        regions: Vec::new(),
        catalog: Catalog::bundled(),
    };
    result(&request.about().json())
}

fn reader(query: &RoleQuery) -> Rows<'_> {
    Rows::new(&header(), (query, Window::default()), Catalog::bundled()).unwrap()
}

fn add(read: &mut Rows<'_>, row: &Value, number: u64) {
    let cells: Vec<String> = header().iter().map(|name| cell(&row[name])).collect();
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    read.add(&cells, number).unwrap();
}

fn suggest(rows: &[Value], more: &[&str]) -> std::process::Output {
    let place = Place::new();
    let file = place.file("rows.csv", csv(rows));
    let all = ["suggest", "--role", "app", "--usage", &file];
    polgen(&[&all, more].concat())
}

#[track_caller]
fn assert_told(rows: &[Value], more: &[&str], wanted: &str) {
    let output = suggest(rows, more);
    assert_exit(&output, 4);
    assert!(stderr(&output).contains(wanted), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
}

/// A record that comes whole.
fn whole(name: &str, time: &str) -> Value {
    let mut row = rows().remove(1);
    let members = row.as_object_mut().unwrap();
    for counted in ["first", "last", "days"] {
        members.remove(counted);
    }
    members.extend([
        ("reading".to_owned(), json!("whole")),
        ("count".to_owned(), json!(1)),
        ("name".to_owned(), json!(name)),
        ("time".to_owned(), json!(time)),
        ("id".to_owned(), json!("event-1")),
    ]);
    row
}

/// The rows with one more, counted in the total.
fn with(row: Value) -> Vec<Value> {
    let mut all = rows();
    let count = row["count"].as_u64().unwrap();
    all[2]["count"] = json!(3 + count);
    all.push(row);
    all
}

#[test]
fn what_a_query_was_made_for_is_compared_in_each_part() {
    let changed = |part: &str, value: Value| {
        let mut all = rows();
        let mut about: Value = serde_json::from_str(all[0]["request"].as_str().unwrap()).unwrap();
        about[part] = value;
        all[0]["request"] = json!(about.to_string());
        all
    };
    for (part, value, wanted) in [
        ("polgen_sql", json!(2), "expected rows of form 1"),
        ("catalog", json!("0"), "another catalog"),
        ("kind", json!("user"), "expected rows about"),
        ("name", json!("other"), "expected rows about"),
        ("account", json!("444455556666"), "expected rows about"),
    ] {
        assert_told(&changed(part, value), &[], wanted);
    }
    let until = "2026-07-01T00:00:00Z";
    assert_told(&rows(), &["--since", "2026-05-01"], "of the time asked for");
    assert_told(
        &changed("until", json!(until)),
        &["--until", "2026-06-15"],
        "of the time asked for",
    );
    assert_exit(&suggest(&rows(), &["--since", FROM]), 0);
}

#[test]
fn a_row_of_no_kind_or_number_is_refused() {
    let changed = |column: &str, value: Value| {
        let mut all = rows();
        all[1][column] = value;
        all
    };
    assert_told(&changed("row", json!("calls")), &[], "row 2: row: expected");
    for count in [
        json!(""),
        json!("-1"),
        json!("3.0"),
        json!(0),
        json!(u64::MAX),
    ] {
        assert_told(&changed("count", count), &[], "row 2: count: expected");
    }
}

#[test]
fn a_row_that_cannot_be_read_is_a_gap() {
    let mut odd = whole("GetObject", "2026-06-02T10:00:00Z");
    odd["caller_arn"] = json!(OTHER);
    let all = with(odd);
    assert_told(&all, &[], "row 4: userIdentity");
    assert_told(&all, &[], "the other 3 records");
    assert_exit(&suggest(&all, &["--allow-gaps"]), 0);
}

#[test]
fn what_only_single_events_answer_is_refused_before_a_query_costs() {
    for from in [["--athena", "logs.trail"], ["--lake", "store"]] {
        for choice in [["--exclude", "session=x"], ["--split-by", "session"]] {
            let all = [
                ["suggest", "--role"].as_slice(),
                &["app", "--yes"],
                &from,
                &choice,
            ];
            let output = polgen(&all.concat());
            assert_exit(&output, 2);
            let wanted = format!("{}: expected trails, found `{}`", choice[0], from[0]);
            assert!(stderr(&output).contains(&wanted), "{}", stderr(&output));
        }
    }
}

#[test]
fn a_day_that_is_none_is_told_and_the_calls_count() {
    for (column, value) in [
        ("days", json!("2026-02-30")),
        ("days", json!(r#"{"2026-02-30":1,"2026-06-01":2}"#)),
        ("first", json!("2026-02-30T00:00:00Z")),
    ] {
        let mut all = rows();
        all[1][column] = value;
        assert_told(&all, &[], &format!("row 2: {column}: expected"));
        let shown = stdout(&suggest(&all, &["--allow-gaps", "--format", "policy"]));
        assert_eq!(shown, stdout(&suggest(&rows(), &["--format", "policy"])));
    }
}

#[test]
fn a_row_about_the_role_that_names_nobody_is_told() {
    let mut row = rows().remove(1);
    for (column, value) in [
        ("row", json!("network")),
        ("reading", json!("")),
        ("count", json!(1)),
    ] {
        row[column] = value;
    }
    for column in [
        "caller",
        "caller_arn",
        "issuer_arn",
        "issuer_name",
        "principal",
    ] {
        row[column] = json!("");
    }
    let mut all = rows();
    all.push(row);
    assert_told(&all, &[], "row 4: expected a caller");
}

#[test]
fn so_many_gaps_are_named_and_the_rest_is_counted() {
    let mut all = rows();
    let mut odd = whole("GetObject", "2026-06-02T10:00:00Z");
    odd["caller_arn"] = json!(OTHER);
    all[2]["count"] = json!(3 + 1200);
    all.extend(std::iter::repeat_n(odd, 1200));
    assert_told(&all, &[], "1,200 places could not be read");
    let query = RoleQuery::parse("app").unwrap();
    let mut read = reader(&query);
    for (number, row) in (1..).zip(&all) {
        add(&mut read, row, number);
    }
    let found = read.finish().unwrap();
    assert_eq!((found.gaps.len(), found.more_gaps), (1000, 200));
}

#[test]
fn a_record_outside_the_window_does_not_count() {
    let actions = |time: &str| {
        let output = suggest(
            &with(whole("DeleteObject", time)),
            &["--since", FROM, "--format", "policy"],
        );
        assert_exit(&output, 0);
        stdout(&output)
    };
    assert!(actions("2026-06-01T00:00:00Z").contains("s3:DeleteObject"));
    assert!(!actions("2026-05-31T23:59:59Z").contains("s3:DeleteObject"));
}

#[test]
fn a_record_may_be_there_any_number_of_times() {
    let uses = |count: u64| {
        let mut row = whole("DeleteObject", "2026-06-02T10:00:00Z");
        row["count"] = json!(count);
        let output = suggest(&with(row), &["--format", "json"]);
        assert_exit(&output, 0);
        let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
        let all = report.to_string();
        assert!(all.contains("s3:DeleteObject"));
        all
    };
    for count in [1, 2, 100, 999_999_999_999] {
        let shown = uses(count);
        assert!(shown.contains(&format!("\"count\":{count}")), "{shown}");
    }
}

#[test]
fn rows_count_no_more_together_than_a_limit() {
    const MOST: u64 = 10_000_000_000_000;
    let query = RoleQuery::parse("app").unwrap();
    let mut read = reader(&query);
    let of_count = |count: u64| {
        let mut row = whole("DeleteObject", "2026-06-02T10:00:00Z");
        row["count"] = json!(count);
        row
    };
    add(&mut read, &of_count(MOST - 1), 2);
    add(&mut read, &of_count(1), 3);
    let row = of_count(1);
    let cells: Vec<String> = header().iter().map(|name| cell(&row[name])).collect();
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    let error = read.add(&cells, 4).unwrap_err();
    assert!(error.problem.starts_with("row 4: count: "), "{error}");
    assert_told(&with(of_count(MOST)), &[], "count: expected");
}

#[test]
fn a_part_of_a_row_that_cannot_be_read_is_told() {
    let days: serde_json::Map<String, Value> = (0..4001)
        .map(|day| {
            let day = jiff::civil::date(2015, 1, 1) + jiff::Span::new().days(day);
            (day.to_string(), json!(1))
        })
        .collect();
    for (column, value) in [
        ("endpoints", "vpce-1"),
        ("addresses", "[1]"),
        ("sessions", "{}"),
        ("examples", "x"),
        ("examples", "[\"x\"]"),
        ("first", "yesterday"),
        ("last", "yesterday"),
        ("days", "{\"x\":1}"),
        ("days", &Value::from(days).to_string()),
    ] {
        let mut all = rows();
        all[1][column] = json!(value);
        assert_told(&all, &[], &format!("{column}: expected"));
    }
    let mut role = rows().remove(1);
    role["row"] = json!("role");
    role["ids"] = json!("x");
    let mut all = rows();
    all.push(role);
    assert_told(&all, &[], "ids: expected a list of texts");
}

#[test]
fn counts_that_contradict_each_other_do_no_harm() {
    let mut all = rows();
    all[1]["days"] = json!(format!("{{\"2026-06-01\":{}}}", u64::MAX));
    let files = json!({ "row": "files", "count": 1, "files": u64::MAX });
    all.extend([all[1].clone(), files.clone(), files]);
    all[2]["count"] = json!(6);
    assert_exit(&suggest(&all, &[]), 0);
    let days = format!("{{\"2026-06-01\":3,\"2026-06-02\":{}}}", u64::MAX);
    for row in [1, 3] {
        all[row]["days"] = json!(days);
    }
    assert_exit(&suggest(&all, &[]), 0);
}

#[test]
fn rows_about_another_role_are_not_those_of_this_one() {
    let mut row = rows().remove(1);
    for (column, value) in [
        ("row", json!("network")),
        (
            "caller_arn",
            json!("arn:aws:sts::111122223333:assumed-role/other/"),
        ),
        (
            "issuer_arn",
            json!("arn:aws:iam::111122223333:role/svc/other"),
        ),
        ("issuer_name", json!("other")),
        ("address", json!("203.0.113.0")),
        ("reading", json!("")),
        ("count", json!(1)),
    ] {
        row[column] = value;
    }
    let mut all = rows();
    all.push(row);
    let output = suggest(&all, &["--format", "json"]);
    assert_exit(&output, 0);
    let same = suggest(&rows(), &["--format", "json"]);
    assert_eq!(stdout(&output), stdout(&same));
}

#[test]
fn two_results_of_the_same_time_and_a_trail_beside_are_refused() {
    let place = Place::new();
    let one = place.file("one.csv", csv(&rows()));
    let two = place.file("two.csv", csv(&rows()));
    let asked = ["suggest", "--role", "app", "--usage", &one];
    for (more, wanted) in [
        (["--usage", &two], "would count twice"),
        (["--trail", "samples/trail"], "the result of a query alone"),
        (["--exclude", "session=x"], "which holds no single events"),
    ] {
        let output = polgen(&[&asked[..], &more].concat());
        assert_exit(&output, 2);
        assert!(stderr(&output).contains(wanted), "{}", stderr(&output));
    }
}
