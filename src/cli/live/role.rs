//! What AWS tells of a role beside its events, in the words of the report. Parts that cannot be had are named, and missed.

use super::Quotas;
use super::connection::Open;
use crate::mapping::Scope;
use crate::report::{Warning, plural};
use crate::source::aws::checks::{Refused, Remark, Request};
use crate::source::aws::{AwsError, functions, last_accessed, role};
use crate::source::current::services_in;
use crate::synthesis::CurrentPolicy;
use crate::usage::{Facts, FunctionFacts, RoleFacts, RoleUsage};

/// How many particulars a warning lists before it only counts.
const MOST_DETAILS: usize = 8;

/// What AWS tells of a role now.
#[derive(Debug, Default)]
pub(crate) struct RoleNow {
    /// Its policies.
    pub(crate) policies: Vec<CurrentPolicy>,
    /// What could not be had.
    pub(crate) warnings: Vec<Warning>,
    /// The account's quotas.
    pub(crate) quotas: Option<Quotas>,
}

/// Asks for the role, what IAM saw it use, and the functions that run under it. Only dead credentials are a failure.
pub(super) fn now(open: &mut Open, usage: &mut RoleUsage) -> Result<RoleNow, AwsError> {
    let account = open.caller()?.account;
    if account != usage.role.account {
        return Ok(RoleNow {
            policies: Vec::new(),
            quotas: None,
            warnings: vec![Warning {
                what: "the role belongs to another account and could not be looked at".to_owned(),
                details: vec![format!(
                    "the caller is in {account}, the role in {}",
                    usage.role.account
                )],
                hint: Some(
                    "choose that account's `--profile`, or give the role's policies with `--current`"
                        .to_owned(),
                ),
            }],
        });
    }
    let mut missing = Vec::new();
    let mut policies = Vec::new();
    let mut arn = usage.role.arn.clone();
    let mut told = None;
    let state = role::read(&open.session, &usage.role.name);
    if let Some(state) = kept(state, &mut missing)? {
        arn.clone_from(&state.arn);
        told = Some(role_facts(&state));
        missing.extend(state.missing.iter().cloned());
        policies = kept(state.policies(), &mut missing)?.unwrap_or_default();
    }
    usage.facts = facts(open, &arn, &mut missing)?;
    usage.facts.role = told;
    let functions = usage.facts.functions.iter();
    let sightings: Vec<_> = functions.map(FunctionFacts::sighting).collect();
    for sighting in sightings {
        usage.runtimes.update(sighting, |_| ());
    }
    let quotas = kept(role::quotas(&open.session), &mut missing)?;
    Ok(RoleNow {
        policies,
        quotas: quotas.map(|quotas| Quotas {
            characters: quotas.managed_policy_characters,
            attached: quotas.attached_policies,
        }),
        warnings: missed(&missing, &usage.facts).into_iter().collect(),
    })
}

fn role_facts(state: &role::RoleState) -> RoleFacts {
    RoleFacts {
        trusted_services: services_in(&state.trust),
        boundary: state.boundary.as_ref().map(|policy| policy.arn.clone()),
        tags: state.tags.iter().cloned().collect(),
        last_used: state.last_used.as_ref().map(|(moment, _)| *moment),
    }
}

/// Goes on without what could not be had, unless no call would succeed.
fn kept<T>(
    outcome: Result<T, AwsError>,
    missing: &mut Vec<AwsError>,
) -> Result<Option<T>, AwsError> {
    match outcome {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_about_credentials() => Err(error),
        Err(error) => {
            missing.push(error);
            Ok(None)
        }
    }
}

fn facts(open: &mut Open, arn: &str, missing: &mut Vec<AwsError>) -> Result<Facts, AwsError> {
    let last_accessed = kept(last_accessed::read(&open.session, arn), missing)?;
    let regions = open.regions()?;
    missing.extend(regions.problem);
    let found = functions::of_role(&open.session, &regions.names, arn);
    Ok(Facts {
        last_accessed,
        functions: found.functions,
        missing: found.missing,
        role: None,
    })
}

/// One warning for all that could not be had.
fn missed(missing: &[AwsError], facts: &Facts) -> Option<Warning> {
    let lines = missing.iter().map(ToString::to_string);
    let details: Vec<String> = lines.chain(facts.missing.iter().cloned()).collect();
    warning("AWS did not tell all about the role", details).map(|warning| Warning {
        hint: Some("`polgen self-policy suggest` prints all that polgen may need".to_owned()),
        ..warning
    })
}

fn warning(what: &str, details: Vec<String>) -> Option<Warning> {
    let more = details.len().saturating_sub(MOST_DETAILS);
    let mut shown: Vec<String> = details.into_iter().take(MOST_DETAILS).collect();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    (!shown.is_empty()).then(|| Warning {
        what: what.to_owned(),
        details: shown,
        hint: None,
    })
}

/// The accesses to simulate: those whose resource is known.
pub(super) fn requests(usage: &RoleUsage) -> Vec<Request> {
    let mut requests: Vec<Request> = usage
        .uses
        .keys()
        .filter(|used| used.access.scope != Scope::Unscoped)
        .map(|used| Request {
            action: used.access.action.to_string(),
            resource: literal(&used.access.resource),
            context: used.access.conditions.clone().into(),
        })
        .collect();
    requests.sort();
    requests.dedup();
    requests
}

/// The name that a pattern without wildcards stands for.
fn literal(pattern: &str) -> String {
    ["*", "?", "$"]
        .iter()
        .fold(pattern.to_owned(), |text, sign| {
            text.replace(&format!("${{{sign}}}"), sign)
        })
}

/// What the simulator refused.
pub(super) fn refusals(refused: &[Refused], all: usize) -> Vec<Warning> {
    let details = refused
        .iter()
        .map(|refused| {
            let request = &refused.request;
            let missing = if refused.missing_context.is_empty() {
                String::new()
            } else {
                format!(", without {}", refused.missing_context.join(", "))
            };
            format!(
                "{} on {}: {}{missing}",
                request.action, request.resource, refused.decision
            )
        })
        .collect();
    let what = format!(
        "IAM's simulator refuses {} of {}",
        refused.len(),
        plural(all, "observed access", "observed accesses")
    );
    warning(&what, details).into_iter().collect()
}

/// What Access Analyzer remarks.
pub(super) fn remarks(policy: &str, remarks: &[Remark]) -> Vec<Warning> {
    let details = remarks
        .iter()
        .map(|remark| {
            format!(
                "{} {}: {} ({})",
                remark.kind, remark.code, remark.details, remark.link
            )
        })
        .collect();
    warning(&format!("Access Analyzer remarks on `{policy}`"), details)
        .into_iter()
        .collect()
}
