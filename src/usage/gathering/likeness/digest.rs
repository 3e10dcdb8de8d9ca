//! Digests a record as far as it decides, with no more than its open-ended name left out.
//!
//! This follows what makes the key of a record's form, and may only be more exact: records with one digest have one key, and
//! the same names in its holes but for the open-ended one. Where that cannot be told the record has no digest.

use memchr::memmem::{self, Finder};

use super::reduce::{Operation, Role, blur, may_hold_arn};
use super::{Likeness, Odd, plain, push_outcome};
use crate::mapping::Members;
use crate::trail::{JsonMembers, Parts, key_text};
use crate::usage::gathering::digest::{Digest, Digesting, Seeds};
use crate::usage::gathering::origins::From;

use super::dig::is_ordinary;

/// The most members of a request that stand beside an open-ended name.
const MOST_BESIDE: usize = 8;

/// Stands for the open-ended name; no JSON holds it.
const OPEN: &[u8] = &[1];

impl Likeness<'_> {
    /// Digests a record of a part of the input by a class of callers; gives its open-ended name. `None` if there is anything odd
    /// about it.
    pub(in crate::usage::gathering) fn digest<'p>(
        &mut self,
        parts: &Parts<'p>,
        (seeds, part, class): (&Seeds, u32, u32),
        is_by_service: bool,
        from: From,
    ) -> Option<(Digest, Option<&'p str>)> {
        let (at, number) = self.operation(parts, is_by_service)?;
        let operation = self.operations.get_mut(at)?;
        let mut digesting = seeds.start();
        digesting.number(u64::from(part) << 32 | u64::from(class));
        let is_address = from.address.is_numeric || {
            let is_told = operation.matters.is_by_sender || self.senders.holds(parts.address);
            !parts.address.is_empty() && !is_told
        };
        digesting.number(u64::from(number) << 1 | u64::from(is_address));
        for text in [parts.region, parts.recipient, parts.kind, parts.category] {
            digesting.text(text);
        }
        if !is_address {
            digesting.text(parts.address);
        }
        digest_client(parts, from, &mut digesting).ok()?;
        if !(parts.code.is_empty() && parts.message.is_empty()) {
            self.key.clear();
            let refusal = push_outcome(&mut self.key, parts).ok()?;
            digesting.text(&self.key);
            digesting.text(refusal.unwrap_or_default().as_bytes());
        }
        digesting.number(0);
        let mut open = None;
        operation.digest_request(
            parts.request,
            (&self.arn, &mut self.key),
            &mut digesting,
            &mut open,
        )?;
        digest_members(parts.response, &operation.matters.response, &mut digesting)?;
        digest_members(
            parts.additional,
            &operation.matters.additional,
            &mut digesting,
        )?;
        digest_resources(parts.resources, open, &mut digesting)?;
        Some((digesting.finish(), open))
    }
}

/// Digests what made a call.
fn digest_client(parts: &Parts<'_>, from: From, digesting: &mut Digesting<'_>) -> Result<(), Odd> {
    // A client that is known has a plain name, if it has any.
    let has_agent = !matches!(parts.agent, b"" | b"null");
    let Some(telling) = from.agent.telling else {
        digesting.number(has_agent.into());
        return plain(parts.endpoint).map(|_| ());
    };
    let endpoint = plain(parts.endpoint)?;
    let signs = u64::from(has_agent) | u64::from(endpoint.is_some()) << 1;
    digesting.number(u64::from(telling) << 3 | signs << 1 | 1 << 2);
    digesting.text(endpoint.unwrap_or_default().as_bytes());
    Ok(())
}

impl Operation {
    /// Digests a request as far as it matters, but for its open-ended name.
    fn digest_request<'p>(
        &mut self,
        json: &'p [u8],
        (arn, scratch): (&Finder<'_>, &mut Vec<u8>),
        digesting: &mut Digesting<'_>,
        open: &mut Option<&'p str>,
    ) -> Option<()> {
        if json.first() != Some(&b'{') {
            digesting.text(json);
            return Some(());
        }
        let mut beside: [&[u8]; MOST_BESIDE] = [&[]; MOST_BESIDE];
        let mut free = beside.iter_mut();
        for member in JsonMembers::of(json) {
            let (name, value) = member.ok()?;
            let role = self.role(name);
            let may_hold_arn = || may_hold_arn(value, arn, &self.matters);
            match role {
                Role::Nothing if !may_hold_arn() => continue,
                Role::Open if is_open(value) => {
                    digesting.text(name);
                    digesting.text(OPEN);
                    let name = plain(value).ok()??;
                    if open.replace(name).is_some() {
                        return None;
                    }
                    continue;
                }
                Role::Shown if !may_hold_arn() => {
                    scratch.clear();
                    blur(value, scratch)?;
                    digesting.text(name);
                    digesting.text(scratch);
                }
                _ => {
                    digesting.text(name);
                    digesting.text(value);
                }
            }
            // With more of them nothing is said of an open-ended name.
            *free.next()? = value;
        }
        digesting.number(1);
        // A name that stands a second time would be left out there too.
        let is_again = |open: &str| {
            let open = open.as_bytes();
            beside
                .iter()
                .any(|value| value.len() > open.len() && memmem::find(value, open).is_some())
        };
        (!open.is_some_and(is_again)).then_some(())
    }
}

/// Says whether JSON is a text that can be an open-ended name.
fn is_open(value: &[u8]) -> bool {
    plain(value).ok().flatten().is_some_and(is_ordinary)
}

/// Digests those members of an object that matter.
fn digest_members(json: &[u8], members: &Members, digesting: &mut Digesting<'_>) -> Option<()> {
    if members.is_empty() {
        return Some(());
    }
    digesting.number(2);
    if json.first() != Some(&b'{') {
        digesting.text(json);
        return Some(());
    }
    for member in JsonMembers::of(json) {
        let (name, value) = member.ok()?;
        if members.holds(&key_text(name)) {
            digesting.text(name);
            digesting.text(value);
        }
    }
    Some(())
}

/// Digests `resources[]` without the open-ended name; `None` if that stands anywhere but at the end of an ARN or a text.
fn digest_resources(json: &[u8], open: Option<&str>, digesting: &mut Digesting<'_>) -> Option<()> {
    digesting.number(3);
    let mut rest = json;
    if let Some(open) = open {
        let mut from = 0;
        for at in memmem::find_iter(json, open) {
            let (before, name) = json.get(from..)?.split_at_checked(at - from)?;
            let is_whole = matches!(before.last(), Some(b':' | b'/' | b'"'));
            if !is_whole || name.get(open.len()) != Some(&b'"') {
                return None;
            }
            digesting.text(before);
            digesting.text(OPEN);
            from = at + open.len();
        }
        rest = json.get(from..)?;
    }
    digesting.text(rest);
    Some(())
}
