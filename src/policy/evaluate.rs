//! The decision on a request: allowed, denied explicitly, or denied because nothing allows it.
//!
//! A policy is compiled once ([`CompiledPolicy`]) and then decides many requests. The rule itself stands in ten plain lines in
//! `tests/spec/`, and this code is compared with it. Source: the IAM user guide, "Policy evaluation logic".

mod compile;
mod condition;
mod coverage;
mod decide;
mod principal;
mod value;

pub use compile::{CompiledPolicy, CompiledStatement};
pub use condition::Condition;
pub(in crate::policy) use condition::Wanted;
pub use coverage::{allows_pattern, may_allow_some};
pub(in crate::policy) use decide::allows;
pub use principal::{Principal, PrincipalMatch};
pub(in crate::policy) use value::Decimal;

use super::Document;
use crate::arn::Arn;
use std::collections::BTreeMap;

/// What somebody asks to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    action: String,
    action_in_lower_case: String,
    resource: String,
    context: Context,
    principal: Option<Principal>,
    resource_account: Option<String>,
}

impl Request {
    /// Makes a request for one action (`s3:GetObject`) on one resource (an ARN, or `*` where the action has none).
    pub fn new(action: impl Into<String>, resource: impl Into<String>, context: Context) -> Self {
        let action = action.into();
        Self {
            action_in_lower_case: action.to_ascii_lowercase(),
            action,
            resource: resource.into(),
            context,
            principal: None,
            resource_account: None,
        }
    }

    /// Names who asks. Only policies on resources look at it.
    #[must_use]
    pub fn by(self, principal: Principal) -> Self {
        Self {
            principal: Some(principal),
            ..self
        }
    }

    /// Names the account that owns the resource; without it, the ARN's account does, or it is the principal's own.
    #[must_use]
    pub fn in_account(self, account: impl Into<String>) -> Self {
        Self {
            resource_account: Some(account.into()),
            ..self
        }
    }

    /// Says whether the principal and the resource are known to belong to different accounts.
    fn crosses_accounts(&self) -> bool {
        let principal = self.principal.as_ref().and_then(Principal::account);
        let of_arn = || Arn::parse(&self.resource).map(|arn| arn.account);
        let resource = self.resource_account.as_deref().or_else(of_arn);
        match (principal, resource) {
            (Some(principal), Some(resource)) => !resource.is_empty() && principal != resource,
            _ => false,
        }
    }

    /// Returns the action as given.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// Returns the resource.
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// Returns the condition keys and their values.
    pub fn context(&self) -> &Context {
        &self.context
    }
}

/// The condition keys of a request. Keys are compared without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// Sets the values of a key. A key without values counts as absent.
    pub fn insert(&mut self, key: &str, values: Vec<String>) {
        if !values.is_empty() {
            self.0.insert(key.to_ascii_lowercase(), values);
        }
    }

    /// Returns the values of a key, given in lower case.
    pub fn get(&self, key_in_lower_case: &str) -> Option<&[String]> {
        self.0.get(key_in_lower_case).map(Vec::as_slice)
    }

    /// Returns the value of a key, given in lower case, if it has exactly one.
    pub fn single(&self, key_in_lower_case: &str) -> Option<&str> {
        match self.get(key_in_lower_case)? {
            [value] => Some(value),
            _ => None,
        }
    }

    /// Lists the keys, in lower case, with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0
            .iter()
            .map(|(key, values)| (key.as_str(), values.as_slice()))
    }
}

impl<K: AsRef<str>> FromIterator<(K, Vec<String>)> for Context {
    fn from_iter<I: IntoIterator<Item = (K, Vec<String>)>>(pairs: I) -> Self {
        let mut context = Self::default();
        for (key, values) in pairs {
            context.insert(key.as_ref(), values);
        }
        context
    }
}

/// The answer to a request, with the statement that decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub verdict: Verdict,
    /// The statement that denied or allowed; none if nothing allows.
    pub statement: Option<StatementRef>,
}

impl Decision {
    /// Says whether the request is allowed.
    pub fn is_allowed(&self) -> bool {
        self.verdict == Verdict::Allowed
    }
}

