//! What is saved of a whole account: its public access block, its security groups, its roles.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::answer::{Answer, Answers, place};
use crate::posture::bucket;
use crate::posture::code::inner;
use crate::posture::look::{items, pick, shown, text};
use crate::posture::{
    Account, Identity, LastUsed, Origin, Posture, Role, SecurityGroup, Setting, network,
};
use crate::template::{Node, printed};

const AREA: &str = "account";

/// Adds all that is saved of the account.
pub(super) fn add(answers: &Answers<'_>, posture: &mut Posture) {
    if answers.has(AREA, "public-access-block", "") {
        let mut identity = answers.identity(AREA, "public-access-block");
        AREA.clone_into(&mut identity.id);
        identity.name = None;
        posture.accounts.push(Account {
            identity,
            public_access_block: answers.setting((AREA, "public-access-block", ""), |node| {
                inner(node, "PublicAccessBlockConfiguration", bucket::block)
            }),
        });
    }
    if answers.has(AREA, "security-groups", "") {
        groups(answers, posture);
    }
    if answers.has(AREA, "roles", "") {
        roles(answers, posture);
    }
}

fn gap(answers: &Answers<'_>, file: &str, why: String, posture: &mut Posture) {
    let identity = answers.identity(AREA, file);
    posture.gaps.push((identity.spot, why));
}

fn groups(answers: &Answers<'_>, posture: &mut Posture) {
    let file = "security-groups";
    let node = match answers.get(AREA, file, "") {
        Answer::Said(node) => node,
        Answer::Absent => return,
        Answer::NotKnown(why) => return gap(answers, file, why, posture),
    };
    for one in items(&node, &["SecurityGroups"]).unwrap_or_default() {
        let mut group = SecurityGroup {
            identity: identity(one, "GroupId", "GroupName"),
            openings: Vec::new(),
            is_rule: false,
            is_whole: true,
            unread: Vec::new(),
        };
        // EC2 calls them so, and Cloud Control as templates do.
        network::ingress(&mut group, one, &["IpPermissions", "SecurityGroupIngress"]);
        posture.security_groups.push(group);
    }
}

fn identity(node: &Node, id: &str, name: &str) -> Identity {
    Identity {
        id: pick(node, &[id]).map(shown).unwrap_or_default(),
        name: pick(node, &[name]).map(shown),
        origin: Origin::Aws,
        spot: place(node),
        parts: BTreeMap::new(),
    }
}

fn roles(answers: &Answers<'_>, posture: &mut Posture) {
    let node = match answers.get(AREA, "roles", "") {
        Answer::Said(node) => node,
        Answer::Absent => return,
        Answer::NotKnown(why) => return gap(answers, "roles", why, posture),
    };
    let is_cut = pick(&node, &["IsTruncated"]).and_then(Node::as_str) == Some("true");
    if is_cut {
        let why = "the answer goes on where it ends; save it without `--max-items`".to_owned();
        gap(answers, "roles", why, posture);
    }
    let subjects = match printed(&node, "roles") {
        Ok(subjects) => subjects,
        Err(error) => return gap(answers, "roles", error.to_string(), posture),
    };
    for one in items(&node, &["RoleDetailList"]).unwrap_or_default() {
        let name = pick(one, &["RoleName"]).map(shown).unwrap_or_default();
        let Some(subject) = subjects.iter().find(|subject| subject.id == name) else {
            continue;
        };
        let mut role = Role::of(subject.clone());
        role.arn = pick(one, &["Arn"]).map(shown);
        role.made = pick(one, &["CreateDate"]).and_then(day);
        role.last_used = match pick(one, &["RoleLastUsed"]) {
            None => Setting::NotKnown("the answer does not tell of use".to_owned()),
            Some(used) => match pick(used, &["LastUsedDate"]).and_then(day) {
                Some(day) => Setting::Set(LastUsed::On(day), place(used)),
                None => Setting::Set(LastUsed::Never, place(used)),
            },
        };
        role.services = answers.setting(("role", "last-accessed", &role.subject.id), services);
        posture.roles.push(role);
    }
}

fn services(node: &Node) -> Setting<BTreeMap<String, LastUsed>> {
    if text(node, &["JobStatus"]).value().map(String::as_str) != Some("COMPLETED") {
        return Setting::NotKnown("AWS had not gathered it yet; save it again".to_owned());
    }
    let mut services = BTreeMap::new();
    for one in items(node, &["ServicesLastAccessed"]).unwrap_or_default() {
        let prefix = pick(one, &["ServiceNamespace"])
            .map(shown)
            .unwrap_or_default();
        let last = pick(one, &["LastAuthenticated"]).and_then(day);
        services.insert(prefix, last.map_or(LastUsed::Never, LastUsed::On));
    }
    Setting::Set(services, place(node))
}

/// The day of a moment such as `2026-08-30T12:00:00+00:00`.
fn day(node: &Node) -> Option<Date> {
    node.as_str()?.get(..10)?.parse().ok()
}
