//! Where the references of infrastructure code get their values from, so that it can be told whether a change touches one.
//!
//! A hole of two revisions is one value only if what defines it is the same in both: its block, and every block that is mentioned there,
//! and so on. What is mentioned is found by words, so that rather too much is compared than too little. What has no block is taken
//! for changed, unless nothing at all has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::structure::{Block, BlockLabel};

use super::node::{Node, Value};
use super::{Content, Kind, Subject, Unresolved, is_terraform, terraform, tree};
use crate::policy::{Document, PrincipalElement, Principals, ResourceElement};

/// The parts of a template whose members have names that others refer to, and whether a hole is named after them.
const SECTIONS: [(&str, bool); 4] = [
    ("Parameters", true),
    ("Resources", true),
    ("Mappings", false),
    ("Conditions", false),
];
/// The parts of a template that bear on all others.
const EVERYWHERE: [&str; 2] = ["Globals", "Transform"];
/// Calls in a block that read other files.
const READS: [&str; 6] = [
    "file(",
    "filebase64(",
    "fileset(",
    "filesha256(",
    "filemd5(",
    "AWS::Include",
];
/// What stands before the name on the old side of what is not the same value on both.
const OLD: &str = "old:";

/// What defines the values that a file or a module refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definitions {
    texts: Vec<String>,
    is_module: bool,
    /// The blocks by the names that others refer to them by.
    blocks: BTreeMap<String, Vec<String>>,
    /// The names that a hole may begin with.
    roots: BTreeSet<String>,
    /// What bears on every value.
    everywhere: Vec<String>,
    /// What may be given or chosen from outside, by name.
    inputs: BTreeMap<String, String>,
}

impl Definitions {
    /// Reads the files of a module, or the one file of another tool; what cannot be read defines nothing.
    pub fn read(files: &[(String, String)]) -> Self {
        let mut found = Self {
            texts: files.iter().map(|(_, text)| text.clone()).collect(),
            ..Self::default()
        };
        found.texts.sort();
        found.is_module = files.iter().any(|(name, _)| is_terraform(name));
        for (name, text) in files {
            if !found.is_module {
                found.template(name, text);
            } else if is_terraform(name) {
                found.module_file(name, text);
            } else {
                found.everywhere.push(text.clone());
            }
        }
        for list in found
            .blocks
            .values_mut()
            .chain(std::iter::once(&mut found.everywhere))
        {
            list.sort();
        }
        found
    }

    fn template(&mut self, name: &str, text: &str) {
        let name: Arc<str> = name.into();
        let Ok(root) = tree(&name, text) else {
            return;
        };
        self.sections(&root);
        if let Some(resources) = root.get("resources") {
            self.sections(resources);
            resources
                .items()
                .iter()
                .for_each(|part| self.sections(part));
        }
        for top in root.entries() {
            if EVERYWHERE.contains(&top.key.as_str()) {
                self.everywhere.push(written(&top.value));
            }
            // How the Serverless Framework refers to its own file.
            self.add(format!("self:{}", top.key), written(&top.value), true);
            for inner in top.value.entries() {
                let name = format!("self:{}.{}", top.key, inner.key);
                self.add(name, written(&inner.value), true);
            }
        }
    }

    fn sections(&mut self, root: &Node) {
        for (section, is_root) in SECTIONS {
            for entry in root.get(section).map(Node::entries).unwrap_or_default() {
                if section != "Resources" {
                    let name = format!("{section} {}", entry.key);
                    self.inputs.insert(name, written(&entry.value));
                }
                self.add(entry.key.clone(), written(&entry.value), is_root);
            }
        }
    }

    fn module_file(&mut self, name: &str, text: &str) {
        let name: Arc<str> = name.into();
        let Ok(body) = terraform::parsed(&name, text) else {
            return;
        };
        let source = |part: Option<std::ops::Range<usize>>| {
            let text = part.and_then(|span| text.get(span));
            text.unwrap_or_default().to_owned()
        };
        for block in body.blocks() {
            if block.ident.as_str() == "locals" {
                for attribute in block.body.attributes() {
                    let name = format!("local.{}", attribute.key.as_str());
                    self.inputs.insert(name.clone(), source(attribute.span()));
                    self.add(name, source(attribute.span()), true);
                }
            } else if let Some(name) = referred(block) {
                if !name.starts_with("aws_iam_") {
                    self.inputs.insert(name.clone(), source(block.span()));
                }
                self.add(name, source(block.span()), true);
            } else if matches!(block.ident.as_str(), "provider" | "terraform") {
                self.everywhere.push(source(block.span()));
            }
        }
    }

    fn add(&mut self, name: String, text: String, is_root: bool) {
        if is_root {
            self.roots.insert(name.clone());
        }
        self.blocks.entry(name).or_default().push(text);
    }

