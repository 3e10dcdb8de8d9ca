//! Puts a report together from what was found; nothing is decided here.

mod calendar;
mod evidence;

use std::collections::BTreeMap;

use super::{
    Added, CompressedEntry, ConditionEntry, CoverageHead, CurrentEntry, DiffEntry, EvidenceEntry,
    ExplainedEntry, GeneralizationEntry, LeftOut, PolicyEntry, Report, RoleHead, StatementEntry,
    Verified, WindowHead, WithheldEntry, Within, Witness, calls, outlook, warning,
};
use crate::diff::{Fates, unified};
use crate::pattern::Pattern;
use crate::policy::evaluate::allows_pattern;
use crate::policy::prove::{Containment, Options as ProofOptions, contained};
use crate::policy::{CompiledPolicy, Context, Document};
use crate::synthesis::{
    Basis, Compressed, CurrentPolicy, Explained, Forecast, Generalization, Grant, Options, Purpose,
    Restricted, SuggestedPolicy, SuggestedStatement, Suggestion, Suspicion, Withheld,
};
use crate::trail::Gap;
use crate::usage::{Coverage, Evidence, RoleUsage};

/// Everything that a report is made from.
#[derive(Debug)]
pub struct Findings<'a> {
    /// What the suggestion was made from.
    pub basis: Basis<'a>,
    /// The suggestion.
    pub suggestion: &'a Suggestion,
    /// The fates, if current policies were given.
    pub fates: Option<Fates>,
    /// The current policies.
    pub current: &'a [CurrentPolicy],
    /// What can be said of the calls to come.
    pub forecast: Option<Forecast>,
    /// What is odd.
    pub suspicions: Vec<Suspicion>,
    /// Files read.
    pub files: u64,
    /// Places that could not be read.
    pub gaps: &'a [Gap],
    /// What the user decided.
    pub options: &'a Options,
}

/// Makes the report.
pub fn build(findings: Findings<'_>) -> Report {
    let Basis {
        usage, coverage, ..
    } = findings.basis;
    let suggestion = findings.suggestion;
    let is_compared = !findings.current.is_empty();
    let compile = |policy: &CurrentPolicy| CompiledPolicy::new(&policy.document);
    let compiled: Vec<CompiledPolicy> = findings.current.iter().map(compile).collect();
    let evidence = evidence::of(usage, suggestion);
    let mut report = Report {
        role: RoleHead::of(usage),
        window: window(coverage),
        coverage: coverage_head(&findings),
        policies: suggestion
            .policies
            .iter()
            .map(|policy| policy_entry(policy, findings.options.quota.characters))
            .collect(),
        evidence,
        generalizations: suggestion
            .generalizations
            .iter()
            .map(generalization)
            .collect(),
        current_policies: findings.current.len(),
        denied: calls::denied(usage, suggestion),
        unmapped: calls::unmapped(usage),
        warnings: Vec::new(),
        verified: Verified {
            accesses: suggestion.verification.accesses,
            explained: explained(&suggestion.verification.explained),
            uses: usage.uses.values().map(|evidence| evidence.count).sum(),
            within_current: is_compared.then(|| within(&compiled, suggestion)),
            added: is_compared.then(|| added(&compiled, suggestion)),
        },
        current: is_compared.then(|| findings.current.iter().map(current_entry).collect()),
        diffs: diffs(findings.current, suggestion),
        conditions: suggestion.restricted.iter().map(restricted).collect(),
        compressed: suggestion.compressed.iter().map(compressed).collect(),
        withheld: suggestion.withheld.iter().map(withheld).collect(),
        forecast: findings.forecast.as_ref().map(outlook::forecast),
        runtimes: outlook::runtimes(usage, findings.basis.catalog),
        platform: outlook::platform(usage, findings.basis.catalog),
        suspicions: findings.suspicions.iter().map(outlook::suspicion).collect(),
        untested: outlook::untested(usage),
        calendar: calendar::of(usage, coverage),
        fates: None,
    };
    for policy in &mut report.policies {
        for statement in &mut policy.statements {
            sum_up(statement, usage, &report.evidence);
        }
    }
    report.warnings = warning::all(&findings, &report);
    report.fates = findings.fates;
    report
}

