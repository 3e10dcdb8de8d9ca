//! Each check of the lint fails on a file that breaks it, and passes on one that does not.

use serde_json::{Value, json};

use super::*;

fn service() -> Value {
    json!({
        "prefix": "demo",
        "name": "Demo",
        "event_sources": ["demo.amazonaws.com"],
        "actions": {
            "GetThing": { "access_level": "Read", "resource_types": ["thing*"], "condition_keys": ["demo:Colour"] },
        },
        "resource_types": { "thing": { "arns": ["arn:${Partition}:demo:${Region}:${Account}:thing/${ThingName}"] } },
        "condition_keys": { "demo:Colour": "String" },
        "operations": ["GetThing", "ReadThing"],
        "bindings": { "@thing": ["thingArn"], "ThingName": ["thingName", "@response.thing.name"] },
        "bindings_by_operation": { "ReadThing": { "ThingName": ["name"] } },
    })
}

fn exceptions() -> Value {
    json!({
        "exceptions": {
            "ReadThing": {
                "needs": [{ "action": "demo:GetThing", "when": { "present": "name" } }],
                "source": "Demo API reference",
            },
        },
    })
}

/// The complaints about the demo service after a change to its two layers.
fn complaints_after(change: impl FnOnce(&mut Value, &mut Value)) -> Vec<String> {
    let (mut service, mut exceptions) = (service(), exceptions());
    change(&mut service, &mut exceptions);
    complaints_in(|files| {
        files.insert("services/demo.json", service);
        files.insert("exceptions/demo.json", exceptions);
    })
}

/// The complaints about the demo folder after a change to its files.
fn complaints_in(change: impl FnOnce(&mut BTreeMap<&str, Value>)) -> Vec<String> {
    let parameters = json!({
        "GetThing": { "request": ["thingArn", "thingName"], "response": ["thing.name"] },
        "ReadThing": { "request": ["name"], "response": [] },
    });
    let visibility = json!({
        "demo": [{ "operations": ["ReadThing"], "visibility": { "data": "AWS::Demo::Thing" }, "source": "x", "confidence": "high" }],
    });
    let mut files = BTreeMap::from([
        ("services/demo.json", service()),
        ("exceptions/demo.json", exceptions()),
        ("parameters/demo.json", parameters),
        ("visibility.json", visibility),
        ("data-event-types.json", json!(["AWS::Demo::Thing"])),
    ]);
    change(&mut files);
    let files = files
        .into_iter()
        .map(|(name, value)| (name.to_owned(), format!("{value}\n")))
        .collect();
    lint(&files).iter().map(ToString::to_string).collect()
}

fn assert_complaint(wanted: &str, change: impl FnOnce(&mut Value, &mut Value)) {
    let found = complaints_after(change);
    assert!(
        found.iter().any(|complaint| complaint.contains(wanted)),
        "wanted `{wanted}`, found {found:?}"
    );
}

#[test]
fn what_fits_together_is_not_complained_of() {
    assert_eq!(complaints_after(|_, _| {}), Vec::<String>::new());
}

#[test]
fn facts_must_fit_together() {
    assert_complaint("expected the prefix `demo`", |service, _| {
        service["prefix"] = json!("other");
    });
    assert_complaint("no event source", |service, _| {
        service["event_sources"] = json!([]);
    });
    assert_complaint("in lower case", |service, _| {
        service["event_sources"] = json!(["Demo.amazonaws.com"]);
    });
    assert_complaint("access level `Look`", |service, _| {
        service["actions"]["GetThing"]["access_level"] = json!("Look");
    });
    assert_complaint("resource type `box`", |service, _| {
        service["actions"]["GetThing"]["resource_types"] = json!(["box"]);
    });
    assert_complaint("condition key `demo:Size`", |service, _| {
        service["actions"]["GetThing"]["condition_keys"] = json!(["demo:Size"]);
    });
    assert_complaint("the type `Colour`", |service, _| {
        service["condition_keys"]["demo:Colour"] = json!("Colour");
    });
    assert_complaint("no ARN format", |service, _| {
        service["resource_types"]["thing"]["arns"] = json!([]);
    });
    for format in [
        "arn:aws:demo",
        "arn:aws:demo:::",
        "arn:aws:demo:::${}",
        "arn:aws:demo:::${A",
        "arn:aws:demo:::a, b",
    ] {
        assert_complaint(format, |service, _| {
            service["resource_types"]["thing"]["arns"] = json!([format, "x"]);
        });
    }
    assert_complaint("unknown field `colour`", |service, _| {
        service["colour"] = json!(1);
    });
}

