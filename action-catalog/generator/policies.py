"""Reads the documents of the AWS managed policies."""

import ast
import json

SOURCE = "moto/iam/aws_managed_policies.py"
VARIABLE = "aws_managed_policies_data"


def read_policies(archive):
    """Returns name -> policy: name, ARN, version and document, as AWS published them."""
    found = json.loads(read_constant(archive.read(SOURCE).decode()))
    policies = {}
    for name in sorted(found):
        policy = found[name]
        policies[name] = {
            "name": name,
            "arn": f"arn:aws:iam::aws:policy{policy['Path']}{name}",
            "version": policy["DefaultVersionId"],
            "updated": policy["UpdateDate"],
            "document": policy["Document"],
        }
    return policies


def read_constant(source):
    """The value of the one constant, read without running the module."""
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and statement.targets[0].id == VARIABLE:
            return ast.literal_eval(statement.value)
    raise KeyError(VARIABLE)
