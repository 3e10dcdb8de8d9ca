//! What of a policy is the stack's own: its account, its region, its partition.

use std::collections::BTreeSet;

use crate::arn::Arn;
use crate::policy::{Document, ResourceElement, Statement};
use crate::template::text::{ACCOUNT, PARTITION, Part, REGION, Text};

/// Where the stack of a policy lies. What is empty is replaced by nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stack {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The partition.
    pub partition: String,
}

/// Condition keys whose values are account ids.
const ACCOUNT_KEYS: [&str; 4] = [
    "aws:sourceaccount",
    "aws:resourceaccount",
    "aws:principalaccount",
    "kms:calleraccount",
];

impl Stack {
    /// A stack of which nothing is known, so that everything is written as it is.
    pub fn unknown() -> Self {
        Self::default()
    }

    /// The stack of a role: its account and partition, and the region if the policies name only one.
    pub fn of<'d>(role_arn: &str, documents: impl IntoIterator<Item = &'d Document>) -> Self {
        let mut regions = BTreeSet::new();
        let statements = documents
            .into_iter()
            .flat_map(|document| &document.statements);
        for statement in statements {
            regions.extend(
                texts(statement).filter_map(|text| Some(Arn::parse(text)?.region.to_owned())),
            );
        }
        regions.remove("");
        let region = match (regions.len(), regions.pop_first()) {
            (1, Some(region)) if is_name(&region) => region,
            _ => String::new(),
        };
        let arn = Arn::parse(role_arn);
        let account = arn
            .map(|arn| arn.account)
            .filter(|account| is_name(account));
        Self {
            account: account.unwrap_or_default().to_owned(),
            region,
            partition: arn.map(|arn| arn.partition).unwrap_or_default().to_owned(),
        }
    }

    /// Writes a resource: in an ARN, partition, region and account are references where they are the stack's.
    pub fn text(&self, pattern: &str) -> Text {
        let Some(arn) = Arn::parse(pattern) else {
            return Text::literal(pattern);
        };
        let field = |value: &str, own: &str, name: &str| {
            if !own.is_empty() && value == own {
                Part::Reference(name.to_owned())
            } else {
                Part::Literal(value.to_owned())
            }
        };
        let colon = || Part::Literal(":".to_owned());
        Text::from_parts([
            Part::Literal("arn:".to_owned()),
            field(arn.partition, &self.partition, PARTITION),
            colon(),
            Part::Literal(arn.service.to_owned()),
            colon(),
            field(arn.region, &self.region, REGION),
            colon(),
            field(arn.account, &self.account, ACCOUNT),
            colon(),
            Part::Literal(arn.resource.to_owned()),
        ])
    }

    /// Writes a value of a condition.
    pub fn value(&self, key: &str, value: &str) -> Text {
        let key = key.to_ascii_lowercase();
        if !self.account.is_empty() && value == self.account && ACCOUNT_KEYS.contains(&key.as_str())
        {
            return Text::reference(ACCOUNT);
        }
        if self.region.is_empty() {
            return self.text(value);
        }
        if key == "aws:requestedregion" && value == self.region {
            return Text::reference(REGION);
        }
        // `sqs.eu-central-1.amazonaws.com`
        let via = value
            .strip_suffix(".amazonaws.com")
            .and_then(|rest| rest.split_once('.'));
        match via {
            Some((service, region)) if key == "kms:viaservice" && region == self.region => {
                Text::from_parts([
                    Part::Literal(format!("{service}.")),
                    Part::Reference(REGION.to_owned()),
                    Part::Literal(".amazonaws.com".to_owned()),
                ])
            }
            _ => self.text(value),
        }
    }
}

/// A name without wildcards or variables.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn texts(statement: &Statement) -> impl Iterator<Item = &str> {
    let resources = statement
        .resource
        .iter()
        .flat_map(ResourceElement::patterns);
    let values = statement
        .conditions
        .values()
        .flat_map(|keys| keys.values().flatten());
    resources.chain(values).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_the_stacks_own_is_a_reference() {
        let stack = Stack {
            account: "111122223333".to_owned(),
            region: "eu-central-1".to_owned(),
            partition: "aws".to_owned(),
        };
        let shown = |text: Text| text.to_string();
        assert_eq!(
            shown(stack.text("arn:aws:sqs:eu-central-1:111122223333:q-111122223333")),
            "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:q-111122223333"
        );
        assert_eq!(
            shown(stack.text("arn:aws:sqs:us-east-1:999999999999:q")),
            "arn:${AWS::Partition}:sqs:us-east-1:999999999999:q"
        );
        assert_eq!(shown(stack.text("*")), "*");
        assert_eq!(
            shown(stack.value("aws:SourceAccount", "111122223333")),
            "${AWS::AccountId}"
        );
        assert_eq!(
            shown(stack.value("s3:prefix", "111122223333")),
            "111122223333"
        );
        assert_eq!(
            shown(stack.value("kms:ViaService", "sqs.eu-central-1.amazonaws.com")),
            "sqs.${AWS::Region}.amazonaws.com"
        );
    }
}
