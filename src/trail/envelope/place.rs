//! Where something stands in a file: `line 3: Events[17].CloudTrailEvent`.
//!
//! Places are made for every record but written out for the few odd ones, so they borrow and allocate nothing.

use std::fmt;

use crate::trail::Gap;
use crate::trail::fields::Problem;

/// A place inside one file's JSON.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    outer: Option<&'a Self>,
    /// 1-based; 0 where it would not help.
    line: usize,
    member: &'a str,
    index: Option<usize>,
}

impl<'a> Place<'a> {
    /// The value that starts in a line; 0 leaves the line out.
    pub(super) fn root(line: usize) -> Self {
        Self {
            outer: None,
            line,
            member: "",
            index: None,
        }
    }

    /// An element of the array that starts in a line, which is a member or, if that is empty, the whole value.
    pub(super) fn element(line: usize, member: &'a str, index: usize) -> Self {
        Self {
            outer: None,
            line,
            member,
            index: Some(index),
        }
    }

    pub(super) fn member(&'a self, member: &'a str) -> Self {
        Self {
            outer: Some(self),
            line: 0,
            member,
            index: None,
        }
    }

    pub(super) fn index(&'a self, index: usize) -> Self {
        Self {
            outer: Some(self),
            line: 0,
            member: "",
            index: Some(index),
        }
    }

    /// The gap that a problem at this place makes.
    pub(crate) fn gap(&self, problem: &Problem) -> Gap {
        let here = self.to_string();
        let joint = if problem.path.is_empty() || here.is_empty() || here.ends_with(": ") {
            ""
        } else {
            "."
        };
        let place = format!("{here}{joint}{}", problem.path);
        Gap {
            place: place.trim_end_matches(": ").to_owned(),
            problem: problem.words.clone(),
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.outer {
            Some(outer) => {
                write!(f, "{outer}")?;
                let is_first = outer.outer.is_none() && outer.index.is_none();
                let joint = if is_first || self.member.is_empty() {
                    ""
                } else {
                    "."
                };
                f.write_str(joint)?;
            }
            None if self.line > 0 => write!(f, "line {}: ", self.line)?,
            None => {}
        }
        f.write_str(self.member)?;
        match self.index {
            Some(index) => write!(f, "[{index}]"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(place: &Place<'_>, path: &str) -> String {
        place.gap(&Problem::at(path, "this", "that")).place
    }

    #[test]
    fn places_read_like_paths() {
        let records = Place::element(0, "Records", 17);
        assert_eq!(
            gap(&records, "userIdentity.arn"),
            "Records[17].userIdentity.arn"
        );
        assert_eq!(gap(&Place::root(3), "eventName"), "line 3: eventName");
        assert_eq!(gap(&Place::root(3), ""), "line 3");
        assert_eq!(gap(&Place::root(0), ""), "");
        let line = Place::root(2);
        let events = line.member("logEvents");
        let element = events.index(0);
        assert_eq!(
            gap(&element.member("message"), "eventName"),
            "line 2: logEvents[0].message.eventName"
        );
        assert_eq!(
            gap(&Place::element(4, "", 1), "eventName"),
            "line 4: [1].eventName"
        );
    }
}