#[test]
fn lists_and_keys_must_be_sorted_and_stand_once() {
    assert_complaint("expected a sorted list", |service, _| {
        service["operations"] = json!(["ReadThing", "GetThing"]);
    });
    assert_complaint("expected a sorted list", |service, _| {
        service["operations"] = json!(["GetThing", "GetThing"]);
    });
    let mut complaints = Complaints::default();
    tree::check(
        "services/x.json",
        "{\"actions\":{\"B\":1,\"A\":2,\"A\":3}}",
        &mut complaints,
    );
    let found: Vec<String> = complaints.0.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "services/x.json: actions: `A` stands after `B`, expected sorted keys",
            "services/x.json: actions: `A` stands twice",
            "services/x.json: expected a line end at the end of the file",
        ]
    );
}

#[test]
fn bindings_must_name_real_things() {
    assert_complaint("found `Nothing`", |service, _| {
        service["bindings"]["Nothing"] = json!(["thingName"]);
    });
    assert_complaint("found `@box`", |service, _| {
        service["bindings"]["@box"] = json!(["thingName"]);
    });
    assert_complaint("found `box.ThingName`", |service, _| {
        service["bindings"]["box.ThingName"] = json!(["thingName"]);
    });
    assert_complaint("`noSuch` is no parameter", |service, _| {
        service["bindings"]["ThingName"] = json!(["noSuch"]);
    });
    assert_complaint("`thingName` is no parameter", |service, _| {
        service["bindings_by_operation"]["ReadThing"]["ThingName"] = json!(["thingName"]);
    });
    assert_complaint("`@response.thing.size` is no parameter", |service, _| {
        service["bindings"]["ThingName"] = json!(["@response.thing.size"]);
    });
    assert_complaint("has no path", |service, _| {
        service["bindings"]["ThingName"] = json!([]);
    });
    assert_complaint("this operation is not known", |service, _| {
        service["bindings_by_operation"] = json!({ "NoThing": { "ThingName": ["thingName"] } });
    });
}

#[test]
fn hand_written_facts_need_a_source_and_real_actions() {
    assert_complaint("no source", |_, above| {
        above["exceptions"]["ReadThing"]["source"] = json!(" ");
    });
    assert_complaint("the entry says nothing", |_, above| {
        above["exceptions"]["ReadThing"]["needs"] = json!([]);
    });
    assert_complaint("found needs beside", |_, above| {
        above["exceptions"]["ReadThing"]["no_permission"] = json!("x");
    });
    assert_complaint("the action `demo:Nothing` does not exist", |_, above| {
        above["exceptions"]["ReadThing"]["needs"][0]["action"] = json!("demo:Nothing");
    });
    assert_complaint("`noSuch` is no parameter", |_, above| {
        above["exceptions"]["ReadThing"]["needs"][0]["when"] =
            json!({ "not": { "any": [{ "absent": "noSuch" }] } });
    });
    assert_complaint("takes no resource of the type `box`", |_, above| {
        above["exceptions"]["ReadThing"]["needs"][0]["resource_types"] = json!(["box"]);
    });
    assert_complaint("bindings without `bindings_source`", |_, above| {
        above["bindings"] = json!({ "ThingName": ["name"] });
    });
    assert_complaint(
        "laid over the generated layer: unknown field",
        |_, above| above["colour"] = json!(1),
    );
    assert_complaint("the operation `NoThing` is not known", |_, above| {
        above["passed_roles"] =
            json!([{ "operations": ["NoThing"], "parameters": ["thingName"], "source": "x" }]);
    });
}

