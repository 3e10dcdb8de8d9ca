//! What AWS's message on a denied call says was missing: the action, the resource, and which kind of policy stood in the way.
//!
//! Source: IAM user guide, "Troubleshoot access denied error messages", and messages in real records. A message is text from
//! outside: what it names is taken as a literal, never as a pattern.

use std::ops::Range;

use serde::Serialize;

use crate::arn::Arn;

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Denial {
    /// The action that was not allowed.
    pub action: String,
    /// The resource, as the message has it.
    pub resource: Option<String>,
    /// The kind of policy that did not allow it or that denies it: `identity-based policy`, `service control policy`, …
    pub policy_type: Option<String>,
    /// Says whether a policy denies it explicitly, so that no grant helps.
    pub is_explicit: bool,
}

/// What follows is encoded, and another text for each call.
const ENCODED: &str = "Encoded authorization failure message";

/// What stands before the caller.
const CALLER: &str = "User: arn:";

/// What stands before a role's name and its session's.
const SESSION: &str = ":assumed-role/";

/// Leaves out of a message what is another text for each call, or no two refusals would be alike: the encoded part, and the name
/// of the caller's session. Gives what stands before and behind the session.
pub(super) fn of_any_call(message: &str) -> [&str; 2] {
    let told = message.split_once(ENCODED).map(|(told, _)| told.trim_end());
    let told = told.unwrap_or(message);
    let around = session_in(told)
        .and_then(|session| Some([told.get(..session.start)?, told.get(session.end..)?]));
    around.unwrap_or([told, ""])
}

/// What a message has in common with those on other resources: who lacks which action, and in which kind of policy. Nothing of the
/// resource is left, whose name may hold any words, and nothing if it names no action. Of what it gives it gives the same again.
pub(super) fn without_resource(message: &str) -> String {
    let Some(denial) = Denial::read(message) else {
        return String::new();
    };
    let caller = message.split_once(PERFORM).map_or("", |(caller, _)| caller);
    let action = &denial.action;
    let why = match (denial.is_explicit, denial.policy_type.as_deref()) {
        (true, Some(kind @ "identity-based policy")) => {
            format!(" with an explicit deny in an {kind}")
        }
        (true, kind) => format!(" with an explicit deny in a {}", kind.unwrap_or("policy")),
        (false, Some(kind)) => format!(" because no {kind} allows the {action} action"),
        (false, None) => String::new(),
    };
    format!("{caller}{PERFORM}{action}{why}")
}

/// Where the session of the caller stands, with the slash before it.
fn session_in(message: &str) -> Option<Range<usize>> {
    let start = message.find(CALLER)? + CALLER.len();
    let caller = message.get(start..)?.split(' ').next()?;
    let role = caller.find(SESSION)? + SESSION.len();
    let slash = role + caller.get(role..)?.find('/')?;
    Some(start + slash..start + caller.len())
}

/// Words before the action.
const PERFORM: &str = "not authorized to perform: ";
/// Words before the resource.
const RESOURCE: &str = " on resource: ";
/// Words before the kind of policy that denies.
const EXPLICIT: [&str; 2] = [
    " with an explicit deny in a ",
    " with an explicit deny in an ",
];
/// Words that end the resource.
const ENDS: [&str; 5] = [
    " because ",
    " with an explicit deny",
    ". Encoded authorization failure message",
    " Encoded authorization failure message",
    "\n",
];
/// Kinds of policies as messages name them.
const POLICY_TYPES: [&str; 7] = [
    "identity-based policy",
    "resource-based policy",
    "service control policy",
    "resource control policy",
    "permissions boundary",
    "session policy",
    "VPC endpoint policy",
];

impl Denial {
    /// Reads a message; `None` if it names no action.
    pub fn read(message: &str) -> Option<Self> {
        let (_, rest) = message.split_once(PERFORM)?;
        let action_end = rest
            .find(|letter: char| !letter.is_ascii_alphanumeric() && !":-_".contains(letter))
            .unwrap_or(rest.len());
        let (action, rest) = rest.split_at_checked(action_end)?;
        let (service, name) = action.split_once(':')?;
        if service.is_empty() || name.is_empty() || name.contains(':') {
            return None;
        }
        let resource = rest.strip_prefix(RESOURCE).and_then(resource);
        let explicit = EXPLICIT.iter().find_map(|words| rest.split_once(words));
        Some(Self {
            action: action.to_owned(),
            resource,
            policy_type: match explicit {
                Some((_, after)) => policy_type(after, true),
                None => rest
                    .split_once(" because no ")
                    .and_then(|(_, after)| policy_type(after, false)),
            },
            is_explicit: explicit.is_some(),
        })
    }
}

/// The kind of policy that a text begins with, or names at all.
fn policy_type(text: &str, is_exact: bool) -> Option<String> {
    let found = POLICY_TYPES.iter().find(|kind| {
        let plural = kind.replace("policy", "policies");
        text.starts_with(*kind) || (!is_exact && text.starts_with(&plural))
    });
    found.map(|kind| (*kind).to_owned())
}

