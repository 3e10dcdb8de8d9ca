//! Which files are refused before they are parsed, and which are read.

use super::*;

/// Brackets behind second operators, so many within each other, with something inside.
fn nested(levels: usize, inside: &str) -> String {
    format!(
        "{}{inside}{}",
        "a < b < (".repeat(levels),
        ")".repeat(levels)
    )
}

#[test]
fn what_is_right_is_read_however_deep() {
    for right in [
        format!("a = {}1{}", "(".repeat(50), ")".repeat(50)),
        format!("a = {}", nested(4, "1")),
        format!("a = {}1{}", "b + c == d ? [".repeat(20), "] : e".repeat(20)),
        format!("a = {}1{}", "b + (".repeat(30), ")".repeat(30)),
        format!("a = [{}]", "b + c + (d), ".repeat(40)),
        "a = b + c\nd = {\n".repeat(30),
        "x {\n  a = b + c + d\n".repeat(30),
        format!("a = {}1", "b-c-d(".repeat(30)),
        format!("a = {}1{}", "b.*.c + d[*].e(".repeat(30), ")".repeat(30)),
        "a = <<-EOT\n  a + b + (a + b + (a + b + (a + b + (a + b + (\n  EOT\nb = 1".to_owned(),
        "a = \"a + b + (a + b + (a + b + (a + b + (a + b + (\"".to_owned(),
        format!("a = \"$$${{{}}}\"", nested(5, "1")),
        "a = 1 # a + b + (a + b + (a + b + (a + b + (a + b + (\n".to_owned(),
        format!("a = 1 /*/ {deep} */", deep = nested(5, "1")),
        format!("a = {}1", "{for k, v in x : k => b + (".repeat(8)),
        "a = b == !-c && !!d".to_owned(),
    ] {
        assert_eq!(refusal(&right), None, "{right}");
    }
}

#[test]
fn what_would_double_is_refused_wherever_it_stands() {
    let deep = nested(5, "1");
    for wrong in [
        format!("a = {deep}"),
        format!("a = <<EOT\n${{{deep}}}\nEOT\n"),
        format!("a = <<EOT\n%{{ if {deep} }}\n%{{ endif }}\nEOT\n"),
        format!("a = \"%{{ if x }}\\\"%{{ else }}\"%{{ endif }}\"\nb = {deep}"),
        format!("a = \"%{{~ for x in y ~}}\"%{{ endfor }}\"\nb = {deep}"),
        format!("a = \"$${{\\\"%%{{\"\nb = {deep}"),
        format!("a = <<EOT\nx\n EOTS\n\tEOT\nb = {deep}"),
        format!("a = <<EOT\n\nEOT\nb = {deep}"),
        format!("a = 1 <<<EOT\n(\nEOT\nb = {deep}"),
        format!("a = [<<EOT\r\nx\r\nEOT\r\n, {deep}]"),
        format!("a = {}[", "{for x in y : x => 1 if b +\n c +\n ".repeat(5)),
        format!("a = {}[", "(b +\n c +\n ".repeat(5)),
        format!("a = {}[", "b * c * (".repeat(5)),
        format!("a = {}", "{k=f()\n+b\n+".repeat(6)),
        format!("a = {}", "{k=[]+b+ # x\n\n".repeat(6)),
        format!("a = {}", "{k=[]+b+c\n[".repeat(5)),
        format!("a = {}", "{k=b + \n c + \n ".repeat(6)),
        format!("a = 1 /*/ \" */\nb = {deep}"),
        format!("a = {}", "{k=b+c.\nd+(".repeat(5)),
        format!("a = {}", "{k=[]+1 . #x\n0 - ".repeat(6)),
        format!("a = {}", "{k=[]+b+f::\ng()+(".repeat(5)),
        format!("a = {}", "{k=[]+b+f\n::g()+(".repeat(5)),
        format!("a = {}", "[for x in-5-5-(".repeat(5)),
        format!("a = {}", "\"%{if-5-5-(".repeat(5)),
        format!("a = {}", "in1e+1+(".repeat(5)),
        format!("a = {}", "if1e+1+(".repeat(5)),
        format!("a = {}", "[for x in5-5-5-(".repeat(5)),
        format!("a = {}", "{k = b + in-\n c + (".repeat(5)),
        format!("a = {}", "\"%{for x in-5-5-(".repeat(5)),
        format!("a = {}", "1e5-1e5-(".repeat(5)),
        format!("a = {}", "1.5E+3-1e-5-(".repeat(5)),
        format!("a = {}", "a + b + c::d()[".repeat(5)),
        format!("a = (f(1)[0] + {{b = c}}.d + [\"${{e}}\"])\nb = {deep}"),
        format!("a = \"%{{ /* x */ if x }}\"%{{ endif }}\"\nb = {deep}"),
        format!("a = \"%{{ # x\n if x }}\"%{{ // x\n endif }}\"\nb = {deep}"),
        format!("a = /* \" */ {deep}"),
        "a = b\n".to_owned() + &"x {\n c = ".repeat(3) + &deep,
        format!("a = {}1", "b + c + \"${".repeat(5)),
        format!("a = {}1", "b + c + f(".repeat(5)),
        format!("a = {}1", "b == c && [".repeat(5)),
        format!("a = {}1", "{b = 1-2-{b=".repeat(5)),
    ] {
        let found = refusal(&wrong);
        assert!(matches!(found, Some(Refusal::Within(..))), "{wrong}");
    }
    let text = "a = b + c + (b + c + (b + c + (b + c + (b + c + [";
    assert_eq!(refusal(text), Some(Refusal::Within('[', text.len() - 1)));
}