#[test]
fn unseen_needs_name_operations_and_actions() {
    let unseen = |operation: &str, action: &str, when: &str| json!([{ "operations": [operation], "actions": [action], "when": when, "source": "x" }]);
    for (operation, action, when, wanted) in [
        (
            "NoThing",
            "demo:GetThing",
            "x",
            "the operation `NoThing` is not known",
        ),
        (
            "ReadThing",
            "demo:Nothing",
            "x",
            "the action `demo:Nothing` does not exist",
        ),
        (
            "ReadThing",
            "s3:Nothing",
            "x",
            "the action `s3:Nothing` does not exist",
        ),
        (
            "ReadThing",
            "demo:GetThing",
            " ",
            "expected when it is needed",
        ),
    ] {
        assert_complaint(wanted, |_, above| {
            above["unseen_needs"] = unseen(operation, action, when);
        });
    }
    let found = complaints_after(|_, above| {
        above["unseen_needs"] = unseen("ReadThing", "s3:GetObject", "x");
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn shared_needs_are_of_known_operations_and_types() {
    let shared = |operations: &Value, source: &str| {
        json!([{ "operations": operations, "source": source,
            "need": { "action": "demo:GetThing", "when": { "present": "name" } } }])
    };
    assert_complaint("the operation `NoThing` is not known", |_, above| {
        above["shared_needs"] = shared(&json!({ "NoThing": [] }), "x");
    });
    assert_complaint("takes no resource of the type `box`", |_, above| {
        above["shared_needs"] = shared(&json!({ "ReadThing": ["box"] }), "x");
    });
    assert_complaint("`name` is no parameter", |_, above| {
        above["shared_needs"] = shared(&json!({ "GetThing": ["thing"] }), "x");
    });
    assert_complaint("shared_needs: demo:GetThing: no source", |_, above| {
        above["shared_needs"] = shared(&json!({ "ReadThing": ["thing"] }), " ");
    });
    assert_complaint("the action `demo:Nothing` does not exist", |_, above| {
        above["shared_needs"] = shared(&json!({ "ReadThing": ["thing"] }), "x");
        above["shared_needs"][0]["need"]["action"] = json!("demo:Nothing");
    });
    let found = complaints_after(|_, above| {
        above["shared_needs"] = shared(&json!({ "ReadThing": ["thing"] }), "x");
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn added_actions_need_a_source_until_the_tables_have_them() {
    assert_complaint("expected where the action comes from", |_, above| {
        above["actions"] = json!({ "SeeThing": { "access_level": "Read" } });
    });
    assert_complaint("has this action now", |_, above| {
        above["actions"] = json!({ "GetThing": { "access_level": "Read", "source": "x" } });
    });
    let found = complaints_after(|_, above| {
        above["actions"] = json!({ "SeeThing": { "access_level": "Read", "source": "x" } });
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn roles_in_requests_are_handed_over_or_explained() {
    let complaints = |passed: Value, not_passed: Value| {
        let mut above = exceptions();
        above["passed_roles"] = passed;
        let parameters = json!({
            "GetThing": { "request": ["thingArn", "thingName", "owner.roleArn"], "response": ["thing.name"] },
            "ReadThing": { "request": ["name"], "response": [] },
        });
        let files = [
            ("services/demo.json", service()),
            ("exceptions/demo.json", above),
            ("parameters/demo.json", parameters),
            ("roles-not-passed.json", not_passed),
        ];
        let files = files.map(|(name, value)| (name.to_owned(), format!("{value}\n")));
        let found = lint(&files.into_iter().collect());
        found
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ")
    };
    let passed = |operation: &str| json!([{ "operations": [operation], "parameters": ["owner.roleArn"], "source": "x" }]);
    let not_passed = |path: &str, reason: &str| json!({ "demo": [{ "operations": ["GetThing"], "parameters": [path], "reason": reason, "source": "x" }] });
    assert_eq!(complaints(passed("GetThing"), json!({})), "");
    assert_eq!(complaints(json!([]), not_passed("owner.roleArn", "x")), "");
    for (found, wanted) in [
        (
            complaints(json!([]), json!({})),
            "owner.roleArn: may hold a role",
        ),
        (
            complaints(passed("GetThing"), not_passed("owner.roleArn", "x")),
            "expected it in one",
        ),
        (
            complaints(passed("GetThing"), not_passed("owner.role", "x")),
            "`owner.role` is no parameter",
        ),
        (
            complaints(json!([]), not_passed("owner.roleArn", " ")),
            "expected a reason",
        ),
        (
            complaints(passed("ReadThing"), json!({})),
            "the operation has none of the parameters",
        ),
    ] {
        assert!(found.contains(wanted), "wanted `{wanted}`, found {found}");
    }
}

#[test]
fn visibility_must_name_operations_and_types_of_data_events() {
    assert_complaint("neither an operation nor an action", |service, _| {
        service["operations"] = json!(["GetThing"]);
        service["bindings_by_operation"] = json!({});
    });
    let found = complaints_in(|files| {
        files.insert("data-event-types.json", json!(["AWS::Demo::Box"]));
    });
    let wanted = "visibility.json: demo: `AWS::Demo::Thing` is no type of data events";
    assert_eq!(found, [wanted]);
}

#[test]
fn a_hand_written_file_stands_above_a_generated_one() {
    let found = complaints_in(|files| {
        files.insert("exceptions/other.json", json!({ "exceptions": {} }));
    });
    let wanted = "exceptions/other.json: expected the name of a service's file";
    assert_eq!(found, [wanted]);
}
