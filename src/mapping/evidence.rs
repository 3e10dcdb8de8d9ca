//! What a record says about the resources of one type.

use serde_json::Value;

use crate::arn::Arn;
use crate::catalog::{Bindings, Need, Service, Suffix};
use crate::pattern::escape_literal;
use crate::trail::EventResource;

use super::Scope;
use super::call::Call;
use super::rows::{Kind, Rows, Source, rows, whole_arns};
use super::target::{Form, Target};
use crate::catalog::format::holes;

/// How deep parameters are searched for ARNs that no binding names.
const SEARCH_DEPTH_MAX: usize = 8;
/// Operations that make something whose id is not known before.
const MAKING_VERBS: [&str; 16] = [
    "Allocate",
    "Clone",
    "Copy",
    "Create",
    "Generate",
    "Import",
    "Issue",
    "Launch",
    "Provision",
    "Publish",
    "Purchase",
    "Register",
    "Request",
    "Restore",
    "Run",
    "Start",
];

/// Where the parts of ARNs are looked for: the need's own bindings, then the operation's, then the service's.
pub(super) struct Sources<'a> {
    own: Source<'a>,
    shared: Vec<Source<'a>>,
    is_making: bool,
}

impl<'a> Sources<'a> {
    /// `service` is absent when the action belongs to another service than the operation: its bindings mean other requests.
    pub(super) fn new(call: &Call<'_>, need: &'a Need, service: Option<&'a Service>) -> Self {
        let is_making = MAKING_VERBS.iter().any(|verb| call.name.starts_with(verb));
        let of_operation = service.and_then(|it| it.bindings_by_operation.get(call.name));
        let bindings = of_operation
            .into_iter()
            .chain(service.map(|it| &it.bindings));
        let shared = bindings.map(|bindings: &Bindings| Source {
            bindings,
            trusts_response: !is_making,
        });
        Self {
            own: Source {
                bindings: &need.bindings,
                trusts_response: true,
            },
            shared: shared.collect(),
            is_making,
        }
    }

    /// Why a resource has no name.
    fn reason(&self) -> &'static str {
        if self.is_making {
            "made by this call, or not named in the record"
        } else {
            "not named in the record"
        }
    }

    fn all(&self) -> Vec<Source<'a>> {
        let mut all = vec![self.own];
        all.extend(&self.shared);
        all
    }
}

/// What was found for one resource type.
pub(super) struct Evidence {
    /// The resources; by their pattern if the record does not name them.
    pub(super) targets: Vec<Target>,
    /// Says whether the record names the resources.
    pub(super) is_named: bool,
    /// Says whether it names at least a part of them, such as the bucket of an object.
    pub(super) is_part: bool,
}

impl Evidence {
    fn named(targets: Vec<Target>) -> Self {
        Self {
            targets,
            is_named: true,
            is_part: true,
        }
    }
}

/// Looks for the resources of one type.
pub(super) fn gather<'a>(
    call: &Call<'a>,
    kind: Kind<'a>,
    need: &'a Need,
    action: &str,
    sources: &Sources<'a>,
) -> Evidence {
    let suffix = kind.facts.suffix.as_ref();
    let look = Look {
        call,
        kind,
        forms: forms(kind, need),
        suffix: suffix.filter(|it| !it.except_actions.iter().any(|name| name == action)),
    };
    let own = [sources.own];
    let steps: [&dyn Fn() -> Vec<Target>; 4] = [
        &|| look.by_parameters(&own),
        &|| look.by_resources(),
        &|| look.by_parameters(&sources.all()),
        &|| look.by_search(),
    ];
    for step in steps {
        let targets = step();
        if !targets.is_empty() {
            return Evidence::named(targets);
        }
    }
    look.in_part(sources)
}

/// How resources of the type are written when their parts are known.
fn forms<'a>(kind: Kind<'a>, need: &'a Need) -> Vec<Form<'a>> {
    let mut own = need.templates.iter();
    let own = own.find(|(name, _)| name.eq_ignore_ascii_case(kind.name));
    let templates = own.map_or(&kind.facts.templates, |(_, templates)| templates);
    let of_templates = templates.iter().map(|template| Form {
        arn: &template.arn,
        unscoped: template.unscoped.as_deref(),
    });
    if !templates.is_empty() {
        return of_templates.collect();
    }
    let formats = kind.facts.arns.iter().map(|arn| Form {
        arn,
        unscoped: None,
    });
    formats.collect()
}

/// A search for the resources of one type.
struct Look<'l, 'a> {
    call: &'l Call<'a>,
    kind: Kind<'a>,
    forms: Vec<Form<'a>>,
    suffix: Option<&'a Suffix>,
}

impl<'a> Look<'_, 'a> {
    /// What bindings find in full.
    fn by_parameters(&self, sources: &[Source<'a>]) -> Vec<Target> {
        let mut targets: Vec<Target> = Vec::new();
        for source in sources {
            for named in whole_arns(self.call, self.kind, *source) {
                targets.push(Target::of_arn(&named.arn, self.suffix, named.path));
            }
            if !targets.is_empty() {
                break;
            }
        }
        let whole = self.filled(sources);
        let most = whole.iter().map(|(form, _)| holes(form.arn).count()).max();
        for (form, rows) in &whole {
            if Some(holes(form.arn).count()) == most && !rows.is_full() {
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
    fn by_resources(&self) -> Vec<Target> {
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
    fn by_search(&self) -> Vec<Target> {
        let mut arns = self.arns_in_request();
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

    /// What is left when nothing names the resource: the narrowest pattern that holds it.
    fn in_part(&self, sources: &Sources<'a>) -> Evidence {
        let all = sources.all();
        let mut targets = self.by_prefix();
        let is_listed = !targets.is_empty();
        let mut is_part = is_listed;
        for form in &self.forms {
            if is_listed {
                break;
            }
            let rows = rows(self.call, self.kind, form.arn, &all);
            is_part |= rows.binds_first && !rows.is_full();
            if rows.is_full() {
                targets.push(self.of_type(*form, "the request names too many"));
            } else if rows.paths.is_empty() {
                targets.push(self.of_type(*form, sources.reason()));
            } else {
                targets.extend(self.written(*form, &rows));
            }
        }
        Evidence {
            targets,
            is_named: false,
            is_part,
        }
    }

    fn of_type(&self, form: Form<'_>, reason: &str) -> Target {
        let rule = format!("{} {reason}", self.kind.name);
        let empty = Vec::new();
        let target = Target::of_parts(self.call, form, &empty, self.suffix, rule);
        Target {
            scope: if holes(form.arn).next().is_some() {
                Scope::Unscoped
            } else {
                target.scope
            },
            ..target
        }
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
    if depth > SEARCH_DEPTH_MAX || found.len() >= super::rows::ROWS_MAX {
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
