//! How an operation stands to IAM: what stats and tests count, told the same way as the mapping does.

use super::{Operation, Service};

/// How an operation stands to IAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It needs actions that exist.
    Mapped,
    /// AWS asks for no permission, or takes no IAM credentials for it.
    NoPermission,
    /// Its service is closed: no call can succeed any more.
    Closed,
    /// It needs a permission that is not known, for a reason that the catalog names.
    Unmapped,
}

impl Service {
    /// How an operation of this service stands to IAM.
    pub fn standing(&self, operation: &str) -> Standing {
        let entry = self.exceptions.get(operation);
        let has = |reason: fn(&Operation) -> bool| entry.is_some_and(reason);
        if has(|entry| entry.no_permission.is_some()) {
            Standing::NoPermission
        } else if has(|entry| entry.closed.is_some()) {
            Standing::Closed
        } else if has(|entry| !entry.needs.is_empty())
            || (self.action(operation).is_some() && !has(|entry| entry.unmapped.is_some()))
        {
            Standing::Mapped
        } else {
            Standing::Unmapped
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::{Catalog, Standing};

    #[test]
    fn operations_stand_in_four_ways() {
        let of = |prefix: &str, operation: &str| {
            let service = Catalog::bundled().service(prefix).unwrap();
            service.standing(operation)
        };
        assert_eq!(of("s3", "GetObject"), Standing::Mapped);
        assert_eq!(of("s3", "HeadObject"), Standing::Mapped);
        assert_eq!(of("sts", "GetCallerIdentity"), Standing::NoPermission);
        assert_eq!(of("cloudhsm", "CreateHapg"), Standing::Closed);
        assert_eq!(of("neptune-graph", "ExecuteQuery"), Standing::Unmapped);
    }
}
