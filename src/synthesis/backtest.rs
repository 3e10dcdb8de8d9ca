//! The backtest: a policy learned on the first part of the window, and the rest replayed over it.
//!
//! The two errors are those of Sanders and Yue ("Minimizing Privilege Assignment Errors in Cloud Services", CODASPY 2018;
//! "Mining Least Privilege Attribute Based Access Control Policies", ACSAC 2019): privileges needed in the later period and not
//! granted, and privileges granted and not used in it.

use super::{
    Grant, Prediction, Purpose, Suggestion, forecast, gather, is_wider, new_needs, verify,
};
use crate::pattern::Pattern;
use crate::policy::CompiledPolicy;
use crate::usage::{Coverage, Evidence, RoleUsage};

/// An access of the later period that the earlier policy denies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BacktestDenial {
    /// The access, as a grant on exactly its resource.
    pub access: Grant,
    /// Its uses in the later period.
    pub evidence: Evidence,
}

/// The outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Backtest {
    /// Distinct accesses learned.
    pub learned_accesses: usize,
    /// Distinct accesses replayed.
    pub replayed_accesses: usize,
    /// Uses that these stand for.
    pub replayed_uses: u64,
    /// What the policy would have denied.
    pub denied: Vec<BacktestDenial>,
    /// The share of the accesses needed later that were not granted.
    pub under_privilege: f64,
    /// The share of the grants that were not used later; those whose use cannot be seen do not count.
    pub over_privilege: f64,
    /// Grants that were not used later: action and resource.
    pub unused: Vec<(String, String)>,
    /// How many new needs the learned part had foretold for the later one.
    pub predicted: Option<Prediction>,
}

/// Replays `later` over the suggestion made from `learned`.
pub fn backtest(
    (learned, coverage): (&RoleUsage, &Coverage),
    suggestion: &Suggestion,
    later: &RoleUsage,
    later_days: u32,
) -> Backtest {
    let policies: Vec<CompiledPolicy> = suggestion
        .policies
        .iter()
        .map(|policy| CompiledPolicy::new(&policy.document))
        .collect();
    let replayed = gather::with_evidence(later);
    let mut denied = Vec::new();
    for (access, evidence) in &replayed {
        if !verify::is_allowed(&policies, access) {
            denied.push(BacktestDenial {
                access: access.clone(),
                evidence: evidence.clone(),
            });
        }
    }
    let visible = suggestion
        .grants
        .iter()
        .filter(|grant| grant.purpose == Purpose::Observed);
    let is_used = |grant: &Grant| {
        let pattern = Pattern::parse(&grant.resource);
        replayed.keys().any(|access| {
            access.action == grant.action
                && pattern.covers(&Pattern::parse(&access.resource))
                && is_wider(&grant.conditions, &access.conditions)
        })
    };
    let (used, unused): (Vec<&Grant>, Vec<&Grant>) = visible.partition(|grant| is_used(grant));
    let histories = forecast::histories(learned, coverage, &suggestion.grants);
    Backtest {
        learned_accesses: gather::with_evidence(learned).len(),
        replayed_accesses: replayed.len(),
        replayed_uses: replayed.values().map(|evidence| evidence.count).sum(),
        under_privilege: forecast::share(denied.len() as u64, replayed.len() as u64),
        over_privilege: forecast::share(unused.len() as u64, (used.len() + unused.len()) as u64),
        denied,
        unused: unused
            .into_iter()
            .map(|grant| (grant.action.clone(), grant.resource.clone()))
            .collect(),
        predicted: histories.map(|(histories, span)| new_needs(&histories, span, later_days)),
    }
}
