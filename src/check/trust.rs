//! Trust policies of roles: what is wrong with one by itself, and whom a change lets in.
//!
//! What is opened is proved: for each principal that a statement names, either all that it may do now could be done before, or a request
//! shows the contrary. One fault is told once: what a principal may do that is bad by itself is not told again as a change.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::{
    TRUST_ANY_REPOSITORY, TRUST_ANY_SOURCE, TRUST_CONDITION_LOST, TRUST_EVERYONE,
    TRUST_NEW_PRINCIPAL, TRUST_WIDENED,
};
use super::{Outcome, open, place_in};
use crate::finding::{Finding, Rule, Status};
use crate::pattern::{Pattern, Token};
use crate::policy::prove::{Containment, Options};
use crate::policy::trust::{
    Named, WeaknessKind, allowing, named, statement_as_access, weaknesses as found_in,
};
use crate::policy::{Document, Effect, Request, ResourceElement, Statement};
use crate::template::{
    Content, Guard, Kind, Subject, SubjectKind, Unresolved, contained_open, holes_of,
};

/// Something about one principal of a trust policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustFinding {
    /// Who is trusted.
    pub principal: Named,
    /// What was found.
    pub finding: Finding,
}

/// The rules that ask a trust policy by itself.
pub const ALONE: [Rule; 3] = [TRUST_EVERYONE, TRUST_ANY_REPOSITORY, TRUST_ANY_SOURCE];
/// The rules that ask what a change opens.
pub(super) const CHANGED: [Rule; 3] = [TRUST_NEW_PRINCIPAL, TRUST_CONDITION_LOST, TRUST_WIDENED];

/// Finds what is wrong with the trust policy of a role by itself.
pub fn weaknesses(subject: &Subject) -> Vec<TrustFinding> {
    let Some((guard, document)) = trust_of(subject) else {
        return Vec::new();
    };
    let holes = holes_of(&guard.unresolved);
    let is_open = |text: &str| {
        let pattern = Pattern::parse(text);
        let mut variables = pattern.variables();
        variables.any(|one| holes.iter().any(|hole| hole.eq_ignore_ascii_case(&one.key)))
    };
    let told = found_in(document, &is_open).into_iter().map(|weakness| {
        let rule = match weakness.kind {
            WeaknessKind::Everyone => TRUST_EVERYONE,
            WeaknessKind::AnyRepository => TRUST_ANY_REPOSITORY,
            WeaknessKind::AnySource => TRUST_ANY_SOURCE,
        };
        let place = place_in(guard.place_of(&weakness.path), subject);
        TrustFinding {
            principal: weakness.principal,
            finding: if weakness.is_certain {
                Finding::failed(rule, place, weakness.what)
            } else {
                let what = format!("{}; that depends on what is not known", weakness.what);
                Finding::not_checked(rule, place, what)
            },
        }
    });
    told.collect()
}

/// Finds whom a change of the trust policy lets in.
pub fn opened(new: &Subject, old: &Subject, options: &Options<'_>) -> Vec<TrustFinding> {
    let (Some((new_guard, document)), Some((old_guard, before))) = (trust_of(new), trust_of(old))
    else {
        return Vec::new();
    };
    let change = Change {
        subject: new,
        guard: new_guard,
        document,
        before,
        unresolved: [&new_guard.unresolved[..], &old_guard.unresolved].concat(),
        options,
    };
    let statements = allowing(document);
    let found = statements.flat_map(|(index, statement)| change.at(index, statement));
    found.collect()
}

/// Adds what is wrong with the trust policy, or with what a change makes of it.
pub(super) fn look(
    subject: &Subject,
    old: Option<&Subject>,
    options: &Options<'_>,
    outcome: &mut Outcome,
) {
    let mut found = weaknesses(subject);
    let Some(old) = old else {
        let findings = found.into_iter().map(|one| one.finding);
        outcome.findings.extend(findings);
        return;
    };
    let mut known: Vec<TrustFinding> = weaknesses(old);
    found.retain(|one| {
        let is_same = |other: &TrustFinding| {
            let (mine, theirs) = (&one.finding, &other.finding);
            (mine.rule, mine.status, &mine.what) == (theirs.rule, theirs.status, &theirs.what)
        };
        let place = known.iter().position(is_same);
        outcome.known_before += usize::from(place.is_some());
        place.map(|place| known.swap_remove(place)).is_none()
    });
    match (&subject.guards.trust, &old.guards.trust) {
        (Some(new_guard), Some(old_guard)) if !open::is_same(new_guard, old_guard) => {
            match incomparable(new_guard, old_guard) {
                None => found.extend(opened(subject, old, options)),
                Some(reason) => {
                    let what = format!("not compared with what was there before: {reason}");
                    let place = place_in(&new_guard.place, subject);
                    let finding = Finding::not_checked(TRUST_NEW_PRINCIPAL, place, what);
                    outcome.findings.push(finding);
                }
            }
        }
        (Some(guard), None) if subject.kind == SubjectKind::Role => {
            let what = "there was no trust policy to compare it with".to_owned();
            let place = place_in(&guard.place, subject);
            let finding = Finding::not_checked(TRUST_NEW_PRINCIPAL, place, what);
            outcome.findings.push(finding);
        }
        _ => {}
    }
    outcome.findings.extend(worst(found));
}

