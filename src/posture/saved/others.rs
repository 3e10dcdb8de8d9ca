//! Stacks and functions out of saved answers.

use super::answer::{Answer, Answers, place};
use super::bucket::document;
use crate::posture::function;
use crate::posture::look::{flag, items, pick, shown, text};
use crate::posture::{Function, Setting, Stack};
use crate::template::Node;

/// Reads a stack.
pub(super) fn stack(answers: &Answers<'_>, name: &str) -> Stack {
    let area = "stack";
    let protection = |node: &Node| match items(node, &["Stacks"]).unwrap_or_default().first() {
        Some(stack) => flag(stack, &["EnableTerminationProtection"]),
        None => Setting::NotKnown("the answer holds no stack".to_owned()),
    };
    Stack {
        identity: answers.identity(area, name),
        termination_protection: answers.setting((area, "stack", name), protection),
        stack_policy: answers.setting((area, "policy", name), |node| {
            match pick(node, &["StackPolicyBody"]) {
                Some(body) => Setting::Set(shown(body), place(body)),
                None => Setting::NotSet,
            }
        }),
        drift: answers.setting((area, "drift", name), drift),
    }
}

/// The resources that are not as the template says.
fn drift(node: &Node) -> Setting<Vec<(String, String)>> {
    let list = match items(node, &["StackResourceDrifts"]) {
        Ok(list) => list,
        Err(why) => return Setting::NotKnown(why),
    };
    if list.is_empty() {
        let why = "drift was never looked for; `aws cloudformation detect-stack-drift` does";
        return Setting::NotKnown(why.to_owned());
    }
    let word = |node: &Node, key: &str| text(node, &[key]).value().cloned().unwrap_or_default();
    let drifted = list.iter().filter(|one| {
        let status = word(one, "StackResourceDriftStatus");
        status == "MODIFIED" || status == "DELETED"
    });
    let drifted = drifted.map(|one| (word(one, "LogicalResourceId"), word(one, "ResourceType")));
    Setting::Set(drifted.collect(), place(node))
}

/// Reads a function.
pub(super) fn function(answers: &Answers<'_>, name: &str) -> Function {
    let area = "function";
    let identity = answers.identity(area, name);
    let mut function = match answers.get(area, "configuration", name) {
        Answer::Said(node) => function::function(identity, &node),
        Answer::Absent => function::unknown(identity, "there is none"),
        Answer::NotKnown(why) => function::unknown(identity, &why),
    };
    function.policy = answers.setting((area, "policy", name), document);
    function
}
