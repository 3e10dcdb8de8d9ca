//! From infrastructure code to what is configured. CloudFormation here; Terraform's own resources in `terraform`.

use std::collections::BTreeMap;

use super::bucket::{self, Acl, Block, Bucket, Encryption, Lifecycle, Logging, Replication};
use super::look::{compared, flag, not_known, pick, shown, spot, text};
use super::{
    AccessPoint, Function, Identity, Origin, Posture, ResourcePolicy, Role, SecurityGroup, Setting,
    Spot, Stack, function, network, policy, terraform,
};
use crate::template::{
    self, Known, Node, Resource, Resources, Template, TemplateError, Tool, Value, open_name,
};

/// Reads a file; none if it is no infrastructure code.
///
/// # Errors
///
/// If it cannot be read.
pub fn read_code(file: &str, text: &str, known: &Known) -> Result<Option<Posture>, TemplateError> {
    let Some(template) = template::read(file, text, known)? else {
        let root = template::values(file, text)?;
        return Ok(super::stack::of_manifest(&root));
    };
    let resources = template::resources(file, text, known)?;
    Ok(Some(posture(template, resources.as_ref(), file)))
}

/// Reads the files of a Terraform module as one.
///
/// # Errors
///
/// If one of them cannot be read.
pub fn read_module(files: &[(String, String)], known: &Known) -> Result<Posture, TemplateError> {
    let template = template::read_module(files, known)?;
    let resources = template::module_resources(files, known)?;
    Ok(posture(template, Some(&resources), ""))
}

fn posture(template: Template, resources: Option<&Resources>, file: &str) -> Posture {
    let mut posture = Posture {
        roles: template.subjects.into_iter().map(Role::of).collect(),
        ..Posture::default()
    };
    let Some(resources) = resources else {
        return posture;
    };
    let gaps = resources.gaps.iter();
    posture
        .gaps
        .extend(gaps.map(|(place, what)| (spot(place), what.clone())));
    let code = Code::new(resources);
    match resources.tool {
        Tool::CloudFormation | Tool::Serverless => {
            code.cloudformation(&mut posture);
            posture.stacks.push(stack_of(file));
        }
        Tool::Terraform | Tool::TerraformPlan => terraform::add(&code, &mut posture),
    }
    posture
}

/// The stack that a template makes.
fn stack_of(file: &str) -> Stack {
    let why = "a template does not say it; it is a setting of the stack".to_owned();
    Stack {
        identity: Identity {
            id: file.rsplit(['/', '\\']).next().unwrap_or(file).to_owned(),
            name: None,
            origin: Origin::CloudFormation,
            spot: Spot {
                file: file.to_owned(),
                line: 1,
            },
            parts: BTreeMap::new(),
        },
        termination_protection: Setting::NotKnown(why.clone()),
        stack_policy: Setting::NotKnown(why.clone()),
        drift: Setting::NotKnown(why),
    }
}

/// The resources of a file or module, and what its buckets are called.
pub(super) struct Code<'r> {
    pub(super) all: &'r [Resource],
    pub(super) origin: Origin,
    /// Texts of open names, with what stands in for them.
    pub(super) renamed: Vec<(String, String)>,
}

/// A resource that makes a part of another.
pub(super) enum Part<'r> {
    One(&'r Resource),
    None,
    Unsure(String),
}

