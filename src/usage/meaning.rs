//! What calls that are alike come to, apart from who made them: found once, and noted for every caller.

use std::sync::Arc;

use super::bounds::Parent;
use super::calls::Calls;
use super::circumstances;
use super::evidence::Evidence;
use super::platform;
use super::role::OperationName;
use super::runtime::{self, Configured, RuntimeSighting};
use crate::catalog::{Catalog, PlatformRule};
use crate::mapping::{self, Access, Mapped, Status};
use crate::trail::{Event, RoleName, Session};

/// What an event tells, whoever made the call.
#[derive(Debug)]
pub(super) struct Meaning {
    pub(super) operation: Arc<OperationName>,
    /// What a data event was about.
    pub(super) place: Option<String>,
    /// The rule about what a platform does.
    pub(super) rule: Option<&'static PlatformRule>,
    pub(super) status: Status,
    pub(super) notes: Vec<String>,
    /// What it needed.
    pub(super) needs: Vec<Needed>,
    /// Says whether the session's name tells something of what runs under the role.
    pub(super) is_by_session: bool,
    /// A role that a service assumed.
    pub(super) assumed: Option<Box<(RoleName, RuntimeSighting)>>,
    /// The units that it set up.
    pub(super) configured: Vec<Configured>,
}

/// What mapping finds of an event. It does not depend on the client, nor on how the call ended unless the request is hidden.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Core {
    /// What a data event was about.
    pub(super) place: Option<String>,
    pub(super) status: Status,
    pub(super) notes: Vec<String>,
    /// What it needed.
    pub(super) needs: Vec<Needed>,
}

impl Core {
    pub(super) fn of(event: &Event, catalog: &Catalog) -> Self {
        Self::mapped(event, mapping::map(event, catalog))
    }

    /// What a call tells whose caller is not asked for: nothing of what it needed.
    pub(super) fn of_bystander(event: &Event) -> Self {
        let nothing = Mapped {
            status: Status::NotAnApiCall,
            accesses: Vec::new(),
            notes: Vec::new(),
        };
        Self::mapped(event, nothing)
    }

    fn mapped(event: &Event, mapped: Mapped) -> Self {
        let need = |access: Access| Needed {
            owner: circumstances::owner(event, &access),
            access,
        };
        Self {
            place: event.data_place(),
            status: mapped.status,
            notes: mapped.notes,
            needs: mapped.accesses.into_iter().map(need).collect(),
        }
    }
}

/// An access, and the account that owns its resource, as far as the record tells.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Needed {
    pub(super) access: Access,
    pub(super) owner: Option<String>,
}

impl Meaning {
    pub(super) fn of(event: &Event, catalog: &Catalog) -> Self {
        Self::with(Core::of(event, catalog), event, catalog)
    }

    /// The meaning of an event that is mapped already.
    pub(super) fn with(core: Core, event: &Event, catalog: &Catalog) -> Self {
        Self {
            rule: platform::rule(event, catalog),
            is_by_session: runtime::is_session_told(event, catalog),
            ..Self::with_bystander(core, event, catalog)
        }
    }

    /// The meaning of a call whose caller is not asked for.
    pub(super) fn with_bystander(core: Core, event: &Event, catalog: &Catalog) -> Self {
        Self {
            operation: Arc::new(OperationName {
                source: event.source.as_str().into(),
                name: event.name.as_str().into(),
            }),
            place: core.place,
            rule: None,
            status: core.status,
            notes: core.notes,
            needs: core.needs,
            is_by_session: false,
            assumed: runtime::assumed_by_service(event, catalog).map(Box::new),
            configured: runtime::configured(event, catalog),
        }
    }
}

/// Calls that are alike, made by one principal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alike<'a> {
    /// What they have in common; its caller may be any of those alike, and names in it may be others'.
    pub(super) event: &'a Event,
    pub(super) meaning: &'a Meaning,
    pub(super) calls: &'a Calls,
    pub(super) principal: Option<&'a RoleName>,
    pub(super) session: Option<&'a Session>,
    /// Says whether the session's name may tell something of what runs under the role.
    pub(super) is_session_told: bool,
    /// The signs of runtimes that only the session has to bear out, where they are known.
    pub(super) signs: Option<&'a [u16]>,
    /// What the data events were about.
    pub(super) place: Option<&'a str>,
    /// The error message, where it is not the event's.
    pub(super) message: Option<&'a str>,
    /// What all of them needed.
    pub(super) needs: &'a [Needed],
    /// What those of each name needed beside, where they differ in an open-ended name.
    pub(super) named: &'a [Named],
    /// The parents whose names are cut.
    pub(super) cut: &'a [Parent],
}

/// What the calls about one open-ended name needed.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) needs: Vec<Needed>,
    pub(super) evidence: Evidence,
}

impl<'a> Alike<'a> {
    /// Calls that have all in common.
    pub(super) fn of(event: &'a Event, meaning: &'a Meaning, calls: &'a Calls) -> Self {
        Self {
            event,
            meaning,
            calls,
            principal: event.caller.principal(),
            session: event.caller.session.as_ref(),
            is_session_told: true,
            signs: None,
            place: meaning.place.as_deref(),
            message: None,
            needs: &meaning.needs,
            named: &[],
            cut: &[],
        }
    }
}
