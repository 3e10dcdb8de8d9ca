//! Every way in which one call can fail, in a store that behaves like IAM; and what is left of the role afterwards.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::policy::{Document, PolicyKind};
use crate::publish::{Mode, Refusal, Versions, WantedPolicy};
use crate::synthesis::CurrentPolicy;

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    /// It is refused.
    Refused,
    /// It is carried out, and the answer is lost.
    AnswerLost,
    /// It is refused, and so is every call after it.
    Dead,
}

/// Something that keeps policies by IAM's rules.
#[derive(Clone, Debug)]
struct Iam {
    state: State,
    calls: usize,
    fault: Option<(usize, Failure)>,
}

struct NoPace;

impl Pace for NoPace {
    fn before(&mut self, _step: &Step) {}
    fn settle(&mut self) {}
}

impl Iam {
    fn new(state: State) -> Self {
        Self {
            state,
            calls: 0,
            fault: None,
        }
    }

    fn versions(&mut self, arn: &str) -> Result<&mut Versions, AwsError> {
        let versions = self.state.policies.get_mut(arn).and_then(Option::as_mut);
        versions.ok_or_else(|| AwsError::other("iam", "no such policy"))
    }

    fn take_effect(&mut self, step: &Step) -> Result<(), AwsError> {
        match step.clone() {
            Step::CreatePolicy { .. }
            | Step::CreateVersion { .. }
            | Step::SetDefaultVersion { .. }
            | Step::DeleteVersion { .. }
            | Step::DeletePolicy { .. } => self.change_policy(step.clone()),
            Step::Attach { arn } => {
                self.exists(&arn)?;
                self.state.attached.insert(arn);
                Ok(())
            }
            Step::Detach { arn } => kept(self.state.attached.remove(&arn), "not attached"),
            Step::PutInline { name, document } => {
                self.state.inline.insert(name, document);
                Ok(())
            }
            Step::DeleteInline { name } => {
                kept(self.state.inline.remove(&name).is_some(), "no such policy")
            }
            Step::PutBoundary { arn } => {
                self.exists(&arn)?;
                self.state.boundary = Some(arn);
                Ok(())
            }
            Step::DeleteBoundary => {
                self.state.boundary = None;
                Ok(())
            }
        }
    }

    fn exists(&self, arn: &str) -> Result<(), AwsError> {
        kept(
            self.state.policies.get(arn) != Some(&None),
            "no such policy",
        )
    }

    fn change_policy(&mut self, step: Step) -> Result<(), AwsError> {
        match step {
            Step::CreatePolicy { arn, document } => {
                kept(self.versions(&arn).is_err(), "there is one")?;
                let versions = Versions {
                    default: "v1".to_owned(),
                    documents: BTreeMap::from([("v1".to_owned(), document)]),
                    uses: 0,
                };
                self.state.policies.insert(arn, Some(versions));
                Ok(())
            }
            Step::CreateVersion {
                arn,
                document,
                is_default,
            } => {
                let versions = self.versions(&arn)?;
                kept(versions.documents.len() < Versions::MOST, "five versions")?;
                let numbers = versions.documents.keys();
                let numbers = numbers.filter_map(|id| id.get(1..)?.parse().ok());
                let id = format!("v{}", numbers.max().unwrap_or(0_u32) + 1);
                versions.documents.insert(id.clone(), document);
                if is_default {
                    versions.default = id;
                }
                Ok(())
            }
            Step::SetDefaultVersion { arn, version } => {
                let versions = self.versions(&arn)?;
                kept(versions.documents.contains_key(&version), "no such version")?;
                versions.default = version;
                Ok(())
            }
            Step::DeleteVersion { arn, version } => {
                let versions = self.versions(&arn)?;
                kept(versions.default != version, "in force")?;
                kept(
                    versions.documents.remove(&version).is_some(),
                    "no such version",
                )
            }
            Step::DeletePolicy { arn } => {
                kept(!self.state.attached.contains(&arn), "attached")?;
                kept(self.state.boundary.as_ref() != Some(&arn), "a boundary")?;
                kept(
                    self.versions(&arn)?.documents.len() == 1,
                    "several versions",
                )?;
                self.state.policies.insert(arn, None);
                Ok(())
            }
            other => Err(AwsError::other(
                "iam",
                format!("no change of a policy: {other}"),
            )),
        }
    }

    /// Counts a call; says how it fails.
    fn fault(&mut self) -> Option<Failure> {
        self.calls += 1;
        let (at, failure) = self.fault?;
        let is_hit = self.calls == at || (failure == Failure::Dead && self.calls > at);
        is_hit.then_some(failure)
    }
}

/// Refuses unless a rule is kept.
fn kept(is_kept: bool, why: &str) -> Result<(), AwsError> {
    is_kept
        .then_some(())
        .ok_or_else(|| AwsError::other("iam", why))
}

