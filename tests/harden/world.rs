//! What the tests of hardening share: reading an example, and asking every rule of it.

use std::path::{Path, PathBuf};

use polgen::catalog::Catalog;
use polgen::check::Outcome;
use polgen::finding::{Finding, Status};
use polgen::harden::harden;
use polgen::posture::Posture;
use polgen::source::posture::{read_code, read_saved};
use polgen::template::Known;

/// The day on which the examples are looked at.
pub(crate) fn today() -> jiff::civil::Date {
    jiff::civil::date(2026, 11, 28)
}

pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/harden")
        .join(name)
}

/// Reads a file, or a folder of saved answers.
pub(crate) fn posture(path: &Path) -> Posture {
    let name = path.display().to_string();
    let mut posture = if name.ends_with("-saved") {
        read_saved(&name, today()).expect("saved answers")
    } else {
        // Each Terraform example is a module by itself, so it is read alone.
        let text = std::fs::read_to_string(path).expect("an example");
        if path.extension().is_some_and(|extension| extension == "tf") {
            polgen::posture::read_module(&[(name, text)], &Known::default()).expect("a module")
        } else {
            read_code(&name, &Known::default()).expect("a template")
        }
    };
    posture.today = Some(today());
    posture
}

pub(crate) fn look(path: &Path) -> Outcome {
    harden(&posture(path), Catalog::bundled())
}

/// The findings of one rule that say that it does not hold, or that this is not known.
pub(crate) fn of_rule<'o>(outcome: &'o Outcome, rule: &str, status: Status) -> Vec<&'o Finding> {
    let findings = outcome.findings.iter();
    findings
        .filter(|one| one.rule.name == rule && one.status == status)
        .collect()
}
