//! What makes records alike, as a key, and the event that all records of one key come to.
//!
//! Names that mapping only writes into an ARN are left out of the key, as *holes*: records that differ in nothing else are of one
//! form.

mod dig;
mod digest;
mod reduce;

use std::ops::Range;
use std::sync::Arc;

use memchr::memmem::Finder;

use super::Map;
use super::learned::Learned;
use super::origins::From;
use crate::catalog::Catalog;
use crate::mapping::Matters;
use crate::trail::outcome::judge;
use crate::trail::{Caller, Event, Outcome, Parts, is_placed_by_arn, read_parts};
use crate::usage::platform::{self, Senders};
use crate::usage::{denial, runtime};
use dig::write_resources;
use reduce::{Operation, fill, reduce};

/// What stands for any address and any client that decide nothing.
const ANY_ADDRESS: &[u8] = b"\"192.0.2.1\"";
const ANY_AGENT: &[u8] = b"\"-\"";

/// The most holes that a form has; further names are a part of it.
pub(super) const MOST_HOLES: usize = 6;

/// Marks a member that has to be read with care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Odd;

/// Reads a plain text, one without escapes; `None` if it is absent.
pub(super) fn plain(json: &[u8]) -> Result<Option<&str>, Odd> {
    match json {
        b"" | b"null" => Ok(None),
        [b'"', text @ .., b'"'] if memchr::memchr(b'\\', text).is_none() => {
            std::str::from_utf8(text).map(Some).map_err(|_| Odd)
        }
        _ => Err(Odd),
    }
}

/// Reads whether `tlsDetails` tells a version.
pub(super) fn is_encrypted(details: &[u8]) -> Option<bool> {
    if details.is_empty() {
        return Some(false);
    }
    // As CloudTrail writes it; in any other form it is read with care.
    let version = details.strip_prefix(b"{\"tlsVersion\":\"")?;
    let is_plain = memchr::memchr(b'\\', details).is_none() && details.is_ascii();
    (is_plain && version.first() != Some(&b'"')).then_some(true)
}

/// Whose calls are looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whose {
    /// Says whether AWS itself calls.
    pub(super) is_service: bool,
    /// Says whether the caller is asked for. Of the calls of others less matters.
    pub(super) is_asked: bool,
}

/// The names of a record that its form leaves out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Holes<'p> {
    names: [&'p str; MOST_HOLES],
    count: usize,
    /// Which of them is open-ended.
    pub(super) open: Option<usize>,
}

impl<'p> Holes<'p> {
    pub(super) fn names(&self) -> &[&'p str] {
        self.names.get(..self.count).unwrap_or_default()
    }

    /// The number of the hole for a name; none if there is no room, or a second open-ended name.
    fn place(&mut self, name: &'p str, is_open: bool) -> Option<usize> {
        if is_open && self.open.is_some() {
            return None;
        }
        let known = self.names().iter().position(|known| *known == name);
        let at = known.unwrap_or(self.count);
        *self.names.get_mut(at)? = name;
        self.count = self.count.max(at + 1);
        if is_open {
            self.open = Some(at);
        }
        Some(at)
    }
}

/// What of a record its likeness leaves to be told.
#[derive(Clone, Debug)]
pub(super) struct Reduced<'p> {
    is_address: bool,
    /// The number of the client, where it tells something.
    agent: Option<u32>,
    /// The VPC endpoint that it called through, where that tells something; a part of no form.
    pub(super) endpoint: Option<&'p str>,
    /// Where in the key stands what mapping does not look at: the client, and how the call ended.
    apart: Range<usize>,
    /// Where in the key the parts of the record stand.
    request: Range<usize>,
    response: Range<usize>,
    additional: Range<usize>,
    resources: Range<usize>,
    pub(super) holes: Holes<'p>,
    /// Why it was denied, as AWS says it; a part of no form.
    pub(super) refusal: Option<[&'p str; 2]>,
}

/// Makes keys.
#[derive(Debug)]
pub(super) struct Likeness<'q> {
    catalog: &'q Catalog,
    learned: Arc<Learned>,
    /// Where each operation stands, and its number for all threads.
    names: Map<Box<[u8]>, (usize, u32)>,
    operations: Vec<Operation>,
    senders: Senders,
    arn: Finder<'static>,
    key: Vec<u8>,
    /// Which filters take the names in the key made last.
    marks: Vec<u64>,
}

