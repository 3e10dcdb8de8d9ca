//! Which members of a record can matter to the calls of one operation.
//!
//! Of a request most members decide nothing: a part's number, a token, a body. Records that are alike in what matters map to
//! the same accesses, so they need to be mapped once. What matters is told by the catalog: the members where its paths start,
//! and whatever holds an ARN, since those are searched for. A test maps real records with and without the rest.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Bindings, Catalog, Need, OpenPart, ResourceType, Service, When};

use super::evidence::is_making;
use super::filter;
use super::operation::{self, Found};
use super::path::{WRAPPERS, is_of_response};
use crate::catalog::format::{PLACE_HOLES, holes};

/// The members of one object that matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// Says whether all do.
    pub is_all: bool,
    /// Their names, in lower case.
    pub names: BTreeSet<String>,
}

impl Members {
    /// Says whether a member matters by its name.
    pub fn holds(&self, name: &[u8]) -> bool {
        self.is_all
            || self
                .names
                .iter()
                .any(|known| known.as_bytes().eq_ignore_ascii_case(name))
            || WRAPPERS.iter().any(|wrapper| wrapper.as_bytes() == name)
    }

    /// Says whether none does, so that the object need not be looked at.
    pub fn is_empty(&self) -> bool {
        !self.is_all && self.names.is_empty()
    }
}

/// What matters of the calls of one operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matters {
    /// Of `requestParameters`; beside these, whatever holds an ARN.
    pub request: Members,
    /// Of `responseElements`.
    pub response: Members,
    /// Of `additionalEventData`.
    pub additional: Members,
    /// Says whether the client's name or VPC endpoint decides anything.
    pub is_by_client: bool,
    /// Says whether it matters which service's name stands where the caller's address does.
    pub is_by_sender: bool,
    /// Says whether what `resources[]` lists matters.
    pub is_by_resources: bool,
    /// What stands before `Request` and `Response` in members that wrap all others.
    pub wrapper: String,
    /// The services whose ARNs may name a resource that the calls need; none if those of any service may.
    arn_services: Option<BTreeSet<String>>,
    /// What ARNs of these services may end in that tells their type; none where that cannot be told from names.
    ends: Option<BTreeSet<String>>,
    /// What else stands in them beside names; none where it stands side by side with a name.
    words: Option<BTreeSet<String>>,
    /// The member of the request that is an open-ended name as a whole.
    open: Option<String>,
    /// Members whose text is a part of an ARN as it stands.
    plain: BTreeSet<String>,
    /// Members of which it matters only what is there, not with which text.
    shown: BTreeSet<String>,
    /// Members that are passed through filters, with these.
    filtered: BTreeMap<String, BTreeSet<String>>,
    /// Members that mean something else.
    others: BTreeSet<String>,
}

impl Matters {
    /// Lists what mapping may look at.
    pub fn of_operation(source: &str, name: &str, catalog: &Catalog) -> Self {
        let mut matters = Self {
            is_by_resources: true,
            ..Self::of_nothing()
        };
        let services = catalog.services_of_event_source(source);
        if let Ok(found) = operation::choose(&services, name) {
            matters.wrapper = found.name.to_ascii_lowercase();
            matters.add_operation(&found, catalog);
        }
        matters
    }

    /// Lists nothing yet, for calls that are not mapped: only how the request may be wrapped.
    pub fn of_unmapped(source: &str, name: &str, catalog: &Catalog) -> Self {
        let services = catalog.services_of_event_source(source);
        let found = operation::choose(&services, name);
        Self {
            wrapper: found.map_or_else(|_| String::new(), |found| found.name.to_ascii_lowercase()),
            ..Self::of_nothing()
        }
    }

    fn of_nothing() -> Self {
        Self {
            arn_services: Some(BTreeSet::new()),
            ends: Some(BTreeSet::new()),
            // What data events are about is told without an index.
            words: Some(BTreeSet::from(["index".to_owned()])),
            ..Self::default()
        }
    }

