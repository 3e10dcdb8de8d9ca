//! Amazon Resource Names: `arn:partition:service:region:account:resource`.
//!
//! A borrowed view; nothing is checked beyond the shape, because what stands in an ARN is decided by each
//! service. Source of the shape: the IAM user guide, "Amazon Resource Names (ARNs)".

use std::fmt;

/// The six parts of an ARN, borrowed from its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, `aws-iso`, …
    pub partition: &'a str,
    /// The service part, e.g. `s3`.
    pub service: &'a str,
    /// The region, empty for global services.
    pub region: &'a str,
    /// The account id, empty where the service leaves it out.
    pub account: &'a str,
    /// All the rest, colons and slashes included.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits `text` into the parts of an ARN; `None` if it has not the shape of one.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        let arn = Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        };
        let is_shaped =
            arn.partition.starts_with("aws") && !arn.service.is_empty() && !arn.resource.is_empty();
        is_shaped.then_some(arn)
    }
}

impl fmt::Display for Arn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            partition,
            service,
            region,
            account,
            resource,
        } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// Says whether `text` is an account id: twelve digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Names the partition that a region belongs to, by the region's prefix.
///
/// Source: the endpoints documentation of the AWS SDKs (partitions and their region patterns).
pub fn partition_of_region(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 6] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("eu-isoe-", "aws-iso-e"),
    ];
    PREFIXES
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix))
        .map_or("aws", |(_, partition)| partition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_have_twelve_digits() {
        assert!(is_account("111122223333"));
        for other in ["", "11112222333", "1111222233334", "11112222333x"] {
            assert!(!is_account(other), "{other}");
        }
    }

    #[test]
    fn parts_are_split_and_joined() {
        let text = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:*";
        let arn = Arn::parse(text).unwrap();
        assert_eq!(arn.resource, "log-group:/aws/lambda/f:*");
        assert_eq!(arn.to_string(), text);
    }

    #[test]
    fn what_is_no_arn_is_refused() {
        for text in [
            "",
            "arn",
            "arn:aws:s3",
            "arn:aws:s3:::",
            "urn:aws:s3:::b",
            "arn:aws::::x",
            "arn:x:s3:::b",
        ] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    #[test]
    fn partitions_follow_the_region() {
        assert_eq!(partition_of_region("eu-west-1"), "aws");
        assert_eq!(partition_of_region("cn-north-1"), "aws-cn");
        assert_eq!(partition_of_region("us-gov-west-1"), "aws-us-gov");
        assert_eq!(partition_of_region("us-isob-east-1"), "aws-iso-b");
    }
}
