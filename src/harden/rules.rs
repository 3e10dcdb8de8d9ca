//! The rules, one a file. Beside them stand the few questions that several of them ask.

mod access_point_public;
mod account_without_public_access_block;
mod age;
mod bucket_acls_enabled;
mod bucket_old_tls_allowed;
mod bucket_policy_wildcard;
mod bucket_public_acl;
mod bucket_public_policy;
mod bucket_without_bucket_key;
mod bucket_without_encryption;
mod bucket_without_kms;
mod bucket_without_lifecycle_of_old_versions;
mod bucket_without_logging;
mod bucket_without_mfa_delete;
mod bucket_without_public_access_block;
mod bucket_without_replication;
mod bucket_without_tls;
mod bucket_without_versioning;
mod function_policy_public;
mod function_policy_without_source;
mod function_runtime_unsupported;
mod function_secret_in_environment;
mod others;
mod public;
mod refused;
mod role_unused;
mod role_wildcard_action;
mod role_without_boundary;
pub(super) mod secrets;
mod security_group_open;
mod security_group_port_open;
mod service_unused;
mod stack_drifted;
mod stack_without_stack_policy;
mod stack_without_termination_protection;
mod words;
pub(super) mod world;

use super::Practice;

/// Every rule of hardening's own, in the order of its name.
pub const PRACTICES: [Practice; 30] = [
    access_point_public::PRACTICE,
    account_without_public_access_block::PRACTICE,
    bucket_acls_enabled::PRACTICE,
    bucket_old_tls_allowed::PRACTICE,
    bucket_policy_wildcard::PRACTICE,
    bucket_public_acl::PRACTICE,
    bucket_public_policy::PRACTICE,
    bucket_without_bucket_key::PRACTICE,
    bucket_without_encryption::PRACTICE,
    bucket_without_kms::PRACTICE,
    bucket_without_lifecycle_of_old_versions::PRACTICE,
    bucket_without_logging::PRACTICE,
    bucket_without_mfa_delete::PRACTICE,
    bucket_without_public_access_block::PRACTICE,
    bucket_without_replication::PRACTICE,
    bucket_without_tls::PRACTICE,
    bucket_without_versioning::PRACTICE,
    function_policy_public::PRACTICE,
    function_policy_without_source::PRACTICE,
    function_runtime_unsupported::PRACTICE,
    function_secret_in_environment::PRACTICE,
    role_unused::PRACTICE,
    role_wildcard_action::PRACTICE,
    role_without_boundary::PRACTICE,
    security_group_open::PRACTICE,
    security_group_port_open::PRACTICE,
    service_unused::PRACTICE,
    stack_drifted::PRACTICE,
    stack_without_stack_policy::PRACTICE,
    stack_without_termination_protection::PRACTICE,
];
