//! Changes as a fragment of a CloudFormation template.

use indexmap::IndexMap;

use super::policy::{behind, copying, denial, document, trust};
use super::{OLD_VERSION_DAYS, heading, told, word};
use crate::harden::fix::{Fix, Remedy};
use crate::template::{Quotes, Text, Tree, YamlStyle, yaml_document};

const STYLE: YamlStyle = YamlStyle {
    step: 2,
    list_step: 2,
    quotes: Quotes::NeededSingle,
    is_short: true,
    line_end: "\n",
};
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
            Remedy::BucketPolicy {
                added, is_there, ..
            } => self.policy(fix, added, *is_there),
            Remedy::Replication { .. } => self.replication(id),
            Remedy::AccountBlock | Remedy::TerminationProtection | Remedy::StackPolicy => {
                self.say("a template cannot say it: `--format aws-cli` prints the command");
            }
            Remedy::Told(_) => {}
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

    fn policy(&mut self, fix: &Fix, added: &[crate::policy::Statement], is_there: bool) {
        let bucket = fix.target.id.as_str();
        let arn = format!("{bucket}.Arn");
        let statements = added.iter().map(|statement| {
            let resources = statement.resource.iter();
            let own = resources
                .flat_map(crate::policy::ResourceElement::patterns)
                .next();
            denial(statement, own.map_or("", String::as_str), &arn)
        });
        let statements: Vec<Tree> = statements.collect();
        match fix.target.parts.get(POLICY) {
            Some((policy, _)) if is_there => {
                let inner = Tree::map([("Statement", Tree::list(statements))]);
                self.set(policy, "PolicyDocument", inner);
            }
            _ => {
                let id = format!("{}Policy", word(bucket, ""));
                self.set(&id, "Bucket", Tree::Text(Text::reference(bucket)));
                self.set(&id, "PolicyDocument", document(statements));
                self.kind(&id, POLICY);
            }
        }
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
            ("Priority", Tree::literal("1")),
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

fn block() -> Tree {
    let on = || Tree::literal("true");
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
        ("BucketKeyEnabled", text("true")),
        ("ServerSideEncryptionByDefault", Tree::Map(default)),
    ]);
    Tree::map([("ServerSideEncryptionConfiguration", Tree::list([rule]))])
}

fn old_versions() -> Tree {
    let days = text(&OLD_VERSION_DAYS.to_string());
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
