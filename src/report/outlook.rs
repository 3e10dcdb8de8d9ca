//! The entries about what runs under the role, what is odd, and what is to come.

use super::{
    ForecastEntry, Pair, PlatformEntry, RuntimeEntry, SuspicionEntry, UntestedEntry, WalkEntry,
};
use crate::catalog::Catalog;
use crate::synthesis::{Forecast, Suspicion};
use crate::usage::{Evidence, RoleUsage};

pub(super) fn forecast(forecast: &Forecast) -> ForecastEntry {
    let pair = |(action, resource): &(String, String)| Pair {
        action: action.clone(),
        resource: resource.clone(),
    };
    ForecastEntry {
        walked: forecast.walked.as_ref().map(|walked| WalkEntry {
            learned_until: walked.learned_until,
            learned_days: walked.learned_days,
            later_uses: walked.later_uses,
            denied_uses: walked.denied_uses,
        }),
        days: forecast.days,
        quiet_days: forecast.quiet_days,
        is_settled: forecast.is_settled(),
        first_seen_by_day: forecast.curve.clone(),
        unseen_share: rounded(forecast.unseen_share),
        seen_once: forecast.seen_once.iter().map(pair).collect(),
        horizon_days: forecast.horizon_days,
        expected_new_needs: rounded(forecast.new_needs.expected),
        low: rounded(forecast.new_needs.low),
        high: rounded(forecast.new_needs.high),
    }
}

/// Four digits are more than an estimate is worth.
pub(crate) fn rounded(number: f64) -> f64 {
    (number * 10_000.0).round() / 10_000.0
}

pub(super) fn runtimes(usage: &RoleUsage, catalog: &Catalog) -> Vec<RuntimeEntry> {
    let mut entries = Vec::new();
    for (sign, evidence) in &usage.runtimes {
        let mut known = catalog.runtimes().iter();
        let Some(runtime) = known.find(|runtime| runtime.runtime == sign.runtime) else {
            continue;
        };
        let unit = runtime.unit.as_ref().filter(|_| !sign.unit.is_empty());
        entries.push(RuntimeEntry {
            runtime: sign.runtime.clone(),
            name: runtime.name.clone(),
            unit: unit.map(|kind| format!("{kind} {}", sign.unit)),
            sign: sign.sign.clone(),
            is_sure: sign.is_sure(catalog),
            region: (!sign.region.is_empty()).then(|| sign.region.clone()),
            count: evidence.count,
            last_seen: evidence.last_seen,
            event_ids: event_ids(evidence),
        });
    }
    entries
}

pub(super) fn platform(usage: &RoleUsage, catalog: &Catalog) -> Vec<PlatformEntry> {
    let rules = catalog.platform_rules().iter();
    rules
        .filter_map(|rule| {
            let evidence = usage.platform.get(&rule.rule)?;
            Some(PlatformEntry {
                rule: rule.rule.clone(),
                verdict: rule.verdict.as_str(),
                why: rule.why.clone(),
                count: evidence.count,
                last_seen: evidence.last_seen,
            })
        })
        .collect()
}

pub(super) fn suspicion(suspicion: &Suspicion) -> SuspicionEntry {
    SuspicionEntry {
        action: suspicion.action.clone(),
        resource: suspicion.resource.clone(),
        why: suspicion.why.clone(),
        sessions: suspicion.sessions.clone(),
        event_ids: suspicion.event_ids.clone(),
        exclusion: suspicion.exclusion.clone(),
    }
}

pub(super) fn untested(usage: &RoleUsage) -> Vec<UntestedEntry> {
    let untested = usage.untested.iter();
    untested
        .map(|(used, evidence)| UntestedEntry {
            action: used.access.action.to_string(),
            resource: used.access.resource.to_string(),
            count: evidence.count,
        })
        .collect()
}

pub(super) fn event_ids(evidence: &Evidence) -> Vec<String> {
    evidence.examples.iter().map(|one| one.id.clone()).collect()
}
