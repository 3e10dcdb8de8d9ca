//! What is configured, as plain data: buckets, functions, stacks and the rest as rules look at them, wherever they were read.
//!
//! Readers fill it from infrastructure code ([`read_code`]), from saved answers of the AWS CLI ([`read_saved`]) or from AWS itself. Rules
//! do not know which. Each setting is known, known not to be there, or not known with the reason ([`Setting`]), so that what cannot be
//! read is never taken for a default.

mod bucket;
mod code;
mod function;
mod look;
mod network;
mod policy;
mod role;
mod saved;
mod stack;
mod terraform;

use std::collections::BTreeMap;

use jiff::civil::Date;

pub use bucket::{
    AccessPoint, Acl, Block, Bucket, Encryption, Grant, Lifecycle, Logging, Replication,
};
pub use code::{read_code, read_module};
pub use function::Function;
pub use network::{Opening, SecurityGroup};
pub use policy::ResourcePolicy;
pub use role::{LastUsed, Role};
pub use saved::{AREAS, Reply, Wanted, commands, read_replies, read_saved};
pub use stack::Stack;

/// A setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting<T> {
    /// It is set so, at this place.
    Set(T, Spot),
    /// It is not set, so that AWS's default holds.
    NotSet,
    /// It could not be read: why.
    NotKnown(String),
}

impl<T> Setting<T> {
    /// The value, if it is known to be set.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value, _) => Some(value),
            Self::NotSet | Self::NotKnown(_) => None,
        }
    }

    /// Where it is set.
    pub fn spot(&self) -> Option<&Spot> {
        match self {
            Self::Set(_, spot) => Some(spot),
            Self::NotSet | Self::NotKnown(_) => None,
        }
    }

    /// Goes on with the value.
    pub fn map<U>(self, to: impl FnOnce(T) -> U) -> Setting<U> {
        match self {
            Self::Set(value, spot) => Setting::Set(to(value), spot),
            Self::NotSet => Setting::NotSet,
            Self::NotKnown(why) => Setting::NotKnown(why),
        }
    }
}

/// Where something is configured.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The file as it was named, or the ARN of what was read from AWS.
    pub file: String,
    /// The line, from 1; 0 if there is none.
    pub line: usize,
}

/// What a thing was read from, which decides what can be said of it and how it is mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// `CloudFormation`, SAM, or what the CDK makes.
    CloudFormation,
    /// Terraform's language, or its plan.
    Terraform,
    /// AWS's own answers, saved or live.
    Aws,
}

/// Who and where a thing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its name in the code, or in AWS.
    pub id: String,
    /// Its name in AWS, if it is known.
    pub name: Option<String>,
    /// What it was read from.
    pub origin: Origin,
    /// Where it begins.
    pub spot: Spot,
    /// The resources of the code that make parts of it, by their types, with their places.
    pub parts: BTreeMap<String, (String, Spot)>,
}

/// All that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Posture {
    /// Accounts.
    pub accounts: Vec<Account>,
    /// Buckets.
    pub buckets: Vec<Bucket>,
    /// Access points of buckets.
    pub access_points: Vec<AccessPoint>,
    /// Stacks.
    pub stacks: Vec<Stack>,
    /// Functions.
    pub functions: Vec<Function>,
    /// Security groups.
    pub security_groups: Vec<SecurityGroup>,
    /// Roles, users and policies of their own.
    pub roles: Vec<Role>,
    /// What could not be read, with its place.
    pub gaps: Vec<(Spot, String)>,
    /// The day on which it is looked at, if it matters.
    pub today: Option<Date>,
}

/// An account's own settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Who and where it is.
    pub identity: Identity,
    /// What keeps all its buckets from becoming public.
    pub public_access_block: Setting<Block>,
}

impl Posture {
    /// Adds what was read elsewhere.
    pub fn add(&mut self, other: Self) {
        self.accounts.extend(other.accounts);
        self.buckets.extend(other.buckets);
        self.access_points.extend(other.access_points);
        self.stacks.extend(other.stacks);
        self.functions.extend(other.functions);
        self.security_groups.extend(other.security_groups);
        self.roles.extend(other.roles);
        self.gaps.extend(other.gaps);
        self.today = self.today.or(other.today);
    }

    /// Counts what can be looked at.
    pub fn len(&self) -> usize {
        let of_s3 = self.accounts.len() + self.buckets.len() + self.access_points.len();
        of_s3
            + self.stacks.len()
            + self.functions.len()
            + self.security_groups.len()
            + self.roles.len()
    }

    /// Says whether there is nothing to look at.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
