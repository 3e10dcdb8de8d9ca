//! The heuristic cover against an exact one, on many small cases.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "indices are made here, and a test should fail at once and say what it measured"
)]

mod exact;

use polgen::synthesis::cover::{Problem, Product};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// A random case of at most 8 actions and 6 resources.
fn problems() -> impl Strategy<Value = Problem> {
    (1..=8_usize, 1..=6_usize).prop_flat_map(|(actions, resources)| {
        let cell = prop_oneof![3 => Just(1_u8), 2 => Just(0), 1 => Just(2)];
        (
            prop::collection::vec(8..40_usize, actions),
            prop::collection::vec(15..90_usize, resources),
            prop::collection::vec(prop::collection::vec(cell, resources), actions),
        )
            .prop_map(|(actions, resources, cells)| {
                let of = |wanted: u8| -> Vec<Vec<usize>> {
                    let row = |row: &Vec<u8>| {
                        (0..row.len())
                            .filter(|index| row[*index] == wanted)
                            .collect()
                    };
                    cells.iter().map(row).collect()
                };
                Problem {
                    actions,
                    resources,
                    needed: of(1),
                    harmless: of(2),
                }
            })
    })
}

fn assert_covers_without_excess(problem: &Problem, cover: &[Product]) {
    for action in 0..problem.actions.len() {
        for resource in 0..problem.resources.len() {
            let is_granted = cover.iter().any(|product| {
                product.actions.contains(&action) && product.resources.contains(&resource)
            });
            let is_needed = problem.needed[action].contains(&resource);
            let is_harmless = problem.harmless[action].contains(&resource);
            assert!(
                !is_needed || is_granted,
                "({action}, {resource}) is not covered: {problem:?}"
            );
            assert!(
                !is_granted || is_needed || is_harmless,
                "({action}, {resource}) is excess: {problem:?}"
            );
        }
    }
}

/// Six hundred cases in four parts, which run beside each other: the exact solver takes its time.
#[test]
fn covers_are_near_the_optimum() {
    assert_near_the_optimum(9);
}

#[test]
fn covers_are_near_the_optimum_second_part() {
    assert_near_the_optimum(6);
}

#[test]
fn covers_are_near_the_optimum_third_part() {
    assert_near_the_optimum(7);
}

#[test]
fn covers_are_near_the_optimum_fourth_part() {
    assert_near_the_optimum(10);
}

fn assert_near_the_optimum(seed: u64) {
    const CASES: u32 = 150;
    let mut ratios = Vec::new();
    let mut runner = TestRunner::new(Config {
        cases: CASES,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    });
    let strategy = problems();
    for _ in 0..CASES {
        let problem = strategy.new_tree(&mut runner).unwrap().current();
        let cover = problem.solve();
        assert_covers_without_excess(&problem, &cover);
        assert_eq!(cover, problem.solve());
        let best = exact::cost(&problem, problem.cost(&cover));
        assert!(best <= problem.cost(&cover));
        if best > 0 {
            #[expect(clippy::cast_precision_loss, reason = "costs are small")]
            ratios.push((problem.cost(&cover) as f64 / best as f64, problem));
        }
    }
    assert!(
        ratios.len() >= 125,
        "only {} cases need a statement",
        ratios.len()
    );
    #[expect(clippy::cast_precision_loss, reason = "there are hundreds")]
    let mean = ratios.iter().map(|(ratio, _)| ratio).sum::<f64>() / ratios.len() as f64;
    let (worst, problem) = ratios
        .iter()
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .unwrap();
    println!(
        "{} cases: mean {mean:.4}, worst {worst:.4} of the optimum",
        ratios.len()
    );
    assert!(mean <= 1.02, "mean {mean}");
    assert!(*worst <= 1.15, "worst {worst}: {problem:?}");
}

#[test]
fn the_exact_solver_finds_what_is_plain_to_see() {
    let problem = |needed: &[&[usize]], harmless: &[&[usize]]| Problem {
        actions: vec![10; needed.len()],
        resources: vec![20; 2],
        needed: needed.iter().map(|row| row.to_vec()).collect(),
        harmless: harmless.iter().map(|row| row.to_vec()).collect(),
    };
    let one = Product {
        actions: vec![0, 1],
        resources: vec![0, 1],
    };
    let joined = problem(&[&[0, 1], &[0, 1]], &[&[], &[]]);
    assert_eq!(
        exact::cost(&joined, usize::MAX),
        joined.cost(std::slice::from_ref(&one))
    );
    let apart = problem(&[&[0], &[1]], &[&[], &[]]);
    let two = [
        Product {
            actions: vec![0],
            resources: vec![0],
        },
        Product {
            actions: vec![1],
            resources: vec![1],
        },
    ];
    assert_eq!(exact::cost(&apart, usize::MAX), apart.cost(&two));
    let harmless = problem(&[&[0], &[1]], &[&[1], &[0]]);
    assert_eq!(exact::cost(&harmless, usize::MAX), harmless.cost(&[one]));
}
