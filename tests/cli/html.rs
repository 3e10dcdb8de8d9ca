//! `--format html`: what the page holds, what it may load, and what hostile names become in it. Browsers have their say in the
//! slow tier.

mod page;

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::world::{Place, ROLE, assert_exit, call, polgen, stderr, stdout, trail};
use page::{Element, Page};

/// The most that a typical role's page may have.
const MOST_BYTES: usize = 400 * 1024;
/// What a browser would make markup, script, another attribute, or another order of characters of. A role's name has no slash.
const HOSTILE: &str = "a\"'><img src=x onerror=alert(1)><script>alert(2){{7*7}}&lt;\u{202e}txt";
/// What it is shown as: the same, but for the mark that turns the direction.
const SHOWN: &str = "a\"'><img src=x onerror=alert(1)><script>alert(2){{7*7}}&lt;\\u{202e}txt";
/// What would end a script and an element, in what may have slashes.
const ENDS: &str = "</script></code></td><script>alert(3)</script><!--";

fn sample() -> String {
    let output = polgen(&[
        "suggest",
        "--role",
        ROLE,
        "--trail",
        "samples/trail",
        "--current",
        "samples/role.json",
        "--format",
        "html",
    ]);
    assert_exit(&output, 0);
    stdout(&output)
}

#[test]
fn the_sample_is_one_page_with_every_section() {
    let text = sample();
    assert!(text.len() < MOST_BYTES, "{} bytes", text.len());
    let page = Page::parse(&text);
    assert_eq!(page.errors, Vec::<String>::new());
    let sections = [
        "verdict", "picture", "actions", "timeline", "policy", "diff", "hidden", "denied",
        "findings", "warnings", "apply",
    ];
    let found: Vec<&str> = page.all("section").map(|one| one.attribute("id")).collect();
    assert_eq!(found, sections);
    let links: Vec<String> = page
        .all("a")
        .map(|one| one.attribute("href").to_owned())
        .collect();
    for section in sections {
        assert!(links.contains(&format!("#{section}")), "{section}");
    }
    for said in [
        "286 → 14",
        "would have denied 0 of the next 882 uses",
        "every request that the suggestion allows is allowed by the current policies too",
        "arn:aws:s3:::acme-prototype-orders/processed/*",
        "RuntimeWriteCloudWatchLogsLogStream",
        "polgen apply suggestion.json --yes",
        "aws cloudtrail put-event-selectors",
        "dynamodb:Scan",
        "data-exfiltration",
    ] {
        assert!(page.text().contains(said), "{said}");
    }
}

#[test]
fn the_same_input_makes_the_same_bytes() {
    assert_eq!(sample(), sample());
}

#[test]
fn nothing_is_lost_of_the_policy_and_the_fates() {
    let page = Page::parse(&sample());
    let output = polgen(&[
        "suggest",
        "--role",
        ROLE,
        "--trail",
        "samples/trail",
        "--current",
        "samples/role.json",
        "--format",
        "json",
    ]);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let documents: Vec<Value> = page
        .all("pre")
        .filter_map(|one| serde_json::from_str(&one.text).ok())
        .collect();
    assert!(documents.contains(&report["policies"][0]["document"]));
    for statement in report["policies"][0]["document"]["Statement"]
        .as_array()
        .unwrap()
    {
        assert!(documents.contains(statement), "{statement}");
    }
    let rows: Vec<String> = page
        .all("tr")
        .filter(|one| !one.attribute("data-value").is_empty())
        .map(|one| one.text.clone())
        .collect();
    for fate in report["fates"].as_array().unwrap() {
        let action = fate["action"].as_str().unwrap();
        let (service, name) = action.split_once(':').unwrap();
        let is_there = |row: &String| {
            row.contains(action)
                || row.contains(&format!("of {service}"))
                    && row.split_whitespace().any(|word| word == name)
        };
        assert!(rows.iter().any(is_there), "{action}");
    }
}

