//! The first parts of the query: which records count, and what is known of each.

use super::SESSION;
use crate::sql::Request;
use crate::sql::looked_at::{COLUMNS, LookedAt};
use crate::sql::schema::{Day, FIELDS, Partitions};
use crate::sql::signs;
use crate::sql::table::Relation;
use crate::sql::tree::{
    Body, Expr, From, Function, Operator, Select, all, any, call, contains, either, equal, filled,
    group, is_there, matches, name, not, text, then,
};
use crate::time::{Timestamp, Window, day_of};
use crate::usage::{PrincipalKind, RoleQuery};

/// A moment as CloudTrail writes it.
const MOMENT: &str = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$";

/// The ARN of a role.
const ROLE_ARN: &str = "^arn:[^:]*:iam:[^:]*:[^:]*:role/(?:.*/)?[^/]+$";

/// How days of late deliveries count, as in folders.
const DAYS_BEFORE: i32 = 1;
const DAYS_AFTER: i32 = 14;

/// The records that count, under our names, of each table.
pub(super) fn records(request: &Request<'_>) -> Body {
    let of_table = |relation: &Relation| {
        let columns = FIELDS
            .iter()
            .map(|field| (request.schema.field(field), field.name))
            .collect();
        let mut select = Select::of(relation.from(), columns);
        let conditions = pruned(&request.schema.partitions, request);
        select.filter = (!conditions.is_empty()).then(|| all(conditions));
        select
    };
    Body::Selects(request.relations.iter().map(of_table).collect())
}

/// Whether a record lies in the window. Events without a readable time cannot be told to lie outside.
fn inside(time: &Expr, window: Window) -> Expr {
    let since = window.since.map(whole_second);
    let until = window.until.map(whole_second);
    let since = since.map(|since| Expr::Joined(Operator::AtLeast, vec![time.clone(), text(since)]));
    let until = until.map(|until| Expr::Joined(Operator::Less, vec![time.clone(), text(until)]));
    let inside: Vec<Expr> = since.into_iter().chain(until).collect();
    let odd = not(matches(filled(time.clone()), MOMENT));
    any([odd, all(inside)])
}

/// The text of the first whole second that is not before a moment. Records have whole seconds.
fn whole_second(moment: Timestamp) -> String {
    let second = moment.as_second() + i64::from(moment.subsec_nanosecond() > 0);
    Timestamp::from_second(second)
        .unwrap_or(Timestamp::MAX)
        .to_string()
}

fn shifted(moment: Timestamp, days: i32) -> Option<jiff::civil::Date> {
    use jiff::ToSpan as _;
    day_of(moment).checked_add(days.days()).ok()
}

/// The first and the last day whose parts may hold events of a window.
pub(in crate::sql) fn days(
    window: Window,
) -> (Option<jiff::civil::Date>, Option<jiff::civil::Date>) {
    let since = window.since.and_then(|it| shifted(it, -DAYS_BEFORE));
    let until = window.until.and_then(|it| shifted(it, DAYS_AFTER));
    (since, until)
}

/// Leaves out the parts of the table that cannot hold anything asked for.
fn pruned(partitions: &Partitions, request: &Request<'_>) -> Vec<Expr> {
    let mut conditions = Vec::new();
    let column = |name: &String| Expr::Column(vec![name.clone()]);
    let one_of = |name: &Option<String>, values: &[String]| {
        let name = name.as_ref().filter(|_| !values.is_empty())?;
        let values = values
            .iter()
            .map(|it| equal(column(name), text(it.as_str())));
        Some(any(values.collect::<Vec<_>>()))
    };
    conditions.extend(one_of(&partitions.account, &request.accounts));
    conditions.extend(one_of(&partitions.region, &request.regions));
    let (since, until) = days(request.window);
    let (whole, between) = match &partitions.day {
        Day::None => return conditions,
        Day::Moment { column: name } => {
            // The day before and after, for what the engine rounds.
            let until = request.window.until.and_then(|it| shifted(it, 2));
            let moment = |day: jiff::civil::Date| Expr::Moment(format!("{day} 00:00:00"));
            let bound = |operator, day| Expr::Joined(operator, vec![column(name), moment(day)]);
            conditions.extend(since.map(|day| bound(Operator::AtLeast, day)));
            conditions.extend(until.map(|day| bound(Operator::Less, day)));
            return conditions;
        }
        Day::Whole {
            column: name,
            between,
        } => (column(name), between.clone()),
        Day::Parts { year, month, day } => {
            let slash = || text("-");
            let whole = then([column(year), slash(), column(month), slash(), column(day)]);
            // Years alone can be pruned by every engine.
            let years = since.map(|it| it.year().to_string());
            let year_of = |it| Expr::Joined(Operator::AtLeast, vec![column(year), text(it)]);
            conditions.extend(years.map(year_of));
            (whole, "-".to_owned())
        }
    };
    let written = |day: jiff::civil::Date| {
        let (year, month, day) = (day.year(), day.month(), day.day());
        format!("{year:04}{between}{month:02}{between}{day:02}")
    };
    if let Some(since) = since {
        conditions.push(Expr::Joined(
            Operator::AtLeast,
            vec![whole.clone(), text(written(since))],
        ));
    }
    if let Some(until) = until.and_then(|until| until.tomorrow().ok()) {
        conditions.push(Expr::Joined(
            Operator::Less,
            vec![whole, text(written(until))],
        ));
    }
    conditions
}