impl<'r> Code<'r> {
    fn new(resources: &'r Resources) -> Self {
        let open = |resource: &Resource| {
            let names = ["BucketName", "bucket"];
            let name = open_name(pick(&resource.values, &names))?;
            Some((name, resource.bucket_name.clone()?))
        };
        Self {
            all: &resources.all,
            origin: match resources.tool {
                Tool::CloudFormation | Tool::Serverless => Origin::CloudFormation,
                Tool::Terraform | Tool::TerraformPlan => Origin::Terraform,
            },
            renamed: resources.all.iter().filter_map(open).collect(),
        }
    }

    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &'r Resource> {
        self.all
            .iter()
            .filter(move |resource| resource.kind == kind)
    }

    pub(super) fn identity(&self, resource: &Resource, name: &str) -> Identity {
        let name = pick(&resource.values, &[name]).and_then(Node::as_str);
        Identity {
            id: resource.id.clone(),
            name: name.map(str::to_owned),
            origin: self.origin,
            spot: spot(&resource.place),
            parts: BTreeMap::new(),
        }
    }

    /// The name that a resource names a bucket by.
    pub(super) fn named(&self, resource: &Resource, key: &str) -> Option<String> {
        let mut name = compared(pick(&resource.values, &[key])?)?;
        for (open, stand_in) in &self.renamed {
            name = name.replace(open, stand_in);
        }
        Some(name)
    }

    /// Finds the resource of a type that makes a part of a bucket.
    pub(super) fn part(&self, bucket: &Resource, kind: &str) -> Part<'r> {
        let name = bucket.bucket_name.as_deref().unwrap_or_default();
        let mut unsure = None;
        for resource in self.of_kind(kind) {
            let named = self.named(resource, "bucket");
            if named.as_deref() == Some(name) {
                let depends = resource.depends_on.as_deref();
                let is_certain = depends.is_none_or(|depends| {
                    Some(depends) == bucket.depends_on.as_deref() || depends.contains(&bucket.id)
                });
                if is_certain {
                    return Part::One(resource);
                }
                unsure = Some(format!(
                    "`{}` is there only under a condition that is not known",
                    resource.id
                ));
            } else if named.is_none_or(|name| name.contains("${")) && unsure.is_none() {
                unsure = Some(format!("`{}` may be about it", resource.id));
            }
        }
        unsure.map_or(Part::None, Part::Unsure)
    }

    /// Buckets that only a policy names.
    pub(super) fn elsewhere(&self, kind: &str, buckets: &[Bucket]) -> Vec<(String, &'r Resource)> {
        let mut found = Vec::new();
        for resource in self.of_kind(kind) {
            let Some(name) = self.named(resource, "bucket") else {
                continue;
            };
            let arn_ends_so = |bucket: &Bucket| bucket.arn.ends_with(&format!(":::{name}"));
            if !buckets.iter().any(arn_ends_so) {
                found.push((name, resource));
            }
        }
        found
    }

    /// A bucket of which nothing is known but its name; an open name is stood in for.
    pub(super) fn bucket_elsewhere(&self, name: &str, resource: &Resource) -> (Self, Bucket) {
        const STAND_IN: &str = "polgen-bucket-elsewhere";
        let why = "the bucket is not in these files";
        let mut renamed = self.renamed.clone();
        let is_open = name.contains("${");
        if is_open {
            // Terraform names the same bucket by its name and by its ARN.
            for end in [".id}", ".bucket}"] {
                if let Some(start) = name.strip_suffix(end) {
                    let arn = format!("arn:aws:s3:::{STAND_IN}");
                    renamed.push((format!("{start}.arn}}"), arn));
                }
            }
            renamed.push((name.to_owned(), STAND_IN.to_owned()));
        }
        let stand_in = if is_open { STAND_IN } else { name };
        let mut bucket = unknown_bucket(self.identity(resource, "none"), stand_in, why);
        bucket.is_elsewhere = true;
        bucket.identity.name = (!is_open).then(|| name.to_owned());
        let code = Self {
            all: self.all,
            origin: self.origin,
            renamed,
        };
        (code, bucket)
    }

    fn cloudformation(&self, posture: &mut Posture) {
        let mut buckets: Vec<Bucket> = self
            .of_kind("AWS::S3::Bucket")
            .map(|one| self.bucket(one))
            .collect();
        for (name, resource) in self.elsewhere("AWS::S3::BucketPolicy", &buckets) {
            let (code, mut bucket) = self.bucket_elsewhere(&name, resource);
            bucket.policy = code.policy(resource, "PolicyDocument");
            buckets.push(bucket);
        }
        posture.buckets.extend(buckets);
        for resource in self.of_kind("AWS::S3::AccessPoint") {
            posture.access_points.push(self.access_point(resource));
        }
        for kind in ["AWS::Lambda::Function", "AWS::Serverless::Function"] {
            for resource in self.of_kind(kind) {
                let identity = self.identity(resource, "FunctionName");
                let mut function = function::function(identity, &resource.values);
                self.permissions(&mut function, resource, "AWS::Lambda::Permission");
                self.function_url(&mut function, resource);
                posture.functions.push(function);
            }
        }
        self.other_permissions("AWS::Lambda::Permission", posture);
        for resource in self.of_kind("AWS::EC2::SecurityGroup") {
            let mut group = self.group(resource, "GroupName");
            network::ingress(&mut group, &resource.values, &["SecurityGroupIngress"]);
            posture.security_groups.push(group);
        }
        for resource in self.of_kind("AWS::EC2::SecurityGroupIngress") {
            let mut group = self.group(resource, "GroupId");
            group.is_rule = true;
            network::opening(&mut group, &resource.values);
            posture.security_groups.push(group);
        }
    }

    pub(super) fn group(&self, resource: &Resource, name: &str) -> SecurityGroup {
        SecurityGroup {
            identity: self.identity(resource, name),
            openings: Vec::new(),
            is_rule: false,
            is_whole: true,
            unread: Vec::new(),
        }
    }

    fn bucket(&self, resource: &Resource) -> Bucket {
        let values = &resource.values;
        let name = resource.bucket_name.clone().unwrap_or_default();
        let mut bucket = unknown_bucket(self.identity(resource, "BucketName"), &name, "");
        bucket.public_access_block = inner(values, "PublicAccessBlockConfiguration", bucket::block);
        bucket.policy = match self.part(resource, "AWS::S3::BucketPolicy") {
            Part::None => Setting::NotSet,
            Part::Unsure(why) => Setting::NotKnown(why),
            Part::One(part) => {
                let place = (part.id.clone(), spot(&part.place));
                bucket.identity.parts.insert(part.kind.clone(), place);
                self.policy(part, "PolicyDocument")
            }
        };
        bucket.acl = text(values, &["AccessControl"]).map(|name| Acl::Canned(canned(&name)));
        bucket.ownership = inner(values, "OwnershipControls", |node| {
            match pick(node, &["Rules"]).and_then(|rules| rules.items().first()) {
                Some(rule) => text(rule, &["ObjectOwnership"]),
                None => Setting::NotSet,
            }
        });
        bucket.encryption = inner(values, "BucketEncryption", bucket::encryption);
        bucket.versioning = inner(values, "VersioningConfiguration", |node| {
            flag(node, &["Status"])
        });
        bucket.mfa_delete = Setting::NotKnown(
            "CloudFormation has no property for it; only the root user can set it".to_owned(),
        );
        bucket.replication = inner(values, "ReplicationConfiguration", bucket::replication);
        bucket.logging = inner(values, "LoggingConfiguration", bucket::logging);
        bucket.lifecycle = inner(values, "LifecycleConfiguration", bucket::lifecycle);
        if let Some(why) = not_known(values) {
            bucket = unknown_bucket(bucket.identity, &name, &why);
        }
        bucket
    }

    /// Reads a policy of a resource.
    pub(super) fn policy(&self, resource: &Resource, key: &str) -> Setting<ResourcePolicy> {
        match pick(&resource.values, &[key]) {
            Some(document) => policy::read(document, &self.renamed),
            None => Setting::NotSet,
        }
    }

    pub(super) fn access_point(&self, resource: &Resource) -> AccessPoint {
        let values = &resource.values;
        AccessPoint {
            identity: self.identity(resource, "Name"),
            public_access_block: inner(values, "PublicAccessBlockConfiguration", bucket::block),
            vpc: inner(values, "VpcConfiguration", |node| text(node, &["VpcId"])),
            policy: self.policy(resource, "Policy"),
        }
    }

    /// Adds who may call a function.
    pub(super) fn permissions(&self, function: &mut Function, resource: &Resource, kind: &str) {
        for permission in self.of_kind(kind) {
            let named = pick(&permission.values, &["FunctionName"]).and_then(compared);
            if named.is_some_and(|text| refers(&text, resource, "FunctionName")) {
                function::permit(function, permission);
            }
        }
    }

    /// Permissions of functions that are not in these files.
    pub(super) fn other_permissions(&self, kind: &str, posture: &mut Posture) {
        let functions: Vec<&Resource> = self
            .all
            .iter()
            .filter(|one| function::KINDS.contains(&one.kind.as_str()))
            .collect();
        for permission in self.of_kind(kind) {
            let named = pick(&permission.values, &["FunctionName"]).and_then(compared);
            let text = named.unwrap_or_default();
            let is_known = functions
                .iter()
                .any(|one| refers(&text, one, "FunctionName"));
            if is_known {
                continue;
            }
            let empty = permission.values.with(Value::Map(Vec::new()));
            let mut function = function::function(self.identity(permission, "none"), &empty);
            function.is_elsewhere = true;
            function::permit(&mut function, permission);
            posture.functions.push(function);
        }
    }

    /// SAM makes a permission for everyone for a URL without authorization.
    fn function_url(&self, function: &mut Function, resource: &Resource) {
        if let Some(url) = pick(&resource.values, &["FunctionUrlConfig"]) {
            function::url(function, url, &resource.id);
        }
        for one in self.of_kind("AWS::Lambda::Url") {
            let target = pick(&one.values, &["TargetFunctionArn"]).and_then(compared);
            if target.is_some_and(|text| refers(&text, resource, "FunctionName")) {
                function::url(function, &one.values, &one.id);
            }
        }
    }
}

