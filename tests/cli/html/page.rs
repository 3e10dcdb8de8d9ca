//! A page as a browser reads it: the standard's own parser, and its elements in order.

use html5ever::tendril::TendrilSink as _;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// An element.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    /// All text in it.
    pub(crate) text: String,
}

impl Element {
    /// The attribute's value; empty if there is none.
    pub(crate) fn attribute(&self, name: &str) -> &str {
        let mut attributes = self.attributes.iter();
        let found = attributes.find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

/// A whole page.
pub(crate) struct Page {
    elements: Vec<Element>,
    /// What the parser had to put right.
    pub(crate) errors: Vec<String>,
}

impl Page {
    pub(crate) fn parse(text: &str) -> Self {
        let dom = parse_document(RcDom::default(), ParseOpts::default()).one(text);
        let mut elements = Vec::new();
        collect(&dom.document, &mut elements);
        let errors = dom
            .errors
            .borrow()
            .iter()
            .map(ToString::to_string)
            .collect();
        Self { elements, errors }
    }

    pub(crate) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.elements.iter()
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements().filter(move |one| one.name == name)
    }

    /// All text of its content.
    pub(crate) fn text(&self) -> &str {
        self.all("main").next().map_or("", |main| &main.text)
    }
}

fn collect(node: &Handle, elements: &mut Vec<Element>) -> String {
    if let NodeData::Text { contents } = &node.data {
        return contents.borrow().to_string();
    }
    let place = elements.len();
    let is_element = if let NodeData::Element { name, attrs, .. } = &node.data {
        let attributes = attrs.borrow();
        elements.push(Element {
            name: name.local.to_string(),
            attributes: attributes
                .iter()
                .map(|one| (one.name.local.to_string(), one.value.to_string()))
                .collect(),
            text: String::new(),
        });
        true
    } else {
        false
    };
    let children = node.children.borrow();
    let text: String = children
        .iter()
        .map(|child| collect(child, elements))
        .collect();
    if is_element {
        elements[place].text.clone_from(&text);
    }
    text
}
