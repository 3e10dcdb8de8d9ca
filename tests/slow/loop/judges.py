"""Two judges of a request: polgen's own evaluator, and an independent one. Both run as processes of their own.

moto's enforcement is no judge: it differs from IAM in wildcards, conditions and resources.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


def polgen():
    """The program under test."""
    return os.environ["POLGEN"]


class Request:
    """One action on one resource, with the condition keys that AWS would send along."""

    def __init__(self, action, resource, context=None):
        self.action, self.resource, self.context = action, resource, context or {}

    def __repr__(self):
        suffix = f" with {self.context}" if self.context else ""
        return f"{self.action} on {self.resource}{suffix}"


class Polgen:
    """`polgen eval`."""

    def __init__(self, policies):
        self.policies = policies

    def decide(self, requests):
        """One decision for each request: allowed or denied."""
        lines = "".join(
            json.dumps({"id": str(number), "action": request.action, "resource": request.resource,
                        "context": {key: [value] for key, value in request.context.items()}}) + "\n"
            for number, request in enumerate(requests)
        )
        with tempfile.TemporaryDirectory() as folder:
            files = []
            for number, policy in enumerate(self.policies):
                file = Path(folder) / f"policy{number}.json"
                file.write_text(json.dumps(policy), encoding="utf-8")
                files += ["--policy", str(file)]
            done = subprocess.run(
                [polgen(), "eval", *files, "--requests", "-"], input=lines, capture_output=True, text=True, check=True,
            )
        answers = {answer["id"]: answer["decision"] for answer in map(json.loads, done.stdout.splitlines())}
        named = {"allowed": "allowed", "explicit-deny": "denied", "implicit-deny": "denied"}
        return [named.get(answers[str(number)], f"`{answers[str(number)]}`") for number in range(len(requests))]


class Oracle:
    """The independent implementation, under Node."""

    def __init__(self, policies):
        self._process = subprocess.Popen(
            ["node", os.environ["ORACLE"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )
        self._ask({"policies": policies})

    def _ask(self, question):
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def decide(self, requests):
        """One decision for each request: allowed, denied, or what it could not understand."""
        answers = [
            self._ask({"principal": "arn:aws:iam::123456789012:role/service-role/LoopFunctionRole",
                       "action": request.action, "resource": request.resource, "context": request.context})
            for request in requests
        ]
        return [answer.get("decision") or json.dumps(answer) for answer in answers]

    def close(self):
        """Ends the process."""
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()
