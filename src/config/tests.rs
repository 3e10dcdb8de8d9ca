//! Holds what entries of `polgen.toml` mean, and that every fault is told with its place.

use super::*;

fn decided(text: &str, principal: &str) -> Result<Decided, ConfigError> {
    let today = Date::constant(2026, 11, 24);
    Config::parse("polgen.toml", text)?.decide(principal, today, Catalog::bundled())
}

#[test]
fn entries_count_for_those_they_name_until_their_day_is_over() {
    let text = r#"
[[keep]]
action = "sqs:Send*"
resource = "arn:aws:sqs:eu-west-1:111122223333:jobs"
reason = "quarter end"
until = 2026-11-24
for = ["billing-*"]

[[keep]]
action = "s3:GetObject"
reason = "old"
until = 2026-11-23

[[never]]
action = "iam:*"
reason = "platform"

[[baseline]]
policy = "SecurityAudit"
reason = "audit"

[[resources]]
patterns = ["arn:aws:s3:::acme-*/*"]
"#;
    let of_billing = decided(text, "billing-export").unwrap();
    let kept: Vec<&str> = of_billing
        .pins
        .keep
        .iter()
        .map(|pin| pin.action.as_str())
        .collect();
    assert_eq!(kept, ["sqs:SendMessage"]);
    assert_eq!(
        of_billing.pins.expired,
        ["s3:GetObject: until 2026-11-23, polgen.toml:12:9"]
    );
    assert_eq!(of_billing.pins.never.len(), 1);
    assert_eq!(
        of_billing.baselines,
        [("SecurityAudit".to_owned(), "audit".to_owned())]
    );
    assert_eq!(of_billing.name_patterns, ["arn:aws:s3:::acme-*/*"]);
    assert!(decided(text, "web").unwrap().pins.keep.is_empty());
}

#[test]
fn faults_are_told_with_their_place_and_what_was_meant() {
    for (text, place, words, hint) in [
        (
            "[[keep]]\nacton = \"s3:GetObject\"",
            "2:1",
            "unknown field",
            "`action`",
        ),
        (
            "[[kep]]\naction = \"s3:GetObject\"",
            "1:3",
            "unknown field",
            "`keep`",
        ),
        (
            "[[keep]]\naction = \"s3:GetObjekt\"\nreason = \"x\"",
            "2:10",
            "found `s3:GetObjekt`",
            "`s3:GetObject`",
        ),
        (
            "[[keep]]\naction = \"s3:GetObject\"\nresource = \"arn:aws:s3:::b\"\nreason = \"x\"",
            "2:10",
            "found `arn:aws:s3:::b`",
            "arn:",
        ),
        (
            "[[never]]\naction = \"nosuch:*\"\nreason = \"x\"",
            "2:10",
            "expected an action",
            "",
        ),
        (
            "[[keep]]\naction = \"s3:GetObject\"\nreason = \"x\"\nuntil = 10:00:00",
            "4:9",
            "expected a date",
            "",
        ),
        ("[[keep]]\naction = ", "2:", "", ""),
    ] {
        let error = decided(text, "app").unwrap_err();
        assert!(
            error.place.starts_with(&format!("polgen.toml:{place}")),
            "{error}"
        );
        assert!(error.problem.contains(words), "{error}");
        assert!(
            error.hint.clone().unwrap_or_default().contains(hint),
            "{error:?}"
        );
    }
}

#[test]
fn a_reason_is_wanted() {
    let error = decided("[[keep]]\naction = \"s3:GetObject\"", "app").unwrap_err();
    assert!(error.problem.contains("missing field `reason`"), "{error}");
}

const WILDCARD: crate::finding::Rule = crate::finding::Rule {
    name: "new-wildcard",
    severity: crate::finding::Severity::Medium,
    area: crate::finding::Area::Iam,
    what: "",
    why: "",
    fix: "",
};
const ACCESS: crate::finding::Rule = crate::finding::Rule {
    name: "new-access",
    ..WILDCARD
};

fn allow_list(text: &str) -> Result<AllowList, ConfigError> {
    let today = Date::constant(2026, 11, 24);
    Config::parse("polgen.toml", text)?.allow_list(today, &[WILDCARD, ACCESS])
}

