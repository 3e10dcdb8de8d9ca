//! Texts that are kept by the million and not changed: those that many things have in common (names of actions and operations) are
//! kept once, those of one thing without room to grow.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that is shared by its copies.
pub type Name = Fixed<Arc<str>>;

/// A text of its own.
pub type Text = Fixed<Box<str>>;

/// A text that is not changed.
#[derive(Clone, Eq, PartialEq, PartialOrd, Ord, Hash)]
pub struct Fixed<P>(P);

impl<P: Deref<Target = str>> Fixed<P> {
    /// The text.
    pub fn as_str(&self) -> &str {
        self
    }
}

impl<P: Deref<Target = str>> Deref for Fixed<P> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<P: Deref<Target = str>> Borrow<str> for Fixed<P> {
    fn borrow(&self) -> &str {
        self
    }
}

impl<P: Deref<Target = str>> AsRef<str> for Fixed<P> {
    fn as_ref(&self) -> &str {
        self
    }
}

impl<P: for<'a> From<&'a str>> Default for Fixed<P> {
    fn default() -> Self {
        Self(P::from(""))
    }
}

impl<'a, P: From<&'a str>> From<&'a str> for Fixed<P> {
    fn from(text: &'a str) -> Self {
        Self(text.into())
    }
}

impl<P: From<String>> From<String> for Fixed<P> {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl<P: Deref<Target = str>> From<Fixed<P>> for String {
    fn from(text: Fixed<P>) -> Self {
        text.as_str().to_owned()
    }
}

impl<P: Deref<Target = str>> PartialEq<str> for Fixed<P> {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl<P: Deref<Target = str>> PartialEq<&str> for Fixed<P> {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl<P: Deref<Target = str>> PartialEq<String> for Fixed<P> {
    fn eq(&self, other: &String) -> bool {
        **self == **other
    }
}

impl<P: Deref<Target = str>> PartialEq<Fixed<P>> for String {
    fn eq(&self, other: &Fixed<P>) -> bool {
        **self == **other
    }
}

impl<P: Deref<Target = str>> fmt::Debug for Fixed<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

impl<P: Deref<Target = str>> fmt::Display for Fixed<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), formatter)
    }
}

impl<P: Deref<Target = str>> Serialize for Fixed<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de, P: From<String>> Deserialize<'de> for Fixed<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_a_name_are_one_text_and_are_written_as_such() {
        let name = Name::from("s3:GetObject");
        let copy = name.clone();
        assert!(std::ptr::eq(name.as_str(), copy.as_str()));
        assert_eq!(serde_json::to_string(&name).unwrap(), "\"s3:GetObject\"");
        let read: Name = serde_json::from_str("\"s3:GetObject\"").unwrap();
        assert!(read == name && read == "s3:GetObject" && Name::default().is_empty());
    }

    #[test]
    fn texts_compare_by_their_letters() {
        let mut texts = ["b", "", "a"].map(Text::from);
        texts.sort();
        assert_eq!(texts.map(String::from), ["", "a", "b"]);
    }
}
