//! What a record says about the resources of one type.

use std::cell::OnceCell;

use crate::catalog::{Bindings, Need, OpenKind, OpenPart, Service};

use super::Scope;
use super::call::Call;
use super::look::Look;
use super::rows::{Kind, Source};
use super::target::{Form, Target};

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
        let is_making = is_making(call.name);
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
            "not named in the request, or made by it"
        } else {
            "not named in the record"
        }
    }

    fn all(&self) -> Vec<Source<'a>> {
        let mut all = vec![self.own];
        all.extend(&self.shared);
        all
    }

    /// All of them, but without what the answer says.
    fn of_request(&self) -> Vec<Source<'a>> {
        let of_request = self.shared.iter().map(|source| Source {
            trusts_response: false,
            ..*source
        });
        std::iter::once(self.own).chain(of_request).collect()
    }
}

/// Says whether an operation makes something whose id is not known before.
pub(super) fn is_making(operation: &str) -> bool {
    MAKING_VERBS.iter().any(|verb| operation.starts_with(verb))
}

/// What was found for one resource type.
pub(super) struct Evidence {
    /// The resources; by their pattern if the record does not name them.
    pub(super) targets: Vec<Target>,
    /// Says whether the record names the resources.
    pub(super) is_named: bool,
    /// Says whether it names at least a part of them, such as the bucket of an object.
    pub(super) is_part: bool,
    /// Says whether the parameter that would name them names something of another type.
    pub(super) is_named_otherwise: bool,
    /// Why `resources[]` was not believed.
    pub(super) doubt: Option<&'static str>,
}

/// `resources[]` names what lies in another partition, account or region than the call, and the caller did not name it.
const ELSEWHERE: &str = "`resources[]` names a resource of another account, region or partition than the call's; it was not believed";
/// `resources[]` and the parameters name two resources where there is one.
const CONTRADICTED: &str =
    "`resources[]` names another resource than the parameters do; the parameters were believed";

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
    if !need.resource_types_from.is_empty() {
        return made_by(&look);
    }
    let by_request = OnceCell::new();
    let named = || by_request.get_or_init(|| look.by_parameters(&sources.of_request()));
    let mut doubt = look.lists_elsewhere().then_some(ELSEWHERE);
    let own = look.by_parameters(&[sources.own]);
    let listed = if own.is_empty() {
        listed(&look, &named, &mut doubt)
    } else {
        Vec::new()
    };
    let all = sources.all();
    let with_answer = || {
        // The answer of what makes things counts in neither step.
        if sources.is_making {
            Vec::new()
        } else {
            look.by_parameters(&all)
        }
    };
    let steps: [&dyn Fn() -> Vec<Target>; 5] = [
        &|| own.clone(),
        &|| listed.clone(),
        &|| named().clone(),
        &with_answer,
        &|| look.by_search(),
    ];
    for step in steps {
        let targets = step();
        if !targets.is_empty() {
            return Evidence {
                targets,
                is_named: true,
                is_part: true,
                is_named_otherwise: false,
                doubt,
            };
        }
    }
    let (targets, is_part) = look.in_part(&all, sources.reason());
    Evidence {
        targets,
        is_named: false,
        is_part,
        is_named_otherwise: look.is_named_otherwise(&all),
        doubt,
    }
}

/// What `resources[]` names, unless it contradicts the parameters.
fn listed<'n>(
    look: &Look<'_, '_>,
    named: &dyn Fn() -> &'n Vec<Target>,
    doubt: &mut Option<&'static str>,
) -> Vec<Target> {
    let listed = look.by_resources();
    if !listed.is_empty() && are_contradicted(look, &listed, named()) {
        *doubt = Some(CONTRADICTED);
        return Vec::new();
    }
    listed
}

/// What a call makes is granted by its type.
fn made_by(look: &Look<'_, '_>) -> Evidence {
    let of_type = |form: &Form<'_>| look.of_type(*form, "made by this call");
    Evidence {
        targets: look.forms.iter().map(of_type).collect(),
        is_named: false,
        is_part: false,
        is_named_otherwise: false,
        doubt: None,
    }
}

/// Says whether the resources listed are others than the parameters name in full. A version or alias behind the name is none;
/// what lies below another name in a path, such as an object's key, is one.
fn are_contradicted(look: &Look<'_, '_>, listed: &[Target], named: &[Target]) -> bool {
    let open = OpenPart::of(&look.kind.service.prefix, look.kind.name);
    let is_path = open.is_some_and(|part| part.kind == OpenKind::Path);
    let is_within = |one: &str, other: &str, separators: &[char]| {
        let rest = one.strip_prefix(other);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(separators))
    };
    // Of what lies in a path only the parameters may name a version.
    let (of_listed, of_named): (&[char], &[char]) = if is_path {
        (&[], &[':'])
    } else {
        (&[':', '/'], &[':', '/'])
    };
    let agree = |one: &Target, other: &Target| {
        is_within(&one.resource, &other.resource, of_listed)
            || is_within(&other.resource, &one.resource, of_named)
    };
    let are_whole = named.iter().all(|one| one.scope == Scope::Exact);
    let any_agrees = || {
        listed
            .iter()
            .any(|one| named.iter().any(|other| agree(one, other)))
    };
    !listed.is_empty() && !named.is_empty() && are_whole && !any_agrees()
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
