//! The one query: records of one form become one row.
//!
//! Its parts follow each other, each read once, so that a table is scanned once: `records` has our columns under our names,
//! `told` what is known of each caller and record, `reduced` what of it decides what the call needed, and `keyed` has
//! each record several times, for each kind of row that it counts in.

mod reduced;
mod told;

use std::collections::BTreeSet;

use super::dialect::Dialect;
use super::looked_at::{COLUMNS, Kept, LookedAt, listed};
use super::tree::{
    Body, Expr, From, Function, Operator, Query, Select, all, any, call, either, equal, filled,
    group, is_null, is_there, name, not, text, when,
};
use super::{About, Request};
use reduced::reduced;
pub(super) use told::{asked, days};
use told::{records, told};

/// The part of a session's ARN before the session.
const BEFORE_SESSION: &str = "^(arn:[^:]*:sts:[^:]*:[^:]*:assumed-role/[^/]+/)";
const SESSION: &str = "^arn:[^:]*:sts:[^:]*:[^:]*:assumed-role/[^/]+/(.*)$";

/// How many of the earliest events are asked for. Three are kept; one that was recorded twice must not hide another.
const EXAMPLES: i64 = 12;
/// How many values of a circumstance are asked for: one more than are kept.
const VALUES: i64 = 9;
/// How many sessions of a use are asked for, and of a role.
const SESSIONS: i64 = 3;
const SESSIONS_OF_ROLE: i64 = 1000;
/// All of them.
const MANY: i64 = 1_000_000_000;

/// Builds the query.
pub(super) fn build(request: &Request<'_>) -> Query {
    let looked_at = LookedAt::in_catalog(request.catalog);
    let mut parts = vec![("records", records(request))];
    let source = std::iter::once("source");
    let columns: Vec<&'static str> = source.chain(COLUMNS).collect();
    let of_source = |(source, kept): (&String, &Kept)| {
        std::iter::once(source.clone())
            .chain(kept.texts())
            .collect()
    };
    let lists = looked_at.sources.iter().map(of_source).collect();
    parts.push(("of_source", Body::Rows(columns, lists)));
    let names = ["source", "operations"].into_iter();
    let columns: Vec<&'static str> = names.chain(COLUMNS).collect();
    let of_operation = |((source, kept), names): (&(String, Kept), &BTreeSet<String>)| {
        let named = [source.clone(), listed(names)].into_iter();
        named.chain(kept.texts()).collect()
    };
    let lists = looked_at.operations.iter().map(of_operation).collect();
    parts.push(("of_operation", Body::Rows(columns, lists)));
    let kinds = KINDS.iter().map(|kind| vec![(*kind).to_owned()]).collect();
    parts.push(("kinds", Body::Rows(vec!["row"], kinds)));
    parts.push(("told", Body::Select(told(request, &looked_at))));
    parts.push(("reduced", Body::Select(reduced())));
    parts.push(("keyed", Body::Select(keyed())));
    let is_by_day = request.dialect == Dialect::Spark;
    if is_by_day {
        parts.push(("ranked", Body::Select(ranked())));
    }
    Query {
        parts,
        results: vec![rows(is_by_day), about(&request.about(), is_by_day)],
    }
}

/// The kinds of rows.
pub(super) const KINDS: [&str; 7] = [
    "call",
    "role",
    "network",
    "client",
    "principal",
    "files",
    "total",
];

/// The columns that rows are told apart by, beside the kind.
pub(super) const KEYS: [&str; 31] = [
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
];

fn is(column: &'static str) -> Expr {
    equal(name(column), text("y"))
}

/// Each record once for each kind of row that it counts in.
#[expect(
    clippy::too_many_lines,
    reason = "a query reads best in one piece, in the order of its text"
)]
fn keyed() -> Select {
    let row = |kind: &'static str| equal(name("row"), text(kind));
    let is_call = row("call");
    let is_of_role = any([row("role"), row("network"), row("client")]);
    let mut columns = vec![(name("row"), "row")];
    for key in KEYS {
        let value = match key {
            "caller_arn" => {
                let bare = call(
                    Function::Coalesce,
                    [group(name("whole_arn"), BEFORE_SESSION), name("whole_arn")],
                );
                let bare = when(any([is_of_role.clone(), row("principal")]), bare);
                either(is_call.clone(), name(key), bare)
            }
            "caller" | "issuer_arn" => {
                let whole = if key == "caller" {
                    "whole_caller"
                } else {
                    "whole_issuer_arn"
                };
                let of_others = when(row("principal"), name(whole));
                either(
                    any([is_call.clone(), is_of_role.clone()]),
                    name(key),
                    of_others,
                )
            }
            "caller_account" | "issuer" | "issuer_account" | "issuer_name" => {
                when(any([is_call.clone(), is_of_role.clone()]), name(key))
            }
            "address" => Expr::Case(
                vec![
                    (is_call.clone(), name(key)),
                    (row("network"), name("network")),
                    (row("files"), file_bucket()),
                ],
                None,
            ),
            "agent" => Expr::Case(
                vec![
                    (is_call.clone(), name(key)),
                    (row("client"), name("client")),
                ],
                None,
            ),
            _ => when(is_call.clone(), name(key)),
        };
        columns.push((value, key));
    }
    columns.push((name("moment"), "moment"));
    let day = call(
        Function::Substring,
        [name("moment"), Expr::Number(1), Expr::Number(10)],
    );
    columns.push((when(is_call.clone(), day), "day"));
    let is_told = any([
        equal(filled(name("reading")), text("asked")),
        equal(filled(name("reading")), text("sign")),
    ]);
    let of_use = |value| when(all([is_call.clone(), is_told.clone()]), value);
    columns.push((of_use(name("example")), "example"));
    let has_session = any([
        all([is_call.clone(), is_told.clone()]),
        all([row("role"), is("is_asked")]),
    ]);
    columns.push((when(has_session, name("session")), "session"));
    columns.push((of_use(name("whole_endpoint")), "whole_endpoint"));
    columns.push((of_use(name("public")), "public"));
    columns.push((of_use(name("tls")), "tls"));
    columns.push((when(row("role"), name("own_shared")), "own_shared"));
    columns.push((when(row("files"), name("file")), "file"));
    let mut select = Select::of(From::Part("reduced"), columns);
    select.times = Some("kinds");
    let counts = any([
        is_call,
        all([is_of_role, is("is_asked"), not(is("is_whole"))]),
        all([
            row("principal"),
            not(is("is_asked")),
            not(is("is_whole")),
            is("is_role"),
        ]),
        row("total"),
    ]);
    select.filter = Some(any([
        all([is("is_inside"), counts]),
        all([row("files"), is_there(name("file"))]),
    ]));
    select
}

