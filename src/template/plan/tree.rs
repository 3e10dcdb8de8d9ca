//! The resources of a plan or state, each with what is known of its values and where the configuration has it.

use std::collections::BTreeMap;

use crate::template::node::{Node, Value};

/// A plan or state.
#[derive(Debug)]
pub(super) struct Plan<'n> {
    /// The modules, the root first.
    pub(super) modules: Vec<Module<'n>>,
    /// The managed resources of all modules, in order.
    pub(super) resources: Vec<Resource<'n>>,
    /// The numbers of the instances of a resource, by module, type and name.
    pub(super) blocks: BTreeMap<(usize, &'n str, &'n str), Vec<usize>>,
    /// The policies by their ARNs, those that are only looked up too.
    pub(super) policies: BTreeMap<&'n str, Resource<'n>>,
    /// What is to be done, by the type of the resource and the values before.
    pub(super) before: Vec<(&'n str, &'n Node)>,
}

/// An instance of a module.
#[derive(Clone, Debug)]
pub(super) struct Module<'n> {
    /// Its address; that of the root is empty.
    pub(super) address: &'n str,
    /// Its name in the module around it.
    pub(super) name: &'n str,
    /// The number or key by which it is counted, in brackets.
    pub(super) index: &'n str,
    /// The module around it.
    pub(super) parent: Option<usize>,
    /// The block that calls it.
    pub(super) call: Option<&'n Node>,
    /// Its configuration.
    pub(super) configuration: Option<&'n Node>,
}

/// An instance of a resource.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resource<'n> {
    /// Its address from the root.
    pub(super) address: &'n str,
    /// Its type.
    pub(super) kind: &'n str,
    /// Its name in its module.
    pub(super) name: &'n str,
    /// The module that it is in.
    pub(super) module: usize,
    /// All that is said of it.
    pub(super) node: &'n Node,
    /// What is to be done with it.
    pub(super) change: Option<&'n Node>,
    /// Its block in the configuration.
    pub(super) configuration: Option<&'n Node>,
}

impl<'n> Plan<'n> {
    /// Lists what is in a plan or state.
    pub(super) fn new(root: &'n Node) -> Self {
        let changes = root.get("resource_changes").map(Node::items);
        let changes: Vec<&Node> = changes.unwrap_or_default().iter().collect();
        let before = changes.iter().filter_map(|change| {
            let before = change.at(&["change", "before"])?;
            Some((text(change, "type")?, before))
        });
        let planned = root.get("planned_values").or_else(|| root.get("values"));
        let configuration = root.at(&["configuration", "root_module"]);
        let mut plan = Self {
            modules: Vec::new(),
            resources: Vec::new(),
            blocks: BTreeMap::new(),
            policies: BTreeMap::new(),
            before: before.collect(),
        };
        let changes = changes.iter().filter(|one| one.get("deposed").is_none());
        let changes: BTreeMap<&str, &Node> = changes
            .filter_map(|one| Some((text(one, "address")?, one.get("change")?)))
            .collect();
        // What was read while planning stands in the state before.
        let prior = root.at(&["prior_state", "values"]);
        plan.walk(prior, None, &changes);
        let looked_up = plan.policies;
        let looked_up = looked_up.into_iter().filter(|(_, policy)| policy.is_data());
        plan = Self {
            modules: Vec::new(),
            resources: Vec::new(),
            blocks: BTreeMap::new(),
            policies: looked_up.collect(),
            before: plan.before,
        };
        plan.walk(planned, configuration, &changes);
        plan
    }

    fn walk(
        &mut self,
        values: Option<&'n Node>,
        configuration: Option<&'n Node>,
        changes: &BTreeMap<&str, &'n Node>,
    ) {
        let root = values.and_then(|node| node.get("root_module"));
        let root_module = Module {
            address: "",
            name: "",
            index: "",
            parent: None,
            call: None,
            configuration,
        };
        let mut open: Vec<(Module<'n>, &'n Node)> =
            root.map(|node| (root_module, node)).into_iter().collect();
        while let Some((module, node)) = open.pop() {
            let at = self.modules.len();
            self.resources_of((at, &module), node, changes);
            let inner = node.get("child_modules").map(Node::items);
            for child in inner.unwrap_or_default().iter().rev() {
                open.push((module.child(at, child), child));
            }
            self.modules.push(module);
        }
    }

