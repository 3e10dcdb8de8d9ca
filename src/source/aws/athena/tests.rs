//! What a query is known by, while it runs.

use std::collections::BTreeSet;

use aws_config::{Region, SdkConfig};

use super::*;

fn session(region: &'static str, url: Option<&str>) -> Session {
    let mut config = SdkConfig::builder().region(Region::from_static(region));
    config.set_endpoint_url(url.map(str::to_owned));
    Session {
        runtime: tokio::runtime::Runtime::new().unwrap(),
        config: config.build(),
        region: region.to_owned(),
    }
}

#[test]
fn a_query_is_picked_up_by_who_asks_the_same_of_the_same() {
    let one = Question {
        sql: "SELECT 1",
        catalog: Some("a"),
        workgroup: Some("b"),
        output: Some("s3://c/d"),
        limit: None,
        cache: Path::new("cache"),
    };
    let home = || session("eu-central-1", None);
    let places = [
        home(),
        session("eu-west-1", None),
        session("eu-central-1", Some("http://127.0.0.1:1")),
    ];
    let questions = [
        ("SELECT 2", Some("a"), Some("b"), Some("s3://c/d")),
        ("SELECT 1", None, Some("b"), Some("s3://c/d")),
        ("SELECT 1", Some("a"), None, Some("s3://c/d")),
        ("SELECT 1", Some("a"), Some("b"), None),
        // The same letters, parted elsewhere.
        ("SELECT 1", Some("ab"), None, Some("s3://c/d")),
        ("SELECT 1", None, Some("ab"), Some("s3://c/d")),
    ];
    let mut keys: Vec<String> = places.iter().map(|place| key(place, &one)).collect();
    keys.extend(questions.map(|(sql, catalog, workgroup, output)| {
        let question = Question {
            sql,
            catalog,
            workgroup,
            output,
            ..one
        };
        key(&home(), &question)
    }));
    let different: BTreeSet<&String> = keys.iter().collect();
    assert_eq!(different.len(), keys.len(), "{keys:?}");
    let other = Question {
        limit: Some(1),
        cache: Path::new("other"),
        ..one
    };
    assert_eq!(key(&home(), &other), key(&home(), &one));
}
