//! Who called, known by the text of `userIdentity`: a caller makes many calls with the same one.
//!
//! Callers that differ in their session alone are of one *class*; classes that differ in nothing that decides what their calls
//! need, as the roles of one account, are of one *shape*.

use std::collections::BTreeSet;
use std::sync::Arc;

use memchr::memchr2;
use memchr::memmem::Finder;

use super::digest::{Digest, Seeds};
use super::learned::Learned;
use super::{Map, Numbers};
use crate::arn::Arn;
use crate::catalog::Catalog;
use crate::trail::{Caller, RoleName, Session, read_caller};
use crate::usage::RoleQuery;

/// How many texts are remembered, by their digests.
const MOST_TEXTS: usize = 64 * 1024;

/// Members of which no more than their text changes from call to call, and which nobody reads.
const UNREAD: [&[u8]; 2] = [b"\"accessKeyId\":\"", b"\"creationDate\":\""];

/// The type of AWS's own services.
const SERVICE: &str = "AWSService";

/// A caller that was met before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) class: u32,
    /// The session's number, where a role called.
    pub(super) session: Option<u32>,
}

impl Known {
    /// The session's number plus one; zero if there is none.
    pub(super) fn session_slot(self) -> u32 {
        self.session.map_or(0, |session| session + 1)
    }
}

/// What is known of a class.
#[derive(Clone, Copy, Debug)]
struct OfClass {
    /// Says whether it is asked for.
    is_asked: bool,
    shape: u32,
    /// Says whether AWS itself calls.
    is_service: bool,
}

/// The callers of a trail.
#[derive(Debug)]
pub(super) struct Callers {
    texts: Map<Digest, Known>,
    seeds: Seeds,
    /// The services that are seen to assume roles for what runs under them.
    assuming: BTreeSet<String>,
    unread: [Finder<'static>; 2],
    classes: Numbers<Caller>,
    of_classes: Vec<OfClass>,
    learned: Arc<Learned>,
    shapes: Map<u32, Caller>,
    sessions: Numbers<Box<str>>,
}

impl Callers {
    pub(super) fn new(catalog: &Catalog, learned: Arc<Learned>) -> Self {
        let signs = catalog.runtimes().iter().flat_map(|runtime| &runtime.signs);
        let assuming = signs.filter_map(|sign| sign.assumed_by.clone());
        Self {
            assuming: assuming.collect(),
            texts: Map::default(),
            seeds: Seeds::default(),
            unread: UNREAD.map(Finder::new),
            classes: Numbers::default(),
            of_classes: Vec::new(),
            learned,
            shapes: Map::default(),
            sessions: Numbers::default(),
        }
    }

    /// Reads a caller; `None` if there is anything odd about it.
    pub(super) fn get(&mut self, identity: &[u8], query: &RoleQuery) -> Option<Known> {
        let digest = self.digest(identity);
        if let Some(known) = self.texts.get(&digest) {
            return Some(*known);
        }
        let mut caller = read_caller(identity)?;
        let session = caller.session.as_mut().map(|session| {
            let name = std::mem::take(&mut session.name);
            self.sessions.of(name.into_boxed_str())
        });
        // Nothing depends on it, and there is another one for each session.
        caller.principal_id = None;
        if session.is_none() && caller.user.is_none() {
            caller.user_name = None;
            caller.arn = caller.arn.as_deref().and_then(anyone);
        }
        if session.is_some() {
            caller.arn = caller
                .arn
                .as_deref()
                .map(|arn| without_session(arn).to_owned());
        }
        let is_asked = caller.principal().is_some_and(|role| query.matches(role));
        let shape = if is_asked {
            shape_of(&caller)
        } else {
            self.bystander(&caller)
        };
        if caller.principal().is_none() {
            // Who called is asked of nobody.
            caller = shape.clone();
        }
        let is_service = caller.kind == SERVICE;
        let class = self.classes.of(caller);
        if self.of_classes.len() == class as usize {
            let number = self.learned.shape(&shape);
            self.shapes.entry(number).or_insert(shape);
            self.of_classes.push(OfClass {
                is_asked,
                shape: number,
                is_service,
            });
        }
        if self.texts.len() == MOST_TEXTS {
            self.texts.clear();
        }
        let known = Known { class, session };
        self.texts.insert(digest, known);
        Some(known)
    }

    /// What counts of a caller who is not asked for: what such calls tell of others.
    fn bystander(&self, caller: &Caller) -> Caller {
        if caller.kind != SERVICE {
            return Caller::default();
        }
        let service = caller.invoked_by.clone();
        Caller {
            kind: caller.kind.clone(),
            invoked_by: service.filter(|service| self.assuming.contains(service)),
            ..Caller::default()
        }
    }

