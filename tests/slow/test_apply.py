"""`apply` and `rollback` against the local cloud: every call failed once, and the program killed at every call."""

import json
import os
import time
from functools import partial
from pathlib import Path

import boto3
import pytest

from cloud.server import Fault
from conftest import ACCESS_KEY

REGION = "eu-central-1"
ACCOUNT = "123456789012"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
OWN = f"arn:aws:iam::{ACCOUNT}:policy/own"
USED = f"arn:aws:iam::{ACCOUNT}:policy/app-used"
WRITING = ("Create", "Delete", "Attach", "Detach", "Put", "Set")


def document(*actions):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


# Stored with blanks and line ends of its own: it must come back with them.
INLINE = json.dumps(document("sqs:SendMessage"), indent=5) + "\n"


@pytest.fixture
def iam(cloud):
    return boto3.client("iam", endpoint_url=cloud.url, region_name=REGION, aws_access_key_id="AKIAOWNER", aws_secret_access_key="x")


def emptied(iam):
    """Takes away whatever a test has left."""
    try:
        role = iam.get_role(RoleName="app")["Role"]
    except iam.exceptions.NoSuchEntityException:
        role = None
    if role:
        for policy in iam.list_attached_role_policies(RoleName="app")["AttachedPolicies"]:
            iam.detach_role_policy(RoleName="app", PolicyArn=policy["PolicyArn"])
        for name in iam.list_role_policies(RoleName="app")["PolicyNames"]:
            iam.delete_role_policy(RoleName="app", PolicyName=name)
        if "PermissionsBoundary" in role:
            iam.delete_role_permissions_boundary(RoleName="app")
        iam.delete_role(RoleName="app")
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        for version in iam.list_policy_versions(PolicyArn=policy["Arn"])["Versions"]:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=policy["Arn"], VersionId=version["VersionId"])
        iam.delete_policy(PolicyArn=policy["Arn"])


def made(iam, versions=0):
    """A role with three policies; polgen's own policy is there with so many versions."""
    emptied(iam)
    role = iam.create_role(RoleName="app", AssumeRolePolicyDocument=json.dumps(document("sts:AssumeRole")))["Role"]["Arn"]
    iam.create_policy(PolicyName="own", PolicyDocument=json.dumps(document("s3:GetObject", "s3:PutObject")))
    for arn in (OWN, BASIC):
        iam.attach_role_policy(RoleName="app", PolicyArn=arn)
    iam.put_role_policy(RoleName="app", PolicyName="inline", PolicyDocument=INLINE)
    for version in range(1, versions + 1):
        text = json.dumps(document(f"s3:Get{version}"))
        if version == 1:
            iam.create_policy(PolicyName="app-used", PolicyDocument=text)
        else:
            iam.create_policy_version(PolicyArn=USED, PolicyDocument=text, SetAsDefault=version % 2 == 1)
    return role


def state(iam):
    """All that a change may touch, without the ids of versions."""
    role = iam.get_role(RoleName="app")["Role"]
    attached = sorted(policy["PolicyArn"] for policy in iam.list_attached_role_policies(RoleName="app")["AttachedPolicies"])
    names = iam.list_role_policies(RoleName="app")["PolicyNames"]
    raw = {name: json.dumps(iam.get_role_policy(RoleName="app", PolicyName=name)["PolicyDocument"]) for name in names}
    policies = {}
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        versions = iam.list_policy_versions(PolicyArn=policy["Arn"])["Versions"]
        documents = {version["VersionId"]: iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=version["VersionId"])
                     ["PolicyVersion"]["Document"] for version in versions}
        policies[policy["Arn"]] = (json.dumps(documents[policy["DefaultVersionId"]]), sorted(map(json.dumps, documents.values())))
    return attached, raw, role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"), policies


