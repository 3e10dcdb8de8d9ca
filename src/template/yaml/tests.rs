//! What the tree of a YAML text holds, and where.

use super::*;

fn parsed(text: &str) -> Node {
    read(&"f".into(), text).unwrap()
}

#[test]
fn short_forms_become_long_ones() {
    let node = parsed(
        "A: !GetAtt Table.Arn\nB: !Sub '${X}'\nC: !If [a, !Ref b, c]\nD: !GetAtt [T, Arn]\nE: !Odd x\n",
    );
    let long = |key: &str| node.get(key).unwrap().clone();
    assert_eq!(
        long("A").get("Fn::GetAtt").unwrap().items()[1].as_str(),
        Some("Arn")
    );
    assert_eq!(long("B").get("Fn::Sub").unwrap().as_str(), Some("${X}"));
    assert_eq!(
        long("C").get("Fn::If").unwrap().items()[1]
            .get("Ref")
            .unwrap()
            .as_str(),
        Some("b")
    );
    assert_eq!(long("D").get("Fn::GetAtt").unwrap().items().len(), 2);
    assert_eq!(long("E").value, Value::Unknown("!Odd".to_owned()));
}

#[test]
fn values_end_at_their_last_token() {
    let text =
        "ä: # why\r\n  - \"é\"   # c\r\n  - |\r\n    lit\r\n\r\nb: {c: [1, 2] }  # d\r\n# end\r\n";
    let node = parsed(text);
    let a = node.entry("ä").unwrap();
    assert_eq!(text.get(a.key_span.clone()).unwrap(), "ä");
    assert!(text.get(..a.value.span.end).unwrap().ends_with("    lit"));
    assert_eq!(
        text.get(node.get("b").unwrap().span.clone()).unwrap(),
        "{c: [1, 2] }"
    );
    assert_eq!(a.value.items()[1].place.line, 4);
}

#[test]
fn aliases_and_merges_are_copied_and_marked() {
    let node = parsed("x: &x {a: 1}\ny: *x\nz:\n  <<: *x\n  b: 2\n");
    assert_eq!(node.at(&["y", "a"]).unwrap().as_str(), Some("1"));
    assert!(node.at(&["y", "a"]).unwrap().is_shared);
    assert_eq!(node.at(&["z", "a"]).unwrap().as_str(), Some("1"));
    assert!(!node.at(&["z", "b"]).unwrap().is_shared);
}

#[test]
fn bombs_are_refused() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let last = level - 1;
        let items = vec![format!("*a{last}"); 10].join(", ");
        bomb.push_str(
            &[
                "a",
                &level.to_string(),
                ": &a",
                &level.to_string(),
                " [",
                &items,
                "]\n",
            ]
            .concat(),
        );
    }
    assert!(
        read(&"f".into(), &bomb)
            .unwrap_err()
            .problem
            .contains("values")
    );
    let deep = "[".repeat(5_000) + &"]".repeat(5_000);
    assert!(read(&"f".into(), &deep).is_err());
    assert!(
        read(&"f".into(), "a: 1\na: 2\n")
            .unwrap_err()
            .problem
            .contains("twice")
    );
    assert!(read(&"f".into(), "a: &a [*a]").is_err());
}

#[test]
fn comments_and_marks_are_no_part_of_values() {
    let text =
        "a: 'x'   # c\nb: \"y\" # c\nc: !Ref z   # c\nd: [1]   # c\ne: {}\nf: []  # c\ng: *x\n"
            .replace("a:", "a: &x");
    let node = parsed(&text);
    for (key, wanted) in [
        ("a", "&x 'x'"),
        ("b", "\"y\""),
        ("c", "!Ref z"),
        ("d", "[1]"),
        ("e", "{}"),
        ("f", "[]"),
        ("g", "*x"),
    ] {
        let span = node.get(key).unwrap().span.clone();
        assert_eq!(text.get(span).unwrap(), wanted);
    }
}
