//! CloudFormation's short forms: `!GetAtt Table.Arn` is `Fn::GetAtt: [Table, Arn]`.
//!
//! Source: the CloudFormation user guide, "Intrinsic function reference".

use saphyr_parser::Tag;

use crate::template::Text;
use crate::template::node::{Entry, Node, Value};

/// CloudFormation's short forms, but for those whose long form has no `Fn::`.
const FUNCTIONS: [&str; 22] = [
    "And",
    "Base64",
    "Cidr",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "Equals",
    "FindInMap",
    "GetAtt",
    "GetAZs",
    "If",
    "ForEach",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
];

/// The name of a tag that is not one of YAML's own.
pub(super) fn tag_name(tag: Option<&Tag>) -> Option<String> {
    let tag = tag?;
    (tag.handle == "!" && !tag.suffix.is_empty()).then(|| tag.suffix.clone())
}

/// Writes a short form in its long one.
pub(super) fn tagged(node: Node, tag: Option<&str>) -> Node {
    let Some(tag) = tag else {
        return node;
    };
    let key = match tag {
        "Ref" | "Condition" => tag.to_owned(),
        _ if FUNCTIONS.contains(&tag) => format!("Fn::{tag}"),
        _ => {
            let value = Value::Unknown(format!("!{tag}"));
            return node.with(value);
        }
    };
    let argument = match (tag, node.as_str().and_then(|text| text.split_once('.'))) {
        ("GetAtt", Some((resource, attribute))) => {
            let part = |text: &str| node.with(Value::Text(Text::literal(text)));
            node.with(Value::List(vec![part(resource), part(attribute)]))
        }
        _ => node.clone(),
    };
    let entry = Entry {
        key,
        key_span: node.span.start..node.span.start,
        value: argument,
    };
    node.with(Value::Map(vec![entry]))
}