/// What is known of each record, and which of its members are kept.
#[expect(
    clippy::too_many_lines,
    reason = "a query reads best in one piece, in the order of its text"
)]
pub(super) fn told(request: &Request<'_>, looked_at: &LookedAt) -> Select {
    let role = signs::role_told();
    let is_odd = all([
        any([
            equal(filled(name("caller")), text("AssumedRole")),
            equal(filled(name("caller")), text("Role")),
            equal(filled(name("issuer")), text("Role")),
        ]),
        not(matches(filled(name("issuer_arn")), ROLE_ARN)),
        not(matches(filled(name("caller_arn")), SESSION)),
    ]);
    let has_no_name = any([
        equal(filled(name("source")), text("")),
        equal(filled(name("name")), text("")),
        matches(filled(name("source")), "^aws:"),
    ]);
    let is_call = equal(
        call(Function::Coalesce, [name("type"), text("AwsApiCall")]),
        text("AwsApiCall"),
    );
    let own = call(
        Function::Coalesce,
        [
            group(name("issuer_arn"), "^arn:[^:]*:iam:[^:]*:([^:]*):"),
            group(name("caller_arn"), "^arn:[^:]*:[^:]*:[^:]*:([^:]*):"),
            text(""),
        ],
    );
    let is_foreign = all([
        is_there(name("shared")),
        is_there(name("recipient")),
        not(equal(name("recipient"), own)),
    ]);
    let asked = asked(request.query);
    let is_strange = any([
        not(matches(filled(name("time")), MOMENT)),
        is_odd,
        all([has_no_name, is_call]),
    ]);
    let mut columns: Vec<(Expr, &'static str)> = FIELDS
        .iter()
        .map(|field| (name(field.name), field.name))
        .collect();
    let is_asked = |condition: Expr| either(condition, text("y"), text("n"));
    // Of files that were read in vain it still counts that they were read.
    columns.push((is_asked(inside(&name("time"), request.window)), "is_inside"));
    columns.push((is_asked(asked.clone()), "is_asked"));
    columns.push((
        is_asked(any([is_strange, all([asked, is_foreign])])),
        "is_whole",
    ));
    columns.push((is_asked(signs::configuring(request)), "is_sign"));
    columns.push((is_asked(role), "is_role"));
    columns.push((
        is_asked(signs::of_session(request.catalog)),
        "tells_session",
    ));
    columns.push((signs::telling(request.catalog), "telling"));
    for (column, members) in [
        ("request", "request_members"),
        ("response", "response_members"),
        ("additional", "additional_members"),
    ] {
        columns.push((call(Function::Members, [name(column)]), members));
    }
    let mut select = Select::of(From::Part("records"), columns);
    let others = looked_at.others.texts();
    for (column, other) in COLUMNS.into_iter().zip(others) {
        let found = |part: &'static str| Expr::Column(vec![part.to_owned(), column.to_owned()]);
        let of_none = if column == "arns" { other.as_str() } else { "" };
        let kept = call(
            Function::Coalesce,
            [found("of_operation"), found("of_source"), text(of_none)],
        );
        let kept = if column == "arns" || other.is_empty() {
            kept
        } else {
            then([kept, text(other)])
        };
        select.columns.push((kept, column));
    }
    let of = |part: &str, column: &str| Expr::Column(vec![part.to_owned(), column.to_owned()]);
    for (column, _) in &mut select.columns {
        *column = within(column.clone());
    }
    let source = |part: &str| {
        equal(
            of(part, "source"),
            call(Function::Lower, [of("records", "source")]),
        )
    };
    let spaced = then([text(" "), of("records", "name"), text(" ")]);
    let same = contains(of("of_operation", "operations"), spaced);
    select.joins = vec![
        ("of_operation", all([source("of_operation"), same])),
        ("of_source", source("of_source")),
    ];
    select
}

/// Names whose part the names are of, where several parts have some of the same name.
fn within(expression: Expr) -> Expr {
    let of_records = |name: &str| Expr::Column(vec!["records".to_owned(), name.to_owned()]);
    expression.with_names(&of_records)
}

/// Who is asked for. Some who are not may be among them: reading the rows tells them apart.
pub(in crate::sql) fn asked(query: &RoleQuery) -> Expr {
    let caller = || filled(name("caller"));
    let is_session = any([
        equal(caller(), text("AssumedRole")),
        equal(caller(), text("Role")),
        equal(filled(name("issuer")), text("Role")),
        contains(filled(name("caller_arn")), text(":assumed-role/")),
    ]);
    let is_user = any([
        equal(caller(), text("IAMUser")),
        equal(caller(), text("FederatedUser")),
    ]);
    let kind = match (query.is_everyone, query.kind) {
        (true, _) => any([is_session, is_user]),
        (false, PrincipalKind::Role) => is_session,
        (false, PrincipalKind::User) => is_user,
    };
    let mut conditions = vec![kind];
    if let Some(wanted) = &query.name {
        let after = format!("/{wanted}");
        conditions.push(any([
            contains(filled(name("issuer_arn")), text(after.as_str())),
            contains(filled(name("caller_arn")), text(after)),
            equal(filled(name("issuer_name")), text(wanted.as_str())),
        ]));
    }
    if let Some(account) = &query.account {
        let inside = format!(":{account}:");
        conditions.push(any([
            contains(filled(name("issuer_arn")), text(inside.as_str())),
            contains(filled(name("caller_arn")), text(inside)),
            equal(filled(name("caller_account")), text(account.as_str())),
            equal(filled(name("issuer_account")), text(account.as_str())),
        ]));
    }
    all(conditions)
}
