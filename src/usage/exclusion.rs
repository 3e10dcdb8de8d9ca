//! Calls that the user leaves out: an incident, a test, a person who should not have been there.

use std::net::IpAddr;

use crate::pattern::Pattern;
use crate::time::Window;
use crate::trail::Event;

/// Which calls are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exclusion {
    /// Those of sessions whose name matches the glob.
    Session(Pattern),
    /// Those inside the window.
    Time(Window),
    /// Those from addresses of the network: its address, and how many leading bits count.
    Network(IpAddr, u8),
    /// Those whose source is a service of this name.
    Source(String),
}

impl Exclusion {
    /// Reads an address (`203.0.113.7`), a network (`203.0.113.0/24`), or a service's name as `sourceIPAddress` has it.
    pub fn source(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let Ok(address) = address.parse::<IpAddr>() else {
            let is_name = bits.is_none() && text.contains('.') && !text.contains([' ', ',']);
            return is_name.then(|| Self::Source(text.to_owned()));
        };
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self::Network(address, bits))
    }

    /// Says whether a call is left out.
    pub fn holds(&self, event: &Event) -> bool {
        let source = event.source_address.as_deref().unwrap_or_default();
        match self {
            Self::Session(pattern) => event
                .caller
                .session
                .as_ref()
                .is_some_and(|session| pattern.matches(&session.name)),
            Self::Time(window) => event.time.is_some_and(|time| window.contains(time)),
            Self::Network(network, bits) => source
                .parse()
                .is_ok_and(|address| is_within(address, *network, *bits)),
            Self::Source(name) => source == name,
        }
    }
}

fn is_within(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let leading = |value: u128, width: u8| {
        let rest = u32::from(width.saturating_sub(bits));
        value.checked_shr(rest).unwrap_or_default()
    };
    match (address, network) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            leading(u32::from(one).into(), 32) == leading(u32::from(other).into(), 32)
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            leading(one.into(), 128) == leading(other.into(), 128)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses() {
        let holds = |network: &str, address: &str| match Exclusion::source(network).unwrap() {
            Exclusion::Network(base, bits) => is_within(address.parse().unwrap(), base, bits),
            _ => panic!("{network}"),
        };
        assert!(holds("203.0.113.0/24", "203.0.113.9"));
        assert!(!holds("203.0.113.0/24", "203.0.114.9"));
        assert!(holds("203.0.113.7", "203.0.113.7"));
        assert!(!holds("203.0.113.7", "203.0.113.8"));
        assert!(holds("0.0.0.0/0", "192.0.2.1"));
        assert!(holds("2001:db8::/32", "2001:db8:1::1"));
        assert!(!holds("0.0.0.0/0", "2001:db8:1::1"));
        for text in ["", "203.0.113.0/33", "here", "1.2.3.4/x"] {
            assert_eq!(Exclusion::source(text), None, "{text}");
        }
    }
}
