//! The part of the query that keeps of each record what decides what its call needed.

use super::{BEFORE_SESSION, SESSION, is};
use crate::sql::looked_at::ALL;
use crate::sql::tree::{
    Expr, From, Function, Select, all, any, call, contains, either, equal, filled, group, is_null,
    is_there, matches, name, not, text, then, when,
};
use crate::trail::outcome;

/// An address of four numbers, and its network.
const OCTET: &str = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";

/// Addresses that AWS never sees: those of private networks, as `usage` knows them.
const PRIVATE: &str = r"^(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.|100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.|::1$|[fF][cCdD][0-9a-fA-F]{2}:|[fF][eE][89aAbB][0-9a-fA-F]:)";

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
#[expect(
    clippy::too_many_lines,
    reason = "a query reads best in one piece, in the order of its text"
)]
pub(super) fn reduced() -> Select {
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
#[expect(
    clippy::too_many_lines,
    reason = "a query reads best in one piece, in the order of its text"
)]
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
