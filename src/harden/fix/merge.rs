//! Statements that refuse requests without TLS, added to a bucket's policy.
//!
//! Nothing that the policy says is touched, and two things are proved before the result is given out: everything that must be refused is,
//! and what is added denies no request that comes over TLS. Whatever was allowed over TLS is therefore allowed still, whoever asks.

use crate::harden::proof::{Proof, refuses};
use crate::policy::prove::{Containment, Options, contained};
use crate::policy::{CompiledPolicy, Document, Effect, PrincipalElement, Principals, Statement};
use crate::posture::{ResourcePolicy, Spot};

/// How large a bucket's policy may be. Source: S3 user guide, "Bucket policies for Amazon S3".
const MOST_BYTES: usize = 20 * 1024;
/// The oldest version of TLS that is let through.
const OLDEST: &str = "1.2";

/// A policy with what was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The whole policy.
    pub whole: Document,
    /// The statements that are new.
    pub added: Vec<Statement>,
}

/// Why nothing was merged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It would be too large.
    #[error(
        "with the statement the policy would hold {0} bytes, more than the {MOST_BYTES} that S3 takes"
    )]
    TooLarge(usize),
    /// It could not be proved to do what it must.
    #[error("it could not be proved that the policy then refuses what it must: {0}")]
    NotProved(String),
    /// It would deny what was allowed.
    #[error("it could not be proved that the statement denies nothing over TLS: {0}")]
    Denies(String),
}

/// Adds what is missing: `needs_tls` refuses requests without TLS, `needs_new` those with a version of it that is too old.
///
/// # Errors
///
/// If a proof fails, or the policy would be too large.
pub fn merge(
    existing: Option<&Document>,
    arn: &str,
    (needs_tls, needs_new): (bool, bool),
) -> Result<Merged, Refusal> {
    let without = ("Bool", "aws:SecureTransport", "false");
    let old = ("NumericLessThan", "s3:TlsVersion", OLDEST);
    let mut whole = existing
        .cloned()
        .unwrap_or_else(|| Document::new(Vec::new()));
    let mut added = Vec::new();
    let wanted = [
        (needs_tls, "DenyWithoutTls", without),
        (needs_new, "DenyOldTls", old),
    ];
    for (_, name, condition) in wanted.into_iter().filter(|(is_wanted, ..)| *is_wanted) {
        if is_refused(&whole, arn, condition)? {
            continue;
        }
        let mut statement = about(arn, condition);
        statement.effect = Effect::Deny;
        statement.principal = Some(PrincipalElement::Principal(Principals::Everyone));
        statement.sid = Some(free_sid(&whole, name));
        denies_nothing_over_tls(&statement)?;
        whole.statements.push(statement.clone());
        added.push(statement);
        if !is_refused(&whole, arn, condition)? {
            let what = format!("`{}` of `{}`", condition.1, condition.2);
            return Err(Refusal::NotProved(what));
        }
    }
    let size = whole.to_compact().len();
    if size > MOST_BYTES {
        return Err(Refusal::TooLarge(size));
    }
    Ok(Merged { whole, added })
}

/// A statement that allows everything on the bucket and its objects under a condition.
fn about(arn: &str, (operator, key, value): (&str, &str, &str)) -> Statement {
    let mut statement = Statement::allow(["s3:*"], [arn.to_owned(), format!("{arn}/*")]);
    let keys = statement.conditions.entry(operator.to_owned()).or_default();
    keys.insert(key.to_owned(), vec![value.to_owned()]);
    statement
}

fn is_refused(
    document: &Document,
    arn: &str,
    condition: (&str, &str, &str),
) -> Result<bool, Refusal> {
    let policy = ResourcePolicy::of(document.clone(), &Spot::default());
    match refuses(Some(&policy), about(arn, condition)) {
        Proof::Holds => Ok(true),
        // What cannot be decided of the rest is decided once the statement is there.
        Proof::Open(why) if document.statements.is_empty() => Err(Refusal::NotProved(why)),
        Proof::Fails(..) | Proof::Open(_) => Ok(false),
    }
}

/// Proves that a statement leaves every request alone that comes over TLS of a version that is let through.
fn denies_nothing_over_tls(statement: &Statement) -> Result<(), Refusal> {
    let mut over_tls = Statement::allow(["*"], ["*"]);
    for (operator, key, value) in [
        ("Bool", "aws:SecureTransport", "true"),
        ("NumericGreaterThanEquals", "s3:TlsVersion", OLDEST),
    ] {
        let keys = over_tls.conditions.entry(operator.to_owned()).or_default();
        keys.insert(key.to_owned(), vec![value.to_owned()]);
    }
    let denial = Statement {
        principal: None,
        ..statement.clone()
    };
    let left = Document::new(vec![Statement::allow(["*"], ["*"]), denial]);
    let before = CompiledPolicy::new(&Document::new(vec![over_tls]));
    let after = CompiledPolicy::new(&left);
    match contained(&[before], &[after], &Options::default()) {
        Containment::Contained => Ok(()),
        Containment::NotContained(requests) => Err(Refusal::Denies(
            requests
                .first()
                .map(|request| request.action().to_owned())
                .unwrap_or_default(),
        )),
        Containment::Unknown(why) => Err(Refusal::Denies(why)),
    }
}

/// A name that no statement has.
fn free_sid(document: &Document, name: &str) -> String {
    let is_taken = |name: &str| {
        let mut statements = document.statements.iter();
        statements.any(|one| one.sid.as_deref() == Some(name))
    };
    let numbered = (2..).map(|number| format!("{name}{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names
        .find(|name| !is_taken(name))
        .unwrap_or_else(|| name.to_owned())
}