@pytest.fixture
def suggestion(tmp_path):
    def written(role, actions=("s3:GetObject", "sqs:SendMessage"), current=True):
        basic = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [
            "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}]}
        report = {"role": {"arn": role, "name": "app", "account": ACCOUNT},
                  "policies": [{"name": "app-used", "document": document(*actions)}]}
        if current:
            report["current"] = [
                {"name": "own", "arn": OWN, "document": document("s3:GetObject", "s3:PutObject")},
                {"name": "AWSLambdaBasicExecutionRole", "arn": BASIC, "document": basic},
                {"name": "inline", "arn": None, "document": document("sqs:SendMessage")},
            ]
        path = tmp_path / "suggestion.json"
        path.write_text(json.dumps(report))
        return str(path)

    return written


@pytest.fixture
def changer(cloud, user, tmp_path, iam):
    """A user of whom changes are expected: what was written is looked at, and forgotten at the end."""
    user.file = str(tmp_path / "rollback.json")
    yield user
    emptied(iam)
    cloud.calls.clear()


def applied(user, path, *more):
    return user.run("apply", path, "--yes", "--settle", "0", "--rollback-file", user.file, "--region", REGION, *more)


def rolled_back(user):
    return user.run("rollback", user.file, "--yes", "--settle", "0", "--region", REGION)


def is_new(iam):
    attached, inline, _, policies = state(iam)
    return attached == [USED] and not inline and "sqs:SendMessage" in policies[USED][0]


def test_a_dry_run_shows_the_calls_and_makes_none(cloud, changer, iam, suggestion):
    path = suggestion(made(iam))
    before = state(iam)
    done = changer.run("apply", path, "--region", REGION, "--rollback-file", changer.file)
    assert done.returncode == 0, done.stderr
    lines = done.stdout
    for words in ("aws iam create-policy --policy-name 'app-used'", "attach-role-policy", f"detach-role-policy --role-name 'app' --policy-arn '{OWN}'",
                  "delete-role-policy --role-name 'app' --policy-name 'inline'"):
        assert words in lines, lines
    assert cloud.writes(ACCESS_KEY) == [] and state(iam) == before


@pytest.mark.parametrize("versions", [0, 2, 5])
def test_a_suggestion_goes_on_and_comes_off(cloud, changer, iam, suggestion, versions):
    path = suggestion(made(iam, versions))
    before = state(iam)
    done = applied(changer, path)
    assert done.returncode == 0 and is_new(iam), done.stderr
    again = applied(changer, path)
    assert again.returncode == 0 and "already" in again.stderr, again.stderr
    shown = changer.run("rollback", changer.file, "--region", REGION)
    assert shown.returncode == 0 and "Dry run" in shown.stderr and f"--policy-arn '{OWN}'" in shown.stdout and is_new(iam), shown
    back = rolled_back(changer)
    assert back.returncode == 0, back.stderr
    assert state(iam) == before


def test_as_a_boundary_it_leaves_the_policies(changer, iam, suggestion):
    path = suggestion(made(iam))
    before = state(iam)
    done = applied(changer, path, "--boundary")
    assert done.returncode == 0, done.stderr
    attached, inline, boundary, _ = state(iam)
    assert (attached, inline, boundary) == (before[0], before[1], USED)
    assert rolled_back(changer).returncode == 0 and state(iam) == before


@pytest.mark.parametrize("versions", [0, 5])
def test_whatever_call_fails_the_role_is_all_new_or_all_as_before(cloud, changer, iam, suggestion, versions):
    outcomes = []
    for at in range(1, 80):
        path = suggestion(made(iam, versions))
        before = state(iam)
        cloud.calls.clear()
        count = {"all": 0}

        def is_hit(call, _, at=at, count=count):
            if call.access_key != ACCESS_KEY:
                return False
            count["all"] += 1
            return count["all"] == at

        cloud.faults = [Fault(is_hit, "ServiceFailure", 400)]
        done = applied(changer, path)
        cloud.faults = []
        if count["all"] < at:
            assert done.returncode == 0
            break
        outcomes.append(done.returncode)
        assert done.returncode == 1, (at, done.stderr)
        assert state(iam) == before, (at, done.stderr)
    else:
        pytest.fail("the calls do not end")
    assert len(outcomes) > 15, outcomes


def test_killed_at_any_call_it_is_gone_on_with_or_taken_back(cloud, changer, iam, suggestion):
    kills = 0
    for at in range(1, 40):
        for goes_on in (True, False):
            path = suggestion(made(iam))
            before = state(iam)
            start = partial(changer.start, "apply", path, "--yes", "--settle", "0", "--rollback-file", changer.file, "--region", REGION)
            if cloud.killing(at, ACCESS_KEY, WRITING, start) < at:
                assert kills >= 8, kills
                return
            kills += 1
            if goes_on:
                done = applied(changer, path)
                assert done.returncode == 0 and is_new(iam), (at, done.stderr)
            done = rolled_back(changer)
            assert done.returncode == 0, (at, done.stderr)
            assert state(iam) == before, at
            Path(changer.file).unlink()


def test_a_role_that_changed_is_refused(cloud, changer, iam, suggestion):
    path = suggestion(made(iam))
    iam.put_role_policy(RoleName="app", PolicyName="new", PolicyDocument=json.dumps(document("ec2:RunInstances")))
    done = applied(changer, path)
    assert done.returncode == 1 and "`new` is new" in done.stderr, done.stderr
    assert cloud.writes(ACCESS_KEY) == []


def test_without_the_current_policies_nothing_is_taken_away(changer, iam, suggestion):
    path = suggestion(made(iam), current=False)
    done = applied(changer, path)
    assert done.returncode == 0 and "none of them is taken away" in done.stderr, done.stderr
    attached, inline, _, _ = state(iam)
    assert attached == sorted([USED, OWN, BASIC]) and list(inline) == ["inline"]


def test_another_account_and_a_foreign_file_are_refused(cloud, changer, iam, suggestion, tmp_path):
    path = suggestion(made(iam).replace(ACCOUNT, "999988887777"))
    done = applied(changer, path)
    assert done.returncode == 1 and "expected credentials of account 999988887777" in done.stderr, done.stderr
    for text, word in (("{}", "rollback file"), ('{"polgen_rollback":2}', "rollback file"), ("", "rollback file")):
        (tmp_path / "rollback.json").write_text(text)
        done = rolled_back(changer)
        assert done.returncode == 1 and word in done.stderr, done.stderr
    assert cloud.writes(ACCESS_KEY) == []


def test_without_a_rollback_file_nothing_is_changed(cloud, changer, iam, suggestion, tmp_path):
    path = suggestion(made(iam))
    before = state(iam)
    changer.file = str(tmp_path / "no-such-folder/rollback.json")
    done = applied(changer, path)
    assert done.returncode == 1 and changer.file in done.stderr, done.stderr
    assert cloud.writes(ACCESS_KEY) == [] and state(iam) == before


def test_a_name_alone_tells_no_role(cloud, changer, iam, suggestion):
    """A role of another path, account or unique id is another one, whatever its name."""
    role = made(iam)
    done = applied(changer, suggestion(role.replace("role/", "role/team/")))
    assert done.returncode == 1 and f"role/team/app`, found `{role}`" in done.stderr, done.stderr
    assert cloud.writes(ACCESS_KEY) == []
    assert applied(changer, suggestion(role)).returncode == 0
    file = Path(changer.file)
    text = file.read_text()
    cloud.calls.clear()
    for other, words in ((role.replace("role/", "role/team/"), "is another role than the one that was changed"),
                         (role.replace(ACCOUNT, "999988887777"), "expected credentials of account 999988887777")):
        file.write_text(text.replace(f'"{role}"', f'"{other}"'))
        done = rolled_back(changer)
        assert done.returncode == 1 and words in done.stderr, done.stderr
    file.write_text(text)
    # Made anew under the same name and path, it is not the one that was changed.
    path = suggestion(made(iam))
    before = state(iam)
    for done, words in ((rolled_back(changer), "is another role than the one that was changed"), (applied(changer, path), "of another change is there already")):
        assert done.returncode == 1 and words in done.stderr, done.stderr
    assert cloud.writes(ACCESS_KEY) == [] and state(iam) == before and file.read_text() == text


def record(cloud, name, code=None):
    """Puts a call of the role into the event history, as it stands there this minute."""
    cloud.record([record_of(name, code)])


def record_of(name, code=None, source="sqs.amazonaws.com", parameters=None):
    """A call of the role, made this minute."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    made = {
        "eventVersion": "1.11", "eventID": f"0000-{name}", "eventTime": now, "eventType": "AwsApiCall", "eventSource": source,
        "eventName": name, "awsRegion": REGION, "sourceIPAddress": "10.0.0.1", "userAgent": "test", "recipientAccountId": ACCOUNT,
        "requestParameters": parameters or {"queueName": "orders"}, "responseElements": None, "readOnly": False, "managementEvent": True,
        "userIdentity": {"type": "AssumedRole", "principalId": "AROA:x", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/app/x", "accountId": ACCOUNT,
                         "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": "AROA", "accountId": ACCOUNT, "userName": "app",
                                                              "arn": f"arn:aws:iam::{ACCOUNT}:role/app"}}},
    }
    if code:
        made |= {"errorCode": code, "errorMessage": f"not authorized to perform: {source.split('.')[0]}:{name}"}
    return made


def test_watching_tells_what_is_denied_and_takes_the_change_back(cloud, changer, iam, suggestion):
    path = suggestion(made(iam))
    before = state(iam)
    cloud.regions = [REGION]
    assert applied(changer, path).returncode == 0
    record(cloud, "ListQueues")
    quiet = changer.run("watch", "--role", "app", "--since", "1h", "--minutes", "0", "--region", REGION)
    assert quiet.returncode == 0 and quiet.stdout == "" and "no denied call" in quiet.stderr, quiet.stderr
    record(cloud, "CreateQueue", "AccessDenied")
    watched = changer.run("watch", "--role", "app", "--since", "1h", "--minutes", "0", "--region", REGION)
    assert watched.returncode == 1 and "not authorized to perform: sqs:CreateQueue" in watched.stderr, watched.stderr
    assert json.loads(watched.stdout)["Statement"] == [
        {"Effect": "Allow", "Action": "sqs:CreateQueue", "Resource": f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"}]
    assert is_new(iam)
    # A trail shows what the event history does not: a denied read of an object.
    denied = record_of("GetObject", "AccessDenied", "s3.amazonaws.com", {"bucketName": "orders", "key": "a"})
    folder = Path(changer.file).parent / "delivered"
    folder.mkdir()
    (folder / "a.json").write_text(json.dumps({"Records": [denied]}))
    watched = changer.run("watch", "--role", "app", "--since", "1h", "--minutes", "0", "--region", REGION, "--trail", str(folder))
    assert watched.returncode == 1 and "s3:GetObject" in watched.stdout and "sqs:CreateQueue" in watched.stdout, watched.stderr
    back = changer.run("watch", "--role", "app", "--since", "1h", "--minutes", "5", "--auto-rollback", changer.file, "--region", REGION)
    assert back.returncode == 1 and "as it was before" in back.stderr, back.stderr
    assert state(iam) == before


@pytest.mark.skipif("ORACLE" not in os.environ, reason="there is no Node for the independent evaluator")
@pytest.mark.parametrize("versions", [0, 5])
def test_its_own_policy_is_enough_and_each_action_that_is_used_is_needed(cloud, changer, iam, suggestion, versions):
    role = made(iam, versions)
    printed = {name: json.loads(changer.run_offline("self-policy", name, "--role", role).stdout) for name in ("apply", "rollback")}
    commands = {"apply": lambda path: applied(changer, path), "rollback": lambda path: rolled_back(changer)}

    def run(name, path, policy):
        cloud.calls.clear()
        cloud.policies = {ACCESS_KEY: [policy]}
        done = commands[name](path)
        cloud.policies = {}
        return done, {call.name for call in cloud.calls if call.access_key == ACCESS_KEY}

    path, used = suggestion(role), {}
    for name, policy in printed.items():
        done, used[name] = run(name, path, policy)
        assert done.returncode == 0, (name, done.stderr)
        assert [call.name for call in cloud.calls if call.code == "AccessDenied"] == []
    Path(changer.file).unlink()
    for name, policy in printed.items():
        for action in sorted(used[name] - {"sts:GetCallerIdentity"}):
            path = suggestion(made(iam, versions))
            if name == "rollback":
                assert applied(changer, path).returncode == 0
            less = [{**statement, "Action": [other for other in statement["Action"] if other != action]} for statement in policy["Statement"]]
            done, _ = run(name, path, {**policy, "Statement": [statement for statement in less if statement["Action"]]})
            assert done.returncode == 1 and action in done.stderr and "hint:" in done.stderr, (name, action, done.stderr)
            Path(changer.file).unlink(missing_ok=True)
