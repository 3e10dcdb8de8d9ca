//! The product of many patterns as one machine, walked lazily.
//!
//! A state is the set of places that the patterns have reached. From each state only the characters that some place asks for
//! are tried, and one that none asks for; so the walk reaches exactly the combinations of matching patterns that some text
//! has, each with its shortest text. Of one pattern, all places before its latest reached `*` are dropped: whatever they could
//! still take, that `*` takes too. This keeps the states few; [`Machine::walk`] still has a limit.

use crate::pattern::{Pattern, Token};
use indexmap::{IndexMap, IndexSet};
use std::ops::ControlFlow;

/// A machine over patterns.
#[derive(Debug, Default)]
pub(super) struct Machine {
    cells: Vec<Cell>,
    starts: Vec<usize>,
}

/// A place in a pattern: what it asks for, and whose it is.
#[derive(Clone, Copy, Debug)]
struct Cell {
    wants: Wants,
    pattern: usize,
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

/// A text, and the patterns that match it.
pub(super) struct Stop<'a> {
    /// The indices of the patterns that match, ascending.
    pub(super) matching: &'a [usize],
    /// Spells the text.
    pub(super) text: &'a dyn Fn() -> String,
}

impl Machine {
    /// Adds a pattern and returns its index.
    pub(super) fn add(&mut self, pattern: &Pattern, reading: Reading) -> usize {
        let index = self.starts.len();
        self.starts.push(self.cells.len());
        let mut colons = 0;
        for token in pattern.tokens() {
            let crosses_colons = reading != Reading::Arn || colons >= 5;
            colons += usize::from(token == Token::Literal(':'));
            let wants = match token {
                Token::Literal(literal) if reading == Reading::AnyCase => {
                    Wants::InAnyCase(lower(literal))
                }
                Token::Literal(literal) => Wants::Exactly(literal),
                Token::One => Wants::One { crosses_colons },
                Token::Many => Wants::Many { crosses_colons },
                Token::Variable(_) => Wants::Never,
            };
            self.cells.push(Cell {
                wants,
                pattern: index,
            });
        }
        // An ARN pattern with fewer than six parts matches nothing.
        let wants = if reading == Reading::Arn && colons < 5 {
            Wants::Never
        } else {
            Wants::End
        };
        self.cells.push(Cell {
            wants,
            pattern: index,
        });
        index
    }

    /// Visits each combination of matching patterns that some text has, with the shortest such text.
    ///
    /// Texts that can no longer be matched by one of `needed` are left out, if `needed` is given. A step is one place of one
    /// state.
    pub(super) fn walk(
        &self,
        needed: Option<&[usize]>,
        steps_left: &mut usize,
        mut visit: impl FnMut(Stop<'_>) -> ControlFlow<()>,
    ) -> Walk {
        let mut states: IndexMap<Vec<usize>, (usize, char)> = IndexMap::new();
        let mut seen: IndexSet<Vec<usize>> = IndexSet::new();
        states.insert(self.settle(self.starts.clone()), (0, '\0'));
        let mut current = 0;
        while let Some((state, _)) = states.get_index(current) {
            let state = state.clone();
            let matching = self.matching(&state);
            let is_wanted =
                needed.is_none_or(|needed| matching.iter().any(|pattern| needed.contains(pattern)));
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
                let Some(left) = steps_left.checked_sub(state.len() + 1) else {
                    return Walk::LimitReached;
                };
                *steps_left = left;
                let is_alive = needed.is_none_or(|needed| {
                    let mut patterns = next.iter().filter_map(|place| self.cells.get(*place));
                    patterns.any(|cell| needed.contains(&cell.pattern))
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
        ends.map(|cell| cell.pattern).collect()
    }

    /// Lists the characters that lead to different states: those asked for, and one that is not.
    fn characters(&self, state: &[usize]) -> IndexSet<char> {
        const PLAIN: &str =
            "xyzabcdefghijklmnopqrstuvw0123456789XYZABCDEFGHIJKLMNOPQRSTUVW-_./+=,@~#%&";
        let mut asked = IndexSet::new();
        for cell in state.iter().filter_map(|place| self.cells.get(*place)) {
            match cell.wants {
                Wants::Exactly(character) => {
                    asked.insert(character);
                }
                Wants::InAnyCase(character) => {
                    asked.insert(character);
                    asked.extend(character.to_uppercase());
                }
                Wants::One {
                    crosses_colons: false,
                }
                | Wants::Many {
                    crosses_colons: false,
                } => {
                    asked.insert(':');
                }
                _ => {}
            }
        }
        asked.sort_unstable();
        let far = ('\u{a1}'..).take(asked.len() + 1);
        let other = PLAIN
            .chars()
            .chain(far)
            .find(|character| !asked.contains(character));
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

    /// Adds the places behind stars, and drops those that a later star of the same pattern makes needless.
    fn settle(&self, places: Vec<usize>) -> Vec<usize> {
        let mut settled = Vec::with_capacity(places.len() + 4);
        for place in places {
            let mut place = place;
            settled.push(place);
            while let Some(Cell {
                wants: Wants::Many { .. },
                ..
            }) = self.cells.get(place)
            {
                place += 1;
                settled.push(place);
            }
        }
        settled.sort_unstable();
        settled.dedup();
        let mut kept: Vec<usize> = Vec::with_capacity(settled.len());
        let mut latest_star = None;
        for place in settled.into_iter().rev() {
            let Some(cell) = self.cells.get(place) else {
                continue;
            };
            if latest_star == Some(cell.pattern) || cell.wants == Wants::Never {
                continue;
            }
            if cell.wants
                == (Wants::Many {
                    crosses_colons: true,
                })
            {
                latest_star = Some(cell.pattern);
            }
            kept.push(place);
        }
        kept.reverse();
        kept
    }
}

/// Folds one character where that gives one again.
fn lower(character: char) -> char {
    let mut folded = character.to_lowercase();
    match (folded.next(), folded.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

fn spell(states: &IndexMap<Vec<usize>, (usize, char)>, mut state: usize) -> String {
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
