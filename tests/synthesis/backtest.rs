//! The backtest: what an earlier policy would have denied, and what it grants for nothing.

use std::collections::BTreeMap;

use polgen::catalog::Catalog;
use polgen::synthesis::{
    Backtest, Basis, CurrentGrants, Level, Options, Pin, Pins, Style, backtest, new_needs, suggest,
};
use polgen::usage::Usage;
use serde_json::{Value, json};

use crate::world::{app, events, folded, options, record};

type Call = (&'static str, &'static str, Value);

fn object(name: &'static str, key: &str) -> Call {
    let parameters = json!({ "bucketName": "data", "key": key });
    ("s3.amazonaws.com", name, parameters)
}

/// A call that hands the role `made` to a service.
fn passing(service: &'static str, name: &'static str, more: &str) -> Call {
    let role = "arn:aws:iam::111122223333:role/made";
    let parameters = json!({ more: "f", "role": role, "roleArn": role });
    (service, name, parameters)
}

/// The usage of these calls, each on the day that stands beside it.
fn on_days(calls: &[(usize, Call)]) -> Usage {
    let records: Vec<Value> = calls
        .iter()
        .map(|(day, call)| record(day * 24, call, &BTreeMap::new()))
        .collect();
    folded(&events(&records), &app())
}

fn tested(learned: &[(usize, Call)], later: &[(usize, Call)], options: &Options) -> Backtest {
    let (learned, later) = (on_days(learned), on_days(later));
    let basis = Basis {
        usage: learned.roles.values().next().unwrap(),
        coverage: &learned.coverage,
        current: &CurrentGrants::default(),
        catalog: Catalog::bundled(),
    };
    let suggestion = suggest(basis, options).unwrap();
    let later = later.roles.values().next().unwrap();
    backtest((basis.usage, basis.coverage), &suggestion, later, 5)
}

fn exact() -> Options {
    options(Level::Exact, Style::Readable)
}

fn denied(found: &Backtest) -> Vec<(&str, &str, u64)> {
    let denied = found.denied.iter();
    denied
        .map(|one| {
            let access = &one.access;
            (
                access.action.as_str(),
                access.resource.as_str(),
                one.evidence.count,
            )
        })
        .collect()
}

fn unused(found: &Backtest) -> Vec<(&str, &str)> {
    let unused = found.unused.iter();
    unused
        .map(|(action, resource)| (action.as_str(), resource.as_str()))
        .collect()
}

const A: &str = "arn:aws:s3:::data/a";
const B: &str = "arn:aws:s3:::data/b";
const MADE: &str = "arn:aws:iam::111122223333:role/made";

#[test]
fn what_was_learned_is_allowed_and_what_is_new_denied() {
    let learned = [
        (0, object("GetObject", "a")),
        (1, object("GetObject", "a")),
        (1, object("PutObject", "a")),
        (2, object("GetObject", "c")),
    ];
    let later = [
        (10, object("GetObject", "a")),
        (11, object("GetObject", "a")),
        (11, object("GetObject", "b")),
        (12, object("GetObject", "b")),
        (12, object("PutObject", "a")),
        (13, object("PutObject", "b")),
    ];
    let found = tested(&learned, &later, &exact());
    assert_eq!(
        denied(&found),
        [("s3:GetObject", B, 2), ("s3:PutObject", B, 1)]
    );
    assert_eq!(unused(&found), [("s3:GetObject", "arn:aws:s3:::data/c")]);
    assert_eq!(found.learned_accesses, 3);
    assert_eq!((found.replayed_accesses, found.replayed_uses), (4, 6));
    // Two of four that were needed; one of three that are granted.
    let shares = [
        found.under_privilege - 0.5,
        found.over_privilege - 1.0 / 3.0,
    ];
    assert!(shares.iter().all(|share| share.abs() < 1e-9), "{found:?}");
    // The days of each need, of three; `a` was read on two.
    let histories = [vec![0, 1], vec![2], vec![1]];
    assert_eq!(found.predicted, Some(new_needs(&histories, 3, 5)));
}

/// A pattern is used if anything below it is, and what is seen on another resource or by another action uses nothing.
#[test]
fn a_grant_is_used_by_what_it_covers_alone() {
    let learned: Vec<(usize, Call)> = (1..9)
        .map(|day| (day, object("GetObject", &format!("in/2026-06-0{day}.csv"))))
        .collect();
    let pattern = options(Level::Pattern, Style::Readable);
    let of = |later: Call| tested(&learned, &[(20, later)], &pattern);
    let found = of(object("GetObject", "in/2026-06-20.csv"));
    assert_eq!(
        (denied(&found).len(), unused(&found).len()),
        (0, 0),
        "{found:?}"
    );
    assert!(found.over_privilege.abs() < 1e-9 && found.under_privilege.abs() < 1e-9);
    for other in [
        object("GetObject", "out/x"),
        object("PutObject", "in/2026-06-20.csv"),
    ] {
        let found = of(other);
        assert_eq!(
            (denied(&found).len(), unused(&found).len()),
            (1, 1),
            "{found:?}"
        );
    }
}

/// A role that is handed to another service needs another grant, on the same resource.
#[test]
fn a_grant_under_other_conditions_is_not_used() {
    let function = || {
        passing(
            "lambda.amazonaws.com",
            "CreateFunction20150331",
            "functionName",
        )
    };
    let machine = || passing("states.amazonaws.com", "CreateStateMachine", "name");
    let passed = |found: &Backtest| {
        let pass = |action: &&str| *action == "iam:PassRole";
        let denied = found.denied.iter().map(|one| one.access.action.as_str());
        let unused = found.unused.iter().filter(|(_, resource)| resource == MADE);
        (denied.filter(pass).count(), unused.count())
    };
    let learned = [(0, function())];
    assert_eq!(
        passed(&tested(&learned, &[(5, function())], &exact())),
        (0, 0)
    );
    assert_eq!(
        passed(&tested(&learned, &[(5, machine())], &exact())),
        (1, 1)
    );
}

/// Whether what is kept for other reasons is used cannot be seen, so it is no excess.
#[test]
fn only_what_was_learned_counts_as_unused() {
    let pin = Pin {
        action: "s3:DeleteObject".to_owned(),
        resource: A.to_owned(),
        conditions: BTreeMap::new(),
        reason: "once a year".to_owned(),
    };
    let keeping = Options {
        pins: Pins {
            keep: vec![pin],
            ..Pins::default()
        },
        ..exact()
    };
    let read = || object("GetObject", "a");
    let found = tested(&[(0, read())], &[(5, read())], &keeping);
    assert!(
        found.unused.is_empty() && found.over_privilege.abs() < 1e-9,
        "{found:?}"
    );
    let found = tested(
        &[(0, read())],
        &[(5, object("DeleteObject", "a"))],
        &keeping,
    );
    assert!(found.denied.is_empty(), "{found:?}");
    assert_eq!(unused(&found), [("s3:GetObject", A)]);
}
