//! What runs under a role and what it needs without CloudTrail showing it, as data.
//!
//! One file a runtime in `action-catalog/runtimes/` (its schema is `action-catalog/schema/runtime.schema.json`); each sign, need
//! and keep names its source. `action-catalog/platform.json` holds the calls that a platform makes or forwards under a role.

use std::sync::LazyLock;

use indexmap::IndexMap;
use serde::Deserialize;

use super::{Catalog, When};

include!(concat!(env!("OUT_DIR"), "/runtimes.rs"));

/// A place where code runs under a role.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runtime {
    /// Its id, e.g. `lambda`.
    pub runtime: String,
    /// Its name, e.g. `AWS Lambda`.
    pub name: String,
    /// What one of its units is called, e.g. `function`; absent where units have no name that matters.
    #[serde(default)]
    pub unit: Option<String>,
    /// The most characters that a unit's name has.
    #[serde(default = "unit_name_limit")]
    pub unit_name_limit: usize,
    /// The service principals that assume its roles: what their trust policies name.
    #[serde(default)]
    pub principals: Vec<String>,
    /// Sessions that the service opens for itself; their names are no unit's.
    #[serde(default)]
    pub other_sessions: Vec<OtherSession>,
    /// How it shows in a trail, surest first.
    pub signs: Vec<Sign>,
    /// What it needs of the role.
    #[serde(default)]
    pub needs: Vec<RuntimeNeed>,
    /// What it may use of the role at times that a window does not show: never called unused, kept as it is granted.
    #[serde(default)]
    pub keeps: Vec<RuntimeKeep>,
    /// What one might think that it needs and it does not.
    #[serde(default)]
    pub not_needed: Vec<NotNeeded>,
    /// Values of placeholders when no sign told them; `${unit}` stands for the unit's name.
    #[serde(default)]
    pub defaults: IndexMap<String, String>,
}

fn unit_name_limit() -> usize {
    64
}

/// Sessions of a runtime that no unit of it opened.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherSession {
    /// A glob that their names match.
    pub like: String,
    /// Where the fact comes from.
    pub source: String,
}

/// In whose event a sign stands.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum SignPlace {
    /// In a call by the role.
    #[default]
    RoleCall,
    /// In the `AssumeRole` call of a service, which names the role.
    AssumeRole,
    /// In a call by anyone that sets the unit up and names the role (`role_at`), or only the unit (`unit_at`).
    Configuration,
}

/// A sign of a runtime in an event. What it asks for must all hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// What it is called in reports.
    pub sign: String,
    /// In whose event it stands.
    #[serde(default)]
    pub place: SignPlace,
    /// Says whether another role can show it too; then it counts only beside a sure one.
    #[serde(default)]
    pub is_weak: bool,
    /// A part of `userAgent`.
    #[serde(default)]
    pub user_agent_contains: Option<String>,
    /// `eventSource`.
    #[serde(default)]
    pub event_source: Option<String>,
    /// Only on these operations, without API versions.
    #[serde(default)]
    pub operations: Vec<String>,
    /// A glob that the session's name matches.
    #[serde(default)]
    pub session_like: Option<String>,
    /// The service principal that assumed the role.
    #[serde(default)]
    pub assumed_by: Option<String>,
    /// A part of the identity provider that vouched for the session.
    #[serde(default)]
    pub federated_provider_contains: Option<String>,
    /// Says whether the session's credentials came from an instance's metadata.
    #[serde(default)]
    pub is_delivered_to_instance: bool,
    /// What else must hold of the event.
    #[serde(default)]
    pub when: Option<When>,
    /// Where a configuring call names the role.
    #[serde(default)]
    pub role_at: Vec<String>,
    /// Where the unit's name stands; absent means the session's name.
    #[serde(default)]
    pub unit_at: Vec<String>,
    /// Where values of placeholders stand: placeholder -> paths.
    #[serde(default)]
    pub captures: IndexMap<String, Vec<String>>,
    /// Says whether the event's region is surely the unit's own.
    #[serde(default)]
    pub is_region_certain: bool,
    /// Where the fact comes from.
    pub source: String,
}

/// A permission that the runtime itself uses.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeNeed {
    /// The full actions.
    pub actions: Vec<String>,
    /// The resource, with `${Partition}`, `${Region}`, `${Account}`, `${unit}` and captured placeholders.
    pub resource: String,
    /// A glob for a captured placeholder: placeholder -> glob. The need holds only for values that match.
    #[serde(default)]
    pub when: IndexMap<String, String>,
    /// Conditions of the grant: operator -> key -> value, with placeholders.
    #[serde(default)]
    pub conditions: IndexMap<String, IndexMap<String, String>>,
    /// Says whether it is needed only if the current policies grant it: what the trail shows does not tell.
    #[serde(default)]
    pub is_only_kept: bool,
    /// The reason, as a report prints it.
    pub why: String,
    /// Where the fact comes from.
    pub source: String,
}

