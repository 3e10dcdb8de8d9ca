//! The sample's policy, compared with the expected one by what it grants: proved in both directions, so that how statements
//! are cut, ordered and named is free.

use std::fs;

use polgen::policy::prove::{Options, Relation, relate};
use polgen::policy::{CompiledPolicy, Document, PolicyKind};

use crate::world::{ROLE, assert_exit, polgen, stdout};

fn compiled(text: &str) -> CompiledPolicy {
    CompiledPolicy::new(&Document::parse(text, PolicyKind::Identity).unwrap())
}

#[test]
fn the_sample_grants_neither_more_nor_less_than_expected() {
    let trail = ["--trail", "samples/trail", "--current", "samples/role.json"];
    let output = polgen(
        &[
            &["suggest", "--role", ROLE, "--format", "policy"],
            &trail[..],
        ]
        .concat(),
    );
    assert_exit(&output, 0);
    let expected = format!("samples/expected/{ROLE}.json");
    let expected = compiled(&fs::read_to_string(expected).unwrap());
    let suggested = compiled(&stdout(&output));
    let comparison = relate(&[expected], &[suggested], &Options::default());
    assert_eq!(
        comparison.relation,
        Relation::Equal,
        "missing: {:#?}\ntoo much: {:#?}\nundecided: {:?}",
        comparison.only_in_old,
        comparison.only_in_new,
        comparison.undecided
    );
}
