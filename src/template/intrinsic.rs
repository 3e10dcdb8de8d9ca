//! CloudFormation's functions: what they give where their arguments are known, and a hole with their name where not.
//!
//! Source: the CloudFormation user guide, "Intrinsic function reference" and "Pseudo parameters reference".

use std::borrow::Cow;

use super::known::Known;
use super::names::{self, Gives};
use super::node::{Entry, MOST_DEPTH, Node, Value};
use super::steps::Steps;
use super::text::{Part, Text};

/// The name with which a template takes a property away.
const NO_VALUE: &str = "AWS::NoValue";

/// How many steps all functions of a template may take together.
const MOST_STEPS: usize = 4_000_000;
/// The longest name of a resource; a longer one is a hole.
const LONGEST_NAME: usize = 2_048;

/// What functions are evaluated in: the template and what is known.
pub(super) struct Scope<'a> {
    /// The whole template, not evaluated.
    template: &'a Node,
    /// What is known from elsewhere.
    known: &'a Known,
    steps: Steps,
}

impl<'a> Scope<'a> {
    /// Makes the scope of a template.
    pub(super) fn new(template: &'a Node, known: &'a Known) -> Self {
        Self {
            template,
            known,
            steps: Steps::new(MOST_STEPS),
        }
    }

    /// Takes the steps of copying so many values; says whether there were enough.
    pub(super) fn take(&self, values: usize) -> bool {
        self.steps.take(values)
    }

    /// Evaluates every function in a value; none if the value is taken away.
    pub(super) fn resolve(&self, node: &Node) -> Option<Node> {
        self.resolve_at(node, 0)
    }

    /// The recursion ends at the depth of the tree, or where functions lead from one to another for too long.
    fn resolve_at(&self, node: &Node, depth: usize) -> Option<Node> {
        if depth > 4 * MOST_DEPTH || !self.steps.take(1) {
            return Some(endless(node));
        }
        match &node.value {
            Value::Text(text) if !self.steps.take_text(text.size()) => Some(endless(node)),
            Value::Text(text) => Some(node.with(Value::Text(dynamic(text)))),
            Value::Null | Value::Unknown(_) => Some(node.clone()),
            Value::List(items) => {
                let items = items
                    .iter()
                    .filter_map(|item| self.resolve_at(item, depth + 1));
                Some(node.with(Value::List(items.collect())))
            }
            Value::Either(items) => {
                let items = items
                    .iter()
                    .filter_map(|item| self.resolve_at(item, depth + 1));
                Some(node.with(Value::Either(items.collect())))
            }
            Value::Map(entries) => {
                if let [entry] = entries.as_slice()
                    && (entry.key == "Ref" || entry.key.starts_with("Fn::"))
                {
                    return self.function(node, entry, depth);
                }
                let entries = entries.iter().filter_map(|entry| {
                    let value = self.resolve_at(&entry.value, depth + 1)?;
                    Some(Entry {
                        key: entry.key.clone(),
                        key_span: entry.key_span.clone(),
                        value,
                    })
                });
                Some(node.with(Value::Map(entries.collect())))
            }
        }
    }

    fn function(&self, node: &Node, entry: &Entry, depth: usize) -> Option<Node> {
        if entry.key == "Fn::If" {
            return self.choose(node, &entry.value, depth);
        }
        if entry.value.as_str() == Some(NO_VALUE) && entry.key == "Ref" {
            return None;
        }
        let Some(argument) = self.resolve_at(&entry.value, depth + 1) else {
            return Some(node.with(Value::Unknown(entry.key.clone())));
        };
        let value = match entry.key.as_str() {
            "Ref" => argument
                .as_str()
                .map(|name| Value::Text(self.reference(name, depth))),
            "Fn::GetAtt" => {
                attribute(&argument).map(|name| Value::Text(self.attribute(&name, depth)))
            }
            "Fn::Sub" => self.substitute(&argument, depth).map(Value::Text),
            "Fn::Join" => self.join(&argument),
            "Fn::Select" => select(&argument),
            "Fn::Split" => self.split(&argument),
            "Fn::FindInMap" => self.find_in_map(&argument, depth),
            _ => None,
        };
        Some(node.with(
            value.unwrap_or_else(|| Value::Text(Text::reference(called(&entry.key, &argument)))),
        ))
    }

    /// What `Ref` gives.
    fn reference(&self, name: &str, depth: usize) -> Text {
        if let Some(value) = self.known.get(name) {
            return Text::literal(value);
        }
        let named = self
            .named(name, depth)
            .and_then(|(naming, text)| match naming.reference {
                Gives::Name => Some(text),
                Gives::Arn => Some(names::filled(&naming.arn, &text)),
                Gives::None => None,
            });
        named.map_or_else(|| Text::reference(name), |text| self.known.fill(&text))
    }

