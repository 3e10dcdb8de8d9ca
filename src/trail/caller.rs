//! Who called: `userIdentity`, and the role behind a session, or the IAM user.
//!
//! The role is told by `sessionContext.sessionIssuer.arn`, which has the role's path; the session's own ARN has only its
//! name and is the fallback. Source: CloudTrail user guide, "CloudTrail userIdentity element".

use super::fields::{Fields, Problem, quotable, text};
use super::{Caller, RoleName, Session};
use crate::arn::Arn;

/// What `userIdentity` holds of interest, as slices.
const MEMBERS: [&str; 7] = [
    "type",
    "arn",
    "accountId",
    "principalId",
    "userName",
    "invokedBy",
    "sessionContext",
];

/// Reads `userIdentity`.
///
/// The caller is given even where there is a problem, so that an event whose role cannot be told is still counted.
pub(crate) fn read(identity: &[u8]) -> (Caller, Option<Problem>) {
    let mut problem = None;
    let fields = keep(Fields::of(identity, MEMBERS), &mut problem).unwrap_or_default();
    let [
        kind,
        arn,
        account,
        principal_id,
        user_name,
        invoked_by,
        context,
    ] = fields.values;
    let mut get = |raw, name| {
        keep(text(raw, name), &mut problem)
            .flatten()
            .map(String::from)
    };
    let mut caller = Caller {
        kind: get(kind, "type").unwrap_or_default(),
        arn: get(arn, "arn"),
        account: get(account, "accountId"),
        principal_id: get(principal_id, "principalId"),
        user_name: get(user_name, "userName"),
        invoked_by: get(invoked_by, "invokedBy"),
        session: None,
        user: None,
    };
    let context = keep(Context::read(context), &mut problem).unwrap_or_default();
    caller.user = user(&caller, &context);
    match session(&caller, context) {
        Ok(session) => caller.session = session,
        Err(missing) => problem = problem.or(Some(missing)),
    }
    (
        caller,
        problem.map(|problem| problem.within("userIdentity")),
    )
}

/// Reads `userIdentity` if there is nothing odd about it.
pub(crate) fn known(identity: &[u8]) -> Option<Caller> {
    let (caller, problem) = read(identity);
    problem.is_none().then_some(caller)
}

fn keep<T>(result: Result<T, Problem>, problem: &mut Option<Problem>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(found) => {
            problem.get_or_insert(found);
            None
        }
    }
}

/// `sessionContext`.
#[derive(Default)]
struct Context {
    issuer_kind: Option<String>,
    issuer_arn: Option<String>,
    issuer_account: Option<String>,
    issuer_name: Option<String>,
    ec2_role_delivery: Option<String>,
    federated_provider: Option<String>,
}

impl Context {
    fn read(context: &[u8]) -> Result<Self, Problem> {
        let fields = Fields::of(
            context,
            ["sessionIssuer", "ec2RoleDelivery", "webIdFederationData"],
        )
        .map_err(|problem| problem.within("sessionContext"))?;
        let [issuer, delivery, federation] = fields.values;
        let issuer = Fields::of(issuer, ["type", "arn", "accountId", "userName"])
            .map_err(|problem| problem.within("sessionContext.sessionIssuer"))?;
        let [kind, arn, account, name] = issuer.values;
        let federation = Fields::of(federation, ["federatedProvider"]).unwrap_or_default();
        let [provider] = federation.values;
        let get = |raw, name| -> Result<Option<String>, Problem> {
            text(raw, name).map(|found| found.map(String::from))
        };
        Ok(Self {
            issuer_kind: get(kind, "sessionContext.sessionIssuer.type")?,
            issuer_arn: get(arn, "sessionContext.sessionIssuer.arn")?,
            issuer_account: get(account, "sessionContext.sessionIssuer.accountId")?,
            issuer_name: get(name, "sessionContext.sessionIssuer.userName")?,
            ec2_role_delivery: get(delivery, "sessionContext.ec2RoleDelivery")?,
            federated_provider: get(
                provider,
                "sessionContext.webIdFederationData.federatedProvider",
            )?,
        })
    }
}