/// Which of some thousand lots a file falls into, so that no machine has to know all files.
fn file_bucket() -> Expr {
    let length = call(Function::Length, [name("file")]);
    // The letters before `.json.gz` are random.
    let tail = group(name("file"), r"(..)\.json\.gz$");
    either(
        is_null(length),
        Expr::Null,
        call(Function::Coalesce, [tail, text("")]),
    )
}

/// What is counted in by each row of `keyed`.
const COUNTED_IN: [&str; 8] = [
    "moment",
    "session",
    "whole_endpoint",
    "public",
    "tls",
    "own_shared",
    "file",
    "day",
];

/// The earliest examples alone, where an engine cannot take the smallest values of a group without holding all.
fn ranked() -> Select {
    let keys = || std::iter::once("row").chain(KEYS).chain(["day"]);
    let mut columns: Vec<(Expr, &'static str)> = keys().map(|key| (name(key), key)).collect();
    let others = COUNTED_IN.into_iter().filter(|column| *column != "day");
    columns.extend(others.map(|column| (name(column), column)));
    columns.push((name("example"), "example"));
    let order = std::iter::once(either(is_null(name("example")), text("~"), name("example")));
    let rank = call(
        Function::Rank,
        order.chain(keys().map(name)).collect::<Vec<_>>(),
    );
    columns.push((rank, "place"));
    Select::of(From::Part("keyed"), columns)
}

/// The rows.
fn rows(is_by_day: bool) -> Select {
    let mut columns = vec![(name("row"), "row")];
    columns.extend(KEYS.map(|key| (name(key), key)));
    if is_by_day {
        columns.push((name("day"), "day"));
    }
    let grouped_by = columns.len();
    columns.extend(counted(is_by_day));
    let from = if is_by_day { "ranked" } else { "keyed" };
    let mut select = Select::of(From::Part(from), columns);
    select.grouped_by = grouped_by;
    select
}

/// What is counted of each row.
fn counted(is_by_day: bool) -> Vec<(Expr, &'static str)> {
    let sessions = either(
        equal(name("row"), text("role")),
        Expr::Number(SESSIONS_OF_ROLE),
        Expr::Number(SESSIONS),
    );
    let first = |function, column: &'static str, most: Expr| call(function, [name(column), most]);
    let number = Expr::Number;
    let is_late = Expr::Joined(Operator::Less, vec![number(EXAMPLES), name("place")]);
    let example = if is_by_day {
        when(not(is_late), name("example"))
    } else {
        name("example")
    };
    vec![
        (call(Function::Count, []), "count"),
        (
            call(Function::Count, [name("whole_endpoint")]),
            "with_endpoint",
        ),
        (call(Function::Count, [name("public")]), "with_public"),
        (call(Function::Count, [name("tls")]), "with_tls"),
        (call(Function::Different, [name("file")]), "files"),
        (call(Function::Least, [name("moment")]), "first"),
        (call(Function::Greatest, [name("moment")]), "last"),
        (call(Function::Histogram, [name("day")]), "days"),
        (
            call(Function::Smallest, [example, number(EXAMPLES)]),
            "examples",
        ),
        (first(Function::Distinct, "session", sessions), "sessions"),
        (
            first(Function::Distinct, "whole_endpoint", number(VALUES)),
            "endpoints",
        ),
        (
            first(Function::Distinct, "public", number(VALUES)),
            "addresses",
        ),
        (first(Function::Distinct, "own_shared", number(MANY)), "ids"),
    ]
}

/// What the query was made for, as a row of its own.
fn about(about: &About, is_by_day: bool) -> Select {
    let told = |key: &'static str| match key {
        "request" => (text(about.json()), key),
        _ => (Expr::Null, key),
    };
    let mut columns = vec![(text("about"), "row")];
    columns.extend(KEYS.map(told));
    columns.extend(is_by_day.then_some((Expr::Null, "day")));
    columns.extend(
        counted(is_by_day)
            .into_iter()
            .map(|(counted, name)| match counted {
                Expr::Call(Function::Count | Function::Different, _) => (Expr::Number(0), name),
                _ => (Expr::Null, name),
            }),
    );
    Select::of(From::Nothing, columns)
}