/// The three answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Some statement allows it, every layer agrees, and none denies.
    Allowed,
    /// Some statement denies it.
    ExplicitDeny,
    /// No statement of some layer allows it.
    ImplicitDeny,
}

impl Verdict {
    /// Returns the word that the JSON contracts use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ExplicitDeny => "explicit-deny",
            Self::ImplicitDeny => "implicit-deny",
        }
    }
}

/// Where a statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatementRef {
    /// The layer of policies.
    pub layer: Layer,
    /// The policy's index within its layer.
    pub policy: usize,
    /// The statement's index within its policy.
    pub statement: usize,
}

/// A layer of policies that decides on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Attached to the principal.
    Identity,
    /// The principal's permissions boundary.
    Boundary,
    /// Passed when the session was made.
    Session,
    /// The organization's service control policies, at this level from the root on.
    ServiceControl(usize),
    /// Attached to the resource.
    Resource,
}

/// All policies that bear on a request.
#[derive(Clone, Debug, Default)]
pub struct PolicySet {
    /// Attached to the principal.
    pub identity: Vec<CompiledPolicy>,
    /// The permissions boundary, if there is one. It grants nothing; it must agree.
    pub boundary: Option<CompiledPolicy>,
    /// The session policies, if there are any. They grant nothing; one of them must agree.
    pub session: Option<Vec<CompiledPolicy>>,
    /// The service control policies, a list for each level from the root on. At each level one must agree.
    pub service_control: Vec<Vec<CompiledPolicy>>,
    /// The resource's policy, if there is one.
    pub resource: Option<CompiledPolicy>,
}

impl PolicySet {
    /// Compiles identity policies.
    pub fn of_identity<'a>(documents: impl IntoIterator<Item = &'a Document>) -> Self {
        Self {
            identity: documents.into_iter().map(CompiledPolicy::new).collect(),
            ..Self::default()
        }
    }
}

