//! Terraform's expressions: what they give where all that they need is known, and a hole with their own text where not.
//!
//! Source: the Terraform language documentation, "Expressions" and "Functions".

use hcl_edit::Span as _;
use hcl_edit::expr::{
    BinaryOperator, Expression, ForExpr, FuncCall, Object, ObjectKey, Traversal, TraversalOperator,
    UnaryOperator,
};
use hcl_edit::template::{Element, Template};

use super::functions::{formatted, joined, lists_of, merged};
use super::policy_document;
use super::scope::{File, Scope};
use crate::template::names::{self};
use crate::template::node::{Entry, MOST_DEPTH, Node, Value};
use crate::template::text::{ACCOUNT, PARTITION, Part, REGION, Text};

/// How long a text may become.
const LONGEST_TEXT: usize = 1 << 20;

/// Names bound by `for` and `for_each`.
pub(super) type Bound<'b> = &'b [(String, Text)];

impl Scope<'_> {
    /// Evaluates an expression.
    pub(super) fn evaluate(&self, file: &File<'_>, expression: &Expression, depth: usize) -> Node {
        self.evaluate_bound(file, expression, &[], depth)
    }

    /// The recursion ends at the depth that the parser bounds, or where names lead from one to another for too long.
    pub(super) fn evaluate_bound(
        &self,
        file: &File<'_>,
        expression: &Expression,
        bound: Bound<'_>,
        depth: usize,
    ) -> Node {
        let unknown = || Value::Unknown(file.shown(expression));
        let endless = || Value::Unknown("names that lead in a circle".to_owned());
        if depth > 4 * MOST_DEPTH || !self.steps.take(1) {
            return file.node(expression, endless());
        }
        let inner =
            |expression: &Expression| self.evaluate_bound(file, expression, bound, depth + 1);
        let value = match expression {
            Expression::Null(_) => Value::Null,
            Expression::Bool(value) => Value::Text(Text::literal(value.to_string())),
            Expression::Number(value) => Value::Text(Text::literal(value.to_string())),
            Expression::String(value) => Value::Text(Text::literal(value.as_str())),
            Expression::Array(array) => Value::List(array.iter().map(inner).collect()),
            Expression::Object(object) => Value::Map(self.object(file, object, bound, depth)),
            Expression::StringTemplate(template) => self
                .template(file, template, bound, depth)
                .unwrap_or_else(unknown),
            Expression::HeredocTemplate(heredoc) => self
                .template(file, &heredoc.template, bound, depth)
                .unwrap_or_else(unknown),
            Expression::Parenthesis(parenthesis) => inner(parenthesis.inner()).value,
            Expression::Variable(name) => self.named(
                file,
                expression,
                &[name.as_str().to_owned()],
                (bound, depth),
            ),
            Expression::Traversal(traversal) => match path(self, file, traversal, (bound, depth)) {
                Some(path) => self.named(file, expression, &path, (bound, depth)),
                None => unknown(),
            },
            Expression::FuncCall(call) => {
                self.call(file, call, bound, depth).unwrap_or_else(unknown)
            }
            Expression::Conditional(conditional) => {
                let choice = self.holds(file, &conditional.cond_expr, bound, depth + 1);
                let (yes, no) = (&conditional.true_expr, &conditional.false_expr);
                match choice {
                    Some(holds) => inner(if holds { yes } else { no }).value,
                    None => Value::Either(vec![inner(yes), inner(no)]),
                }
            }
            Expression::ForExpr(each) => {
                self.each(file, each, bound, depth).unwrap_or_else(unknown)
            }
            Expression::UnaryOp(_) | Expression::BinaryOp(_) => {
                match self.holds(file, expression, bound, depth + 1) {
                    Some(holds) => Value::Text(Text::literal(holds.to_string())),
                    None => unknown(),
                }
            }
        };
        let is_done = match &value {
            Value::Text(text) => self.steps.take_text(text.size()),
            _ => true,
        };
        file.node(expression, if is_done { value } else { endless() })
    }

    fn object(
        &self,
        file: &File<'_>,
        object: &Object,
        bound: Bound<'_>,
        depth: usize,
    ) -> Vec<Entry> {
        let entry = |(key, value): (&ObjectKey, &hcl_edit::expr::ObjectValue)| {
            let (key, key_span) = match key {
                ObjectKey::Ident(name) => (name.as_str().to_owned(), name.span()),
                ObjectKey::Expression(Expression::Variable(name)) => {
                    (name.as_str().to_owned(), name.span())
                }
                ObjectKey::Expression(expression) => {
                    let node = self.evaluate_bound(file, expression, bound, depth + 1);
                    let key = super::text_of(&node).map(|text| text.to_policy(false));
                    (
                        key.unwrap_or_else(|| file.shown(expression)),
                        expression.span(),
                    )
                }
            };
            Entry {
                key,
                key_span: key_span.unwrap_or_default(),
                value: self.evaluate_bound(file, value.expr(), bound, depth + 1),
            }
        };
        object.iter().map(entry).collect()
    }

    /// A text with interpolations; none if it has directives.
    fn template(
        &self,
        file: &File<'_>,
        template: &Template,
        bound: Bound<'_>,
        depth: usize,
    ) -> Option<Value> {
        let mut text = Text::default();
        let mut size = 0;
        for element in template {
            match element {
                Element::Literal(literal) => {
                    size += literal.len();
                    text.push(Part::Literal(literal.to_string()));
                }
                Element::Interpolation(inner) => {
                    let node = self.evaluate_bound(file, &inner.expr, bound, depth + 1);
                    let part = match node.value {
                        Value::Text(part) => part,
                        _ => Text::reference(file.shown(&inner.expr)),
                    };
                    size += part.size();
                    text.append(part);
                }
                Element::Directive(_) => return None,
            }
            if size > LONGEST_TEXT {
                return None;
            }
        }
        Some(Value::Text(text))
    }

    /// What a name gives.
    fn named(
        &self,
        file: &File<'_>,
        at: &Expression,
        path: &[String],
        (bound, depth): (Bound<'_>, usize),
    ) -> Value {
        let name = path.join(".");
        if !self.steps.take_search(bound.len()) {
            return Value::Unknown(name);
        }
        if let Some((_, text)) = bound.iter().rev().find(|(bound, _)| *bound == name) {
            return Value::Text(text.clone());
        }
        if let Some(value) = self.known.get(&name) {
            return Value::Text(Text::literal(value));
        }
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["data", "aws_caller_identity", _, "account_id"] => {
                Value::Text(self.known.text(ACCOUNT))
            }
            ["data", "aws_partition", _, "partition"] => Value::Text(self.known.text(PARTITION)),
            ["data", "aws_region", _, "name" | "id" | "region"] => {
                Value::Text(self.known.text(REGION))
            }
            [
                "data",
                "aws_iam_policy_document",
                _,
                "json" | "minified_json",
            ] => {
                let document = self
                    .by_address
                    .get(&parts.get(..3).unwrap_or_default().join("."));
                match document {
                    Some((file, block)) => {
                        policy_document::node(self, file, block, depth + 1).value
                    }
                    None => Value::Unknown(name),
                }
            }
            ["local", local, rest @ ..] => self
                .local(local, rest, depth)
                .unwrap_or_else(|| Value::Text(Text::reference(name.as_str()))),
            [kind, resource, attribute] => {
                let found = self.resource(&format!("{kind}.{resource}"), kind, attribute, depth);
                found.map_or_else(|| Value::Text(Text::reference(name.as_str())), Value::Text)
            }
            _ if path.len() == 1 => Value::Unknown(file.shown(at)),
            _ => Value::Text(Text::reference(name)),
        }
    }

    fn local(&self, name: &str, rest: &[&str], depth: usize) -> Option<Value> {
        let (file, expression) = self.locals.get(name)?;
        let mut node = self.evaluate(file, expression, depth + 1);
        for key in rest {
            node = match key.parse::<usize>() {
                Ok(index) => node.items().get(index)?.clone(),
                Err(_) => node.get(key)?.clone(),
            };
        }
        Some(node.value)
    }

    /// The name or ARN of a resource whose name the module fixes.
    fn resource(&self, address: &str, kind: &str, attribute: &str, depth: usize) -> Option<Text> {
        let (naming, terraform) = names::of_terraform(kind)?;
        let (file, block) = self.by_address.get(address)?;
        if !self.steps.take_search(block.body.len()) {
            return None;
        }
        if terraform
            .unless
            .as_ref()
            .is_some_and(|key| block.body.has_attribute(key))
        {
            return None;
        }
        let name = block.body.get_attribute(&terraform.name)?;
        let name = self.evaluate(file, &name.value, depth + 1);
        let name = super::text_of(&name)?;
        if attribute == terraform.name {
            return Some(name.clone());
        }
        let arn = terraform.arn.as_ref().unwrap_or(&naming.arn);
        (attribute == "arn").then(|| self.known.fill(&names::filled(arn, name)))
    }

    /// What a function gives; none if it is not known.
    fn call(
        &self,
        file: &File<'_>,
        call: &FuncCall,
        bound: Bound<'_>,
        depth: usize,
    ) -> Option<Value> {
        let arguments: Vec<Node> = call
            .args
            .iter()
            .map(|argument| self.evaluate_bound(file, argument, bound, depth + 1))
            .collect();
        if !call.name.namespace.is_empty() || call.args.expand_final() {
            return None;
        }
        match (call.name.name.as_str(), arguments.as_slice()) {
            (
                "jsonencode" | "jsondecode" | "sensitive" | "nonsensitive" | "toset" | "tolist"
                | "distinct" | "sort" | "compact" | "tostring",
                [one],
            ) => Some(one.value.clone()),
            ("trimspace" | "chomp", [one]) => Some(match &one.value {
                Value::Text(text) => Value::Text(Text::literal(text.as_literal()?.trim())),
                other => other.clone(),
            }),
            ("concat" | "setunion", lists) => lists_of(lists).map(Value::List),
            ("flatten", [list]) => Some(Value::List(list.flattened_lists())),
            ("merge", maps) => merged(maps),
            ("join", [separator, list]) => {
                let separator = separator.as_str()?;
                let is_done = self.steps.take_text(separator.len() * list.items().len());
                is_done.then(|| joined(separator, list))?
            }
            ("format", [pattern, values @ ..]) => {
                formatted(pattern.as_str()?, values).map(Value::Text)
            }
            ("formatlist", [pattern, list]) => {
                let Value::List(items) = &list.value else {
                    return None;
                };
                let size = pattern.as_str()?.len();
                let one = |item: &Node| {
                    if !self.steps.take_text(size) {
                        return None;
                    }
                    Some(item.with(Value::Text(formatted(
                        pattern.as_str()?,
                        std::slice::from_ref(item),
                    )?)))
                };
                items
                    .iter()
                    .map(one)
                    .collect::<Option<Vec<Node>>>()
                    .map(Value::List)
            }
            _ => None,
        }
    }

    /// A list made from another; none if that is not known, or if some elements are left out.
    fn each(
        &self,
        file: &File<'_>,
        each: &ForExpr,
        bound: Bound<'_>,
        depth: usize,
    ) -> Option<Value> {
        if each.key_expr.is_some() || each.cond.is_some() {
            return None;
        }
        let collection = self.evaluate_bound(file, &each.intro.collection_expr, bound, depth + 1);
        let Value::List(items) = collection.value else {
            return None;
        };
        let name = each.intro.value_var.as_str();
        let mut list = Vec::new();
        let size: usize = bound.iter().map(|(_, text)| text.size()).sum();
        for item in &items {
            if !self.steps.take_text(size) {
                return None;
            }
            let mut inner = bound.to_vec();
            inner.push((name.to_owned(), super::text_of(item)?.clone()));
            list.push(self.evaluate_bound(file, &each.value_expr, &inner, depth + 1));
        }
        Some(Value::List(list))
    }

    /// Says whether a condition holds, if that is known.
    fn holds(
        &self,
        file: &File<'_>,
        expression: &Expression,
        bound: Bound<'_>,
        depth: usize,
    ) -> Option<bool> {
        if depth > MOST_DEPTH {
            return None;
        }
        match expression {
            Expression::Parenthesis(inner) => self.holds(file, inner.inner(), bound, depth + 1),
            Expression::UnaryOp(operation) if *operation.operator.value() == UnaryOperator::Not => {
                self.holds(file, &operation.expr, bound, depth + 1)
                    .map(|holds| !holds)
            }
            Expression::BinaryOp(operation) => {
                let sides = (&operation.lhs_expr, &operation.rhs_expr);
                let both = || {
                    Some((
                        self.holds(file, sides.0, bound, depth + 1)?,
                        self.holds(file, sides.1, bound, depth + 1)?,
                    ))
                };
                let equal = || {
                    let one = self.evaluate_bound(file, sides.0, bound, depth + 1);
                    let other = self.evaluate_bound(file, sides.1, bound, depth + 1);
                    Some(one.as_str()? == other.as_str()?)
                };
                match operation.operator.value() {
                    BinaryOperator::Eq => equal(),
                    BinaryOperator::NotEq => equal().map(|equal| !equal),
                    BinaryOperator::And => both().map(|(one, other)| one && other),
                    BinaryOperator::Or => both().map(|(one, other)| one || other),
                    _ => None,
                }
            }
            Expression::UnaryOp(_) => None,
            other => match self.evaluate_bound(file, other, bound, depth + 1).as_str() {
                Some("true") => Some(true),
                Some("false") => Some(false),
                _ => None,
            },
        }
    }
}

