//! Security groups: what is open to every address, let in from a network that is to be named.

use super::{Broken, Fix, Remedy};
use crate::harden::rules::world::{WORLD, other, sensitive, world_open};
use crate::posture::{Opening, Posture};

/// The changes that mend what is broken of a security group.
pub(super) fn fixes(posture: &Posture, broken: &Broken<'_>) -> Vec<Fix> {
    let rules = broken.of(&["security-group-open", "security-group-port-open"]);
    let mut groups = posture.security_groups.iter();
    let group = groups.find(|one| broken.is(&one.identity));
    let Some(group) = group.filter(|_| !rules.is_empty()) else {
        return Vec::new();
    };
    let is_wanted = |opening: &&Opening| {
        rules.contains(&"security-group-open") && sensitive(opening).is_some()
            || rules.contains(&"security-group-port-open") && other(opening).is_some()
    };
    let open: Vec<Opening> = world_open(group).filter(is_wanted).cloned().collect();
    let is_whole = group.is_whole && !group.is_rule && group.unread.is_empty();
    let rest = group.openings.iter().filter(|one| !open.contains(one));
    let rest = is_whole.then(|| rest.cloned().collect());
    vec![Fix {
        target: group.identity.clone(),
        rules,
        remedy: Remedy::Openings {
            open,
            rest,
            is_rule: group.is_rule,
        },
        cautions: vec![
            "who connects from elsewhere cannot any longer; Session Manager needs no open port for SSH or RDP"
                .to_owned(),
        ],
        is_elsewhere: false,
        was_set: true,
    }]
}

/// The networks of an opening that are every address.
pub fn world(opening: &Opening) -> impl Iterator<Item = &str> {
    let networks = opening.networks.iter().map(String::as_str);
    networks.filter(|network| WORLD.contains(network))
}
