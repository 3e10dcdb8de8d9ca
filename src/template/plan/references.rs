//! What an expression refers to, where its value is known only after the plan is applied.
//!
//! A reference is followed through variables and outputs of modules and through `for_each`. Locals are not in the JSON, and what comes
//! from another kind of resource cannot be told; both leave it open what the value is.

use std::collections::BTreeSet;

use super::tree::{Plan, Resource};
use crate::template::node::Node;

/// How many references are followed for one value.
const MOST_STEPS: usize = 1_000;

/// What a value may name.
#[derive(Debug, Default)]
pub(super) struct Targets {
    /// The resources, by their numbers in the plan.
    pub(super) found: BTreeSet<usize>,
    /// Instances of the same block that it may be instead, since the number or key that chooses is not told.
    pub(super) possible: BTreeSet<usize>,
    /// Says whether it may be any other, too.
    pub(super) is_open: bool,
}

impl Targets {
    /// The resource that the value names, if that is certain.
    pub(super) fn only(&self) -> Option<usize> {
        self.found
            .first()
            .copied()
            .filter(|_| self.found.len() == 1 && !self.may_be_another())
    }

    /// Says whether it may be one that was not found.
    pub(super) fn may_be_another(&self) -> bool {
        self.is_open || !self.possible.is_empty()
    }
}

/// A reference and where it is made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Step<'n> {
    module: usize,
    name: &'n str,
    /// The number or key of the block that makes it.
    index: &'n str,
    /// Says whether that number or key stands in the expression.
    is_keyed: bool,
}

struct Walk<'p, 'n> {
    plan: &'p Plan<'n>,
    wanted: &'p str,
    open: Vec<(Step<'n>, Option<&'n Node>)>,
    targets: Targets,
}

/// Finds the resources of a type that an attribute may name.
pub(super) fn targets<'n>(
    plan: &Plan<'n>,
    resource: &Resource<'n>,
    key: &str,
    wanted: &str,
) -> Targets {
    let Some(module) = plan.modules.get(resource.module) else {
        return open();
    };
    let Some(expression) = resource.expression(key) else {
        return open();
    };
    let local = resource.local(module);
    let base = resource.kind.len() + 1 + resource.name.len();
    let index = local.get(base..).unwrap_or_default();
    let mut walk = Walk {
        plan,
        wanted,
        open: Vec::new(),
        targets: Targets::default(),
    };
    let at = (resource.module, index);
    walk.add(expression, at, resource.configuration, false);
    walk.run();
    walk.targets
}

fn open() -> Targets {
    Targets {
        is_open: true,
        ..Targets::default()
    }
}