    /// Says whether a hole surely is the same value here and there.
    pub fn is_same(&self, other: &Self, hole: &str) -> bool {
        if hole.starts_with("AWS::") && !hole.contains(' ') {
            return true;
        }
        let reads_others = hole.contains("file(") || hole.starts_with("module.");
        if self.texts == other.texts && !reads_others {
            return true;
        }
        match (self.closure(hole), other.closure(hole)) {
            (Some(one), Some(two)) => one == two && self.everywhere == other.everywhere,
            _ => false,
        }
    }

    /// Says whether something that could not be read surely is the same here and there, by the words that say what it is.
    fn is_same_note(&self, other: &Self, what: &str) -> bool {
        // What stands between backticks may be a name that something defines.
        let names = what.split('`').skip(1).step_by(2);
        let is_root = |name: &&str| self.roots_of(name).is_some() || other.roots_of(name).is_some();
        let mut roots = names.filter(is_root).peekable();
        if roots.peek().is_some() {
            return roots.all(|name| self.is_same(other, name));
        }
        let mut inputs = self.inputs.iter();
        inputs.all(|(name, text)| other.inputs.get(name) == Some(text))
            && self.everywhere == other.everywhere
    }

    /// All blocks that a hole depends on; none if one of them is not to be found.
    fn closure(&self, hole: &str) -> Option<BTreeMap<&str, &[String]>> {
        let mut waiting = self.roots_of(hole)?;
        waiting.extend(self.everywhere.iter().flat_map(|text| self.mentioned(text)));
        let mut closure: BTreeMap<&str, &[String]> = BTreeMap::new();
        while let Some(name) = waiting.pop() {
            let (name, blocks) = self.blocks.get_key_value(&name)?;
            if closure.contains_key(name.as_str()) {
                continue;
            }
            closure.insert(name, blocks);
            for block in blocks {
                let is_local = name.starts_with("module.")
                    && (block.contains("\"./") || block.contains("\"../"));
                if is_local || READS.iter().any(|call| block.contains(call)) {
                    return None;
                }
                waiting.extend(self.mentioned(block));
            }
        }
        Some(closure)
    }

    /// The names that a hole is made of; none if one of them has no block.
    fn roots_of(&self, hole: &str) -> Option<Vec<String>> {
        let tokens: Vec<&str> = if self.is_module {
            let tokens = self.tokens(hole);
            tokens.filter(|token| token.contains('.')).collect()
        } else {
            let is_plain = |character: char| {
                character.is_ascii_alphanumeric() || matches!(character, '.' | ':' | '_' | '-')
            };
            if !hole.chars().all(is_plain) {
                return None;
            }
            vec![hole]
        };
        let mut roots = Vec::new();
        for token in tokens {
            let mut beginnings = beginnings(token);
            let root = beginnings.find(|name| self.roots.contains(name))?;
            roots.push(root);
        }
        (!roots.is_empty()).then_some(roots)
    }

    /// The names of blocks that stand in a text.
    fn mentioned(&self, text: &str) -> Vec<String> {
        let mut names = Vec::new();
        for token in self.tokens(text) {
            let is_name = |name: &String| self.blocks.contains_key(name);
            names.extend(beginnings(token).find(is_name));
            let words = token.split(|character: char| !character.is_ascii_alphanumeric());
            names.extend(words.map(str::to_owned).filter(is_name));
        }
        names
    }

    /// What could be names, with all that is behind their dots.
    fn tokens<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> + use<'t> {
        let is_module = self.is_module;
        let is_part = move |character: char| {
            character.is_alphanumeric()
                || matches!(character, '_' | '-' | '.')
                || character == ':' && !is_module
        };
        text.split(move |character| !is_part(character))
            .map(move |token| {
                token.trim_start_matches(move |character: char| {
                    character.is_ascii_digit() && is_module || matches!(character, '-' | '.')
                })
            })
            .filter(|token| !token.is_empty())
    }
}

/// The first three, two and one of the parts between dots.
fn beginnings(token: &str) -> impl Iterator<Item = String> {
    let parts: Vec<&str> = token.split('.').collect();
    (1..=3_usize)
        .rev()
        .filter_map(move |count| Some(parts.get(..count)?.join(".")))
}

/// The name by which other blocks refer to a block.
fn referred(block: &Block) -> Option<String> {
    let labels: Vec<&str> = block.labels.iter().map(BlockLabel::as_str).collect();
    match (block.ident.as_str(), labels.as_slice()) {
        ("variable", [name]) => Some(format!("var.{name}")),
        ("module", [name]) => Some(format!("module.{name}")),
        _ => terraform::address(block),
    }
}