impl<'q> Likeness<'q> {
    pub(super) fn new(catalog: &'q Catalog, learned: Arc<Learned>) -> Self {
        Self {
            catalog,
            learned,
            names: Map::default(),
            operations: Vec::new(),
            senders: Senders::of(catalog),
            arn: Finder::new(b"\"arn:"),
            key: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// The key made last.
    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    /// Makes the key of a record's form; `None` if there is anything odd about it.
    pub(super) fn of<'p>(
        &mut self,
        parts: &Parts<'p>,
        (shape, whose): (u32, Whose),
        from: From,
    ) -> Option<Reduced<'p>> {
        let (at, number) = self.operation(parts, whose)?;
        let operation = self.operations.get_mut(at)?;
        let key = &mut self.key;
        key.clear();
        key.extend(shape.to_le_bytes());
        key.extend(number.to_le_bytes());
        let is_address = from.address.is_numeric || {
            let is_told = operation.matters.is_by_sender || self.senders.holds(parts.address);
            !parts.address.is_empty() && !is_told
        };
        push_place(key, parts, is_address);
        let apart = key.len();
        let endpoint = push_client(key, parts, from).ok()?;
        let refusal = push_outcome(key, parts).ok()?;
        let refusal = refusal.filter(|_| whose.is_asked);
        let apart = if operation.matters.is_by_client {
            0..0
        } else {
            apart..key.len()
        };
        let mut holes = Holes::default();
        let start = key.len();
        let marks = &mut self.marks;
        marks.clear();
        operation.reduce_request(parts.request, &self.arn, (key, marks), &mut holes)?;
        let request = start..key.len();
        reduce(parts.response, &operation.matters.response, key)?;
        let response = request.end..key.len();
        reduce(parts.additional, &operation.matters.additional, key)?;
        let additional = response.end..key.len();
        if operation.matters.is_by_resources {
            let told = (&*operation.matters, request.clone());
            write_resources(parts.resources, told, &mut holes, key)?;
        }
        let resources = additional.end..key.len();
        // The lengths keep apart what stands side by side without them.
        for part in [&request, &response, &additional] {
            push_number(key, part.len());
        }
        self.marks
            .iter()
            .for_each(|marks| key.extend(marks.to_le_bytes()));
        key.push(
            holes
                .open
                .map_or(u8::MAX, |at| u8::try_from(at).unwrap_or(u8::MAX)),
        );
        Some(Reduced {
            is_address,
            agent: from.agent.telling,
            endpoint,
            apart,
            request,
            response,
            additional,
            resources,
            holes,
            refusal,
        })
    }

    /// The key of a record whose names are a part of it.
    pub(super) fn whole_key(&self, reduced: &Reduced<'_>) -> Vec<u8> {
        let mut key = self.key.clone();
        key.push(b'=');
        for name in reduced.holes.names() {
            push(&mut key, name.as_bytes());
        }
        key
    }

    /// The key of what mapping finds of a record, alone or with its names.
    pub(super) fn core_key(&self, reduced: &Reduced<'_>, is_whole: bool) -> Vec<u8> {
        let key = &self.key;
        let apart = &reduced.apart;
        let before = key.get(..apart.start).unwrap_or_default();
        let mut core = [before, key.get(apart.end..).unwrap_or_default()].concat();
        let request = key.get(reduced.request.clone()).unwrap_or_default();
        // Nothing follows from what a denied call's record leaves out.
        let is_hidden = reduced.refusal.is_some() && !request.starts_with(b"{");
        core.push(u8::from(is_hidden));
        if is_whole {
            core.push(b'=');
            for name in reduced.holes.names() {
                push(&mut core, name.as_bytes());
            }
        }
        core
    }

    /// The event that all records of the key made last come to, with `names` in its holes; `None` if there is anything odd about
    /// it.
    pub(super) fn event(
        &self,
        parts: &Parts<'_>,
        reduced: &Reduced<'_>,
        (caller, telling_of): (&Arc<Caller>, &dyn Fn(u32) -> Option<String>),
        names: &[&str],
    ) -> Option<Event> {
        let filled = |range: &Range<usize>| {
            let part = self.key.get(range.clone()).unwrap_or_default();
            fill(part, names)
        };
        let (request, resources) = (filled(&reduced.request), filled(&reduced.resources));
        let (response, additional) = (filled(&reduced.response), filled(&reduced.additional));
        let agent = match (reduced.agent, plain(parts.agent).ok()?) {
            (_, None) => Vec::new(),
            (None, _) => ANY_AGENT.to_vec(),
            (Some(number), _) => serde_json::to_vec(&telling_of(number)?).ok()?,
        };
        let endpoint = reduced.endpoint.map_or(&b""[..], |_| parts.endpoint);
        let reading = read_parts(&Parts {
            id: b"",
            time: b"",
            shared: b"",
            identity: b"",
            tls: b"",
            request: &request,
            response: &response,
            additional: &additional,
            resources: &resources,
            address: if reduced.is_address {
                ANY_ADDRESS
            } else {
                parts.address
            },
            agent: &agent,
            endpoint,
            ..*parts
        });
        let reading = reading.ok().filter(|reading| reading.oddity.is_none())?;
        let mut event = reading.event;
        event.caller = Arc::clone(caller);
        if let Outcome::Failed { message, .. } | Outcome::Denied { message, .. } =
            &mut event.outcome
        {
            message.clear();
        }
        Some(event)
    }

