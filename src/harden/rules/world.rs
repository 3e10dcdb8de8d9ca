//! What a security group opens to every address.

use crate::posture::{Opening, SecurityGroup};

/// Ports of administration and of data, with what listens there. Source: IANA's registry of service names and ports.
const SENSITIVE: [(i64, &str); 22] = [
    (20, "FTP"),
    (21, "FTP"),
    (22, "SSH"),
    (23, "Telnet"),
    (135, "RPC"),
    (445, "SMB"),
    (1433, "SQL Server"),
    (1521, "Oracle"),
    (2049, "NFS"),
    (2375, "Docker"),
    (3306, "MySQL"),
    (3389, "RDP"),
    (5432, "PostgreSQL"),
    (5439, "Redshift"),
    (5601, "Kibana"),
    (5900, "VNC"),
    (5985, "WinRM"),
    (6379, "Redis"),
    (9092, "Kafka"),
    (9200, "Elasticsearch"),
    (11211, "Memcached"),
    (27017, "MongoDB"),
];
/// The web's own ports.
const WEB: [i64; 2] = [80, 443];
/// Every address.
pub(in crate::harden) const WORLD: [&str; 2] = ["0.0.0.0/0", "::/0"];

/// Lists what is open to every address.
pub(in crate::harden) fn world_open(group: &SecurityGroup) -> impl Iterator<Item = &Opening> {
    let openings = group.openings.iter();
    openings.filter(|opening| {
        let mut networks = opening.networks.iter();
        networks.any(|network| WORLD.contains(&network.as_str()))
    })
}

/// Says whether every port is open, or one of administration or of a database; then which.
pub(in crate::harden) fn sensitive(opening: &Opening) -> Option<String> {
    let (first, last) = opening.ports.unwrap_or((0, 65_535));
    if last.saturating_sub(first) >= 65_000 {
        return Some("every address may reach every port".to_owned());
    }
    let mut known = SENSITIVE.iter();
    let (port, name) = known.find(|(port, _)| (first..=last).contains(port))?;
    Some(format!("every address may reach port {port} ({name})"))
}

/// Says whether a port is open that is none of the web's and no worse; then which.
pub(in crate::harden) fn other(opening: &Opening) -> Option<String> {
    let (first, last) = opening.ports?;
    // ICMP and the like have types in place of ports.
    let has_ports = ["tcp", "udp", "6", "17"].contains(&opening.protocol.as_str());
    let is_web = first == last && WEB.contains(&first);
    if is_web || !has_ports || sensitive(opening).is_some() {
        return None;
    }
    let ports = if first == last {
        format!("port {first}")
    } else {
        format!("ports {first} to {last}")
    };
    Some(format!("every address may reach {ports}"))
}

/// Says why not all of a group was read.
pub(super) fn unread(group: &SecurityGroup) -> Option<String> {
    let (spot, why) = group.unread.first()?;
    Some(format!("{}:{}: {why}", spot.file, spot.line))
}
