//! The rule: a Deny anywhere refuses; else every layer that restricts must allow, and one that grants must grant.

use super::{CompiledPolicy, Decision, Layer, PolicySet, Request, StatementRef, Verdict};
use crate::policy::Effect;

/// What one layer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Denies(StatementRef),
    Allows(StatementRef),
    IsSilent,
}

impl PolicySet {
    /// Decides on a request.
    pub fn decide(&self, request: &Request) -> Decision {
        let identity = answer(Layer::Identity, &self.identity, request);
        let mut restrictions = Vec::new();
        let boundary = self.boundary.as_ref().map(std::slice::from_ref);
        restrictions.extend(boundary.map(|policies| answer(Layer::Boundary, policies, request)));
        let session = self.session.as_deref();
        restrictions.extend(session.map(|policies| answer(Layer::Session, policies, request)));
        for (level, policies) in self.service_control.iter().enumerate() {
            restrictions.push(answer(Layer::ServiceControl(level), policies, request));
        }
        let denial = std::iter::once(identity)
            .chain(restrictions.iter().copied())
            .find_map(|answer| match answer {
                Answer::Denies(statement) => Some(statement),
                _ => None,
            });
        if let Some(statement) = denial {
            return Decision {
                verdict: Verdict::ExplicitDeny,
                statement: Some(statement),
            };
        }
        let is_agreed = restrictions
            .iter()
            .all(|answer| *answer != Answer::IsSilent);
        match identity {
            Answer::Allows(statement) if is_agreed => Decision {
                verdict: Verdict::Allowed,
                statement: Some(statement),
            },
            _ => Decision {
                verdict: Verdict::ImplicitDeny,
                statement: None,
            },
        }
    }
}

/// Says whether policies of one kind allow a request, by themselves.
pub(in crate::policy) fn allows(policies: &[CompiledPolicy], request: &Request) -> bool {
    matches!(
        answer(Layer::Identity, policies, request),
        Answer::Allows(_)
    )
}

/// Asks the policies of one layer: the first Deny, else the first Allow.
fn answer(layer: Layer, policies: &[CompiledPolicy], request: &Request) -> Answer {
    let mut answer = Answer::IsSilent;
    for (policy, compiled) in policies.iter().enumerate() {
        for (index, statement) in compiled.statements.iter().enumerate() {
            let is_settled = statement.effect == Effect::Allow && answer != Answer::IsSilent;
            if is_settled || !statement.matches(request) {
                continue;
            }
            let found = StatementRef {
                layer,
                policy,
                statement: index,
            };
            match statement.effect {
                Effect::Deny => return Answer::Denies(found),
                Effect::Allow => answer = Answer::Allows(found),
            }
        }
    }
    answer
}