    /// What `Fn::GetAtt` gives, of `Resource.Attribute`.
    fn attribute(&self, name: &str, depth: usize) -> Text {
        if let Some(value) = self.known.get(name) {
            return Text::literal(value);
        }
        let named = name.split_once('.').and_then(|(resource, attribute)| {
            let (naming, text) = self.named(resource, depth)?;
            (naming.attribute == attribute).then(|| names::filled(&naming.arn, &text))
        });
        named.map_or_else(|| Text::reference(name), |text| self.known.fill(&text))
    }

    /// The name that the template gives to a resource of its own.
    fn named(&self, resource: &str, depth: usize) -> Option<(&'static names::Naming, Text)> {
        let resource = self.at(&["Resources", resource])?;
        let naming = names::of_type(resource.get("Type")?.as_str()?)?;
        let properties = resource.get("Properties")?;
        if naming
            .unless
            .as_ref()
            .is_some_and(|key| properties.get(key).is_some())
        {
            return None;
        }
        let name = self.resolve_at(properties.get(&naming.name)?, depth + 1)?;
        match name.value {
            Value::Text(text) if text.to_string().len() <= LONGEST_NAME => Some((naming, text)),
            _ => None,
        }
    }

    /// `Fn::Sub`: a text, or a text and the values of some of its names.
    fn substitute(&self, argument: &Node, depth: usize) -> Option<Text> {
        let [pattern, values @ ..] = argument.items() else {
            return None;
        };
        let Value::Text(pattern) = &pattern.value else {
            return None;
        };
        let mut text = Text::default();
        for part in pattern.parts() {
            match part {
                Part::Literal(literal) => {
                    self.fill_in(literal, values.first(), depth, &mut text)?;
                }
                Part::Reference(_) => text.push(part.clone()),
            }
        }
        Some(text)
    }

    /// Fills the names in braces in; none if that takes too many steps.
    fn fill_in(
        &self,
        pattern: &str,
        values: Option<&Node>,
        depth: usize,
        text: &mut Text,
    ) -> Option<()> {
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            text.append(dynamic(&Text::literal(before)));
            let Some((name, behind)) = after.split_once('}') else {
                rest = "";
                text.push(Part::Literal(format!("${{{after}")));
                continue;
            };
            rest = behind;
            if let Some(literal) = name.strip_prefix('!') {
                text.push(Part::Literal(format!("${{{literal}}}")));
                continue;
            }
            let name = name.trim();
            let given = values.and_then(|values| values.get(name));
            let value = match given.map(|node| &node.value) {
                Some(Value::Text(value)) => Cow::Borrowed(value),
                Some(_) => Cow::Owned(Text::reference(format!("Fn::Sub {name}"))),
                None if name.contains('.') => Cow::Owned(self.attribute(name, depth)),
                None => Cow::Owned(self.reference(name, depth)),
            };
            if !self.steps.take_text(value.size()) {
                return None;
            }
            text.append(value.into_owned());
        }
        text.append(dynamic(&Text::literal(rest)));
        Some(())
    }

    /// Follows member names of the template.
    fn at(&self, path: &[&str]) -> Option<&'a Node> {
        path.iter().try_fold(self.template, |node, key| {
            let is_done = self.steps.take_search(node.entries().len());
            node.get(key).filter(|_| is_done)
        })
    }

    fn join(&self, argument: &Node) -> Option<Value> {
        let [separator, list] = argument.items() else {
            return None;
        };
        let separator = separator.as_str()?;
        let Value::List(items) = &list.value else {
            return None;
        };
        let mut text = Text::default();
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                text.push(Part::Literal(separator.to_owned()));
            }
            let Value::Text(part) = &item.value else {
                return None;
            };
            if !self.steps.take_text(separator.len() + part.size()) {
                return None;
            }
            text.append(part.clone());
        }
        Some(Value::Text(text))
    }

    fn split(&self, argument: &Node) -> Option<Value> {
        let [separator, text] = argument.items() else {
            return None;
        };
        let separator = separator
            .as_str()
            .filter(|separator| !separator.is_empty())?;
        let parts = text.as_str()?.split(separator);
        let part = |part| {
            let is_done = self.steps.take(1);
            is_done.then(|| text.with(Value::Text(Text::literal(part))))
        };
        parts.map(part).collect::<Option<_>>().map(Value::List)
    }

    fn find_in_map(&self, argument: &Node, depth: usize) -> Option<Value> {
        let [map, first, second, ..] = argument.items() else {
            return None;
        };
        let path = ["Mappings", map.as_str()?, first.as_str()?, second.as_str()?];
        let found = self.at(&path)?;
        Some(self.resolve_at(found, depth + 1)?.value)
    }

    /// `Fn::If`: one branch if its condition is known, else either.
    fn choose(&self, node: &Node, argument: &Node, depth: usize) -> Option<Node> {
        let [condition, yes, no] = argument.items() else {
            return Some(node.with(Value::Unknown("Fn::If".to_owned())));
        };
        let holds = condition
            .as_str()
            .and_then(|name| self.condition(name, depth));
        if let Some(holds) = holds {
            return self.resolve_at(if holds { yes } else { no }, depth + 1);
        }
        let branches = [yes, no]
            .into_iter()
            .filter_map(|branch| self.resolve_at(branch, depth + 1));
        let branches: Vec<Node> = branches.collect();
        match branches.as_slice() {
            [one, other] if one.value == other.value => Some(one.clone()),
            _ => Some(node.with(Value::Either(branches))),
        }
    }

    /// Says whether a condition of the template holds, if that is known.
    pub(super) fn condition(&self, name: &str, depth: usize) -> Option<bool> {
        match self.known.get(name) {
            Some("true") => return Some(true),
            Some("false") => return Some(false),
            _ => {}
        }
        self.holds(self.at(&["Conditions", name])?, depth + 1)
    }

    fn holds(&self, node: &Node, depth: usize) -> Option<bool> {
        let [entry] = node.entries() else {
            return None;
        };
        if depth > MOST_DEPTH {
            return None;
        }
        let mut parts = entry
            .value
            .items()
            .iter()
            .map(|part| self.holds(part, depth + 1));
        match entry.key.as_str() {
            "Condition" => self.condition(entry.value.as_str()?, depth),
            "Fn::Equals" => {
                let resolved = self.resolve_at(&entry.value, depth + 1)?;
                let [one, other] = resolved.items() else {
                    return None;
                };
                Some(one.as_str()? == other.as_str()?)
            }
            "Fn::Not" => parts.next()?.map(|holds| !holds),
            "Fn::And" => decided(parts, false),
            "Fn::Or" => decided(parts, true),
            _ => None,
        }
    }
}

