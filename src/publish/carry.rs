//! Carrying a change out: read, plan, do, read again, until nothing is left to do; and back, if it breaks.

use super::plan::{backward, forward};
use super::state::State;
use super::step::Step;
use super::store::Store;
use super::wanted::Wanted;
use crate::source::aws::AwsError;

/// How often what is there is read and planned from again.
const MOST_ROUNDS: usize = 6;

/// What the caller does while a change is carried out.
pub trait Pace {
    /// A step is about to be made.
    fn before(&mut self, step: &Step);
    /// What was done must be known everywhere before the next step; IAM may need a while for that.
    fn settle(&mut self);
}

/// A change that did not go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// What went wrong first.
    pub error: AwsError,
    /// What kept the role from being put back to what was there before; `None`: it is as before.
    pub left: Option<AwsError>,
}

/// Puts the suggestion on the role. If a step fails, the role is put back to what was there before.
pub fn apply(
    store: &mut impl Store,
    before: &State,
    wanted: &Wanted,
    pace: &mut impl Pace,
) -> Result<(), Box<Broken>> {
    carry(store, &wanted.arns(), pace, |now| forward(now, wanted)).map_err(|error| {
        let left = restore(store, before, pace).err();
        Box::new(Broken { error, left })
    })
}

/// Puts the role back to what was there before.
pub fn restore(
    store: &mut impl Store,
    before: &State,
    pace: &mut impl Pace,
) -> Result<(), AwsError> {
    let arns: Vec<String> = before.policies.keys().cloned().collect();
    carry(store, &arns, pace, |now| backward(before, now))
}

/// Makes the steps that `plan` finds missing, until it finds none.
fn carry(
    store: &mut impl Store,
    arns: &[String],
    pace: &mut impl Pace,
    plan: impl Fn(&State) -> Vec<Step>,
) -> Result<(), AwsError> {
    let mut last = None;
    for _ in 0..MOST_ROUNDS {
        let steps = plan(&store.state(arns)?);
        if steps.is_empty() {
            return Ok(());
        }
        // A call whose answer was an error may have been carried out: then its step is no longer missing.
        if let Some((step, error)) = last.take()
            && steps.contains(&step)
        {
            return Err(error);
        }
        let mut has_added = false;
        for step in steps {
            if step.takes_away() && has_added {
                pace.settle();
                has_added = false;
            }
            has_added |= !step.takes_away();
            pace.before(&step);
            if let Err(error) = store.perform(&step) {
                last = Some((step, error));
                break;
            }
        }
        if last.is_none() {
            // What is read next must not be what was there a moment ago.
            pace.settle();
        }
    }
    Err(last.map_or_else(
        || AwsError::other("", "the role is changed by somebody else at the same time"),
        |(_, error)| error,
    ))
}

#[cfg(test)]
mod paced;
#[cfg(test)]
mod tests;