#[test]
fn the_page_may_run_its_own_script_and_load_nothing() {
    for text in [sample(), hostile_page()] {
        let page = Page::parse(&text);
        let policies: Vec<&str> = page
            .all("meta")
            .filter(|one| one.attribute("http-equiv") == "Content-Security-Policy")
            .map(|one| one.attribute("content"))
            .collect();
        let source = |name: &str| {
            let own: Vec<_> = page.all(name).collect();
            assert_eq!(own.len(), 1, "{name}");
            format!(
                "'sha256-{}'",
                STANDARD.encode(Sha256::digest(own[0].text.as_bytes()))
            )
        };
        let wanted = format!(
            "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
            source("style"),
            source("script")
        );
        assert_eq!(policies, [wanted.as_str()]);
        // The policy must come before what it is about.
        let place = |what: &str| text.find(what).unwrap();
        assert!(place("Content-Security-Policy") < place("<style"));
        for element in page.elements() {
            for (name, value) in &element.attributes {
                assert!(!name.starts_with("on") && name != "style", "{element:?}");
                let is_address = [
                    "src",
                    "href",
                    "action",
                    "data",
                    "srcset",
                    "poster",
                    "xlink:href",
                ]
                .contains(&name.as_str());
                let is_own = value.starts_with('#')
                    || value == "data:,"
                    || value.starts_with("./")
                    || value == "../index.html";
                assert!(!is_address || is_own, "{element:?}");
            }
            let loads = [
                "img", "iframe", "object", "embed", "base", "form", "video", "audio",
            ];
            assert!(!loads.contains(&element.name.as_str()), "{element:?}");
        }
        let style = page.all("style").next().unwrap();
        for loading in ["@import", "url(h", "url(\"", "url(/", "src:"] {
            assert!(!style.text.contains(loading), "{loading}");
        }
    }
}

/// A page of which every name is hostile: keys, sessions, messages, policies, and the role's.
fn hostile_page() -> String {
    let place = Place::new();
    let (trail, current) = hostile_world(&place);
    let output = polgen(&[
        "suggest",
        "--role",
        HOSTILE,
        "--trail",
        &trail,
        "--current",
        &current,
        "--format",
        "html",
    ]);
    assert_exit(&output, 0);
    stdout(&output)
}

fn hostile_world(place: &Place) -> (String, String) {
    let mut records = Vec::new();
    for (number, name) in ["GetObject", "PutObject", "DeleteObject"]
        .iter()
        .enumerate()
    {
        let number = u32::try_from(number).unwrap();
        let parameters = json!({ "bucketName": "bucket", "key": format!("{HOSTILE}{ENDS}") });
        let mut record = call(number, "s3.amazonaws.com", name, &parameters);
        let session = &mut record["userIdentity"];
        session["arn"] = json!(format!(
            "arn:aws:sts::111122223333:assumed-role/{HOSTILE}/{HOSTILE}"
        ));
        session["sessionContext"]["sessionIssuer"]["userName"] = json!(HOSTILE);
        session["sessionContext"]["sessionIssuer"]["arn"] =
            json!(format!("arn:aws:iam::111122223333:role/{HOSTILE}"));
        record["eventID"] = json!(HOSTILE);
        if *name == "DeleteObject" {
            record["errorCode"] = json!("AccessDenied");
            record["errorMessage"] = json!(format!("{HOSTILE}{ENDS}"));
        }
        records.push(record);
    }
    let current = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Sid": "S", "Effect": "Allow", "Action": "s3:*",
            "Resource": ["*", format!("arn:aws:s3:::{ENDS}")] }]
    });
    (
        place.file("trail.json", trail(&records)),
        place.file("<b>&'policy'.json", current.to_string()),
    )
}

