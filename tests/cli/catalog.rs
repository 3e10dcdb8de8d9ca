//! `polgen catalog`: look-ups by every kind of name, the lint as a gate, and the counts.

use std::fs;

use serde_json::Value;

use crate::world::{assert_exit, polgen, stderr, stdout};

fn json_of(arguments: &[&str]) -> Value {
    let mut all = vec!["catalog"];
    all.extend(arguments);
    all.extend(["--format", "json"]);
    let output = polgen(&all);
    assert_exit(&output, 0);
    serde_json::from_str(&stdout(&output)).unwrap()
}

fn text_of(arguments: &[&str]) -> String {
    let mut all = vec!["catalog"];
    all.extend(arguments);
    let output = polgen(&all);
    assert_exit(&output, 0);
    stdout(&output)
}

#[test]
fn services_actions_types_and_policies_are_found() {
    let services = json_of(&[]);
    assert!(services["services"].as_array().unwrap().len() > 400);
    let service = json_of(&["SQS"]);
    assert_eq!(service["prefix"], "sqs");
    let action = json_of(&["s3:getobject"]);
    assert_eq!(action["action"], "s3:GetObject");
    assert!(
        action["needed_by"]
            .as_array()
            .unwrap()
            .contains(&Value::from("HeadObject"))
    );
    let matching = json_of(&["sqs:*Message"]);
    assert!(
        matching["actions"]
            .as_array()
            .unwrap()
            .contains(&Value::from("sqs:SendMessage"))
    );
    let kind = json_of(&["lambda", "layer"]);
    assert_eq!(
        kind["arns"][0],
        "arn:${Partition}:lambda:${Region}:${Account}:layer:${LayerName}"
    );
    let policy = json_of(&["AWSLambdaBasicExecutionRole"]);
    assert_eq!(
        policy["arn"],
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    );
    let text = text_of(&["xray:PutTraceSegments"]);
    assert!(
        text.contains("IAM takes only `*` as its resource."),
        "{text}"
    );
}

#[test]
fn operations_say_what_they_need_or_why_nothing_is_known() {
    let head = json_of(&["--operation", "s3.amazonaws.com:HeadObject"]);
    assert_eq!(head["needs"][0]["action"], "s3:GetObject");
    assert!(head["source"].is_string());
    let caller = text_of(&["--operation", "sts:GetCallerIdentity"]);
    assert!(caller.contains("Needs no permission"), "{caller}");
    let query = text_of(&["--operation", "neptune-graph:ExecuteQuery"]);
    assert!(
        query.contains("No action is known") && !query.contains("\nNeeds "),
        "{query}"
    );
    let versioned = json_of(&["--operation", "lambda:CreateFunction"]);
    assert!(versioned["needs"].as_array().unwrap().len() > 1);
}

#[test]
fn unknown_names_are_refused_with_the_nearest() {
    for (arguments, wanted) in [
        (&["catalog", "lamda"][..], "`lambda`"),
        (&["catalog", "s3:GetObjekt"], "`GetObject`"),
        (&["catalog", "lambda", "functoin"], "`function`"),
        (
            &["catalog", "--operation", "sqs:SendMesage"],
            "`SendMessage`",
        ),
    ] {
        let output = polgen(arguments);
        assert_exit(&output, 1);
        assert_eq!(stdout(&output), "");
        assert!(stderr(&output).contains(wanted), "{}", stderr(&output));
    }
}

#[test]
fn the_counts_add_up_and_few_operations_are_unmapped() {
    let stats = json_of(&["stats"]);
    let services = stats["services"].as_array().unwrap();
    let total = &stats["total"];
    let classes = [
        "operations_mapped",
        "operations_without_permission",
        "operations_of_closed_services",
        "operations_unmapped",
    ];
    let others = [
        "operations",
        "actions",
        "entries_by_hand",
        "entries_seen_on_a_record",
    ];
    for key in classes.iter().chain(&others) {
        let sum: u64 = services
            .iter()
            .map(|service| service[key].as_u64().unwrap())
            .sum();
        assert_eq!(total[key], sum, "{key}");
    }
    let all: u64 = classes.iter().map(|key| total[key].as_u64().unwrap()).sum();
    assert_eq!(total["operations"], all);
    let unmapped = total["operations_unmapped"].as_u64().unwrap();
    assert!(unmapped * 1_000 <= all * 5, "{unmapped} of {all}");
    let text = text_of(&["stats"]);
    assert!(text.lines().last().unwrap().starts_with("all "), "{text}");
}

#[test]
fn options_may_stand_before_a_task_and_names_may_not() {
    let output = polgen(&["catalog", "--format", "json", "stats"]);
    assert_exit(&output, 0);
    let stats: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert!(stats["total"]["operations"].as_u64().unwrap() > 18_000);
    for arguments in [
        &["catalog", "s3", "stats"][..],
        &["catalog", "--operation", "s3:HeadObject", "lint"],
    ] {
        let output = polgen(arguments);
        assert_exit(&output, 2);
        assert!(
            stderr(&output).contains("takes no name before it"),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn the_lint_passes_the_own_folder_and_fails_one_with_a_fault() {
    let output = polgen(&["catalog", "lint"]);
    assert_exit(&output, 0);
    assert!(
        stdout(&output).ends_with("files, 0 complaints\n"),
        "{}",
        stdout(&output)
    );

    let folder = tempfile::tempdir().unwrap();
    let services = folder.path().join("services");
    fs::create_dir(&services).unwrap();
    let own = fs::read_to_string("action-catalog/services/sqs.json").unwrap();
    let wrong = own.replacen("\"Write\"", "\"Wirte\"", 1);
    assert_ne!(own, wrong);
    fs::write(services.join("sqs.json"), wrong).unwrap();
    let path = folder.path().to_str().unwrap();
    let output = polgen(&["catalog", "lint", path]);
    assert_exit(&output, 1);
    let said = stdout(&output);
    assert!(
        said.contains("services/sqs.json: actions: ") && said.contains("`Wirte`"),
        "{said}"
    );
    assert!(said.ends_with("1 file, 1 complaint\n"), "{said}");
}

#[test]
fn a_folder_that_is_no_catalog_is_refused() {
    for folder in ["samples", "no-such-folder"] {
        let output = polgen(&["catalog", "lint", folder]);
        assert_exit(&output, 1);
        assert!(
            stderr(&output).starts_with(&format!("error: {folder}: ")),
            "{}",
            stderr(&output)
        );
    }
}
