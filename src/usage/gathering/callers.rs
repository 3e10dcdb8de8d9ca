//! Who called, known by the text of `userIdentity`: a caller makes many calls with the same one.
//!
//! Callers that differ in their session alone are of one *class*; classes that differ in nothing that decides what their calls
//! need, as the roles of one account, are of one *shape*.

use std::collections::BTreeSet;
use std::sync::Arc;

use memchr::memchr2;
use memchr::memmem::Finder;

use super::learned::Learned;
use super::{Map, Numbers};
use crate::arn::Arn;
use crate::catalog::Catalog;
use crate::digest::{Digest, Digests, Seeds};
use crate::trail::{Caller, RoleName, Session, read_caller};
use crate::usage::RoleQuery;

/// How many texts are remembered, by their digests: as many as a table of 64 K slots takes.
const MOST_TEXTS: usize = 56 * 1024;

/// Callers who are not asked for have numbers from here on, and so have their sessions.
const PASSING: u32 = 1 << 31;

/// How many of these are kept before they are forgotten, and of their sessions.
const MOST_PASSING: usize = 4 * 1024;

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
    shape: u32,
    /// Says whether AWS itself calls.
    is_service: bool,
}

/// Callers by class, and the names of their sessions.
#[derive(Debug, Default)]
struct Group {
    classes: Numbers<Caller>,
    of_classes: Vec<OfClass>,
    sessions: Numbers<Box<str>>,
}

/// The callers of a trail.
#[derive(Debug)]
pub(super) struct Callers {
    texts: Digests<Known>,
    seeds: Seeds,
    /// The services that are seen to assume roles for what runs under them.
    assuming: BTreeSet<String>,
    unread: [Finder<'static>; 2],
    learned: Arc<Learned>,
    shapes: Map<u32, Arc<Caller>>,
    /// Those who are asked for.
    asked: Group,
    /// The others, of whom no more is known than who they are.
    passing: Group,
}

impl Callers {
    pub(super) fn new(catalog: &Catalog, learned: Arc<Learned>) -> Self {
        let signs = catalog.runtimes().iter().flat_map(|runtime| &runtime.signs);
        let assuming = signs.filter_map(|sign| sign.assumed_by.clone());
        Self {
            assuming: assuming.collect(),
            texts: Digests::default(),
            seeds: Seeds::default(),
            unread: UNREAD.map(Finder::new),
            learned,
            shapes: Map::default(),
            asked: Group::default(),
            passing: Group::default(),
        }
    }

    /// Reads a caller; `None` if there is anything odd about it.
    pub(super) fn get(&mut self, identity: &[u8], query: &RoleQuery) -> Option<Known> {
        let digest = self.digest(identity);
        if let Some(known) = self.texts.get(digest) {
            return Some(known);
        }
        let mut caller = read_caller(identity)?;
        let is_asked = caller.principal().is_some_and(|role| query.matches(role));
        let name = caller.session.as_mut();
        let name = name.map(|session| std::mem::take(&mut session.name));
        let shape = if is_asked {
            without_call(&mut caller);
            shape_of(&caller)
        } else {
            self.bystander(&caller)
        };
        let is_service = caller.kind == SERVICE;
        if !is_asked {
            caller = passing(caller, &shape);
        }
        let (group, from) = if is_asked {
            (&mut self.asked, 0)
        } else {
            (&mut self.passing, PASSING)
        };
        let class = group.classes.of(caller);
        if group.of_classes.len() == class as usize {
            let number = self.learned.shape(&shape);
            self.shapes.entry(number).or_insert_with(|| Arc::new(shape));
            group.of_classes.push(OfClass {
                shape: number,
                is_service,
            });
        }
        let session = name.map(|name| from + group.sessions.of(name.into_boxed_str()));
        if self.texts.len() == MOST_TEXTS {
            self.texts.clear();
        }
        let known = Known {
            class: from + class,
            session,
        };
        self.texts.insert(digest, known);
        Some(known)
    }

