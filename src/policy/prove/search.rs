//! The search within one case: for an answer to all questions under which only the inner side allows.

use super::Options;
use super::case::{Case, Sides};
use super::dimension::{Choice, Dimension, Question, Questions};
use super::formula::{Clause, Clauses, Standings};
use super::machine::{Machine, Reading, Stop, Walk};
use super::witness;
use super::work::Work;
use crate::pattern::{Pattern, Token};
use crate::policy::evaluate::{CompiledStatement, Context, Request};
use indexmap::{IndexMap, IndexSet};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// The most requests tried for open questions at one combination of resources.
const MOST_TRIES: usize = 4_000;

/// What a case came to.
#[derive(Debug)]
pub(super) enum Found {
    /// The case is contained.
    Nothing,
    /// A request that only the inner side allows.
    Witness(Request),
    /// It could not be decided: why.
    OpenQuestion(String),
}

/// Searches one case.
pub(super) fn search(case: &Case<'_>, options: &Options<'_>, work: &Work) -> Found {
    let mut search = Search::new(case, options, work);
    let needed = search.needed();
    let mut result = Found::Nothing;
    let machine = std::mem::take(&mut search.machine);
    let walk = machine.walk(needed.as_deref(), work, |stop| match search.at(&stop) {
        Found::Nothing => ControlFlow::Continue(()),
        Found::OpenQuestion(reason) => {
            result = Found::OpenQuestion(reason);
            ControlFlow::Continue(())
        }
        witness @ Found::Witness(_) => {
            result = witness;
            ControlFlow::Break(())
        }
    });
    match (walk, &result) {
        (Walk::LimitReached, Found::Nothing) => Found::OpenQuestion(format!(
            "too large to compare: the limit of work was reached while the resources of `{}` were told apart",
            case.action
        )),
        _ => result,
    }
}

struct Search<'a> {
    case: &'a Case<'a>,
    options: &'a Options<'a>,
    questions: Questions<'a>,
    machine: Machine,
    inner: Clauses,
    outer: Clauses,
    /// Pairs of open questions: a yes to the first is a yes to the second.
    implied: Vec<(usize, usize)>,
    work: &'a Work,
}