    fn resources_of(
        &mut self,
        (at, module): (usize, &Module<'n>),
        node: &'n Node,
        changes: &BTreeMap<&str, &'n Node>,
    ) {
        let blocks = module.configuration.and_then(|node| node.get("resources"));
        let blocks: BTreeMap<&str, &Node> = blocks
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(|block| Some((text(block, "address")?, block)))
            .collect();
        for node in node.get("resources").map(Node::items).unwrap_or_default() {
            let (Some(address), Some(kind), Some(name)) = (
                text(node, "address"),
                text(node, "type"),
                text(node, "name"),
            ) else {
                continue;
            };
            let resource = Resource {
                address,
                kind,
                name,
                module: at,
                node,
                change: changes.get(address).copied(),
                configuration: blocks.get(format!("{kind}.{name}").as_str()).copied(),
            };
            let arn = node.at(&["values", "arn"]).and_then(Node::as_str);
            if kind == "aws_iam_policy"
                && let Some(arn) = arn
            {
                self.policies.insert(arn, resource);
            }
            if !resource.is_data() {
                let block = self.blocks.entry((at, kind, name)).or_default();
                block.push(self.resources.len());
                self.resources.push(resource);
            }
        }
    }
}

impl<'n> Module<'n> {
    fn child(&self, own: usize, node: &'n Node) -> Self {
        let address = text(node, "address").unwrap_or_default();
        let rest = address.strip_prefix(self.address).unwrap_or_default();
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        let rest = rest.strip_prefix("module.").unwrap_or_default();
        let (name, index) = rest.split_at(rest.find('[').unwrap_or(rest.len()));
        let call = self
            .configuration
            .and_then(|node| node.at(&["module_calls", name]));
        Self {
            address,
            name,
            index,
            parent: Some(own),
            call,
            configuration: call.and_then(|call| call.get("module")),
        }
    }
}

impl<'n> Resource<'n> {
    fn is_data(&self) -> bool {
        text(self.node, "mode") == Some("data")
    }

    /// Its values with what is known of them.
    pub(super) fn seen(&self) -> Seen<'n> {
        let change = |key: &str| self.change.and_then(|change| change.get(key));
        let sensitive = self.node.get("sensitive_values");
        Seen {
            outer: self.node,
            value: self.node.get("values"),
            later: change("after_unknown"),
            hidden: sensitive.or_else(|| change("after_sensitive")),
        }
    }

    /// Its address in its module.
    pub(super) fn local(&self, module: &Module<'_>) -> &'n str {
        let rest = self.address.strip_prefix(module.address);
        rest.map_or(self.address, |rest| rest.strip_prefix('.').unwrap_or(rest))
    }

    /// The expression of an attribute in the configuration.
    pub(super) fn expression(&self, key: &str) -> Option<&'n Node> {
        self.configuration
            .and_then(|block| block.at(&["expressions", key]))
    }

    /// Says whether the plan makes it anew.
    pub(super) fn is_made(&self) -> bool {
        let actions = self.change.and_then(|change| change.get("actions"));
        let actions = actions.map(Node::items).unwrap_or_default();
        actions.iter().any(|one| one.as_str() == Some("create"))
    }
}

/// The text of a member.
pub(super) fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::as_str)
}

/// A value with the marks that say what is not known of it and what is sensitive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'n> {
    outer: &'n Node,
    value: Option<&'n Node>,
    later: Option<&'n Node>,
    hidden: Option<&'n Node>,
}

/// What is known of a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum State<'n> {
    /// It is known.
    Known(&'n Node),
    /// It is known only after the plan is applied.
    Later,
    /// It is not to be shown.
    Hidden,
    /// There is none.
    Absent,
}

impl<'n> Seen<'n> {
    /// Where it stands, or what it would stand in.
    pub(super) fn node(self) -> &'n Node {
        self.value
            .filter(|node| node.value != Value::Null)
            .unwrap_or(self.outer)
    }

    /// A member.
    pub(super) fn key(self, key: &str) -> Self {
        self.inner(|node| node.get(key))
    }

    /// The names of all members, those that are only known later too.
    pub(super) fn keys(self) -> Vec<&'n str> {
        let of = |node: Option<&'n Node>| node.map(Node::entries).unwrap_or_default();
        let mut keys: Vec<&str> = Vec::new();
        for entry in of(self.value).iter().chain(of(self.later)) {
            if !keys.contains(&entry.key.as_str()) {
                keys.push(&entry.key);
            }
        }
        keys
    }

    /// The elements of a list, or the one value.
    pub(super) fn items(self) -> Vec<Self> {
        let count = |node: Option<&Node>| match node.map(|node| &node.value) {
            Some(Value::List(items)) => items.len(),
            Some(Value::Text(text)) if text.as_literal() != Some("false") => 1,
            _ => 0,
        };
        let all = 0..count(self.value).max(count(self.later));
        let item = |at: usize| self.inner(|node| node.items().get(at));
        all.map(item).collect()
    }

    /// Goes on in a value and in its marks; a mark on the whole is one on each part.
    fn inner(self, step: impl Fn(&'n Node) -> Option<&'n Node>) -> Self {
        let mark = |node: Option<&'n Node>| {
            let node = node?;
            if is_marked(Some(node)) {
                Some(node)
            } else {
                step(node)
            }
        };
        Self {
            outer: self.node(),
            value: self.value.and_then(&step),
            later: mark(self.later),
            hidden: mark(self.hidden),
        }
    }

    /// Says what is known of it.
    pub(super) fn state(self) -> State<'n> {
        match self.value.filter(|node| node.value != Value::Null) {
            _ if is_marked(self.hidden) => State::Hidden,
            Some(node) => State::Known(node),
            None if is_marked(self.later) => State::Later,
            None => State::Absent,
        }
    }

    /// Its text, if it may be shown.
    pub(super) fn text(self) -> Option<&'n str> {
        match self.state() {
            State::Known(node) => node.as_str(),
            _ => None,
        }
    }

    /// Its text, for comparing alone.
    pub(super) fn compared(self) -> Option<&'n str> {
        self.value.and_then(Node::as_str)
    }
}

fn is_marked(mark: Option<&Node>) -> bool {
    mark.and_then(Node::as_str) == Some("true")
}