/// Actions that the runtime uses at times that a window does not show.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeKeep {
    /// The full actions.
    pub actions: Vec<String>,
    /// A placeholder whose capture shows that they are in use, so that they are kept also where only a wildcard grants them.
    #[serde(default)]
    pub when: Option<String>,
    /// The reason, as a report prints it.
    pub why: String,
    /// Where the fact comes from.
    pub source: String,
}

/// Something that a runtime does not need of the role.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotNeeded {
    /// The full action.
    pub action: String,
    /// Why not.
    pub why: String,
    /// Where the fact comes from.
    pub source: String,
}

/// What a rule says of the calls that a platform makes or forwards under a role.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "kebab-case")]
pub enum PlatformVerdict {
    /// The role needs the permission: it is granted.
    NeedsPermission,
    /// The role needs no permission for it: it is not granted.
    NotNeeded,
}

impl PlatformVerdict {
    /// The word that reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NeedsPermission => "needs-permission",
            Self::NotNeeded => "not-needed",
        }
    }
}

/// Calls that a platform makes or forwards under a role.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformRule {
    /// Its name in reports.
    pub rule: String,
    /// The calls: what holds of their events.
    pub when: When,
    /// A part of `userAgent` that they have, if it matters.
    #[serde(default)]
    pub user_agent_contains: Option<String>,
    /// What follows.
    pub verdict: PlatformVerdict,
    /// The reason, as a report prints it.
    pub why: String,
    /// Where the fact comes from.
    pub source: String,
}

impl Catalog {
    /// Lists the runtimes that polgen knows.
    pub fn runtimes(&self) -> &'static [Runtime] {
        &RUNTIMES
    }

    /// Lists the rules on platform calls; the first that holds of an event counts.
    pub fn platform_rules(&self) -> &'static [PlatformRule] {
        &PLATFORM
    }

    /// Lists operations that set up a runtime's units without naming the role, so that their events matter whoever calls.
    pub fn configuring_operations(&self) -> Vec<String> {
        let signs = RUNTIMES.iter().flat_map(|runtime| &runtime.signs);
        let unnamed =
            signs.filter(|sign| sign.place == SignPlace::Configuration && sign.role_at.is_empty());
        unnamed
            .flat_map(|sign| sign.operations.iter().cloned())
            .collect()
    }
}

// INVARIANT: every file parses; a test below holds it.
static RUNTIMES: LazyLock<Vec<Runtime>> = LazyLock::new(|| {
    RUNTIME_FILES
        .iter()
        .filter_map(|text| serde_json::from_str(text).ok())
        .collect()
});

static PLATFORM: LazyLock<Vec<PlatformRule>> =
    LazyLock::new(|| serde_json::from_str(PLATFORM_FILE).unwrap_or_default());

const PLATFORM_FILE: &str = include_str!("../../action-catalog/platform.json");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_runtime_file_is_bundled_and_parses() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/action-catalog/runtimes");
        assert_eq!(
            std::fs::read_dir(folder).unwrap().count(),
            RUNTIME_FILES.len()
        );
        for text in RUNTIME_FILES {
            if let Err(error) = serde_json::from_str::<Runtime>(text) {
                panic!("{error}: {text}");
            }
        }
        serde_json::from_str::<Vec<PlatformRule>>(PLATFORM_FILE).unwrap();
    }

    #[test]
    fn every_fact_names_known_actions_and_its_source() {
        let catalog = Catalog::bundled();
        for runtime in catalog.runtimes() {
            let actions = runtime
                .needs
                .iter()
                .flat_map(|need| &need.actions)
                .chain(runtime.keeps.iter().flat_map(|keep| &keep.actions));
            for action in actions {
                let known = catalog.action(action);
                let full = known.map(|(service, name, _)| format!("{}:{name}", service.prefix));
                assert_eq!(
                    full.as_deref(),
                    Some(action.as_str()),
                    "{}",
                    runtime.runtime
                );
            }
            let sources = runtime
                .signs
                .iter()
                .map(|sign| &sign.source)
                .chain(runtime.needs.iter().map(|need| &need.source))
                .chain(runtime.keeps.iter().map(|keep| &keep.source))
                .chain(runtime.not_needed.iter().map(|one| &one.source));
            for source in sources {
                assert!(source.len() > 10, "{}", runtime.runtime);
            }
        }
    }

    #[test]
    fn every_placeholder_can_be_filled() {
        for runtime in Catalog::bundled().runtimes() {
            let mut known: Vec<&str> = vec!["Partition", "Region", "Account"];
            if runtime.unit.is_some() {
                known.push("unit");
            }
            known.extend(runtime.defaults.keys().map(String::as_str));
            let captures = runtime.signs.iter().flat_map(|sign| sign.captures.keys());
            known.extend(captures.map(String::as_str));
            for need in &runtime.needs {
                let holes = need.resource.split("${").skip(1);
                for hole in holes.filter_map(|rest| rest.split('}').next()) {
                    assert!(known.contains(&hole), "{}: {hole}", runtime.runtime);
                }
                for name in need.when.keys() {
                    assert!(
                        known.contains(&name.as_str()),
                        "{}: {name}",
                        runtime.runtime
                    );
                }
            }
        }
    }
}
