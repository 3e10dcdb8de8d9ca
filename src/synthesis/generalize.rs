//! From the resources seen to the patterns granted: which parts of a name become `*`.
//!
//! Only the parts that the catalog calls open-ended (object keys, log streams, execution ids) are generalized, never the part
//! that names a bucket, a table, a queue, a function or an account. The choice is by description length: prefixes form a tree,
//! and a subtree becomes `prefix*` when writing its members one by one costs more characters than the pattern and the price
//! of what it admits beyond them. The price falls with the depth of the prefix, so that patterns stay as deep as the names
//! allow. More names never shrink what is granted: every cost only grows with them.

use std::collections::{BTreeMap, BTreeSet};

use crate::pattern::stable_length;

/// What one more string costs in a policy beside its characters: two quotes and a comma.
const STRING_COST: usize = 3;
/// The price, in characters, of a `*` behind a prefix of one path segment or more.
const WIDENING_PRICE: usize = 90;
/// The price of a `*` that stands for the whole open part.
const WHOLE_PRICE: usize = 600;
/// So many characters of one name count at most: a long name is one name all the same, and does not buy a `*` by itself.
const NAME_COST: usize = 100;
/// How many segments of a name are looked at; what lies deeper counts as volatile. Bounds the tree's depth.
const MOST_SEGMENTS: usize = 64;

/// A pattern chosen for a set of names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Generalized {
    /// The open part's pattern: an escaped literal, or a prefix and `*`.
    pub pattern: String,
    /// How many distinct names it stands for.
    pub names: usize,
    /// Says whether it admits more than the names seen.
    pub is_wider: bool,
}

/// Chooses patterns for the open parts (escaped literals) seen under one parent.
pub(super) fn generalize(names: &BTreeSet<&str>) -> Vec<Generalized> {
    let mut root = Node::default();
    for name in names {
        root.insert(name);
    }
    let mut chosen = Vec::new();
    root.choose("", 0, &mut chosen);
    chosen.sort();
    chosen
}

/// A place in the tree of prefixes; the edges are path segments that keep their `/`.
#[derive(Debug, Default)]
struct Node {
    children: BTreeMap<String, Self>,
    /// Stems that end here in something volatile (`order-` of `order-000123.json`) -> how many names.
    stems: BTreeMap<String, usize>,
    /// Names that end here and are stable.
    leaves: BTreeSet<String>,
}

impl Node {
    fn insert(&mut self, name: &str) {
        let mut node = self;
        let mut rest = name;
        for depth in 0..MOST_SEGMENTS {
            let segment = rest
                .find('/')
                .map_or(rest, |slash| rest.get(..=slash).unwrap_or(rest));
            let stable = stable_length(segment);
            if stable < segment.len() {
                if stable == 0 && depth == 0 {
                    // Without any stable prefix a star would stand for everything: that has its price.
                    node.leaves.insert(name.to_owned());
                    return;
                }
                let stem = segment.get(..stable).unwrap_or_default();
                *node.stems.entry(stem.to_owned()).or_default() += 1;
                return;
            }
            rest = rest.get(segment.len()..).unwrap_or_default();
            if rest.is_empty() {
                node.leaves.insert(segment.to_owned());
                return;
            }
            node = node.children.entry(segment.to_owned()).or_default();
        }
        *node.stems.entry(String::new()).or_default() += 1;
    }

