//! The catalog inside the binary: a sorted index, and a compressed slice a service that is parsed on first use.

use std::sync::OnceLock;

use super::names::matches;
use super::packed::Packed;
use super::slice::Slice;
use super::{Action, Service};

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/services.bin"));
#[expect(
    clippy::unreadable_literal,
    reason = "the build script writes the offsets"
)]
static INDEX: &[Slice] = &include!(concat!(env!("OUT_DIR"), "/services.rs"));
static EVENT_SOURCES: &[(&str, &[usize])] =
    &include!(concat!(env!("OUT_DIR"), "/event_sources.rs"));

/// All services that IAM knows of.
#[derive(Debug)]
pub struct Catalog {
    services: Vec<OnceLock<Option<Service>>>,
}

impl Catalog {
    /// The catalog of this build, shared by all of the process.
    pub fn bundled() -> &'static Self {
        static CATALOG: OnceLock<Catalog> = OnceLock::new();
        CATALOG.get_or_init(Self::unread)
    }

    /// The catalog of this build before any service was read: for measurements.
    pub fn unread() -> Self {
        let services = INDEX.iter().map(|_| OnceLock::new()).collect();
        Self { services }
    }

    /// Tells the facts of this build from those of another: eight hexadecimal digits.
    pub fn digest() -> &'static str {
        include!(concat!(env!("OUT_DIR"), "/digest.rs"))
    }

    /// The prefixes of all services, sorted.
    pub fn prefixes(&self) -> impl Iterator<Item = &'static str> {
        INDEX.iter().map(|slice| slice.key)
    }

    /// The service of an action prefix, without regard to case.
    pub fn service(&self, prefix: &str) -> Option<&Service> {
        let place = |wanted: &str| INDEX.binary_search_by(|slice| slice.key.cmp(wanted));
        let at = place(prefix).or_else(|_| place(&prefix.to_ascii_lowercase()));
        self.service_at(at.ok()?)
    }

    /// The services whose operations CloudTrail records under an event source such as `s3.amazonaws.com`.
    ///
    /// The one whose prefix begins the event source stands first, the others by prefix.
    pub fn services_of_event_source(&self, source: &str) -> Vec<&Service> {
        let place =
            |wanted: &str| EVENT_SOURCES.binary_search_by(|(known, _)| (*known).cmp(wanted));
        let found = place(source).or_else(|_| place(&source.to_ascii_lowercase()));
        let places = found
            .ok()
            .and_then(|at| EVENT_SOURCES.get(at))
            .map_or(&[][..], |(_, places)| places);
        places
            .iter()
            .filter_map(|at| self.service_at(*at))
            .collect()
    }

    /// A full action such as `s3:GetObject`, without regard to case: its service, its name as IAM writes it, and its facts.
    pub fn action(&self, action: &str) -> Option<(&Service, &str, &Action)> {
        let (prefix, name) = action.split_once(':')?;
        let service = self.service(prefix)?;
        let (name, action) = service.action(name)?;
        Some((service, name, action))
    }

    /// All full actions that a pattern such as `s3:Get*` matches, sorted.
    pub fn expand(&self, pattern: &str) -> Vec<String> {
        let (prefix, name) = match pattern.split_once(':') {
            Some(parts) => parts,
            None if pattern == "*" => ("*", "*"),
            None => return Vec::new(),
        };
        let mut found = Vec::new();
        for (at, slice) in INDEX.iter().enumerate() {
            if matches(prefix, slice.key)
                && let Some(service) = self.service_at(at)
            {
                let names = service.actions.keys().filter(|known| matches(name, known));
                found.extend(names.map(|name| format!("{}:{name}", slice.key)));
            }
        }
        found
    }

    /// Every full action, sorted by prefix and name.
    pub fn all_actions(&self) -> Vec<String> {
        self.expand("*")
    }

    fn service_at(&self, at: usize) -> Option<&Service> {
        let parse = || {
            let bytes = INDEX.get(at)?.inflate(PACKED)?;
            serde_json::from_slice::<Packed>(&bytes).ok()?.unpack()
        };
        self.services.get(at)?.get_or_init(parse).as_ref()
    }
}

impl Service {
    /// An action by its name without prefix, without regard to case: the name as IAM writes it, and its facts.
    pub fn action(&self, name: &str) -> Option<(&str, &Action)> {
        let exact = self.actions.get_key_value(name);
        let found = exact.or_else(|| {
            self.actions
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
        });
        found.map(|(name, action)| (name.as_str(), action.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_parses() {
        let catalog = Catalog::bundled();
        for prefix in catalog.prefixes() {
            assert_eq!(catalog.service(prefix).unwrap().prefix, prefix);
        }
    }

    #[test]
    fn actions_are_found_without_regard_to_case() {
        let (service, name, action) = Catalog::bundled().action("S3:getobject").unwrap();
        assert_eq!((service.prefix.as_str(), name), ("s3", "GetObject"));
        assert_eq!(action.access_level, "Read");
        assert!(action.resource_types.contains(&"object".to_owned()));
        assert!(Catalog::bundled().action("s3:NoSuchAction").is_none());
    }

    #[test]
    fn patterns_expand_to_the_actions_they_match() {
        let found = Catalog::bundled().expand("sqs:*message");
        let wanted = ["sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage"];
        assert_eq!(found, wanted);
        assert!(Catalog::bundled().expand("nosuch:*").is_empty());
    }

    #[test]
    fn an_event_source_may_serve_several_prefixes() {
        let prefixes = |source| {
            let found = Catalog::bundled().services_of_event_source(source);
            found
                .iter()
                .map(|service| service.prefix.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(prefixes("s3.amazonaws.com").first().unwrap(), "s3");
        assert!(prefixes("monitoring.amazonaws.com").contains(&"cloudwatch".to_owned()));
        assert!(prefixes("nosuch.amazonaws.com").is_empty());
    }
}