/// Writes a value without its places. The recursion ends at the depth of the tree.
fn written(node: &Node) -> String {
    fn write(node: &Node, text: &mut String) {
        match &node.value {
            Value::Null => text.push_str("null"),
            Value::Text(value) => text.push_str(&quoted(&value.to_string())),
            Value::Unknown(name) => text.push_str(&quoted(name)),
            Value::List(items) | Value::Either(items) => {
                text.push('[');
                for item in items {
                    write(item, text);
                    text.push(',');
                }
                text.push(']');
            }
            Value::Map(entries) => {
                text.push('{');
                for entry in entries {
                    text.push_str(&quoted(&entry.key));
                    text.push(' ');
                    write(&entry.value, text);
                    text.push(',');
                }
                text.push('}');
            }
        }
    }
    let mut text = String::new();
    write(node, &mut text);
    text
}

/// A text whose end is told from its inside, with no escapes that would join words.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    // Writing to a text does not fail.
    let _ = write!(quoted, "({} {text})", text.len());
    quoted
}

/// Gives new names to the holes of the old side that are not surely the same value on the new side.
#[derive(Clone, Debug)]
pub struct Renaming {
    names: BTreeSet<String>,
}

impl Renaming {
    /// Finds out which they are.
    pub fn new<'h>(
        holes: impl IntoIterator<Item = &'h str>,
        old: &Definitions,
        new: &Definitions,
    ) -> Self {
        let changed = holes.into_iter().filter(|hole| !old.is_same(new, hole));
        Self {
            names: changed.map(str::to_owned).collect(),
        }
    }

    /// Finds out which of a role's they are, and renames them.
    pub fn apply(subject: &mut Subject, old: &Definitions, new: &Definitions) {
        let unresolved = subject.unresolved.iter();
        let guards = [&subject.guards.trust, &subject.guards.boundary];
        let guards = guards.into_iter().flatten();
        let unresolved = unresolved.chain(guards.flat_map(|guard| &guard.unresolved));
        let holes = unresolved.filter_map(|one| one.hole.as_deref());
        let managed = subject.policies.iter().flat_map(|one| match &one.content {
            Content::Managed(name) => holes_of(name),
            Content::Document(..) => Vec::new(),
        });
        Self::new(holes.chain(managed), old, new).subject(subject);
        let guards = subject.guards.all_mut();
        let notes = guards.flat_map(|guard| guard.unresolved.iter_mut());
        for note in subject.unresolved.iter_mut().chain(notes) {
            if note.kind != Kind::Open && !old.is_same_note(new, &note.what) {
                note.what.push_str(" (as it was)");
            }
        }
    }

    /// Renames them in all that is said of a role.
    fn subject(&self, subject: &mut Subject) {
        for policy in &mut subject.policies {
            self.content(&mut policy.content);
        }
        self.unresolved(&mut subject.unresolved);
        for guard in subject.guards.all_mut() {
            guard.content.iter_mut().for_each(|one| self.content(one));
            self.unresolved(&mut guard.unresolved);
        }
    }

    fn content(&self, content: &mut Content) {
        match content {
            Content::Document(document, _) => self.document(document),
            Content::Managed(name) => *name = self.text(name),
        }
    }

    /// Renames them in a list of what is not known.
    pub fn unresolved(&self, unresolved: &mut [Unresolved]) {
        let holes = unresolved.iter_mut().filter_map(|one| one.hole.as_mut());
        for hole in holes.filter(|hole| self.names.contains(*hole)) {
            *hole = format!("{OLD}{hole}");
        }
    }

    /// Renames them in a policy.
    pub fn document(&self, document: &mut Document) {
        for statement in &mut document.statements {
            if let Some(
                ResourceElement::Resource(patterns) | ResourceElement::NotResource(patterns),
            ) = &mut statement.resource
            {
                self.texts(patterns);
            }
            if let Some(
                PrincipalElement::Principal(Principals::Named(kinds))
                | PrincipalElement::NotPrincipal(Principals::Named(kinds)),
            ) = &mut statement.principal
            {
                kinds.values_mut().for_each(|names| self.texts(names));
            }
            for keys in statement.conditions.values_mut() {
                let renamed = std::mem::take(keys).into_iter().map(|(key, mut values)| {
                    self.texts(&mut values);
                    (self.text(&key), values)
                });
                *keys = renamed.collect();
            }
        }
    }

    fn texts(&self, texts: &mut [String]) {
        for text in texts {
            *text = self.text(text);
        }
    }

    fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for name in &self.names {
            text = text.replace(&format!("${{{name}}}"), &format!("${{{OLD}{name}}}"));
        }
        text
    }
}

/// The names in braces.
fn holes_of(text: &str) -> Vec<&str> {
    let behind = text.split("${").skip(1);
    behind
        .filter_map(|rest| Some(rest.split_once('}')?.0))
        .collect()
}
