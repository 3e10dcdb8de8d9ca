//! What may go wrong between polgen and AWS, in the house's words, each with what may help.
//!
//! AWS's own messages are passed on where they say more than a code. Where they may hold what was signed, session token
//! included, as with a wrong signature, they are not.

use std::error::Error;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::source::calls::Call;

/// What sort of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwsErrorKind {
    /// No provider has credentials.
    NoCredentials,
    /// The credentials were good once.
    ExpiredCredentials,
    /// AWS does not know the credentials, or not there.
    WrongCredentials,
    /// Authorization refused the call.
    Denied,
    /// The key that encrypts the data may not be used.
    KmsDenied,
    /// Called too often, and retrying did not help.
    Throttled,
    /// What was asked for is not there.
    NotFound,
    /// The region or partition does not fit.
    WrongRegion,
    /// No answer.
    Unreachable,
    /// Anything else.
    Other,
}

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsError {
    /// What sort of failure it is.
    pub kind: AwsErrorKind,
    /// The call, as the action that permits it; empty if there was none.
    pub place: String,
    /// What was found and what was wanted.
    pub problem: String,
    /// What may help.
    pub hint: Option<String>,
}

impl fmt::Display for AwsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(formatter, "{}: ", self.place)?;
        }
        formatter.write_str(&self.problem)
    }
}

impl Error for AwsError {}

impl AwsError {
    /// A failure of no special sort.
    pub fn other(place: &str, problem: impl Into<String>) -> Self {
        Self {
            kind: AwsErrorKind::Other,
            place: place.to_owned(),
            problem: problem.into(),
            hint: None,
        }
    }

    pub(super) fn no_credentials(why: Option<&str>) -> Self {
        let why = why.map_or_else(String::new, |why| format!(": {why}"));
        Self {
            kind: AwsErrorKind::NoCredentials,
            place: String::new(),
            problem: format!("no AWS credentials found{why}"),
            hint: Some(
                "log in with `aws sso login` or `aws configure`, name a profile with `--profile`, or read files with `--trail`"
                    .to_owned(),
            ),
        }
    }

    /// Says whether the caller lacks a permission, for the call or for the key behind it.
    pub fn is_refusal(&self) -> bool {
        matches!(self.kind, AwsErrorKind::Denied | AwsErrorKind::KmsDenied)
    }

    /// Says whether every other call would fail for the same reason.
    pub fn is_about_credentials(&self) -> bool {
        matches!(
            self.kind,
            AwsErrorKind::NoCredentials
                | AwsErrorKind::ExpiredCredentials
                | AwsErrorKind::WrongCredentials
        )
    }
}

/// The error codes of each sort. Sources: the common errors of IAM, STS, CloudTrail, Lambda and S3.
const CODES: &[(AwsErrorKind, &[&str])] = &[
    (
        AwsErrorKind::ExpiredCredentials,
        &[
            "ExpiredToken",
            "ExpiredTokenException",
            "RequestExpired",
            "TokenRefreshRequired",
        ],
    ),
    (
        AwsErrorKind::WrongCredentials,
        &[
            "AuthFailure",
            "IncompleteSignature",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "InvalidToken",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ],
    ),
    (
        AwsErrorKind::Denied,
        &[
            "AccessDenied",
            "AccessDeniedException",
            "AllAccessDisabled",
            "Forbidden",
            "NotAuthorized",
            "UnauthorizedOperation",
        ],
    ),
    (
        AwsErrorKind::KmsDenied,
        &[
            "KMS.AccessDeniedException",
            "KMS.DisabledException",
            "KMS.KMSInvalidStateException",
            "KMS.NotFoundException",
            "KMSAccessDeniedException",
        ],
    ),
    (
        AwsErrorKind::Throttled,
        &[
            "LimitExceededException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "SlowDown",
            "ThrottledException",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
        ],
    ),
    (
        AwsErrorKind::NotFound,
        &[
            "NoSuchBucket",
            "NoSuchEntity",
            "NoSuchEntityException",
            "NoSuchKey",
            "NotFound",
            "ResourceNotFoundException",
            "TrailNotFoundException",
        ],
    ),
    (
        AwsErrorKind::WrongRegion,
        &[
            "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException",
            "PermanentRedirect",
            "RegionDisabledException",
        ],
    ),
];

