//! Twenty good templates, in as many styles as people write them: nothing is found, and little is not known.

use polgen::finding::Status;

use crate::world::{folder, look};

/// What no template can say.
const UNSAYABLE: [&str; 4] = [
    "stack-drifted",
    "stack-without-stack-policy",
    "stack-without-termination-protection",
    "bucket-without-mfa-delete",
];

#[test]
fn nothing_is_found_in_good_templates() {
    let mut paths: Vec<_> = std::fs::read_dir(folder("good"))
        .expect("good templates")
        .map(|entry| entry.expect("a template").path())
        .collect();
    paths.sort();
    assert_eq!(paths.len(), 20);
    let mut wrong = Vec::new();
    for path in &paths {
        let outcome = look(path);
        assert!(
            outcome.passed > 0,
            "{}: nothing was looked at",
            path.display()
        );
        for finding in outcome.findings {
            let is_expected =
                finding.status == Status::NotChecked && UNSAYABLE.contains(&finding.rule.name);
            if !is_expected {
                let place = &finding.place;
                wrong.push(format!(
                    "{}:{} {} {}: {}",
                    place.file,
                    place.line,
                    finding.status.as_str(),
                    finding.rule.name,
                    finding.what
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
