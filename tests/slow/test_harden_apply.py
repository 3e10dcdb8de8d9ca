"""`harden --fix apply`: what is bad is clean afterwards, `rollback` restores it to the byte, and nothing is left half done."""

import json
import os
from functools import partial

import pytest

from cloud.server import Fault
from conftest import ACCESS_KEY, User
from posture import REGION, World, client, control
from test_harden_live import harden, of, recent
from test_self_policy import printed, without

MENDED = {"bucket-without-public-access-block", "bucket-without-tls", "bucket-old-tls-allowed", "bucket-without-versioning",
          "bucket-without-encryption", "stack-without-termination-protection", "account-without-public-access-block"}
# With a form of its own, which must come back as it was.
POLICY = '{"Version":"2012-10-17","Id":"mine","Statement":[{"Sid":"Read","Effect":"Allow","Principal":{"AWS":"123456789012"},' \
         '"Action":"s3:GetObject","Resource":"arn:aws:s3:::bad/*"}]}'


@pytest.fixture
def admin(cloud, tmp_path):
    """Somebody who may change something: the `user` of other tests only reads."""
    return User(cloud, tmp_path)


@pytest.fixture
def world(cloud):
    made = World(cloud)
    cloud.regions = [REGION]
    cloud.last_accessed = {"s3": {"GetObject": recent()}}
    made.bucket("bad")
    made.s3.put_bucket_policy(Bucket="bad", Policy=POLICY)
    made.bucket("plain")
    made.stack("open", False)
    made.account_block(False)
    yield made
    made.clear()


def settings(cloud):
    """All that may be changed, as it is stored."""
    s3, found = client(cloud, "s3"), {}
    for name in ("bad", "plain"):
        for asked, key in (("get_bucket_policy", "Policy"), ("get_public_access_block", "PublicAccessBlockConfiguration"),
                           ("get_bucket_encryption", "ServerSideEncryptionConfiguration"), ("get_bucket_versioning", "Status")):
            try:
                found[name, asked] = getattr(s3, asked)(Bucket=name).get(key)
            except s3.exceptions.ClientError as error:
                found[name, asked] = error.response["Error"]["Code"]
    block = control().public_access_block
    found["account"] = block and json.dumps(vars(block), sort_keys=True, default=str)
    found["stack"] = "open" in cloud.protected
    return found


def apply(user, tmp_path, *more, file="back.json"):
    return user.run("harden", "--account", "--region", REGION, "--fix", "apply", "--rollback-file", str(tmp_path / file), *more)


def test_what_is_bad_is_clean_afterwards_and_comes_back(cloud, admin, world, tmp_path):
    before = settings(cloud)
    report, _ = harden(admin, "--account")
    assert MENDED <= {rule for rule, _ in of(report)}
    # A dry run changes nothing.
    done = apply(admin, tmp_path)
    assert done.returncode == 0 and "Dry run" in done.stderr and "put-bucket-policy" in done.stdout, done
    assert cloud.writes(ACCESS_KEY) == [] and not (tmp_path / "back.json").exists()
    done = apply(admin, tmp_path, "--yes")
    assert done.returncode == 0 and "Mended" in done.stderr, done.stderr
    report, _ = harden(admin, "--account")
    assert not MENDED & {rule for rule, _ in of(report)}, of(report)
    policy = json.loads(settings(cloud)["bad", "get_bucket_policy"])
    assert policy["Id"] == "mine" and policy["Statement"][0] == json.loads(POLICY)["Statement"][0]
    # Once more there is nothing to do.
    done = apply(admin, tmp_path, "--yes")
    assert done.returncode == 0 and "nothing that may be changed" in done.stderr, done.stderr
    file = str(tmp_path / "back.json")
    done = admin.run("rollback", file, "--region", REGION)
    assert done.returncode == 0 and "Dry run" in done.stderr and "policy of arn:aws:s3:::bad" in done.stdout, done
    done = admin.run("rollback", file, "--yes", "--region", REGION, "--settle", "0")
    assert done.returncode == 0 and "Restored" in done.stderr, done.stderr
    after = settings(cloud)
    # Versioning, once on, can only be suspended.
    for name in ("bad", "plain"):
        assert after.pop((name, "get_bucket_versioning")) == "Suspended"
        before.pop((name, "get_bucket_versioning"))
    assert after == before
    assert after["bad", "get_bucket_policy"] == POLICY
    done = admin.run("rollback", file, "--yes", "--region", REGION)
    assert done.returncode == 0 and "Done" in done.stderr, done.stderr


