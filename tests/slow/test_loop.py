"""A workload runs under broad rights and leaves a trail; the policy suggested from that trail must be enough for the same
workload, and no more. Two evaluators judge, polgen's own and an independent one, and they must agree."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from loop.account import FUNCTION, ROLE, ROLE_ARN, Account, role_details
from loop.judges import Oracle, Polgen, polgen
from loop.probes import probes
from loop.recorder import REGION, Recorder, arn
from loop.workload import STEPS, needs_of

# Each process that runs tests keeps a folder of its own.
WORK = Path(os.environ["SLOW_WORK"]) / "loop" / os.environ.get("PYTEST_XDIST_WORKER", "alone")
SERVICES_AT_LEAST, PROBES_AT_LEAST = 12, 40


class Gate:
    """Lets a session's calls through only if the policies allow what the present step needs, as AWS would."""

    def __init__(self, judge):
        self._judge, self.needs, self.refused, self.calls = judge, [], [], 0

    def listen_to(self, session):
        session.events.register("before-call", self._check)

    def _check(self, model, **_):
        self.calls += 1
        for request, decision in zip(self.needs, self._judge.decide(self.needs)):
            if decision != "allowed":
                self.refused.append(f"{model.name}: {request}: {decision}")
                raise ClientError({"Error": {"Code": "AccessDenied", "Message": str(request)}}, model.name)


def role_session():
    """A session of the role, as the function has it."""
    keys = boto3.client("sts", region_name=REGION).assume_role(RoleArn=ROLE_ARN, RoleSessionName=FUNCTION)["Credentials"]
    return boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=REGION)


def run_workload(session, account, before_step=lambda needs: None):
    """Runs all steps in order."""
    clients = {}
    for _, call, needs in STEPS:
        before_step(needs_of(needs, account))
        call(lambda service: clients.setdefault(service, session.client(service)), account)


def suggest(trail, current):
    """What polgen suggests from the trail."""
    done = subprocess.run(
        [polgen(), "suggest", "--role", ROLE, "--trail", str(trail), "--current", str(current), "--format", "json"],
        capture_output=True, text=True,
    )
    assert done.returncode == 0, f"polgen suggest ended with {done.returncode}:\n{done.stderr}"
    return json.loads(done.stdout)


class Loop:
    """The loop up to the attached policies."""

    def __init__(self):
        shutil.rmtree(WORK, ignore_errors=True)
        WORK.mkdir(parents=True)
        self.account = Account(boto3.Session(region_name=REGION))
        self.recorder = Recorder(ROLE_ARN, self.account.role_id, FUNCTION)
        self.recorder.learn(self.account)
        self.recorder.assumed_by_lambda()
        session = role_session()
        self.recorder.listen_to(session)
        run_workload(session, self.account)
        self.recorder.denied("dynamodb", "Scan", "dynamodb:Scan", arn("dynamodb", "table/loop-orders"),
                             {"tableName": "loop-orders"}, is_data=True)
        self.recorder.write_trail(WORK / "trail")
        (WORK / "role.json").write_text(json.dumps(role_details(self.account)), encoding="utf-8")
        self.suggestion = suggest(WORK / "trail", WORK / "role.json")
        documents = [policy["document"] for policy in self.suggestion["policies"]]
        self.policies = self.account.attach(documents)
        (WORK / "policies.json").write_text(json.dumps(self.policies, indent=2), encoding="utf-8")


@pytest.fixture(scope="module")
def loop(request):
    """The loop, run once; its files stay for a look below target/slow/loop."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        os.environ[name] = "testing"
    with mock_aws(config={"lambda": {"use_docker": False}, "iam": {"load_aws_managed_policies": False}}):
        yield Loop()


@pytest.fixture(scope="module", params=["polgen", "oracle"])
def judge_of(request):
    """Makes a judge of policies, ended with the tests."""
    if request.param == "polgen":
        yield Polgen
        return
    if "ORACLE" not in os.environ:
        pytest.skip("there is no Node: the independent evaluator was not asked")
    oracles = []
    yield lambda policies: oracles.append(Oracle(policies)) or oracles[-1]
    for oracle in oracles:
        oracle.close()


def all_needs(loop):
    return [request for _, _, needs in STEPS for request in needs_of(needs, loop.account)]


def test_the_workload_is_broad_enough(loop):
    services = {request.action.split(":")[0] for request in all_needs(loop)}
    assert len(services) >= SERVICES_AT_LEAST, sorted(services)
    assert len(probes(loop.account)) >= PROBES_AT_LEAST
    assert len(loop.recorder.records) >= len(STEPS)


def test_every_need_is_allowed(loop, judge_of):
    needs = all_needs(loop)
    wrong = [f"{need}: {decision}" for need, decision in zip(needs, judge_of(loop.policies).decide(needs))
             if decision != "allowed"]
    assert not wrong, f"{len(wrong)} of {len(needs)} needs:\n" + "\n".join(wrong)


def test_every_probe_is_denied(loop, judge_of):
    asked = probes(loop.account)
    wrong = [f"{probe}: {decision}" for probe, decision in zip(asked, judge_of(loop.policies).decide(asked))
             if decision != "denied"]
    assert not wrong, f"{len(wrong)} of {len(asked)} probes:\n" + "\n".join(wrong)


def test_the_same_workload_runs_to_the_last_call(loop, judge_of):
    loop.account.restore()
    gate = Gate(judge_of(loop.policies))
    session = role_session()
    gate.listen_to(session)
    run_workload(session, loop.account, before_step=lambda needs: setattr(gate, "needs", needs))
    assert not gate.refused
    assert gate.calls >= len(STEPS)


def test_the_judges_can_say_no(loop, judge_of):
    """Without the first statement something must be missing, and the broad policy must let the probes through."""
    fewer = [{**loop.policies[0], "Statement": loop.policies[0]["Statement"][1:]}, *loop.policies[1:]]
    assert "denied" in judge_of(fewer).decide(all_needs(loop))
    broad = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    assert set(judge_of([broad]).decide(probes(loop.account))) == {"allowed"}


def test_denied_calls_are_listed_and_not_granted(loop):
    assert "dynamodb:Scan" in json.dumps(loop.suggestion["denied"])
    assert "dynamodb:Scan" not in json.dumps(loop.policies)
