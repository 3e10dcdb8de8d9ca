//! What a security group opens to every address.

use crate::posture::{Opening, SecurityGroup};

/// Ports of administration and of data, with what listens there. Source: IANA's registry of service names and ports.
pub(super) const SENSITIVE: [(i64, &str); 22] = [
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
pub(super) const WEB: [i64; 2] = [80, 443];
/// Every address.
const WORLD: [&str; 2] = ["0.0.0.0/0", "::/0"];

/// Lists what is open to every address.
pub(super) fn world_open(group: &SecurityGroup) -> impl Iterator<Item = &Opening> {
    let openings = group.openings.iter();
    openings.filter(|opening| {
        let mut networks = opening.networks.iter();
        networks.any(|network| WORLD.contains(&network.as_str()))
    })
}

/// Says why not all of a group was read.
pub(super) fn unread(group: &SecurityGroup) -> Option<String> {
    let (spot, why) = group.unread.first()?;
    Some(format!("{}:{}: {why}", spot.file, spot.line))
}
