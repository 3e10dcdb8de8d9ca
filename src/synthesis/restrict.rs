//! Conditions that the user asked for: each only where every call seen satisfies it and the action supports its key.
//!
//! What records do not tell of every call is not asked of any: the grant stays without the condition, and that is said. A listing is
//! restricted to the prefixes that were listed where these are few.

use std::collections::{BTreeMap, BTreeSet};

use super::{Conditions, Grant, Level, Levels, Purpose, characters, condition, generalize};
use crate::pattern::{Pattern, escape_literal};
use crate::usage::{Circle, Circumstance, Circumstances, LISTINGS, RoleUsage, Values, stem};

/// How many prefixes are few.
const FEW_PREFIXES: usize = 5;

const PREFIX_KEY: &str = "s3:prefix";
const ORGANIZATION_KEY: &str = "aws:PrincipalOrgID";

/// Actions that do not have `aws:ResourceAccount`, whole services where some of theirs do not. Source: the IAM user guide, "AWS global
/// condition context keys", `aws:ResourceAccount`.
const WITHOUT_RESOURCE_ACCOUNT: [&str; 14] = [
    "ebs:",
    "ec2:",
    "events:PutEvents",
    "guardduty:",
    "kafka:",
    "lightsail:",
    "macie2:",
    "redshift:",
    "route53:",
    "securityhub:",
    "es:",
    "fms:",
    "workspaces:",
    "appconfig:",
];

/// A condition that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Restriction {
    /// `aws:RequestedRegion`.
    Region,
    /// `aws:SourceVpce`.
    SourceVpce,
    /// `aws:SourceIp`.
    SourceIp,
    /// `aws:SecureTransport`.
    SecureTransport,
    /// `aws:CalledVia` where a service forwarded every call, `aws:ViaAWSService` false where none did.
    ViaService,
    /// `aws:PrincipalOrgID`, with the organization's id, which no record tells.
    PrincipalOrganization(String),
    /// `aws:ResourceAccount`.
    ResourceAccount,
    /// `s3:prefix`, for listings of buckets alone.
    ListedPrefix,
}

impl Restriction {
    /// The name under which it is asked for.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::SourceVpce => "source-vpce",
            Self::SourceIp => "source-ip",
            Self::SecureTransport => "secure-transport",
            Self::ViaService => "via-service",
            Self::PrincipalOrganization(_) => "principal-org",
            Self::ResourceAccount => "resource-account",
            Self::ListedPrefix => "s3-prefix",
        }
    }

    /// How a policy asks for it, of which circumstance.
    fn question(&self) -> Question {
        let ask = |circumstance, operator, key| Question {
            circumstance,
            operator,
            key,
        };
        match self {
            Self::Region => ask(
                Some(Circumstance::Region),
                "StringEquals",
                "aws:RequestedRegion",
            ),
            Self::SourceVpce => ask(
                Some(Circumstance::SourceVpce),
                "StringEquals",
                "aws:SourceVpce",
            ),
            Self::SourceIp => ask(Some(Circumstance::SourceIp), "IpAddress", "aws:SourceIp"),
            Self::SecureTransport => ask(
                Some(Circumstance::SecureTransport),
                "Bool",
                "aws:SecureTransport",
            ),
            Self::ViaService => ask(Some(Circumstance::Direct), "Bool", "aws:ViaAWSService"),
            Self::PrincipalOrganization(_) => ask(None, "StringEquals", ORGANIZATION_KEY),
            Self::ListedPrefix => ask(Some(Circumstance::ListedPrefix), "StringLike", PREFIX_KEY),
            Self::ResourceAccount => ask(
                Some(Circumstance::ResourceAccount),
                "StringEquals",
                "aws:ResourceAccount",
            ),
        }
    }

    /// Why an action's requests do not have the key, if they do not.
    fn unsupported(&self, action: &str) -> Option<&'static str> {
        let lacks = |start: &&str| action.starts_with(*start);
        (*self == Self::ResourceAccount && WITHOUT_RESOURCE_ACCOUNT.iter().any(lacks))
            .then_some("the action does not support the key")
    }
}

