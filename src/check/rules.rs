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

pub(super) const TRUST_EVERYONE: Rule = Rule {
    name: "trust-everyone",
    severity: Severity::High,
    area: Area::Iam,
    what: "A trust policy lets everyone take the role on, and no condition says who.",
    why: "Anybody with an AWS account can have what the role may do.",
    fix: "Name the accounts, roles or services, or ask for `aws:PrincipalOrgID`.",
};

pub(super) const TRUST_ANY_REPOSITORY: Rule = Rule {
    name: "trust-any-repository",
    severity: Severity::High,
    area: Area::Iam,
    what: "A trust policy lets workflows of repositories take the role on that belong to anybody.",
    why: "Whoever makes a repository at GitHub can have what the role may do.",
    fix: "Ask for `token.actions.githubusercontent.com:sub` with owner and repository, like `repo:OWNER/NAME:ref:refs/heads/main`.",
};

pub(super) const TRUST_ANY_SOURCE: Rule = Rule {
    name: "trust-any-source",
    severity: Severity::Low,
    area: Area::Iam,
    what: "A trust policy lets a service take the role on for whomever it acts, though the service says for whom.",
    why: "Another customer of the service could make it use the role (the confused deputy).",
    fix: "Ask for `aws:SourceAccount` or `aws:SourceArn`.",
};

pub(super) const TRUST_NEW_PRINCIPAL: Rule = Rule {
    name: "trust-new-principal",
    severity: Severity::Medium,
    area: Area::Iam,
    what: "The change lets somebody take the role on who could not before.",
    why: "Who may take a role on has all that the role may do.",
    fix: "Take it back, or allow the finding in `polgen.toml` with the reason why it is needed.",
};

pub(super) const TRUST_CONDITION_LOST: Rule = Rule {
    name: "trust-condition-lost",
    severity: Severity::Medium,
    area: Area::Iam,
    what: "The change drops or weakens a condition under which somebody may take the role on.",
    why: "Conditions such as `aws:SourceAccount`, `sts:ExternalId` or the `sub` of a token keep out those who share a principal.",
    fix: "Put the condition back.",
};

pub(super) const TRUST_WIDENED: Rule = Rule {
    name: "trust-widened",
    severity: Severity::Medium,
    area: Area::Iam,
    what: "The change lets somebody who may take the role on do so in more cases, or with more actions.",
    why: "Who may take a role on has all that the role may do.",
    fix: "Take it back, or allow the finding in `polgen.toml` with the reason why it is needed.",
};

pub(super) const BOUNDARY_REMOVED: Rule = Rule {
    name: "boundary-removed",
    severity: Severity::High,
    area: Area::Iam,
    what: "The change takes the permissions boundary away.",
    why: "Without it the role may do all that its policies grant, and roles that it makes may do more.",
    fix: "Put the boundary back.",
};

pub(super) const BOUNDARY_WIDENED: Rule = Rule {
    name: "boundary-widened",
    severity: Severity::Medium,
    area: Area::Iam,
    what: "The permissions boundary allows what it did not allow before.",
    why: "What the boundary held back may become possible, now or with the next policy.",
    fix: "Take it back, or allow the finding in `polgen.toml` with the reason why it is needed.",
};

pub(super) const BOUNDARY_EXCHANGED: Rule = Rule {
    name: "boundary-exchanged",
    severity: Severity::Medium,
    area: Area::Iam,
    what: "Another policy is the permissions boundary, and what it allows is not known.",
    why: "It may hold back less than the one before.",
    fix: "Look at both, or put the old one back.",
};

pub(super) const ALLOW_ADDED: Rule = Rule {
    name: "allow-entry-added",
    severity: Severity::Medium,
    area: Area::Iam,
    what: "The change adds an entry to the list of allowed findings.",
    why: "Whoever changes a policy could silence what is said of it; a reviewer has to see both.",
    fix: "Merge the entry first, or say `--accept-allows` once somebody agreed to it.",
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

const OWN: [Rule; 19] = [
    ALLOW_ADDED,
    AWS_MANAGED_POLICY,
    BOUNDARY_EXCHANGED,
    BOUNDARY_REMOVED,
    BOUNDARY_WIDENED,
    BREAKS_SEEN_CALL,
    GRANTS_UNUSED,
    MANAGED_POLICY_ATTACHED,
    NEW_ACCESS,
    NEW_SUBJECT,
    NEW_WILDCARD,
    TRUST_ANY_REPOSITORY,
    TRUST_ANY_SOURCE,
    TRUST_CONDITION_LOST,
    TRUST_EVERYONE,
    TRUST_NEW_PRINCIPAL,
    TRUST_WIDENED,
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