/// Says what a failed call means.
pub fn translate<E>(call: &Call, error: &SdkError<E, HttpResponse>) -> AwsError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let place = call.action;
    match error {
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            let metadata = service.err();
            let code = metadata.code().unwrap_or_default();
            said(call, code, metadata.message().unwrap_or_default(), status)
        }
        SdkError::ResponseError(response) => AwsError::other(
            place,
            format!(
                "expected an answer of AWS, found one that cannot be read (HTTP status {})",
                response.raw().status().as_u16()
            ),
        ),
        other => undelivered(place, other),
    }
}

/// A failure before there was an answer: no credentials, or no connection.
fn undelivered<E>(place: &str, error: &SdkError<E, HttpResponse>) -> AwsError
where
    E: Error + 'static,
{
    let words = DisplayErrorContext(error).to_string();
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(one) = cause {
        if let Some(found) = one.downcast_ref::<CredentialsError>() {
            return credentials(found, &words);
        }
        cause = one.source();
    }
    AwsError {
        kind: AwsErrorKind::Unreachable,
        place: place.to_owned(),
        problem: format!("no answer from AWS: {}", short(&words)),
        hint: Some(
            "check the network, the region (`--region`) and the address (`--endpoint-url`)"
                .to_owned(),
        ),
    }
}

/// Why there are no credentials.
pub(super) fn credentials(error: &CredentialsError, words: &str) -> AwsError {
    if matches!(error, CredentialsError::CredentialsNotLoaded(_)) {
        return AwsError::no_credentials(None);
    }
    let is_expired = words.to_ascii_lowercase().contains("expired");
    // On a machine that is no instance, that is no news.
    let is_instance = words.contains("imds");
    let why = Some(short(words)).filter(|_| !is_instance);
    let failure = AwsError::no_credentials(why.as_deref());
    if is_expired {
        AwsError {
            kind: AwsErrorKind::ExpiredCredentials,
            hint: Some("log in again with `aws sso login`, then run the same command".to_owned()),
            ..failure
        }
    } else {
        failure
    }
}

/// The first sentence or two of a chain of errors, without the dump behind it.
fn short(words: &str) -> String {
    let first = words.split(" (").next().unwrap_or(words);
    let chain: Vec<&str> = first.split(": ").take(6).collect();
    chain.join(": ").to_lowercase()
}

/// What AWS answered.
fn said(call: &Call, code: &str, message: &str, status: u16) -> AwsError {
    let named = CODES
        .iter()
        .find(|(_, codes)| codes.contains(&code))
        .map(|(kind, _)| *kind);
    // A HEAD request's answer has no body, and so no code.
    let kind = named.unwrap_or(match status {
        301 | 307 => AwsErrorKind::WrongRegion,
        403 => AwsErrorKind::Denied,
        404 => AwsErrorKind::NotFound,
        429 | 503 => AwsErrorKind::Throttled,
        _ => AwsErrorKind::Other,
    });
    let is_about_key = kind == AwsErrorKind::Denied
        && !call.action.starts_with("kms:")
        && (message.contains("kms:") || message.contains("KMS"));
    let kind = if is_about_key {
        AwsErrorKind::KmsDenied
    } else {
        kind
    };
    let (problem, hint) = words(kind, call, (code, message), status);
    AwsError {
        kind,
        place: call.action.to_owned(),
        problem,
        hint,
    }
}

