//! Changes of Terraform files: the attribute, the data source or the heredoc that holds the policy.

use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body};

use super::check::{holds, known};
use super::{Edit, NewPolicy, Source, TemplateError, apply, style};
use crate::template::terraform::{address, parsed, resource_of};
use crate::template::text::{ACCOUNT, PARTITION, REGION};
use crate::template::write::{
    JsonStyle, Stack, Tree, fits_policy_document, hcl_statements, hcl_value, heredoc_value,
    policy_tree,
};
use crate::template::{Known, terraform};

/// The data sources whose attributes stand for what is the stack's own.
const SOURCES: [(&str, &str); 3] = [
    (ACCOUNT, "data.aws_caller_identity.current"),
    (PARTITION, "data.aws_partition.current"),
    (REGION, "data.aws_region.current"),
];

/// Puts a policy into a Terraform file.
pub(super) fn patch(
    name: &Arc<str>,
    source: &Source<'_>,
    id: &str,
    (policies, stack): (&[NewPolicy], &Stack),
) -> Result<String, TemplateError> {
    let body = parsed(name, source.text)?;
    let place = Place {
        name,
        source,
        body: &body,
    };
    let [policy] = policies else {
        let problem = format!(
            "`{id}` takes one policy, and {} are to be written",
            policies.len()
        );
        return Err(place.error(problem, Some("make one of them with `--most-policies 1`")));
    };
    let stack = place.own(stack);
    let block = place.block(id)?;
    let edit = if id.starts_with("data.aws_iam_policy_document.") {
        if !fits_policy_document(&policy.document) {
            let problem =
                format!("`{id}` cannot hold a policy with `&{{`, which it reads as `${{`");
            return Err(place.error(problem, None));
        }
        place.data_source(block, policy, &stack)
    } else {
        place.resource(block, id, policy, &stack)?
    };
    let touched = edit.bytes.clone();
    let changed = apply(
        source.text,
        vec![edit.with_line_ends(style::line_end(source.text))],
    );
    place.check(&changed, (id, &touched), (policies, &stack))?;
    Ok(changed)
}

struct Place<'a> {
    name: &'a Arc<str>,
    source: &'a Source<'a>,
    body: &'a Body,
}

