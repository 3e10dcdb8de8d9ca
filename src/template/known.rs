//! What is known of the values that a template leaves open: what the user gave, and where the stack lies.

use std::collections::BTreeMap;

use super::Text;
use super::text::{ACCOUNT, PARTITION, Part, REGION};
use crate::arn::partition_of_region;

/// Values by the name of the reference, e.g. `AWS::AccountId`, `Stage`, `var.bucket` or `Table.Arn`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    values: BTreeMap<String, String>,
}

impl Known {
    /// Reads `NAME=VALUE`.
    ///
    /// # Errors
    ///
    /// If there is no name or no `=`.
    pub fn parse<'a>(pairs: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut known = Self::default();
        for pair in pairs {
            let (name, value) = pair
                .split_once('=')
                .filter(|(name, _)| !name.is_empty())
                .ok_or_else(|| format!("expected `NAME=VALUE`, found `{pair}`"))?;
            known.values.insert(name.to_owned(), value.to_owned());
        }
        Ok(known)
    }

    /// Adds a value, unless one is there.
    pub fn add(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.values
                .entry(name.to_owned())
                .or_insert_with(|| value.to_owned());
        }
    }

    /// Adds where the stack lies; the partition follows from the region.
    pub fn add_stack(&mut self, account: &str, region: Option<&str>, partition: Option<&str>) {
        self.add(ACCOUNT, account);
        if let Some(region) = region {
            self.add(REGION, region);
        }
        if let Some(partition) = partition {
            self.add(PARTITION, partition);
        }
    }

    /// Finds a value.
    pub fn get(&self, name: &str) -> Option<&str> {
        if let Some(value) = self.values.get(name) {
            return Some(value);
        }
        match name {
            PARTITION => self
                .values
                .get(REGION)
                .map(|region| partition_of_region(region)),
            "AWS::URLSuffix" => self.get(PARTITION).map(|partition| {
                if partition == "aws-cn" {
                    "amazonaws.com.cn"
                } else {
                    "amazonaws.com"
                }
            }),
            _ => None,
        }
    }

    /// The text of a reference: its value if it is known, else a hole.
    pub(super) fn text(&self, name: &str) -> Text {
        match self.get(name) {
            Some(value) => Text::literal(value),
            None => Text::reference(name),
        }
    }

    /// Fills the holes of a text that are known.
    pub(super) fn fill(&self, text: &Text) -> Text {
        let mut filled = Text::default();
        for part in text.parts() {
            match part {
                Part::Literal(_) => filled.push(part.clone()),
                Part::Reference(name) => filled.append(self.text(name)),
            }
        }
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_partition_follows_from_the_region() {
        let known = Known::parse(["AWS::Region=cn-north-1"]).unwrap();
        assert_eq!(known.get(PARTITION), Some("aws-cn"));
        assert_eq!(known.get("AWS::URLSuffix"), Some("amazonaws.com.cn"));
        assert_eq!(known.get(ACCOUNT), None);
        assert!(Known::parse(["=x"]).is_err());
        assert!(Known::parse(["x"]).is_err());
    }
}
