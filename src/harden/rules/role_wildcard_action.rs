//! `role-wildcard-action`: every action of a service, or of all services, is allowed.

use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::policy::{ActionElement, Effect};
use crate::posture::{Posture, Role, Spot};
use crate::template::Content;

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "role-wildcard-action",
        severity: Severity::Medium,
        area: Area::Iam,
        what: "Every action of a service, or of all services, is allowed.",
        why: "Who needs to read can then delete, and change who else may; what AWS adds to the service is granted too.",
        fix: "Name the actions in use; `polgen suggest --role NAME --write FILE#NAME` does.",
    },
    source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    side: Side::Customer,
    serves: "IAM: wildcards in actions narrowed",
    check: Check::Role(check),
};

fn check(role: &Role, _: &Posture) -> Verdict {
    let mut found = Vec::new();
    let own = role.subject.policies.iter();
    for policy in own.filter(|policy| policy.origin == role.subject.id) {
        let Content::Document(document, _) = &policy.content else {
            continue;
        };
        for (index, statement) in document.statements.iter().enumerate() {
            let ActionElement::Action(actions) = &statement.action else {
                continue;
            };
            let is_whole = |action: &&String| {
                **action == "*" || action.split_once(':').is_some_and(|(_, name)| name == "*")
            };
            let wide = actions.iter().filter(is_whole);
            let wide: Vec<String> = wide.map(|action| format!("`{action}`")).collect();
            if statement.effect == Effect::Allow && !wide.is_empty() {
                let place = policy.place_of(&format!("Statement[{index}].Action"));
                let spot = Spot {
                    file: place.file.to_string(),
                    line: place.line,
                };
                found.push((Some(spot), format!("{} is allowed", wide.join(", "))));
            }
        }
    }
    // What could not be read is told by the gate's rules.
    Verdict::of(found, None)
}
