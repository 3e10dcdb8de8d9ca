//! The questions of a case, and the answers that they can have together.
//!
//! A question is a condition, or whether a resource pattern with a variable matches. Questions that one request must answer
//! together, because they ask about the same key, form a dimension.

use super::case::Case;
use super::values;
use super::work::Work;
use crate::pattern::{Pattern, Token};
use crate::policy::evaluate::{Condition, Context};
use crate::policy::operator::Quantifier;
use indexmap::{IndexMap, IndexSet};
use std::collections::BTreeSet;

/// The most classes of values of which all subsets are tried, for a key with several values.
const MOST_CLASSES_OF_A_SET: usize = 8;

/// Something that a request answers with yes or no.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Question<'a> {
    /// Does the condition hold?
    Condition(&'a Condition),
    /// Does the pattern, with the request's values in place of its variables, match the resource?
    Pattern(&'a Pattern),
    /// Has the request a value for each of the pattern's variables?
    HasValues(&'a Pattern),
}

/// Questions with their possible answers.
#[derive(Debug)]
pub(super) struct Dimension {
    /// The indices of the questions.
    pub(super) questions: Vec<usize>,
    /// What requests can answer, none left out.
    pub(super) choices: Vec<Choice>,
}

/// One way to answer a dimension's questions.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// The answers, in the order of the questions.
    pub(super) answers: Vec<bool>,
    /// The key and the values that answer so (no values: the key is absent). Without them it is open whether any do.
    pub(super) values: Option<(String, Vec<String>)>,
}

/// All questions of a case.
#[derive(Debug, Default)]
pub(super) struct Questions<'a> {
    pub(super) all: Vec<Question<'a>>,
    pub(super) dimensions: Vec<Dimension>,
    /// Values worth trying for keys whose questions stay open.
    pub(super) candidates: IndexMap<String, IndexSet<Vec<String>>>,
}

impl<'a> Questions<'a> {
    pub(super) fn new(case: &Case<'a>, work: &Work) -> Self {
        let mut questions = Self::default();
        let statements = case
            .inner_statements
            .all()
            .chain(case.outer_statements.all());
        for statement in statements {
            for condition in &statement.conditions {
                questions.ask(Question::Condition(condition));
            }
            for pattern in statement
                .resources
                .iter()
                .filter(|pattern| pattern.has_variable())
            {
                questions.ask(Question::Pattern(pattern));
                if statement.is_not_resource && pattern.needs_values() {
                    questions.ask(Question::HasValues(pattern));
                }
            }
        }
        let mut by_key: IndexMap<&str, Vec<usize>> = IndexMap::new();
        for (index, question) in questions.all.iter().enumerate() {
            match question {
                Question::Condition(condition) if condition.variables().next().is_none() => {
                    by_key.entry(&condition.key).or_default().push(index);
                }
                _ => questions.dimensions.push(Dimension::open(index)),
            }
        }
        for (key, indices) in by_key {
            let dimensions = questions.of_key(key, indices, work);
            questions.dimensions.extend(dimensions);
        }
        questions.collect_candidates(work);
        questions
    }

    /// Returns the index of a question, if it is one of the case.
    pub(super) fn index_of(&self, question: Question<'_>) -> Option<usize> {
        self.all.iter().position(|known| *known == question)
    }

    /// Lists pairs of open questions of which a yes to the first is a yes to the second; those that there is work left to find.
    pub(super) fn implied(&self, work: &Work) -> Vec<(usize, usize)> {
        let open: Vec<(usize, &Pattern)> = self
            .all
            .iter()
            .enumerate()
            .filter_map(|(index, question)| match question {
                Question::Pattern(pattern) => Some((index, *pattern)),
                Question::Condition(_) | Question::HasValues(_) => None,
            })
            .collect();
        let mut implied = Vec::new();
        let patterns: Vec<Pattern> = open.iter().map(|(_, pattern)| (*pattern).clone()).collect();
        for (narrow, pattern) in &open {
            if !work.spend_on_pairs(std::slice::from_ref(pattern), &patterns) {
                break;
            }
            let wider = open
                .iter()
                .filter(|(wide, other)| wide != narrow && other.covers(pattern));
            implied.extend(wider.map(|(wide, _)| (*narrow, *wide)));
            let has_values = self.index_of(Question::HasValues(pattern));
            implied.extend(has_values.map(|has_values| (*narrow, has_values)));
        }
        implied
    }

