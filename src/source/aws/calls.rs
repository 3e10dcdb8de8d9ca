//! The calls that polgen makes, as data: what permits each, on what, and for what.
//!
//! Whoever calls AWS names the call by its constant here, so the table cannot lack one; `polgen self-policy` prints the least
//! policy of each command from it, and an error names the action.

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
    /// The managed policies attached to the role.
    Policy,
    /// The account itself.
    Account,
    /// The trails.
    Trail,
    /// The trail's bucket.
    Bucket,
    /// The trail's files.
    Object,
    /// The key that encrypts the trail's files.
    Key,
}

/// Whether the command can go on without a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Without it there is no result.
    Must,
    /// Without it the result says less, and says so.
    May,
}

const fn must(action: &'static str, on: Target, purpose: &'static str) -> Call {
    Call {
        action,
        on,
        need: Need::Must,
        purpose,
    }
}

/// Who the caller is.
pub const GET_CALLER_IDENTITY: Call =
    must("sts:GetCallerIdentity", Target::Nothing, "tell the account");
/// The role itself.
pub const GET_ROLE: Call = must("iam:GetRole", Target::Role, "read the role");
