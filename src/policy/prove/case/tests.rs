//! What is plain, is so because it holds; and what is plain costs no search.

use super::*;
use crate::policy::{Document, PolicyKind};

fn compiled(statements: &[String]) -> [CompiledPolicy; 1] {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    );
    [CompiledPolicy::new(
        &Document::parse(&text, PolicyKind::Identity).unwrap(),
    )]
}

/// Writes `+a,b*` as an Allow of these resources, `-` as a Deny, `+!` and `-!` as those of all others, and `?` as a condition.
fn statement(short: &str) -> String {
    let effect = if short.starts_with('+') {
        "Allow"
    } else {
        "Deny"
    };
    let rest = short.trim_start_matches(['+', '-']);
    let (rest, condition) = match rest.strip_suffix(" if") {
        Some(rest) => (rest, r#","Condition":{"StringEquals":{"k":"x"}}"#),
        None => (rest, ""),
    };
    let (element, list) = match rest.strip_prefix('!') {
        Some(list) => ("NotResource", list),
        None => ("Resource", rest),
    };
    let list = serde_json::to_string(&list.split(',').collect::<Vec<_>>()).unwrap();
    format!(r#"{{"Effect":"{effect}","Action":"s:A","{element}":{list}{condition}}}"#)
}

fn policies(shorts: &str) -> [CompiledPolicy; 1] {
    let all: Vec<String> = shorts.split(" & ").map(statement).collect();
    compiled(&all)
}

fn with_case<T>(inner: &str, outer: &str, ask: impl FnOnce(&Case<'_>) -> T) -> T {
    let (inner, outer) = (policies(inner), policies(outer));
    let all = |policies: &[CompiledPolicy; 1]| (0..policies[0].statements.len()).collect();
    let bearing = (all(&inner), all(&outer));
    ask(&Case::new(&inner, &outer, bearing, "s:a".to_owned()))
}

fn is_plain(inner: &str, outer: &str) -> bool {
    with_case(inner, outer, |case| {
        case.is_plainly_contained(&Work::new(10_000))
    })
}

#[test]
fn what_each_statement_shows_beside_one_other_is_plain() {
    for (inner, outer) in [
        ("+a", "+a*"),
        ("+a,b", "+a*,b*"),
        ("+a & +b", "+a* & +c,b"),
        ("+a if", "+a*"),
        ("+a if", "+a* if"),
        ("+!a*,c", "+!a"),
        ("+!${u}", "+!${u}"),
        ("+!a", "+b,*"),
        ("+a", "+!b,c"),
        ("+a & -b*,c", "+a & -b"),
        ("+a", "+* & -b,c"),
        ("+a & +b", "+* & -c & -d*"),
        ("+a & -b", "+* & -b & -c"),
    ] {
        assert!(is_plain(inner, outer), "{inner} in {outer}");
    }
}

#[test]
fn what_may_not_hold_is_not_plain() {
    for (inner, outer) in [
        ("+a & +b", "+a"),
        ("+a,b", "+a"),
        ("+a", "+b"),
        ("+a", "+a if"),
        ("+!a", "+!a*"),
        ("+!a", "+!a,b"),
        ("+!${u}*", "+!${u}"),
        ("+!*", "+!${u}"),
        ("+!a", "+a*,b"),
        ("+a", "+!a*,c"),
        ("+a", "+!b,a"),
        ("+a", "+!${u}"),
        ("+a,c", "+!b,c"),
        ("+a & +b", "+* & -b"),
        ("+a", "+* & -a"),
        ("+a", "+* & -!b"),
        ("+!b", "+* & -a"),
        ("+!b", "+* & -!c"),
        ("+a,b", "+* & -b"),
        ("+a", "+* & -b,a"),
        ("+a & -b", "+* & -a,b"),
        ("+a & -a if", "+* & -a"),
        ("+a & -c", "+* & -c & -a"),
    ] {
        assert!(!is_plain(inner, outer), "{inner} in {outer}");
    }
}

#[test]
fn comparing_draws_from_the_work_and_a_decision_costs_what_is_read_in_it() {
    let plain = |steps| {
        with_case("+a & -b", "+a* & -b", |case| {
            case.is_plainly_contained(&Work::new(steps))
        })
    };
    assert!(plain(100) && !plain(1) && !plain(0));
    // Three statements, with two patterns of no weight and one of 160 characters.
    let long = format!("+a,b & -{}", "c".repeat(160));
    with_case(&long, "+a", |case| {
        assert_eq!(case.size(), 3 + 1 + 1 + 11 + 1);
    });
}

#[test]
fn an_action_is_one_of_the_case_if_the_same_statements_bear_on_it() {
    with_case("+a", "+b & +c", |case| {
        assert!(case.has_action("s:a") && !case.has_action("s:b"));
    });
    let wide = statement("+a").replace("s:A", "s:*");
    let (inner, outer) = (
        compiled(&[wide.clone(), statement("+b")]),
        compiled(&[wide]),
    );
    let case = Case::new(&inner, &outer, (vec![0], vec![0]), "s:b".to_owned());
    assert!(case.has_action("s:b") && !case.has_action("s:a"));
    assert!(!case.has_action("t:b"));
}
