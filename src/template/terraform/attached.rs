//! What a role, user or group of a module has: its own policies, policy resources that name it, and attachments.

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, BlockLabel};

use super::expression::resource_of;
use super::scope::{File, Scope};
use super::{Found, add, address, policy, text_of, unresolved};
use crate::template::cloudformation::published;
use crate::template::node::{Node, Value};
use crate::template::text::Text;
use crate::template::{Content, Kind, Policy, SubjectKind, TemplateError};

/// The words of a kind of holder.
pub(in crate::template) struct Words {
    pub(in crate::template) kind: &'static str,
    pub(in crate::template) key: &'static str,
    pub(in crate::template) keys: &'static str,
}

/// The words of a role, user or group.
pub(in crate::template) fn words(kind: SubjectKind) -> Words {
    match kind {
        SubjectKind::User => Words {
            kind: "aws_iam_user",
            key: "user",
            keys: "users",
        },
        SubjectKind::Group => Words {
            kind: "aws_iam_group",
            key: "group",
            keys: "groups",
        },
        _ => Words {
            kind: "aws_iam_role",
            key: "role",
            keys: "roles",
        },
    }
}

/// Reads all that a holder has.
pub(super) fn holder(
    scope: &Scope<'_>,
    (file, block): (&File<'_>, &Block),
    kind: SubjectKind,
    found: &mut Found,
) -> Result<(), TemplateError> {
    let Some(own) = address(block) else {
        return Ok(());
    };
    inline(scope, (file, block), &own, found)?;
    if let Some(arns) = block.body.get_attribute("managed_policy_arns") {
        managed_all(scope, (file, &arns.value), &own, found)?;
    }
    let words = words(kind);
    let name = block
        .body
        .get_attribute("name")
        .map(|name| scope.evaluate(file, &name.value, 0));
    let name = name.as_ref().and_then(text_of);
    found.name = name.and_then(Text::as_literal).map(str::to_owned);
    for (other_file, other) in scope.blocks() {
        let label = other
            .labels
            .first()
            .map(BlockLabel::as_str)
            .unwrap_or_default();
        if other.ident.as_str() != "resource" {
            continue;
        }
        let is_policy = label == format!("{}_policy", words.kind);
        let is_attachment = label == format!("{}_policy_attachment", words.kind);
        let is_shared = label == "aws_iam_policy_attachment";
        if !(is_policy || is_attachment || is_shared) {
            continue;
        }
        let key = if is_shared { words.keys } else { words.key };
        if !names_holder(scope, (other_file, other), key, (&own, name), found) {
            continue;
        }
        let other_address = address(other).unwrap_or_default();
        if is_policy {
            policy(scope, (other_file, other), &other_address, found)?;
        } else {
            attachment(scope, (other_file, other), &other_address, found)?;
        }
    }
    Ok(())
}

/// The policies that stand in a holder itself.
fn inline(
    scope: &Scope<'_>,
    (file, block): (&File<'_>, &Block),
    own: &str,
    found: &mut Found,
) -> Result<(), TemplateError> {
    for inline in block.body.get_blocks("inline_policy") {
        let Some(attribute) = inline.body.get_attribute("policy") else {
            continue;
        };
        let node = scope.evaluate(file, &attribute.value, 0);
        let name = inline
            .body
            .get_attribute("name")
            .map(|name| scope.evaluate(file, &name.value, 0));
        let name = name
            .as_ref()
            .and_then(text_of)
            .map_or_else(|| own.to_owned(), Text::to_string);
        add(&name, own, &node, found)?;
    }
    let is_own = |inner: &&Block| {
        inner.ident.as_str() == "dynamic"
            && inner.labels.first().map(BlockLabel::as_str) == Some("inline_policy")
    };
    for inner in block.body.blocks().filter(is_own) {
        let what = "policies that a loop makes are not known".to_owned();
        found
            .unresolved
            .push(unresolved(file, inner, Kind::Missing, what));
    }
    Ok(())
}

/// Says whether a resource names a holder, by its address or by its name.
fn names_holder(
    scope: &Scope<'_>,
    (file, block): (&File<'_>, &Block),
    key: &str,
    (own, own_name): (&str, Option<&Text>),
    found: &mut Found,
) -> bool {
    let Some(attribute) = block.body.get_attribute(key) else {
        return false;
    };
    let single = [attribute.value.clone()];
    let expressions: Vec<&Expression> = match &attribute.value {
        Expression::Array(array) => array.iter().collect(),
        _ => single.iter().collect(),
    };
    for expression in expressions {
        if let Some(named) = resource_of(expression) {
            if named == own {
                return true;
            }
            if scope.by_address.contains_key(&named) {
                continue;
            }
        }
        let node = scope.evaluate(file, expression, 0);
        match text_of(&node) {
            Some(text)
                if text.as_literal().is_some()
                    && own_name.is_some_and(|own| own.as_literal().is_some()) =>
            {
                if own_name == Some(text) {
                    return true;
                }
            }
            _ => {
                let what = format!(
                    "whether `{}` is attached is not known: it names {}",
                    address(block).unwrap_or_default(),
                    node.describe()
                );
                found
                    .unresolved
                    .push(unresolved(file, block, Kind::Missing, what));
            }
        }
    }
    false
}

/// An attachment: of one policy, or of one for each element of a list.
fn attachment(
    scope: &Scope<'_>,
    (file, block): (&File<'_>, &Block),
    origin: &str,
    found: &mut Found,
) -> Result<(), TemplateError> {
    let Some(arn) = block.body.get_attribute("policy_arn") else {
        return Ok(());
    };
    let each = block
        .body
        .get_attribute("for_each")
        .map(|each| scope.evaluate(file, &each.value, 0));
    let Some(each) = each else {
        return managed_all(scope, (file, &arn.value), origin, found);
    };
    let values: Option<Vec<Text>> = match &each.value {
        Value::List(items) => items.iter().map(|item| text_of(item).cloned()).collect(),
        Value::Map(entries) => entries
            .iter()
            .map(|entry| text_of(&entry.value).cloned())
            .collect(),
        _ => None,
    };
    let Some(values) = values else {
        let what = format!("the policies of `{origin}` are {}", each.describe());
        found
            .unresolved
            .push(unresolved(file, block, Kind::Missing, what));
        return Ok(());
    };
    for value in values {
        let bound = [
            ("each.value".to_owned(), value.clone()),
            ("each.key".to_owned(), value),
        ];
        let node = scope.evaluate_bound(file, &arn.value, &bound, 0);
        managed(scope, &node, origin, found)?;
    }
    Ok(())
}

fn managed_all(
    scope: &Scope<'_>,
    (file, expression): (&File<'_>, &Expression),
    origin: &str,
    found: &mut Found,
) -> Result<(), TemplateError> {
    let node = scope.evaluate(file, expression, 0);
    let (all, choices) = node.flattened();
    for choice in choices {
        let what = "a managed policy depends on a condition that is not known".to_owned();
        found
            .unresolved
            .push(super::Unresolved::new(&choice, Kind::Either, what));
    }
    for node in &all {
        managed(scope, node, origin, found)?;
    }
    Ok(())
}

/// One managed policy: of the module, or by its ARN.
fn managed(
    scope: &Scope<'_>,
    node: &Node,
    origin: &str,
    found: &mut Found,
) -> Result<(), TemplateError> {
    let text = text_of(node);
    let reference = text.and_then(
        |text| match text.references().collect::<Vec<_>>().as_slice() {
            [name] if text.parts().len() == 1 => Some((*name).to_owned()),
            _ => None,
        },
    );
    if let Some(name) = &reference
        && let Some(own) = name.strip_suffix(".arn")
        && let Some((file, block)) = scope.by_address.get(own)
    {
        if own.starts_with("aws_iam_policy.") {
            return policy(scope, (file, block), own, found);
        }
        if own.starts_with("data.aws_iam_policy.") {
            let keys = ["arn", "name"]
                .iter()
                .find_map(|key| block.body.get_attribute(key));
            if let Some(key) = keys {
                let named = scope.evaluate(file, &key.value, 0);
                by_name(&named, origin, found);
                return Ok(());
            }
        }
    }
    by_name(node, origin, found);
    Ok(())
}

/// A managed policy whose document is elsewhere.
pub(in crate::template) fn by_name(node: &Node, origin: &str, found: &mut Found) {
    let Some(name) = text_of(node).and_then(published) else {
        let what = format!("the managed policy {} is not known", node.describe());
        let note = super::Unresolved::new(node, Kind::Missing, what);
        found.unresolved.push(note);
        return;
    };
    found.policies.push(Policy {
        name: name.rsplit('/').next().unwrap_or(&name).to_owned(),
        place: node.place.clone(),
        origin: origin.to_owned(),
        is_implied: false,
        content: Content::Managed(name),
    });
}