    /// Where a record's operation stands, and its number.
    fn operation(&mut self, parts: &Parts<'_>, whose: Whose) -> Option<(usize, u32)> {
        let key = &mut self.key;
        key.clear();
        key.extend([u8::from(whose.is_service), u8::from(whose.is_asked)]);
        push(key, parts.source);
        push(key, parts.name);
        if let Some(known) = self.names.get(key.as_slice()) {
            return Some(*known);
        }
        let (source, name) = (
            plain(parts.source).ok()?.unwrap_or_default(),
            plain(parts.name).ok()?.unwrap_or_default(),
        );
        let number = self.learned.operation(key);
        let find = || {
            if whose.is_asked {
                matters(source, name, whose.is_service, self.catalog)
            } else {
                matters_of_bystander(source, name, whose.is_service, self.catalog)
            }
        };
        let matters = self.learned.matters(number, find);
        let known = (self.operations.len(), number);
        self.operations.push(Operation::new(matters));
        self.names.insert(key.as_slice().into(), known);
        Some(known)
    }
}

/// Lists what folding may look at of the calls of an operation, made by a service itself or by others.
pub fn matters(source: &str, name: &str, is_by_service: bool, catalog: &Catalog) -> Matters {
    let mut matters = Matters::of_operation(source, name, catalog);
    // What signs and rules look at does not decide how a call is mapped.
    let is_by_client = matters.is_by_client;
    runtime::add_matters((source, name), is_by_service, catalog, &mut matters);
    let is_by_sender = matters.is_by_sender;
    platform::add_matters(catalog, &mut matters);
    // What a data event was about, and what a listing was for.
    matters.add_plain("bucketName");
    matters.add("prefix");
    matters.is_by_client = is_by_client;
    matters.is_by_sender = is_by_sender;
    matters
}

/// Lists what folding may look at of calls whose caller is not asked for: what they tell of units, and what data events were about.
fn matters_of_bystander(
    source: &str,
    name: &str,
    is_by_service: bool,
    catalog: &Catalog,
) -> Matters {
    let mut matters = Matters::of_unmapped(source, name, catalog);
    runtime::add_matters((source, name), is_by_service, catalog, &mut matters);
    matters.add_plain("bucketName");
    matters.is_by_resources = is_placed_by_arn(source);
    matters
}

/// Where a call was made and whence.
fn push_place(key: &mut Vec<u8>, parts: &Parts<'_>, is_address: bool) {
    for part in [parts.region, parts.recipient, parts.kind, parts.category] {
        push(key, part);
    }
    push(
        key,
        if is_address {
            ANY_ADDRESS
        } else {
            parts.address
        },
    );
}

/// What made a call. Gives the VPC endpoint that it came through, where that tells something.
fn push_client<'p>(
    key: &mut Vec<u8>,
    parts: &Parts<'p>,
    from: From,
) -> Result<Option<&'p str>, Odd> {
    let agent = from.agent.telling;
    push_number(key, agent.map_or(usize::MAX, |agent| agent as usize));
    let (has_agent, endpoint) = (plain(parts.agent)?.is_some(), plain(parts.endpoint)?);
    let endpoint = endpoint.filter(|_| agent.is_some());
    key.extend([u8::from(has_agent), u8::from(endpoint.is_some())]);
    Ok(endpoint)
}

/// How a call ended; of one that failed later, the message says nothing more. Gives the message of one that was denied, as it stands
/// around the session.
fn push_outcome<'p>(key: &mut Vec<u8>, parts: &Parts<'p>) -> Result<Option<[&'p str; 2]>, Odd> {
    push(key, parts.code);
    if parts.code.is_empty() && parts.message.is_empty() {
        return Ok(None);
    }
    let (code, message) = (plain(parts.code)?, plain(parts.message)?);
    let is_denied = match judge(code, message) {
        Outcome::Allowed => {
            key.push(b'A');
            false
        }
        Outcome::Failed { .. } => {
            key.push(b'F');
            false
        }
        Outcome::Denied { .. } => {
            key.push(b'D');
            true
        }
    };
    let told = || denial::of_any_call(message.unwrap_or_default());
    Ok(is_denied.then(told))
}

fn push(key: &mut Vec<u8>, part: &[u8]) {
    push_number(key, part.len());
    key.extend(part);
}

fn push_number(key: &mut Vec<u8>, number: usize) {
    key.extend(u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}
