//! What the count explains, by which reason, and what it refuses: a grant that nobody asked for must never pass.

use super::*;
use crate::policy::{ActionElement, Document, ResourceElement};

const OBJECT: &str = "arn:aws:s3:::b/x";
const OBJECTS: &str = "arn:aws:s3:::b/*";

fn grant(purpose: Purpose, action: &str, resource: &str) -> Grant {
    Grant {
        purpose,
        action: action.to_owned(),
        resource: resource.to_owned(),
        conditions: Conditions::new(),
    }
}

fn seen(action: &str, resource: &str) -> Grant {
    grant(Purpose::Observed, action, resource)
}

fn general(pattern: &str, seen: usize) -> Generalization {
    Generalization {
        pattern: pattern.to_owned(),
        seen,
        admits: String::new(),
        reason: String::new(),
    }
}

fn of_region(region: &str) -> Conditions {
    let keys = BTreeMap::from([("aws:RequestedRegion".to_owned(), vec![region.to_owned()])]);
    Conditions::from([("StringEquals".to_owned(), keys)])
}

fn within(statement: Statement, conditions: &Conditions) -> Statement {
    Statement {
        conditions: condition::to_statement(conditions),
        ..statement
    }
}

fn counted(
    statement: Statement,
    grants: &[Grant],
    observed: &[Grant],
    generalizations: &[Generalization],
) -> Result<Explained, Unsound> {
    let policy = SuggestedPolicy {
        name: String::new(),
        statements: Vec::new(),
        document: Document::new(vec![statement]),
        characters: 0,
    };
    count(
        &[policy],
        grants,
        observed,
        generalizations,
        Catalog::bundled(),
    )
}

/// Counts a statement that only what was seen explains.
fn checked(actions: &[&str], resources: &[&str], grants: &[Grant]) -> Result<Explained, Unsound> {
    let statement = Statement::allow(actions.iter().copied(), resources.iter().copied());
    counted(statement, grants, grants, &[])
}

fn unexplained(action: &str, resource: &str) -> Result<Explained, Unsound> {
    Err(Unsound::Unexplained {
        action: action.to_owned(),
        resource: resource.to_owned(),
    })
}

#[test]
fn what_nothing_explains_is_found() {
    let read = seen("s3:GetObject", OBJECT);
    let list = seen("s3:ListBucket", "arn:aws:s3:::b");
    let both = [read.clone(), list];
    let actions = ["s3:GetObject", "s3:ListBucket"];
    let resources = [OBJECT, "arn:aws:s3:::b"];
    let explained = checked(&actions, &resources, &both).unwrap();
    assert_eq!((explained.observed, explained.void), (2, 2));
    let alone = [read];
    assert_eq!(
        checked(&actions, &resources, &alone),
        unexplained("s3:ListBucket", "arn:aws:s3:::b")
    );
    assert_eq!(
        checked(&["s3:GetObject"], &[OBJECTS], &alone),
        unexplained("s3:GetObject", OBJECTS)
    );
    assert!(matches!(
        checked(&["s3:GetObjec*"], &[OBJECT], &alone),
        Err(Unsound::Unexplained { action, .. }) if action != "s3:GetObject"
    ));
    assert!(checked(&["s3:getobject"], &[OBJECT], &alone).is_ok());
    assert_eq!(
        checked(&["s3:GetObject"], &[OBJECT], &[]),
        unexplained("s3:GetObject", OBJECT)
    );
}

#[test]
fn what_the_catalog_does_not_know_has_to_be_explained_too() {
    let unheard = "s3:NoSuchAction";
    let explained = checked(&[unheard], &[OBJECT], &[seen(unheard, OBJECT)]).unwrap();
    assert_eq!(explained.observed, 1);
    assert_eq!(
        checked(&[unheard], &[OBJECT], &[]),
        unexplained(unheard, OBJECT)
    );
}

#[test]
fn each_grant_counts_for_its_own_reason() {
    let statement = || Statement::allow(["s3:GetObject"], [OBJECT]);
    let why = || "why".to_owned();
    let one = |purpose, observed: &[Grant], general: &[Generalization]| {
        let grants = [grant(purpose, "s3:GetObject", OBJECT)];
        counted(statement(), &grants, observed, general).unwrap()
    };
    let own = [seen("s3:GetObject", OBJECT)];
    let nothing = Explained::default();
    assert_eq!(
        one(Purpose::Observed, &own, &[]),
        Explained {
            observed: 1,
            ..nothing
        }
    );
    assert_eq!(
        one(Purpose::Runtime(why()), &[], &[]),
        Explained {
            runtime: 1,
            ..nothing
        }
    );
    assert_eq!(
        one(Purpose::Kept(why()), &[], &[]),
        Explained { kept: 1, ..nothing }
    );
    assert_eq!(
        one(Purpose::Pinned(why()), &[], &[]),
        Explained {
            pinned: 1,
            ..nothing
        }
    );
    assert_eq!(
        one(Purpose::Observed, &[], &[general(OBJECT, 2)]),
        Explained {
            generalized: 1,
            ..nothing
        }
    );
}