    /// Says whether a member of the request wraps the others, as EC2's `CreateNatGatewayRequest` does.
    pub fn is_wrapper(&self, name: &[u8]) -> bool {
        let name_length = self.wrapper.len();
        let start = name.get(..name_length);
        name_length > 0
            && start.is_some_and(|start| start.eq_ignore_ascii_case(self.wrapper.as_bytes()))
    }

    fn add_operation(&mut self, found: &Found<'_>, catalog: &Catalog) {
        let service = found.service;
        let own = found.needs.iter().map(AsRef::as_ref);
        for need in own.chain(&service.extra_needs) {
            self.add_need(need, found, catalog);
        }
        for passed in &service.passed_roles {
            if passed.operations.contains(&found.name) {
                passed.parameters.iter().for_each(|place| self.add(place));
            }
        }
        if let Some(forwarded) = &service.forwarded {
            self.is_by_sender = true;
            let evidence = forwarded.evidence.keys();
            evidence.for_each(|place| self.add_shown(place));
        }
    }

    fn add_need(&mut self, need: &Need, found: &Found<'_>, catalog: &Catalog) {
        if let Some(when) = &need.when {
            self.add_condition(when);
        }
        need.resource_types_from
            .iter()
            .for_each(|place| self.add(place));
        let Some((service, _, action)) = catalog.action(&need.action) else {
            return;
        };
        if service.prefix != found.service.prefix && service.forwarded.is_some() {
            self.is_by_sender = true;
            let evidence = service.forwarded.iter().flat_map(|it| it.evidence.keys());
            evidence.for_each(|place| self.add_shown(place));
        }
        self.add_services(service, &action.resource_types);
        let keys = keys(need, service, &action.resource_types);
        self.add_bindings(&need.bindings, &keys, true);
        if service.prefix == found.service.prefix {
            let of_operation = service.bindings_by_operation.get(&found.name);
            let trusts_response = !is_making(&found.name);
            for bindings in of_operation.into_iter().chain([&service.bindings]) {
                self.add_bindings(bindings, &keys, trusts_response);
            }
        }
    }

    fn add_bindings(
        &mut self,
        bindings: &Bindings,
        keys: &BTreeSet<String>,
        trusts_response: bool,
    ) {
        for (key, places) in bindings.iter().filter(|(key, _)| keys.contains(*key)) {
            let hole = key.rsplit('.').next().unwrap_or_default();
            let is_open = OpenPart::all().iter().any(|part| part.part == hole);
            for place in places {
                if !place.contains(['.', '|', '@', '=', '[']) {
                    if is_open {
                        self.open = Some(place.to_ascii_lowercase());
                    }
                    self.add_plain(place);
                } else if trusts_response || !is_of_response(place) {
                    self.add(place);
                }
            }
        }
    }

    /// Says whether an ARN's last part, a plain word, is a name that tells nothing of its type.
    pub fn is_name_at_end(&self, word: &str) -> bool {
        let Some(ends) = &self.ends else {
            return false;
        };
        !ends.iter().any(|end| end.eq_ignore_ascii_case(word))
    }

    /// Says whether a name may be taken for a word of an ARN, such as the type of a resource.
    pub fn is_word_of_arns(&self, name: &str) -> bool {
        let Some(words) = &self.words else {
            return true;
        };
        words.iter().any(|word| word.eq_ignore_ascii_case(name))
    }

    /// Adds the words in what a format of ARNs says of the resource.
    fn add_words(&mut self, format: &str) {
        let resource = format.splitn(6, ':').nth(5).unwrap_or_default();
        for piece in resource.split([':', '/']) {
            let is_name = piece.starts_with("${") && piece.find('}') == Some(piece.len() - 1);
            if is_name || piece.is_empty() {
                continue;
            }
            if piece.contains(['$', '{', '*']) {
                self.words = None;
            } else if let Some(words) = &mut self.words {
                words.insert(piece.to_owned());
            }
        }
    }

