//! The Cloud Development Kit: a construct with the role by its name and the policies on it.

use std::fmt::Write as _;

use super::literal::{Dialect, Script};
use super::{Code, Piece, names, pascal};
use crate::policy::{ActionElement, Effect, ResourceElement, Statement};
use crate::template::{ACCOUNT, PARTITION, REGION, Stack, Text, Tree};

const TYPESCRIPT: Dialect = Dialect {
    language: Script::Typescript,
    account: "account",
    region: "region",
    partition: "partition",
    tag: "",
};

const PYTHON: Dialect = Dialect {
    language: Script::Python,
    account: "stack.account",
    region: "stack.region",
    partition: "stack.partition",
    tag: "",
};

/// Names of a statement's properties.
struct Words {
    actions: &'static str,
    not_actions: &'static str,
    not_resources: &'static str,
    deny: &'static str,
}

const TYPESCRIPT_WORDS: Words = Words {
    actions: "actions",
    not_actions: "notActions",
    not_resources: "notResources",
    deny: "iam.Effect.DENY",
};

const PYTHON_WORDS: Words = Words {
    actions: "actions",
    not_actions: "not_actions",
    not_resources: "not_resources",
    deny: "iam.Effect.DENY",
};

pub(super) fn typescript(code: &Code) -> String {
    let text = |text: &str| TYPESCRIPT.text(&Text::literal(text));
    let mut body = String::new();
    for (piece, name) in code.pieces.iter().zip(names(code, pascal)) {
        typescript_piece(code, piece, &name, &mut body);
    }
    let mut used: Vec<&str> = [ACCOUNT, PARTITION, REGION]
        .into_iter()
        .filter(|name| uses(code, name))
        .collect();
    for name in &mut used {
        *name = expression(name);
    }
    let stack = if used.is_empty() {
        String::new()
    } else {
        format!("\n    const {{ {} }} = Stack.of(this);", used.join(", "))
    };
    let imports = if used.is_empty() {
        "aws_iam as iam"
    } else {
        "Stack, aws_iam as iam"
    };
    let (holder, from) = if code.is_user {
        ("user", "User.fromUserName")
    } else {
        ("role", "Role.fromRoleName")
    };
    let id = if code.is_user { "User" } else { "Role" };
    let named = text(&code.holder);
    format!(
        "{heading}import {{ {imports} }} from 'aws-cdk-lib';
import {{ Construct }} from 'constructs';

export class {class}Access extends Construct {{
  constructor(scope: Construct, id: string) {{
    super(scope, id);
{stack}
    const {holder} = iam.{from}(this, '{id}', {named});
{body}  }}
}}
",
        heading = code.heading_lines("//"),
        class = pascal(&code.holder),
    )
}

/// One policy.
fn typescript_piece(code: &Code, piece: &Piece, name: &str, body: &mut String) {
    let text = |text: &str| TYPESCRIPT.text(&Text::literal(text));

    let kind = if piece.is_inline {
        "Policy"
    } else {
        "ManagedPolicy"
    };
    let holders = if code.is_user { "users" } else { "roles" };
    let holder = if code.is_user { "user" } else { "role" };
    let key = if piece.is_inline {
        "policyName"
    } else {
        "managedPolicyName"
    };
    let _ = writeln!(body, "\n    new iam.{kind}(this, {}, {{", text(name));
    let _ = writeln!(
        body,
        "      {key}: {},\n      {holders}: [{holder}],\n      statements: [",
        text(&piece.name)
    );
    for (index, statement) in piece.document.statements.iter().enumerate() {
        body.push_str(&comments(piece, index, "        //"));
        body.push_str("        new iam.PolicyStatement({\n");
        for (key, value) in properties(statement, &code.stack, &TYPESCRIPT_WORDS) {
            let value = written(&TYPESCRIPT, &value, 10, key.len() + 3);
            let _ = writeln!(body, "          {key}: {value},");
        }
        body.push_str("        }),\n");
    }
    body.push_str("      ],\n    });\n");
}

pub(super) fn python(code: &Code) -> String {
    let text = |text: &str| PYTHON.text(&Text::literal(text));
    let (holder, _holders) = if code.is_user {
        ("user", "users")
    } else {
        ("role", "roles")
    };
    let mut body = String::new();
    for (piece, name) in code.pieces.iter().zip(names(code, pascal)) {
        python_piece(code, piece, &name, &mut body);
    }
    let is_used = [ACCOUNT, PARTITION, REGION]
        .into_iter()
        .any(|name| uses(code, name));
    let stack = if is_used {
        "        stack = Stack.of(self)\n"
    } else {
        ""
    };
    let imports = if is_used {
        "from aws_cdk import Stack\nfrom aws_cdk import aws_iam as iam"
    } else {
        "from aws_cdk import aws_iam as iam"
    };
    let (from, id) = if code.is_user {
        ("User.from_user_name", "User")
    } else {
        ("Role.from_role_name", "Role")
    };
    let named = text(&code.holder);
    format!(
        "{heading}{imports}
from constructs import Construct


class {class}Access(Construct):
    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)

{stack}        {holder} = iam.{from}(self, \"{id}\", {named})
{body}",
        heading = code.heading_lines("#"),
        class = pascal(&code.holder),
    )
}

