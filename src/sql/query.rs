//! The one query: records of one form become one row.
//!
//! Its parts follow each other, each read once, so that a table is scanned once: `records` has our columns under our names,
//! `told` what is known of each caller and record, `reduced` what of it decides what the call needed, and `keyed` has
//! each record several times, for each kind of row that it counts in.

use std::collections::BTreeSet;

use super::dialect::Dialect;
use super::looked_at::{ALL, COLUMNS, Kept, LookedAt, listed};
use super::schema::{Day, FIELDS, Partitions};
use super::signs;
use super::tree::{
    Body, Expr, From, Function, Operator, Query, Select, all, any, call, contains, either, equal,
    filled, group, is_null, is_there, matches, name, not, text, then, when,
};
use super::{About, Request};
use crate::time::{Timestamp, Window, day_of};
use crate::trail::outcome;
use crate::usage::{PrincipalKind, RoleQuery};

/// How many of the earliest events are asked for. Three are kept; one that was recorded twice must not hide another.
const EXAMPLES: i64 = 12;
/// How many values of a circumstance are asked for: one more than are kept.
const VALUES: i64 = 9;
/// How many sessions of a use are asked for, and of a role.
const SESSIONS: i64 = 3;
const SESSIONS_OF_ROLE: i64 = 1000;
/// All of them.
const MANY: i64 = 1_000_000_000;

/// A moment as CloudTrail writes it.
const MOMENT: &str = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$";

/// An address of four numbers, and its network.
const OCTET: &str = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";

/// Addresses that AWS never sees: those of private networks, as `usage` knows them.
const PRIVATE: &str = r"^(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.|100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.|::1$|[fF][cCdD][0-9a-fA-F]{2}:|[fF][eE][89aAbB][0-9a-fA-F]:)";

/// The part of a session's ARN before the session.
const BEFORE_SESSION: &str = "^(arn:[^:]*:sts:[^:]*:[^:]*:assumed-role/[^/]+/)";
const SESSION: &str = "^arn:[^:]*:sts:[^:]*:[^:]*:assumed-role/[^/]+/(.*)$";
const ROLE_ARN: &str = "^arn:[^:]*:iam:[^:]*:[^:]*:role/(?:.*/)?[^/]+$";

/// How days of late deliveries count, as in folders.
const DAYS_BEFORE: i32 = 1;
const DAYS_AFTER: i32 = 14;