impl Store for Iam {
    fn state(&mut self, arns: &[String]) -> Result<State, AwsError> {
        if self.fault().is_some() {
            return Err(AwsError::other("iam", "injected"));
        }
        let mut state = self.state.clone();
        state.policies.retain(|arn, _| arns.contains(arn));
        for arn in arns {
            state.policies.entry(arn.clone()).or_default();
        }
        Ok(state)
    }

    fn perform(&mut self, step: &Step) -> Result<(), AwsError> {
        match self.fault() {
            None => self.take_effect(step),
            Some(failure) => {
                if failure == Failure::AnswerLost {
                    self.take_effect(step)?;
                }
                Err(AwsError::other("iam", "injected"))
            }
        }
    }
}

const MINE: &str = "arn:aws:iam::111122223333:policy/app-used";
const OLD: &str = "arn:aws:iam::111122223333:policy/app-old";
const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

fn text(action: &str) -> String {
    format!(
        r#"{{ "Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#
    )
}

fn document(action: &str) -> Document {
    Document::parse(&text(action), PolicyKind::Identity).unwrap()
}

fn wanted(mode: Mode) -> Wanted {
    let seen = |name: &str, arn: Option<&str>, action: &str| CurrentPolicy {
        name: name.to_owned(),
        arn: arn.map(str::to_owned),
        document: document(action),
    };
    let document = document("s3:GetObject");
    Wanted {
        role: "arn:aws:iam::111122223333:role/app".to_owned(),
        name: "app".to_owned(),
        account: "111122223333".to_owned(),
        policies: vec![WantedPolicy {
            arn: MINE.to_owned(),
            text: document.to_string(),
            document,
        }],
        seen: Some(vec![
            seen("app-old", Some(OLD), "s3:*"),
            seen("AWSLambdaBasicExecutionRole", Some(BASIC), "logs:*"),
            seen("inline", None, "sqs:*"),
        ]),
        mode,
    }
}

/// Roles before a change: without polgen's policy, with an earlier one, and with one that has as many versions as it may have.
fn befores() -> Vec<State> {
    let versions = |count: usize, default: usize| Versions {
        default: format!("v{default}"),
        documents: (1..=count)
            .map(|id| (format!("v{id}"), text(&format!("s3:Get{id}"))))
            .collect(),
        uses: 1,
    };
    [
        None,
        Some(versions(2, 2)),
        Some(versions(5, 3)),
        Some(versions(5, 5)),
    ]
    .into_iter()
    .flat_map(|mine| {
        let is_there = mine.is_some();
        let state = State {
            attached: [OLD, BASIC].map(str::to_owned).into(),
            inline: BTreeMap::from([("inline".to_owned(), text("sqs:*"))]),
            boundary: None,
            policies: BTreeMap::from([(MINE.to_owned(), mine)]),
        };
        let mut attached = state.clone();
        attached.attached.insert(MINE.to_owned());
        let mut bounded = state.clone();
        bounded.boundary = Some(OLD.to_owned());
        if is_there {
            vec![state, attached, bounded]
        } else {
            vec![state, bounded]
        }
    })
    .collect()
}

/// The state without the ids of versions, which cannot be chosen: they are numbered by their documents, the one in force first.
fn contents(state: &State) -> State {
    let mut contents = state.clone();
    for versions in contents.policies.values_mut().flatten() {
        let in_force = versions.document().unwrap_or_default().to_owned();
        let documents: BTreeSet<String> = versions.documents.values().cloned().collect();
        versions.documents = documents
            .into_iter()
            .map(|text| (text.clone(), text))
            .collect();
        versions.default = in_force;
    }
    contents
}

fn is_applied(state: &State, mode: Mode) -> bool {
    let mine = state.policies.get(MINE).and_then(Option::as_ref);
    let is_in_force = mine.and_then(Versions::document)
        == wanted(mode)
            .policies
            .first()
            .map(|policy| policy.text.as_str());
    is_in_force
        && match mode {
            Mode::Replace => {
                state.attached == BTreeSet::from([MINE.to_owned()]) && state.inline.is_empty()
            }
            Mode::Boundary => {
                state.boundary.as_deref() == Some(MINE) && state.attached.contains(OLD)
            }
        }
}

#[test]
fn a_suggestion_is_put_on_its_role_and_taken_back_to_the_byte() {
    for mode in [Mode::Replace, Mode::Boundary] {
        for before in befores() {
            let mut iam = Iam::new(before.clone());
            apply(&mut iam, &before, &wanted(mode), &mut NoPace).unwrap();
            assert!(is_applied(&iam.state, mode), "{before:?}\n{:?}", iam.state);
            // Applied again, nothing is left to do.
            let calls = iam.calls;
            apply(&mut iam, &before, &wanted(mode), &mut NoPace).unwrap();
            assert_eq!(iam.calls, calls + 1);
            restore(&mut iam, &before, &mut NoPace).unwrap();
            assert_eq!(contents(&iam.state), contents(&before));
        }
    }
}

