"""The HTML report in a real browser (`browser.mjs`): quiet, alone, usable by everyone, and quick at 5,000 accesses."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tests/slow/browser.mjs"
CHECKS = re.findall(r'^  (?:async )?"([^"]+)"(?:\(\)|:)', SCRIPT.read_text(), re.M)
ROLE = "PrototypeFunctionRole"
# What a browser could make markup, script or another order of characters of; a role's name has no slash.
HOSTILE = "a\"'><img src=x onerror=alert(1)><script>alert(2){{7*7}}&lt;\u202etxt"
ENDS = "</script></code></td><script>alert(3)</script><!--"
DAYS = 56


def polgen(*arguments):
    done = subprocess.run([os.environ["POLGEN"], *arguments], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def record(number, role, source, name, **more):
    session = f"arn:aws:sts::111122223333:assumed-role/{role}/{role}"
    issuer = {"type": "Role", "arn": f"arn:aws:iam::111122223333:role/{role}", "accountId": "111122223333", "userName": role}
    day = number % DAYS
    return {
        "eventVersion": "1.11", "eventSource": source, "eventName": name, "awsRegion": "eu-central-1",
        "eventTime": f"2026-{6 + day // 28:02}-{1 + day % 28:02}T10:00:00Z", "eventID": f"00000000-0000-4000-8000-{number:012}",
        "eventType": "AwsApiCall", "recipientAccountId": "111122223333", "sourceIPAddress": "198.51.100.7",
        "userIdentity": {"type": "AssumedRole", "arn": session, "accountId": "111122223333", "sessionContext": {"sessionIssuer": issuer}},
        **more,
    }


def hostile():
    s3 = "s3.amazonaws.com"
    key = {"requestParameters": {"bucketName": "bucket", "key": HOSTILE + ENDS}}
    denied = {"errorCode": "AccessDenied", "errorMessage": HOSTILE + ENDS}
    return [
        record(1, HOSTILE, s3, "GetObject", **key), record(2, HOSTILE, s3, "PutObject", **key),
        record(3, HOSTILE, s3, "DeleteObject", **key, **denied),
    ]


def big():
    """5,000 distinct accesses that no pattern stands for: each table has its own."""
    actions = ["GetItem", "PutItem", "Query"]
    records = []
    for number in range(5000):
        table = {"requestParameters": {"tableName": f"orders-of-customer-{number // 3:05}"}}
        for turn in range(1 + number % 3):
            records.append(record(number * 3 + turn * 5, "app", "dynamodb.amazonaws.com", actions[number % 3], **table))
    return records


@pytest.fixture(scope="session")
def outcomes(tmp_path_factory):
    browser, oracle = os.environ.get("CHROMIUM"), os.environ.get("ORACLE")
    if not browser or not oracle:
        pytest.skip("there is no Chromium, or no Node")
    folder = tmp_path_factory.mktemp("html")
    write = lambda name, text: (folder / name).write_text(text)
    trail = ["--trail", "samples/trail", "--current", "samples/role.json"]
    write("sample.html", polgen("suggest", "--role", ROLE, *trail, "--format", "html"))
    polgen("suggest", "--all-roles", *trail, "--format", "html", "--output-dir", str(folder / "roles"))
    wide = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*", "dynamodb:*"], "Resource": "*"}]}
    write("<b>&'wide'.json", json.dumps(wide))
    for name, role, records in [("hostile", HOSTILE, hostile()), ("big", "app", big())]:
        write(f"{name}-trail.json", json.dumps({"Records": records}))
        page = polgen(
            "suggest", "--role", role, "--trail", str(folder / f"{name}-trail.json"), "--current", str(folder / "<b>&'wide'.json"),
            "--resources", "exact", "--most-policies", "1000", "--format", "html",
        )
        write(f"{name}.html", page)
    shown = HOSTILE.replace("\u202e", "\\u{202e}")
    write("hostile.json", json.dumps({"shown": shown, "message": shown + ENDS}))
    # The script stands beside its packages, where Node looks for them.
    script = Path(oracle).with_name("browser.mjs")
    script.write_text(SCRIPT.read_text())
    done = subprocess.run(["node", str(script), str(folder)], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return {one["check"]: one for one in map(json.loads, done.stdout.splitlines())}


def test_every_check_is_known():
    assert len(CHECKS) >= 20


@pytest.mark.parametrize("check", CHECKS)
def test_in_a_browser(outcomes, check):
    assert outcomes[check]["problem"] is None, outcomes[check]["problem"]
