//! What looks like a secret among a function's variables. Names and shapes tell; what is only the name of a secret is none.

use crate::posture::Setting;

/// What a variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::harden) enum Secret {
    /// No secret.
    None,
    /// One, as it is written.
    InClear,
    /// One that is filled in when the function is deployed.
    AtDeployment,
    /// It is called like one, and its value is not known.
    NotKnown,
}

/// Words in the name of a variable that holds a secret.
const NAMES: [&str; 12] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "API_KEY",
    "APIKEY",
    "PRIVATE_KEY",
    "ACCESS_KEY",
    "CREDENTIAL",
    "CONNECTION_STRING",
    "AUTH_KEY",
];
/// Ends of the names of variables that tell where a secret is, or how it is used.
const ABOUT: [&str; 19] = [
    "_ARN",
    "_NAME",
    "_ID",
    "_PATH",
    "_PARAM",
    "_PARAMETER",
    "_URL",
    "_URI",
    "_ENDPOINT",
    "_FILE",
    "_TTL",
    "_EXPIRY",
    "_EXPIRATION",
    "_LENGTH",
    "_TABLE",
    "_HEADER",
    "_PREFIX",
    "_REGION",
    "_TYPE",
];
/// Starts of values that are secrets whatever they are called. Sources: the documentation of those who issue them.
const SHAPES: [&str; 9] = [
    "AKIA",
    "ASIA",
    "-----BEGIN ",
    "ghp_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "sk_live_",
];
/// What is filled in from a store of secrets at deployment.
const RESOLVED: [&str; 2] = ["${resolve:secretsmanager", "${resolve:ssm-secure"];
/// A secret is not shorter than this.
const SHORTEST: usize = 6;

/// Looks at a variable.
pub(in crate::harden) fn of(name: &str, value: &Setting<String>) -> Secret {
    let name = name.to_ascii_uppercase();
    let is_named_so = NAMES.iter().any(|word| name.contains(word))
        && !ABOUT.iter().any(|end| name.ends_with(end));
    match value {
        Setting::NotSet => Secret::None,
        Setting::NotKnown(why) => {
            let is_resolved = RESOLVED.iter().any(|start| why.contains(start));
            match (is_resolved, is_named_so) {
                (true, _) => Secret::AtDeployment,
                (false, true) => Secret::NotKnown,
                (false, false) => Secret::None,
            }
        }
        Setting::Set(value, _) => {
            let has_shape = SHAPES.iter().any(|start| value.starts_with(start));
            if has_shape || has_password(value) || is_named_so && is_secret(value) {
                Secret::InClear
            } else {
                Secret::None
            }
        }
    }
}

/// Says whether a value can be a secret: not a name of one, a number, or a word that stands for none.
fn is_secret(value: &str) -> bool {
    let is_place = value.starts_with("arn:") || value.starts_with('/') || value.contains("://");
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
    let is_word = ["true", "false", "none", "null", "changeme-at-runtime"].contains(&value);
    value.len() >= SHORTEST && !is_place && !is_number && !is_word
}

/// Says whether a value is a URL with a password in it.
fn has_password(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else {
        return false;
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let Some((user, _)) = authority.rsplit_once('@') else {
        return false;
    };
    user.split_once(':')
        .is_some_and(|(_, password)| !password.is_empty())
}
