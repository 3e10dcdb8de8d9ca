//! Where calls came from, known by the texts of `sourceIPAddress` and `userAgent`.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::learned::Learned;
use super::likeness::plain;
use super::{Map, Numbers, Slot};
use crate::catalog::Catalog;
use crate::time::Timestamp;
use crate::trail::Parts;
use crate::usage::circumstances::is_public;
use crate::usage::origin::{self, Origin, Span, Spans};

/// How many texts of each kind are remembered.
const MOST_TEXTS: usize = 16 * 1024;

/// The origin of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct From {
    pub(super) address: Address,
    pub(super) agent: Agent,
}

/// What `sourceIPAddress` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address {
    network: u32,
    /// The address, if it is one that AWS knows its caller by.
    public: Option<IpAddr>,
    /// Says whether it is an address; else it may be the name of a service, which decides things.
    pub(super) is_numeric: bool,
}

/// What `userAgent` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Agent {
    kind: u32,
    /// The number of what rules of the catalog look for in it, if they find any.
    pub(super) telling: Option<u32>,
}

/// The networks and clients of one role.
#[derive(Debug, Default)]
pub(super) struct OfRole {
    pub(super) networks: Spans,
    pub(super) agents: Spans,
}

/// The origins of a trail.
#[derive(Debug)]
pub(super) struct Origins {
    /// What rules look for in a client's name, and whether one takes the name as a whole.
    needles: Vec<(&'static str, bool)>,
    learned: Arc<Learned>,
    tellings: Map<u32, Box<str>>,
    addresses: Map<Box<[u8]>, Address>,
    agents: Map<Box<[u8]>, Agent>,
    networks: Numbers<Box<str>>,
    /// The number of the network by the first three parts of an address.
    short_networks: Map<[u8; 3], u32>,
    kinds: Numbers<Box<str>>,
    of_networks: Map<(Slot, u32), Span>,
    of_kinds: Map<(Slot, u32), Span>,
}

/// What is told of an origin, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Short {
    network: u32,
    kind: u32,
}

impl From {
    pub(super) fn short(self) -> Short {
        Short {
            network: self.address.network,
            kind: self.agent.kind,
        }
    }

    /// The address, if it is one that AWS knows its caller by.
    pub(super) fn public(self) -> Option<IpAddr> {
        self.address.public
    }
}

impl Origins {
    pub(super) fn new(catalog: &Catalog, learned: Arc<Learned>) -> Self {
        let signs = catalog.runtimes().iter().flat_map(|runtime| &runtime.signs);
        let signs = signs.filter_map(|sign| {
            let mut captured = sign.captures.values().flatten();
            let is_whole = captured.any(|place| place.starts_with("@event.userAgent"));
            Some((sign.user_agent_contains.as_deref()?, is_whole))
        });
        let rules = catalog.platform_rules().iter();
        let rules = rules.filter_map(|rule| Some((rule.user_agent_contains.as_deref()?, false)));
        Self {
            needles: signs.chain(rules).collect(),
            learned,
            tellings: Map::default(),
            addresses: Map::default(),
            agents: Map::default(),
            networks: Numbers::default(),
            short_networks: Map::default(),
            kinds: Numbers::default(),
            of_networks: Map::default(),
            of_kinds: Map::default(),
        }
    }

    /// Reads the origin of a record; `None` if there is anything odd about it.
    ///
    /// Where no more is asked of an address than whether it is one, nothing else is told of it.
    pub(super) fn of(&mut self, parts: &Parts<'_>, is_detailed: bool) -> Option<From> {
        Some(From {
            address: self.address(parts.address, is_detailed)?,
            agent: self.agent(parts.agent)?,
        })
    }

    fn address(&mut self, json: &[u8], is_detailed: bool) -> Option<Address> {
        // Addresses come by the million, and reading one takes no longer than looking it up.
        if let Some(address) = short_address(json) {
            return Some(if is_detailed {
                self.short(address)
            } else {
                Address {
                    network: 0,
                    public: None,
                    is_numeric: true,
                }
            });
        }
        if let Some(known) = self.addresses.get(json) {
            return Some(*known);
        }
        let text = plain(json).ok()?.unwrap_or_default();
        let parsed: Option<IpAddr> = text.parse().ok();
        let public = parsed.filter(|address| is_public(*address));
        let address = Address {
            network: self.networks.of(origin::network(text).into_boxed_str()),
            public,
            is_numeric: parsed.is_some(),
        };
        remember(&mut self.addresses, json, address);
        Some(address)
    }

