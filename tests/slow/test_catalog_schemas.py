"""The catalog's files beside their JSON Schemas, by an independent validator, and files that the schemas must refuse."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

FOLDER = Path(__file__).resolve().parents[2] / "action-catalog"
KINDS = {
    "service": "services/*.json",
    "exceptions": "exceptions/*.json",
    "managed-policy": "managed-policies/*.json",
    "visibility": "visibility.json",
}


def validator(kind):
    schema = json.loads((FOLDER / "schema" / f"{kind}.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_fits_its_schema(kind):
    check = validator(kind)
    paths = sorted(FOLDER.glob(KINDS[kind]))
    assert paths
    wrong = [
        f"{path.name}: {'/'.join(map(str, error.path))}: {error.message}"
        for path in paths
        for error in check.iter_errors(json.loads(path.read_text()))
    ]
    assert wrong == []


REFUSED = {
    "no actions": ("service", "sqs", lambda file: file.pop("actions")),
    "an unknown level": ("service", "sqs", lambda file: file["actions"]["SendMessage"].update(access_level="Look")),
    "an ARN with a space": ("service", "sqs", lambda file: file["resource_types"]["queue"].update(arns=["arn:a:b:c:d:e f"])),
    "a stray key": ("exceptions", "sqs", lambda file: file.update(colour=1)),
    "no source": ("exceptions", "sqs", lambda file: file["exceptions"]["SendMessageBatch"].pop("source")),
    "an unknown test": (
        "exceptions",
        "sqs",
        lambda file: file["exceptions"]["SendMessageBatch"]["needs"][0].update(when={"like": "a"}),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_refused(case):
    kind, prefix, change = REFUSED[case]
    folder = KINDS[kind].split("/")[0]
    file = json.loads((FOLDER / folder / f"{prefix}.json").read_text())
    change(file)
    assert not validator(kind).is_valid(file)