impl Place<'_> {
    fn error(&self, problem: String, hint: Option<&str>) -> TemplateError {
        TemplateError {
            place: self.name.to_string(),
            problem,
            hint: hint.map(str::to_owned),
        }
    }

    fn block(&self, id: &str) -> Result<&Block, TemplateError> {
        let found = self
            .body
            .blocks()
            .find(|block| address(block).as_deref() == Some(id));
        found.ok_or_else(|| self.error(format!("expected `{id}`, found none"), None))
    }

    /// Leaves a reference out if the module has no data source for it.
    fn own(&self, stack: &Stack) -> Stack {
        let texts: Vec<&str> = std::iter::once(self.source.text)
            .chain(self.source.siblings.iter().map(String::as_str))
            .collect();
        let has = |name: &str| {
            let source = SOURCES.iter().find(|(reference, _)| *reference == name);
            let labels =
                source.map(|(_, source)| source.trim_start_matches("data.").replace('.', "\" \""));
            labels.is_some_and(|labels| {
                texts
                    .iter()
                    .any(|text| text.contains(&format!("data \"{labels}\"")))
            })
        };
        let kept = |name: &str, value: &String| {
            if has(name) {
                value.clone()
            } else {
                String::new()
            }
        };
        Stack {
            account: kept(ACCOUNT, &stack.account),
            region: kept(REGION, &stack.region),
            partition: kept(PARTITION, &stack.partition),
        }
    }

    /// The statements of a data source: all between its braces.
    fn data_source(&self, block: &Block, policy: &NewPolicy, stack: &Stack) -> Edit {
        let span = block.span().unwrap_or_default();
        let text = self.source.text.get(span.clone()).unwrap_or_default();
        let open = span.start + text.find('{').map_or(0, |at| at + 1);
        let close = span.start + text.rfind('}').unwrap_or(text.len());
        let margin = style::margin(self.source.text, span.start);
        let statements =
            hcl_statements(&policy.document, stack, &policy.comments, margin.len() + 2);
        Edit {
            bytes: open..close,
            text: format!("\n{statements}{margin}"),
        }
    }

    fn resource(
        &self,
        block: &Block,
        id: &str,
        policy: &NewPolicy,
        stack: &Stack,
    ) -> Result<Edit, TemplateError> {
        let mut body = &block.body;
        if ["aws_iam_role.", "aws_iam_user.", "aws_iam_group."]
            .iter()
            .any(|kind| id.starts_with(kind))
        {
            let mut inline = block.body.get_blocks("inline_policy");
            if let (Some(only), None, false) = (
                inline.next(),
                inline.next(),
                block.body.has_attribute("managed_policy_arns"),
            ) {
                body = &only.body;
            } else {
                let problem = format!("`{id}` does not hold one policy that could be replaced");
                return Err(self.error(
                    problem,
                    Some("name the policy instead, e.g. `main.tf#aws_iam_role_policy.NAME`"),
                ));
            }
        }
        let Some(attribute) = body.get_attribute("policy") else {
            return Err(self.error(format!("`{id}` has no `policy`"), None));
        };
        if let Some(document) = resource_of(&attribute.value)
            .filter(|name| name.starts_with("data.aws_iam_policy_document."))
            && self.uses(&document) == 1
            && fits_policy_document(&policy.document)
            && let Ok(block) = self.block(&document)
        {
            return Ok(self.data_source(block, policy, stack));
        }
        let span = attribute.value.span().unwrap_or_default();
        let written = self.source.text.get(span.clone()).unwrap_or_default();
        if written.starts_with("file(") || written.starts_with("templatefile(") {
            return Err(self.error(
                format!("the policy of `{id}` stands in a file of its own"),
                Some("write to that file"),
            ));
        }
        let start = attribute.key.span().unwrap_or_default().start;
        let margin = style::margin(self.source.text, start);
        let tree = policy_tree(&policy.document, stack, &policy.comments);
        let text = match &attribute.value {
            Expression::HeredocTemplate(heredoc) => {
                let is_indented = written.starts_with("<<-");
                heredoc_text(
                    &tree,
                    heredoc.delimiter.as_str(),
                    is_indented.then_some(margin),
                )
            }
            _ => format!("jsonencode({})", hcl_value(&tree, margin.len())),
        };
        Ok(Edit { bytes: span, text })
    }

    /// How often the module refers to a data source.
    fn uses(&self, document: &str) -> usize {
        let texts = std::iter::once(self.source.text)
            .chain(self.source.siblings.iter().map(String::as_str));
        let ends = |rest: &str| {
            !rest.starts_with(|next: char| {
                next.is_ascii_alphanumeric() || next == '_' || next == '-'
            })
        };
        texts
            .map(|text| {
                text.split(document)
                    .skip(1)
                    .filter(|rest| ends(rest))
                    .count()
            })
            .sum()
    }

    /// Reads the changed text again: all other blocks are as they were, and the policy is the one that was wanted.
    fn check(
        &self,
        changed: &str,
        (id, touched): (&str, &std::ops::Range<usize>),
        (policies, stack): (&[NewPolicy], &Stack),
    ) -> Result<(), TemplateError> {
        let fault =
            |problem: &str| self.error(format!("the policy cannot be put there: {problem}"), None);
        let after = parsed(self.name, changed)?;
        let texts = |body: &Body, text: &str| -> Vec<(std::ops::Range<usize>, String)> {
            let spans = body.blocks().map(|block| block.span().unwrap_or_default());
            spans
                .map(|span| (span.clone(), text.get(span).unwrap_or_default().to_owned()))
                .collect()
        };
        let (before, after) = (texts(self.body, self.source.text), texts(&after, changed));
        let is_same = before.len() == after.len()
            && before.iter().zip(&after).all(|((span, one), (_, other))| {
                let is_touched = span.start <= touched.start && touched.end <= span.end;
                is_touched || one == other
            });
        if !is_same {
            return Err(fault("other parts of the file would change"));
        }
        let known: Known = known(stack);
        let files = [(self.name.clone(), changed)];
        let template = terraform::read(&files, &known)?;
        let subject = template
            .subject(id)
            .ok_or_else(|| fault("it is no longer found"))?;
        holds(subject, policies).map_err(|problem| fault(&problem))
    }
}

/// A heredoc with a policy; with a margin it is of the kind that takes its indentation away.
fn heredoc_text(tree: &Tree, delimiter: &str, margin: Option<&str>) -> String {
    let style = JsonStyle {
        step: Some("  ".to_owned()),
        line_end: "\n",
    };
    match margin {
        Some(margin) => {
            let indent = format!("{margin}  ");
            let json = heredoc_value(tree, &indent, &style);
            format!("<<-{delimiter}\n{indent}{json}\n{margin}{delimiter}")
        }
        None => format!(
            "<<{delimiter}\n{}\n{delimiter}",
            heredoc_value(tree, "", &style)
        ),
    }
}
