//! The calls that polgen makes, as data: what permits each, on what, and for what.
//!
//! Whoever calls AWS names the call by its constant here, and an error names the action from it. `polgen self-policy` prints
//! the least policy of each command from [`COMMANDS`].

/// One call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The action that permits it.
    pub action: &'static str,
    /// What it is made on.
    pub on: Target,
    /// Whether the command can go on without it.
    pub need: Need,
    /// What it is for.
    pub purpose: &'static str,
}

/// What a call is made on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// No permission is needed at all.
    Nothing,
    /// IAM accepts only `*`.
    Any,
    /// The role.
    Role,
    /// The role of one name in each account of an organization.
    AccountRole,
    /// The managed policies attached to the role.
    Policy,
    /// The managed policies that polgen makes.
    Own,
    /// The trails.
    Trail,
    /// The trail's bucket.
    Bucket,
    /// The trail's files.
    Object,
    /// The key that encrypts the trail's files.
    Key,
    /// An event data store of CloudTrail Lake.
    Store,
    /// Results of queries.
    Result,
    /// The bucket of results of queries.
    ResultBucket,
    /// The buckets whose configuration is looked at.
    Configured,
    /// Access points of buckets.
    AccessPoint,
    /// Stacks.
    Stack,
    /// Functions.
    Function,
}

/// Whether the command can go on without a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Without it there is no result.
    Must,
    /// Without it the result says less, and says so.
    May,
}

/// Writes the table: one line a call.
macro_rules! calls {
    ($($name:ident = $need:ident $action:literal on $on:ident, $purpose:literal;)*) => {
        $(
            #[doc = concat!("`", $action, "`: ", $purpose, ".")]
            pub const $name: Call = Call {
                action: $action,
                on: Target::$on,
                need: Need::$need,
                purpose: $purpose,
            };
        )*
    };
}

