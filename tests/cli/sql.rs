//! `polgen sql` and `polgen athena`: what they print, and which results are read. That rows come to the same as files is tested where
//! there are engines, in the slow tier; one row is made by hand here.

use serde_json::{Value, json};

use crate::world::{Place, assert_exit, assert_golden, polgen, s3_call, stderr, stdout, trail};

/// Columns of a result, in any order.
const COLUMNS: [&str; 45] = [
    "row",
    "caller",
    "caller_arn",
    "caller_account",
    "principal",
    "user",
    "invoked_by",
    "issuer",
    "issuer_arn",
    "issuer_account",
    "issuer_name",
    "delivery",
    "provider",
    "id",
    "time",
    "source",
    "name",
    "region",
    "type",
    "category",
    "recipient",
    "shared",
    "code",
    "message",
    "request",
    "response",
    "additional",
    "resources",
    "address",
    "agent",
    "endpoint",
    "reading",
    "count",
    "with_endpoint",
    "with_public",
    "with_tls",
    "files",
    "first",
    "last",
    "days",
    "examples",
    "sessions",
    "endpoints",
    "addresses",
    "ids",
];

fn query(arguments: &[&str]) -> String {
    let all = [
        &["sql", "--dialect", "athena", "--table", "audit.trail"],
        arguments,
    ]
    .concat();
    let output = polgen(&all);
    assert_exit(&output, 0);
    stdout(&output)
}

/// What the rows of a query say of themselves.
fn about(sql: &str) -> String {
    let start = "{\"polgen_sql\"";
    let (_, rest) = sql.split_once(start).unwrap();
    let (members, _) = rest.split_once("}'").unwrap();
    format!("{start}{members}}}")
}

/// A cell as an engine writes it.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A result as an engine writes it.
pub(crate) fn csv(rows: &[Value]) -> String {
    let mut text = COLUMNS.join(",") + "\n";
    for row in rows {
        let cells = COLUMNS.map(|column| {
            let cell = row.get(column).map_or_else(String::new, cell);
            format!("\"{}\"", cell.replace('"', "\"\""))
        });
        text += &(cells.join(",") + "\n");
    }
    text
}

pub(crate) fn result(about: &str) -> Vec<Value> {
    let call = json!({
        "row": "call", "reading": "asked", "count": 3, "caller": "AssumedRole", "caller_account": "111122223333",
        "caller_arn": "arn:aws:sts::111122223333:assumed-role/app/", "issuer": "Role", "issuer_name": "app",
        "issuer_arn": "arn:aws:iam::111122223333:role/svc/app", "issuer_account": "111122223333",
        "source": "s3.amazonaws.com", "name": "GetObject", "region": "eu-central-1", "type": "AwsApiCall",
        "recipient": "111122223333", "request": r#"{"bucketName":"data","key":"in/a.csv"}"#,
        "first": "2026-06-01T10:00:00Z", "last": "2026-06-01T10:00:09Z", "days": r#"{"2026-06-01":3}"#,
    });
    vec![
        json!({ "row": "about", "count": 0, "request": about }),
        call,
        json!({ "row": "total", "count": 3 }),
    ]
}

#[test]
fn a_row_counts_as_so_many_records() {
    let place = Place::new();
    let rows = result(&about(&query(&["--role", "app"])));
    let file = place.file("rows.csv", csv(&rows));
    let records: Vec<Value> = (1..=3)
        .map(|number| s3_call(number, "GetObject", "data", "in/a.csv"))
        .collect();
    let files = place.gzip("trail.json.gz", &trail(&records));
    let suggested = |source: &[&str]| {
        let output =
            polgen(&[&["suggest", "--role", "app", "--format", "policy"], source].concat());
        assert_exit(&output, 0);
        stdout(&output)
    };
    assert_eq!(
        suggested(&["--usage", &file]),
        suggested(&["--trail", &files])
    );
}

#[test]
fn a_result_of_something_else_is_refused() {
    let place = Place::new();
    let rows = result(&about(&query(&["--role", "app"])));
    let refused = |rows: &[Value], role: &str, wanted: &str| {
        let file = place.file("rows.csv", csv(rows));
        let output = polgen(&["suggest", "--role", role, "--usage", &file]);
        assert_exit(&output, 4);
        assert!(stderr(&output).contains(wanted), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
    };
    refused(&rows, "other", "expected rows about `other`");
    refused(&rows[1..], "app", "what the query was made for");
    let without_call = [rows[0].clone(), rows[2].clone()];
    refused(
        &without_call,
        "app",
        "expected rows of 3 records, found those of 0",
    );
    let of_another = result(&about(&query(&["--role", "app", "--since", "2026-06-01"])));
    let file = place.file("rows.csv", csv(&of_another));
    let output = polgen(&[
        "suggest",
        "--role",
        "app",
        "--usage",
        &file,
        "--since",
        "2026-05-01",
    ]);
    assert_exit(&output, 4);
    let file = place.file("other.csv", "a,b\n1,2\n");
    let output = polgen(&["suggest", "--role", "app", "--usage", &file]);
    assert_exit(&output, 4);
    assert!(
        stderr(&output).contains("no column `row`"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn names_stand_in_the_query_as_texts() {
    let sql = query(&["--role", "x'; DROP TABLE t; --"]);
    assert!(sql.contains("'/x''; DROP TABLE t; --'"));
    assert!(sql.len() < 262_144, "{}", sql.len());
    let output = polgen(&[
        "sql",
        "--dialect",
        "spark",
        "--table",
        "t",
        "--role",
        "x\\'y",
    ]);
    assert!(stdout(&output).contains(r"'/x\\\'y'"));
}

#[test]
fn a_job_for_spark_has_the_query_in_it() {
    let output = polgen(&["sql", "--dialect", "spark", "--spark-job", "--all-roles"]);
    assert_exit(&output, 0);
    assert!(stdout(&output).contains("SQL = \"WITH\\n"));
    let output = polgen(&["sql", "--dialect", "athena", "--spark-job", "--all-roles"]);
    assert_exit(&output, 2);
}

#[test]
fn the_table_is_parted_by_account_region_and_day() {
    let output = polgen(&[
        "athena",
        "ddl",
        "--location",
        "s3://trails/AWSLogs/o-acme/",
        "--table",
        "audit.trail",
        "--account",
        "111122223333",
        "--account",
        "444455556666",
        "--region",
        "eu-central-1",
        "--since",
        "2025-02-03",
    ]);
    assert_exit(&output, 0);
    assert_golden("athena/ddl.sql", &stdout(&output));
    let output = polgen(&[
        "athena",
        "ddl",
        "--location",
        "trails",
        "--account",
        "111122223333",
        "--region",
        "eu-central-1",
    ]);
    assert_exit(&output, 2);
    let place = ["athena", "ddl", "--location", "s3://trails/AWSLogs"];
    for (account, region) in [
        ("11112222333", "eu-central-1"),
        ("1111222233334", "eu-central-1"),
        ("11112222333,", "eu-central-1"),
        ("111122223333", "eu-central-1,'x"),
        ("111122223333", ""),
    ] {
        let output = polgen(&[&place[..], &["--account", account, "--region", region]].concat());
        assert_exit(&output, 2);
        assert_eq!(stdout(&output), "");
    }
}