/// A grant that says of itself that it was seen is believed only if it was, or is a pattern that is listed for what was.
#[test]
fn a_pattern_explains_only_what_it_stands_for() {
    let statement = || Statement::allow(["s3:GetObject"], [OBJECTS]);
    let grants = [seen("s3:GetObject", OBJECTS)];
    let observed = [seen("s3:GetObject", OBJECT)];
    let with = |generalizations: &[Generalization]| {
        counted(statement(), &grants, &observed, generalizations)
    };
    assert_eq!(with(&[general(OBJECTS, 1)]).unwrap().generalized, 1);
    let refused = unexplained("s3:GetObject", OBJECTS);
    assert_eq!(with(&[]), refused);
    assert_eq!(with(&[general(OBJECTS, 0)]), refused);
    assert_eq!(with(&[general("arn:aws:s3:::other/*", 1)]), refused);
}

#[test]
fn a_wider_grant_explains_a_narrower_pair_and_never_the_other_way() {
    let wide = [seen("s3:GetObject", OBJECTS)];
    assert_eq!(
        checked(&["s3:GetObject"], &[OBJECT], &wide)
            .unwrap()
            .observed,
        1
    );
    let bound = Grant {
        conditions: of_region("eu-west-1"),
        ..seen("s3:GetObject", OBJECT)
    };
    let statement = || Statement::allow(["s3:GetObject"], [OBJECT]);
    let both = [bound.clone(), wide[0].clone()];
    assert!(counted(statement(), &both, &both, &[]).is_ok());
    // Without the condition that its grant has, a statement grants more than what was asked for.
    let bound = [bound];
    let of = |conditions: &Conditions| {
        let statement = within(statement(), conditions);
        counted(statement, &bound, &bound, &[])
    };
    assert!(of(&of_region("eu-west-1")).is_ok());
    let refused = unexplained("s3:GetObject", OBJECT);
    assert_eq!(of(&Conditions::new()), refused);
    assert_eq!(of(&of_region("us-east-1")), refused);
}

/// What is written in no way that polgen writes is no pair that grants nothing.
#[test]
fn only_an_allowing_pair_can_grant_nothing() {
    let apart = || Statement::allow(["s3:ListBucket"], [OBJECT]);
    assert_eq!(counted(apart(), &[], &[], &[]).unwrap().void, 1);
    let denying = Statement {
        effect: Effect::Deny,
        ..apart()
    };
    let refused = unexplained("s3:ListBucket", OBJECT);
    assert_eq!(counted(denying, &[], &[], &[]), refused);
    let denying = Statement {
        effect: Effect::Deny,
        ..Statement::allow(["s3:GetObject"], [OBJECT])
    };
    assert_eq!(
        counted(denying, &[], &[], &[]),
        unexplained("s3:GetObject", OBJECT)
    );
}

/// A statement that names what it does not reach, or nothing at all, reaches everything.
#[test]
fn what_names_no_resource_is_taken_for_all() {
    let own = [seen("s3:GetObject", OBJECT)];
    let of = |resource, grants: &[Grant]| {
        let statement = Statement {
            resource,
            ..Statement::allow(["s3:GetObject"], [OBJECT])
        };
        counted(statement, grants, grants, &[])
    };
    let others = || Some(ResourceElement::NotResource(vec![OBJECT.to_owned()]));
    let refused = unexplained("s3:GetObject", "*");
    assert_eq!(of(None, &own), refused);
    assert_eq!(of(others(), &own), refused);
    let any = [seen("s3:GetObject", "*")];
    assert!(of(None, &any).is_ok() && of(others(), &any).is_ok());
    let statement = Statement {
        action: ActionElement::NotAction(vec!["s3:GetObject".to_owned()]),
        ..Statement::allow(["s3:GetObject"], [OBJECT])
    };
    assert!(counted(statement, &own, &own, &[]).is_err());
}
