//! Digests a record as far as it decides, with no more than its open-ended name left out.
//!
//! This follows what makes the key of a record's form, and may only be more exact: records with one digest have one key, and
//! the same names in its holes but for the open-ended one. Where that cannot be told the record has no digest.

use memchr::memmem::Finder;

use super::reduce::{Operation, Role, blur, may_hold_arn};
use super::{Likeness, Odd, Whose, plain, push_outcome};
use crate::digest::{Digest, Digesting, Seeds};
use crate::mapping::Members;
use crate::trail::{JsonMembers, Parts, Sought, key_text};
use crate::usage::gathering::origins::From;

use super::dig::{is_ordinary, resource_of};

/// The most members of a request that stand beside an open-ended name.
const MOST_BESIDE: usize = 8;

/// Stands for the open-ended name; no JSON holds it.
const OPEN: &[u8] = &[1];

/// A digest of what stands beside a record's request.
#[derive(Clone)]
pub(in crate::usage::gathering) struct Begun<'s> {
    /// Where the operation stands.
    operation: usize,
    digesting: Digesting<'s>,
}

impl Likeness<'_> {
    /// Begins the digest of a record of a part of the input by a class of callers. `None` if there is anything odd about it.
    pub(in crate::usage::gathering) fn begin<'s>(
        &mut self,
        parts: &Parts<'_>,
        (seeds, part, class): (&'s Seeds, u32, u32),
        whose: Whose,
        from: From,
    ) -> Option<Begun<'s>> {
        let (at, number) = self.operation(parts, whose)?;
        let operation = self.operations.get(at)?;
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
            let refusal = refusal.filter(|_| whose.is_asked);
            digesting.text(&self.key);
            for told in refusal.unwrap_or_default() {
                digesting.text(told.as_bytes());
            }
        }
        digest_members(parts.response, &operation.matters.response, &mut digesting)?;
        let beside = &operation.matters.additional;
        digest_members(parts.additional, beside, &mut digesting)?;
        Some(Begun {
            operation: at,
            digesting,
        })
    }

    /// Digests a record with its request and resources as they stand; `None` where such records hardly come twice.
    pub(in crate::usage::gathering) fn whole(
        &mut self,
        parts: &Parts<'_>,
        begun: &Begun<'_>,
    ) -> Option<Digest> {
        let operation = self.operations.get_mut(begun.operation)?;
        if operation.matters.open_member().is_some() || !operation.habit.repeats() {
            return None;
        }
        let mut digesting = begun.digesting.clone();
        digesting.number(4);
        digesting.text(parts.request);
        if operation.matters.is_by_resources {
            digesting.text(parts.resources);
        }
        Some(digesting.finish())
    }

    /// Notes whether a record with the same request and resources was met before.
    pub(in crate::usage::gathering) fn note_whole(&mut self, begun: &Begun<'_>, is_met: bool) {
        if let Some(operation) = self.operations.get_mut(begun.operation) {
            operation.habit.note(is_met);
        }
    }

    /// Digests a record; gives its open-ended name. `None` if there is anything odd about it.
    pub(in crate::usage::gathering) fn digest<'p>(
        &mut self,
        parts: &Parts<'p>,
        begun: Begun<'_>,
    ) -> Option<(Digest, Option<&'p str>)> {
        let operation = self.operations.get_mut(begun.operation)?;
        let mut digesting = begun.digesting;
        digesting.number(0);
        let mut open = None;
        operation.digest_request(
            parts.request,
            (&self.arn, &mut self.key),
            &mut digesting,
            &mut open,
        )?;
        if operation.matters.is_by_resources {
            digest_resources(parts.resources, open, &mut digesting)?;
        }
        // Such a name is a part of the form.
        let is_word = |name: &str| operation.matters.is_word_of_arns(name);
        if open.is_some_and(|(name, _)| is_word(name)) {
            return None;
        }
        Some((digesting.finish(), open.map(|(name, _)| name)))
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
        open: &mut Option<(&'p str, Sought<'p>)>,
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
                    let sought = Sought::new(name.as_bytes());
                    if open.replace((name, sought)).is_some() {
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
        let is_again = |open: Sought<'_>| {
            let mut beside = beside.iter();
            beside.any(|value| open.places(value).next().is_some())
        };
        (!open.is_some_and(|(_, open)| is_again(open))).then_some(())
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

/// Digests `resources[]` without the open-ended name; `None` if that stands anywhere but at the end of an ARN.
fn digest_resources(
    json: &[u8],
    open: Option<(&str, Sought<'_>)>,
    digesting: &mut Digesting<'_>,
) -> Option<()> {
    digesting.number(3);
    let mut rest = json;
    if let Some((open, sought)) = open {
        let mut from = 0;
        for at in sought.places(json) {
            // Places that overlap are not whole.
            let (before, name) = json.get(from..)?.split_at_checked(at.checked_sub(from)?)?;
            let is_whole = matches!(before.last(), Some(b':' | b'/'));
            let text = memchr::memrchr(b'"', before).and_then(|quote| json.get(from + quote + 1..));
            let is_in_resource = text.is_some_and(|text| {
                let start = json.len() - text.len();
                resource_of(text).is_some_and(|length| at >= start + length)
            });
            if !is_whole || !is_in_resource || name.get(open.len()) != Some(&b'"') {
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