fn found(file: &str, resource: &str) -> crate::finding::Finding {
    let place = crate::finding::Place {
        file: file.to_owned(),
        line: 1,
        resource: resource.to_owned(),
    };
    crate::finding::Finding::failed(WILDCARD, place, "`*` is new")
}

#[test]
fn findings_are_allowed_by_rule_place_and_id_until_their_day_is_over() {
    let id = found("a.yaml", "Role").id();
    let text = format!(
        "
[[allow]]
rule = \"new-wildcard\"
at = \"infra/*.yaml#Bill*\"
reason = \"by place\"
until = 2026-11-24

[[allow]]
finding = \"{id}\"
reason = \"by id\"

[[allow]]
rule = \"new-wildcard\"
at = \"#Old\"
reason = \"over\"
until = 2026-11-23

[[allow]]
rule = \"new-access\"
reason = \"not needed\"
"
    );
    let mut list = allow_list(&text).unwrap();
    let mut findings = [
        found("infra/a.yaml", "Billing"),
        found("a.yaml", "Role"),
        found("b.yaml", "Old"),
        found("b.yaml", "Role"),
    ];
    list.apply(&mut findings);
    let reasons: Vec<Option<&str>> = findings
        .iter()
        .map(|one| one.allowed.as_ref().map(|allowed| allowed.reason.as_str()))
        .collect();
    assert_eq!(reasons, [Some("by place"), Some("by id"), None, None]);
    let remarks = list.remarks(&[WILDCARD, ACCESS]);
    assert_eq!(remarks.len(), 2, "{remarks:?}");
    assert!(
        remarks[0].contains("polgen.toml:15:10: allowed until 2026-11-23"),
        "{remarks:?}"
    );
    assert!(remarks[1].contains("nothing was found"), "{remarks:?}");
}

#[test]
fn entries_that_allow_everything_or_nothing_are_refused_with_their_place() {
    for (text, place, word) in [
        (
            "[[allow]]\nreason = \"x\"\n",
            "polgen.toml:2:10",
            "`rule` or a `finding`",
        ),
        (
            "[[allow]]\nrule = \"new-acess\"\nreason = \"x\"\n",
            "polgen.toml:2:8",
            "new-acess",
        ),
        (
            "[[allow]]\nrule = \"new-access\"\nreason = \" \"\n",
            "polgen.toml:3:10",
            "why",
        ),
        (
            "[[allow]]\nfinding = \"12\"\nreason = \"x\"\n",
            "polgen.toml:2:11",
            "hexadecimal",
        ),
        (
            "[[allow]]\nrule = \"new-access\"\n",
            "polgen.toml:1:1",
            "reason",
        ),
    ] {
        let error = allow_list(text).unwrap_err();
        assert_eq!(error.place, place, "{text}");
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn columns_have_other_names() {
    let text = "[athena.columns]\neventID = \"event_id\"\n\"userIdentity.arn\" = \"who.arn\"\nvpcEndpointId = \"\"\n[athena.partitions]\nday = \"dt\"\nday_format = \"yyyyMMdd\"\n";
    let map = Config::parse("polgen.toml", text)
        .unwrap()
        .columns()
        .unwrap();
    assert_eq!(map.columns.len(), 3);
    assert_eq!(map.day, Some(("dt".to_owned(), "yyyyMMdd".to_owned())));
    for (text, place, words, hint) in [
        (
            "[athena.columns]\nevent = \"x\"\n",
            "polgen.toml:2:9",
            "found `event`",
            "",
        ),
        (
            "[athena.columns]\neventNam = \"x\"\n",
            "polgen.toml:2:12",
            "found `eventNam`",
            "eventname",
        ),
        (
            "[athena.columns]\neventName = \"\"\n",
            "polgen.toml:2:13",
            "found none",
            "",
        ),
        (
            "[athena.partitions]\nday = \"dt\"\n",
            "polgen.toml:2:7",
            "together",
            "",
        ),
        (
            "[athena.partitions]\nday = \"dt\"\nday_format = \"dd\"\n",
            "polgen.toml:3:14",
            "found `dd`",
            "",
        ),
    ] {
        let error = Config::parse("polgen.toml", text)
            .unwrap()
            .columns()
            .unwrap_err();
        assert_eq!(error.place, place, "{error}");
        assert!(error.problem.contains(words), "{error}");
        assert!(error.hint.unwrap_or_default().contains(hint));
    }
}
