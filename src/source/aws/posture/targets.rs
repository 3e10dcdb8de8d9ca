//! What is still to be read: what the user named, and what lists and stacks add to it. Each thing is there once.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudformation::types::Stack;
use aws_sdk_lambda::types::FunctionConfiguration;

use crate::arn::Arn;
use crate::source::posture::Named;

/// A region and a name in it.
pub(super) type Local = (String, String);

/// The things, by name.
#[derive(Debug, Default)]
pub(super) struct Targets {
    /// Buckets, with their region if it is known.
    pub(super) buckets: BTreeMap<String, Option<String>>,
    /// Access points.
    pub(super) access_points: BTreeSet<Local>,
    /// Stacks, with what a list told of them.
    pub(super) stacks: BTreeMap<Local, Option<Stack>>,
    /// Functions, with what a list told of them.
    pub(super) functions: BTreeMap<Local, Option<FunctionConfiguration>>,
    /// Security groups.
    pub(super) groups: BTreeSet<Local>,
    /// Roles.
    pub(super) roles: BTreeSet<String>,
    /// What the user named; the others may have gone meanwhile.
    pub(super) named: BTreeSet<String>,
}

impl Targets {
    /// What the user named.
    pub(super) fn of(wanted: &Named, region: &str) -> Self {
        let mut targets = Self::default();
        for name in &wanted.buckets {
            targets.buckets.insert(last(name, ':').to_owned(), None);
        }
        for name in &wanted.access_points {
            let (region, _) = local(name, region);
            let name = last(name, '/').to_owned();
            targets.access_points.insert((region, name));
        }
        for name in &wanted.stacks {
            targets.stacks.insert(stack(name, region), None);
        }
        for name in &wanted.functions {
            let (region, resource) = local(name, region);
            let name = last(&resource, ':').to_owned();
            targets.functions.insert((region, name), None);
        }
        for name in &wanted.roles {
            targets.roles.insert(last(name, '/').to_owned());
        }
        let stacks = targets.stacks.keys().map(|(_, name)| name);
        let functions = targets.functions.keys().map(|(_, name)| name);
        let points = targets.access_points.iter().map(|(_, name)| name);
        let all = targets.buckets.keys().chain(stacks).chain(functions);
        targets.named = all.chain(points).chain(&targets.roles).cloned().collect();
        targets
    }

    /// Says whether the user named it.
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.named.contains(name)
    }

    /// Adds a resource that a stack made, by its type; others are none of ours.
    pub(super) fn add(&mut self, kind: &str, id: &str, region: &str) {
        let local = || (region.to_owned(), id.to_owned());
        match kind {
            "AWS::S3::Bucket" => {
                let own = Some(region.to_owned());
                self.buckets.entry(id.to_owned()).or_insert(own);
            }
            "AWS::S3::AccessPoint" => {
                self.access_points.insert(local());
            }
            "AWS::Lambda::Function" => {
                self.functions.entry(local()).or_insert(None);
            }
            "AWS::EC2::SecurityGroup" => {
                self.groups.insert(local());
            }
            "AWS::IAM::Role" => {
                self.roles.insert(id.to_owned());
            }
            "AWS::CloudFormation::Stack" => {
                self.stacks.entry(stack(id, region)).or_insert(None);
            }
            _ => {}
        }
    }
}

/// The region and the resource of an ARN; a bare name is in the region at hand.
fn local(name: &str, region: &str) -> Local {
    match Arn::parse(name) {
        Some(arn) => (arn.region.to_owned(), arn.resource.to_owned()),
        None => (region.to_owned(), name.to_owned()),
    }
}

/// A stack's region and name: its ARN ends in `stack/NAME/ID`.
fn stack(name: &str, region: &str) -> Local {
    let (region, resource) = local(name, region);
    let name = resource.split('/').nth(1).unwrap_or(&resource).to_owned();
    (region, name)
}

fn last(text: &str, separator: char) -> &str {
    text.rsplit(separator).next().unwrap_or(text)
}
