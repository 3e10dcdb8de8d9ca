//! What CloudTrail shows of an operation, and so of an action: nothing can be called unused that would not have shown.

use super::{Catalog, Service, Visibility};

impl Service {
    /// How CloudTrail records an operation of this service.
    ///
    /// What is listed nowhere is a management event if the API has such an operation, and unknown if not.
    pub fn visibility(&self, operation: &str) -> Visibility {
        let listed = self
            .exceptions
            .get(operation)
            .and_then(|exception| exception.visibility.clone());
        let is_operation = || self.operations.iter().any(|known| known == operation);
        listed.unwrap_or_else(|| {
            if is_operation() {
                Visibility::Management
            } else {
                Visibility::Unknown
            }
        })
    }
}

impl Catalog {
    /// How CloudTrail would record a use of a full action: as the most visible of the operations that need it.
    pub fn visibility_of_action(&self, action: &str) -> Visibility {
        let Some((service, name, _)) = self.action(action) else {
            return Visibility::Unknown;
        };
        let needs_it = |operation: &super::Operation| {
            operation
                .needs
                .iter()
                .chain(&operation.also)
                .any(|need| need.action.eq_ignore_ascii_case(action))
        };
        let excepted = service
            .exceptions
            .iter()
            .filter(|(_, operation)| needs_it(operation))
            .map(|(name, _)| name.as_str());
        let is_default = service
            .exceptions
            .get(name)
            .is_none_or(|operation| operation.needs.is_empty());
        let default = is_default.then_some(name);
        let most_visible = excepted
            .chain(default)
            .map(|operation| service.visibility(operation))
            .min_by_key(rank);
        most_visible.unwrap_or(Visibility::Unknown)
    }
}

/// The order from always seen to not known.
fn rank(visibility: &Visibility) -> usize {
    match visibility {
        Visibility::Management => 0,
        Visibility::Excludable => 1,
        Visibility::Data(_) => 2,
        Visibility::NeverLogged => 3,
        Visibility::Unknown => 4,
    }
}
