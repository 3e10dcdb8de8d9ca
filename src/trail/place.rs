//! What a data event was about: the bucket, table, queue or other thing whose calls a trail can select.
//!
//! A trail may record the data events of some buckets only, so that a type of data event was seen says nothing about the
//! other buckets. The place is told in the same way from a record that was read and from one that is only counted.

use std::sync::LazyLock;

use memchr::memchr;
use memchr::memmem::Finder;

use super::Event;
use crate::arn::{Arn, partition_of_region};

/// Services whose data events tell their place, and the member that names it, as JSON begins it. Source: CloudTrail user
/// guide, "Logging data events" (which resources can be selected), and records of these services.
const PLACES: [(&str, &[u8], &[u8]); 6] = [
    ("s3.amazonaws.com", b"\"s3.amazonaws.com\"", BUCKET),
    ("dynamodb.amazonaws.com", b"\"dynamodb.amazonaws.com\"", ARN),
    ("sqs.amazonaws.com", b"\"sqs.amazonaws.com\"", ARN),
    ("sns.amazonaws.com", b"\"sns.amazonaws.com\"", ARN),
    ("lambda.amazonaws.com", b"\"lambda.amazonaws.com\"", ARN),
    ("kinesis.amazonaws.com", b"\"kinesis.amazonaws.com\"", ARN),
];

const ARN: &[u8] = b"\"ARN\":\"";
const BUCKET: &[u8] = b"\"bucketName\":\"";

static ARN_FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(ARN));
static BUCKET_FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(BUCKET));
const S3: &str = "s3.amazonaws.com";

/// Finds the text of the place in a record's JSON. `source` is the JSON of `eventSource`.
///
/// A text inside another one cannot be taken for the member: its quotes are escaped there.
pub(super) fn of_text<'a>(source: Option<&[u8]>, record: &'a [u8]) -> Option<&'a [u8]> {
    let (_, _, member) = PLACES.iter().find(|(_, json, _)| Some(*json) == source)?;
    let finder = if *member == ARN {
        &*ARN_FINDER
    } else {
        &*BUCKET_FINDER
    };
    let at = finder.find(record)?;
    let text = record.get(at + member.len()..)?;
    let text = text.get(..memchr(b'"', text)?)?;
    let is_plain = !text.is_empty() && !text.contains(&b'\\');
    is_plain.then_some(text)
}

/// Says whether the place of a service's data events is told by the resources that their records list.
pub(crate) fn is_placed_by_arn(source: &str) -> bool {
    PLACES
        .iter()
        .any(|(known, _, member)| *known == source && *member == ARN)
}

/// Says whether the place of a service's data events is a bucket, whose ARN does not say where it is.
pub(super) fn is_bucket(source: &str) -> bool {
    source == S3
}

/// Writes the ARN of the place that `text` names.
pub(super) fn written(source: &str, region: &str, text: &str) -> Option<String> {
    if source == S3 {
        let partition = partition_of_region(region);
        return Some(format!("arn:{partition}:s3:::{text}"));
    }
    Arn::parse(text).map(|arn| selectable(text, arn.resource).to_owned())
}

/// The part of an ARN that a trail selects: the table of an index.
fn selectable<'a>(arn: &'a str, resource: &str) -> &'a str {
    let rest = resource.find("/index/").map_or(0, |at| resource.len() - at);
    arn.get(..arn.len() - rest).unwrap_or(arn)
}

impl Event {
    /// Tells what a data event was about: the ARN of a bucket, table, queue, topic, function or stream.
    pub fn data_place(&self) -> Option<String> {
        PLACES
            .iter()
            .find(|(source, _, _)| *source == self.source)?;
        if self.source == S3 {
            let bucket = self.request.get("bucketName")?.as_str()?;
            return written(&self.source, &self.region, bucket).filter(|_| !bucket.is_empty());
        }
        let arn = self
            .resources
            .iter()
            .find_map(|resource| resource.arn.as_deref())?;
        written(&self.source, &self.region, arn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_from_text() {
        let s3 = br#"{"eventSource":"s3.amazonaws.com","userAgent":"x\"bucketName\":\"evil","requestParameters":{"bucketName":"data","key":"a"}}"#;
        assert_eq!(
            of_text(Some(b"\"s3.amazonaws.com\""), s3),
            Some(&b"data"[..])
        );
        assert_eq!(of_text(Some(b"\"ec2.amazonaws.com\""), s3), None);
        let table = br#"{"resources":[{"type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:eu-west-1:111122223333:table/t"}]}"#;
        let text = of_text(Some(b"\"dynamodb.amazonaws.com\""), table).unwrap();
        let arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/t";
        assert_eq!(text, arn.as_bytes());
        assert_eq!(
            written(
                "dynamodb.amazonaws.com",
                "eu-west-1",
                &format!("{arn}/index/i")
            )
            .as_deref(),
            Some(arn)
        );
    }
}
