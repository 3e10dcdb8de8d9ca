//! In which order a change is made, when it waits, and when it is given up: in a store that only knows what is attached.

use std::collections::BTreeMap;

use super::*;
use crate::policy::{Document, PolicyKind};
use crate::publish::{Mode, Versions, WantedPolicy};
use crate::synthesis::CurrentPolicy;

const MINE: &str = "arn:aws:iam::111122223333:policy/app-used";
const OLD: &str = "arn:aws:iam::111122223333:policy/app-old";

/// What becomes of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Done,
    /// It is done, and the first answer to each is lost.
    AnswerLost,
    /// It is answered for, and somebody else undoes it.
    Undone,
}

struct Attachments {
    state: State,
    fate: Fate,
    lost: Vec<Step>,
    reads: usize,
}

impl Store for Attachments {
    fn state(&mut self, _arns: &[String]) -> Result<State, AwsError> {
        self.reads += 1;
        Ok(self.state.clone())
    }

    fn perform(&mut self, step: &Step) -> Result<(), AwsError> {
        let policies = &mut self.state.policies;
        match step.clone() {
            _ if self.fate == Fate::Undone => {}
            Step::CreatePolicy { arn, document } => {
                let versions = Versions {
                    default: "v1".to_owned(),
                    documents: BTreeMap::from([("v1".to_owned(), document)]),
                    uses: 0,
                };
                policies.insert(arn, Some(versions));
            }
            Step::DeletePolicy { arn } => {
                policies.insert(arn, None);
            }
            Step::Attach { arn } => {
                self.state.attached.insert(arn);
            }
            Step::Detach { arn } => {
                self.state.attached.remove(&arn);
            }
            other => return Err(AwsError::other("iam", format!("not wanted here: {other}"))),
        }
        if self.fate == Fate::AnswerLost && !self.lost.contains(step) {
            self.lost.push(step.clone());
            return Err(AwsError::other("iam", "no answer"));
        }
        Ok(())
    }
}

/// Writes down what happens.
#[derive(Default)]
struct Diary(Vec<String>);

impl Pace for Diary {
    fn before(&mut self, step: &Step) {
        self.0.push(step.to_string());
    }

    fn settle(&mut self) {
        self.0.push("wait".to_owned());
    }
}

fn document(action: &str) -> Document {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#
    );
    Document::parse(&text, PolicyKind::Identity).unwrap()
}

fn wanted() -> Wanted {
    let document_of_mine = document("s3:GetObject");
    Wanted {
        role: "arn:aws:iam::111122223333:role/app".to_owned(),
        name: "app".to_owned(),
        account: "111122223333".to_owned(),
        policies: vec![WantedPolicy {
            arn: MINE.to_owned(),
            text: document_of_mine.to_string(),
            document: document_of_mine,
        }],
        seen: Some(vec![CurrentPolicy {
            name: "app-old".to_owned(),
            arn: Some(OLD.to_owned()),
            document: document("s3:*"),
        }]),
        mode: Mode::Replace,
    }
}

fn store(fate: Fate) -> Attachments {
    Attachments {
        state: State {
            attached: [OLD.to_owned()].into(),
            policies: BTreeMap::from([(MINE.to_owned(), None)]),
            ..State::default()
        },
        fate,
        lost: Vec::new(),
        reads: 0,
    }
}

#[test]
fn what_was_added_is_known_everywhere_before_anything_is_taken_away() {
    let mut store = store(Fate::Done);
    let before = store.state.clone();
    let mut diary = Diary::default();
    apply(&mut store, &before, &wanted(), &mut diary).unwrap();
    let [create, attach, detach] = [
        format!("create `{MINE}`"),
        format!("attach `{MINE}`"),
        format!("detach `{OLD}`"),
    ];
    assert_eq!(diary.0, [&create, &attach, "wait", &detach, "wait"]);
    let mut diary = Diary::default();
    restore(&mut store, &before, &mut diary).unwrap();
    let [attach, detach, delete] = [
        format!("attach `{OLD}`"),
        format!("detach `{MINE}`"),
        format!("delete `{MINE}`"),
    ];
    assert_eq!(diary.0, [&attach, "wait", &detach, &delete, "wait"]);
    assert_eq!(store.state, before);
}

#[test]
fn a_step_whose_answer_is_lost_is_looked_for_and_gone_on_from() {
    let mut store = store(Fate::AnswerLost);
    let before = store.state.clone();
    apply(&mut store, &before, &wanted(), &mut Diary::default()).unwrap();
    assert_eq!(store.state.attached, [MINE.to_owned()].into());
    assert_eq!(store.lost.len(), 3);
    restore(&mut store, &before, &mut Diary::default()).unwrap();
    assert_eq!(store.state, before);
}

#[test]
fn against_somebody_who_undoes_each_step_it_gives_up() {
    let mut store = store(Fate::Undone);
    let before = store.state.clone();
    let broken = apply(&mut store, &before, &wanted(), &mut Diary::default()).unwrap_err();
    let problem = &broken.error.problem;
    assert!(problem.contains("changed by somebody else"), "{problem}");
    assert_eq!(broken.left, None);
    // One look more finds that nothing is to be taken back.
    assert_eq!(store.reads, MOST_ROUNDS + 1);
}