/// Of several findings on one principal of one statement, the worst.
fn worst(found: Vec<TrustFinding>) -> Vec<Finding> {
    let mut by_principal: BTreeMap<Named, Finding> = BTreeMap::new();
    for TrustFinding { principal, finding } in found {
        let rank = |one: &Finding| (one.status == Status::Failed, one.rule.severity);
        match by_principal.get_mut(&principal) {
            Some(known) if rank(known) >= rank(&finding) => {}
            Some(known) => *known = finding,
            None => {
                by_principal.insert(principal, finding);
            }
        }
    }
    by_principal.into_values().collect()
}

/// Why two trust policies cannot be compared.
fn incomparable(new: &Guard, old: &Guard) -> Option<String> {
    let differ = open::notes_differ(&new.unresolved, &old.unresolved);
    let (Some(Content::Document(now, _)), Some(Content::Document(then, _))) =
        (&new.content, &old.content)
    else {
        return differ.or_else(|| Some("it is not known".to_owned()));
    };
    // What is not known of both adds the same to both, unless what it may not do changed.
    let is_open = new.unresolved.iter().any(|one| one.kind != Kind::Open);
    let unsure = is_open && !open::denies_alike(&[now], &[then]);
    differ.or_else(|| unsure.then(|| "what it denies changed, and a part is not known".to_owned()))
}

fn trust_of(subject: &Subject) -> Option<(&Guard, &Document)> {
    let guard = subject.guards.trust.as_ref()?;
    match &guard.content {
        Some(Content::Document(document, _)) => Some((guard, document)),
        _ => None,
    }
}

struct Change<'a> {
    subject: &'a Subject,
    guard: &'a Guard,
    document: &'a Document,
    before: &'a Document,
    unresolved: Vec<Unresolved>,
    options: &'a Options<'a>,
}

