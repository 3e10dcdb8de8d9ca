//! The error codes that mean "refused at or before authorization", as data.
//!
//! Every other code counts as a failure after authorization. Codes are compared without regard to case, without `Client.`
//! or `Server.` before them and without `Exception` after them.

/// One error code and where it is documented.
#[derive(Debug)]
pub(super) struct Entry {
    /// The code, bare.
    pub(super) code: &'static str,
    /// The document that says what it means.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "kept for the reader, and checked to be there")
    )]
    pub(super) source: &'static str,
}

const fn entry(code: &'static str, source: &'static str) -> Entry {
    Entry { code, source }
}

const COMMON: &str = "Common error types, in every service's API reference";
const EC2: &str = "Amazon EC2 API reference, Error codes for the Amazon EC2 API";
const S3: &str = "Amazon S3 API reference, Error responses";
const STS: &str = "AWS STS API reference, errors of each operation";

/// Parts that make a code a refusal wherever they stand in it. Source: `AccessDenied`, `NotAuthorized` and
/// `UnauthorizedOperation` in the common errors and in EC2's; services put their own words around them
/// (`KMSAccessDenied`, `UserNotAuthorized`, `UnauthorizedRequest`).
pub(super) const PARTS: &[&str] = &[
    "AccessDenied",
    "Unauthorized",
    "NotAuthorized",
    "Forbidden",
    "AuthorizationError",
];

/// Codes that are refusals as a whole.
pub(super) const EXACT: &[Entry] = &[
    // Refused by a permission, in words of their own.
    entry("401", S3),
    entry("403", S3),
    entry("AllAccessDisabled", S3),
    entry("AuthFailure", EC2),
    entry("IDPRejectedClaim", STS),
    // The account or the region may not use the service at all.
    entry("AccountProblem", S3),
    entry("Blocked", EC2),
    entry("NotSignedUp", S3),
    entry("OptInRequired", COMMON),
    entry("PendingVerification", EC2),
    entry("RegionDisabled", STS),
    // The credentials or the signature were refused, so no permission was looked at.
    entry("ExpiredToken", COMMON),
    entry("ExpiredTokenId", COMMON),
    entry("IdPCommunicationError", STS),
    entry("IncompleteSignature", COMMON),
    entry("InvalidAccessKeyId", S3),
    entry("InvalidClientTokenId", COMMON),
    entry("InvalidIdentityToken", STS),
    entry("InvalidSecurity", S3),
    entry("InvalidSignature", COMMON),
    entry("InvalidToken", S3),
    entry("MissingAuthenticationToken", COMMON),
    entry("MissingSecurityHeader", S3),
    entry("RequestExpired", COMMON),
    entry("RequestTimeTooSkewed", S3),
    entry("SignatureDoesNotMatch", S3),
    entry("TokenRefreshRequired", S3),
    entry("UnrecognizedClient", COMMON),
    entry("X509ParseError", COMMON),
];

/// Parts of codes of failures that can come before permissions are looked at: the call was held back, sent elsewhere, or
/// not understood. They prove neither that it is allowed nor that it is not. Source: the common errors, and S3's list
/// (redirects, `SlowDown`).
pub(super) const BEFORE_AUTHORIZATION: &[&str] = &[
    "Throttl",
    "TooManyRequests",
    "RequestLimitExceeded",
    "LimitExceededRequest",
    "SlowDown",
    "BandwidthLimit",
    "Redirect",
    "MovedPermanently",
    "Validation",
    "MissingParameter",
    "InvalidParameter",
    "MissingAction",
    "InvalidAction",
    "MalformedQueryString",
    "MalformedXML",
    "Serialization",
    "ServiceUnavailable",
    "InternalFailure",
    "InternalError",
    "InternalServerError",
    "RequestTimeout",
];

/// Phrases of AWS's own messages that name a missing permission under a code that does not say so (ECS answers
/// `ClientException` when `iam:PassRole` is missing, Auto Scaling `ValidationError`). Source: IAM user guide,
/// "Troubleshoot access denied error messages".
pub(super) const PHRASES: &[&str] = &[
    "is not authorized to perform",
    "You are not authorized to perform",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_bare_sorted_into_place_once_and_has_a_source() {
        for (index, entry) in EXACT.iter().enumerate() {
            assert!(!entry.source.is_empty(), "{}", entry.code);
            assert!(!entry.code.ends_with("Exception"), "{}", entry.code);
            let again = EXACT
                .iter()
                .skip(index + 1)
                .any(|other| other.code == entry.code);
            assert!(!again, "{} is there twice", entry.code);
        }
    }
}