    fn short(&mut self, address: Ipv4Addr) -> Address {
        let [first, second, third, _] = address.octets();
        let start = [first, second, third];
        let known = self.short_networks.get(&start).copied();
        let network = known.unwrap_or_else(|| {
            let name = origin::network(&address.to_string());
            self.networks.of(name.into_boxed_str())
        });
        if known.is_none() {
            self.short_networks.insert(start, network);
        }
        let address = IpAddr::V4(address);
        Address {
            network,
            public: is_public(address).then_some(address),
            is_numeric: true,
        }
    }

    fn agent(&mut self, json: &[u8]) -> Option<Agent> {
        if let Some(known) = self.agents.get(json) {
            return Some(*known);
        }
        let text = plain(json).ok()?.unwrap_or_default();
        let telling = self.telling(text);
        let agent = Agent {
            kind: self.kinds.of(origin::kind(text).into()),
            telling: telling.map(|telling| {
                let number = self.learned.telling(&telling);
                self.tellings.insert(number, telling.into());
                number
            }),
        };
        remember(&mut self.agents, json, agent);
        Some(agent)
    }

    /// What counts of a client's name: the parts that rules look for, or all of it.
    fn telling(&self, text: &str) -> Option<String> {
        let found = self.needles.iter().filter(|(part, _)| text.contains(part));
        let found: Vec<_> = found.collect();
        let parts: Vec<&str> = found.iter().map(|(part, _)| *part).collect();
        let joined = parts.join(" ");
        let holds = |part: &str| joined.contains(part) && !parts.contains(&part);
        let is_more = self.needles.iter().any(|(part, _)| holds(part));
        match found.as_slice() {
            [] => None,
            [..] if is_more || found.iter().any(|(_, is_whole)| *is_whole) => Some(text.to_owned()),
            [..] => Some(joined),
        }
    }

    /// What counts of the client with this number.
    pub(super) fn telling_of(&self, number: u32) -> Option<String> {
        self.tellings.get(&number).map(ToString::to_string)
    }

    pub(super) fn note(&mut self, role: Slot, from: From, time: Timestamp) {
        let network = self.of_networks.entry((role, from.address.network));
        network.or_default().note(Some(time));
        let kind = self.of_kinds.entry((role, from.agent.kind));
        kind.or_default().note(Some(time));
    }

    pub(super) fn origin(&self, from: Short) -> Origin {
        let text = |numbers: &Numbers<Box<str>>, number| {
            numbers
                .get(number)
                .map_or_else(String::new, ToString::to_string)
        };
        Origin {
            network: text(&self.networks, from.network),
            agent: text(&self.kinds, from.kind),
        }
    }

    /// What was noted of each role.
    pub(super) fn finish(&mut self) -> Map<Slot, OfRole> {
        let mut roles: Map<Slot, OfRole> = Map::default();
        for ((role, network), span) in std::mem::take(&mut self.of_networks) {
            if let Some(name) = self.networks.get(network) {
                roles.entry(role).or_default().networks.add(name, span);
            }
        }
        for ((role, kind), span) in std::mem::take(&mut self.of_kinds) {
            if let Some(name) = self.kinds.get(kind) {
                roles.entry(role).or_default().agents.add(name, span);
            }
        }
        roles
    }
}

/// Reads an address of four numbers.
fn short_address(json: &[u8]) -> Option<Ipv4Addr> {
    let text = json.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if !text.first()?.is_ascii_digit() || text.len() > "255.255.255.255".len() {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn remember<V>(texts: &mut Map<Box<[u8]>, V>, json: &[u8], value: V) {
    if texts.len() == MOST_TEXTS {
        texts.clear();
    }
    texts.insert(json.into(), value);
}