    fn ask(&mut self, question: Question<'a>) {
        if self.index_of(question).is_none() {
            self.all.push(question);
        }
    }

    /// Makes the dimension of the conditions on one key; or open ones, if its values have too many classes.
    fn of_key(&self, key: &str, questions: Vec<usize>, work: &Work) -> Vec<Dimension> {
        let asked = questions.iter().filter_map(|index| self.all.get(*index));
        let conditions: Vec<&Condition> = asked
            .filter_map(|question| match question {
                Question::Condition(condition) => Some(*condition),
                Question::Pattern(_) | Question::HasValues(_) => None,
            })
            .collect();
        let wanted: usize = conditions
            .iter()
            .map(|condition| condition.wanted.len())
            .sum();
        let sets =
            values::classes(&conditions, work).and_then(|classes| sets(&conditions, classes));
        let Some(sets) = sets.filter(|sets| work.spend(sets.len() * (1 + wanted))) else {
            return questions.into_iter().map(Dimension::open).collect();
        };
        let mut choices: IndexMap<Vec<bool>, Choice> = IndexMap::new();
        for values in sets {
            let context: Context = [(key, values.clone())].into_iter().collect();
            let holds = conditions.iter().map(|condition| condition.holds(&context));
            let answers: Vec<bool> = holds.collect();
            choices.entry(answers.clone()).or_insert(Choice {
                answers,
                values: Some((key.to_owned(), values)),
            });
        }
        vec![Dimension {
            questions,
            choices: choices.into_values().collect(),
        }]
    }

    /// Gathers what may answer the open questions: nothing, a plain name, another, and what the conditions name.
    fn collect_candidates(&mut self, work: &Work) {
        let mut candidates: IndexMap<String, IndexSet<Vec<String>>> = IndexMap::new();
        let plain = || [Vec::new(), vec!["x".to_owned()], vec!["y".to_owned()]];
        for question in &self.all {
            let variables: Vec<_> = match question {
                Question::Condition(condition) => {
                    candidates.entry(condition.key.clone()).or_default();
                    condition.variables().collect()
                }
                Question::Pattern(pattern) | Question::HasValues(pattern) => {
                    pattern.variables().collect()
                }
            };
            for variable in variables {
                candidates.entry(variable.key.clone()).or_default();
            }
        }
        for (key, values) in &mut candidates {
            values.extend(plain());
            let on_key: Vec<&Condition> = self
                .all
                .iter()
                .filter_map(|question| match question {
                    Question::Condition(condition) if condition.key == *key => Some(*condition),
                    _ => None,
                })
                .collect();
            let closed: Vec<&Condition> = on_key
                .iter()
                .copied()
                .filter(|condition| condition.variables().next().is_none())
                .collect();
            let classes = closed
                .iter()
                .filter_map(|condition| values::classes(&[condition], work));
            values.extend(classes.flatten().map(|value| vec![value]));
        }
        self.candidates = candidates;
    }
}

