//! What makes records alike, as a key, and the event that all records of one key come to.

use memchr::memmem::Finder;

use super::Map;
use super::origins::From;
use crate::catalog::Catalog;
use crate::mapping::{Matters, Members};
use crate::trail::outcome::judge;
use crate::trail::{Caller, Event, JsonMembers, Outcome, Parts, key_text, read_parts};
use crate::usage::{denial, platform, runtime};

/// How many spellings of members are remembered of one operation's requests.
const MOST_SPELLINGS: usize = 512;

/// In longer values any ARN counts. An ARN has twenty bytes or more, and mapping looks at 4,096 of them.
const SEARCHED_BYTES: usize = 16 * 1024;

/// What stands for any address and any client that decide nothing.
const ANY_ADDRESS: &[u8] = b"\"192.0.2.1\"";
const ANY_AGENT: &[u8] = b"\"-\"";

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

/// What of a record its likeness leaves to be told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reduced {
    operation: usize,
    is_address: bool,
    is_agent_telling: bool,
}

/// How the open-ended name in a record counts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Naming<'a> {
    /// As it is.
    Whole,
    /// By what stands for it: nothing, or a pattern.
    As(&'a str, &'a str),
}

/// An operation, with what matters to it.
#[derive(Debug)]
struct Operation {
    matters: Matters,
    /// Whether a member of the request matters, by its name as written.
    spellings: Map<Box<[u8]>, bool>,
}

/// Makes keys.
#[derive(Debug)]
pub(super) struct Likeness<'q> {
    catalog: &'q Catalog,
    names: Map<Box<[u8]>, usize>,
    operations: Vec<Operation>,
    arn: Finder<'static>,
    key: Vec<u8>,
    scratch: Vec<u8>,
}

impl<'q> Likeness<'q> {
    pub(super) fn new(catalog: &'q Catalog) -> Self {
        Self {
            catalog,
            names: Map::default(),
            operations: Vec::new(),
            arn: Finder::new(b"\"arn:"),
            key: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// The open-ended name in a record: a plain one, that stands in a member that means nothing else.
    pub(super) fn open_name<'p>(&mut self, parts: &Parts<'p>) -> Option<&'p str> {
        let at = self.operation(parts)?;
        let open = self.operations.get(at)?.matters.open_member()?;
        if parts.request.first() != Some(&b'{') {
            return None;
        }
        let mut found = None;
        for member in JsonMembers::of(parts.request) {
            let (name, value) = member.ok()?;
            if name.eq_ignore_ascii_case(open.as_bytes()) {
                if found.is_some() {
                    return None;
                }
                found = Some(plain(value).ok()??);
            }
        }
        found.filter(|name| is_ordinary(name))
    }

    /// The key made last.
    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    /// Makes the key of a record; `None` if there is anything odd about it.
    pub(super) fn of(
        &mut self,
        parts: &Parts<'_>,
        (part, class): (u32, u32),
        from: From,
        naming: Naming<'_>,
    ) -> Option<Reduced> {
        let at = self.operation(parts)?;
        let operation = self.operations.get_mut(at)?;
        let key = &mut self.key;
        key.clear();
        // A name and a pattern may have the same text.
        key.push(u8::from(matches!(naming, Naming::As(..))));
        key.extend(part.to_le_bytes());
        key.extend(class.to_le_bytes());
        key.extend(at.to_le_bytes());
        for part in [parts.region, parts.recipient, parts.kind, parts.category] {
            push(key, part);
        }
        let is_address = from.address.is_numeric;
        push(
            key,
            if is_address {
                ANY_ADDRESS
            } else {
                parts.address
            },
        );
        let is_telling = from.agent.is_telling;
        let (agent, endpoint) = agent(parts, is_telling);
        push(key, agent);
        push(key, endpoint);
        push_outcome(key, parts)?;
        match naming {
            Naming::Whole => push(key, parts.resources),
            Naming::As(name, shown) => {
                self.scratch.clear();
                replace_ends(parts.resources, name.as_bytes(), shown, &mut self.scratch);
                push(key, &self.scratch);
                push(key, shown.as_bytes());
            }
        }
        let request = key.len();
        operation.reduce_request(
            parts.request,
            &self.arn,
            key,
            !matches!(naming, Naming::Whole),
        )?;
        let response = key.len();
        reduce(parts.response, &operation.matters.response, key)?;
        let additional = key.len();
        reduce(parts.additional, &operation.matters.additional, key)?;
        // The lengths keep apart what stands side by side without them.
        push_number(key, response - request);
        push_number(key, additional - response);
        Some(Reduced {
            operation: at,
            is_address,
            is_agent_telling: is_telling,
        })
    }

