//! CloudFormation stacks: what AWS keeps of a stack beside its template.

use std::collections::BTreeMap;

use super::look::{flag, pick, spot, text};
use super::{Identity, Origin, Posture, Setting};
use crate::template::Node;

/// The type of a stack among what the CDK makes.
const ARTIFACT: &str = "aws:cloudformation:stack";

/// A stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// Who and where it is.
    pub identity: Identity,
    /// Says whether it is refused to delete the stack.
    pub termination_protection: Setting<bool>,
    /// What updates of the stack may change, as JSON.
    pub stack_policy: Setting<String>,
    /// The resources that are not as the template says, by their logical ids with their types; empty if all are.
    pub drift: Setting<Vec<(String, String)>>,
}

/// Reads the stacks of the CDK's `manifest.json`; none if it is something else. Source: the package `@aws-cdk/cloud-assembly-schema`.
pub(super) fn of_manifest(root: &Node) -> Option<Posture> {
    let artifacts = root.get("artifacts")?;
    root.get("version")?;
    let mut posture = Posture::default();
    for entry in artifacts.entries() {
        if text(&entry.value, &["type"]).value().map(String::as_str) != Some(ARTIFACT) {
            continue;
        }
        let why = "the CDK's manifest does not say it".to_owned();
        let name = text(&entry.value, &["properties", "stackName"]);
        let protection = match pick(&entry.value, &["properties"]) {
            Some(properties) => flag(properties, &["terminationProtection"]),
            None => Setting::NotSet,
        };
        posture.stacks.push(Stack {
            identity: Identity {
                id: entry.key.clone(),
                name: name.value().cloned(),
                origin: Origin::CloudFormation,
                spot: spot(&entry.value.place),
                parts: BTreeMap::new(),
            },
            termination_protection: protection,
            stack_policy: Setting::NotKnown(why.clone()),
            drift: Setting::NotKnown(why),
        });
    }
    Some(posture)
}