/// One policy.
fn python_piece(code: &Code, piece: &Piece, name: &str, body: &mut String) {
    let text = |text: &str| PYTHON.text(&Text::literal(text));
    let (holder, holders) = if code.is_user {
        ("user", "users")
    } else {
        ("role", "roles")
    };

    let kind = if piece.is_inline {
        "Policy"
    } else {
        "ManagedPolicy"
    };
    let key = if piece.is_inline {
        "policy_name"
    } else {
        "managed_policy_name"
    };
    let _ = writeln!(
        body,
        "\n        iam.{kind}(\n            self,\n            {},",
        text(name)
    );
    let _ = writeln!(
        body,
        "            {key}={},\n            {holders}=[{holder}],\n            statements=[",
        text(&piece.name)
    );
    for (index, statement) in piece.document.statements.iter().enumerate() {
        body.push_str(&comments(piece, index, "                #"));
        body.push_str("                iam.PolicyStatement(\n");
        for (key, value) in properties(statement, &code.stack, &PYTHON_WORDS) {
            let value = written(&PYTHON, &value, 20, key.len() + 2);
            let _ = writeln!(body, "                    {key}={value},");
        }
        body.push_str("                ),\n");
    }
    body.push_str("            ],\n        )\n");
}

/// A value of a statement's property.
enum Property {
    Tree(Tree),
    Expression(&'static str),
}

fn written(dialect: &Dialect, property: &Property, indent: usize, used: usize) -> String {
    match property {
        Property::Tree(tree) => dialect.value(tree, indent, used),
        Property::Expression(expression) => (*expression).to_owned(),
    }
}

fn properties(
    statement: &Statement,
    stack: &Stack,
    words: &Words,
) -> Vec<(&'static str, Property)> {
    let mut properties = Vec::new();
    if let Some(sid) = &statement.sid {
        properties.push(("sid", Property::Tree(Tree::literal(sid.as_str()))));
    }
    if statement.effect == Effect::Deny {
        properties.push(("effect", Property::Expression(words.deny)));
    }
    let texts =
        |texts: &mut dyn Iterator<Item = Text>| Property::Tree(Tree::list(texts.map(Tree::Text)));
    let (key, actions) = match &statement.action {
        ActionElement::Action(actions) => (words.actions, actions),
        ActionElement::NotAction(actions) => (words.not_actions, actions),
    };
    properties.push((key, texts(&mut actions.iter().map(Text::literal))));
    if let Some(resource) = &statement.resource {
        let key = match resource {
            ResourceElement::Resource(_) => "resources",
            ResourceElement::NotResource(_) => words.not_resources,
        };
        properties.push((
            key,
            texts(
                &mut resource
                    .patterns()
                    .iter()
                    .map(|pattern| stack.text(pattern)),
            ),
        ));
    }
    if !statement.conditions.is_empty() {
        let operators = statement.conditions.iter().map(|(operator, keys)| {
            let keys = keys.iter().map(|(key, values)| {
                let values = values
                    .iter()
                    .map(|value| Tree::Text(stack.value(key, value)));
                (key.clone(), Tree::list(values))
            });
            (operator.clone(), Tree::Map(keys.collect()))
        });
        properties.push(("conditions", Property::Tree(Tree::Map(operators.collect()))));
    }
    properties
}

fn comments(piece: &Piece, index: usize, sign: &str) -> String {
    let comments = piece.comments.get(index).into_iter().flatten();
    comments
        .map(|comment| [sign, " ", comment, "\n"].concat())
        .collect()
}

fn expression(name: &str) -> &'static str {
    match name {
        ACCOUNT => TYPESCRIPT.account,
        REGION => TYPESCRIPT.region,
        _ => TYPESCRIPT.partition,
    }
}

/// Says whether a reference stands in any of the policies.
pub(super) fn uses(code: &Code, name: &str) -> bool {
    let is_in = |text: Text| text.references().any(|used| used == name);
    let statements = code
        .pieces
        .iter()
        .flat_map(|piece| &piece.document.statements);
    let mut uses = statements.map(|statement| {
        let mut resources = statement
            .resource
            .iter()
            .flat_map(ResourceElement::patterns);
        let mut values = statement.conditions.values().flatten();
        resources.any(|pattern| is_in(code.stack.text(pattern)))
            || values.any(|(key, values)| {
                values
                    .iter()
                    .any(|value| is_in(code.stack.value(key, value)))
            })
    });
    uses.any(|uses| uses)
}
