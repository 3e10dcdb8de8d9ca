//! The walk finds each combination that some text has, once, and in bounded steps.

use std::collections::BTreeMap;

use super::*;

/// Walks over lists of patterns; returns the combinations of matching lists with their shortest texts.
fn combinations(
    lists: &[(&[&str], Reading)],
    needed: Option<&[usize]>,
) -> BTreeMap<Vec<usize>, String> {
    let mut machine = Machine::default();
    for (texts, reading) in lists {
        let patterns: Vec<Pattern> = texts.iter().map(|text| Pattern::parse(text)).collect();
        machine.add(&patterns, *reading);
    }
    let mut found = BTreeMap::new();
    let walk = machine.walk(needed, &Work::new(100_000), |stop| {
        let before = found.insert(stop.matching.to_vec(), (stop.text)());
        assert_eq!(before, None, "{:?} comes twice", stop.matching);
        ControlFlow::Continue(())
    });
    assert_eq!(walk, Walk::Complete);
    found
}

#[test]
fn every_combination_comes_once_with_its_shortest_text() {
    let lists: [(&[&str], Reading); 3] = [
        (&["a*"], Reading::Exact),
        (&["ab"], Reading::Exact),
        (&["*b", "c"], Reading::Exact),
    ];
    let found = combinations(&lists, None);
    let shown: Vec<(&[usize], &str)> = found
        .iter()
        .map(|(lists, text)| (lists.as_slice(), text.as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            (&[][..], ""),
            (&[0], "a"),
            (&[0, 1, 2], "ab"),
            (&[0, 2], "abb"),
            (&[2], "b"),
        ]
    );
    // Where one list must match, what leaves it out is not visited.
    let found = combinations(&lists, Some(&[1]));
    assert_eq!(found.into_keys().collect::<Vec<_>>(), [vec![0, 1, 2]]);
}

#[test]
fn case_is_folded_where_it_means_nothing() {
    let found = combinations(
        &[(&["Ab"], Reading::AnyCase), (&["aB"], Reading::Exact)],
        None,
    );
    let both = found.get(&vec![0, 1]).map(String::as_str);
    assert_eq!(both, Some("aB"));
    assert!(!found.contains_key(&vec![1]));
}

#[test]
fn wildcards_of_arns_cross_colons_in_the_last_part_alone() {
    let exact = |text: &'static str, pattern: &'static str| {
        let texts = [text];
        let patterns = [pattern];
        let lists: [(&[&str], Reading); 2] = [(&texts, Reading::Exact), (&patterns, Reading::Arn)];
        combinations(&lists, None).contains_key(&vec![0, 1])
    };
    for (text, pattern, wanted) in [
        ("a:b:c:d:e:f", "a:*:c:d:e:f", true),
        ("a:b:c:d:e:f", "a:?:c:d:e:f", true),
        ("a:b:c:d:e:f:g", "a:b:c:d:e:*", true),
        ("a:b:c:d:e:f:g", "a:b:c:d:e:f?g", true),
        ("a:b:x:c:d:e:f", "a:*:c:d:e:f", false),
        ("a:b:x:c:d:e:f", "a:b?x:c:d:e:f", false),
        ("a:b:c:d:e:f:g", "a:b:c:d:*:g", false),
        ("a:b:c:d:e", "a:b:c:d:*", false),
    ] {
        assert_eq!(exact(text, pattern), wanted, "{text} {pattern}");
    }
}

#[test]
fn steps_are_counted_and_stars_do_not_multiply_them() {
    let walk = |patterns: &[&str], steps: usize| {
        let mut machine = Machine::default();
        let patterns: Vec<Pattern> = patterns.iter().map(|text| Pattern::parse(text)).collect();
        machine.add(&patterns, Reading::Exact);
        machine.walk(None, &Work::new(steps), |_| ControlFlow::Continue(()))
    };
    // Two characters from the start (1 place), one from the end (1 place) and one from nowhere (no place).
    assert_eq!(walk(&["a"], 7), Walk::Complete);
    assert_eq!(walk(&["a"], 6), Walk::LimitReached);
    assert_eq!(walk(&["*a*b*c*d*e*f*g*h*i*j"], 200), Walk::Complete);
    assert_eq!(walk(&["a*", "ab*c*d*e*f*g*h*i*j"], 60), Walk::Complete);
}