#[test]
fn operators_in_a_row_are_refused() {
    for right in ["a = b == !-!c", "a = if----b + in-c-d"] {
        assert_eq!(refusal(right), None, "{right}");
    }
    for (wrong, at) in [
        ("a = b == !!!!c", 12),
        ("a = b + ! ! /* */ ! -c", 20),
        ("a = [for x in-----y", 11),
    ] {
        assert_eq!(refusal(wrong), Some(Refusal::InARow(at)), "{wrong}");
    }
}

/// Each member of an object is looked for among those before.
#[test]
fn members_are_refused_by_what_they_cost_together() {
    let object = |members: usize| format!("a = {{\n{}}}\n", "k = 1\n".repeat(members));
    let most = 14_141;
    assert_eq!(refusal(&object(most)), None);
    assert!(matches!(
        refusal(&object(most + 1)),
        Some(Refusal::Members(_))
    ));
    let many = object(1_000).repeat(199);
    assert_eq!(refusal(&many), None);
    assert!(matches!(
        refusal(&many.repeat(2)),
        Some(Refusal::Members(_))
    ));
    // A condition is no member, and one that is tried anew costs more.
    let condition = object(most).replace("= 1", "= v ? 1 : 2");
    assert_eq!(refusal(&condition), None);
    let anew = |levels: usize, members: usize| {
        let before = "b + c + (".repeat(levels);
        format!("a = {before}{}", object(members).trim_start_matches("a = "))
    };
    assert_eq!(refusal(&anew(1, 9_998)), None);
    for (levels, members) in [(1, 10_001), (3, 5_001)] {
        let found = refusal(&anew(levels, members));
        assert!(matches!(found, Some(Refusal::Members(_))), "{found:?}");
    }
    let colons = object(most + 1).replace('=', ":").replacen(':', "=", 1);
    assert!(matches!(refusal(&colons), Some(Refusal::Members(_))));
}

/// Names that are expressions are compared part by part.
#[test]
fn names_that_are_expressions_cost_more() {
    let object = |members: usize, name: &dyn Fn(usize) -> String| {
        let all = (0..members).map(|number| format!("{} = 1\n", name(number)));
        format!("a = {{\n{}}}\n", all.collect::<String>())
    };
    let long = |number: usize| format!("({}k{number})", "a+".repeat(60));
    let list = |number: usize| format!("[{}{number}]", "1,".repeat(60));
    let inner = |number: usize| format!("{{{}z={number}}}", "k=1,".repeat(30));
    let text = |number: usize| format!("\"{}${{a + b}}{number}\"", "a".repeat(120));
    let names: [&dyn Fn(usize) -> String; 4] = [&long, &list, &inner, &text];
    for name in names {
        assert_eq!(refusal(&object(800, name)), None, "{}", name(0));
        let found = refusal(&object(1_200, name));
        assert!(matches!(found, Some(Refusal::Members(_))), "{}", name(0));
    }
    let plain = |number: usize| format!("\"{}{number}\"", "a".repeat(120));
    assert_eq!(refusal(&object(10_000, &plain)), None);
}

#[test]
fn a_number_ends_where_the_parser_ends_it() {
    for (text, length) in [
        ("12", 2),
        ("12.x", 2),
        ("1.5.3", 3),
        ("1.50e07-1", 7),
        ("1.5E+3-1", 6),
        ("1e-12", 5),
        ("1e", 1),
        ("1e+", 1),
        ("1ex", 1),
    ] {
        assert_eq!(number(text.as_bytes()), length, "{text}");
    }
}

#[test]
fn an_empty_text_is_refused_since_the_next_end_would_end_it() {
    for empty in ["a = <<EOT\nEOT\n", "a = 1\nb = <<-EOT\r\n  EOT"] {
        let at = empty.find("<<").unwrap();
        assert_eq!(refusal(empty), Some(Refusal::EmptyText(at)), "{empty}");
    }
    assert_eq!(refusal("a = <<EOT\nEOTS\nEOT\n"), None);
}

#[test]
fn what_is_wrong_ends_it() {
    let deep = nested(5, "1");
    for wrong in [
        "a = )",
        "a = (]",
        "a = (}",
        "a = [)",
        "a = {)",
        "a = /* ",
        "a = <<\n",
        "a = <<\n\n",
        "a = \"%{ x }${",
        "a = \"%{ endif }${",
        "a = \"%{ else }${",
    ] {
        assert_eq!(refusal(&format!("{wrong} {deep}")), None, "{wrong}");
    }
}
