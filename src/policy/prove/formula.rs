//! Statements as formulas over a case's questions.
//!
//! At one combination of matching resources a statement comes to nothing, or to "if these questions are answered so".

/// The statements of one side as formulas.
#[derive(Debug)]
pub(super) struct Clauses {
    pub(super) allow: Vec<Clause>,
    pub(super) deny: Vec<Clause>,
}

/// A statement as a formula: all conditions hold, and one of the resources matches (or none, if negated).
#[derive(Debug)]
pub(super) struct Clause {
    pub(super) conditions: Vec<usize>,
    pub(super) is_negated: bool,
    /// The list of its patterns without a variable, in the machine.
    pub(super) closed: usize,
    /// Patterns with a variable: the list of their stars-for-variables reading, and their question.
    pub(super) open: Vec<(usize, usize)>,
}

/// What a clause comes to at one combination of resources.
#[derive(Debug)]
enum Standing<'a> {
    Never,
    /// If these questions are answered with yes, and one of the others (or none of them, if negated).
    If {
        conditions: &'a [usize],
        patterns: Option<(bool, Vec<usize>)>,
    },
}

impl Clause {
    fn standing(&self, matching: &[usize]) -> Standing<'_> {
        let is_matching = |index: &usize| matching.binary_search(index).is_ok();
        let conditions = self.conditions.as_slice();
        if is_matching(&self.closed) {
            return if self.is_negated {
                Standing::Never
            } else {
                Standing::If {
                    conditions,
                    patterns: None,
                }
            };
        }
        let open = self.open.iter().filter(|(index, _)| is_matching(index));
        let open: Vec<usize> = open.map(|(_, question)| *question).collect();
        match (open.is_empty(), self.is_negated) {
            (true, false) => Standing::Never,
            (true, true) => Standing::If {
                conditions,
                patterns: None,
            },
            (false, is_negated) => Standing::If {
                conditions,
                patterns: Some((is_negated, open)),
            },
        }
    }
}

impl Standing<'_> {
    fn holds(&self, answers: &[bool]) -> bool {
        let is_yes = |question: &usize| answers.get(*question) == Some(&true);
        match self {
            Self::Never => false,
            Self::If {
                conditions,
                patterns,
            } => {
                conditions.iter().all(is_yes)
                    && patterns.as_ref().is_none_or(|(is_negated, questions)| {
                        questions.iter().any(is_yes) != *is_negated
                    })
            }
        }
    }

    fn questions(&self) -> impl Iterator<Item = usize> {
        let (conditions, patterns): (&[usize], &[usize]) = match self {
            Self::Never => (&[], &[]),
            Self::If {
                conditions,
                patterns,
            } => (
                conditions,
                patterns.as_ref().map_or(&[], |(_, questions)| questions),
            ),
        };
        conditions.iter().chain(patterns).copied()
    }
}

/// All clauses at one combination of resources.
#[derive(Debug)]
pub(super) struct Standings<'a> {
    inner_allow: Vec<Standing<'a>>,
    inner_deny: Vec<Standing<'a>>,
    outer_allow: Vec<Standing<'a>>,
    outer_deny: Vec<Standing<'a>>,
}

impl<'a> Standings<'a> {
    /// Reduces both sides' statements to what the matching patterns leave of them.
    pub(super) fn new(inner: &'a Clauses, outer: &'a Clauses, matching: &[usize]) -> Self {
        let reduce = |clauses: &'a [Clause]| {
            let standings = clauses.iter().map(|clause| clause.standing(matching));
            standings.collect()
        };
        Self {
            inner_allow: reduce(&inner.allow),
            inner_deny: reduce(&inner.deny),
            outer_allow: reduce(&outer.allow),
            outer_deny: reduce(&outer.deny),
        }
    }

    /// Counts the statements.
    pub(super) fn len(&self) -> usize {
        self.inner_allow.len()
            + self.inner_deny.len()
            + self.outer_allow.len()
            + self.outer_deny.len()
    }

    /// Says whether only the inner side allows under these answers.
    pub(super) fn differ(&self, answers: &[bool]) -> bool {
        let any =
            |standings: &[Standing<'_>]| standings.iter().any(|standing| standing.holds(answers));
        any(&self.inner_allow)
            && !any(&self.inner_deny)
            && (any(&self.outer_deny) || !any(&self.outer_allow))
    }

    /// Lists the questions that still matter, some of them more than once.
    pub(super) fn questions(&self) -> impl Iterator<Item = usize> {
        let inner = self.inner_allow.iter().chain(&self.inner_deny);
        let outer = self.outer_allow.iter().chain(&self.outer_deny);
        inner.chain(outer).flat_map(Standing::questions)
    }
}
