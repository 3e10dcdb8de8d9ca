//! The gate's own rules; the lints of single policies stand in `policy::lint`.

use crate::finding::{Area, Rule, Severity};
use crate::policy::lint;

pub(super) const AWS_MANAGED_POLICY: Rule = Rule {
    name: "aws-managed-policy",
    severity: Severity::Low,
    area: Area::Iam,
    what: "A policy that AWS keeps for everybody is attached.",
    why: "It is made for many uses and grows with AWS's services, so it always grants more than one role needs.",
    fix: "Put a policy of the role's own in its place; `polgen suggest --role NAME --current FILE#NAME` writes it.",
};

pub(super) const NEW_ACCESS: Rule = Rule {
    name: "new-access",
    severity: Severity::Medium,
    area: Area::Iam,
    what: "The change allows requests that were not allowed before.",
    why: "New access is the part of a change that a reviewer must decide on; each request named is an example.",
    fix: "Take it back, or allow the finding in `polgen.toml` with the reason why it is needed.",
};

pub(super) const MANAGED_POLICY_ATTACHED: Rule = Rule {
    name: "managed-policy-attached",
    severity: Severity::Medium,
    area: Area::Iam,
    what: "A managed policy is attached that was not before.",
    why: "What it grants stands elsewhere, and changes there without a change here.",
    fix: "Put the statements that are needed into a policy of the role's own.",
};

pub(super) const NEW_SUBJECT: Rule = Rule {
    name: "new-role",
    severity: Severity::Medium,
    area: Area::Iam,
    what: "A role or a policy appears that was not there before, under this name.",
    why: "All of its access is new.",
    fix: "Look at what it may do.",
};

pub(super) const NEW_WILDCARD: Rule = Rule {
    name: "new-wildcard",
    severity: Severity::Medium,
    area: Area::Iam,
    what: "An action or a resource is written with a wildcard that nothing covered before.",
    why: "A wildcard grants what nobody thought of, and what AWS will add.",
    fix: "Name the actions and the ARNs; `polgen suggest` finds those in use.",
};

pub(super) const GRANTS_UNUSED: Rule = Rule {
    name: "grants-unused",
    severity: Severity::Medium,
    area: Area::Iam,
    what: "Actions are granted that would have been seen if they had been used, and were not.",
    why: "Whoever gets hold of the role can use them.",
    fix: "Remove them; `polgen suggest --write FILE#NAME` does.",
};

pub(super) const WIDER_THAN_USED: Rule = Rule {
    name: "wider-than-used",
    severity: Severity::Low,
    area: Area::Iam,
    what: "Actions are granted on more than the resources that they were used on.",
    why: "Whoever gets hold of the role can use them on the others too.",
    fix: "Name the resources in use; `polgen suggest --write FILE#NAME` does.",
};

pub(super) const BREAKS_SEEN_CALL: Rule = Rule {
    name: "breaks-seen-call",
    severity: Severity::High,
    area: Area::Iam,
    what: "A call that was seen and allowed would be denied.",
    why: "What the role does today would fail.",
    fix: "Grant it; `polgen explain ACTION --role NAME` shows the calls.",
};

/// A part that could not be read.
pub const UNREADABLE: Rule = Rule {
    name: "not-resolved",
    severity: Severity::Informational,
    area: Area::Iam,
    what: "A part of a policy could not be read, or depends on what is not known.",
    why: "What is said of the policy may not hold.",
    fix: "Give what is known with `--parameter NAME=VALUE`.",
};

const OWN: [Rule; 9] = [
    AWS_MANAGED_POLICY,
    BREAKS_SEEN_CALL,
    GRANTS_UNUSED,
    MANAGED_POLICY_ATTACHED,
    NEW_ACCESS,
    NEW_SUBJECT,
    NEW_WILDCARD,
    UNREADABLE,
    WIDER_THAN_USED,
];

/// Lists all rules of the gate, by their names.
pub fn rules() -> Vec<Rule> {
    let lints = lint::RULES;
    let mut rules: Vec<Rule> = lints.iter().map(Rule::from).chain(OWN).collect();
    rules.sort_unstable_by_key(|rule| rule.name);
    rules
}