    /// Lets the session be a part of the key made last.
    pub(super) fn add_session(&mut self, session: Option<u32>) {
        let number = session.map_or(u32::MAX, |session| session);
        self.key.extend(b"session");
        self.key.extend(number.to_le_bytes());
    }

    /// The event that all records of the key made last come to; `None` if there is anything odd about it.
    pub(super) fn event(
        &mut self,
        parts: &Parts<'_>,
        reduced: Reduced,
        caller: Caller,
    ) -> Option<Event> {
        let operation = self.operations.get_mut(reduced.operation)?;
        let (mut request, mut response, mut additional) = (Vec::new(), Vec::new(), Vec::new());
        operation.reduce_request(parts.request, &self.arn, &mut request, false)?;
        reduce(parts.response, &operation.matters.response, &mut response)?;
        let members = &operation.matters.additional;
        reduce(parts.additional, members, &mut additional)?;
        let (agent, endpoint) = agent(parts, reduced.is_agent_telling);
        let reading = read_parts(&Parts {
            id: b"",
            time: b"",
            shared: b"",
            identity: b"",
            tls: b"",
            request: &request,
            response: &response,
            additional: &additional,
            address: if reduced.is_address {
                ANY_ADDRESS
            } else {
                parts.address
            },
            agent,
            endpoint,
            ..*parts
        });
        let reading = reading.ok().filter(|reading| reading.oddity.is_none())?;
        let mut event = reading.event;
        event.caller = caller;
        if let Outcome::Failed { message, .. } = &mut event.outcome {
            message.clear();
        }
        Some(event)
    }

    /// The number of a record's operation.
    fn operation(&mut self, parts: &Parts<'_>) -> Option<usize> {
        let key = &mut self.key;
        key.clear();
        push(key, parts.source);
        push(key, parts.name);
        if let Some(at) = self.names.get(key.as_slice()) {
            return Some(*at);
        }
        let (source, name) = (
            plain(parts.source).ok()?.unwrap_or_default(),
            plain(parts.name).ok()?.unwrap_or_default(),
        );
        let mut matters = Matters::of_operation(source, name, self.catalog);
        runtime::add_matters(source, name, self.catalog, &mut matters);
        platform::add_matters(self.catalog, &mut matters);
        // What a data event was about, and what a listing was for.
        matters.add("bucketName");
        matters.add("prefix");
        let at = self.operations.len();
        self.operations.push(Operation {
            matters,
            spellings: Map::default(),
        });
        self.names.insert(key.as_slice().into(), at);
        Some(at)
    }
}

impl Operation {
    /// Keeps what matters of a request, and whatever holds an ARN; with or without its open-ended name.
    fn reduce_request(
        &mut self,
        json: &[u8],
        arn: &Finder<'_>,
        key: &mut Vec<u8>,
        is_nameless: bool,
    ) -> Option<()> {
        let Self { matters, spellings } = self;
        let open = matters.open_member().filter(|_| is_nameless);
        let is_kept = |name: &[u8], value: &[u8]| {
            if open.is_some_and(|open| name.eq_ignore_ascii_case(open.as_bytes())) {
                return false;
            }
            let is_named = spellings.get(name).copied().unwrap_or_else(|| {
                let text = key_text(name);
                let is_named = matters.request.holds(&text) || matters.is_wrapper(&text);
                if spellings.len() < MOST_SPELLINGS {
                    spellings.insert(name.into(), is_named);
                }
                is_named
            });
            is_named || may_hold_arn(value, arn, matters)
        };
        keep(json, is_kept, key)
    }
}

/// Keeps what matters of an object; nothing of one that does not matter at all.
fn reduce(json: &[u8], members: &Members, key: &mut Vec<u8>) -> Option<()> {
    if members.is_empty() {
        return Some(());
    }
    keep(json, |name, _| members.holds(&key_text(name)), key)
}