/// Says whether a text refers to a resource, by its id in the code or by its name.
pub(super) fn refers(text: &str, resource: &Resource, name: &str) -> bool {
    let own = pick(&resource.values, &[name]).and_then(compared);
    let by_id = ["}", ".", ":"]
        .iter()
        .any(|end| text.contains(&format!("${{{}{end}", resource.id)));
    let by_name = own.is_some_and(|name| {
        text == name
            || text.ends_with(&format!(":function:{name}"))
            || text.contains(&format!(":function:{name}:"))
    });
    by_id || by_name || text == resource.id
}

/// A bucket of which nothing is known.
pub(super) fn unknown_bucket(identity: Identity, name: &str, why: &str) -> Bucket {
    fn unknown<T>(why: &str) -> Setting<T> {
        Setting::NotKnown(why.to_owned())
    }
    Bucket {
        arn: format!("arn:aws:s3:::{name}"),
        is_elsewhere: false,
        public_access_block: unknown::<Block>(why),
        policy: unknown::<ResourcePolicy>(why),
        acl: unknown::<Acl>(why),
        ownership: unknown(why),
        encryption: unknown::<Encryption>(why),
        versioning: unknown(why),
        mfa_delete: unknown(why),
        replication: unknown::<Replication>(why),
        logging: unknown::<Logging>(why),
        lifecycle: unknown::<Lifecycle>(why),
        identity,
    }
}

/// Reads a member, if it is there and known.
pub(super) fn inner<T>(
    values: &Node,
    key: &str,
    read: impl FnOnce(&Node) -> Setting<T>,
) -> Setting<T> {
    match pick(values, &[key]) {
        None => Setting::NotSet,
        Some(node) => match (not_known(node), &node.value) {
            (Some(why), _) => Setting::NotKnown(why),
            (None, Value::List(items)) if items.len() <= 1 => match items.first() {
                Some(only) => match not_known(only) {
                    Some(why) => Setting::NotKnown(why),
                    None => read(only),
                },
                None => Setting::NotSet,
            },
            (None, Value::Either(branches)) => branches.first().map_or(Setting::NotSet, read),
            (None, _) => read(node),
        },
    }
}

/// `PublicReadWrite` and `public-read-write` are the same.
pub(super) fn canned(name: &str) -> String {
    let mut words = String::new();
    for (at, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && at > 0 {
            words.push('-');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

/// The words of a value, for a name that need not be known.
pub(super) fn words(values: &Node, key: &str) -> Option<String> {
    pick(values, &[key]).map(shown)
}
