//! The product of many lists of patterns as one machine, walked lazily. A list matches if one of its patterns does.
//!
//! A state is the set of places that the patterns have reached. From each state only the characters that some place asks for
//! are tried, and one that none asks for; so the walk reaches exactly the combinations of matching lists that some text has,
//! each with its shortest text. Two things keep the states few, and [`Machine::walk`] still has a limit. Of one pattern, all
//! places before its latest reached `*` are dropped: whatever they could still take, that `*` takes too. And once a pattern
//! ends in a `*` that it has reached, the list matches whatever follows, so the list's other places are dropped.

use super::work::Work;
use crate::pattern::{Pattern, Token};
use foldhash::fast::FixedState;
use indexmap::{IndexMap, IndexSet};
use std::ops::ControlFlow;

/// A machine over lists of patterns.
#[derive(Debug, Default)]
pub(super) struct Machine {
    cells: Vec<Cell>,
    /// The first place of every pattern.
    starts: Vec<usize>,
    /// For each list, the place of a `*` of its own: where it stays once it matches whatever follows.
    settled: Vec<usize>,
}

/// A place in a pattern: what it asks for, and whose it is.
#[derive(Clone, Copy, Debug)]
struct Cell {
    wants: Wants,
    /// The first place of its pattern.
    pattern: usize,
    list: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wants {
    Exactly(char),
    InAnyCase(char),
    One {
        crosses_colons: bool,
    },
    Many {
        crosses_colons: bool,
    },
    End,
    /// A variable: opaque here, so nothing passes.
    Never,
}

/// The states seen, each with the state and the character that it was first reached by.
type States = IndexMap<Vec<usize>, (usize, char), FixedState>;

/// How a pattern's characters are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Reading {
    /// As they are.
    Exact,
    /// Letters in any case.
    AnyCase,
    /// As an ARN: a wildcard in the first five parts does not cross a colon.
    Arn,
}

/// What a walk came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walk {
    /// All states were seen.
    Complete,
    /// The limit was reached first.
    LimitReached,
    /// The visitor had seen enough.
    Stopped,
}

/// A text, and the lists that match it.
pub(super) struct Stop<'a> {
    /// The indices of the lists that match, ascending.
    pub(super) matching: &'a [usize],
    /// Spells the text.
    pub(super) text: &'a dyn Fn() -> String,
}

