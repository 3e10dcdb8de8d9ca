//! The places of a record where the resources of one type are looked for.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::arn::Arn;
use crate::catalog::Suffix;
use crate::catalog::format::holes;
use crate::pattern::escape_literal;
use crate::trail::EventResource;

use super::Scope;
use super::call::Call;
use super::rows::{Kind, ROWS_MAX, Rows, Source, raw_values, rows, whole_arns};
use super::target::{Form, Target};

/// How deep parameters are searched for ARNs that no binding names.
const SEARCH_DEPTH_MAX: usize = 8;

/// A search for the resources of one type.
pub(super) struct Look<'l, 'a> {
    pub(super) call: &'l Call<'a>,
    pub(super) kind: Kind<'a>,
    pub(super) forms: Vec<Form<'a>>,
    pub(super) suffix: Option<&'a Suffix>,
}

impl<'a> Look<'_, 'a> {
    /// What bindings find in full.
    pub(super) fn by_parameters(&self, sources: &[Source<'a>]) -> Vec<Target> {
        if sources.iter().all(|source| source.bindings.is_empty()) {
            return Vec::new();
        }
        let mut targets: Vec<Target> = Vec::new();
        for source in sources {
            for (arn, place) in whole_arns(self.call, self.kind, *source) {
                targets.push(Target::of_arn(&arn, self.suffix, place));
            }
            if !targets.is_empty() {
                break;
            }
        }
        if targets.len() >= ROWS_MAX {
            return Vec::new();
        }
        let whole = self.filled(sources);
        // The form with the most parts says the most; of two with the same number, the first listed is meant, with those that
        // have the same parts.
        let parts = |form: &Form<'a>| holes(form.arn).collect::<BTreeSet<_>>();
        let best = whole
            .iter()
            .rev()
            .map(|(form, _)| parts(form))
            .max_by_key(BTreeSet::len);
        for (form, rows) in &whole {
            if Some(parts(form)) == best && !rows.is_full() {
                targets.extend(self.written(*form, rows));
            }
        }
        targets
    }

    /// The templates that bindings fill in full. One without placeholders says nothing of the record.
    fn filled(&self, sources: &[Source<'a>]) -> Vec<(Form<'a>, Rows<'a>)> {
        let filled = self
            .forms
            .iter()
            .map(|form| (*form, rows(self.call, self.kind, form.arn, sources)));
        filled
            .filter(|(_, rows)| rows.is_whole && !rows.paths.is_empty())
            .collect()
    }

    fn written(&self, form: Form<'_>, rows: &Rows<'_>) -> Vec<Target> {
        let rule = rows.paths.join(", ");
        let write = |row| Target::of_parts(self.call, form, row, self.suffix, rule.clone());
        rows.iter().map(write).collect()
    }

    /// What AWS wrote into `resources[]`.
    pub(super) fn by_resources(&self) -> Vec<Target> {
        let mut targets = Vec::new();
        for resource in &self.call.event.resources {
            if let Some(arn) = resource.arn.as_deref()
                && self.kind.holds(arn)
                && self.is_plausible(arn, resource)
            {
                let rule = "resources[]".to_owned();
                targets.push(Target::of_arn(arn, self.suffix, rule));
            }
        }
        targets
    }

    /// Says whether `resources[]` holds what is not to be believed.
    pub(super) fn lists_elsewhere(&self) -> bool {
        let listed = self.call.event.resources.iter();
        let arns = listed.filter_map(|one| Some((one.arn.as_deref()?, one)));
        let mut own = arns.filter(|(arn, _)| self.kind.holds(arn));
        own.any(|(arn, resource)| !self.is_plausible(arn, resource))
    }

    /// A resource elsewhere than the call counts only if AWS says whose it is, or the caller asked for it.
    fn is_plausible(&self, arn: &str, resource: &EventResource) -> bool {
        let Some(parsed) = Arn::parse(arn) else {
            return false;
        };
        let call = self.call;
        let recipient = call.event.recipient_account.as_deref();
        let owners = [
            call.account,
            recipient,
            resource.account.as_deref(),
            Some("aws"),
        ];
        let is_owned = parsed.account.is_empty() || owners.contains(&Some(parsed.account));
        let is_near = parsed.region.is_empty() || call.region == Some(parsed.region);
        let is_here = parsed.partition == call.partition && is_owned && is_near;
        is_here || self.arns_in_request().contains(&arn)
    }

    /// ARNs of the type anywhere in the parameters.
    pub(super) fn by_search(&self) -> Vec<Target> {
        let mut arns = self.arns_in_request();
        if arns.len() >= ROWS_MAX {
            return Vec::new();
        }
        arns.retain(|arn| self.kind.holds(arn));
        let rule = "an ARN in requestParameters";
        let write = |arn: &str| Target::of_arn(arn, self.suffix, rule.to_owned());
        arns.into_iter().map(write).collect()
    }

    fn arns_in_request(&self) -> Vec<&'a str> {
        let mut found = Vec::new();
        search(&self.call.event.request, 0, &mut found);
        found
    }

    /// What is left when nothing names the resource: the narrowest patterns that hold it, and whether the record names at
    /// least the resource's parent.
    pub(super) fn in_part(&self, sources: &[Source<'a>], reason: &str) -> (Vec<Target>, bool) {
        let mut targets = self.by_prefix();
        let mut is_part = !targets.is_empty();
        if is_part {
            return (targets, is_part);
        }
        for form in &self.forms {
            let rows = rows(self.call, self.kind, form.arn, sources);
            is_part |= rows.binds_first && !rows.is_full();
            if rows.is_full() {
                targets.push(self.of_type(*form, "the request names too many"));
            } else if rows.paths.is_empty() {
                // Whose resource it is may be known though the resource is not: an alias of another account's key.
                let rule = self.rule_of_type(*form, reason);
                let write =
                    |row| Target::of_parts(self.call, *form, row, self.suffix, rule.clone());
                targets.extend(rows.iter().map(write));
            } else {
                targets.extend(self.written(*form, &rows));
            }
        }
        (targets, is_part)
    }

    /// The pattern of the type alone.
    pub(super) fn of_type(&self, form: Form<'_>, reason: &str) -> Target {
        let rule = self.rule_of_type(form, reason);
        Target::of_parts(self.call, form, &Vec::new(), self.suffix, rule)
    }

    fn rule_of_type(&self, form: Form<'_>, reason: &str) -> String {
        let is_pattern = form.unscoped.is_some() && holes(form.arn).next().is_none();
        if is_pattern {
            self.kind.name.to_owned()
        } else {
            format!("{} {reason}", self.kind.name)
        }
    }

    /// Says whether a parameter that may name a resource of this type names one of another type.
    pub(super) fn is_named_otherwise(&self, sources: &[Source<'a>]) -> bool {
        let mut arns = sources
            .iter()
            .flat_map(|source| raw_values(self.call, self.kind, *source));
        arns.any(|arn| Arn::parse(&arn).is_some() && !self.kind.holds(&arn))
    }

    /// What `resources[]` says of listings: only how the ARNs begin.
    fn by_prefix(&self) -> Vec<Target> {
        let mut targets = Vec::new();
        for resource in &self.call.event.resources {
            if let Some(start) = resource.arn_prefix.as_deref()
                && self.kind.holds(&format!("{start}x"))
                && self.is_plausible(start, resource)
            {
                targets.push(Target {
                    resource: format!("{}*", escape_literal(start)),
                    scope: Scope::Unscoped,
                    rule: "resources[] has only the prefix".to_owned(),
                });
            }
        }
        targets
    }
}

fn search<'a>(value: &'a Value, depth: usize, found: &mut Vec<&'a str>) {
    if depth > SEARCH_DEPTH_MAX || found.len() >= ROWS_MAX {
        return;
    }
    match value {
        Value::String(text) if Arn::parse(text).is_some() && !found.contains(&text.as_str()) => {
            found.push(text);
        }
        Value::Array(values) => {
            for value in values {
                search(value, depth + 1, found);
            }
        }
        Value::Object(members) => {
            for value in members.values() {
                search(value, depth + 1, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_are_searched_for_so_deep_and_no_deeper() {
        let arn = "arn:aws:sns:eu-west-1:111122223333:t";
        let found = |depth: usize| {
            let text = format!("{}\"{arn}\"{}", "[".repeat(depth), "]".repeat(depth));
            let value: Value = serde_json::from_str(&text).unwrap();
            let mut found = Vec::new();
            search(&value, 0, &mut found);
            found.len()
        };
        assert_eq!(found(SEARCH_DEPTH_MAX), 1);
        assert_eq!(found(SEARCH_DEPTH_MAX + 1), 0);
    }
}