@pytest.mark.parametrize("operation", [
    "s3:PutBucketPolicy", "s3:PutPublicAccessBlock", "s3:PutBucketVersioning", "s3:PutBucketEncryption", "s3:PutAccountPublicAccessBlock",
    "cloudformation:UpdateTerminationProtection"])
def test_whatever_fails_all_is_put_back(cloud, admin, world, tmp_path, operation):
    before = settings(cloud)
    cloud.faults = [Fault(lambda call, _: call.name == operation and call.access_key == ACCESS_KEY, "AccessDenied", 403)]
    done = apply(admin, tmp_path, "--yes")
    cloud.faults = []
    assert done.returncode == 1 and "put back to what was there before" in done.stderr, done.stderr
    after = settings(cloud)
    for name in ("bad", "plain"):
        assert after.pop((name, "get_bucket_versioning")) in (before.pop((name, "get_bucket_versioning")), "Suspended")
    assert after == before
    assert not (tmp_path / "back.json").exists()


def is_back(cloud, before):
    """Says whether all is as before; versioning, once on, can only be suspended."""
    after, before = settings(cloud), dict(before)
    for name in ("bad", "plain"):
        if after.pop((name, "get_bucket_versioning")) not in (before.pop((name, "get_bucket_versioning")), "Suspended"):
            return False
    return after == before


def rolled_back(user, file):
    return user.run("rollback", str(file), "--yes", "--region", REGION, "--settle", "0")


def test_without_a_rollback_file_nothing_is_changed(cloud, admin, world, tmp_path):
    before = settings(cloud)
    there = tmp_path / "back.json"
    there.write_text("{}")
    for file in ("back.json", "no-such-folder/back.json"):
        done = apply(admin, tmp_path, "--yes", file=file)
        assert done.returncode == 1 and str(tmp_path / file) in done.stderr and "`--rollback-file`" in done.stderr, done.stderr
    assert cloud.writes(ACCESS_KEY) == [] and settings(cloud) == before and there.read_text() == "{}"


def test_killed_at_a_change_it_is_gone_on_with_or_taken_back(cloud, admin, world, tmp_path):
    before, file, second = settings(cloud), tmp_path / "back.json", tmp_path / "second.json"
    for at in range(1, 40, 3):
        start = partial(admin.start, "harden", "--account", "--region", REGION, "--fix", "apply", "--rollback-file", str(file), "--yes")
        if cloud.killing(at, ACCESS_KEY, ("Put", "Delete", "Update"), start) < at:
            assert at > 6, at
            return
        if at % 2:
            # What is left is mended with a way back of its own.
            done = apply(admin, tmp_path, "--yes", file="second.json")
            assert done.returncode == 0 and "Mended" in done.stderr, (at, done.stderr)
            assert rolled_back(admin, second).returncode == 0
            second.unlink()
        done = rolled_back(admin, file)
        assert done.returncode == 0, (at, done.stderr)
        assert is_back(cloud, before), at
        file.unlink()
    pytest.fail("the changes do not end")


def test_a_setting_that_cannot_be_read_is_not_taken_for_none(cloud, admin, world, tmp_path):
    """What hardening found may be refused a moment later, when it is read again to be kept."""
    before, asked = settings(cloud), []

    def is_hit(call, _):
        if call.name != "s3:GetPublicAccessBlock" or call.params["Bucket"] != "plain" or call.access_key != ACCESS_KEY:
            return False
        asked.append(call)
        return len(asked) > 1

    cloud.faults = [Fault(is_hit, "AccessDenied", 403)]
    done = apply(admin, tmp_path, "--yes")
    cloud.faults = []
    assert len(asked) == 2 and done.returncode == 1 and "s3:GetBucketPublicAccessBlock: not permitted" in done.stderr, done.stderr
    assert cloud.writes(ACCESS_KEY) == [] and settings(cloud) == before and not (tmp_path / "back.json").exists()