#[test]
fn hostile_names_stay_text() {
    let text = hostile_page();
    assert!(!text.contains('\u{202e}'));
    let page = Page::parse(&text);
    assert_eq!(page.errors, Vec::<String>::new());
    let sane = Page::parse(&sample());
    let kinds = |page: &Page| {
        let mut kinds: Vec<String> = page.elements().map(|one| one.name.clone()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    };
    for kind in kinds(&page) {
        assert!(kinds(&sane).contains(&kind), "<{kind}> came from a name");
    }
    assert_eq!(page.all("h1").next().unwrap().text, SHOWN);
    assert!(page.all("title").next().unwrap().text.starts_with(SHOWN));
    let exactly = |name: &str, text: &str| page.all(name).any(|one| one.text == text);
    let message = format!("{SHOWN}{ENDS}");
    assert!(exactly("p", &message), "the message of the denied call");
    assert!(exactly("code", SHOWN), "the session and the event");
    let is_policy = |one: &Element| one.text.contains("<b>&'policy'");
    assert!(page.all("code").any(is_policy), "the policy");
    let labels: Vec<&str> = page
        .all("svg")
        .map(|one| one.attribute("aria-label"))
        .collect();
    assert!(
        labels
            .iter()
            .any(|label| label.starts_with("used on 1 day"))
    );
}

#[test]
fn without_current_policies_the_page_says_so() {
    let output = polgen(&[
        "suggest",
        "--role",
        ROLE,
        "--trail",
        "samples/trail",
        "--format",
        "html",
    ]);
    assert_exit(&output, 0);
    let page = Page::parse(&stdout(&output));
    assert_eq!(page.errors, Vec::<String>::new());
    for said in [
        "It needs 12 actions.",
        "No current policies were given: there is nothing to compare with.",
        "Not known: no current policies were given.",
    ] {
        assert!(page.text().contains(said), "{said}");
    }
}

#[test]
fn all_roles_get_a_table_and_a_page_each() {
    let place = Place::new();
    let folder = format!("{}/out", place.path());
    let arguments = [
        "suggest",
        "--all-roles",
        "--trail",
        "samples/trail",
        "--current",
        "samples/role.json",
        "--format",
        "html",
        "--output-dir",
        &folder,
    ];
    let output = polgen(&arguments);
    assert_exit(&output, 0);
    assert!(stdout(&output).contains(ROLE));
    let index = Page::parse(&fs::read_to_string(Path::new(&folder).join("index.html")).unwrap());
    assert_eq!(index.errors, Vec::<String>::new());
    let links: Vec<String> = index
        .all("a")
        .map(|one| one.attribute("href").to_owned())
        .filter(|href| !href.starts_with('#'))
        .collect();
    assert!(
        links.contains(&format!("./111122223333/{ROLE}.html")),
        "{links:?}"
    );
    for link in &links {
        let text = fs::read_to_string(Path::new(&folder).join(link)).unwrap();
        let page = Page::parse(&text);
        assert!(
            page.all("a")
                .any(|one| one.attribute("href") == "../index.html"),
            "{link}"
        );
    }
    let rows = index.all("tr").count() - 1;
    let without = index.text().matches("no suggestion:").count();
    assert_eq!(rows, links.len() + without);
}

#[test]
fn hostile_roles_have_a_page_that_the_table_leads_to() {
    let place = Place::new();
    let (trail, _) = hostile_world(&place);
    let folder = format!("{}/out", place.path());
    let output = polgen(&[
        "suggest",
        "--all-roles",
        "--trail",
        &trail,
        "--format",
        "html",
        "--output-dir",
        &folder,
    ]);
    assert_exit(&output, 0);
    let text = fs::read_to_string(Path::new(&folder).join("index.html")).unwrap();
    let index = Page::parse(&text);
    let link = index.all("a").find(|one| one.text == SHOWN).unwrap();
    let href = link.attribute("href");
    let path = Path::new(&folder).join(decoded(href));
    assert!(path.is_file(), "{href}");
}

/// The path that an address names.
fn decoded(href: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = href.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            let digits = String::from_utf8(digits.to_vec()).unwrap();
            bytes.push(u8::from_str_radix(&digits, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn what_makes_no_page_is_refused() {
    let output = polgen(&[
        "suggest",
        "--all-roles",
        "--trail",
        "samples/trail",
        "--format",
        "html",
    ]);
    assert_exit(&output, 2);
    assert!(
        stderr(&output).contains("--output-dir"),
        "{}",
        stderr(&output)
    );
    let output = polgen(&[
        "suggest",
        "--role",
        ROLE,
        "--trail",
        "samples/trail",
        "--split-by",
        "session",
        "--format",
        "html",
    ]);
    assert!(
        matches!(output.status.code(), Some(0 | 2)),
        "{}",
        stderr(&output)
    );
    assert!(stdout(&output).matches("<!doctype html>").count() <= 1);
}