calls! {
    GET_CALLER_IDENTITY = Must "sts:GetCallerIdentity" on Nothing, "tell the account";
    LIST_REGIONS = May "account:ListRegions" on Any, "find the enabled regions";
    LOOKUP_EVENTS = Must "cloudtrail:LookupEvents" on Any, "read the event history";
    DESCRIBE_TRAILS = May "cloudtrail:DescribeTrails" on Any, "find the trails";
    GET_EVENT_SELECTORS = May "cloudtrail:GetEventSelectors" on Trail, "tell what a trail records";
    LIST_PUBLIC_KEYS = Must "cloudtrail:ListPublicKeys" on Any, "check digests with `--verify-digests`";
    LIST_OBJECTS = Must "s3:ListBucket" on Bucket, "find the bucket's region and the trail's files";
    GET_OBJECT = Must "s3:GetObject" on Object, "read the trail's files";
    DECRYPT = Must "kms:Decrypt" on Key, "read files that a key encrypts";
    START_QUERY_EXECUTION = Must "athena:StartQueryExecution" on Any, "ask the trail's table";
    GET_QUERY_EXECUTION = Must "athena:GetQueryExecution" on Any, "wait for the answer";
    GET_QUERY_RESULTS = Must "athena:GetQueryResults" on Any, "read the answer";
    STOP_QUERY_EXECUTION = Must "athena:StopQueryExecution" on Any, "cancel a query that costs too much";
    GET_TABLE_METADATA = May "athena:GetTableMetadata" on Any, "tell the table's layout, and what a query will scan";
    GET_TABLE = Must "glue:GetTable" on Any, "let Athena read the table's layout";
    GET_DATABASE = Must "glue:GetDatabase" on Any, "let Athena find the table";
    GET_PARTITIONS = May "glue:GetPartitions" on Any, "let Athena find the parts of a table without projection";
    START_QUERY = Must "cloudtrail:StartQuery" on Store, "ask CloudTrail Lake";
    DESCRIBE_QUERY = Must "cloudtrail:DescribeQuery" on Store, "wait for the answer of CloudTrail Lake";
    GET_LAKE_RESULTS = Must "cloudtrail:GetQueryResults" on Store, "read the answer of CloudTrail Lake";
    CANCEL_QUERY = Must "cloudtrail:CancelQuery" on Store, "cancel a query that costs too much";
    GET_RESULT = Must "s3:GetObject" on Result, "read the answer's file";
    PUT_RESULT = Must "s3:PutObject" on Result, "let Athena write the answer's file";
    GET_RESULT_REGION = Must "s3:GetBucketLocation" on ResultBucket, "let Athena find the answer's bucket";
    ASSUME_ROLE = May "sts:AssumeRole" on AccountRole, "read the roles of other accounts";
    GET_ROLE = May "iam:GetRole" on Role, "read the role, its trust policy and boundary";
    LIST_ROLE_POLICIES = May "iam:ListRolePolicies" on Role, "find the inline policies";
    GET_ROLE_POLICY = May "iam:GetRolePolicy" on Role, "read the inline policies";
    LIST_ATTACHED_ROLE_POLICIES = May "iam:ListAttachedRolePolicies" on Role, "find the attached policies";
    GET_POLICY = May "iam:GetPolicy" on Policy, "find the attached policies' versions";
    GET_POLICY_VERSION = May "iam:GetPolicyVersion" on Policy, "read the attached policies";
    GENERATE_LAST_ACCESSED = May "iam:GenerateServiceLastAccessedDetails" on Role, "ask what IAM saw the role use";
    GET_LAST_ACCESSED = May "iam:GetServiceLastAccessedDetails" on Any, "read what IAM saw the role use";
    GET_ACCOUNT_SUMMARY = May "iam:GetAccountSummary" on Any, "read the account's quotas";
    LIST_FUNCTIONS = May "lambda:ListFunctions" on Any, "find the functions that use the role";
    LIST_BUCKETS = May "s3:ListAllMyBuckets" on Any, "find the account's buckets";
    GET_ACCOUNT_BLOCK = May "s3:GetAccountPublicAccessBlock" on Any, "read the account's public access block";
    GET_BUCKET_BLOCK = May "s3:GetBucketPublicAccessBlock" on Configured, "read buckets' public access blocks";
    GET_BUCKET_POLICY = May "s3:GetBucketPolicy" on Configured, "read buckets' policies";
    GET_BUCKET_ACL = May "s3:GetBucketAcl" on Configured, "read buckets' access control lists";
    GET_BUCKET_OWNERSHIP = May "s3:GetBucketOwnershipControls" on Configured, "read who owns buckets' objects";
    GET_BUCKET_ENCRYPTION = May "s3:GetEncryptionConfiguration" on Configured, "read buckets' default encryption";
    GET_BUCKET_VERSIONING = May "s3:GetBucketVersioning" on Configured, "read buckets' versioning and MFA delete";
    GET_BUCKET_REPLICATION = May "s3:GetReplicationConfiguration" on Configured, "read buckets' replication";
    GET_BUCKET_LOGGING = May "s3:GetBucketLogging" on Configured, "read buckets' access logs";
    GET_BUCKET_LIFECYCLE = May "s3:GetLifecycleConfiguration" on Configured, "read buckets' lifecycle rules";
    LIST_ACCESS_POINTS = May "s3:ListAccessPoints" on Any, "find buckets' access points";
    GET_ACCESS_POINT = May "s3:GetAccessPoint" on Any, "read access points' public access blocks";
    GET_ACCESS_POINT_POLICY = May "s3:GetAccessPointPolicy" on AccessPoint, "read access points' policies";
    DESCRIBE_STACKS = May "cloudformation:DescribeStacks" on Stack, "find stacks and their termination protection";
    LIST_STACKS = May "cloudformation:DescribeStacks" on Any, "find all stacks and their termination protection";
    GET_STACK_POLICY = May "cloudformation:GetStackPolicy" on Stack, "read stack policies";
    DESCRIBE_STACK_DRIFTS = May "cloudformation:DescribeStackResourceDrifts" on Stack, "read the drift that was last detected";
    LIST_STACK_RESOURCES = May "cloudformation:ListStackResources" on Stack, "find what stacks made";
    GET_FUNCTION = May "lambda:GetFunctionConfiguration" on Function, "read functions' runtimes and variables";
    GET_FUNCTION_POLICY = May "lambda:GetPolicy" on Function, "read who may call functions";
    GET_ACCOUNT_ROLES = May "iam:GetAccountAuthorizationDetails" on Any, "read all roles with their policies";
    LIST_RESOURCES = May "cloudformation:ListResources" on Any, "find security groups through Cloud Control";
    GET_RESOURCE = May "cloudformation:GetResource" on Any, "read security groups through Cloud Control";
    DESCRIBE_SECURITY_GROUPS = May "ec2:DescribeSecurityGroups" on Any, "let Cloud Control read security groups";
    PUT_ACCOUNT_BLOCK = Must "s3:PutAccountPublicAccessBlock" on Any, "turn the account's public access block on";
    PUT_BUCKET_BLOCK = Must "s3:PutBucketPublicAccessBlock" on Configured, "turn buckets' public access blocks on";
    PUT_BUCKET_POLICY = Must "s3:PutBucketPolicy" on Configured, "add statements to buckets' policies";
    DELETE_BUCKET_POLICY = Must "s3:DeleteBucketPolicy" on Configured, "take policies back where there were none";
    PUT_BUCKET_VERSIONING = Must "s3:PutBucketVersioning" on Configured, "turn versioning on";
    PUT_BUCKET_ENCRYPTION = Must "s3:PutEncryptionConfiguration" on Configured, "set default encryption";
    UPDATE_PROTECTION = Must "cloudformation:UpdateTerminationProtection" on Stack, "turn termination protection on";
    LIST_EVENT_SOURCE_MAPPINGS = May "lambda:ListEventSourceMappings" on Any, "find what feeds these functions";
    LIST_POLICY_VERSIONS = Must "iam:ListPolicyVersions" on Own, "find the versions of polgen's policies";
    CREATE_POLICY = Must "iam:CreatePolicy" on Own, "make polgen's policies";
    CREATE_POLICY_VERSION = Must "iam:CreatePolicyVersion" on Own, "change polgen's policies";
    SET_DEFAULT_POLICY_VERSION = Must "iam:SetDefaultPolicyVersion" on Own, "put an earlier version in force";
    DELETE_POLICY_VERSION = Must "iam:DeletePolicyVersion" on Own, "make room for a version";
    DELETE_POLICY = Must "iam:DeletePolicy" on Own, "take polgen's policies back";
    ATTACH_ROLE_POLICY = Must "iam:AttachRolePolicy" on Role, "attach polgen's policies, or those that they replaced";
    DETACH_ROLE_POLICY = Must "iam:DetachRolePolicy" on Role, "detach what is replaced";
    PUT_ROLE_POLICY = Must "iam:PutRolePolicy" on Role, "put inline policies back";
    DELETE_ROLE_POLICY = Must "iam:DeleteRolePolicy" on Role, "remove the inline policies that are replaced";
    PUT_ROLE_PERMISSIONS_BOUNDARY = Must "iam:PutRolePermissionsBoundary" on Role, "bound the role";
    DELETE_ROLE_PERMISSIONS_BOUNDARY = Must "iam:DeleteRolePermissionsBoundary" on Role, "take the bound away";
    SIMULATE_CUSTOM_POLICY = Must "iam:SimulateCustomPolicy" on Any, "let IAM check the policy with `--simulate`";
    VALIDATE_POLICY = Must "access-analyzer:ValidatePolicy" on Any, "let Access Analyzer check the policy with `--validate`";
}

