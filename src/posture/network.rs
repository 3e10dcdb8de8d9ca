//! Security groups: what they let in.

use super::look::{Found, items, not_known, pick, shown, spot, walk};
use super::{Identity, Spot};
use crate::template::Node;

/// A security group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityGroup {
    /// Who and where it is.
    pub identity: Identity,
    /// What is let in.
    pub openings: Vec<Opening>,
    /// Says whether it is a rule that is a resource of its own.
    pub is_rule: bool,
    /// Says whether all that is let in are addresses, and all was read: then the list of rules can be written anew.
    pub is_whole: bool,
    /// Rules that could not be read, and why.
    pub unread: Vec<(Spot, String)>,
}

/// A rule that lets something in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opening {
    /// Where it stands.
    pub spot: Spot,
    /// The addresses that are let in.
    pub networks: Vec<String>,
    /// What the code says of it.
    pub description: Option<String>,
    /// The protocol; `-1` is every one.
    pub protocol: String,
    /// The ports from the first to the last; none means every one.
    pub ports: Option<(i64, i64)>,
}

/// Reads the rules of a list.
pub(super) fn ingress(group: &mut SecurityGroup, node: &Node, names: &[&str]) {
    if let Some(why) = not_known(node) {
        group.unread.push((spot(&node.place), why));
        return;
    }
    match items(node, names) {
        Ok(list) => list.iter().for_each(|rule| opening(group, rule)),
        Err(why) => group.unread.push((spot(&node.place), why)),
    }
}

/// What rules call the networks that they let in.
const NETWORKS: [&str; 8] = [
    "CidrIp",
    "CidrIpv6",
    "CidrBlocks",
    "Ipv6CidrBlocks",
    "CidrIpv4",
    "IpRanges",
    "Ipv6Ranges",
    "CidrBlock",
];
/// What rules call other things that they let in.
const OTHERS: [&str; 8] = [
    "SourceSecurityGroupId",
    "SourceSecurityGroupName",
    "SourcePrefixListId",
    "SecurityGroups",
    "PrefixListIds",
    "UserIdGroupPairs",
    "Self",
    "ReferencedSecurityGroupId",
];

/// Reads a rule.
pub(super) fn opening(group: &mut SecurityGroup, rule: &Node) {
    let at = spot(&rule.place);
    if let Some(why) = not_known(rule) {
        group.unread.push((at, why));
        return;
    }
    group.is_whole &= !OTHERS.iter().any(|name| pick(rule, &[name]).is_some());
    let networks = networks(group, rule);
    let protocol = pick(rule, &["IpProtocol", "Protocol"]).map(shown);
    let protocol = protocol.unwrap_or_else(|| "-1".to_owned());
    let port = |name: &str| match walk(rule, &[name]) {
        Found::Node(node) => Ok(node.as_str().and_then(|text| text.parse::<i64>().ok())),
        Found::Absent => Ok(None),
        Found::NotKnown(why) => Err(why),
    };
    let ports = match (port("FromPort"), port("ToPort")) {
        (Ok(Some(from)), Ok(Some(to))) => Some((from, to)),
        (Ok(_), Ok(_)) => None,
        (Err(why), _) | (_, Err(why)) => {
            if networks.is_empty() {
                return;
            }
            group.unread.push((at, why));
            return;
        }
    };
    // Terraform writes "every protocol" with the ports 0 to 0.
    let ports = ports.filter(|_| protocol != "-1" && protocol != "all");
    group.openings.push(Opening {
        spot: at,
        description: pick(rule, &["Description"]).map(shown),
        networks,
        protocol,
        ports,
    });
}

/// Lists the networks that a rule lets in.
fn networks(group: &mut SecurityGroup, rule: &Node) -> Vec<String> {
    let mut networks = Vec::new();
    for name in NETWORKS {
        let Some(list) = pick(rule, &[name]) else {
            continue;
        };
        for network in list.items() {
            let network = pick(network, &["CidrIp", "CidrIpv6"]).unwrap_or(network);
            match not_known(network) {
                Some(why) => group.unread.push((spot(&network.place), why)),
                None => networks.push(shown(network)),
            }
        }
    }
    networks
}
