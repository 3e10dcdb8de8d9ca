//! `polgen comment` on several roles at once.

use crate::world::{Place, assert_exit, command, s3_call, stdout, trail};

/// Two roles, of which one did nothing; the trail is given on standard input, which can be read once.
#[test]
fn several_roles_share_one_reading_and_one_without_events_has_its_row() {
    let mut records = vec![s3_call(1, "GetObject", "data", "a/b")];
    let other = s3_call(2, "PutObject", "data", "c/d").to_string();
    records.push(serde_json::from_str(&other.replace("/app", "/second")).unwrap());
    assert_ne!(records[1].to_string(), other);
    let place = Place::new();
    let text = trail(&records);
    let run = |roles: &[&str]| {
        let mut command = command(&["comment", "--trail", "-"]);
        for role in roles {
            command.args(["--role", role]);
        }
        command
            .stdin(std::fs::File::open(place.file("trail.json", &text)).unwrap())
            .output()
            .unwrap()
    };
    let output = run(&["app", "second", "nobody"]);
    assert_exit(&output, 0);
    let said = stdout(&output);
    for wanted in [
        "#### `app`",
        "#### `second`",
        "| `nobody` | – | – | not looked at: no event by `nobody`",
        "**Nothing is said of 1 role: no use was seen.**",
    ] {
        assert!(said.contains(wanted), "{wanted} in {said}");
    }
    let markers = said.lines().filter(|line| line.starts_with("<!--"));
    assert_eq!(markers.count(), 2);
    // Where none was seen there is nothing to say.
    assert_exit(&run(&["nobody", "nobody-else"]), 3);
    // One alone is said the same of.
    let alone = stdout(&run(&["app"]));
    let row = alone
        .lines()
        .find(|line| line.starts_with("| `app`"))
        .unwrap();
    assert!(said.contains(row), "{row} in {said}");
}
