"""Hardening beside checkov: on the same bad templates polgen finds all of its rows that checkov finds, and what checkov is silent about."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent / "harden" / "examples"
TABLE = json.loads((HERE / "checkov.json").read_text())
# Rows that checkov says nothing of in any language: each is found by polgen in the examples.
SILENT = {
    "bucket-without-mfa-delete", "bucket-old-tls-allowed", "stack-without-termination-protection", "stack-without-stack-policy",
    "aws-managed-policy", "role-without-boundary", "bucket-without-bucket-key", "account-without-public-access-block",
}


@pytest.fixture(scope="module")
def templates(tmp_path_factory):
    """Each bad example in a folder of its own, since Terraform reads folders."""
    folder = tmp_path_factory.mktemp("templates")
    for path in sorted(EXAMPLES.glob("*/bad.*")):
        own = folder / f"{path.parent.name}-{path.suffix[1:]}"
        own.mkdir()
        name = "manifest.json" if path.suffix == ".json" else f"main{path.suffix}"
        shutil.copy(path, own / name)
    return folder


@pytest.fixture(scope="module")
def found(templates, tmp_path_factory):
    """The rules that polgen finds broken, by folder."""
    rules = {}
    home = tmp_path_factory.mktemp("home")
    for folder in sorted(templates.iterdir()):
        argument = folder if (folder / "manifest.json").exists() else next(folder.iterdir())
        run = subprocess.run(
            [os.environ["POLGEN"], "harden", str(argument), "--format", "json"],
            capture_output=True, text=True, cwd=home, env={"HOME": str(home)}, timeout=120,
        )
        assert run.returncode in (0, 11, 12, 13, 14), run.stderr
        findings = json.loads(run.stdout)["findings"]
        rules[folder.name] = {one["rule"] for one in findings if one["status"] == "failed"}
    return rules


@pytest.fixture(scope="module")
def checks(templates):
    """The checks of checkov that fail, by folder."""
    if "CHECKOV" not in os.environ:
        pytest.skip("SKIPPED: checkov could not be installed")
    run = subprocess.run(
        [os.environ["CHECKOV"], "-d", str(templates), "--compact", "--quiet", "-o", "json", "--skip-download"],
        capture_output=True, text=True, timeout=600,
    )
    reports = json.loads(run.stdout)
    failed = {}
    for report in reports if isinstance(reports, list) else [reports]:
        for check in report["results"]["failed_checks"]:
            folder = check["file_path"].strip("/").split("/")[0]
            failed.setdefault(folder, set()).add(check["check_id"])
    return failed


def test_all_that_checkov_finds_of_these_rows_is_found(checks, found):
    assert sum(map(len, checks.values())) > 150
    known = set(TABLE["rules"]) | set(TABLE["not of these rows"])
    missed = []
    for folder, ids in sorted(checks.items()):
        for check in sorted(ids):
            assert check in known, f"{check} ({folder}) is in no table"
            rules = TABLE["rules"].get(check)
            if rules and not found[folder] & set(rules):
                missed.append((folder, check, rules))
    assert missed == []


def test_what_checkov_is_silent_about_is_found(found):
    mapped = {rule for rules in TABLE["rules"].values() for rule in rules}
    everywhere = set().union(*found.values())
    for rule in SILENT:
        assert rule not in mapped
        assert rule in everywhere, rule


def test_every_rule_of_the_table_exists(tmp_path):
    listed = subprocess.run(
        [os.environ["POLGEN"], "harden", "--list-rules"], capture_output=True, text=True, env={"HOME": str(tmp_path)}, check=True,
    ).stdout
    names = {line.split()[0] for line in listed.splitlines()}
    assert {rule for rules in TABLE["rules"].values() for rule in rules} <= names
