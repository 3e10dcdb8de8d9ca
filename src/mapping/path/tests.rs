//! What a path finds, and where it stops.

use serde_json::json;

use super::*;
use crate::time::Window;
use crate::trail::envelope::End;
use crate::trail::{Event, Found as Entry, Reader};

fn event(request: &Value) -> Event {
    let record = json!({
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "eventType": "AwsApiCall",
        "userAgent": "test",
        "requestParameters": request,
    });
    let mut events = Vec::new();
    Reader::new(Window::default(), None).advance(
        record.to_string().as_bytes(),
        End::Yes,
        &mut |entry| {
            if let Entry::Event(event) = entry {
                events.push(*event);
            }
        },
    );
    events.remove(0)
}

/// The texts that a path finds in a request.
fn texts(request: &Value, path: &str) -> Vec<String> {
    let event = event(request);
    let found = find(&Call::new(&event, "GetObject"), path);
    found.into_iter().filter_map(|found| found.text).collect()
}

fn is_there(request: &Value, path: &str) -> bool {
    let event = event(request);
    is_present(&Call::new(&event, "GetObject"), path)
}

#[test]
fn values_of_one_list_belong_together_by_their_element() {
    let request = json!({
        "tables": [{"bucket": "b1", "key": "k1"}, {"bucket": "b2", "key": "k2"}],
        "others": ["o1", "o2"],
    });
    let event = event(&request);
    let call = Call::new(&event, "GetObject");
    let pairs = |left: &'static str, right: &'static str| {
        let rights = find(&call, right);
        let mut together = Vec::new();
        for one in find(&call, left) {
            let fitting = rights
                .iter()
                .filter(|other| belong_together(&one.trail, &other.trail));
            together.extend(fitting.map(|other| format!("{}{}", one.raw, other.raw)));
        }
        together
    };
    assert_eq!(pairs("tables.bucket", "tables.key"), ["b1k1", "b2k2"]);
    let free = ["b1o1", "b1o2", "b2o1", "b2o2"];
    assert_eq!(pairs("tables.bucket", "others"), free);
}

#[test]
fn a_rule_says_where_a_value_stood() {
    for (path, wanted) in [
        ("bucketName", "requestParameters.bucketName"),
        ("queueUrl|part(/,-1)", "requestParameters.queueUrl"),
        ("@response.vpc.vpcId", "responseElements.vpc.vpcId"),
        ("@additional.vpceId", "additionalEventData.vpceId"),
        ("@event.invokedBy", "the event's invokedBy"),
        ("=default", "`default` by default"),
    ] {
        assert_eq!(shown(path), wanted);
        assert_eq!(is_of_response(path), path.starts_with("@response"));
    }
}

#[test]
fn so_many_values_are_found_and_no_empty_ones() {
    let names = |count: usize| -> Vec<String> { (0..count).map(|at| at.to_string()).collect() };
    for (count, wanted) in [
        (VALUES_MAX - 1, VALUES_MAX - 1),
        (VALUES_MAX, VALUES_MAX),
        (VALUES_MAX + 1, VALUES_MAX),
    ] {
        let found = texts(&json!({ "names": names(count) }), "names");
        assert_eq!(found.len(), wanted);
    }
    assert_eq!(texts(&json!({"names": ["", "a", ""]}), "names"), ["a"]);
}

#[test]
fn a_walk_ends_where_a_request_is_too_deep() {
    let nested = |depth: usize| {
        let text = format!("{}\"a\"{}", "[".repeat(depth), "]".repeat(depth));
        json!({ "name": serde_json::from_str::<Value>(&text).unwrap() })
    };
    // The member itself is one level down.
    assert_eq!(texts(&nested(DEPTH_MAX - 1), "name"), ["a"]);
    assert_eq!(texts(&nested(DEPTH_MAX), "name"), [""; 0]);
}

#[test]
fn a_path_that_goes_on_finds_no_text_in_its_middle() {
    let request = json!({"items": [
        {"operation": "Put", "key": "put"},
        {"operation": "put", "key": "also"},
        {"operation": "Get", "key": "got"},
        {"operation": 1, "key": "number"},
        {"key": "none"},
    ]});
    assert_eq!(
        texts(&request, "items.[operation=Put].key"),
        ["put", "also"]
    );
    assert_eq!(texts(&request, "items.[operation].key"), [""; 0]);
    assert_eq!(texts(&json!({"a": "text"}), "a.b"), [""; 0]);
    assert_eq!(texts(&json!({"a": "text"}), "a"), ["text"]);
    let counted = json!({"a": 1, "b": true, "c": null});
    assert_eq!(texts(&counted, "a"), ["1"]);
    assert_eq!(texts(&counted, "b"), ["true"]);
    assert_eq!(texts(&counted, "c"), [""; 0]);
}

#[test]
fn what_is_empty_is_not_there() {
    for value in [json!(null), json!(""), json!([]), json!({})] {
        assert!(!is_there(&json!({ "a": value }), "a"), "{value}");
    }
    for value in [json!(false), json!(0), json!("x"), json!({"b": null})] {
        assert!(is_there(&json!({ "a": value }), "a"), "{value}");
    }
    assert!(is_there(&json!({}), "=default"));
    assert!(is_there(&json!({}), "@event.userAgent"));
    assert!(!is_there(&json!({}), "@event.vpcEndpoint"));
    assert!(is_there(&json!({"a": "xy"}), "a|like(x*)"));
    assert!(!is_there(&json!({"a": "y"}), "a|like(x*)"));
    assert!(is_there(&json!({"tables": {"t": {}}}), "tables.@keys"));
    assert!(!is_there(&json!({"tables": {}}), "tables.@keys"));
}
