//! The rule: a Deny anywhere refuses; else every layer that restricts must allow, and one that grants must grant.
//!
//! Within an account the resource's policy can grant by itself; what limits the principal then depends on how it is named.
//! Across accounts both sides must allow.

use super::principal::Naming;
use super::{CompiledPolicy, Decision, Layer, PolicySet, Request, StatementRef, Verdict};
use crate::policy::Effect;

/// What one layer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Denies(StatementRef),
    Allows(StatementRef, Naming),
    IsSilent,
}

impl Answer {
    fn allows(self) -> bool {
        matches!(self, Self::Allows(..))
    }
}

impl PolicySet {
    /// Decides on a request.
    pub fn decide(&self, request: &Request) -> Decision {
        let ask = |layer, policies: &[CompiledPolicy]| answer(layer, policies, request);
        let one = std::slice::from_ref;
        let identity = ask(Layer::Identity, &self.identity);
        let boundary = self
            .boundary
            .as_ref()
            .map(|policy| ask(Layer::Boundary, one(policy)));
        let session = self
            .session
            .as_ref()
            .map(|policies| ask(Layer::Session, policies));
        let resource = self
            .resource
            .as_ref()
            .map(|policy| ask(Layer::Resource, one(policy)));
        let levels = self.service_control.iter().enumerate();
        let service_control: Vec<Answer> = levels
            .map(|(level, policies)| ask(Layer::ServiceControl(level), policies))
            .collect();

        let restricting = [boundary, session, resource].into_iter().flatten();
        let mut all = [identity]
            .into_iter()
            .chain(restricting)
            .chain(service_control.iter().copied());
        let denial = all.find_map(|answer| match answer {
            Answer::Denies(statement) => Some(statement),
            _ => None,
        });
        if let Some(statement) = denial {
            return Decision {
                verdict: Verdict::ExplicitDeny,
                statement: Some(statement),
            };
        }
        let agrees = |restriction: Option<Answer>| restriction.is_none_or(Answer::allows);
        let by_identity = identity.allows() && agrees(boundary) && agrees(session);
        let granting = if request.crosses_accounts() {
            // Without the resource's policy nothing can be granted from outside.
            let is_granted = by_identity && resource.is_some_and(Answer::allows);
            is_granted.then_some(identity)
        } else if by_identity {
            Some(identity)
        } else {
            resource.filter(|resource| match resource {
                Answer::Allows(_, Naming::Itself) => true,
                Answer::Allows(_, Naming::Everyone) => agrees(session),
                Answer::Allows(_, Naming::Role) => agrees(boundary) && agrees(session),
                Answer::Allows(_, Naming::Account) | Answer::Denies(_) | Answer::IsSilent => false,
            })
        };
        let is_agreed = service_control.iter().all(|answer| answer.allows());
        match granting.filter(|_| is_agreed) {
            Some(Answer::Allows(statement, _)) => Decision {
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
    answer(Layer::Identity, policies, request).allows()
}

/// Asks the policies of one layer: the first Deny, else the first Allow that names the principal most closely.
fn answer(layer: Layer, policies: &[CompiledPolicy], request: &Request) -> Answer {
    let mut answer = Answer::IsSilent;
    for (policy, compiled) in policies.iter().enumerate() {
        for (index, statement) in compiled.statements.iter().enumerate() {
            let Some(naming) = statement.names(request) else {
                continue;
            };
            let is_settled = match answer {
                Answer::Allows(_, closest) => naming <= closest,
                Answer::Denies(_) | Answer::IsSilent => false,
            };
            if (statement.effect == Effect::Allow && is_settled) || !statement.matches(request) {
                continue;
            }
            let found = StatementRef {
                layer,
                policy,
                statement: index,
            };
            match statement.effect {
                Effect::Deny => return Answer::Denies(found),
                Effect::Allow => answer = Answer::Allows(found, naming),
            }
        }
    }
    answer
}
