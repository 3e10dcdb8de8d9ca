//! What a resource of the same template is called in AWS, where the template itself fixes its name.
//!
//! The table is `names.json`. Sources: the return values of `Ref` and `Fn::GetAtt` in the CloudFormation reference of each
//! type, and the ARN formats of the service authorization reference. A type is listed only if its ARN is its name and nothing
//! that AWS makes up.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::Text;
use super::text::Part;

/// One type of resource.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Naming {
    /// The property that names it.
    pub(super) name: String,
    /// A property with which the ARN is another.
    #[serde(default)]
    pub(super) unless: Option<String>,
    /// What `Ref` gives.
    #[serde(rename = "ref")]
    pub(super) reference: Gives,
    /// The attribute that holds the ARN.
    #[serde(default = "usual_attribute")]
    pub(super) attribute: String,
    /// The ARN.
    pub(super) arn: String,
    /// The same in Terraform.
    #[serde(default)]
    pub(super) terraform: Option<Terraform>,
}

/// One type of resource in Terraform.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Terraform {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) unless: Option<String>,
    /// The ARN, where it is another than CloudFormation's.
    #[serde(default)]
    pub(super) arn: Option<String>,
}

/// What a reference to a resource gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Gives {
    Name,
    Arn,
    None,
}

fn usual_attribute() -> String {
    "Arn".to_owned()
}

static TABLE: LazyLock<BTreeMap<String, Naming>> = LazyLock::new(|| {
    // A test reads the file; what it holds is fixed when the program is built.
    serde_json::from_str(include_str!("names.json")).unwrap_or_default()
});

/// Looks a CloudFormation type up.
pub(super) fn of_type(kind: &str) -> Option<&'static Naming> {
    TABLE.get(kind)
}

/// Looks a Terraform type up.
pub(super) fn of_terraform(kind: &str) -> Option<(&'static Naming, &'static Terraform)> {
    TABLE.values().find_map(|naming| {
        let terraform = naming.terraform.as_ref()?;
        (terraform.kind == kind).then_some((naming, terraform))
    })
}

/// Fills `${name}` in; what else stands in braces is a reference.
pub(super) fn filled(pattern: &str, name: &Text) -> Text {
    let mut text = Text::default();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        text.push(Part::Literal(before.to_owned()));
        let (inner, behind) = after.split_once('}').unwrap_or((after, ""));
        if inner == "name" {
            text.append(name.clone());
        } else {
            text.push(Part::Reference(inner.to_owned()));
        }
        rest = behind;
    }
    text.push(Part::Literal(rest.to_owned()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_each_arn_has_its_name() {
        assert!(TABLE.len() >= 14);
        for (kind, naming) in TABLE.iter() {
            let filled = filled(&naming.arn, &Text::literal("NAME")).to_string();
            assert!(
                filled.starts_with("arn:${AWS::Partition}:") && filled.contains("NAME"),
                "{kind}: {filled}"
            );
        }
        let (naming, terraform) = of_terraform("aws_sqs_queue").unwrap();
        assert_eq!(
            (naming.reference, terraform.name.as_str()),
            (Gives::None, "name")
        );
    }
}