/// Returns the sets of values to try: none, each alone, and all subsets if a condition takes the values together.
fn sets(conditions: &[&Condition], classes: Vec<String>) -> Option<Vec<Vec<String>>> {
    let takes_sets = |condition: &&Condition| {
        let operator = condition.operator;
        operator.is_some_and(|operator| operator.quantifier != Quantifier::Single)
    };
    let mut sets = vec![Vec::new()];
    if !conditions.iter().any(takes_sets) {
        sets.extend(classes.into_iter().map(|value| vec![value]));
        return Some(sets);
    }
    let classes = distinct(conditions, classes);
    if classes.len() > MOST_CLASSES_OF_A_SET {
        return None;
    }
    for value in classes {
        let with_value: Vec<Vec<String>> = sets
            .iter()
            .map(|set| set.iter().chain([&value]).cloned().collect())
            .collect();
        sets.extend(with_value);
    }
    sets.sort_by_key(Vec::len);
    Some(sets)
}

/// Keeps one value of those that match the same conditions' values.
fn distinct(conditions: &[&Condition], classes: Vec<String>) -> Vec<String> {
    let mut kept: IndexMap<Vec<Option<bool>>, String> = IndexMap::new();
    for value in classes {
        let context = Context::default();
        let matches = conditions
            .iter()
            .map(|condition| condition.matches(&value, &context));
        kept.entry(matches.collect()).or_insert(value);
    }
    kept.into_values().collect()
}

impl Question<'_> {
    /// Names the question for the user.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Condition(condition) => {
                let operator = condition.operator.map(|operator| operator.to_string());
                let operator = operator.unwrap_or_default();
                format!("the condition `{operator}` on `{}`", condition.key)
            }
            Self::Pattern(pattern) | Self::HasValues(pattern) => {
                format!("the variable in `{pattern}`")
            }
        }
    }

    /// Lists the keys that bear on the answer.
    pub(super) fn keys(&self) -> Vec<&str> {
        let (own, variables): (Option<&str>, Vec<_>) = match self {
            Self::Condition(condition) => (Some(&condition.key), condition.variables().collect()),
            Self::Pattern(pattern) | Self::HasValues(pattern) => {
                (None, pattern.variables().collect())
            }
        };
        let keys = variables.into_iter().map(|variable| variable.key.as_str());
        own.into_iter().chain(keys).collect()
    }

    /// Makes a resource that the pattern matches in a request with this context.
    pub(super) fn instance(&self, context: &Context) -> Option<String> {
        let Self::Pattern(pattern) = self else {
            return None;
        };
        let resolved = pattern.resolve(|key| context.single(key))?;
        let characters = resolved.tokens().filter_map(|token| match token {
            Token::Literal(character) => Some(character),
            Token::One => Some('x'),
            Token::Many | Token::Variable(_) => None,
        });
        Some(characters.collect())
    }
}

impl Dimension {
    /// Keeps the questions that are active, and of the choices that answer those alike one; `None` if no question is left.
    pub(super) fn restricted_to(&self, active: &BTreeSet<usize>) -> Option<Self> {
        let is_kept: Vec<bool> = self
            .questions
            .iter()
            .map(|index| active.contains(index))
            .collect();
        if !is_kept.contains(&true) {
            return None;
        }
        let kept = |answers: &[bool]| -> Vec<bool> {
            let pairs = answers.iter().zip(&is_kept);
            pairs
                .filter(|(_, is_kept)| **is_kept)
                .map(|(answer, _)| *answer)
                .collect()
        };
        let mut choices: IndexMap<Vec<bool>, Choice> = IndexMap::new();
        for choice in &self.choices {
            let answers = kept(&choice.answers);
            choices.entry(answers.clone()).or_insert_with(|| Choice {
                answers,
                values: choice.values.clone(),
            });
        }
        let questions = self.questions.iter().zip(&is_kept);
        Some(Self {
            questions: questions
                .filter(|(_, is_kept)| **is_kept)
                .map(|(index, _)| *index)
                .collect(),
            choices: choices.into_values().collect(),
        })
    }

    /// A question of which it is open what answers it.
    fn open(question: usize) -> Self {
        let choice = |answer| Choice {
            answers: vec![answer],
            values: None,
        };
        Self {
            questions: vec![question],
            choices: vec![choice(true), choice(false)],
        }
    }
}
