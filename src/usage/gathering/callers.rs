//! Who called, known by the text of `userIdentity`: a caller makes many calls with the same one.
//!
//! Callers that differ in their session alone are of one *class*.

use super::{Map, Numbers};
use crate::trail::{Caller, read_caller};
use crate::usage::RoleQuery;

/// How many texts are remembered. One is some 600 bytes long, and a session has a new one each hour.
const MOST_TEXTS: usize = 4096;

/// A caller that was met before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) class: u32,
    /// The session's number, where a role called.
    pub(super) session: Option<u32>,
}

/// The callers of a trail.
#[derive(Debug, Default)]
pub(super) struct Callers {
    texts: Map<Box<[u8]>, Known>,
    classes: Numbers<Caller>,
    is_asked: Vec<bool>,
    sessions: Numbers<Box<str>>,
}

impl Callers {
    /// Reads a caller; `None` if there is anything odd about it.
    pub(super) fn get(&mut self, identity: &[u8], query: &RoleQuery) -> Option<Known> {
        if let Some(known) = self.texts.get(identity) {
            return Some(*known);
        }
        let mut caller = read_caller(identity)?;
        let session = caller.session.as_mut().map(|session| {
            let name = std::mem::take(&mut session.name);
            self.sessions.of(name.into_boxed_str())
        });
        if session.is_some() {
            caller.principal_id = None;
            caller.arn = caller
                .arn
                .as_deref()
                .map(|arn| without_session(arn).to_owned());
        }
        let is_asked = caller.principal().is_some_and(|role| query.matches(role));
        let class = self.classes.of(caller);
        if self.is_asked.len() == class as usize {
            self.is_asked.push(is_asked);
        }
        if self.texts.len() == MOST_TEXTS {
            self.texts.clear();
        }
        let known = Known { class, session };
        self.texts.insert(identity.into(), known);
        Some(known)
    }

    pub(super) fn is_asked(&self, class: u32) -> bool {
        self.is_asked.get(class as usize) == Some(&true)
    }

    pub(super) fn class(&self, class: u32) -> Option<&Caller> {
        self.classes.get(class)
    }

    /// The account of the role or user.
    pub(super) fn account(&self, class: u32) -> Option<&str> {
        let principal = self.class(class)?.principal()?;
        Some(principal.account.as_str())
    }

    pub(super) fn session(&self, session: u32) -> Option<&str> {
        self.sessions.get(session).map(|name| &**name)
    }

    /// The caller, with its session's name or without.
    pub(super) fn caller(&self, known: Known, is_with_session: bool) -> Option<Caller> {
        let mut caller = self.class(known.class)?.clone();
        if let (Some(session), Some(number), true) =
            (&mut caller.session, known.session, is_with_session)
        {
            self.session(number)?.clone_into(&mut session.name);
        }
        Some(caller)
    }
}

/// The ARN of a session without the session.
fn without_session(arn: &str) -> &str {
    let end = arn.rfind('/').filter(|_| arn.contains(":assumed-role/"));
    end.and_then(|end| arn.get(..=end)).unwrap_or(arn)
}
