//! SARIF as the standard's own schema has it.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::world::{Place, polgen, stdout};

#[test]
fn sarif_follows_the_schema_of_the_standard() {
    // The crate of the shapes brings the standard's schema; where it lies, cargo knows. Crates for other systems may not be there.
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let metadata = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--offline",
            "--filter-platform",
            host.unwrap(),
            "--manifest-path",
        ])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages
        .iter()
        .find(|one| one["name"] == "serde-sarif")
        .unwrap();
    let folder = Path::new(package["manifest_path"].as_str().unwrap())
        .parent()
        .unwrap();
    let schema = fs::read_to_string(folder.join("src/schema.json")).unwrap();
    let mut schema: Value = serde_json::from_str(&schema).unwrap();
    // Its pattern for languages has a bracket too many, which strict readers of regular expressions refuse.
    for part in ["run", "toolComponent"] {
        let language = schema["definitions"][part]["properties"]["language"].as_object_mut();
        assert!(language.unwrap().remove("pattern").is_some());
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let place = Place::new();
    let file = place.file("a policy.json", "{\"Statement\": {\"Effect\": \"Allow\", \"Action\": [\"s3:PutObject\", \"iam:PutRolePolicy\"], \"Resource\": \"*\"}}");
    place.file(
        "polgen.toml",
        "[[allow]]\nrule = \"wildcard-resource\"\nreason = \"known\"\n",
    );
    let output = polgen(&["check", &file, "--format", "sarif"]);
    let log: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&log)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert!(results.iter().any(|one| !one["suppressions"].is_null()));
    // The check can fail.
    let mut broken = log.clone();
    broken["runs"][0]["results"][0]["level"] = "terrible".into();
    assert!(!validator.is_valid(&broken));
}
