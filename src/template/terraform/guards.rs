//! The trust policy and the permissions boundary of a role of a module.

use hcl_edit::structure::Block;

use super::scope::{File, Scope};
use super::{Found, policy, text_of};
use crate::template::{Guard, Guards, TemplateError};

/// Reads both.
pub(super) fn read(
    scope: &Scope<'_>,
    (file, block): (&File<'_>, &Block),
) -> Result<Guards, TemplateError> {
    let attribute = |key: &str| block.body.get_attribute(key);
    let trust = attribute("assume_role_policy").map(|attribute| {
        let node = scope.evaluate(file, &attribute.value, 0);
        let mut guard = Guard::trust(&node);
        guard.place = file.place(attribute);
        guard
    });
    let boundary = attribute("permissions_boundary").map(|attribute| {
        let node = scope.evaluate(file, &attribute.value, 0);
        let own = text_of(&node).and_then(|text| {
            let mut names = text.references();
            let own = names.next()?.strip_suffix(".arn")?;
            let is_policy = own.starts_with("aws_iam_policy.") && text.parts().len() == 1;
            let (file, block) = scope.by_address.get(own).filter(|_| is_policy)?;
            Some((own.to_owned(), *file, *block))
        });
        let Some((own, own_file, own_block)) = own else {
            return Ok(Guard::named(&node));
        };
        let mut found = Found::default();
        policy(scope, (own_file, own_block), &own, &mut found)?;
        Ok(Guard::of_policy(&node, found.policies, found.unresolved))
    });
    Ok(Guards {
        trust,
        boundary: boundary.transpose()?,
    })
}
