//! The table of rules in `docs/harden.md` is what the program asks. `UPDATE_GOLDEN=1` writes it.

use std::path::Path;

use polgen::harden::{rules, told_of};

const MARKS: (&str, &str) = ("<!-- rules: begin -->\n", "<!-- rules: end -->");

fn table() -> String {
    let mut text = String::from(
        "| rule | severity | side | serves | source |\n| --- | --- | --- | --- | --- |\n",
    );
    for rule in rules() {
        let (source, side, serves) = told_of(rule.name).expect("every rule is told of");
        assert!(
            source.starts_with("https://docs.aws.amazon.com/"),
            "{source}"
        );
        let row = format!(
            "| `{}` | {} | {} | {serves} | [AWS]({source}) |\n",
            rule.name,
            rule.severity.as_str(),
            side.as_str()
        );
        text.push_str(&row);
    }
    text
}

#[test]
fn the_table_of_rules_is_true() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/harden.md");
    let text = std::fs::read_to_string(&path).expect("docs/harden.md");
    let (head, rest) = text.split_once(MARKS.0).expect("the table's begin");
    let (found, tail) = rest.split_once(MARKS.1).expect("the table's end");
    let wanted = table();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let whole = format!("{head}{}{wanted}{}{tail}", MARKS.0, MARKS.1);
        std::fs::write(&path, whole).expect("docs/harden.md");
        return;
    }
    assert_eq!(found, wanted, "write it anew with UPDATE_GOLDEN=1");
}

#[test]
fn every_rule_says_what_why_and_how() {
    for rule in rules() {
        for words in [rule.what, rule.why, rule.fix] {
            assert!(words.len() > 20, "{}: {words}", rule.name);
            assert!(words.ends_with(['.', '`']), "{}: {words}", rule.name);
        }
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        assert!(rule.name.bytes().all(is_name), "{}", rule.name);
    }
}
