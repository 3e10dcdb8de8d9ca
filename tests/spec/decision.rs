//! The decision by definition, in plain lines, compared with the evaluator over all small worlds.
//!
//! Three worlds: every policy of up to two statements over a few patterns and conditions; every way in which the layers can
//! answer; every small set of values under every quantifier.

use polgen::policy::evaluate::Principal;
use polgen::policy::{CompiledPolicy, Context, Document, PolicyKind, PolicySet, Request, Verdict};

use crate::pattern::matches as matches_pattern;

/// A statement of the small world.
#[derive(Clone, Debug)]
struct Small {
    effect: &'static str,
    action: (&'static str, &'static str),
    resource: (&'static str, &'static str),
    condition: &'static str,
}

/// The rule: an explicit Deny refuses, an Allow grants, and nothing else does.
fn decide(statements: &[Small], action: &str, resource: &str, value: Option<&str>) -> Verdict {
    let matches = |statement: &&Small| {
        let is_listed = |(name, pattern): (&str, &str), text: &str| {
            matches_pattern(pattern.as_bytes(), text.as_bytes()) != name.starts_with("Not")
        };
        let is_met = match statement.condition {
            "StringEquals" => value == Some("v"),
            "StringNotEquals" => value != Some("v"),
            _ => true,
        };
        is_listed(statement.action, action) && is_listed(statement.resource, resource) && is_met
    };
    let mut matching = statements
        .iter()
        .filter(matches)
        .map(|statement| statement.effect);
    match matching.clone().any(|effect| effect == "Deny") {
        true => Verdict::ExplicitDeny,
        false if matching.any(|effect| effect == "Allow") => Verdict::Allowed,
        false => Verdict::ImplicitDeny,
    }
}

fn statements() -> Vec<Small> {
    let mut all = Vec::new();
    for effect in ["Allow", "Deny"] {
        for action in [
            ("Action", "s:a"),
            ("Action", "s:?"),
            ("NotAction", "s:a"),
            ("NotAction", "s:?"),
        ] {
            for resource in [
                ("Resource", "a*"),
                ("Resource", "?b"),
                ("NotResource", "a*"),
                ("NotResource", "?b"),
            ] {
                for condition in ["", "StringEquals", "StringNotEquals"] {
                    all.push(Small {
                        effect,
                        action,
                        resource,
                        condition,
                    });
                }
            }
        }
    }
    all
}

fn compiled(statements: &[&Small]) -> CompiledPolicy {
    let texts: Vec<String> = statements
        .iter()
        .map(|small| {
            let ((action, actions), (resource, resources)) = (small.action, small.resource);
            let condition = match small.condition {
                "" => String::new(),
                operator => format!(r#","Condition":{{"{operator}":{{"x:k":"v"}}}}"#),
            };
            format!(
                r#"{{"Effect":"{}","{action}":"{actions}","{resource}":"{resources}"{condition}}}"#,
                small.effect
            )
        })
        .collect();
    policy(&texts.join(","), PolicyKind::Identity)
}

fn policy(statements: &str, kind: PolicyKind) -> CompiledPolicy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    CompiledPolicy::new(&Document::parse(&text, kind).unwrap())
}

#[test]
fn every_small_policy_decides_as_defined() {
    let statements = statements();
    let mut decisions = 0_u32;
    for one in &statements {
        for other in &statements {
            let set = PolicySet {
                identity: vec![compiled(&[one, other])],
                ..PolicySet::default()
            };
            for action in ["s:a", "s:b", "s:bb"] {
                for resource in ["a", "ab", "bb"] {
                    for value in [None, Some("v"), Some("w")] {
                        let keys = value.map(|value| ("x:k", vec![value.to_owned()]));
                        let request = Request::new(action, resource, keys.into_iter().collect());
                        let wanted = decide(&[one.clone(), other.clone()], action, resource, value);
                        let found = set.decide(&request).verdict;
                        assert_eq!(found, wanted, "{one:?} {other:?} {request:?}");
                        decisions += 1;
                    }
                }
            }
        }
    }
    assert_eq!(decisions, 96 * 96 * 27);
}

/// What a layer says of the one request of this world.
const ANSWERS: [&str; 3] = ["Allow", "Deny", "silent"];
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/app/s";
const NAMINGS: [&str; 4] = [
    SESSION,
    "*",
    "arn:aws:iam::111122223333:role/app",
    "111122223333",
];

/// The rule of the layers, for a role's session. `resource`: the answer and the naming of the principal.
fn decide_layers(
    layers: [Option<&str>; 4],
    resource: Option<(&str, &str)>,
    crosses: bool,
) -> Verdict {
    let [identity, boundary, session, organization] = layers;
    if layers.contains(&Some("Deny")) || resource.is_some_and(|(answer, _)| answer == "Deny") {
        return Verdict::ExplicitDeny;
    }
    let agrees = |layer: Option<&str>| layer.is_none_or(|answer| answer == "Allow");
    let by_identity = identity == Some("Allow") && agrees(boundary) && agrees(session);
    let by_resource = resource
        .is_some_and(|(answer, naming)| answer == "Allow" && (crosses || naming != NAMINGS[3]));
    let unlimited = match resource.map(|(_, naming)| naming) {
        Some(naming) if naming == NAMINGS[0] => true,
        Some(naming) if naming == NAMINGS[1] => agrees(session),
        _ => agrees(boundary) && agrees(session),
    };
    let is_granted = if crosses {
        by_identity && by_resource
    } else {
        by_identity || by_resource && unlimited
    };
    if is_granted && agrees(organization) {
        Verdict::Allowed
    } else {
        Verdict::ImplicitDeny
    }
}