fn words(
    kind: AwsErrorKind,
    call: &Call,
    (code, message): (&str, &str),
    status: u16,
) -> (String, Option<String>) {
    let action = missing(message).unwrap_or(call.action);
    let told = if message.is_empty() {
        String::new()
    } else {
        format!(": {message}")
    };
    let (problem, hint) = match kind {
        AwsErrorKind::ExpiredCredentials => (
            "the credentials have expired".to_owned(),
            "log in again (`aws sso login`, or fresh keys), then run the same command: it goes on where it stopped".to_owned(),
        ),
        AwsErrorKind::WrongCredentials => (
            format!("AWS does not know these credentials here ({code})"),
            "check the keys or the `--profile`; China and GovCloud have credentials of their own, which need their `--region`".to_owned(),
        ),
        AwsErrorKind::Denied => (
            format!("not permitted{told}"),
            format!("the caller needs `{action}`; `polgen self-policy` prints all that polgen needs"),
        ),
        AwsErrorKind::KmsDenied => (
            format!("the key that encrypts the data may not be used{told}"),
            "the caller needs `kms:Decrypt` on the key, in its IAM policy and in the key's policy".to_owned(),
        ),
        AwsErrorKind::Throttled => (
            format!("throttled, {}", retried()),
            "other tools call the same API; wait a minute, then run the same command".to_owned(),
        ),
        AwsErrorKind::NotFound => return (format!("not found{told}"), None),
        AwsErrorKind::WrongRegion => (
            format!("it lies in another region or partition{told}"),
            "name the right one with `--region`".to_owned(),
        ),
        _ => {
            let code = if code.is_empty() { "no code" } else { code };
            return (format!("AWS answered {code} (HTTP status {status}){told}"), None);
        }
    };
    (problem, Some(hint))
}

fn retried() -> String {
    format!("also at the {}th try", super::ATTEMPTS)
}

/// The action that AWS's message says was missing: `… is not authorized to perform: iam:GetRole on resource: …`.
fn missing(message: &str) -> Option<&str> {
    let behind = message.split("not authorized to perform: ").nth(1)?;
    let action = behind.split([' ', ',']).next()?;
    action.contains(':').then_some(action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::calls;

    fn kind_of(code: &str, message: &str, status: u16) -> AwsErrorKind {
        said(&calls::GET_ROLE, code, message, status).kind
    }

    #[test]
    fn codes_and_statuses_have_a_sort() {
        for (code, message, status, wanted) in [
            ("AccessDenied", "", 403, AwsErrorKind::Denied),
            ("", "", 403, AwsErrorKind::Denied),
            ("", "", 404, AwsErrorKind::NotFound),
            ("", "", 301, AwsErrorKind::WrongRegion),
            ("SlowDown", "", 503, AwsErrorKind::Throttled),
            ("ExpiredToken", "", 400, AwsErrorKind::ExpiredCredentials),
            ("Strange", "", 500, AwsErrorKind::Other),
            (
                "AccessDenied",
                "User: u is not authorized to perform: kms:Decrypt on resource: k",
                403,
                AwsErrorKind::KmsDenied,
            ),
        ] {
            assert_eq!(kind_of(code, message, status), wanted, "{code} {status}");
        }
    }

    #[test]
    fn the_missing_action_is_named() {
        let error = said(
            &calls::GET_ROLE,
            "AccessDenied",
            "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: iam:GetRole on resource: role app",
            403,
        );
        assert!(error.hint.unwrap_or_default().contains("`iam:GetRole`"));
    }

    #[test]
    fn what_was_signed_is_not_told() {
        for (code, message, kind) in [
            (
                "SignatureDoesNotMatch",
                "The Canonical String should have been 'x-amz-security-token:SECRET'",
                AwsErrorKind::WrongCredentials,
            ),
            (
                "ExpiredTokenException",
                "The security token SECRET included in the request is expired",
                AwsErrorKind::ExpiredCredentials,
            ),
        ] {
            let error = said(&calls::GET_ROLE, code, message, 403);
            assert!(!error.to_string().contains("SECRET"), "{error}");
            assert_eq!(error.kind, kind);
        }
    }
}