/// The dotted name that a traversal is; indices by which resources are counted say nothing, and are left out.
fn path(
    scope: &Scope<'_>,
    file: &File<'_>,
    traversal: &Traversal,
    (bound, depth): (Bound<'_>, usize),
) -> Option<Vec<String>> {
    let Expression::Variable(root) = &traversal.expr else {
        return None;
    };
    let mut path = vec![root.as_str().to_owned()];
    for operator in &traversal.operators {
        match operator.value() {
            TraversalOperator::GetAttr(name) => path.push(name.as_str().to_owned()),
            TraversalOperator::Index(index) if root.as_str() == "local" => {
                let index = scope.evaluate_bound(file, index, bound, depth + 1);
                path.push(index.as_str()?.to_owned());
            }
            TraversalOperator::Index(_) | TraversalOperator::LegacyIndex(_) => {}
            TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => return None,
        }
    }
    Some(path)
}

/// The address of the resource that an expression takes an attribute of.
pub(in crate::template) fn resource_of(expression: &Expression) -> Option<String> {
    let Expression::Traversal(traversal) = expression else {
        return None;
    };
    let Expression::Variable(root) = &traversal.expr else {
        return None;
    };
    let mut names = vec![root.as_str()];
    for operator in &traversal.operators {
        match operator.value() {
            TraversalOperator::GetAttr(name) => names.push(name.as_str()),
            TraversalOperator::Index(_) | TraversalOperator::LegacyIndex(_) => {}
            TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => return None,
        }
    }
    names.pop();
    Some(names.join("."))
}