fn current_entry(policy: &CurrentPolicy) -> CurrentEntry {
    CurrentEntry {
        name: policy.name.clone(),
        arn: policy.arn.clone(),
        document: policy.document.to_json(),
    }
}

/// Puts the evidence of a statement's grants together.
fn sum_up(statement: &mut StatementEntry, usage: &RoleUsage, evidence: &[EvidenceEntry]) {
    let own: Vec<&EvidenceEntry> = evidence
        .iter()
        .filter(|entry| entry.sid == statement.sid)
        .collect();
    let mut patterns: BTreeMap<&str, Vec<Pattern>> = BTreeMap::new();
    for entry in own {
        let of_action = patterns.entry(&entry.action).or_default();
        of_action.push(Pattern::parse(&entry.resource));
    }
    let mut total = Evidence::default();
    for (used, evidence) in &usage.uses {
        let Some(patterns) = patterns.get(used.access.action.as_str()) else {
            continue;
        };
        let resource = Pattern::parse(&used.access.resource);
        if patterns.iter().any(|pattern| pattern.covers(&resource)) {
            total.merge(evidence.clone());
        }
    }
    statement.count = total.count;
    statement.first_seen = total.first_seen;
    statement.last_seen = total.last_seen;
    statement.days = total.days.len();
    statement.event_ids = outlook::event_ids(&total);
    statement.sessions = total.sessions.into_iter().collect();
}

fn window(coverage: &Coverage) -> WindowHead {
    let days = match (
        coverage.days.keys().next(),
        coverage.days.keys().next_back(),
    ) {
        (Some(first), Some(last)) => (*last - *first).get_days() + 1,
        _ => 0,
    };
    let seen = i32::try_from(coverage.days.len()).unwrap_or(i32::MAX);
    WindowHead {
        first: coverage.first,
        last: coverage.last,
        days,
        empty_days: days - seen.min(days),
    }
}

fn coverage_head(findings: &Findings<'_>) -> CoverageHead {
    let Basis {
        usage, coverage, ..
    } = findings.basis;
    CoverageHead {
        files: findings.files,
        events: coverage.events,
        role_events: usage.events,
        denied_events: usage.denied.values().map(|evidence| evidence.count).sum(),
        gaps: findings
            .gaps
            .iter()
            .map(|gap| format!("{}: {}", gap.place, gap.problem))
            .collect(),
        accounts: coverage.accounts.iter().cloned().collect(),
        regions: coverage.regions.iter().cloned().collect(),
        data_event_types: coverage
            .data_types_of(&usage.role.account)
            .into_iter()
            .map(str::to_owned)
            .collect(),
        day_gaps: coverage.day_gaps(),
        has_event_selectors: coverage.selectors.is_some(),
        excluded: usage.excluded,
        no_permission_needed: usage
            .no_permission
            .values()
            .map(|evidence| evidence.count)
            .sum(),
        not_api_calls: usage
            .not_calls
            .values()
            .map(|evidence| evidence.count)
            .sum(),
    }
}

/// Tells of a policy what it is, and nothing of what stands behind it.
pub fn policy_entry(policy: &SuggestedPolicy, quota: usize) -> PolicyEntry {
    let statement = |suggested: &SuggestedStatement| {
        let purpose = match &suggested.purpose {
            Purpose::Observed => "observed",
            Purpose::Runtime(_) => "runtime",
            Purpose::Kept(_) => "kept",
            Purpose::Pinned(_) => "pinned",
        };
        StatementEntry {
            sid: suggested.statement.sid.clone().unwrap_or_default(),
            purpose,
            reason: suggested.purpose.reason().map(str::to_owned),
            count: 0,
            first_seen: None,
            last_seen: None,
            days: 0,
            sessions: Vec::new(),
            event_ids: Vec::new(),
        }
    };
    PolicyEntry {
        name: policy.name.clone(),
        document: policy.document.to_json(),
        characters: policy.characters,
        quota,
        statements: policy.statements.iter().map(statement).collect(),
    }
}