/// When a command makes some calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Every time it asks AWS.
    Always,
    /// When it reads the event history.
    History,
    /// When it reads a trail's bucket.
    Bucket,
    /// When the bucket's files are encrypted with a key of one's own.
    Key,
    /// With `--verify-digests`, unless the keys come from a file.
    Digests,
    /// With `--simulate`.
    Simulate,
    /// With `--validate`.
    Validate,
    /// When it looks at buckets' configuration.
    Buckets,
    /// When it looks at access points by name.
    AccessPoints,
    /// When it looks at stacks.
    Stacks,
    /// When it looks at functions by name.
    Functions,
    /// When it looks at roles by name.
    Roles,
    /// When it looks at the whole account.
    Account,
    /// With `--fix apply`.
    Fix,
    /// With `--athena`.
    Athena,
    /// With `--lake`.
    Lake,
    /// With `--assume-role-name`.
    Accounts,
}

/// What a command calls.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// The command, as it is typed.
    pub name: &'static str,
    /// Says whether it goes on without the calls that may be missing.
    pub goes_on: bool,
    /// What it calls, and when.
    pub calls: &'static [(When, &'static [Call])],
}

/// The role as it is.
const ROLE: &[Call] = &[
    GET_CALLER_IDENTITY,
    GET_ROLE,
    LIST_ROLE_POLICIES,
    GET_ROLE_POLICY,
    LIST_ATTACHED_ROLE_POLICIES,
    GET_POLICY,
    GET_POLICY_VERSION,
];
/// What else is known of it.
const FACTS: &[Call] = &[
    LIST_REGIONS,
    GENERATE_LAST_ACCESSED,
    GET_LAST_ACCESSED,
    GET_ACCOUNT_SUMMARY,
    LIST_FUNCTIONS,
    LIST_EVENT_SOURCE_MAPPINGS,
];
const HISTORY: &[Call] = &[GET_CALLER_IDENTITY, LIST_REGIONS, LOOKUP_EVENTS];
const ATHENA: &[Call] = &[
    START_QUERY_EXECUTION,
    GET_QUERY_EXECUTION,
    GET_QUERY_RESULTS,
    STOP_QUERY_EXECUTION,
    GET_TABLE_METADATA,
    GET_TABLE,
    GET_DATABASE,
    GET_PARTITIONS,
    GET_RESULT,
    PUT_RESULT,
    GET_RESULT_REGION,
    LIST_OBJECTS,
    GET_OBJECT,
];
const LAKE: &[Call] = &[START_QUERY, DESCRIBE_QUERY, GET_LAKE_RESULTS, CANCEL_QUERY];
const TRAILS: &[Call] = &[DESCRIBE_TRAILS, GET_EVENT_SELECTORS];
const BUCKET: &[Call] = &[LIST_OBJECTS, GET_OBJECT];

