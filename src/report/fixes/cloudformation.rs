//! Changes as a fragment of a CloudFormation template.

use indexmap::IndexMap;

use super::policy::{self, References, behind, copying, trust};
use super::{OLD_VERSION_DAYS, heading, told, word};
use crate::harden::fix::{Caller, Fix, Open, Remedy};
use crate::policy::{Document, Statement};
use crate::posture::Opening;
use crate::template::{ACCOUNT, Quotes, Text, Tree, YamlStyle, yaml_document};

const STYLE: YamlStyle = YamlStyle {
    step: 2,
    list_step: 2,
    quotes: Quotes::NeededSingle,
    is_short: true,
    line_end: "\n",
};
/// What is said before a property that is not merged.
const REPLACED: &str = "takes the place of what is there:";
/// The type of a bucket's policy.
const POLICY: &str = "AWS::S3::BucketPolicy";

/// A type, where the resource is new, and properties.
type Resource = (Option<&'static str>, Vec<(String, Tree)>);

/// The parts of the fragment.
#[derive(Default)]
struct Fragment {
    comments: Vec<String>,
    parameters: Vec<(String, Tree)>,
    /// By logical id.
    resources: IndexMap<String, Resource>,
}

/// Writes the changes of one template; `is_known` tells of a logical id whether the template has it.
pub fn fixes_cloudformation(fixes: &[&Fix]) -> String {
    let mut fragment = Fragment::default();
    for fix in fixes {
        fragment.comments.extend(heading(fix));
        match told(fix) {
            Some(words) => fragment.comments.push(format!("  {words}")),
            None => fragment.add(fix),
        }
    }
    fragment.write()
}

impl Fragment {
    fn set(&mut self, id: &str, key: &str, value: Tree) {
        let (_, properties) = self.resources.entry(id.to_owned()).or_default();
        // What is printed later holds what was printed before.
        properties.retain(|(known, _)| known != key);
        properties.push((key.to_owned(), value));
    }

    fn add(&mut self, fix: &Fix) {
        let id = fix.target.id.as_str();
        match &fix.remedy {
            Remedy::BucketBlock => self.set(id, "PublicAccessBlockConfiguration", block()),
            Remedy::ListsOff { has_list } => {
                if *has_list {
                    self.say("remove `AccessControl` from the bucket");
                }
                let rule = Tree::map([("ObjectOwnership", text("BucketOwnerEnforced"))]);
                let rules = Tree::map([("Rules", Tree::list([rule]))]);
                self.set(id, "OwnershipControls", rules);
            }
            Remedy::Encryption { key, .. } => {
                self.set(id, "BucketEncryption", encryption(key.as_deref()));
            }
            Remedy::Versioning => {
                let status = Tree::map([("Status", text("Enabled"))]);
                self.set(id, "VersioningConfiguration", status);
            }
            Remedy::OldVersions { has_rules } => {
                if *has_rules {
                    self.say("add the rule to those of the bucket");
                }
                self.set(id, "LifecycleConfiguration", old_versions());
            }
            Remedy::Logging => {
                let name = "LogBucketName";
                self.parameter(name, "Name of the bucket that access logs go to");
                let logging = Tree::map([
                    ("DestinationBucketName", behind(name, "")),
                    ("LogFilePrefix", text(&format!("{id}/"))),
                ]);
                self.set(id, "LoggingConfiguration", logging);
            }
            Remedy::BucketPolicy { added, .. } => self.policy(fix, added),
            Remedy::BucketNarrowed { whole, .. } => {
                // A policy of a bucket that is elsewhere is itself what was found.
                let part = fix.target.parts.get(POLICY);
                let part = part.map_or_else(|| id.to_owned(), |(part, _)| part.clone());
                let tree = self.whole(whole, policy::of_bucket(fix, ".Arn"));
                self.replace(&part, "PolicyDocument", tree);
            }
            Remedy::Replication { .. } => self.replication(id),
            _ => self.add_other(fix),
        }
    }

    /// Changes of what is no bucket.
    fn add_other(&mut self, fix: &Fix) {
        let id = fix.target.id.as_str();
        match &fix.remedy {
            Remedy::AccessPoint { .. } => {
                self.set(id, "PublicAccessBlockConfiguration", block());
            }
            Remedy::Runtime { to, .. } => self.set(id, "Runtime", text(to)),
            Remedy::Callers(callers) => {
                for caller in callers {
                    self.caller(fix, caller);
                }
            }
            Remedy::Secrets { names, .. } => self.secrets(id, names),
            Remedy::Openings {
                open,
                rest,
                is_rule,
            } => self.openings(id, open, (rest.as_deref(), *is_rule)),
            Remedy::Trust { whole, holes } => {
                let tree = self.whole(whole, policy::holes(holes));
                self.replace(id, "AssumeRolePolicyDocument", tree);
            }
            Remedy::Boundary => {
                let name = "BoundaryArn";
                self.parameter(
                    name,
                    "ARN of the policy that the account keeps for roles of this kind",
                );
                self.set(id, "PermissionsBoundary", behind(name, ""));
            }
            Remedy::FromUsage => self.comments.extend(super::from_usage(fix)),
            Remedy::RoleDeleted { .. } => self.say(&format!("take `{id}` out of the template")),
            Remedy::AccountBlock
            | Remedy::TerminationProtection
            | Remedy::StackPolicy
            | Remedy::DriftReverted => {
                self.say("a template cannot say it: `--format aws-cli` prints the command");
            }
            _ => {}
        }
    }

    fn say(&mut self, words: &str) {
        self.comments.push(format!("  {words}"));
    }

    fn parameter(&mut self, name: &str, description: &str) {
        if !self.parameters.iter().any(|(known, _)| known == name) {
            let parameter = Tree::map([
                ("Type", Tree::literal("String")),
                ("Description", Tree::literal(description)),
            ]);
            self.parameters.push((name.to_owned(), parameter));
        }
    }

    /// Sets a property whose lists take the place of those there, those of a policy too.
    fn replace(&mut self, id: &str, key: &str, value: Tree) {
        self.say(&format!("{REPLACED} `{id}.{key}`"));
        self.set(id, key, value);
    }

    /// A whole policy with parameters for what a person must name.
    fn whole(&mut self, whole: &Document, mut references: References) -> Tree {
        for open in Open::of(whole) {
            if open != Open::SourceAccount {
                self.parameter(name(open), open.wanted());
            }
        }
        references.extend(policy::opens(whole, |open| name(open).to_owned()));
        policy::policy(whole, &references)
    }

    fn policy(&mut self, fix: &Fix, added: &[Statement]) {
        let bucket = fix.target.id.as_str();
        let references = policy::of_bucket(fix, ".Arn");
        let statements = added.iter();
        let statements = Tree::list(statements.map(|one| policy::statement(one, &references)));
        match fix.target.parts.get(POLICY) {
            Some((policy, _)) => {
                let inner = Tree::map([("Statement", statements)]);
                self.set(&policy.clone(), "PolicyDocument", inner);
            }
            None if fix.is_elsewhere => {
                let inner = Tree::map([("Statement", statements)]);
                self.set(bucket, "PolicyDocument", inner);
            }
            None => {
                let id = format!("{}Policy", word(bucket, ""));
                self.set(&id, "Bucket", Tree::Text(Text::reference(bucket)));
                let version = ("Version", Tree::literal("2012-10-17"));
                let document = Tree::map([version, ("Statement", statements)]);
                self.set(&id, "PolicyDocument", document);
                self.kind(&id, POLICY);
            }
        }
    }

    fn caller(&mut self, fix: &Fix, caller: &Caller) {
        let owner = caller.statement.sid.clone().unwrap_or_default();
        let is_function = owner == fix.target.id && !fix.target.spot.file.is_empty();
        match &caller.service {
            _ if caller.is_url && is_function => {
                let inner = Tree::map([("AuthType", text("AWS_IAM"))]);
                self.set(&owner, "FunctionUrlConfig", inner);
            }
            None if caller.is_url => self.set(&owner, "AuthType", text("AWS_IAM")),
            None => {
                self.parameter(name(Open::Principal), Open::Principal.wanted());
                self.set(&owner, "Principal", behind(name(Open::Principal), ""));
            }
            Some(_) if caller.needs_account() => {
                self.set(&owner, "SourceAccount", behind(ACCOUNT, ""));
            }
            Some(_) => {
                self.parameter(name(Open::SourceArn), Open::SourceArn.wanted());
                self.set(&owner, "SourceArn", behind(name(Open::SourceArn), ""));
            }
        }
    }

    /// The variables name secrets, so that they must be called so: what the code reads are names from then on.
    fn secrets(&mut self, id: &str, names: &[String]) {
        let mut variables = Vec::new();
        for variable in names {
            let words = format!("take `{variable}` out of the variables of `{id}`");
            self.say(&words);
            let secret = format!("{}Secret", word(variable, ""));
            self.set(&secret, "GenerateSecretString", Tree::Map(Vec::new()));
            self.kind(&secret, "AWS::SecretsManager::Secret");
            variables.push((format!("{variable}_ARN"), behind(&secret, "")));
        }
        let environment = Tree::map([("Variables", Tree::Map(variables))]);
        self.set(id, "Environment", environment);
    }

    /// A group's own list takes the place of the one there; a rule that is a resource of its own lets in another network.
    fn openings(
        &mut self,
        id: &str,
        open: &[Opening],
        (rest, is_rule): (Option<&[Opening]>, bool),
    ) {
        let network = "AllowedNetwork";
        self.parameter(network, "Addresses that may come in, e.g. 203.0.113.0/24");
        if is_rule {
            self.set(id, "CidrIp", behind(network, ""));
            return;
        }
        let Some(rest) = rest else {
            for opening in open {
                self.say(&format!(
                    "in the rule of `{id}` at line {}: `CidrIp: !Ref {network}` in place of every address",
                    opening.spot.line
                ));
            }
            return;
        };
        let narrowed = open.iter().map(|one| rule(one, behind(network, "")));
        let kept = rest.iter().flat_map(|one| {
            let networks = one.networks.iter();
            networks.map(|network| rule(one, text(network)))
        });
        let rules = Tree::list(narrowed.chain(kept));
        self.set(id, "SecurityGroupIngress", rules);
    }

    fn kind(&mut self, id: &str, kind: &'static str) {
        if let Some((known, _)) = self.resources.get_mut(id) {
            *known = Some(kind);
        }
    }

    fn replication(&mut self, id: &str) {
        let (name, copy) = (word(id, ""), format!("{}CopyArn", word(id, "")));
        self.parameter(&copy, "ARN of a bucket with versioning in another region");
        let role = format!("{name}CopyRole");
        self.set(&role, "AssumeRolePolicyDocument", trust());
        let policy = Tree::map([
            ("PolicyName", Tree::literal("copy")),
            ("PolicyDocument", copying(&format!("{id}.Arn"), &copy)),
        ]);
        self.set(&role, "Policies", Tree::list([policy]));
        self.kind(&role, "AWS::IAM::Role");
        let rule = Tree::map([
            ("Id", Tree::literal("All")),
            ("Status", Tree::literal("Enabled")),
            ("Priority", Tree::number(1)),
            ("Filter", Tree::map([("Prefix", Tree::literal(""))])),
            (
                "DeleteMarkerReplication",
                Tree::map([("Status", Tree::literal("Enabled"))]),
            ),
            ("Destination", Tree::map([("Bucket", behind(&copy, ""))])),
        ]);
        let configuration = Tree::map([
            ("Role", Tree::Text(Text::reference(format!("{role}.Arn")))),
            ("Rules", Tree::list([rule])),
        ]);
        self.set(id, "ReplicationConfiguration", configuration);
    }

    fn write(self) -> String {
        let mut text = String::new();
        for line in &self.comments {
            text.push_str("# ");
            text.push_str(line);
            text.push('\n');
        }
        let mut members = Vec::new();
        if !self.parameters.is_empty() {
            members.push(("Parameters".to_owned(), Tree::Map(self.parameters)));
        }
        let resources: Vec<(String, Tree)> = self
            .resources
            .into_iter()
            .map(|(id, (kind, properties))| {
                let mut members = Vec::new();
                if let Some(kind) = kind {
                    members.push(("Type".to_owned(), Tree::literal(kind)));
                }
                members.push(("Properties".to_owned(), Tree::Map(properties)));
                (id, Tree::Map(members))
            })
            .collect();
        if !resources.is_empty() {
            members.push(("Resources".to_owned(), Tree::Map(resources)));
        }
        if !members.is_empty() {
            text.push_str(&yaml_document(&Tree::Map(members), &STYLE));
        }
        text
    }
}

/// The parameter for what a person must name; the account is that of the stack.
fn name(open: Open) -> &'static str {
    match open {
        Open::Principal => "PrincipalArn",
        Open::Action => "AllowedAction",
        Open::SourceAccount => ACCOUNT,
        Open::SourceArn => "SourceArn",
        Open::Repository => "Repository",
    }
}