    /// Digests what is the same in all calls of a session: the identity without the texts that nobody reads.
    fn digest(&self, identity: &[u8]) -> Digest {
        let finders = self.unread.each_ref();
        let mut cuts = finders.map(|finder| unread(finder, identity));
        cuts.sort_unstable();
        let mut digesting = self.seeds.start();
        let mut from = 0;
        for (start, end) in cuts {
            if from <= start {
                digesting.text(identity.get(from..start).unwrap_or_default());
                from = end;
            }
        }
        digesting.text(identity.get(from..).unwrap_or_default());
        digesting.finish()
    }

    pub(super) fn is_asked(&self, class: u32) -> bool {
        let found = self.of_classes.get(class as usize);
        found.is_some_and(|of_class| of_class.is_asked)
    }

    /// Says whether AWS itself calls.
    pub(super) fn is_service(&self, class: u32) -> Option<bool> {
        let of_class = self.of_classes.get(class as usize)?;
        Some(of_class.is_service)
    }

    /// The number of the shape of a class.
    pub(super) fn shape_of(&self, class: u32) -> Option<u32> {
        let of_class = self.of_classes.get(class as usize)?;
        Some(of_class.shape)
    }

    pub(super) fn shape(&self, shape: u32) -> Option<&Caller> {
        self.shapes.get(&shape)
    }

    pub(super) fn class(&self, class: u32) -> Option<&Caller> {
        self.classes.get(class)
    }

    /// The classes of the principals with these ARNs.
    pub(super) fn classes_of(&self, arns: &BTreeSet<&str>) -> Vec<u32> {
        let is_one = |caller: &Caller| {
            let principal = caller.principal();
            principal.is_some_and(|role| arns.contains(role.arn.as_str()))
        };
        let classes = self.classes.iter().filter(|(_, caller)| is_one(caller));
        classes.map(|(number, _)| number).collect()
    }

    /// The account of the role or user.
    pub(super) fn account(&self, class: u32) -> Option<&str> {
        let principal = self.class(class)?.principal()?;
        Some(principal.account.as_str())
    }

    pub(super) fn session(&self, session: u32) -> Option<&str> {
        self.sessions.get(session).map(|name| &**name)
    }

    /// The session of a class, with a name or without.
    pub(super) fn session_of(&self, class: u32, number: Option<u32>) -> Option<Session> {
        let mut session = self.class(class)?.session.clone()?;
        let name = number.and_then(|number| self.session(number));
        name.unwrap_or_default().clone_into(&mut session.name);
        Some(session)
    }
}

/// Where the plain text of an unread member stands; nowhere, if there is none. What looks like the member inside of a text is not
/// taken for it, since its quotes are escaped there.
fn unread(member: &Finder<'_>, identity: &[u8]) -> (usize, usize) {
    let text = member.find(identity).and_then(|at| {
        let start = at + member.needle().len();
        let end = start + memchr2(b'"', b'\\', identity.get(start..)?)?;
        (identity.get(end) == Some(&b'"')).then_some((start, end))
    });
    text.unwrap_or((identity.len(), identity.len()))
}

/// The caller with another role of the same account, so that those with the same needs are alike.
fn shape_of(caller: &Caller) -> Caller {
    const NAME: &str = "any-role";
    let mut shape = caller.clone();
    let Some(session) = &mut shape.session else {
        return shape;
    };
    let arn = caller.arn.as_deref().and_then(Arn::parse);
    let is_of_role = arn.is_some_and(|arn| arn.resource.starts_with("assumed-role/"));
    if is_of_role {
        let place = arn.map(|arn| (arn.partition, arn.account));
        let (partition, account) = place.unwrap_or_default();
        shape.arn = Some(format!(
            "arn:{partition}:sts::{account}:assumed-role/{NAME}/"
        ));
    }
    shape.user_name = None;
    let account = session.role.account.clone();
    session.role = RoleName {
        name: NAME.to_owned(),
        arn: format!("arn:aws:iam::{account}:role/{NAME}"),
        has_path: true,
        account,
    };
    shape
}

/// The ARN of someone in the same place, unless it is a user's; what is no ARN tells nothing.
fn anyone(arn: &str) -> Option<String> {
    let parsed = Arn::parse(arn)?;
    Some(if parsed.resource.starts_with("user/") {
        arn.to_owned()
    } else {
        format!("arn:{}:sts::{}:anyone", parsed.partition, parsed.account)
    })
}

/// The ARN of a session without the session.
fn without_session(arn: &str) -> &str {
    let end = arn.rfind('/').filter(|_| arn.contains(":assumed-role/"));
    end.and_then(|end| arn.get(..=end)).unwrap_or(arn)
}