/// A circumstance, and the operator and key that ask for it.
#[derive(Clone, Copy)]
struct Question {
    circumstance: Option<Circumstance>,
    operator: &'static str,
    key: &'static str,
}

const FORWARDED: Question = Question {
    circumstance: Some(Circumstance::ForwardedBy),
    operator: "ForAnyValue:StringEquals",
    key: "aws:CalledVia",
};

/// What became of one condition that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restricted {
    /// Its name.
    pub name: String,
    /// How many grants carry it.
    pub carried: usize,
    /// Grants of what was seen that do not: action, resource, and why.
    pub left_out: Vec<(String, String, String)>,
}

/// Adds to each grant of what was seen the conditions that all its calls satisfy.
pub(super) fn restrict(
    grants: &mut [Grant],
    usage: &RoleUsage,
    wanted: &BTreeSet<Restriction>,
    levels: &Levels,
) -> Vec<Restricted> {
    let start = |restriction: &Restriction| Restricted {
        name: restriction.name().to_owned(),
        carried: 0,
        left_out: Vec::new(),
    };
    let mut outcome: Vec<Restricted> = wanted.iter().map(start).collect();
    let circles = Circles::of(usage);
    let seen = grants
        .iter_mut()
        .filter(|grant| grant.purpose == Purpose::Observed);
    for grant in seen {
        if wanted.is_empty() {
            continue;
        }
        let circumstances = circles.around(grant, &grant.conditions);
        let level = levels.of(&grant.action);
        for (restriction, outcome) in wanted.iter().zip(&mut outcome) {
            if *restriction == Restriction::ListedPrefix
                && !LISTINGS.contains(&grant.action.as_str())
            {
                continue;
            }
            match common(restriction, (&grant.action, level), &circumstances) {
                Ok((question, values)) => {
                    add(&mut grant.conditions, question, values);
                    outcome.carried += 1;
                }
                Err(why) => {
                    let left_out = (grant.action.clone(), grant.resource.clone(), why);
                    outcome.left_out.push(left_out);
                }
            }
        }
    }
    outcome
}

fn add(conditions: &mut Conditions, question: Question, values: Vec<String>) {
    let keys = conditions.entry(question.operator.to_owned()).or_default();
    keys.insert(question.key.to_owned(), values);
}

/// The condition that asks for what all calls had in common, or why there is none.
fn common(
    restriction: &Restriction,
    (action, level): (&str, Level),
    circumstances: &Circumstances,
) -> Result<(Question, Vec<String>), String> {
    if let Some(why) = restriction.unsupported(action) {
        return Err(why.to_owned());
    }
    let question = restriction.question();
    if let Restriction::PrincipalOrganization(id) = restriction {
        return Ok((question, vec![id.clone()]));
    }
    if *restriction == Restriction::ListedPrefix {
        let seen = circumstances.get(Circumstance::ListedPrefix);
        return prefixes(seen, level)
            .map(|(operator, patterns)| {
                (
                    Question {
                        operator,
                        ..question
                    },
                    patterns,
                )
            })
            .ok_or_else(|| why_not(seen));
    }
    let had = |question: Question| {
        let values = circumstances.get(question.circumstance?)?.all()?;
        // Records are written by whoever calls: a value is a literal, and one that a policy cannot hold is no condition.
        let is_taken = values.iter().all(|value| characters::is_taken_whole(value));
        let literal = |value: &String| escape_literal(value).into_owned();
        is_taken.then(|| (question, values.iter().map(literal).collect()))
    };
    let found = had(question)
        .or_else(|| had(FORWARDED).filter(|_| *restriction == Restriction::ViaService));
    found.ok_or_else(|| why_not(question.circumstance.and_then(|it| circumstances.get(it))))
}

fn why_not(values: Option<&Values>) -> String {
    match values {
        Some(values) if values.is_many => "the calls had too many different values",
        Some(values) if values.known.is_empty() => "no call is known to have had the key",
        Some(values) if values.all().is_some() => "the values have too little in common",
        Some(_) => "some calls are not known to have had the key",
        None => "no call is known to have had the key",
    }
    .to_owned()
}

