//! `CloudFormation` and SAM: a template with one policy resource each.

use super::{Code, Piece, names, pascal};
use crate::template::{Quotes, Tree, YamlStyle, policy_tree, yaml_document};

const STYLE: YamlStyle = YamlStyle {
    step: 2,
    list_step: 2,
    quotes: Quotes::Needed,
    is_short: true,
    line_end: "\n",
};

/// Writes a template; `transform` is SAM's.
pub(super) fn write(code: &Code, transform: Option<&str>) -> String {
    let names = names(code, |name| format!("{}Policy", pascal(name)));
    let mut text = code.heading_lines("#");
    if transform.is_some() {
        let references: Vec<String> = names.iter().map(|name| format!("!Ref {name}")).collect();
        text.push_str(&format_policies(&references));
    }
    let mut members = vec![(
        "AWSTemplateFormatVersion".to_owned(),
        Tree::literal("2010-09-09"),
    )];
    if let Some(transform) = transform {
        members.push(("Transform".to_owned(), Tree::literal(transform)));
    }
    let resources = code.pieces.iter().zip(&names);
    let resources = resources.map(|(piece, name)| (name.clone(), resource(code, piece)));
    members.push(("Resources".to_owned(), Tree::Map(resources.collect())));
    text.push_str(&yaml_document(&Tree::Map(members), &STYLE));
    text
}

/// Says how a function of the same template takes the policies.
fn format_policies(references: &[String]) -> String {
    format!(
        "# A function whose role SAM makes takes this as `Policies: [{}]`, without `{}` here.\n",
        references.join(", "),
        "Roles"
    )
}

fn resource(code: &Code, piece: &Piece) -> Tree {
    let document = policy_tree(&piece.document, &code.stack, &piece.comments);
    let holder = Tree::literal(code.holder.as_str());
    let (kind, mut properties) = match (piece.is_inline, code.is_user) {
        (true, false) => (
            "AWS::IAM::RolePolicy",
            vec![
                ("PolicyName", Tree::literal(piece.name.as_str())),
                ("RoleName", holder),
            ],
        ),
        (true, true) => (
            "AWS::IAM::UserPolicy",
            vec![
                ("PolicyName", Tree::literal(piece.name.as_str())),
                ("UserName", holder),
            ],
        ),
        (false, false) => (
            "AWS::IAM::ManagedPolicy",
            vec![("Roles", Tree::list([holder]))],
        ),
        (false, true) => (
            "AWS::IAM::ManagedPolicy",
            vec![("Users", Tree::list([holder]))],
        ),
    };
    properties.push(("PolicyDocument", document));
    let properties = properties
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value));
    Tree::map([
        ("Type", Tree::literal(kind)),
        ("Properties", Tree::Map(properties.collect())),
    ])
}

/// Writes nothing of the stack's own as a reference: for tests of the layout.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Document, Statement};
    use crate::template::Stack;

    #[test]
    fn a_template_is_laid_out_as_people_do() {
        let code = Code {
            heading: vec!["What it\nneeds.".to_owned()],
            holder: "app".to_owned(),
            is_user: false,
            pieces: vec![Piece {
                name: "app-policy".to_owned(),
                document: Document::new(vec![Statement::allow(
                    ["s3:GetObject"],
                    ["arn:aws:s3:::a/*", "*"],
                )]),
                comments: vec![vec!["3 uses".to_owned()]],
                is_inline: false,
            }],
            stack: Stack {
                partition: "aws".to_owned(),
                ..Stack::unknown()
            },
        };
        let wanted = "\
# What it\\u{a}needs.
AWSTemplateFormatVersion: \"2010-09-09\"
Resources:
  AppPolicyPolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Roles:
        - app
      PolicyDocument:
        Version: \"2012-10-17\"
        Statement:
          # 3 uses
          - Effect: Allow
            Action: s3:GetObject
            Resource:
              - !Sub arn:${AWS::Partition}:s3:::a/*
              - \"*\"
";
        assert_eq!(write(&code, None), wanted);
    }
}