/// The role session behind a caller, `None` if it is no role.
fn session(caller: &Caller, context: Context) -> Result<Option<Session>, Problem> {
    let session_arn = caller.arn.as_deref().and_then(SessionArn::parse);
    let issuer = context
        .issuer_arn
        .as_deref()
        .and_then(RoleName::from_role_arn);
    let is_role = matches!(caller.kind.as_str(), "AssumedRole" | "Role")
        || context.issuer_kind.as_deref() == Some("Role")
        || (caller.kind.is_empty() && session_arn.is_some());
    if !is_role {
        return Ok(None);
    }
    let account = context.issuer_account.as_ref().or(caller.account.as_ref());
    let named =
        |name: &String| RoleName::without_path("aws", account.map_or("", String::as_str), name);
    let role = issuer
        .or_else(|| caller.arn.as_deref().and_then(RoleName::from_role_arn))
        .or_else(|| session_arn.map(SessionArn::role))
        .or_else(|| context.issuer_name.as_ref().map(named));
    let Some(role) = role else {
        return Err(unattributed(caller));
    };
    if let Some(session) = session_arn.filter(|session| !session.is_of(&role)) {
        return Err(contradiction(session, &role));
    }
    let from_principal = || {
        caller
            .principal_id
            .as_deref()?
            .split_once(':')
            .map(|(_, name)| name)
    };
    let name = session_arn.map(|arn| arn.session).or_else(from_principal);
    Ok(Some(Session {
        role,
        name: name.unwrap_or_default().to_owned(),
        ec2_role_delivery: context.ec2_role_delivery,
        federated_provider: context.federated_provider,
    }))
}

/// The IAM user behind a caller: by its own ARN, also in a session of `GetSessionToken`, or as the issuer of a federated one.
fn user(caller: &Caller, context: &Context) -> Option<RoleName> {
    match caller.kind.as_str() {
        "IAMUser" => RoleName::from_user_arn(caller.arn.as_deref()?),
        "FederatedUser" => RoleName::from_user_arn(context.issuer_arn.as_deref()?),
        _ => None,
    }
}

fn unattributed(caller: &Caller) -> Problem {
    match &caller.arn {
        Some(arn) if Arn::parse(arn).is_none() => {
            Problem::at("arn", "an ARN", format!("`{}`", quotable(arn)))
        }
        Some(arn) => Problem::at(
            "arn",
            "the ARN of a role session",
            format!("`{}`", quotable(arn)),
        ),
        None => Problem::at("arn", "the ARN of a role session", "nothing"),
    }
}

/// AWS writes both ARNs, and they name one role. A record in which they differ was not written by AWS as it stands, and is nobody's
/// evidence: believing either would let whoever wrote it choose whose policy it goes into.
fn contradiction(session: SessionArn<'_>, role: &RoleName) -> Problem {
    let wanted = format!(
        "the role of the session, `{}` of {}",
        quotable(session.role),
        quotable(session.account)
    );
    let found = format!("`{}`", quotable(&role.arn));
    Problem::at("sessionContext.sessionIssuer.arn", &wanted, found)
}

/// `arn:PARTITION:sts::ACCOUNT:assumed-role/NAME/SESSION`.
#[derive(Clone, Copy)]
struct SessionArn<'a> {
    partition: &'a str,
    account: &'a str,
    role: &'a str,
    session: &'a str,
}

impl<'a> SessionArn<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let arn = Arn::parse(text).filter(|arn| arn.service == "sts")?;
        let (role, session) = arn
            .resource
            .strip_prefix("assumed-role/")?
            .split_once('/')?;
        Some(Self {
            partition: arn.partition,
            account: arn.account,
            role,
            session,
        })
        .filter(|_| !role.is_empty())
    }

    fn role(self) -> RoleName {
        RoleName::without_path(self.partition, self.account, self.role)
    }

    fn is_of(self, role: &RoleName) -> bool {
        self.role == role.name && self.account == role.account
    }
}

impl RoleName {
    /// Reads `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`; `None` if `text` is none.
    pub fn from_role_arn(text: &str) -> Option<Self> {
        Self::from_arn(text, "role/")
    }

    /// Reads `arn:PARTITION:iam::ACCOUNT:user/PATH/NAME`; `None` if `text` is none.
    pub fn from_user_arn(text: &str) -> Option<Self> {
        Self::from_arn(text, "user/")
    }

    fn from_arn(text: &str, kind: &str) -> Option<Self> {
        let arn = Arn::parse(text).filter(|arn| arn.service == "iam")?;
        let name = arn.resource.strip_prefix(kind)?.rsplit('/').next()?;
        (!name.is_empty()).then(|| Self {
            account: arn.account.to_owned(),
            name: name.to_owned(),
            arn: text.to_owned(),
            has_path: true,
        })
    }

    fn without_path(partition: &str, account: &str, name: &str) -> Self {
        Self {
            account: account.to_owned(),
            name: name.to_owned(),
            arn: format!("arn:{partition}:iam::{account}:role/{name}"),
            has_path: false,
        }
    }

    /// Says whether it is an IAM user, and no role.
    pub fn is_user(&self) -> bool {
        Arn::parse(&self.arn).is_some_and(|arn| arn.resource.starts_with("user/"))
    }

    /// Says whether AWS owns the role (`/aws-service-role/`): its policy cannot be changed.
    pub fn is_service_linked(&self) -> bool {
        self.arn.contains(":role/aws-service-role/")
    }

    /// Says whether IAM Identity Center made the role (`/aws-reserved/sso.amazonaws.com/`).
    pub fn is_identity_center(&self) -> bool {
        self.arn.contains(":role/aws-reserved/sso.amazonaws.com/")
    }
}