/// Builds the query.
pub(super) fn build(request: &Request<'_>) -> Query {
    let looked_at = LookedAt::in_catalog(request.catalog);
    let mut parts = vec![("records", Body::Select(records(request)))];
    let source = std::iter::once("source");
    let columns: Vec<&'static str> = source.chain(COLUMNS).collect();
    let of_source = |(source, kept): (&String, &Kept)| {
        std::iter::once(source.clone())
            .chain(kept.texts())
            .collect()
    };
    let rows = looked_at.of_sources.iter().map(of_source).collect();
    parts.push(("of_source", Body::Rows(columns, rows)));
    let names = ["source", "operations"].into_iter();
    let columns: Vec<&'static str> = names.chain(COLUMNS).collect();
    let of_operation = |((source, kept), names): (&(String, Kept), &BTreeSet<String>)| {
        let named = [source.clone(), listed(names)].into_iter();
        named.chain(kept.texts()).collect()
    };
    let rows = looked_at.of_operations.iter().map(of_operation).collect();
    parts.push(("of_operation", Body::Rows(columns, rows)));
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

/// The records that count, under our names.
fn records(request: &Request<'_>) -> Select {
    let columns = FIELDS
        .iter()
        .map(|field| (request.schema.field(field), field.name))
        .collect();
    let mut select = Select::of(request.relation.from(), columns);
    let conditions = pruned(&request.schema.partitions, request);
    select.filter = (!conditions.is_empty()).then(|| all(conditions));
    select
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
    let shifted = |moment: Timestamp, days: i32| {
        use jiff::ToSpan as _;
        day_of(moment).checked_add(days.days()).ok()
    };
    let since = request
        .window
        .since
        .and_then(|it| shifted(it, -DAYS_BEFORE));
    let until = request.window.until.and_then(|it| shifted(it, DAYS_AFTER));
    let (whole, between) = match &partitions.day {
        Day::None => return conditions,
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
fn told(request: &Request<'_>, looked_at: &LookedAt) -> Select {
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
    let others = looked_at.of_others.texts();
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
    let each = |all: Vec<Expr>| all.into_iter().map(within).collect();
    match expression {
        Expr::Name(name) => Expr::Column(vec!["records".to_owned(), name.to_owned()]),
        Expr::Call(function, arguments) => Expr::Call(function, each(arguments)),
        Expr::Joined(operator, operands) => Expr::Joined(operator, each(operands)),
        Expr::Not(inner) => Expr::Not(Box::new(within(*inner))),
        Expr::IsNull(inner) => Expr::IsNull(Box::new(within(*inner))),
        Expr::Case(cases, other) => Expr::Case(
            cases
                .into_iter()
                .map(|(one, two)| (within(one), within(two)))
                .collect(),
            other.map(|other| Box::new(within(*other))),
        ),
        other => other,
    }
}

/// Who is asked for. Some who are not may be among them: reading the rows tells them apart.
fn asked(query: &RoleQuery) -> Expr {
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

fn is(column: &'static str) -> Expr {
    equal(name(column), text("y"))
}

/// Why a call was refused, in AWS's words; of one that failed otherwise only that there were words.
fn message() -> Expr {
    let codes = outcome::refusing()
        .map(str::to_ascii_lowercase)
        .collect::<Vec<_>>();
    let is_refused = any([
        matches(
            call(Function::Lower, [filled(name("code"))]),
            codes.join("|"),
        ),
        matches(
            filled(name("message")),
            outcome::refusing_phrases().collect::<Vec<_>>().join("|"),
        ),
    ]);
    let is_empty = equal(filled(name("message")), text(""));
    let told = call(
        Function::Replace,
        [
            name("message"),
            text("(?s)Encoded authorization failure message.*$"),
            text("Encoded authorization failure message"),
        ],
    );
    Expr::Case(
        vec![
            (is_empty, Expr::Null),
            (is("is_whole"), name("message")),
            (is_refused, told),
        ],
        Some(Box::new(text("-"))),
    )
}

/// A network of addresses as its first three numbers, or the address itself.
fn network() -> Expr {
    let network = format!(r"^({OCTET}\.{OCTET}\.{OCTET})\.{OCTET}$");
    let found = group(name("address"), &network);
    call(
        Function::Coalesce,
        [then([found, text(".0")]), name("address")],
    )
}

/// What a client's name begins with.
fn client() -> Expr {
    group(name("agent"), r"^\[*([^/ \]]*)")
}

/// What of each record decides what its call needed.
fn reduced() -> Select {
    let is_full = any([is("is_asked"), is("is_sign"), is("is_whole")]);
    let of_asked = |value: Expr| when(any([is("is_asked"), is("is_whole")]), value);
    let whole = |value: Expr| when(is("is_whole"), value);
    let unless_whole = |value: Expr| when(not(is("is_whole")), value);
    let numeric = format!(r"^{OCTET}\.{OCTET}\.{OCTET}\.{OCTET}$");
    let is_numeric = any([
        matches(filled(name("address")), numeric),
        matches(filled(name("address")), V6),
    ]);
    let address = Expr::Case(
        vec![
            (is("is_whole"), name("address")),
            (
                is_full.clone(),
                either(is_numeric.clone(), text("192.0.2.1"), name("address")),
            ),
        ],
        None,
    );
    let agent = Expr::Case(
        vec![
            (is("is_whole"), name("agent")),
            (
                all([is_full.clone(), is_there(name("agent"))]),
                call(Function::Coalesce, [name("telling"), text("-")]),
            ),
        ],
        None,
    );
    let arn = group(name("caller_arn"), BEFORE_SESSION);
    let keeps_session = any([is("is_whole"), is("tells_session")]);
    let arn = either(
        keeps_session,
        name("caller_arn"),
        call(Function::Coalesce, [arn, name("caller_arn")]),
    );
    let session = call(
        Function::Coalesce,
        [
            group(name("caller_arn"), SESSION),
            group(name("principal"), "^[^:]*:(.*)$"),
            text(""),
        ],
    );
    let has_no_session_arn = not(matches(filled(name("caller_arn")), SESSION));
    let principal = when(
        any([
            is("is_whole"),
            all([is("tells_session"), has_no_session_arn]),
        ]),
        name("principal"),
    );
    let request = parameters(
        ("request", "request_members"),
        ("kept", Some("shown")),
        &is_full,
    );
    let example = then([
        name("time"),
        separator(),
        call(Function::WithoutSeparator, [name("id")]),
        separator(),
        call(Function::WithoutSeparator, [filled(network())]),
        separator(),
        filled(client()),
    ]);
    let is_public = all([
        is_null(name("endpoint")),
        is_numeric,
        not(matches(filled(name("address")), PRIVATE)),
    ]);
    let has_place = any(PLACES.map(|source| equal(filled(name("source")), text(source))));
    let resources = when(any([is_full.clone(), has_place]), name("resources"));
    let is_told = any([
        is("is_whole"),
        all([is_full.clone(), is_there(name("telling"))]),
    ]);
    let columns = vec![
        (
            when(
                any([is("is_asked"), is("is_whole"), is("is_sign")]),
                name("caller"),
            ),
            "caller",
        ),
        (of_asked(arn), "caller_arn"),
        (of_asked(name("caller_account")), "caller_account"),
        (of_asked(principal), "principal"),
        (whole(name("user")), "user"),
        (
            when(
                any([is("is_asked"), is("is_whole"), is("is_sign")]),
                name("invoked_by"),
            ),
            "invoked_by",
        ),
        (of_asked(name("issuer")), "issuer"),
        (of_asked(name("issuer_arn")), "issuer_arn"),
        (of_asked(name("issuer_account")), "issuer_account"),
        (of_asked(name("issuer_name")), "issuer_name"),
        (of_asked(name("delivery")), "delivery"),
        (of_asked(name("provider")), "provider"),
        (whole(name("id")), "id"),
        (whole(name("time")), "time"),
        (name("source"), "source"),
        (name("name"), "name"),
        (name("region"), "region"),
        (name("type"), "type"),
        (name("category"), "category"),
        (name("recipient"), "recipient"),
        (whole(name("shared")), "shared"),
        (when(is_full.clone(), name("code")), "code"),
        (when(is_full.clone(), message()), "message"),
        (request, "request"),
        (
            parameters(("response", "response_members"), ("answer", None), &is_full),
            "response",
        ),
        (
            parameters(
                ("additional", "additional_members"),
                ("beside", None),
                &is_full,
            ),
            "additional",
        ),
        (resources, "resources"),
        (address, "address"),
        (agent, "agent"),
        (when(is_told, name("endpoint")), "endpoint"),
        (reading(), "reading"),
        (name("is_inside"), "is_inside"),
        (name("is_asked"), "is_asked"),
        (name("is_whole"), "is_whole"),
        (name("is_role"), "is_role"),
        (name("caller_arn"), "whole_arn"),
        (name("caller"), "whole_caller"),
        (name("issuer_arn"), "whole_issuer_arn"),
        (unless_whole(name("time")), "moment"),
        (unless_whole(example), "example"),
        (unless_whole(session), "session"),
        (name("endpoint"), "whole_endpoint"),
        (when(is_public, name("address")), "public"),
        (network(), "network"),
        (filled(client()), "client"),
        (
            when(
                all([is_there(name("shared")), not(is("is_whole"))]),
                name("shared"),
            ),
            "own_shared",
        ),
        (name("tls"), "tls"),
        (name("file"), "file"),
    ];
    Select::of(From::Part("told"), columns)
}

fn separator() -> Expr {
    call(Function::Separator, [])
}

/// How a row is to be read.
fn reading() -> Expr {
    Expr::Case(
        vec![
            (is("is_whole"), text("whole")),
            (is("is_asked"), text("asked")),
            (is("is_sign"), text("sign")),
        ],
        Some(Box::new(text("other"))),
    )
}

/// Services whose data events tell in `resources[]` what they were about.
const PLACES: [&str; 5] = [
    "dynamodb.amazonaws.com",
    "sqs.amazonaws.com",
    "sns.amazonaws.com",
    "lambda.amazonaws.com",
    "kinesis.amazonaws.com",
];

/// An address of eight groups.
const V6: &str = "^(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}$|^(?:[0-9a-fA-F]{1,4}:){6}(?::[0-9a-fA-F]{1,4})$|^(?:[0-9a-fA-F]{1,4}:){5}(?::[0-9a-fA-F]{1,4}){1,2}$|^(?:[0-9a-fA-F]{1,4}:){4}(?::[0-9a-fA-F]{1,4}){1,3}$|^(?:[0-9a-fA-F]{1,4}:){3}(?::[0-9a-fA-F]{1,4}){1,4}$|^(?:[0-9a-fA-F]{1,4}:){2}(?::[0-9a-fA-F]{1,4}){1,5}$|^(?:[0-9a-fA-F]{1,4}:)(?::[0-9a-fA-F]{1,4}){1,6}$|^(?:[0-9a-fA-F]{1,4}:){1,7}:$";

/// The members of parameters that matter; what is no object is kept as it is.
fn parameters(
    (column, members): (&'static str, &'static str),
    (kept, shown): (&'static str, Option<&'static str>),
    is_full: &Expr,
) -> Expr {
    let members = name(members);
    let key = || call(Function::Lower, [Expr::Key]);
    let spaced = || then([text(" "), key(), text(" ")]);
    let value = || call(Function::Value, [members.clone(), Expr::Key]);
    let is_listed = |list: &'static str| {
        any([
            contains(name(list), text(ALL)),
            contains(name(list), spaced()),
        ])
    };
    // Of which services ARNs count is another pattern for each operation, and seldom needed.
    let of_service = then([text("\"arn:[^:\"]*:(?:"), name("arns"), text("):")]);
    let is_of_service = || {
        let is_one = call(Function::Matches, [value(), of_service.clone()]);
        let is_any = equal(name("arns"), text(ALL));
        let has_some = not(equal(name("arns"), text("")));
        all([
            has_some,
            contains(value(), text("\"arn:")),
            either(is_any, equal(text(ALL), text(ALL)), is_one),
        ])
    };
    let is_request = shown.is_some();
    let mut wanted = vec![
        is_listed(kept),
        matches(Expr::Key, "^(items|item|member|content)$"),
    ];
    if let Some(shown) = shown {
        wanted.push(is_listed(shown));
        wanted.push(is_of_service());
    }
    // EC2 wraps some requests in a member that is named after the operation.
    let operation = call(
        Function::Replace,
        [
            filled(name("name")),
            text("(20[0-9]{6}|20[0-9]{2}_[0-9]{2}_[0-9]{2})(v[0-9])?$"),
            text(""),
        ],
    );
    let operation = call(Function::Lower, [operation]);
    let start = call(
        Function::Substring,
        [
            key(),
            Expr::Number(1),
            call(Function::Length, [operation.clone()]),
        ],
    );
    wanted.push(equal(start, operation));
    // Of others only the bucket is looked at.
    let is_kept = either(
        is_full.clone(),
        any(wanted),
        equal(Expr::Key, text("bucketName")),
    );
    let blurred = |value: Expr| {
        let whole = call(
            Function::Replace,
            [value, text("^\"(?:[^\"\\\\]|\\\\.)+\"$"), text("\"-\"")],
        );
        call(
            Function::Replace,
            [whole, text(":\"(?:[^\"\\\\]|\\\\.)+\""), text(":\"-\"")],
        )
    };
    let written = match shown {
        None => value(),
        Some(shown) => {
            let is_blurred = all([is_listed(shown), not(is_listed(kept)), not(is_of_service())]);
            either(is_blurred, blurred(value()), value())
        }
    };
    let member = then([call(Function::Quoted, [Expr::Key]), text(":"), written]);
    let object = call(Function::Kept, [members.clone(), is_kept, member]);
    let as_it_is = if is_request {
        when(is_full.clone(), name(column))
    } else {
        name(column)
    };
    let found = either(is_there(members), object, as_it_is);
    if is_request {
        let is_s3 = equal(filled(name("source")), text("s3.amazonaws.com"));
        when(any([is_full.clone(), is_s3]), found)
    } else {
        let is_any = not(equal(name(kept), text("")));
        when(all([is_full.clone(), is_any]), found)
    }
}

/// Each record once for each kind of row that it counts in.
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