impl Change<'_> {
    fn at(&self, index: usize, statement: &Statement) -> Vec<TrustFinding> {
        let principals = named(statement, index);
        let is_all_but = matches!(
            statement_as_access(statement, &principals).resource,
            Some(ResourceElement::NotResource(_))
        );
        // All but some are one principal here: they cannot be told apart.
        let groups: Vec<&[Named]> = if is_all_but {
            vec![&principals]
        } else {
            principals.chunks(1).collect()
        };
        let found = groups
            .into_iter()
            .filter_map(|group| self.of(index, statement, group));
        found.collect()
    }

    fn of(&self, index: usize, statement: &Statement, group: &[Named]) -> Option<TrustFinding> {
        let principal = group.first()?;
        let alone = statement_as_access(statement, group);
        let denials = as_denials(self.document);
        let now = Document {
            statements: std::iter::once(alone.clone()).chain(denials).collect(),
            ..self.document.clone()
        };
        let then = crate::policy::trust::as_access(self.before);
        let answer = contained_open(&[&now], &[&then], &self.unresolved, self.options);
        let tell = |rule: Rule, path: &str, what: String| {
            Some(TrustFinding {
                principal: principal.clone(),
                finding: Finding::failed(
                    rule,
                    place_in(self.guard.place_of(path), self.subject),
                    what,
                ),
            })
        };
        let name = shown(principal);
        let is_new = || self.overlapping(&alone).next().is_none();
        match answer {
            Containment::Contained => None,
            Containment::NotContained(_) if is_new() => {
                let what = format!("{name} may take the role on now and could not before");
                tell(TRUST_NEW_PRINCIPAL, &principal.path, what)
            }
            // What is open in a name of another kind does not make it one of those before.
            Containment::Unknown(_) if is_new() && !self.denies() => {
                let what = format!("{name} may take the role on now and could not before");
                tell(TRUST_NEW_PRINCIPAL, &principal.path, what)
            }
            Containment::NotContained(requests) => {
                let path = format!("Statement[{index}]");
                let request = requests.first();
                let lost = self.lost(&alone);
                let (rule, what) = if lost.is_empty() {
                    (TRUST_WIDENED, self.widened(&name, &alone, request))
                } else {
                    (
                        TRUST_CONDITION_LOST,
                        format!("for {name} {}", lost.join(", ")),
                    )
                };
                tell(rule, &path, what)
            }
            Containment::Unknown(reason) => {
                let what = format!(
                    "whether {name} could take the role on before is not decided: {reason}"
                );
                let place = place_in(self.guard.place_of(&principal.path), self.subject);
                Some(TrustFinding {
                    principal: principal.clone(),
                    finding: Finding::not_checked(TRUST_NEW_PRINCIPAL, place, what),
                })
            }
        }
    }

    fn denies(&self) -> bool {
        let mut statements = self.document.statements.iter();
        statements.any(|one| one.effect == Effect::Deny)
    }

    /// The statements before that allowed something to one of the principals.
    fn overlapping(&self, alone: &Statement) -> impl Iterator<Item = &Statement> {
        let mine = starred(alone);
        allowing(self.before)
            .filter(move |(index, statement)| {
                let other = statement_as_access(statement, &named(statement, *index));
                let is_all_but =
                    |one: &Statement| matches!(one.resource, Some(ResourceElement::NotResource(_)));
                let theirs = starred(&other);
                is_all_but(alone)
                    || is_all_but(&other)
                    || mine
                        .iter()
                        .any(|mine| theirs.iter().any(|other| mine.intersects(other)))
            })
            .map(|(_, statement)| statement)
    }

    /// What the statements before asked for and this one does not.
    fn lost(&self, alone: &Statement) -> Vec<String> {
        let keys = |statement: &Statement| -> BTreeSet<(String, String, Vec<String>)> {
            let conditions = statement.conditions.iter();
            let all = conditions.flat_map(|(operator, keys)| {
                let keys = keys.iter();
                keys.map(move |(key, values)| (operator, key, values))
            });
            all.map(|(operator, key, values)| {
                (key.to_ascii_lowercase(), operator.clone(), values.clone())
            })
            .collect()
        };
        let asked_now = keys(alone);
        let mut lost = BTreeSet::new();
        for statement in self.overlapping(alone) {
            let asked = keys(statement);
            if asked.is_subset(&asked_now) {
                // One statement before asked for no more, so that no condition is what makes the difference.
                return Vec::new();
            }
            for (key, _, _) in asked.difference(&asked_now) {
                let is_still_asked = asked_now.iter().any(|(other, _, _)| other == key);
                let written = statement.conditions.values().flat_map(|keys| keys.keys());
                let mut written = written.filter(|one| one.eq_ignore_ascii_case(key));
                let name = written.next().unwrap_or(key);
                lost.insert(if is_still_asked {
                    format!("`{name}` is asked for less strictly")
                } else {
                    format!("`{name}` is no longer asked for")
                });
            }
        }
        lost.into_iter().collect()
    }

    fn widened(&self, name: &str, alone: &Statement, request: Option<&Request>) -> String {
        let before: BTreeSet<&str> = self
            .overlapping(alone)
            .flat_map(|statement| statement.action.patterns())
            .map(String::as_str)
            .collect();
        let action = request.map_or("sts:AssumeRole", Request::action);
        let is_old = before
            .iter()
            .any(|pattern| crate::pattern::ActionPattern::parse(pattern).matches(action));
        if is_old {
            format!("{name} may take the role on in more cases than before")
        } else {
            format!("{name} may call `{action}` now and could not before")
        }
    }
}

fn as_denials(document: &Document) -> Vec<Statement> {
    let statements = crate::policy::trust::as_access(document).statements;
    let denials = statements.into_iter();
    denials.filter(|one| one.effect == Effect::Deny).collect()
}

/// The resources of a statement with a star for each variable.
fn starred(statement: &Statement) -> Vec<Pattern> {
    let patterns = statement
        .resource
        .iter()
        .flat_map(ResourceElement::patterns);
    let star = |text: &String| {
        Pattern::from_tokens(Pattern::parse(text).tokens().map(|token| match token {
            Token::Variable(_) => Token::Many,
            other => other,
        }))
    };
    patterns.map(star).collect()
}

fn shown(principal: &Named) -> String {
    if principal.path.contains("NotPrincipal") {
        return format!("all but `{}`", principal.name);
    }
    if principal.is_everyone() {
        return "everyone".to_owned();
    }
    format!("`{}`", principal.name)
}