/// A rule of a security group.
fn rule(opening: &Opening, network: Tree) -> Tree {
    let mut members = Vec::new();
    if let Some(words) = &opening.description {
        members.push(("Description".to_owned(), text(words)));
    }
    members.push(("IpProtocol".to_owned(), text(&opening.protocol)));
    if let Some((from, to)) = opening.ports {
        members.push(("FromPort".to_owned(), Tree::Bare(from.to_string())));
        members.push(("ToPort".to_owned(), Tree::Bare(to.to_string())));
    }
    let is_six = matches!(&network, Tree::Text(words) if words.as_literal().is_some_and(|one| one.contains(':')));
    let key = if is_six { "CidrIpv6" } else { "CidrIp" };
    members.push((key.to_owned(), network));
    Tree::Map(members)
}

fn block() -> Tree {
    let on = || Tree::truth(true);
    Tree::map([
        ("BlockPublicAcls", on()),
        ("BlockPublicPolicy", on()),
        ("IgnorePublicAcls", on()),
        ("RestrictPublicBuckets", on()),
    ])
}

fn text(words: &str) -> Tree {
    Tree::literal(words)
}

fn encryption(key: Option<&str>) -> Tree {
    let mut default = vec![("SSEAlgorithm".to_owned(), text("aws:kms"))];
    if let Some(key) = key {
        default.push(("KMSMasterKeyID".to_owned(), text(key)));
    }
    let rule = Tree::map([
        ("BucketKeyEnabled", Tree::truth(true)),
        ("ServerSideEncryptionByDefault", Tree::Map(default)),
    ]);
    Tree::map([("ServerSideEncryptionConfiguration", Tree::list([rule]))])
}

fn old_versions() -> Tree {
    let days = Tree::number(OLD_VERSION_DAYS);
    let rule = Tree::map([
        ("Id", text("OldVersions")),
        ("Status", text("Enabled")),
        (
            "NoncurrentVersionExpiration",
            Tree::map([("NoncurrentDays", days)]),
        ),
    ]);
    Tree::map([("Rules", Tree::list([rule]))])
}