/// Decides on one request by identity policies alone. For many requests, compile a [`PolicySet`] once.
///
/// ```
/// use polgen::policy::evaluate::evaluate;
/// use polgen::policy::{Context, Document, PolicyKind, Request};
///
/// let text = r#"{"Version": "2012-10-17", "Statement": [
///     {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::acme-in/*"}]}"#;
/// let documents = [Document::parse(text, PolicyKind::Identity)?];
/// let request = |key: &str| {
///     Request::new("s3:GetObject", format!("arn:aws:s3:::{key}"), Context::default())
/// };
/// assert!(evaluate(&documents, &request("acme-in/a")).is_allowed());
/// assert!(!evaluate(&documents, &request("acme-out/a")).is_allowed());
/// # Ok::<(), polgen::policy::DocumentError>(())
/// ```
pub fn evaluate(documents: &[Document], request: &Request) -> Decision {
    PolicySet::of_identity(documents).decide(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Pattern;
    use crate::policy::PolicyKind;

    fn document(statements: &str) -> Document {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        Document::parse(&text, PolicyKind::Identity).unwrap()
    }

    fn request(action: &str, resource: &str, context: &[(&str, &str)]) -> Request {
        let pairs = context
            .iter()
            .map(|(key, value)| (key, vec![(*value).to_owned()]));
        Request::new(action, resource, pairs.collect())
    }

    const ALLOW_BUCKET: &str =
        r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"}"#;

    #[test]
    fn a_deny_beats_every_allow() {
        let documents = [
            document(ALLOW_BUCKET),
            document(r#"{"Effect":"Deny","NotAction":"s3:GetObject","Resource":"*"}"#),
        ];
        let decide = |action| evaluate(&documents, &request(action, "arn:aws:s3:::b/x", &[]));
        let at = |policy| StatementRef {
            layer: Layer::Identity,
            policy,
            statement: 0,
        };
        assert_eq!(
            decide("S3:getobject"),
            Decision {
                verdict: Verdict::Allowed,
                statement: Some(at(0))
            }
        );
        assert_eq!(
            decide("s3:GetObjectAcl"),
            Decision {
                verdict: Verdict::ExplicitDeny,
                statement: Some(at(1))
            }
        );
        let silent = evaluate(
            &documents,
            &request("s3:GetObject", "arn:aws:s3:::c/x", &[]),
        );
        assert_eq!(
            silent,
            Decision {
                verdict: Verdict::ImplicitDeny,
                statement: None
            }
        );
    }

    #[test]
    fn the_first_of_several_that_allow_is_told() {
        let documents = [document(ALLOW_BUCKET), document(ALLOW_BUCKET)];
        let decision = evaluate(
            &documents,
            &request("s3:GetObject", "arn:aws:s3:::b/x", &[]),
        );
        assert_eq!(decision.statement.map(|it| it.policy), Some(0));
    }

    #[test]
    fn answers_have_the_words_of_the_contracts() {
        let answers = [
            Verdict::Allowed,
            Verdict::ExplicitDeny,
            Verdict::ImplicitDeny,
        ];
        let words = answers.map(Verdict::as_str);
        assert_eq!(words, ["allowed", "explicit-deny", "implicit-deny"]);
    }

    #[test]
    fn what_restricts_must_agree() {
        let all = CompiledPolicy::new(&document(
            r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
        ));
        let bucket = CompiledPolicy::new(&document(ALLOW_BUCKET));
        let set = PolicySet {
            identity: vec![all.clone()],
            boundary: Some(all.clone()),
            session: Some(vec![bucket.clone(), all.clone()]),
            service_control: vec![vec![all.clone()], vec![bucket]],
            resource: None,
        };
        assert!(
            set.decide(&request("s3:GetObject", "arn:aws:s3:::b/x", &[]))
                .is_allowed()
        );
        assert!(
            !set.decide(&request("s3:PutObject", "arn:aws:s3:::b/x", &[]))
                .is_allowed()
        );
        let restricted_alone = PolicySet {
            identity: Vec::new(),
            ..set
        };
        let decision = restricted_alone.decide(&request("s3:GetObject", "arn:aws:s3:::b/x", &[]));
        assert_eq!(decision.verdict, Verdict::ImplicitDeny);
    }

    #[test]
    fn variables_take_the_values_of_the_request() {
        let documents = [document(
            r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}/*"}"#,
        )];
        let decide = |context: &[(&str, &str)]| {
            evaluate(
                &documents,
                &request("s3:GetObject", "arn:aws:s3:::b/ann/x", context),
            )
            .is_allowed()
        };
        assert!(decide(&[("aws:UserName", "ann")]));
        assert!(!decide(&[("aws:username", "*")]));
        assert!(!decide(&[]));
    }

    #[test]
    fn a_pattern_is_allowed_only_as_a_whole() {
        let policies = [CompiledPolicy::new(&document(&format!(
            r#"{ALLOW_BUCKET},{{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::b/secret/*"}},
            {{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::1:role/r",
              "Condition":{{"StringEquals":{{"iam:PassedToService":"lambda.amazonaws.com"}}}}}}"#
        )))];
        let none = Context::default();
        let allows = |action: &str, resource: &str, context: &Context| {
            allows_pattern(&policies, action, &Pattern::parse(resource), context)
        };
        assert!(allows("s3:GetObject", "arn:aws:s3:::b/in/*", &none));
        assert!(allows("s3:GetObject", "arn:aws:s3:::b/odd${*}name", &none));
        assert!(!allows("s3:GetObject", "arn:aws:s3:::b*", &none));
        assert!(!allows("s3:GetObject", "arn:aws:s3:::b/s*", &none));
        assert!(!allows("s3:GetObject", "*", &none));
        let may = |resource: &str| {
            may_allow_some(&policies, "s3:GetObject", &Pattern::parse(resource), &none)
        };
        assert!(may("*") && may("arn:aws:s3:::b*") && may("arn:aws:s3:::b/s*"));
        assert!(!may("arn:aws:s3:::b/secret/x*") && !may("arn:aws:s3:::c/*"));
        assert!(!allows("iam:PassRole", "arn:aws:iam::1:role/r", &none));
        let passed = [(
            "iam:PassedToService",
            vec!["lambda.amazonaws.com".to_owned()],
        )];
        assert!(allows(
            "iam:PassRole",
            "arn:aws:iam::1:role/r",
            &passed.into_iter().collect()
        ));
    }
}
