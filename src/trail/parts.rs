//! A record by its members, each as its piece of JSON text and none of them read.
//!
//! Reading a record costs far more than finding its members. Who folds millions of records looks at the pieces first, and
//! reads only those records that are not like one that was read already.

use super::fields::Problem;
use super::head::Head;
use super::skip::{Broken, Members, Outline, describe, key_text};

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
        let mut cursor = Cursor {
            record: head.record,
            outline: head.outline,
            at: head.end,
        };
        cursor.in_order(&mut parts);
        let mut members = Members::going_on(cursor.rest());
        let mut is_in_step = true;
        while let Some(member) = members.next() {
            let (key, value) = member.map_err(|Broken| Problem::broken())?;
            parts.put(&key_text(key), value);
            is_in_step &= is_outlined(value);
            if is_in_step {
                cursor.at = head.record.len() - members.rest().len();
                cursor.in_order(&mut parts);
                members = Members::going_on(cursor.rest());
            }
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

/// Takes members where CloudTrail's own order leads one to expect them, and the ends of their values off the outline.
struct Cursor<'a> {
    record: &'a [u8],
    outline: &'a Outline,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a [u8] {
        self.record.get(self.at..).unwrap_or_default()
    }

    /// Takes the members that come in this order, whichever of them there are, up to one that does not.
    fn in_order(&mut self, parts: &mut Parts<'a>) {
        let mut unkept = &[][..];
        self.member(b",\"sourceIPAddress\":", &mut parts.address);
        self.member(b",\"userAgent\":", &mut parts.agent);
        self.member(b",\"errorCode\":", &mut parts.code);
        self.member(b",\"errorMessage\":", &mut parts.message);
        self.member(b",\"requestParameters\":", &mut parts.request);
        self.member(b",\"responseElements\":", &mut parts.response);
        self.member(b",\"additionalEventData\":", &mut parts.additional);
        self.member(b",\"requestID\":", &mut unkept);
        self.member(b",\"eventID\":", &mut parts.id);
        self.member(b",\"readOnly\":", &mut parts.read_only);
        self.member(b",\"resources\":", &mut parts.resources);
        self.member(b",\"eventType\":", &mut parts.kind);
        self.member(b",\"apiVersion\":", &mut unkept);
        self.member(b",\"managementEvent\":", &mut parts.management);
        self.member(b",\"recipientAccountId\":", &mut parts.recipient);
        self.member(b",\"sharedEventID\":", &mut parts.shared);
        self.member(b",\"vpcEndpointId\":", &mut parts.endpoint);
        self.member(b",\"vpcEndpointAccountId\":", &mut unkept);
        self.member(b",\"eventCategory\":", &mut parts.category);
        self.member(b",\"tlsDetails\":", &mut parts.tls);
    }

    /// Takes a member if it is the next.
    #[inline]
    fn member<const N: usize>(&mut self, key: &[u8; N], slot: &mut &'a [u8]) {
        if self.rest().first_chunk() != Some(key) {
            return;
        }
        let start = self.at + N;
        let found = self.end(start);
        if let Some((end, value)) = found.and_then(|end| Some((end, self.record.get(start..end)?)))
        {
            *slot = value;
            self.at = end;
        }
    }

    /// Where the value at a place ends, unless it is a number or no value.
    fn end(&self, at: usize) -> Option<usize> {
        match self.record.get(at..)? {
            [b'"', ..] => Some(self.outline.quote_from(at + 1)? + 1),
            [b'{' | b'[', ..] => self.outline.bracket_end(at),
            [b't', b'r', b'u', b'e', b',' | b'}', ..]
            | [b'n', b'u', b'l', b'l', b',' | b'}', ..] => Some(at + 4),
            [b'f', b'a', b'l', b's', b'e', b',' | b'}', ..] => Some(at + 5),
            _ => None,
        }
    }
}

/// Says whether an outline surely takes a value for what it is; of what is no JSON it may see quotes and brackets elsewhere.
fn is_outlined(value: &[u8]) -> bool {
    matches!(value.first(), Some(b'"' | b'{' | b'['))
        || value
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What follows a head, with members in CloudTrail's order and in others, twice, escaped, spaced, and broken.
    fn tail() -> impl Strategy<Value = String> {
        let key = prop::sample::select(vec![
            ",\"sourceIPAddress\":",
            ",\"userAgent\":",
            ",\"errorCode\":",
            ",\"requestParameters\":",
            ",\"responseElements\":",
            ",\"requestID\":",
            ",\"eventID\":",
            ",\"readOnly\":",
            ",\"resources\":",
            ",\"eventType\":",
            ",\"managementEvent\":",
            ",\"recipientAccountId\":",
            ",\"sharedEventID\":",
            ",\"vpcEndpointId\":",
            ",\"eventCategory\":",
            ",\"tlsDetails\":",
            ",\"event\\u0049D\":",
            " , \"readOnly\" : ",
            ",\"other\":",
            ",\"userIdentity\":",
            ",\"eventID\"",
            ",",
        ]);
        let value = prop::sample::select(vec![
            "null",
            "true",
            "false",
            "nullx",
            "12",
            "-1.5e3",
            "\"\"",
            "\"a,}b\"",
            r#""q\"u\\""#,
            r#""\\\"}""#,
            "{}",
            "[]",
            r#"{"eventVersion":"1","eventID":"x"}"#,
            r#"{"a":{"b":[{"c":"}"}]},"d":"{"}"#,
            r#"[{"k":"v"},[1],"]"]"#,
            " \"spaced\" ",
            r#"a"b"#,
            r"\",
            "\\\"",
            "{]",
            "",
        ]);
        let space = prop::sample::select(vec!["", "", "", " ", "\n"]);
        let filler = prop::sample::select(vec![0_usize, 0, 1, 30, 64, 100]);
        let member = (key, value, space, filler).prop_map(|(key, value, space, filler)| {
            format!("{key}{value}{space}").replace("a,}b", &format!("a,}}b{}", "x".repeat(filler)))
        });
        prop::collection::vec(member, 0..25).prop_map(|members| members.concat())
    }

    fn compare(tail: &str) -> Result<(), TestCaseError> {
        let text = format!(
            r#"{{"eventVersion":"1.08","userIdentity":{{"type":"Root"}},"eventTime":"t","eventSource":"s","eventName":"n","awsRegion":"r"{tail}}}"#
        );
        let mut outline = Outline::default();
        let Some(end) = outline.draw(text.as_bytes()) else {
            return Ok(());
        };
        let record = &text.as_bytes()[..end];
        let head = Head::of(record, &outline).unwrap();
        prop_assert_eq!(Parts::behind(&head), Parts::of(record), "{}", text);
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn parts_off_the_outline_are_those_of_a_walk(tail in tail()) {
            compare(&tail)?;
        }
    }

    #[test]
    fn all_members_in_order_are_taken() {
        let tail = r#","sourceIPAddress":"a","userAgent":"b","errorCode":"c","errorMessage":"d","requestParameters":{"e":[1]},"responseElements":null,"additionalEventData":{"f":"}"},"requestID":"g","eventID":"h","readOnly":true,"resources":[{"ARN":"i"}],"eventType":"j","apiVersion":"k","managementEvent":false,"recipientAccountId":"l","sharedEventID":"m","vpcEndpointId":"n","vpcEndpointAccountId":"o","eventCategory":"p","tlsDetails":{"q":"r"}"#;
        compare(tail).unwrap();
        // Twice, so that the second time comes out of order.
        compare(&tail.repeat(2)).unwrap();
    }
}