impl<'n> Walk<'_, 'n> {
    /// Adds what an expression refers to; `block` is the one that it stands in.
    fn add(
        &mut self,
        expression: &'n Node,
        (module, index): (usize, &'n str),
        block: Option<&'n Node>,
        is_keyed: bool,
    ) {
        let names = leaves(expression);
        let is_key = |name: &&str| *name == "count.index" || name.starts_with("each.");
        let is_keyed = is_keyed || names.iter().any(is_key);
        for name in names {
            let step = Step {
                module,
                name,
                index,
                is_keyed,
            };
            self.open.push((step, block));
        }
    }

    fn run(&mut self) {
        let mut done = BTreeSet::new();
        while let Some((step, block)) = self.open.pop() {
            if done.len() >= MOST_STEPS {
                self.targets.is_open = true;
                return;
            }
            if !done.insert(step.clone()) {
                continue;
            }
            match step.name.split('.').next().unwrap_or_default() {
                "each" if step.name.starts_with("each.value") => {
                    match block.and_then(|block| block.get("for_each_expression")) {
                        Some(expression) => {
                            self.add(expression, (step.module, step.index), None, true);
                        }
                        None => self.targets.is_open = true,
                    }
                }
                "each" | "count" | "path" | "terraform" => {}
                "var" => self.variable(&step),
                "module" => self.output(&step),
                _ => self.resource(&step),
            }
        }
    }

    /// A variable is what the call of the module says.
    fn variable(&mut self, step: &Step<'n>) {
        let name = step.name.split(['.', '[']).nth(1).unwrap_or_default();
        let module = self.plan.modules.get(step.module);
        let found = module.and_then(|module| {
            let expression = module.call?.at(&["expressions", name])?;
            Some((expression, module.parent?, module))
        });
        match found {
            Some((expression, parent, module)) => {
                self.add(expression, (parent, module.index), module.call, false);
            }
            // A variable with its default, or of the root, has a value before the plan is made.
            None if module.is_some_and(|module| module.configuration.is_some()) => {}
            None => self.targets.is_open = true,
        }
    }

    /// An output is what the module inside says.
    fn output(&mut self, step: &Step<'n>) {
        let mut is_known = false;
        let plan = self.plan;
        for (at, module) in plan.modules.iter().enumerate() {
            if module.parent != Some(step.module) || !is_called(step, module.name) {
                continue;
            }
            let whole = format!("module.{}{}", module.name, module.index);
            let rest = step.name.strip_prefix(&whole);
            let Some(name) = rest.and_then(|rest| rest.strip_prefix('.')) else {
                // Another instance, or one that the number or key chooses.
                continue;
            };
            let name = name.split(['.', '[']).next().unwrap_or_default();
            let expression = module
                .configuration
                .and_then(|node| node.at(&["outputs", name, "expression"]));
            if let Some(expression) = expression {
                self.add(expression, (at, ""), None, false);
                is_known = true;
            }
        }
        self.targets.is_open |= !is_known;
    }

    fn resource(&mut self, step: &Step<'n>) {
        let plan = self.plan;
        let Some(module) = plan.modules.get(step.module) else {
            return;
        };
        let mut found = BTreeSet::new();
        let mut words = step.name.split(['.', '[']);
        if let (Some(kind), Some(name)) = (words.next(), words.next())
            && kind == self.wanted
        {
            let base = format!("{kind}.{name}");
            let block = plan.blocks.get(&(step.module, kind, name));
            for at in block.into_iter().flatten() {
                let resource = plan.resources.get(*at);
                let local = resource.map(|one| one.local(module)).unwrap_or_default();
                // Without a number or key all are meant, or one that is not told.
                let is_all = !step.name.starts_with(&format!("{base}["));
                if is_all || is_part(step.name, local) {
                    found.insert(*at);
                }
            }
        }
        if found.is_empty() {
            self.targets.is_open = true;
        }
        if found.len() > 1 && step.is_keyed {
            let own = found.iter().copied().find(|at| {
                let resource = plan.resources.get(*at);
                resource.is_some_and(|one| one.local(module).ends_with(step.index))
            });
            if let Some(own) = own.filter(|_| !step.index.is_empty()) {
                // The expression between the brackets is not told.
                self.targets.possible.append(&mut found);
                found = BTreeSet::from([own]);
            }
        }
        self.targets.found.extend(found);
    }
}

/// The references of an expression without those that others imply.
fn leaves(expression: &Node) -> Vec<&str> {
    let names = expression.get("references").map(Node::items);
    let names: Vec<&str> = names
        .unwrap_or_default()
        .iter()
        .filter_map(Node::as_str)
        .collect();
    let is_implied = |name: &&str| names.iter().any(|other| is_longer(other, name));
    names
        .iter()
        .copied()
        .filter(|name| !is_implied(name))
        .collect()
}

/// Says whether a reference goes on where another ends.
fn is_longer(name: &str, start: &str) -> bool {
    name.strip_prefix(start)
        .is_some_and(|rest| rest.starts_with(['.', '[']))
}

fn is_part(name: &str, start: &str) -> bool {
    name == start || is_longer(name, start)
}

fn is_called(step: &Step<'_>, name: &str) -> bool {
    is_part(step.name, &format!("module.{name}"))
}
