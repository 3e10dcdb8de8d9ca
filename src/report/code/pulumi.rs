//! Pulumi in TypeScript: the policy as an object, and its attachment.

use std::fmt::Write as _;

use super::cdk::uses;
use super::literal::{Dialect, Script};
use super::{Code, names, snake};
use crate::template::{ACCOUNT, PARTITION, REGION, Text, policy_tree};

const DIALECT: Dialect = Dialect {
    language: Script::Typescript,
    account: "account",
    region: "region",
    partition: "partition",
    tag: "pulumi.interpolate",
};

/// The calls that references need.
const CALLS: [(&str, &str); 3] = [
    (
        ACCOUNT,
        "const account = aws.getCallerIdentityOutput().accountId;\n",
    ),
    (
        PARTITION,
        "const partition = aws.getPartitionOutput().partition;\n",
    ),
    // Not `name`, which newer versions of the package call `region`.
    (REGION, "const region = aws.getRegionOutput().id;\n"),
];

pub(super) fn write(code: &Code) -> String {
    let text = |text: &str| DIALECT.text(&Text::literal(text));
    let mut written = code.heading_lines("//");
    written.push_str(
        "import * as aws from '@pulumi/aws';\nimport * as pulumi from '@pulumi/pulumi';\n",
    );
    let calls: String = CALLS
        .iter()
        .filter(|(name, _)| uses(code, name))
        .map(|(_, call)| *call)
        .collect();
    if !calls.is_empty() {
        written.extend(["\n", calls.as_str()]);
    }
    let kind = if code.is_user { "User" } else { "Role" };
    let key = if code.is_user { "user" } else { "role" };
    for (piece, name) in code.pieces.iter().zip(names(code, snake)) {
        let tree = policy_tree(&piece.document, &code.stack, &piece.comments);
        let document = DIALECT.value(&tree, 2, "policy: pulumi.jsonStringify(),".len());
        let variable = camel(&name);
        let resource = text(&name.replace('_', "-"));
        let holder = text(&code.holder);
        let named = text(&piece.name);
        if piece.is_inline {
            let _ = writeln!(
                written,
                "\nnew aws.iam.{kind}Policy({resource}, {{\n  name: {named},\n  {key}: {holder},\n  policy: pulumi.jsonStringify({document}),\n}});"
            );
            continue;
        }
        let _ = writeln!(
            written,
            "\nconst {variable} = new aws.iam.Policy({resource}, {{\n  name: {named},\n  policy: pulumi.jsonStringify({document}),\n}});"
        );
        let _ = writeln!(
            written,
            "\nnew aws.iam.{kind}PolicyAttachment({resource}, {{\n  {key}: {holder},\n  policyArn: {variable}.arn,\n}});"
        );
    }
    written
}

/// `my_role` as `myRolePolicy`.
fn camel(name: &str) -> String {
    let mut joined = String::new();
    for (index, word) in name.split('_').enumerate() {
        let mut characters = word.chars();
        let first = characters.next();
        if index == 0 {
            joined.extend(first);
        } else {
            joined.extend(first.map(|first| first.to_ascii_uppercase()));
        }
        joined.extend(characters);
    }
    format!("{joined}Policy")
}
