//! Reading: from JSON to a [`Document`], or the place that is wrong and what was wanted there.
//!
//! Strict, because a policy read wrongly is worse than one refused: unknown and duplicate keys are errors.

use super::json::{Node, shorten};
use super::{
    ActionElement, Conditions, Document, Effect, PolicyKind, PrincipalElement, Principals,
    ResourceElement, Statement, Version, rules,
};
use indexmap::IndexMap;

/// Why a text is no policy of the wanted kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if path.is_empty() { String::new() } else { format!("{path}: ") })]
pub struct DocumentError {
    /// The place, e.g. `Statement[2].Effect`; empty for the whole.
    pub path: String,
    /// What was found there and what was wanted.
    pub message: String,
    /// What would help, if anything is known.
    pub hint: Option<String>,
}

pub(super) type Read<T> = Result<T, DocumentError>;

pub(super) fn error<T>(path: &str, message: impl Into<String>) -> Read<T> {
    Err(DocumentError {
        path: path.to_owned(),
        message: message.into(),
        hint: None,
    })
}

impl Document {
    /// Reads a policy from JSON.
    pub fn parse(text: &str, kind: PolicyKind) -> Result<Self, DocumentError> {
        let node: Node = serde_json::from_str(text)
            .or_else(|problem| error("", format!("expected a policy in JSON: {problem}")))?;
        let mut root = Members::of(node, "")?;
        let version = root.take("Version").map(version).transpose()?;
        let id = root
            .take("Id")
            .map(|(path, node)| text_of(&path, node))
            .transpose()?;
        if id.is_some() && kind == PolicyKind::Identity {
            return error("Id", "an identity policy has no `Id`");
        }
        let (path, statements) = root.require("Statement")?;
        let statements = match statements {
            Node::List(list) => list
                .into_iter()
                .enumerate()
                .map(|(index, node)| statement(&format!("{path}[{index}]"), node, kind))
                .collect::<Read<Vec<_>>>()?,
            single => vec![statement(&path, single, kind)?],
        };
        root.finish(&["Version", "Id", "Statement"])?;
        let document = Self {
            version,
            id,
            statements,
        };
        rules::check(&document, kind)?;
        Ok(document)
    }
}

fn version((path, node): (String, Node)) -> Read<Version> {
    match node {
        Node::Text(text) if text == Version::V2012.as_str() => Ok(Version::V2012),
        Node::Text(text) if text == Version::V2008.as_str() => Ok(Version::V2008),
        other => error(
            &path,
            format!(
                "expected `2012-10-17` or `2008-10-17`, found {}",
                other.describe()
            ),
        ),
    }
}

fn statement(path: &str, node: Node, kind: PolicyKind) -> Read<Statement> {
    let mut members = Members::of(node, path)?;
    let sid = members
        .take("Sid")
        .map(|(path, node)| text_of(&path, node))
        .transpose()?;
    let effect = match members.require("Effect")? {
        (_, Node::Text(text)) if text == "Allow" => Effect::Allow,
        (_, Node::Text(text)) if text == "Deny" => Effect::Deny,
        (path, other) => {
            let found = other.describe();
            return error(&path, format!("expected `Allow` or `Deny`, found {found}"));
        }
    };
    let principal = members.either("Principal", "NotPrincipal", principals)?;
    let action = members.either("Action", "NotAction", patterns)?;
    let resource = members.either("Resource", "NotResource", patterns)?;
    let conditions = members.take("Condition").map(conditions).transpose()?;
    members.finish(&[
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ])?;
    rules::check_shape(path, kind, principal.is_some(), resource.is_some())?;
    let Some(action) = action else {
        return error(path, "expected `Action` or `NotAction`, found neither");
    };
    Ok(Statement {
        sid,
        effect,
        principal: principal.map(|principal| match principal {
            (false, principals) => PrincipalElement::Principal(principals),
            (true, principals) => PrincipalElement::NotPrincipal(principals),
        }),
        action: match action {
            (false, patterns) => ActionElement::Action(patterns),
            (true, patterns) => ActionElement::NotAction(patterns),
        },
        resource: resource.map(|resource| match resource {
            (false, patterns) => ResourceElement::Resource(patterns),
            (true, patterns) => ResourceElement::NotResource(patterns),
        }),
        conditions: conditions.unwrap_or_default(),
    })
}

fn patterns((path, node): (String, Node)) -> Read<Vec<String>> {
    let patterns = texts(&path, node, text_of)?;
    if patterns.is_empty() {
        return error(&path, "expected at least one, found an empty list");
    }
    Ok(patterns)
}

fn principals((path, node): (String, Node)) -> Read<Principals> {
    const KINDS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];
    if node == Node::Text("*".to_owned()) {
        return Ok(Principals::Everyone);
    }
    if !matches!(node, Node::Object(_)) {
        let found = node.describe();
        return error(&path, format!("expected `*` or an object, found {found}"));
    }
    let mut members = Members::of(node, &path)?;
    let mut named = IndexMap::new();
    for kind in members.names() {
        if KINDS.contains(&kind.as_str())
            && let Some(names) = members.take(&kind)
        {
            named.insert(kind, patterns(names)?);
        }
    }
    members.finish(&KINDS)?;
    Ok(Principals::Named(named))
}