/// Events from wherever they are read.
const READING: &[(When, &[Call])] = &[
    (When::History, HISTORY),
    (When::Bucket, BUCKET),
    (When::Key, &[DECRYPT]),
    (When::Digests, &[LIST_PUBLIC_KEYS]),
];

/// What a change to a role, or the way back, may take.
const CHANGE: &[Call] = &[
    LIST_POLICY_VERSIONS,
    CREATE_POLICY,
    CREATE_POLICY_VERSION,
    SET_DEFAULT_POLICY_VERSION,
    DELETE_POLICY_VERSION,
    DELETE_POLICY,
    ATTACH_ROLE_POLICY,
    DETACH_ROLE_POLICY,
    PUT_ROLE_POLICY,
    DELETE_ROLE_POLICY,
    PUT_ROLE_PERMISSIONS_BOUNDARY,
    DELETE_ROLE_PERMISSIONS_BOUNDARY,
];

/// How a bucket is configured.
const CONFIGURED: &[Call] = &[
    GET_CALLER_IDENTITY,
    GET_BUCKET_BLOCK,
    GET_BUCKET_POLICY,
    GET_BUCKET_ACL,
    GET_BUCKET_OWNERSHIP,
    GET_BUCKET_ENCRYPTION,
    GET_BUCKET_VERSIONING,
    GET_BUCKET_REPLICATION,
    GET_BUCKET_LOGGING,
    GET_BUCKET_LIFECYCLE,
    LIST_ACCESS_POINTS,
];
const ACCESS_POINTS: &[Call] = &[GET_ACCESS_POINT, GET_ACCESS_POINT_POLICY];
const STACKS: &[Call] = &[
    DESCRIBE_STACKS,
    GET_STACK_POLICY,
    DESCRIBE_STACK_DRIFTS,
    LIST_STACK_RESOURCES,
];
const FUNCTIONS: &[Call] = &[GET_FUNCTION, GET_FUNCTION_POLICY];
const GROUPS: &[Call] = &[GET_RESOURCE, DESCRIBE_SECURITY_GROUPS];
const USED: &[Call] = &[GENERATE_LAST_ACCESSED, GET_LAST_ACCESSED];
/// What a whole account takes beside its parts.
const ACCOUNT: &[Call] = &[
    GET_CALLER_IDENTITY,
    LIST_REGIONS,
    LIST_BUCKETS,
    GET_ACCOUNT_BLOCK,
    LIST_STACKS,
    GET_STACK_POLICY,
    DESCRIBE_STACK_DRIFTS,
    LIST_FUNCTIONS,
    GET_FUNCTION_POLICY,
    GET_ACCOUNT_ROLES,
    LIST_RESOURCES,
];

