//! Roles and policies, as `template` has them, with what AWS tells of their use.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Setting;
use crate::template::Subject;

/// A role, a user or a policy of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// Its policies and its places.
    pub subject: Subject,
    /// Its ARN, if it is known.
    pub arn: Option<String>,
    /// When it was made, if it is known.
    pub made: Option<Date>,
    /// When it was last used.
    pub last_used: Setting<LastUsed>,
    /// The services that it may use, by their prefix, with the day of the last use.
    pub services: Setting<BTreeMap<String, LastUsed>>,
}

/// The last use of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastUsed {
    /// On this day.
    On(Date),
    /// Never, within the 400 days that AWS looks back.
    Never,
}

impl Role {
    /// Makes one of which nothing beside its policies is known.
    pub fn of(subject: Subject) -> Self {
        let why = "infrastructure code does not tell what is used";
        Self {
            subject,
            arn: None,
            made: None,
            last_used: Setting::NotKnown(why.to_owned()),
            services: Setting::NotKnown(why.to_owned()),
        }
    }
}