    /// Adds what the ARNs of a service may end in.
    fn add_ends(&mut self, service: &Service) {
        let kinds = service.resource_types.values();
        let is_by_form = |kind: &ResourceType| {
            let suffix = kind.suffix.as_ref();
            suffix.is_some_and(|suffix| suffix.unless_like.is_some())
        };
        if kinds.clone().any(is_by_form) {
            // The form of a name decides what is appended to it.
            self.ends = None;
            self.words = None;
        }
        for format in kinds.flat_map(|kind| &kind.arns) {
            self.add_words(format);
            let end = format
                .rfind([':', '/', '}'])
                .and_then(|at| format.get(at..));
            let before = format.rfind("${").and_then(|at| format.get(..at));
            let is_hole = end == Some("}") && before.is_some_and(|it| it.ends_with([':', '/']));
            match end.and_then(|end| end.strip_prefix([':', '/'])) {
                _ if is_hole => {}
                Some(word) => {
                    self.ends.as_mut().map(|ends| ends.insert(word.to_owned()));
                }
                None => self.ends = None,
            }
        }
    }

    /// Adds the services that ARNs of the action's resources name.
    fn add_services(&mut self, service: &Service, kinds: &[String]) {
        self.add_ends(service);
        let is_wanted = |name: &&String| kinds.iter().any(|kind| kind.eq_ignore_ascii_case(name));
        let wanted = service
            .resource_types
            .iter()
            .filter(|(name, _)| is_wanted(name));
        for format in wanted.flat_map(|(_, facts)| &facts.arns) {
            let named = format.split(':').nth(2).unwrap_or_default();
            if named.is_empty() || named.contains(['$', '*']) {
                self.arn_services = None;
            } else if let Some(services) = &mut self.arn_services {
                services.insert(named.to_owned());
            }
        }
    }

    /// The services whose ARNs may name what the calls need; none if those of any may.
    pub fn arn_services(&self) -> Option<&BTreeSet<String>> {
        self.arn_services.as_ref()
    }

    /// Says whether an ARN of this service may name what the calls need.
    pub fn holds_arn_of(&self, service: &[u8]) -> bool {
        let Some(services) = &self.arn_services else {
            return true;
        };
        services.iter().any(|known| known.as_bytes() == service)
    }

    /// The member that is an open-ended name as a whole, if it means nothing else.
    pub fn open_member(&self) -> Option<&str> {
        let open = self.open.as_deref()?;
        let is_free = !self.request.is_all && !self.others.contains(open);
        is_free.then_some(open)
    }

    /// Says whether a member of the request is a part of an ARN as it stands, and means nothing else.
    pub fn is_free(&self, name: &[u8]) -> bool {
        !self.request.is_all && is_in(&self.plain, name) && !is_in(&self.others, name)
    }

    /// Says which filters of a member take a text, bit by bit; `None` if one changes it.
    pub fn marks_of(&self, name: &[u8], text: &str) -> Option<u64> {
        let of_member = |(known, _): &(&String, _)| known.as_bytes().eq_ignore_ascii_case(name);
        let all = self.filtered.iter().filter(of_member).flat_map(|it| it.1);
        let mut marks = 0;
        for (at, filters) in all.enumerate() {
            let filters: Vec<&str> = filters.split('|').collect();
            let is_taken = match filter::apply(&filters, text) {
                None => false,
                Some(kept) if kept == text => true,
                Some(_) => return None,
            };
            marks |= u64::from(is_taken).checked_shl(u32::try_from(at).ok()?)?;
        }
        Some(marks)
    }

    /// Says whether a member is passed through filters.
    pub fn is_filtered(&self, name: &[u8]) -> bool {
        let mut names = self.filtered.keys();
        names.any(|known| known.as_bytes().eq_ignore_ascii_case(name))
    }

    /// Says whether it matters only what is there of a member of the request, and not with which text.
    pub fn is_only_shown(&self, name: &[u8]) -> bool {
        let is_other =
            is_in(&self.others, name) || is_in(&self.plain, name) || self.is_filtered(name);
        !self.request.is_all && is_in(&self.shown, name) && !is_other
    }

    fn note_client(&mut self, place: &str) {
        const FACTS: [&str; 2] = ["@event.userAgent", "@event.vpcEndpoint"];
        self.is_by_client |= FACTS.iter().any(|fact| place.starts_with(fact));
        self.is_by_sender |= place.starts_with("@event.sourceAddress");
    }

