//! One call that changes something, in the words of the call.

use std::fmt;

/// A step of a change to a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Makes a managed policy.
    CreatePolicy {
        /// Its ARN, which holds its path and name.
        arn: String,
        /// Its document.
        document: String,
    },
    /// Adds a version to a managed policy.
    CreateVersion {
        /// The policy.
        arn: String,
        /// The version's document.
        document: String,
        /// Says whether it comes into force.
        is_default: bool,
    },
    /// Puts another version of a managed policy in force.
    SetDefaultVersion {
        /// The policy.
        arn: String,
        /// The version.
        version: String,
    },
    /// Removes a version that is not in force.
    DeleteVersion {
        /// The policy.
        arn: String,
        /// The version.
        version: String,
    },
    /// Removes a managed policy of which one version is left.
    DeletePolicy {
        /// The policy.
        arn: String,
    },
    /// Attaches a managed policy to the role.
    Attach {
        /// The policy.
        arn: String,
    },
    /// Detaches a managed policy from the role.
    Detach {
        /// The policy.
        arn: String,
    },
    /// Writes an inline policy.
    PutInline {
        /// Its name.
        name: String,
        /// Its document.
        document: String,
    },
    /// Removes an inline policy.
    DeleteInline {
        /// Its name.
        name: String,
    },
    /// Bounds the role by a managed policy.
    PutBoundary {
        /// The policy.
        arn: String,
    },
    /// Takes the bound away.
    DeleteBoundary,
}

impl Step {
    /// Says whether the step takes something away from what the role may do.
    pub fn takes_away(&self) -> bool {
        matches!(
            self,
            Self::Detach { .. }
                | Self::DeleteInline { .. }
                | Self::DeletePolicy { .. }
                | Self::PutBoundary { .. }
        )
    }

    /// The step as a command line of AWS's own.
    pub fn command(&self, role: &str) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let role = format!("--role-name {}", quoted(role));
        let policy = |arn: &str| format!("--policy-arn {}", quoted(arn));
        let words = match self {
            Self::CreatePolicy { arn, document } => {
                let (path, name) = path_and_name(arn);
                format!(
                    "create-policy --policy-name {} --path {} --policy-document {}",
                    quoted(name),
                    quoted(path),
                    quoted(document)
                )
            }
            Self::CreateVersion {
                arn,
                document,
                is_default,
            } => {
                let default = if *is_default {
                    "--set-as-default"
                } else {
                    "--no-set-as-default"
                };
                format!(
                    "create-policy-version {} {default} --policy-document {}",
                    policy(arn),
                    quoted(document)
                )
            }
            Self::SetDefaultVersion { arn, version } => {
                format!(
                    "set-default-policy-version {} --version-id {version}",
                    policy(arn)
                )
            }
            Self::DeleteVersion { arn, version } => {
                format!(
                    "delete-policy-version {} --version-id {version}",
                    policy(arn)
                )
            }
            Self::DeletePolicy { arn } => format!("delete-policy {}", policy(arn)),
            Self::Attach { arn } => format!("attach-role-policy {role} {}", policy(arn)),
            Self::Detach { arn } => format!("detach-role-policy {role} {}", policy(arn)),
            Self::PutInline { name, document } => format!(
                "put-role-policy {role} --policy-name {} --policy-document {}",
                quoted(name),
                quoted(document)
            ),
            Self::DeleteInline { name } => {
                format!("delete-role-policy {role} --policy-name {}", quoted(name))
            }
            Self::PutBoundary { arn } => format!(
                "put-role-permissions-boundary {role} --permissions-boundary {}",
                quoted(arn)
            ),
            Self::DeleteBoundary => format!("delete-role-permissions-boundary {role}"),
        };
        format!("aws iam {words}")
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, what) = match self {
            Self::CreatePolicy { arn, .. } => ("create", arn),
            Self::CreateVersion { arn, .. } => ("add a version to", arn),
            Self::SetDefaultVersion { arn, .. } => ("put another version in force of", arn),
            Self::DeleteVersion { arn, .. } => ("remove an old version of", arn),
            Self::DeletePolicy { arn } => ("delete", arn),
            Self::Attach { arn } => ("attach", arn),
            Self::Detach { arn } => ("detach", arn),
            Self::PutInline { name, .. } => ("write the inline policy", name),
            Self::DeleteInline { name } => ("remove the inline policy", name),
            Self::PutBoundary { arn } => ("bound the role by", arn),
            Self::DeleteBoundary => return formatter.write_str("take the role's boundary away"),
        };
        write!(formatter, "{verb} `{what}`")
    }
}

/// Splits a managed policy's ARN into its path, slashes at both ends, and its name.
pub(super) fn path_and_name(arn: &str) -> (&str, &str) {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    let full = resource.strip_prefix("policy").unwrap_or(resource);
    match full.rfind('/') {
        Some(end) => {
            let (path, name) = full.split_at(end + 1);
            (path, name)
        }
        None => ("/", full),
    }
}