/// A policy that answers so, on an identity or on a resource.
fn of(answer: &str, naming: Option<&str>) -> CompiledPolicy {
    let principal = naming.map_or(String::new(), |naming| {
        format!(r#""Principal":{{"AWS":"{naming}"}},"#)
    });
    let (effect, action) = if answer == "silent" {
        ("Allow", "s:other")
    } else {
        (answer, "s:a")
    };
    let statement =
        format!(r#"{{"Effect":"{effect}",{principal}"Action":"{action}","Resource":"*"}}"#);
    policy(
        &statement,
        if naming.is_some() {
            PolicyKind::Resource
        } else {
            PolicyKind::Identity
        },
    )
}

#[test]
fn every_way_the_layers_answer_decides_as_defined() {
    let optional = || ANSWERS.into_iter().map(Some).chain([None]);
    let mut resources = vec![None];
    for naming in NAMINGS {
        resources.extend(ANSWERS.map(|answer| Some((answer, naming))));
    }
    let mut decisions = 0_u32;
    for identity in ANSWERS {
        for boundary in optional() {
            for session in optional() {
                for organization in optional() {
                    for resource in &resources {
                        let set = PolicySet {
                            identity: vec![of(identity, None)],
                            boundary: boundary.map(|answer| of(answer, None)),
                            session: session.map(|answer| vec![of(answer, None)]),
                            service_control: organization
                                .map(|answer| vec![of(answer, None)])
                                .into_iter()
                                .collect(),
                            resource: resource.map(|(answer, naming)| of(answer, Some(naming))),
                        };
                        for account in ["111122223333", "444455556666"] {
                            let request = Request::new("s:a", "r", Context::default())
                                .by(Principal::parse(SESSION))
                                .in_account(account);
                            let layers = [Some(identity), boundary, session, organization];
                            let wanted =
                                decide_layers(layers, *resource, account == "444455556666");
                            assert_eq!(
                                set.decide(&request).verdict,
                                wanted,
                                "{layers:?} {resource:?} {account}"
                            );
                            decisions += 1;
                        }
                    }
                }
            }
        }
    }
    assert_eq!(decisions, 3 * 4 * 4 * 4 * 13 * 2);
}

/// The rule of the quantifiers. `wanted` are the policy's values, `found` the request's.
fn holds(operator: &str, wanted: &[&str], found: &[&str]) -> bool {
    let is_negated = operator.contains("Not");
    let matches = |value: &&str| wanted.contains(value) != is_negated;
    match (found.is_empty(), operator) {
        (true, operator) if operator.ends_with("IfExists") => true,
        (_, operator) if operator.starts_with("ForAllValues") => found.iter().all(matches),
        (_, operator) if operator.starts_with("ForAnyValue") => found.iter().any(matches),
        (true, _) => is_negated,
        (false, _) => found.iter().all(matches),
    }
}

#[test]
fn every_small_set_of_values_is_taken_as_defined() {
    let subsets = |most: usize| -> Vec<Vec<&str>> {
        let all = (0..8).map(|bits| {
            let letters = ["a", "b", "c"].into_iter().enumerate();
            letters
                .filter(|(index, _)| bits >> index & 1 == 1)
                .map(|(_, letter)| letter)
                .collect()
        });
        all.filter(|subset: &Vec<&str>| subset.len() <= most)
            .collect()
    };
    for quantifier in ["", "ForAllValues:", "ForAnyValue:"] {
        for comparison in ["StringEquals", "StringNotEquals"] {
            for suffix in ["", "IfExists"] {
                let operator = format!("{quantifier}{comparison}{suffix}");
                // Without a quantifier a key has one value.
                let most = if quantifier.is_empty() { 1 } else { 3 };
                for wanted in subsets(3).iter().filter(|wanted| !wanted.is_empty()) {
                    let values = wanted.join(r#"",""#);
                    let statement = format!(
                        r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"{operator}":{{"x:k":["{values}"]}}}}}}"#
                    );
                    let set = PolicySet {
                        identity: vec![policy(&statement, PolicyKind::Identity)],
                        ..PolicySet::default()
                    };
                    for found in subsets(most) {
                        let values = found.iter().map(|value| (*value).to_owned()).collect();
                        let context = [("x:k", values)].into_iter().collect();
                        let decision = set.decide(&Request::new("s:a", "r", context));
                        assert_eq!(
                            decision.is_allowed(),
                            holds(&operator, wanted, &found),
                            "{operator} {wanted:?} {found:?}"
                        );
                    }
                }
            }
        }
    }
}