impl<'a> Search<'a> {
    fn new(case: &'a Case<'a>, options: &'a Options<'a>, work: &'a Work) -> Self {
        let questions = Questions::new(case, work);
        let mut machine = Machine::default();
        let mut lists = IndexMap::new();
        let mut index_of = |patterns: Vec<Pattern>| {
            let known = lists.entry(patterns.clone());
            *known.or_insert_with(|| machine.add(&patterns, Reading::Exact))
        };
        let mut clause = |statement: &CompiledStatement| {
            let (open, closed): (Vec<&Pattern>, Vec<&Pattern>) = statement
                .resources
                .iter()
                .partition(|pattern| pattern.has_variable());
            let mut clause = Clause {
                conditions: Vec::new(),
                is_negated: statement.is_not_resource,
                closed: index_of(closed.into_iter().cloned().collect()),
                open: Vec::new(),
            };
            for condition in &statement.conditions {
                let question = questions.index_of(Question::Condition(condition));
                clause.conditions.extend(question);
            }
            for pattern in open {
                if statement.is_not_resource {
                    let has_values = questions.index_of(Question::HasValues(pattern));
                    clause.conditions.extend(has_values);
                }
                let list = index_of(vec![starred(pattern)]);
                let question = questions.index_of(Question::Pattern(pattern));
                clause
                    .open
                    .extend(question.map(|question| (list, question)));
            }
            clause
        };
        let mut clauses = |sides: &Sides<'_>| Clauses {
            allow: sides
                .allow
                .iter()
                .map(|statement| clause(statement))
                .collect(),
            deny: sides
                .deny
                .iter()
                .map(|statement| clause(statement))
                .collect(),
        };
        let inner = clauses(&case.inner_statements);
        let outer = clauses(&case.outer_statements);
        Self {
            case,
            options,
            inner,
            outer,
            implied: questions.implied(work),
            questions,
            machine,
            work,
        }
    }

    /// Lists the lists of which one must match for the inner side to allow; none if some statement allows all the rest.
    fn needed(&self) -> Option<Vec<usize>> {
        let mut needed = Vec::new();
        for clause in &self.inner.allow {
            if clause.is_negated {
                return None;
            }
            needed.push(clause.closed);
            needed.extend(clause.open.iter().map(|(index, _)| index));
        }
        needed.sort_unstable();
        needed.dedup();
        Some(needed)
    }

    /// Tries all answers at one combination of matching resources.
    fn at(&self, stop: &Stop<'_>) -> Found {
        let standings = Standings::new(&self.inner, &self.outer, stop.matching);
        let active: BTreeSet<usize> = standings.questions().collect();
        let dimensions: Vec<Dimension> = self
            .questions
            .dimensions
            .iter()
            .filter_map(|dimension| dimension.restricted_to(&active))
            .collect();
        let sizes: Vec<usize> = dimensions
            .iter()
            .map(|dimension| dimension.choices.len())
            .collect();
        let mut answers = vec![false; self.questions.all.len()];
        let mut odometer = vec![0_usize; dimensions.len()];
        let mut turned = dimensions.len();
        let cost = 1 + (standings.len() + self.implied.len()) / 4;
        if !self.work.spend(4 * cost + sizes.iter().sum::<usize>()) {
            return self.too_many();
        }
        loop {
            if !self.work.spend(cost) {
                return self.too_many();
            }
            for (dimension, choice) in chosen(&dimensions, &odometer).take(turned) {
                for (question, answer) in dimension.questions.iter().zip(&choice.answers) {
                    if let Some(place) = answers.get_mut(*question) {
                        *place = *answer;
                    }
                }
            }
            if self.is_consistent(&answers) && standings.differ(&answers) {
                let chosen: Vec<_> = chosen(&dimensions, &odometer).collect();
                return self.conclude(stop, &chosen, &active);
            }
            match turn(&mut odometer, &sizes) {
                Some(places) => turned = places,
                None => return Found::Nothing,
            }
        }
    }

    fn too_many(&self) -> Found {
        let action = &self.case.action;
        Found::OpenQuestion(format!(
            "too large to compare: too many combinations of conditions on `{action}`"
        ))
    }

    /// Says whether the answers respect that a pattern matches all that a pattern under it matches.
    fn is_consistent(&self, answers: &[bool]) -> bool {
        let is_yes = |question: &usize| answers.get(*question) == Some(&true);
        let mut implied = self.implied.iter();
        implied.all(|(narrow, wide)| !is_yes(narrow) || is_yes(wide))
    }

    /// Turns the answers into a request that the evaluator confirms, or names what is in the way.
    fn conclude(
        &self,
        stop: &Stop<'_>,
        chosen: &[(&Dimension, &Choice)],
        active: &BTreeSet<usize>,
    ) -> Found {
        let mut context = Context::default();
        let mut open = None;
        for (dimension, choice) in chosen {
            match &choice.values {
                Some((key, values)) => context.insert(key, values.clone()),
                None => open = open.or(dimension.questions.first()),
            }
        }
        let text = (stop.text)();
        let request = match open {
            None => self.confirmed(text, context),
            Some(_) => self.confirmed_by_trying(&text, active),
        };
        let question = open.and_then(|question| self.questions.all.get(*question));
        match request {
            Some(request) => Found::Witness(witness::polish(self.case, self.options, request)),
            None => Found::OpenQuestion(question.map_or_else(
                || {
                    format!(
                        "a difference on `{}` could not be confirmed",
                        self.case.action
                    )
                },
                Question::describe,
            )),
        }
    }

    fn confirmed(&self, resource: String, context: Context) -> Option<Request> {
        let request = Request::new(self.case.action.clone(), resource, context);
        self.case.differs(&request).then_some(request)
    }

    /// Tries likely values for the keys of the questions that matter, and the resources that they make of the patterns.
    fn confirmed_by_trying(&self, text: &str, active: &BTreeSet<usize>) -> Option<Request> {
        let asked = active
            .iter()
            .filter_map(|index| self.questions.all.get(*index));
        let asked: Vec<&Question<'_>> = asked.collect();
        let keys: IndexSet<&str> = asked.iter().flat_map(|question| question.keys()).collect();
        let choices: Vec<(&str, Vec<&Vec<String>>)> = keys
            .into_iter()
            .filter_map(|key| {
                let values = self.questions.candidates.get(key)?;
                Some((key, values.iter().collect()))
            })
            .collect();
        let sizes: Vec<usize> = choices.iter().map(|(_, values)| values.len()).collect();
        let mut odometer = vec![0; choices.len()];
        for _ in 0..MOST_TRIES {
            if !self.work.spend(asked.len()) {
                break;
            }
            let mut context = Context::default();
            for ((key, values), index) in choices.iter().zip(&odometer) {
                if let Some(values) = values.get(*index) {
                    context.insert(key, (*values).clone());
                }
            }
            let instances = asked
                .iter()
                .filter_map(|question| question.instance(&context));
            for resource in instances.chain([text.to_owned()]) {
                if !self.work.spend(self.case.size()) {
                    return None;
                }
                if let Some(request) = self.confirmed(resource, context.clone()) {
                    return Some(request);
                }
            }
            if turn(&mut odometer, &sizes).is_none() {
                break;
            }
        }
        None
    }
}

/// Pairs each dimension with the choice that the odometer shows.
fn chosen<'d>(
    dimensions: &'d [Dimension],
    odometer: &[usize],
) -> impl Iterator<Item = (&'d Dimension, &'d Choice)> {
    let pairs = dimensions.iter().zip(odometer);
    pairs.filter_map(|(dimension, index)| Some((dimension, dimension.choices.get(*index)?)))
}

/// Turns to the next combination; returns how many places, from the first, it changed, or `None` after the last.
fn turn(odometer: &mut [usize], sizes: &[usize]) -> Option<usize> {
    for (index, (place, size)) in odometer.iter_mut().zip(sizes).enumerate() {
        *place += 1;
        if *place < *size {
            return Some(index + 1);
        }
        *place = 0;
    }
    None
}

/// Reads every variable as a star.
fn starred(pattern: &Pattern) -> Pattern {
    Pattern::from_tokens(pattern.tokens().map(|token| match token {
        Token::Variable(_) => Token::Many,
        other => other,
    }))
}
