"""The proofs of containment beside a solver: generated pairs of policies, both directions, every witness confirmed.

Every run of the tests takes some hundred pairs; `CONTAINMENT_PAIRS=5000 tests/slow/run -n 0 -s -k containment` is the long check.

The solver (z3) is given the definition: actions, resources and the values of keys are texts, patterns are regular expressions,
a key is there or not. It knows nothing of how the proof walks.
"""

import json
import multiprocessing
import os
import random
import subprocess
import sys
from collections import Counter

import z3

PAIRS = int(os.environ.get("CONTAINMENT_PAIRS", "400"))
KEYS = ["x:k", "x:l"]

ANY, ONE = z3.Full(z3.ReSort(z3.StringSort())), z3.AllChar(z3.ReSort(z3.StringSort()))
ACTION, RESOURCE = z3.String("action"), z3.String("resource")
VALUE = {key: z3.String(f"value of {key}") for key in KEYS}
IS_THERE = {key: z3.Bool(f"{key} is there") for key in KEYS}
SHAPE = z3.Concat(z3.Plus(ONE), z3.Re(":"), z3.Plus(ONE))


def listed(value):
    return value if isinstance(value, list) else [value]


def expression(pattern):
    parts, position = [z3.Re("")], 0
    while position < len(pattern):
        if pattern[position:position + 4] in ("${*}", "${?}", "${$}"):
            parts.append(z3.Re(pattern[position + 2]))
            position += 4
            continue
        parts.append({"*": ANY, "?": ONE}.get(pattern[position]) if pattern[position] in "*?" else z3.Re(pattern[position]))
        position += 1
    return z3.Concat(*parts) if len(parts) > 1 else parts[0]


def one_of(text, patterns):
    expressions = [expression(pattern) for pattern in listed(patterns)]
    return z3.InRe(text, z3.Union(*expressions) if len(expressions) > 1 else expressions[0])


def condition(operator, key, values):
    there, value = IS_THERE[key], VALUE[key]
    if operator == "Null":
        return z3.Or([z3.Not(there) if wanted == "true" else there for wanted in listed(values)])
    if_exists = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    negated = "Not" in operator
    if "Like" in operator:
        matches = one_of(value, values)
    else:
        matches = z3.Or([value == z3.StringVal(wanted) for wanted in listed(values)])
    absent = z3.BoolVal(if_exists or negated)
    return z3.If(there, z3.Not(matches) if negated else matches, absent)


def statement(made):
    def element(name, text, fold):
        negated = f"Not{name}" in made
        patterns = [pattern.lower() if fold else pattern for pattern in listed(made[f"Not{name}" if negated else name])]
        return z3.Not(one_of(text, patterns)) if negated else one_of(text, patterns)

    parts = [element("Action", ACTION, True), element("Resource", RESOURCE, False)]
    for operator, keys in made.get("Condition", {}).items():
        parts += [condition(operator, key, values) for key, values in keys.items()]
    return z3.And(parts)


def allows(policy):
    def any_of(effect):
        return z3.Or([statement(made) for made in policy["Statement"] if made["Effect"] == effect])

    return z3.And(any_of("Allow"), z3.Not(any_of("Deny")))


def is_contained(inner, outer):
    solver = z3.Solver()
    solver.set("timeout", 5_000)
    solver.add(z3.InRe(ACTION, SHAPE), inner, z3.Not(outer))
    return {"unsat": True, "sat": False}.get(str(solver.check()))


def confirms(formula, witness):
    values = [(ACTION, z3.StringVal(witness["action"].lower())), (RESOURCE, z3.StringVal(witness["resource"]))]
    for key in KEYS:
        found = witness["context"].get(key, [])
        values += [(IS_THERE[key], z3.BoolVal(bool(found))), (VALUE[key], z3.StringVal(found[0] if found else ""))]
    return z3.is_true(z3.simplify(z3.substitute(formula, *values)))


def some(random, values, most=3):
    chosen = random.sample(values, random.randint(1, most))
    return chosen[0] if len(chosen) == 1 else chosen