#[test]
fn whatever_call_fails_the_role_ends_as_wanted_or_as_before() {
    let mut failures = 0;
    for mode in [Mode::Replace, Mode::Boundary] {
        for before in befores() {
            for failure in [Failure::Refused, Failure::AnswerLost, Failure::Dead] {
                for at in 1.. {
                    let mut iam = Iam::new(before.clone());
                    iam.fault = Some((at, failure));
                    let outcome = apply(&mut iam, &before, &wanted(mode), &mut NoPace);
                    if iam.calls < at {
                        break;
                    }
                    failures += 1;
                    let place = format!("{failure:?} at call {at} in {mode:?} from {before:?}");
                    match outcome.map_err(|broken| *broken) {
                        Ok(()) => assert!(is_applied(&iam.state, mode), "{place}"),
                        Err(Broken { left: None, .. }) => {
                            assert_eq!(contents(&iam.state), contents(&before), "{place}");
                        }
                        Err(Broken { left: Some(_), .. }) => {
                            assert_eq!(failure, Failure::Dead, "{place}");
                            iam.fault = None;
                            restore(&mut iam, &before, &mut NoPace).unwrap();
                            assert_eq!(contents(&iam.state), contents(&before), "{place}");
                        }
                    }
                }
            }
        }
    }
    assert!(failures > 300, "{failures}");
}

#[test]
fn an_interrupted_change_is_gone_on_with_in_either_direction() {
    for before in befores() {
        for at in 1.. {
            let mut iam = Iam::new(before.clone());
            iam.fault = Some((at, Failure::Dead));
            // The program ends here: nothing is taken back.
            let stopped = carry(
                &mut iam,
                &wanted(Mode::Replace).arns(),
                &mut NoPace,
                |now| forward(now, &wanted(Mode::Replace)),
            );
            if stopped.is_ok() {
                break;
            }
            iam.fault = None;
            let mut back = iam.clone();
            apply(&mut iam, &before, &wanted(Mode::Replace), &mut NoPace).unwrap();
            assert!(is_applied(&iam.state, Mode::Replace));
            restore(&mut back, &before, &mut NoPace).unwrap();
            assert_eq!(contents(&back.state), contents(&before));
        }
    }
}

#[test]
fn what_denies_stays_and_what_others_did_meanwhile_too() {
    let mut wanted = wanted(Mode::Replace);
    let deny = text("s3:*").replace("Allow", "Deny");
    let denying = Document::parse(&deny, PolicyKind::Identity).unwrap();
    for policy in wanted
        .seen
        .iter_mut()
        .flatten()
        .filter(|policy| policy.arn.as_deref() == Some(OLD))
    {
        policy.document = denying.clone();
    }
    let before = befores().remove(0);
    let mut iam = Iam::new(before.clone());
    apply(&mut iam, &before, &wanted, &mut NoPace).unwrap();
    assert!(iam.state.attached.contains(OLD));
    assert!(!iam.state.attached.contains(BASIC));
    let foreign = "arn:aws:iam::111122223333:policy/foreign".to_owned();
    iam.state.attached.insert(foreign.clone());
    restore(&mut iam, &before, &mut NoPace).unwrap();
    assert!(iam.state.attached.remove(&foreign));
    assert_eq!(contents(&iam.state), contents(&before));
}

#[test]
fn a_changed_role_and_a_shared_policy_are_refused() {
    let wanted = wanted(Mode::Replace);
    let before = befores().remove(0);
    let documents = [
        (OLD.to_owned(), text("s3:*")),
        (BASIC.to_owned(), text("logs:*")),
    ];
    let find = |now: &State| Refusal::find((now, now), &wanted, &documents);
    assert_eq!(find(&before), None);
    let mut newer = before.clone();
    newer.inline.insert("new".to_owned(), text("ec2:*"));
    let mut gone = before.clone();
    gone.inline.clear();
    let mut other = before.clone();
    other
        .inline
        .insert("inline".to_owned(), text("sqs:SendMessage"));
    for (state, word) in [
        (newer, "`new` is new"),
        (gone, "`inline` is gone"),
        (other, "another document"),
    ] {
        let refusal = find(&state).unwrap();
        assert!(refusal.to_string().contains(word), "{refusal}");
    }
    let mut shared = before.clone();
    let versions = Versions {
        default: "v1".to_owned(),
        documents: BTreeMap::from([("v1".to_owned(), text("s3:*"))]),
        uses: 1,
    };
    shared.policies.insert(MINE.to_owned(), Some(versions));
    let refused = Some(Refusal::Shared(MINE.to_owned()));
    assert_eq!(find(&shared), refused);
    // Also where it became so after an interrupted change, whose rollback file knows nothing of it.
    let gone_on = Refusal::find((&before, &shared), &wanted, &documents);
    assert_eq!(gone_on, refused);
}