/// One part with the value `deciding` settles the matter; else all must be known.
fn decided(parts: impl Iterator<Item = Option<bool>>, deciding: bool) -> Option<bool> {
    let parts: Vec<Option<bool>> = parts.collect();
    if parts.contains(&Some(deciding)) {
        return Some(deciding);
    }
    parts.iter().all(Option::is_some).then_some(!deciding)
}

/// The name `Resource.Attribute` of `Fn::GetAtt`'s argument.
fn attribute(argument: &Node) -> Option<String> {
    let parts: Option<Vec<&str>> = argument.items().iter().map(Node::as_str).collect();
    Some(parts?.join("."))
}

fn select(argument: &Node) -> Option<Value> {
    let [index, list] = argument.items() else {
        return None;
    };
    let Value::List(items) = &list.value else {
        return None;
    };
    let index: usize = index.as_str()?.parse().ok()?;
    items.get(index).map(|item| item.value.clone())
}

/// What stands for all that more steps would tell.
fn endless(node: &Node) -> Node {
    node.with(Value::Unknown("functions that lead in a circle".to_owned()))
}

/// What a function without a known result is called.
fn called(function: &str, argument: &Node) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut size = 0;
    for item in argument.items() {
        size += words.last().map_or(0, String::len);
        match &item.value {
            Value::Text(text) if size + text.size() <= LONGEST_NAME => words.push(text.to_string()),
            _ => words.push("…".to_owned()),
        }
        if size > LONGEST_NAME {
            break;
        }
    }
    format!("{function} {}", words.join(" "))
        .trim_end()
        .to_owned()
}

/// Makes holes of what is looked up at deployment: `{{resolve:ssm:/name}}`.
fn dynamic(text: &Text) -> Text {
    let mut found = Text::default();
    for part in text.parts() {
        let Part::Literal(literal) = part else {
            found.push(part.clone());
            continue;
        };
        let mut rest = literal.as_str();
        while let Some((before, after)) = rest.split_once("{{resolve:") {
            let Some((name, behind)) = after.split_once("}}") else {
                break;
            };
            found.push(Part::Literal(before.to_owned()));
            found.push(Part::Reference(format!("resolve:{name}")));
            rest = behind;
        }
        found.push(Part::Literal(rest.to_owned()));
    }
    found
}
