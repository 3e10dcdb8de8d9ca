//! A record by its members, each as its piece of JSON text and none of them read.
//!
//! Reading a record costs far more than finding its members. Who folds millions of records looks at the pieces first, and
//! reads only those records that are not like one that was read already.

use super::fields::Problem;
use super::head::Head;
use super::skip::{Broken, Members, describe, key_text};

/// The members of a record that polgen keeps, as JSON text; empty where absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts<'a> {
    pub(crate) id: &'a [u8],
    pub(crate) time: &'a [u8],
    pub(crate) source: &'a [u8],
    pub(crate) name: &'a [u8],
    pub(crate) region: &'a [u8],
    pub(crate) kind: &'a [u8],
    pub(crate) category: &'a [u8],
    pub(crate) recipient: &'a [u8],
    pub(crate) shared: &'a [u8],
    pub(crate) identity: &'a [u8],
    pub(crate) code: &'a [u8],
    pub(crate) message: &'a [u8],
    pub(crate) request: &'a [u8],
    pub(crate) response: &'a [u8],
    pub(crate) additional: &'a [u8],
    pub(crate) resources: &'a [u8],
    pub(crate) read_only: &'a [u8],
    pub(crate) management: &'a [u8],
    pub(crate) tls: &'a [u8],
    pub(crate) endpoint: &'a [u8],
    pub(crate) address: &'a [u8],
    pub(crate) agent: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Takes a record apart; nothing and `null` have no parts.
    pub(crate) fn of(record: &'a [u8]) -> Result<Self, Problem> {
        let mut parts = Self::default();
        match record.first() {
            None | Some(b'n') => return Ok(parts),
            Some(b'{') => {}
            Some(_) => return Err(Problem::at("", "an object", describe(record))),
        }
        for member in Members::of(record) {
            let (key, value) = member.map_err(|Broken| Problem::broken())?;
            parts.put(&key_text(key), value);
        }
        Ok(parts)
    }

    /// Takes a record apart whose head is known.
    pub(super) fn behind(head: &Head<'a>) -> Result<Self, Problem> {
        let [source, name, region] = head.operation;
        let mut parts = Self {
            identity: head.identity,
            time: head.time,
            source,
            name,
            region,
            ..Self::default()
        };
        for member in Members::going_on(head.tail) {
            let (key, value) = member.map_err(|Broken| Problem::broken())?;
            parts.put(&key_text(key), value);
        }
        Ok(parts)
    }

    /// Where a member comes twice the last one counts.
    fn put(&mut self, key: &[u8], value: &'a [u8]) {
        let slot = match key {
            b"eventID" => &mut self.id,
            b"eventTime" => &mut self.time,
            b"eventSource" => &mut self.source,
            b"eventName" => &mut self.name,
            b"awsRegion" => &mut self.region,
            b"eventType" => &mut self.kind,
            b"eventCategory" => &mut self.category,
            b"recipientAccountId" => &mut self.recipient,
            b"sharedEventID" => &mut self.shared,
            b"userIdentity" => &mut self.identity,
            b"errorCode" => &mut self.code,
            b"errorMessage" => &mut self.message,
            b"requestParameters" => &mut self.request,
            b"responseElements" => &mut self.response,
            b"additionalEventData" => &mut self.additional,
            b"resources" => &mut self.resources,
            b"readOnly" => &mut self.read_only,
            b"managementEvent" => &mut self.management,
            b"tlsDetails" => &mut self.tls,
            b"vpcEndpointId" => &mut self.endpoint,
            b"sourceIPAddress" => &mut self.address,
            b"userAgent" => &mut self.agent,
            _ => return,
        };
        *slot = value;
    }
}