def test_settings_of_another_account_are_not_put_back(cloud, admin, world, tmp_path):
    assert apply(admin, tmp_path, "--yes").returncode == 0
    after, file = settings(cloud), tmp_path / "back.json"
    kept = json.loads(file.read_text())
    file.write_text(json.dumps({**kept, "account": "999988887777"}))
    cloud.calls.clear()
    done = rolled_back(admin, file)
    assert done.returncode == 1 and "expected credentials of account 999988887777" in done.stderr, done.stderr
    assert cloud.writes(ACCESS_KEY) == [] and settings(cloud) == after
    file.write_text(json.dumps(kept))
    assert rolled_back(admin, file).returncode == 0


@pytest.mark.skipif("ORACLE" not in os.environ, reason="there is no Node for the independent evaluator")
def test_its_own_policy_is_enough(cloud, admin, world, tmp_path):
    policy, _ = printed(admin, ["harden", "--account", "--fix"])
    cloud.policies = {ACCESS_KEY: [policy]}
    done = apply(admin, tmp_path, "--yes")
    assert done.returncode == 0 and "Mended" in done.stderr, done.stderr
    policy, _ = printed(admin, ["rollback", "--fix"])
    cloud.policies = {ACCESS_KEY: [policy]}
    done = admin.run("rollback", str(tmp_path / "back.json"), "--yes", "--region", REGION, "--settle", "0")
    assert done.returncode == 0 and "Restored" in done.stderr, done.stderr
    assert [call.name for call in cloud.calls if call.code == "AccessDenied"] == []


def actions(policy):
    return {action for statement in policy["Statement"] for action in statement["Action"]}


@pytest.mark.skipif("ORACLE" not in os.environ, reason="there is no Node for the independent evaluator")
def test_no_action_of_its_own_policy_is_too_many(cloud, admin, world, tmp_path):
    """What only reads is shown to be least elsewhere; what changes is taken away here, one action after the other."""
    before = settings(cloud)
    whole, _ = printed(admin, ["harden", "--account", "--fix"])
    reading, _ = printed(admin, ["harden", "--account"])
    changing = sorted(actions(whole) - actions(reading))
    assert len(changing) >= 6
    for action in changing:
        cloud.policies = {ACCESS_KEY: [without(whole, action)]}
        if action == "s3:DeleteBucketPolicy":
            # It is needed where something fails after a policy was put on a bucket that had none.
            cloud.faults = [Fault(lambda call, _: call.name == "s3:PutBucketVersioning" and call.params["Bucket"] == "plain", "AccessDenied", 403)]
            done = apply(admin, tmp_path, "--yes")
            cloud.faults, cloud.policies = [], {}
            assert done.returncode == 1 and action in done.stderr and "failed, too" in done.stderr, done.stderr
            done = admin.run("rollback", str(tmp_path / "back.json"), "--yes", "--region", REGION, "--settle", "0")
            assert done.returncode == 0, done.stderr
            (tmp_path / "back.json").unlink()
            continue
        done = apply(admin, tmp_path, "--yes")
        assert done.returncode == 1 and action in done.stderr and "put back" in done.stderr, (action, done.stderr)
        assert not (tmp_path / "back.json").exists()
    cloud.policies = {}
    done = apply(admin, tmp_path, "--yes")
    assert done.returncode == 0, done.stderr
    back, _ = printed(admin, ["rollback", "--fix"])
    file = str(tmp_path / "back.json")
    of_roles, _ = printed(admin, ["rollback"])
    for action in sorted(actions(back) - actions(of_roles)):
        cloud.policies = {ACCESS_KEY: [without(back, action)]}
        done = admin.run("rollback", file, "--yes", "--region", REGION, "--settle", "0")
        assert done.returncode == 1 and action in done.stderr, (action, done.stderr)
        # What was put back by it is mended again, so that the next action is asked for too.
        cloud.policies = {}
        done = admin.run("harden", "--account", "--region", REGION, "--fix", "apply", "--rollback-file", str(tmp_path / f"{action}.json".replace(":", "-")), "--yes")
        assert done.returncode == 0, done.stderr
    done = admin.run("rollback", file, "--yes", "--region", REGION, "--settle", "0")
    assert done.returncode == 0 and "Restored" in done.stderr, done.stderr
    after = settings(cloud)
    for name in ("bad", "plain"):
        after.pop((name, "get_bucket_versioning"))
        before.pop((name, "get_bucket_versioning"))
    assert after == before
