//! How a call ended, told from its error code and message.
//!
//! A denied call must never widen a policy, and a call that failed later shows that authorization had passed. What is
//! neither (the credentials were expired, unknown or badly signed, so nobody looked at permissions) proves nothing about
//! permissions, so it counts with the denied ones. The codes are data: see `codes`.

mod codes;

use super::Outcome;
use codes::{BEFORE_AUTHORIZATION, EXACT, PARTS, PHRASES};

/// Judges a call by its `errorCode` and `errorMessage`, each `None` where absent.
pub fn judge(code: Option<&str>, message: Option<&str>) -> Outcome {
    let code = code.unwrap_or_default();
    let message = message.unwrap_or_default();
    if code.is_empty() && message.is_empty() {
        return Outcome::Allowed;
    }
    let is_denied = is_refusal(code) || PHRASES.iter().any(|phrase| message.contains(phrase));
    let (code, message) = (code.to_owned(), message.to_owned());
    if is_denied {
        Outcome::Denied { code, message }
    } else {
        Outcome::Failed { code, message }
    }
}

/// Lists the words of error codes that refuse a call: a code that does holds one of them.
pub fn refusing() -> impl Iterator<Item = &'static str> {
    let exact = EXACT.iter().map(|entry| entry.code);
    exact.chain(PARTS.iter().copied())
}

/// Lists the phrases of messages that refuse a call.
pub fn refusing_phrases() -> impl Iterator<Item = &'static str> {
    PHRASES.iter().copied()
}

/// Says whether an error code means that the call was refused at or before authorization.
pub fn is_refusal(code: &str) -> bool {
    let bare = bare(code);
    EXACT
        .iter()
        .any(|entry| entry.code.eq_ignore_ascii_case(bare))
        || PARTS.iter().any(|part| contains_ignoring_case(bare, part))
}

impl Outcome {
    /// Says whether it shows that the permissions were there: the call went through, or failed on what comes after them.
    pub fn proves_authorization(&self) -> bool {
        match self {
            Self::Allowed => true,
            Self::Denied { .. } => false,
            Self::Failed { code, .. } => {
                let bare = bare(code);
                !BEFORE_AUTHORIZATION
                    .iter()
                    .any(|part| contains_ignoring_case(bare, part))
            }
        }
    }
}

/// The code without what protocols put around it: `Client.`, a Smithy namespace, `Exception`.
fn bare(code: &str) -> &str {
    let code = code.rsplit('#').next().unwrap_or(code);
    let code = code.split(':').next().unwrap_or(code);
    let code = code.rsplit('.').next().unwrap_or(code);
    code.strip_suffix("Exception").unwrap_or(code)
}

fn contains_ignoring_case(text: &str, part: &str) -> bool {
    let mut windows = text.as_bytes().windows(part.len());
    windows.any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_denied() {
        for code in [
            "AccessDenied",
            "AccessDeniedException",
            "KMS.AccessDeniedException",
            "Client.UnauthorizedOperation",
            "UnauthorizedOperation",
            "NotAuthorized",
            "NotAuthorizedException",
            "Forbidden",
            "ForbiddenException",
            "AuthorizationError",
            "AuthorizationErrorException",
            "UnauthorizedException",
            "com.amazonaws.kinesis#AccessDeniedException:",
        ] {
            assert!(is_refusal(code), "{code}");
        }
    }

    #[test]
    fn failed_authentication_is_no_proof_of_a_permission() {
        for code in [
            "ExpiredToken",
            "ExpiredTokenException",
            "InvalidClientTokenId",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
            "Client.AuthFailure",
            "MissingAuthenticationTokenException",
        ] {
            assert!(is_refusal(code), "{code}");
        }
    }

    #[test]
    fn later_failures_are_not_refusals() {
        for code in [
            "ThrottlingException",
            "NoSuchKey",
            "ResourceNotFoundException",
            "ValidationException",
            "Client.DryRunOperation",
            "Client.InvalidParameterValue",
            "AuthorizationNotFound",
            "AuthorizationAlreadyExists",
            "OperationNotPermitted",
            "InternalFailure",
            "Client.InvalidPermission.NotFound",
        ] {
            assert!(!is_refusal(code), "{code}");
        }
    }

    #[test]
    fn what_fails_before_authorization_proves_nothing() {
        let proves = |code: &str| judge(Some(code), None).proves_authorization();
        for code in [
            "ThrottlingException",
            "Client.RequestLimitExceeded",
            "PermanentRedirect",
            "SlowDown",
            "ValidationException",
        ] {
            assert!(!proves(code), "{code}");
        }
        for code in [
            "NoSuchKey",
            "ConditionalCheckFailedException",
            "Client.DryRunOperation",
            "ResourceNotFoundException",
        ] {
            assert!(proves(code), "{code}");
        }
        assert!(judge(None, None).proves_authorization());
        assert!(!proves("AccessDenied"));
    }

    #[test]
    fn a_message_can_tell_what_the_code_does_not() {
        let message = "User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform: iam:PassRole";
        assert!(matches!(
            judge(Some("ClientException"), Some(message)),
            Outcome::Denied { .. }
        ));
        assert!(matches!(
            judge(Some("ClientException"), Some("not found")),
            Outcome::Failed { .. }
        ));
        assert_eq!(judge(Some(""), None), Outcome::Allowed);
        assert_eq!(judge(None, None), Outcome::Allowed);
    }
}