    /// Adds a path of which it matters only whether something stands there.
    fn add_shown(&mut self, place: &str) {
        self.note_client(place);
        let is_text = place.contains(['|', '=', '@', '[']);
        match place.split('.').next() {
            Some(first) if !is_text && !first.is_empty() => {
                self.request.names.insert(first.to_ascii_lowercase());
                self.shown.insert(first.to_ascii_lowercase());
            }
            _ => self.add(place),
        }
    }

    /// Adds a member of the request whose text is copied as it stands.
    pub fn add_plain(&mut self, name: &str) {
        self.plain.insert(name.to_ascii_lowercase());
        self.request.names.insert(name.to_ascii_lowercase());
    }

    /// Adds what a condition looks at.
    pub fn add_condition(&mut self, when: &When) {
        let mut waiting = vec![when];
        while let Some(when) = waiting.pop() {
            match when {
                When::Present(place) | When::Absent(place) => self.add_shown(place),
                When::Equals(place, _) | When::StartsWith(place, _) => self.add(place),
                When::All(all) | When::Any(all) => waiting.extend(all),
                When::Not(inner) => waiting.push(inner),
            }
        }
    }

    /// Adds the member that a path starts at.
    pub fn add(&mut self, place: &str) {
        self.note_client(place);
        if let Some((member, filters)) = place.split_once('|')
            && !member.contains(['.', '@', '=', '['])
        {
            let name = member.to_ascii_lowercase();
            self.request.names.insert(name.clone());
            let known = self.filtered.entry(name).or_default();
            known.insert(filters.to_owned());
            return;
        }
        let place = place.split('|').next().unwrap_or_default();
        if place.starts_with('=') || place.starts_with("@event.") {
            return;
        }
        let (members, rest) = match place.split_once('.') {
            Some(("@response", rest)) => (&mut self.response, rest),
            Some(("@additional", rest)) => (&mut self.additional, rest),
            _ => (&mut self.request, place),
        };
        let first = rest.split('.').next().unwrap_or_default();
        if first.is_empty() || first.starts_with(['[', '@']) {
            members.is_all = true;
        } else {
            members.names.insert(first.to_ascii_lowercase());
            self.others.insert(first.to_ascii_lowercase());
        }
    }
}

fn is_in(names: &BTreeSet<String>, name: &[u8]) -> bool {
    let mut names = names.iter();
    names.any(|known| known.as_bytes().eq_ignore_ascii_case(name))
}

/// The keys under which bindings may name resources of the types that a need is about.
fn keys(need: &Need, service: &Service, kinds: &[String]) -> BTreeSet<String> {
    let mut keys = BTreeSet::from(["@*".to_owned()]);
    let is_wanted = |name: &&String| kinds.iter().any(|kind| kind.eq_ignore_ascii_case(name));
    for (name, facts) in service
        .resource_types
        .iter()
        .filter(|(name, _)| is_wanted(name))
    {
        keys.insert(format!("@{name}"));
        let own = need.templates.values().flatten();
        let templates = own.chain(&facts.templates).map(|template| &template.arn);
        let formats = facts.arns.iter().chain(templates);
        for hole in formats.flat_map(|format| holes(format)).chain(PLACE_HOLES) {
            keys.insert(format!("{name}.{hole}"));
            keys.insert(hole.to_owned());
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_operation_looks_at_is_told_by_the_catalog() {
        let matters = Matters::of_operation("s3.amazonaws.com", "GetObject", Catalog::bundled());
        assert!(matters.request.holds(b"bucketName") && matters.request.holds(b"KEY"));
        assert!(!matters.request.holds(b"Host"));
        assert!(matters.response.is_empty());
        assert_eq!(matters.open_member(), Some("key"));
        assert!(matters.is_free(b"bucketName") && !matters.is_free(b"Host"));
        assert!(matters.holds_arn_of(b"s3") && !matters.holds_arn_of(b"iam"));
        let unknown =
            Matters::of_operation("nowhere.amazonaws.com", "GetObject", Catalog::bundled());
        assert!(unknown.request.names.is_empty() && unknown.open_member().is_none());
    }
}