/// The resource at the start of a text: `*` or an ARN, with or without quotes.
fn resource(text: &str) -> Option<String> {
    let end = ENDS.iter().filter_map(|words| text.find(words)).min();
    let text = text.get(..end.unwrap_or(text.len()))?.trim();
    let quoted = text
        .strip_prefix('"')
        .and_then(|inner| inner.strip_suffix('"'));
    let text = quoted.unwrap_or_else(|| text.trim_end_matches('.'));
    (text == "*" || Arn::parse(text).is_some()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_refusals_have_in_common_holds_nothing_of_the_resource() {
        let caller = "User: arn:aws:sts::111122223333:assumed-role/app is ";
        let of = |rest: &str| without_resource(&format!("{caller}{rest}"));
        let because = " because no identity-based policy allows the s3:GetObject action";
        for key in ["k1", "k2 because on resource: k", "k3 because 3", "k4\n4"] {
            let message =
                format!("{PERFORM}s3:GetObject on resource: \"arn:aws:s3:::b/{key}\"{because}");
            let common = of(&message);
            assert_eq!(
                common,
                format!("{caller}{PERFORM}s3:GetObject{because}"),
                "{key}"
            );
            assert_eq!(without_resource(&common), common);
        }
        for kind in POLICY_TYPES.into_iter().chain(["policy"]) {
            let common = of(&format!(
                "{PERFORM}s3:GetObject on resource: x with an explicit deny in a {kind}"
            ));
            assert!(
                common.ends_with(kind) && !common.contains(" on resource"),
                "{common}"
            );
            assert_eq!(without_resource(&common), common);
        }
        assert_eq!(without_resource("Access Denied"), "");
    }

    const USER: &str =
        "User: arn:aws:sts::111122223333:assumed-role/app/worker is not authorized to perform: ";

    fn read(rest: &str) -> Denial {
        Denial::read(&format!("{USER}{rest}")).unwrap()
    }

    #[test]
    fn the_parts_of_a_message_are_told_apart() {
        let denial = read(
            "dynamodb:Scan on resource: arn:aws:dynamodb:eu-west-1:111122223333:table/t because no identity-based policy allows the dynamodb:Scan action",
        );
        assert_eq!(denial.action, "dynamodb:Scan");
        assert_eq!(
            denial.resource.as_deref(),
            Some("arn:aws:dynamodb:eu-west-1:111122223333:table/t")
        );
        assert_eq!(denial.policy_type.as_deref(), Some("identity-based policy"));
        assert!(!denial.is_explicit);
    }

    #[test]
    fn what_is_another_text_for_each_call_is_left_out() {
        let rest = "is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::b/k";
        let of = |caller: &str| of_any_call(&format!("{caller} {rest}")).concat();
        let role = "User: arn:aws:sts::111122223333:assumed-role/app";
        let without = format!("{role} {rest}");
        assert_eq!(of(&format!("{role}/worker")), without);
        assert_eq!(of(&format!("{role}/a@b=c,d.e-f+g")), without);
        assert_eq!(of(role), without);
        assert_eq!(
            of(&format!("Not now. {role}/worker")),
            format!("Not now. {without}")
        );
        for whole in [
            "User: arn:aws:iam::111122223333:user/app/worker",
            "User: anonymous",
            "User:",
            "arn:aws:sts::111122223333:assumed-role/app/worker",
        ] {
            assert_eq!(of(whole), format!("{whole} {rest}"));
        }
        let encoded = format!("{role}/worker {rest}. Encoded authorization failure message: abc");
        assert_eq!(of_any_call(&encoded).concat(), format!("{without}."));
        assert_eq!(of_any_call(&format!("{role}/w")).concat(), role);
        assert_eq!(of_any_call(""), ["", ""]);
    }

    #[test]
    fn explicit_denials_name_their_kind() {
        for kind in POLICY_TYPES {
            let article = if kind.starts_with('i') { "an" } else { "a" };
            let denial = read(&format!(
                "s3:PutObject on resource: \"arn:aws:s3:::b/a key.txt\" with an explicit deny in {article} {kind}"
            ));
            assert!(denial.is_explicit);
            assert_eq!(denial.policy_type.as_deref(), Some(kind));
            assert_eq!(denial.resource.as_deref(), Some("arn:aws:s3:::b/a key.txt"));
        }
    }

    #[test]
    fn messages_around_and_without_a_resource_are_read() {
        let text = format!(
            "An error occurred (UnauthorizedOperation) when calling the RunInstances operation: You are not authorized to perform this operation. {USER}ec2:RunInstances on resource: arn:aws:ec2:eu-west-1:111122223333:instance/* because no identity-based policy allows the ec2:RunInstances action. Encoded authorization failure message: abc"
        );
        let denial = Denial::read(&text).unwrap();
        assert_eq!(denial.action, "ec2:RunInstances");
        assert_eq!(
            denial.resource.as_deref(),
            Some("arn:aws:ec2:eu-west-1:111122223333:instance/*")
        );
        let bare = read("sts:GetFederationToken");
        assert_eq!((bare.resource, bare.policy_type), (None, None));
        assert_eq!(Denial::read("Access Denied"), None);
        assert_eq!(Denial::read(&format!("{USER}everything")), None);
    }
}