impl Machine {
    /// Adds a list of patterns and returns its index.
    pub(super) fn add<'p>(
        &mut self,
        patterns: impl IntoIterator<Item = &'p Pattern>,
        reading: Reading,
    ) -> usize {
        let list = self.settled.len();
        self.settled.push(self.cells.len());
        let any = [
            Wants::Many {
                crosses_colons: true,
            },
            Wants::End,
        ];
        self.push(any, list);
        for pattern in patterns {
            self.starts.push(self.cells.len());
            self.push(wants(pattern, reading), list);
        }
        list
    }

    /// Adds the places of one pattern.
    fn push(&mut self, places: impl IntoIterator<Item = Wants>, list: usize) {
        let pattern = self.cells.len();
        let cells = places.into_iter().map(|wants| Cell {
            wants,
            pattern,
            list,
        });
        self.cells.extend(cells);
    }

    /// Visits each combination of matching lists that some text has, with the shortest such text.
    ///
    /// Texts that can no longer be matched by one of `needed` are left out, if `needed` is given. A step is one place of one
    /// state.
    pub(super) fn walk(
        &self,
        needed: Option<&[usize]>,
        work: &Work,
        mut visit: impl FnMut(Stop<'_>) -> ControlFlow<()>,
    ) -> Walk {
        let mut states = States::default();
        let mut seen: IndexSet<Vec<usize>, FixedState> = IndexSet::default();
        let needed: Option<Vec<bool>> = needed.map(|needed| {
            let lists = 0..self.settled.len();
            lists.map(|list| needed.contains(&list)).collect()
        });
        let is_needed = |list: usize| {
            let needed = needed.as_ref();
            needed.is_none_or(|needed| needed.get(list) == Some(&true))
        };
        states.insert(self.settle(self.starts.clone()), (0, '\0'));
        let mut current = 0;
        while let Some((state, _)) = states.get_index(current) {
            let state = state.clone();
            let matching = self.matching(&state);
            let is_wanted = needed.is_none() || matching.iter().any(|list| is_needed(*list));
            if is_wanted && seen.insert(matching.clone()) {
                let text = || spell(&states, current);
                let stop = Stop {
                    matching: &matching,
                    text: &text,
                };
                if visit(stop).is_break() {
                    return Walk::Stopped;
                }
            }
            for character in self.characters(&state) {
                let next = self.step(&state, character);
                if !work.spend(state.len() + 1) {
                    return Walk::LimitReached;
                }
                let is_alive = needed.is_none()
                    || next.iter().any(|place| {
                        let cell = self.cells.get(*place);
                        cell.is_some_and(|cell| is_needed(cell.list))
                    });
                if is_alive && !states.contains_key(&next) {
                    states.insert(next, (current, character));
                }
            }
            current += 1;
        }
        Walk::Complete
    }

    fn matching(&self, state: &[usize]) -> Vec<usize> {
        let cells = state.iter().filter_map(|place| self.cells.get(*place));
        let ends = cells.filter(|cell| cell.wants == Wants::End);
        let mut lists: Vec<usize> = ends.map(|cell| cell.list).collect();
        lists.dedup();
        lists
    }

    /// Lists the characters that lead to different states: those asked for, and one that is not.
    fn characters(&self, state: &[usize]) -> Vec<char> {
        const PLAIN: &str =
            "xyzabcdefghijklmnopqrstuvw0123456789XYZABCDEFGHIJKLMNOPQRSTUVW-_./+=,@~#%&";
        let mut asked = Vec::new();
        for cell in state.iter().filter_map(|place| self.cells.get(*place)) {
            match cell.wants {
                Wants::Exactly(character) => asked.push(character),
                Wants::InAnyCase(character) => {
                    asked.push(character);
                    asked.extend(character.to_uppercase());
                }
                Wants::One {
                    crosses_colons: false,
                }
                | Wants::Many {
                    crosses_colons: false,
                } => asked.push(':'),
                _ => {}
            }
        }
        asked.sort_unstable();
        asked.dedup();
        let far = ('\u{a1}'..).take(asked.len() + 1);
        let mut others = PLAIN.chars().chain(far);
        let other = others.find(|character| asked.binary_search(character).is_err());
        asked.extend(other);
        asked
    }

    fn step(&self, state: &[usize], character: char) -> Vec<usize> {
        let mut next = Vec::with_capacity(state.len());
        for place in state {
            let Some(cell) = self.cells.get(*place) else {
                continue;
            };
            let passes = |crosses_colons| crosses_colons || character != ':';
            match cell.wants {
                Wants::Exactly(wanted) if wanted == character => next.push(place + 1),
                Wants::InAnyCase(wanted) if wanted == lower(character) => next.push(place + 1),
                Wants::One { crosses_colons } if passes(crosses_colons) => next.push(place + 1),
                Wants::Many { crosses_colons } if passes(crosses_colons) => next.push(*place),
                _ => {}
            }
        }
        self.settle(next)
    }

    /// Adds the places behind stars, and drops those that make no difference.
    fn settle(&self, places: Vec<usize>) -> Vec<usize> {
        let mut reached = Vec::with_capacity(places.len() + 4);
        for place in places {
            let mut place = place;
            reached.push(place);
            while let Some(Wants::Many { .. }) = self.wants(place) {
                place += 1;
                reached.push(place);
            }
        }
        reached.sort_unstable();
        reached.dedup();
        let mut kept: Vec<usize> = Vec::with_capacity(reached.len());
        let mut latest_star = None;
        let mut settled_list = None;
        for place in reached.into_iter().rev() {
            let Some(cell) = self.cells.get(place) else {
                continue;
            };
            let is_needless = latest_star == Some(cell.pattern) || settled_list == Some(cell.list);
            if is_needless || cell.wants == Wants::Never {
                continue;
            }
            if cell.wants
                == (Wants::Many {
                    crosses_colons: true,
                })
            {
                latest_star = Some(cell.pattern);
                if self.wants(place + 1) == Some(Wants::End) {
                    settled_list = Some(cell.list);
                    while kept
                        .last()
                        .and_then(|last| self.cells.get(*last))
                        .is_some_and(|last| last.list == cell.list)
                    {
                        kept.pop();
                    }
                    if let Some(own) = self.settled.get(cell.list) {
                        kept.extend([own + 1, *own]);
                        continue;
                    }
                }
            }
            kept.push(place);
        }
        kept.reverse();
        kept
    }

    fn wants(&self, place: usize) -> Option<Wants> {
        self.cells.get(place).map(|cell| cell.wants)
    }
}

/// Lists what the places of a pattern ask for.
fn wants(pattern: &Pattern, reading: Reading) -> Vec<Wants> {
    let mut colons = 0;
    let mut places = Vec::new();
    for token in pattern.tokens() {
        let crosses_colons = reading != Reading::Arn || colons >= 5;
        colons += usize::from(token == Token::Literal(':'));
        places.push(match token {
            Token::Literal(literal) if reading == Reading::AnyCase => {
                Wants::InAnyCase(lower(literal))
            }
            Token::Literal(literal) => Wants::Exactly(literal),
            Token::One => Wants::One { crosses_colons },
            Token::Many => Wants::Many { crosses_colons },
            Token::Variable(_) => Wants::Never,
        });
    }
    // An ARN pattern with fewer than six parts matches nothing.
    let is_void = reading == Reading::Arn && colons < 5;
    places.push(if is_void { Wants::Never } else { Wants::End });
    places
}

/// Folds one character where that gives one again.
fn lower(character: char) -> char {
    let mut folded = character.to_lowercase();
    match (folded.next(), folded.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

fn spell(states: &States, mut state: usize) -> String {
    let mut text = Vec::new();
    while state != 0 {
        let Some((_, (parent, character))) = states.get_index(state) else {
            break;
        };
        text.push(*character);
        state = *parent;
    }
    text.iter().rev().collect()
}

#[cfg(test)]
mod tests;