/// What mending settings, or the way back, may take.
const MENDING: &[Call] = &[
    PUT_ACCOUNT_BLOCK,
    PUT_BUCKET_BLOCK,
    PUT_BUCKET_POLICY,
    DELETE_BUCKET_POLICY,
    PUT_BUCKET_VERSIONING,
    PUT_BUCKET_ENCRYPTION,
    UPDATE_PROTECTION,
];
/// What is read before and after.
const MENDED: &[Call] = &[
    GET_ACCOUNT_BLOCK,
    GET_BUCKET_BLOCK,
    GET_BUCKET_POLICY,
    GET_BUCKET_VERSIONING,
    GET_BUCKET_ENCRYPTION,
    DESCRIBE_STACKS,
];

/// Every command that calls AWS. Those not here call nothing.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "suggest",
        goes_on: true,
        calls: &[
            (When::Always, ROLE),
            (When::Always, FACTS),
            (When::History, HISTORY),
            (When::History, TRAILS),
            (When::Bucket, BUCKET),
            (When::Key, &[DECRYPT]),
            (When::Digests, &[LIST_PUBLIC_KEYS]),
            (When::Athena, ATHENA),
            (When::Lake, LAKE),
            (When::Accounts, &[ASSUME_ROLE, GET_ACCOUNT_ROLES]),
            (When::Simulate, &[SIMULATE_CUSTOM_POLICY]),
            (When::Validate, &[VALIDATE_POLICY]),
        ],
    },
    Command {
        name: "apply",
        goes_on: false,
        calls: &[(When::Always, ROLE), (When::Always, CHANGE)],
    },
    Command {
        name: "rollback",
        goes_on: false,
        calls: &[
            (When::Always, ROLE),
            (When::Always, CHANGE),
            (When::Fix, MENDED),
            (When::Fix, MENDING),
        ],
    },
    Command {
        name: "watch",
        goes_on: true,
        calls: &[
            (When::Always, HISTORY),
            (When::Bucket, BUCKET),
            (When::Key, &[DECRYPT]),
        ],
    },
    Command {
        name: "usage",
        goes_on: true,
        calls: READING,
    },
    Command {
        name: "backtest",
        goes_on: true,
        calls: &[(When::History, HISTORY)],
    },
    Command {
        name: "map",
        goes_on: true,
        calls: READING,
    },
    Command {
        name: "check",
        goes_on: true,
        calls: READING,
    },
    Command {
        name: "diff",
        goes_on: false,
        calls: &[(When::Always, ROLE)],
    },
    Command {
        name: "harden",
        goes_on: true,
        calls: &[
            (When::Buckets, CONFIGURED),
            (When::Buckets, ACCESS_POINTS),
            (When::AccessPoints, ACCESS_POINTS),
            (When::Stacks, STACKS),
            (When::Stacks, CONFIGURED),
            (When::Stacks, ACCESS_POINTS),
            (When::Stacks, FUNCTIONS),
            (When::Stacks, ROLE),
            (When::Stacks, USED),
            (When::Stacks, GROUPS),
            (When::Functions, FUNCTIONS),
            (When::Roles, ROLE),
            (When::Roles, USED),
            (When::Account, ACCOUNT),
            (When::Account, CONFIGURED),
            (When::Account, ACCESS_POINTS),
            (When::Account, USED),
            (When::Account, GROUPS),
            (When::Fix, MENDED),
            (When::Fix, MENDING),
        ],
    },
];