fn conditions((path, node): (String, Node)) -> Read<Conditions> {
    let operators = Members::of(node, &path)?;
    let mut conditions = Conditions::new();
    for (operator, path, keys) in operators.into_all()? {
        rules::check_operator(&path, &operator)?;
        let mut read = IndexMap::new();
        for (key, path, values) in Members::of(keys, &path)?.into_all()? {
            read.insert(key, texts(&path, values, scalar_of)?);
        }
        conditions.insert(operator, read);
    }
    Ok(conditions)
}

fn texts(path: &str, node: Node, one: impl Fn(&str, Node) -> Read<String>) -> Read<Vec<String>> {
    match node {
        Node::List(list) => list
            .into_iter()
            .enumerate()
            .map(|(index, node)| one(&format!("{path}[{index}]"), node))
            .collect(),
        single => Ok(vec![one(path, single)?]),
    }
}

fn text_of(path: &str, node: Node) -> Read<String> {
    match node {
        Node::Text(text) => rules::check_characters(path, text),
        other => error(path, format!("expected a text, found {}", other.describe())),
    }
}

/// A condition's value: IAM takes `true` and `5` for `"true"` and `"5"`.
fn scalar_of(path: &str, node: Node) -> Read<String> {
    match node {
        Node::Bool(value) => Ok(value.to_string()),
        Node::Number(value) => Ok(value.to_string()),
        other => text_of(path, other),
    }
}

/// The members of an object that are still to be read.
struct Members<'a> {
    path: &'a str,
    left: Vec<(String, Node)>,
}

impl<'a> Members<'a> {
    fn of(node: Node, path: &'a str) -> Read<Self> {
        let left = match node {
            Node::Object(members) => members,
            other => {
                return error(
                    path,
                    format!("expected an object, found {}", other.describe()),
                );
            }
        };
        let mut seen = std::collections::BTreeSet::new();
        for (name, _) in &left {
            if !seen.insert(name) {
                let place = join(path, name);
                return error(&place, "expected each key once, found it twice");
            }
        }
        Ok(Self { path, left })
    }

    fn names(&self) -> Vec<String> {
        self.left.iter().map(|(name, _)| name.clone()).collect()
    }

    fn take(&mut self, name: &str) -> Option<(String, Node)> {
        let index = self.left.iter().position(|(found, _)| found == name)?;
        Some((join(self.path, name), self.left.remove(index).1))
    }

    fn require(&mut self, name: &str) -> Read<(String, Node)> {
        match self.take(name) {
            Some(found) => Ok(found),
            None => match error(self.path, format!("expected `{name}`, found no such key")) {
                Err(problem) => Err(self.with_hint(problem, &[name])),
                Ok(never) => Ok(never),
            },
        }
    }

    /// Takes one of two keys that exclude each other; says whether it was the negated one.
    fn either<T>(
        &mut self,
        plain: &str,
        negated: &str,
        read: impl Fn((String, Node)) -> Read<T>,
    ) -> Read<Option<(bool, T)>> {
        match (self.take(plain), self.take(negated)) {
            (Some(_), Some(_)) => error(
                self.path,
                format!("expected `{plain}` or `{negated}`, found both"),
            ),
            (Some(found), None) => Ok(Some((false, read(found)?))),
            (None, Some(found)) => Ok(Some((true, read(found)?))),
            (None, None) => Ok(None),
        }
    }

    fn into_all(self) -> Read<Vec<(String, String, Node)>> {
        let path = self.path;
        let named = |(name, node): (String, Node)| {
            let place = join(path, &name);
            Ok((rules::check_characters(&place, name)?, place, node))
        };
        self.left.into_iter().map(named).collect()
    }

    /// Refuses what was not taken.
    fn finish(self, known: &[&str]) -> Read<()> {
        let Some((name, _)) = self.left.first() else {
            return Ok(());
        };
        let problem = DocumentError {
            path: join(self.path, name),
            message: format!("expected one of {}, found an unknown key", quoted(known)),
            hint: None,
        };
        Err(self.with_hint(problem, known))
    }

    /// Adds a hint where a key differs from a known one by its case alone.
    fn with_hint(&self, problem: DocumentError, known: &[&str]) -> DocumentError {
        let similar = |(name, _): &(String, Node)| {
            let known = known
                .iter()
                .find(|known| known.eq_ignore_ascii_case(name))?;
            Some(format!(
                "keys are compared with case: write `{known}` for `{}`",
                shorten(name)
            ))
        };
        DocumentError {
            hint: self.left.iter().find_map(similar),
            ..problem
        }
    }
}

fn quoted(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

fn join(path: &str, name: &str) -> String {
    let name = shorten(name);
    if path.is_empty() {
        name
    } else {
        format!("{path}.{name}")
    }
}

#[cfg(test)]
mod tests;