/// The operator and the patterns for the prefixes of listings, if these are few.
fn prefixes(seen: Option<&Values>, level: Level) -> Option<(&'static str, Vec<String>)> {
    let values = seen?.all()?;
    let escaped: Vec<String> = values
        .iter()
        .map(|prefix| characters::taken(&escape_literal(prefix)))
        .collect();
    let names: BTreeSet<&str> = escaped.iter().map(String::as_str).collect();
    let patterns: Vec<String> = if level == Level::Exact {
        escaped
    } else {
        let chosen = generalize::generalize(&names);
        chosen.into_iter().map(|chosen| chosen.pattern).collect()
    };
    let is_useful = patterns.len() <= FEW_PREFIXES && !patterns.iter().any(|it| it == "*");
    let is_literal = |pattern: &String| Pattern::parse(pattern).as_literal().is_some();
    let operator = if patterns.iter().all(is_literal) {
        "StringEquals"
    } else {
        "StringLike"
    };
    is_useful.then_some((operator, patterns))
}

/// The circles of a usage, by action and place.
struct Circles<'a>(BTreeMap<(&'a str, &'a str), Vec<(&'a Circle, &'a Circumstances)>>);

impl<'a> Circles<'a> {
    fn of(usage: &'a RoleUsage) -> Self {
        let mut by_place: BTreeMap<(&str, &str), Vec<_>> = BTreeMap::new();
        for (circle, circumstances) in &usage.circles {
            let place = (circle.action.as_str(), circle.stem.as_str());
            by_place
                .entry(place)
                .or_default()
                .push((circle, circumstances));
        }
        Self(by_place)
    }

    /// What is known of all calls that a grant may stand for: those of its place, or of all places where its pattern spans several.
    fn around(&self, grant: &Grant, base: &Conditions) -> Circumstances {
        let place = stem(&grant.resource);
        let is_one_place = Pattern::parse(place).as_literal().is_some();
        let mut joined = Circumstances::default();
        let action = grant.action.as_str();
        let first = if is_one_place { place } else { "" };
        let places = self.0.range((action, first)..);
        let there = places
            .take_while(|((other, stem), _)| *other == action && (!is_one_place || *stem == place));
        for (circle, circumstances) in there.flat_map(|(_, circles)| circles) {
            if condition::equals(&circle.conditions) == *base {
                joined.merge(circumstances);
            }
        }
        joined
    }
}

/// What requests of a circle may have had for each key that a restriction can ask for: its values, and nothing where it is not known.
pub(super) fn choices(circumstances: &Circumstances) -> Vec<(&'static str, Vec<Option<String>>)> {
    const KEYS: [(Circumstance, &str); 8] = [
        (Circumstance::Region, "aws:RequestedRegion"),
        (Circumstance::SourceVpce, "aws:SourceVpce"),
        (Circumstance::SourceIp, "aws:SourceIp"),
        (Circumstance::SecureTransport, "aws:SecureTransport"),
        (Circumstance::Direct, "aws:ViaAWSService"),
        (Circumstance::ForwardedBy, "aws:CalledVia"),
        (Circumstance::ResourceAccount, "aws:ResourceAccount"),
        (Circumstance::ListedPrefix, PREFIX_KEY),
    ];
    let choice = |(circumstance, key): &(Circumstance, &'static str)| {
        let values = circumstances.get(*circumstance)?;
        let absent = values.all().is_none().then_some(None);
        let known = values.known.iter().cloned().map(Some);
        Some((*key, known.chain(absent).collect()))
    };
    KEYS.iter().filter_map(choice).collect()
}

/// The organization that the conditions name, if they do.
pub(super) fn organization(wanted: &BTreeSet<Restriction>) -> Option<(&'static str, &str)> {
    wanted.iter().find_map(|restriction| match restriction {
        Restriction::PrincipalOrganization(id) => Some((ORGANIZATION_KEY, id.as_str())),
        _ => None,
    })
}