fn generalization(general: &Generalization) -> GeneralizationEntry {
    GeneralizationEntry {
        pattern: general.pattern.clone(),
        seen: general.seen,
        admits: general.admits.clone(),
        reason: general.reason.clone(),
    }
}

fn explained(counted: &Explained) -> ExplainedEntry {
    ExplainedEntry {
        observed: counted.observed,
        generalized: counted.generalized,
        runtime: counted.runtime,
        kept: counted.kept,
        pinned: counted.pinned,
        void: counted.void,
    }
}

fn restricted(outcome: &Restricted) -> ConditionEntry {
    let left_out = |(action, resource, reason): &(String, String, String)| LeftOut {
        action: action.clone(),
        resource: resource.clone(),
        reason: reason.clone(),
    };
    ConditionEntry {
        condition: outcome.name.clone(),
        grants: outcome.carried,
        left_out: outcome.left_out.iter().map(left_out).collect(),
    }
}

fn compressed(wildcard: &Compressed) -> CompressedEntry {
    CompressedEntry {
        pattern: wildcard.pattern.clone(),
        stands_for: wildcard.stands_for.clone(),
    }
}

fn withheld(withheld: &Withheld) -> WithheldEntry {
    WithheldEntry {
        action: withheld.action.clone(),
        resource: withheld.resource.clone(),
        uses: withheld.uses,
        reason: withheld.reason.clone(),
    }
}

/// Proves that the suggestion lies within the current policies, or finds requests that show the contrary.
fn within(current: &[CompiledPolicy], suggestion: &Suggestion) -> Within {
    match contained(&suggestion.compiled, current, &ProofOptions::default()) {
        Containment::Contained => Within::Proved,
        Containment::NotContained(requests) => Within::Refuted {
            witnesses: requests.iter().map(Witness::from).collect(),
        },
        Containment::Unknown(reason) => Within::Unknown { reason },
    }
}

/// Lists grants that the current policies do not hold, by the evaluator.
fn added(current: &[CompiledPolicy], suggestion: &Suggestion) -> Vec<Added> {
    let is_held = |grant: &&Grant| {
        // What is kept is kept as the current policy has it.
        if matches!(grant.purpose, Purpose::Kept(_)) {
            return true;
        }
        let keys = grant.conditions.values().flatten();
        let context: Context = keys
            .map(|(key, values)| (key, values.first().cloned().into_iter().collect()))
            .collect();
        allows_pattern(
            current,
            &grant.action,
            &Pattern::parse(&grant.resource),
            &context,
        )
    };
    let entry = |grant: &Grant| Added {
        action: grant.action.clone(),
        resource: grant.resource.clone(),
        reason: grant
            .purpose
            .reason()
            .unwrap_or("it was seen in use, and the policies given do not allow it just so")
            .to_owned(),
    };
    suggestion
        .grants
        .iter()
        .filter(|grant| !is_held(grant))
        .map(entry)
        .collect()
}

fn diffs(current: &[CurrentPolicy], suggestion: &Suggestion) -> Vec<DiffEntry> {
    let new = suggestion
        .policies
        .iter()
        .map(|policy| pretty(&policy.document))
        .collect::<String>();
    let name = suggestion
        .policies
        .iter()
        .map(|policy| policy.name.as_str())
        .collect::<Vec<_>>()
        .join(" + ");
    let entry = |policy: &CurrentPolicy| DiffEntry {
        policy: policy.name.clone(),
        text: unified(&policy.name, &pretty(&policy.document), &name, &new),
    };
    current.iter().map(entry).collect()
}

/// The policy as it is written to a file.
fn pretty(document: &Document) -> String {
    format!("{document}\n")
}