fn keep(
    json: &[u8],
    mut is_kept: impl FnMut(&[u8], &[u8]) -> bool,
    key: &mut Vec<u8>,
) -> Option<()> {
    if json.first() != Some(&b'{') {
        key.extend(json);
        return Some(());
    }
    let mut comma = b'{';
    for member in JsonMembers::of(json) {
        let (name, value) = member.ok()?;
        if is_kept(name, value) {
            key.extend([comma, b'"']);
            key.extend(name);
            key.extend(b"\":");
            key.extend(value);
            comma = b',';
        }
    }
    if comma == b'{' {
        key.push(b'{');
    }
    key.push(b'}');
    Some(())
}

/// Says whether a text in a value may be an ARN of a service that counts. An escape may hide one.
fn may_hold_arn(value: &[u8], arn: &Finder<'_>, matters: &Matters) -> bool {
    match value.first() {
        Some(b'"') => {
            is_arn_of(value, matters)
                || value.starts_with(b"\"\\u")
                || has_unicode_escape(value.get(..40).unwrap_or(value))
        }
        // Beyond some thousands an ARN is not searched for; a long value is kept as it is.
        Some(b'{' | b'[') if value.len() > SEARCHED_BYTES => {
            arn.find(value).is_some() || has_unicode_escape(value)
        }
        Some(b'{' | b'[') => {
            let mut found = arn.find_iter(value);
            let is_one = |at| value.get(at..).is_some_and(|text| is_arn_of(text, matters));
            found.any(is_one) || has_unicode_escape(value)
        }
        _ => false,
    }
}

/// Says whether a JSON text is an ARN of a service that counts: `"arn:PARTITION:SERVICE:`.
fn is_arn_of(text: &[u8], matters: &Matters) -> bool {
    let Some(rest) = text.strip_prefix(b"\"arn:") else {
        return false;
    };
    let mut fields = rest.splitn(3, |byte| *byte == b':').skip(1);
    let service = fields.next();
    service.is_some_and(|service| service.contains(&b'\\') || matters.holds_arn_of(service))
}

/// Says whether a name has only such letters as mean nothing, neither in JSON nor in an ARN nor in a pattern.
fn is_ordinary(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_.=+@,()~ -[]$!".contains(&byte);
    !name.is_empty() && name.bytes().all(is_plain)
}

/// Copies JSON, with something else wherever a text ends in a name.
fn replace_ends(json: &[u8], name: &[u8], shown: &str, output: &mut Vec<u8>) {
    let mut rest = json;
    while let Some(at) = memchr::memmem::find(rest, name) {
        let (before, after) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        let tail = after.get(name.len()..).unwrap_or_default();
        let is_end = tail.first() == Some(&b'"') && matches!(before.last(), Some(b'/' | b':'));
        output.extend(before);
        output.extend(if is_end { shown.as_bytes() } else { name });
        rest = tail;
    }
    output.extend(rest);
}

fn has_unicode_escape(value: &[u8]) -> bool {
    memchr::memchr_iter(b'\\', value).any(|at| value.get(at + 1) == Some(&b'u'))
}

/// What counts of the client and the VPC endpoint: nothing, unless rules look for such a client.
fn agent<'a>(parts: &Parts<'a>, is_telling: bool) -> (&'a [u8], &'a [u8]) {
    match (is_telling, plain(parts.agent)) {
        (true, _) => (parts.agent, parts.endpoint),
        (false, Ok(None)) => (b"", b""),
        (false, _) => (ANY_AGENT, b""),
    }
}

/// How a call ended; of one that failed later, the message says nothing more.
fn push_outcome(key: &mut Vec<u8>, parts: &Parts<'_>) -> Option<()> {
    push(key, parts.code);
    if parts.code.is_empty() && parts.message.is_empty() {
        return Some(());
    }
    let (code, message) = (plain(parts.code).ok()?, plain(parts.message).ok()?);
    match judge(code, message) {
        Outcome::Allowed => key.push(b'A'),
        Outcome::Failed { .. } => key.push(b'F'),
        Outcome::Denied { message, .. } => {
            key.push(b'D');
            push(key, denial::without_encoded_part(&message).as_bytes());
        }
    }
    Some(())
}

fn push(key: &mut Vec<u8>, part: &[u8]) {
    push_number(key, part.len());
    key.extend(part);
}

fn push_number(key: &mut Vec<u8>, number: usize) {
    key.extend(u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}
