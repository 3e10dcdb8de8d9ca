"""`polgen eval` beside an independent implementation of IAM's decision: 100,000 generated questions, one answer.

Left out of the generator is what AWS's documentation decides otherwise than the other implementation; those cases are tests of
their own in `tests/spec/documented.rs`.
"""

import json
import os
import random
import subprocess
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
POLICY_SETS = int(os.environ.get("DECISION_POLICY_SETS", "1000"))
QUESTIONS_PER_SET = 100

ACCOUNT, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/s"
USER = f"arn:aws:iam::{ACCOUNT}:user/ann"

# Actions with resources of their types. Several names differ by one character, so that `?` and `*` decide something.
ACTIONS = {
    "s3:GetObject": [f"arn:aws:s3:::{bucket}/{key}" for bucket in ("b", "bb", "c") for key in ("x", "xy", "in/x", "in/a/x")],
    "s3:PutObject": [f"arn:aws:s3:::{bucket}/{key}" for bucket in ("b", "c") for key in ("x", "in/x", "team-a/x")],
    "s3:GetObjectTagging": ["arn:aws:s3:::b/x", "arn:aws:s3:::c/in/x"],
    "s3:ListBucket": ["arn:aws:s3:::b", "arn:aws:s3:::bb", "arn:aws:s3:::c"],
    "sqs:SendMessage": [f"arn:aws:sqs:{region}:{ACCOUNT}:{name}" for region in ("us-east-1", "eu-west-1") for name in ("q", "qq")],
    "sqs:ReceiveMessage": [f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"],
    "dynamodb:GetItem": [f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{name}" for name in ("t", "tt")],
    "dynamodb:Query": [f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/t"],
    "lambda:InvokeFunction": [f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}" for name in ("f", "ff")],
    "logs:PutLogEvents": [f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/f:log-stream:{name}" for name in ("s", "t")],
    "ec2:DescribeInstances": ["*"],
    "s3:ListAllMyBuckets": ["*"],
}
ACTION_PATTERNS = ["*", "s3:*", "s3:Get*", "S3:getobject", "s3:?etObject", "s3:*Object", "s3:*Object*", "s3:List*", "sqs:*Message",
                   "sqs:S*", "dynamodb:*", "dynamodb:?uery", "lambda:Invoke*", "logs:*", "ec2:Describe*", "ec2:*", "s3:ListBucke?"]
RESOURCE_PATTERNS = ["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b*/x", "arn:aws:s3:::?/x", "arn:aws:s3:::*/in/*", "arn:aws:s3:::b/in/?",
                     "arn:aws:s3:::?", "arn:aws:s3:::b*", "arn:aws:s3:::*", f"arn:aws:sqs:*:{ACCOUNT}:q", "arn:aws:sqs:us-*:*:q?",
                     f"arn:aws:sqs:us-east-1:{ACCOUNT}:*", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/?",
                     f"arn:aws:lambda:*:{ACCOUNT}:function:f*", f"arn:aws:logs:*:*:log-group:/aws/lambda/f:*",
                     "arn:aws:s3:::${aws:PrincipalTag/team}/*", "arn:aws:s3:::*/team-${aws:PrincipalTag/team}/*",
                     "arn:aws:s3:::${aws:PrincipalTag/team, 'b'}/x", "arn:aws:s3:::b/${*}x", "arn:aws:s3:::b/x${?}"]

# For each key the values of requests and the values of policies, by what operators take.
TEXTS = (["a", "b", "A", "ab", "x*", ""], ["a", "b", "A", "ab", "c"])
LIKES = (["a", "b", "A", "ab", "abc", "x*", "a?"], ["a*", "*b", "?b", "a", "*", "A*", "a${*}", "x${*}", "a${?}", "?"])
VARIABLES = ["${aws:PrincipalTag/name}", "${aws:PrincipalTag/name, 'a'}", "${aws:PrincipalTag/team}"]
NUMBERS = (["5", "-5", "0", "10", "5.5", "4.999", "x"], ["5", "-5", "0.0", "10", "5.50", "x"])
DATES = (["2026-06-01T00:00:00Z", "2026-05-31T23:59:59Z", "2026-06-01T02:00:00+02:00", "2027-01-01T00:00:00Z", "x"],
         ["2026-06-01", "2026-06-01T00:00:00Z", "2026-06-01T00:00Z", "2026-12-31T12:00:00.5Z", "2025-01"])
BOOLEANS = (["true", "false", "TRUE", "x"], ["true", "false", "True"])
NETWORKS = (["10.0.0.1", "10.1.2.3", "192.168.1.1", "2001:db8::1", "2001:db9::1", "x"],
            ["10.0.0.0/8", "10.0.0.1/32", "10.1.0.0/16", "8.0.0.0/5", "2001:db8::/32", "2000::/3", "192.168.1.0/31", "x"])
ARNS = (["arn:aws:sns:us-east-1:111122223333:t", "arn:aws:sns:eu-west-1:111122223333:t:u", "arn:aws:s3:::b", "x"],
        ["arn:aws:sns:*:*:t", "arn:aws:sns:us-*:111122223333:*", "arn:aws:s3:::?", "arn:aws:*:*:*:t", "arn:*:sns:us-east-1:*:t"])
BINARY = (["QUJD", "QUJE"], ["QUJD", "QUJF"])
NUMERIC = ["NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"]
DATE = [name.replace("Numeric", "Date") for name in NUMERIC]
KEYS = [
    ("aws:PrincipalTag/team", ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"], TEXTS, True),
    ("aws:PrincipalTag/team", ["StringLike", "StringNotLike"], LIKES, True),
    ("aws:SourceVpc", ["StringLike", "StringNotLike", "StringEquals", "StringNotEquals"], (LIKES[0], ["a", "b", "*", "a*"]), False),
    ("aws:MultiFactorAuthAge", NUMERIC, NUMBERS, False),
    ("aws:CurrentTime", DATE, DATES, False),
    ("aws:SecureTransport", ["Bool"], BOOLEANS, False),
    ("aws:SourceIp", ["IpAddress", "NotIpAddress"], NETWORKS, False),
    ("aws:SourceArn", ["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"], ARNS, False),
    ("aws:PrincipalTag/bytes", ["BinaryEquals"], BINARY, False),
]
SETS = ("aws:CalledVia", ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"],
        (["a", "b", "ab", "c"], ["a", "b", "c"]))


def several(random, values, most=3):
    chosen = random.sample(values, random.randint(1, min(most, len(values))))
    return chosen[0] if len(chosen) == 1 and random.random() < 0.5 else chosen


def condition(random):
    if random.random() < 0.2:
        key, operators, (_, values) = SETS
        operator = random.choice(operators)
        operator = random.choice([f"ForAllValues:{operator}", f"ForAllValues:{operator}IfExists", f"ForAnyValue:{operator}"])
        return operator, key, several(random, values)
    if random.random() < 0.1:
        key = random.choice([key for key, *_ in KEYS] + [SETS[0]])
        return "Null", key, random.choice(["true", "false"])
    key, operators, (_, values), takes_variables = random.choice(KEYS)
    if takes_variables and random.random() < 0.3:
        values = values + VARIABLES
    operator = random.choice(operators) + random.choice(["", "", "IfExists"])
    return operator, random.choice([key, key, key.upper(), key.lower()]), several(random, values)


def statement(random, principals=None):
    effect = random.choice(["Allow", "Allow", "Allow", "Deny"])
    made = {"Effect": effect}
    if principals:
        name = "NotPrincipal" if random.random() < 0.1 and effect == "Deny" else "Principal"
        made[name] = random.choice(principals)
    made["NotAction" if random.random() < 0.15 else "Action"] = several(random, ACTION_PATTERNS)
    if random.random() < 0.15:
        # Whether a pattern whose variable has no value is looked at here depends on the order of comparing in the other one.
        made["NotResource"] = several(random, [pattern for pattern in RESOURCE_PATTERNS if "/team}" not in pattern])
    else:
        made["Resource"] = several(random, RESOURCE_PATTERNS)
    for _ in range(random.choice([0, 0, 1, 1, 2])):
        operator, key, values = condition(random)
        made.setdefault("Condition", {}).setdefault(operator, {})[key] = values
    return made


def document(random, statements, principals=None):
    made = [statement(random, principals) for _ in range(random.randint(1, statements))]
    return {"Version": "2012-10-17", "Statement": made[0] if len(made) == 1 and random.random() < 0.5 else made}


def policy_set(random):
    layers = {"identity": [document(random, 4) for _ in range(random.randint(1, 2))]}
    if random.random() < 0.25:
        layers["boundary"] = document(random, 3)
    if random.random() < 0.25:
        layers["session"] = document(random, 3)
    if random.random() < 0.25:
        layers["serviceControl"] = [[document(random, 3)] for _ in range(random.randint(1, 2))]
    if random.random() < 0.35:
        principals = ["*", {"AWS": "*"}, {"AWS": ACCOUNT}, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, {"AWS": ROLE}, {"AWS": [USER, OTHER]}]
        # A grant to the session itself is not limited by session policies; the other implementation limits it.
        principals += [] if "session" in layers else [{"AWS": SESSION}, {"AWS": [SESSION, ROLE]}]
        layers["resource"] = document(random, 3, principals)
    return layers


def question(random, layers):
    action = random.choice(list(ACTIONS))
    context = {}
    for key, _, (values, _), _ in KEYS:
        if random.random() < 0.6:
            context[key] = random.choice([value for value in values if value])
    if random.random() < 0.5:
        context["aws:PrincipalTag/name"] = random.choice(["a", "b", "*", "ab"])
    if random.random() < 0.6:
        context[SETS[0]] = random.sample(SETS[2][0], random.randint(1, 3))
    principals = [ROLE, SESSION] + ([] if "session" in layers else [USER])
    account = OTHER if "resource" in layers and random.random() < 0.3 and action.startswith("s3:") else ACCOUNT
    return {"principal": random.choice(principals), "action": action, "resource": random.choice(ACTIONS[action]),
            "account": account, "context": context}


def decided_by_polgen(folder, layers, questions):
    def written(name, policy):
        file = folder / f"{name}.json"
        file.write_text(json.dumps(policy), encoding="utf-8")
        return str(file)

    arguments = [os.environ["POLGEN"], "eval"]
    for number, policy in enumerate(layers["identity"]):
        arguments += ["--policy", written(f"identity{number}", policy)]
    for layer, flag in (("boundary", "--boundary"), ("session", "--session-policy"), ("resource", "--resource-policy")):
        if layer in layers:
            arguments += [flag, written(layer, layers[layer])]
    for number, (policy,) in enumerate(layers.get("serviceControl", [])):
        arguments += ["--service-control-policy", written(f"level{number}", policy)]
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run(arguments, input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stderr, layers)
    return [json.loads(line) for line in done.stdout.splitlines()]


def asked(oracle, line):
    oracle.stdin.write(json.dumps(line) + "\n")


@pytest.mark.skipif("ORACLE" not in os.environ, reason="there is no Node for the independent evaluator")
def test_every_generated_question_has_one_answer(tmp_path):
    script = Path(os.environ["ORACLE"]).with_name("decisions.mjs")
    script.write_text((HERE / "decisions.mjs").read_text(encoding="utf-8"), encoding="utf-8")
    source = random.Random(20260601)
    sets = [policy_set(source) for _ in range(POLICY_SETS)]
    asked_sets = [(layers, [question(source, layers) for _ in range(QUESTIONS_PER_SET)]) for layers in sets]
    lines = []
    for layers, questions in asked_sets:
        lines.append(json.dumps({"layers": layers}))
        lines += [json.dumps(question) for question in questions]
    done = subprocess.run(["node", str(script)], input="\n".join(lines), capture_output=True, text=True, check=True)
    answers = iter(map(json.loads, done.stdout.splitlines()))
    verdicts, differences = Counter(), []
    for layers, questions in asked_sets:
        next(answers)
        for asked_question, ours in zip(questions, decided_by_polgen(tmp_path, layers, questions), strict=True):
            theirs = next(answers)
            assert "error" not in theirs, (theirs, asked_question, layers)
            verdicts[ours["decision"]] += 1
            if ours["decision"] != theirs["decision"]:
                differences.append({"ours": ours, "theirs": theirs, "question": asked_question, "layers": layers})
    total = sum(verdicts.values())
    assert total == POLICY_SETS * QUESTIONS_PER_SET
    assert not differences, f"{len(differences)} of {total}: {json.dumps(differences[:3], indent=1)}"
    # No verdict may be so rare that agreement on it says nothing.
    assert min(verdicts[word] for word in ("allowed", "explicit-deny", "implicit-deny")) > total // 50, verdicts