    /// Appends the cheapest patterns for this subtree and returns their cost and the number of names.
    ///
    /// The recursion is as deep as [`MOST_SEGMENTS`] at most.
    fn choose(&self, prefix: &str, depth: usize, chosen: &mut Vec<Generalized>) -> (usize, usize) {
        let start = chosen.len();
        let mut cost = 0;
        let mut names = 0;
        for (segment, child) in &self.children {
            let (child_cost, child_names) =
                child.choose(&format!("{prefix}{segment}"), depth + 1, chosen);
            cost += child_cost;
            names += child_names;
        }
        for leaf in &self.leaves {
            cost += (prefix.len() + leaf.len()).min(NAME_COST) + STRING_COST;
            names += 1;
            chosen.push(Generalized {
                pattern: format!("{prefix}{leaf}"),
                names: 1,
                is_wider: false,
            });
        }
        for (stem, count) in &self.stems {
            cost += prefix.len() + stem.len() + 1 + STRING_COST;
            names += count;
            chosen.push(Generalized {
                pattern: format!("{prefix}{stem}*"),
                names: *count,
                is_wider: true,
            });
        }
        let price = if depth == 0 {
            WHOLE_PRICE
        } else {
            WIDENING_PRICE
        };
        let cost_of_star = prefix.len() + 1 + STRING_COST + price;
        let is_covering = self.stems.contains_key("");
        if (cost > cost_of_star && names > 1) || is_covering {
            chosen.truncate(start);
            chosen.push(Generalized {
                pattern: format!("{prefix}*"),
                names,
                is_wider: true,
            });
            return (cost.min(cost_of_star), names);
        }
        (cost, names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(names: &[&str]) -> Vec<String> {
        generalize(&names.iter().copied().collect())
            .into_iter()
            .map(|chosen| chosen.pattern)
            .collect()
    }

    #[test]
    fn few_stable_names_stay_as_they_are() {
        assert_eq!(
            patterns(&["config/app.json", "config/db.json"]),
            ["config/app.json", "config/db.json"]
        );
    }

    #[test]
    fn volatile_names_end_at_the_deepest_stable_prefix() {
        assert_eq!(
            patterns(&["incoming/2026/06/01/order-17.json"]),
            ["incoming/*"]
        );
        assert_eq!(
            patterns(&["logs/app-2026-06-01.log", "logs/app-2026-06-02.log"]),
            ["logs/app-*"]
        );
    }

    #[test]
    fn a_few_names_without_a_prefix_never_stand_for_everything() {
        assert_eq!(patterns(&["2026-x", "123456/db"]), ["123456/db", "2026-x"]);
        let names: Vec<String> = (0..40)
            .map(|day| format!("2026/{day:02}/report.csv"))
            .collect();
        assert_eq!(
            patterns(&names.iter().map(String::as_str).collect::<Vec<_>>()),
            ["*"]
        );
    }

    #[test]
    fn one_name_however_long_stands_for_itself() {
        for name in ["k".repeat(10_000), format!("a/{}", "k".repeat(1_000))] {
            assert_eq!(patterns(&[&name]), [name.as_str()]);
        }
        let two = [
            format!("x{}", "k".repeat(900)),
            format!("y{}", "k".repeat(900)),
        ];
        assert_eq!(patterns(&[&two[0], &two[1]]), two);
    }

    #[test]
    fn many_stable_names_share_their_prefix() {
        let names: Vec<String> = (b'a'..=b'z')
            .map(|letter| format!("media/{}/cover.png", char::from(letter)))
            .collect();
        let names: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .chain(["readme.txt"])
            .collect();
        assert_eq!(patterns(&names), ["media/*", "readme.txt"]);
    }

    #[test]
    fn more_names_never_shrink_what_is_granted() {
        let words = ["a", "b", "cc", "2026", "x-001", "deep/er", "deep/2026", "q"];
        let mut names: Vec<String> = Vec::new();
        let mut before: Vec<String> = Vec::new();
        for first in words {
            for second in words {
                names.push(format!("{first}/{second}"));
                let after = patterns(&names.iter().map(String::as_str).collect::<Vec<_>>());
                for pattern in &before {
                    let is_kept = after.iter().any(|wider| {
                        wider == pattern
                            || wider
                                .strip_suffix('*')
                                .is_some_and(|prefix| pattern.starts_with(prefix))
                    });
                    assert!(is_kept, "{pattern} was lost with {names:?}: {after:?}");
                }
                before = after;
            }
        }
    }
}
