//! Any text stays code or harmless words: one line, no markup, no HTML of its own, no end of a workflow command.

use polgen::report::escape::{code_span, fence, html, prose, workflow_command};

pub(crate) fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for written in [code_span(text), prose(text), html(text)] {
        assert!(!written.contains('\n') && !written.contains('\r'));
    }
    // Outside of code spans nothing is left that could be made something of.
    let mut rest = prose(text);
    while let Some(start) = rest.find('`') {
        let ticks = rest[start..]
            .bytes()
            .take_while(|byte| *byte == b'`')
            .count();
        let mut end = start + ticks;
        loop {
            let next = end + rest[end..].find('`').expect("a code span ends");
            let run = rest[next..]
                .bytes()
                .take_while(|byte| *byte == b'`')
                .count();
            end = next + run;
            if run == ticks {
                break;
            }
        }
        rest.replace_range(start..end, "x");
    }
    let rest = rest.replace("&#124;", "");
    assert!(
        !rest.contains([
            '@', '#', '<', '>', '[', ']', '!', '\\', '*', '_', '~', '|', '&', '/', '$', '^'
        ]),
        "{rest}"
    );
    let block = fence("diff", text);
    let ticks: String = block.chars().take_while(|one| *one == '`').collect();
    assert_eq!(block.matches(&ticks).count(), 2);
    let command = workflow_command("error", &[("file", text), ("line", "1")], text);
    assert!(!command.contains(['\n', '\r']));
    assert_eq!(
        command
            .split("::")
            .nth(1)
            .map(|head| head.matches(',').count()),
        Some(1)
    );
}
