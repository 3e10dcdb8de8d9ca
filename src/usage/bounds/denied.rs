//! Bounds what is kept of denied calls that differ in names without end: a call for each of a million objects may be refused.
//!
//! Calls of one operation that were refused alike and lack a permission below the same parents are one family. A family of too many
//! becomes one call, on all that lies below the parents; what comes of it later joins it.

use std::collections::{BTreeMap, BTreeSet};

use super::parent_start;
use crate::mapping::{Access, Scope};
use crate::usage::denial;
use crate::usage::evidence::Evidence;
use crate::usage::role::{DeniedCall, RoleUsage};
use crate::usage::small_map::SmallMap;

impl RoleUsage {
    /// What denied calls had asked for that were too many to be kept one by one: all that lies below a parent.
    pub fn denied_below_parents(&self) -> impl Iterator<Item = &Access> {
        let accesses = self.denied.keys().flat_map(|call| &call.accesses);
        // A star of a name is escaped, and mapping writes one in a name's place only where it is told to be unknown.
        accesses.filter(|access| {
            let name = parent_start(access).and_then(|start| access.resource.get(start..));
            access.scope == Scope::Exact && name == Some("*")
        })
    }
}

/// Cuts the names of families of more than so many.
pub(in crate::usage) fn bound_denied(denied: &mut SmallMap<DeniedCall, Evidence>, most: usize) {
    let families: Vec<Option<DeniedCall>> = denied.keys().map(family_of).collect();
    let mut sizes: BTreeMap<&DeniedCall, usize> = BTreeMap::new();
    for (call, family) in denied.keys().zip(&families) {
        if let Some(family) = family {
            let is_cut = call == family;
            let size = sizes.entry(family).or_default();
            *size = size.saturating_add(if is_cut { usize::MAX } else { 1 });
        }
    }
    let many = sizes.into_iter().filter(|(_, size)| *size > most);
    let many: BTreeSet<DeniedCall> = many.map(|(family, _)| family.clone()).collect();
    if many.is_empty() {
        return;
    }
    let mut joined = families
        .iter()
        .map(|family| family.as_ref().and_then(|family| many.get(family)));
    // Each call has its family in the same order.
    let mut of_many = Vec::new();
    let members = denied.take_out(|_| {
        let family = joined.next().flatten();
        of_many.extend(family);
        family.is_some()
    });
    for (family, (_, evidence)) in of_many.into_iter().zip(members) {
        denied.update(family.clone(), |known| known.merge(evidence));
    }
}

/// The call that a family becomes; `None` if nothing about the call is open-ended.
fn family_of(call: &DeniedCall) -> Option<DeniedCall> {
    let starts = call.accesses.iter().map(parent_start);
    let starts: Vec<Option<usize>> = starts.collect();
    starts.iter().flatten().next()?;
    let mut family = DeniedCall {
        message: denial::without_resource(&call.message),
        ..call.clone()
    };
    for (access, start) in family.accesses.iter_mut().zip(starts) {
        if let Some(start) = start {
            let parent = access.resource.get(..start).unwrap_or_default();
            access.resource = format!("{parent}*").into();
        }
    }
    family.accesses.sort();
    family.accesses.dedup();
    Some(family)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::mapping::{AccessConditions, Reason};
    use crate::name::Name;
    use crate::usage::OperationName;

    fn call(action: &str, resource: &str, message: &str) -> DeniedCall {
        DeniedCall {
            operation: Arc::new(OperationName {
                source: "s3.amazonaws.com".into(),
                name: "GetObject".into(),
            }),
            code: "AccessDenied".into(),
            message: message.to_owned(),
            accesses: vec![Access {
                action: action.into(),
                resource: resource.into(),
                scope: Scope::Exact,
                reason: Reason::Operation,
                conditions: AccessConditions::default(),
                rule: Name::default(),
            }],
        }
    }

    fn of_object(number: usize) -> DeniedCall {
        let object = format!("arn:aws:s3:::b/in/{number}");
        let message = format!(
            "User: arn:aws:sts::1:assumed-role/app is not authorized to perform: s3:GetObject on resource: \"{object}\" because no identity-based policy allows the s3:GetObject action"
        );
        call("s3:GetObject", &object, &message)
    }

    fn once() -> Evidence {
        Evidence {
            count: 1,
            ..Evidence::default()
        }
    }

    #[test]
    fn a_family_of_too_many_is_one_call_in_whatever_order_they_come() {
        let others = [
            call("s3:GetObject", "arn:aws:s3:::c/in/0", "Access Denied"),
            call("s3:ListBucket", "arn:aws:s3:::b", "Access Denied"),
        ];
        let bounded = |steps: &[&[usize]]| {
            let mut denied: SmallMap<_, _> =
                others.iter().map(|call| (call.clone(), once())).collect();
            for step in steps {
                for number in *step {
                    denied.update(of_object(*number), |known| known.merge(once()));
                }
                bound_denied(&mut denied, 3);
            }
            denied
        };
        let all = bounded(&[&[1, 2, 3, 4, 5]]);
        assert_eq!(all.len(), 3);
        let family = call(
            "s3:GetObject",
            "arn:aws:s3:::b/*",
            "User: arn:aws:sts::1:assumed-role/app is not authorized to perform: s3:GetObject because no identity-based policy allows the s3:GetObject action",
        );
        assert_eq!(all.get(&family).unwrap().count, 5);
        assert!(others.iter().all(|call| all.get(call).is_some()));
        for steps in [
            &[&[5, 4][..], &[3, 2, 1]][..],
            &[&[1, 2, 3, 4], &[5]],
            &[&[3, 1, 2], &[5], &[4]],
        ] {
            assert_eq!(bounded(steps), all);
        }
        assert_eq!(bounded(&[&[1, 2, 3]]).len(), 5, "few are kept");
    }
}
