//! Links between pages and to files of the project: each must lead somewhere.

use std::fs;
use std::path::Path;

use comrak::nodes::NodeValue;
use comrak::{Anchorizer, Arena, Options};

/// What is wrong with the links of a page.
pub(crate) fn broken(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let arena = Arena::new();
    let tree = comrak::parse_document(&arena, &text, &Options::default());
    let mut broken = Vec::new();
    for node in tree.descendants() {
        let data = node.data.borrow();
        let (NodeValue::Link(link) | NodeValue::Image(link)) = &data.value else {
            continue;
        };
        if link.url.contains("://") || link.url.starts_with("mailto:") {
            continue;
        }
        let (file, anchor) = link.url.split_once('#').unwrap_or((&link.url, ""));
        let target = if file.is_empty() {
            path.to_owned()
        } else {
            path.parent().unwrap().join(file)
        };
        let is_there = target.exists() && (anchor.is_empty() || anchors(&target).contains(anchor));
        if !is_there {
            let line = data.sourcepos.start.line;
            broken.push(format!("line {line}: `{}` leads nowhere", link.url));
        }
    }
    broken
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(path: &Path) -> std::collections::BTreeSet<String> {
    let text = fs::read_to_string(path).unwrap();
    let arena = Arena::new();
    let tree = comrak::parse_document(&arena, &text, &Options::default());
    let mut anchorizer = Anchorizer::new();
    let mut found = std::collections::BTreeSet::new();
    for node in tree.descendants() {
        if matches!(node.data.borrow().value, NodeValue::Heading(_)) {
            let mut words = String::new();
            for part in node.descendants() {
                match &part.data.borrow().value {
                    NodeValue::Text(text) => words.push_str(text),
                    NodeValue::Code(code) => words.push_str(&code.literal),
                    _ => {}
                }
            }
            found.insert(anchorizer.anchorize(&words));
        }
    }
    found
}