def made_policy(random):
    actions = ["s3:*", "s3:Get*", "s3:GetObject", "S3:getobject*", "s3:?etObject", "s3:*Object", "sqs:*", "*", "s3:Put*", "s?s:*"]
    resources = ["*", "a*", "a/*", "*b", "a?b", "a*b", "*a*b*", "??", "a/b", "ab", "?*", "a${*}b", "*x*", "a/*/b", "arn:*:b"]
    texts, likes = ["a", "b", "ab"], ["a*", "*b", "?", "ab", "*", "a?"]
    statements = []
    for _ in range(random.randint(1, 4)):
        made = {"Effect": random.choice(["Allow", "Allow", "Allow", "Deny"])}
        made["NotAction" if random.random() < 0.1 else "Action"] = some(random, actions)
        made["NotResource" if random.random() < 0.15 else "Resource"] = some(random, resources)
        for _ in range(random.choice([0, 0, 0, 1, 2])):
            operator = random.choice(["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"])
            values = some(random, likes if "Like" in operator else texts, 2)
            operator += random.choice(["", "", "IfExists"])
            if random.random() < 0.15:
                operator, values = "Null", random.choice(["true", "false"])
            made.setdefault("Condition", {}).setdefault(operator, {})[random.choice(KEYS)] = values
        statements.append(made)
    return {"Version": "2012-10-17", "Statement": statements}


def made_pair(random):
    old = made_policy(random)
    if random.random() < 0.4:
        return old, made_policy(random)
    # A change to the old policy: these are the pairs that people compare.
    new = json.loads(json.dumps(old))
    other = made_policy(random)
    if random.random() < 0.5:
        new["Statement"].append(random.choice(other["Statement"]))
    else:
        made, part = random.choice(new["Statement"]), random.choice(other["Statement"])
        name = random.choice([name for name in made if name not in ("Effect", "Condition")])
        del made[name]
        name = name.removeprefix("Not")
        made[name] = part.get(name, part.get(f"Not{name}"))
    random.shuffle(new["Statement"])
    return old, new


WANTED = {(True, True): "equal", (True, False): "narrower", (False, True): "broader", (False, False): "incomparable"}


def is_decided(judged):
    """Holds one relation against the solver; the answer says whether the solver could decide it within its time."""
    old, new, ours = judged
    place = json.dumps([old, new])
    assert "error" not in ours, (ours, place)
    old, new = allows(old), allows(new)
    narrows, widens = is_contained(new, old), is_contained(old, new)
    if narrows is not None and widens is not None:
        assert ours["relation"] == WANTED[narrows, widens], (ours, place)
    for witness in ours["only_in_old"]:
        assert confirms(z3.And(old, z3.Not(new)), witness), (witness, place)
    for witness in ours["only_in_new"]:
        assert confirms(z3.And(new, z3.Not(old)), witness), (witness, place)
    return narrows is not None and widens is not None


def test_every_generated_pair_relates_as_the_solver_says():
    source = random.Random(6144)
    # The solver leaves some open within its time: so many more are made that enough are decided.
    pairs = [made_pair(source) for _ in range(PAIRS + PAIRS // 20)]
    lines = "".join(json.dumps({"old": old, "new": new}) + "\n" for old, new in pairs)
    done = subprocess.run([os.environ["RELATE"]], input=lines, capture_output=True, text=True, check=True)
    ours = [json.loads(line) for line in done.stdout.splitlines()]
    relations = Counter(answer["relation"] for answer in ours)
    judged = [(old, new, answer) for (old, new), answer in zip(pairs, ours, strict=True)]
    decided = 0
    with multiprocessing.Pool() as pool:
        for count, is_one in enumerate(pool.imap_unordered(is_decided, judged, chunksize=20), start=1):
            decided += is_one
            if count % 500 == 0:
                print(f"{count} of {len(pairs)} pairs held against the solver, {count - decided} left open by it", file=sys.__stderr__, flush=True)
    assert decided >= PAIRS, f"the solver left {len(pairs) - decided} of {len(pairs)} pairs open"
    assert all(relations[word] > PAIRS // 50 for word in ("equal", "narrower", "broader", "incomparable")), relations
    print(f"{decided} pairs decided: {dict(relations)}", file=sys.__stderr__)