    /// Says whether so many were not asked for that it is time to forget them.
    pub(super) fn is_full(&self) -> bool {
        let most = self.passing.classes.len().max(self.passing.sessions.len());
        most > MOST_PASSING
    }

    /// Forgets all texts.
    pub(super) fn forget_texts(&mut self) {
        self.texts = Digests::default();
    }

    /// Forgets those who were not asked for; their numbers mean nothing from now on.
    pub(super) fn forget_passing(&mut self) {
        self.texts.clear();
        self.passing = Group::default();
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

    pub(super) fn is_asked(class: u32) -> bool {
        class < PASSING
    }

    /// Those to whom a class or a session belongs, and its number among theirs.
    fn group(&self, number: u32) -> (&Group, u32) {
        match number.checked_sub(PASSING) {
            Some(number) => (&self.passing, number),
            None => (&self.asked, number),
        }
    }

    fn of_class(&self, class: u32) -> Option<OfClass> {
        let (group, class) = self.group(class);
        group.of_classes.get(class as usize).copied()
    }

    /// Says whether AWS itself calls.
    pub(super) fn is_service(&self, class: u32) -> Option<bool> {
        Some(self.of_class(class)?.is_service)
    }

    /// The number of the shape of a class.
    pub(super) fn shape_of(&self, class: u32) -> Option<u32> {
        Some(self.of_class(class)?.shape)
    }

    pub(super) fn shape(&self, shape: u32) -> Option<&Arc<Caller>> {
        self.shapes.get(&shape)
    }

    pub(super) fn class(&self, class: u32) -> Option<&Caller> {
        let (group, class) = self.group(class);
        group.classes.get(class)
    }

    /// The classes of the principals with these ARNs, of those asked for.
    pub(super) fn classes_of(&self, arns: &BTreeSet<&str>) -> Vec<u32> {
        let is_one = |caller: &Caller| {
            let principal = caller.principal();
            principal.is_some_and(|role| arns.contains(role.arn.as_str()))
        };
        let classes = self.asked.classes.iter();
        let classes = classes.filter(|(_, caller)| is_one(caller));
        classes.map(|(number, _)| number).collect()
    }

    /// The account of the role or user.
    pub(super) fn account(&self, class: u32) -> Option<&str> {
        let principal = self.class(class)?.principal()?;
        Some(principal.account.as_str())
    }

    pub(super) fn session(&self, session: u32) -> Option<&str> {
        let (group, session) = self.group(session);
        group.sessions.get(session).map(|name| &**name)
    }

    /// The session of a class, with a name or without.
    pub(super) fn session_of(&self, class: u32, number: Option<u32>) -> Option<Session> {
        let mut session = self.class(class)?.session.clone()?;
        let name = number.and_then(|number| self.session(number));
        name.unwrap_or_default().clone_into(&mut session.name);
        Some(session)
    }
}

/// Takes out what nothing depends on, and what there is another one of for each session.
fn without_call(caller: &mut Caller) {
    caller.principal_id = None;
    if caller.session.is_some() {
        let arn = caller.arn.as_deref();
        caller.arn = arn.map(|arn| without_session(arn).to_owned());
    }
}

/// What is kept of a caller who is not asked for: who it is, if it is a role or a user.
fn passing(caller: Caller, shape: &Caller) -> Caller {
    if caller.principal().is_none() {
        return shape.clone();
    }
    Caller {
        session: caller.session.map(|session| Session {
            role: session.role,
            name: String::new(),
            ec2_role_delivery: None,
            federated_provider: None,
        }),
        user: caller.user,
        ..Caller::default()
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

/// The ARN of a session without the session.
fn without_session(arn: &str) -> &str {
    let end = arn.rfind('/').filter(|_| arn.contains(":assumed-role/"));
    end.and_then(|end| arn.get(..=end)).unwrap_or(arn)
}
