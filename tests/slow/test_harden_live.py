"""`harden` on AWS itself: each row of the rules, bad and good; what may not be read; many things under throttling."""

import json
import os
from collections import Counter

import pytest

from cloud.authorization import ACCOUNT
from cloud.server import Fault
from conftest import ACCESS_KEY
from test_self_policy import printed, run, without
from posture import REGION, SECRET, World, client

TODAY = "2026-11-01T00:00:00Z"


@pytest.fixture
def world(cloud):
    made = World(cloud)
    cloud.regions = [REGION, "us-east-1"]
    cloud.last_accessed = {"s3": {"GetObject": recent()}}
    yield made
    made.clear()


def recent():
    from datetime import datetime, timedelta, timezone
    return (datetime.now(timezone.utc) - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")


def harden(user, *arguments):
    """The report, and by rule what it says of which resource."""
    done = user.run("harden", *arguments, "--format", "json", "--region", REGION)
    assert done.stdout, done.stderr
    return json.loads(done.stdout), done


def of(report, status="failed"):
    return {(one["rule"], one["place"]["resource"]) for one in report["findings"] if one["status"] == status}


def rules(report, resource, status="failed"):
    return {rule for rule, about in of(report, status) if about == resource}


BUCKET_RULES = {
    "bucket-acls-enabled", "bucket-old-tls-allowed", "bucket-policy-wildcard", "bucket-public-acl", "bucket-public-policy",
    "bucket-without-encryption", "bucket-without-logging", "bucket-without-public-access-block",
    "bucket-without-replication", "bucket-without-tls", "bucket-without-versioning",
}


def test_buckets_and_their_access_points(cloud, user, world):
    world.bad_bucket("bad")
    world.encrypted("plain", "AES256")
    world.encrypted("keyed", "aws:kms")
    world.bucket("kept")
    world.s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    world.good_bucket("good")
    world.access_point("open", "bad", is_good=False)
    world.access_point("closed", "good", is_good=True)
    names = ["bad", "plain", "keyed", "kept", "good"]
    report, done = harden(user, *(word for name in names for word in ("--bucket", name)))
    assert rules(report, "bad") >= BUCKET_RULES, BUCKET_RULES - rules(report, "bad")
    assert "bucket-without-kms" in rules(report, "plain")
    assert "bucket-without-bucket-key" in rules(report, "keyed")
    assert rules(report, "kept") >= {"bucket-without-lifecycle-of-old-versions", "bucket-without-mfa-delete"}
    assert rules(report, "good") == set()
    assert rules(report, "open") == {"access-point-public"}
    assert rules(report, "closed") == set()
    assert of(report, "not-checked") == set(), done.stdout
    files = {one["place"]["file"] for one in report["findings"] if one["place"]["resource"] == "bad"}
    assert files == {"arn:aws:s3:::bad"}
    assert {one["place"]["line"] for one in report["findings"]} == {0}
    # The good one alone ends well, and the finding that counts decides the exit code.
    report, done = harden(user, "--bucket", "good")
    assert done.returncode == 0 and report["findings"] == []
    report, done = harden(user, "--bucket", "arn:aws:s3:::bad")
    assert done.returncode == 1 or done.returncode >= 10, done.returncode


def test_a_bucket_elsewhere_is_asked_where_it_lies(cloud, user, world):
    world.bucket("far", "eu-north-1")
    report, _ = harden(user, "--bucket", "far")
    assert "bucket-without-tls" in rules(report, "far")
    assert {call.region for call in cloud.calls_of("s3:GetBucketPolicy")} == {"eu-north-1"}


def test_stacks_functions_groups_and_roles(cloud, user, world):
    for name, is_good in (("bad", False), ("good", True)):
        world.role(f"{name}-role", is_good)
        world.function(f"{name}-function", f"{name}-role", is_good)
        world.stack(f"{name}-stack", is_good)
    groups = {is_good: world.group(f"group-{is_good}", is_good) for is_good in (False, True)}
    world.account_block(False)
    report, done = harden(user, "--account")
    assert rules(report, "bad-stack") == {"stack-drifted", "stack-without-stack-policy", "stack-without-termination-protection"}
    assert rules(report, "bad-function") == {
        "function-policy-public", "function-policy-without-source", "function-runtime-unsupported", "function-secret-in-environment"}
    assert rules(report, "bad-role") >= {"aws-managed-policy", "privilege-escalation", "role-unused", "role-wildcard-action", "wildcard-resource"}
    assert rules(report, groups[False]) == {"security-group-open", "security-group-port-open"}
    assert ("account-without-public-access-block", "account") in of(report)
    for good in ("good-stack", "good-function", "good-role", groups[True]):
        assert rules(report, good) == set(), good
        assert rules(report, good, "not-checked") == set(), good
    assert SECRET not in user.said
    # A service that the role may use and does not.
    cloud.last_accessed = {"s3": {"GetObject": recent()}, "sqs": "2026-01-01T00:00:00Z", "sns": "2026-01-01T00:00:00Z"}
    report, _ = harden(user, "--role", "good-role")
    assert rules(report, "good-role") == {"service-unused"}
    assert "sqs" in json.dumps(report) and "sns" in json.dumps(report)
    world.account_block(True)
    report, _ = harden(user, "--account")
    assert "account-without-public-access-block" not in {rule for rule, _ in of(report)}


def test_the_resources_of_a_stack_are_read_and_no_others(cloud, user, world):
    world.bucket("outside")
    inner = {"Kept": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "of-inner"}}}
    world.stack("inner", True, inner)
    world.whole_stack("outer")
    stacks = client(cloud, "cloudformation")
    outer = stacks.describe_stacks(StackName="outer")["Stacks"][0]["StackId"]
    inner = stacks.describe_stacks(StackName="inner")["Stacks"][0]["StackId"]
    cloud.inner["outer"], cloud.outermost["inner"] = [inner], outer
    cloud.protected.discard("inner")
    report, done = harden(user, "--stack", "outer")
    found = of(report)
    for wanted in (("bucket-without-tls", "bucket-of-outer"), ("bucket-without-tls", "of-inner"), ("role-wildcard-action", "role-of-outer"),
                   ("function-runtime-unsupported", "function-of-outer")):
        assert wanted in found, (wanted, found)
    assert "security-group-open" in {rule for rule, _ in found}
    assert "outside" not in {about for _, about in found}
    # The outer stack is kept from being deleted, and so is the inner one.
    assert "stack-without-termination-protection" not in {rule for rule, _ in found}, found


def test_what_is_not_there_is_told(cloud, user, world):
    for flag, name in (("--bucket", "nowhere"), ("--stack", "nowhere"), ("--function", "nowhere"), ("--role", "nowhere"),
                       ("--access-point", "nowhere")):
        done = user.run("harden", flag, name, "--region", REGION)
        assert done.returncode == 1 and done.stdout == "", (flag, done)
        assert "nowhere" in done.stderr and "not found" in done.stderr and "hint:" in done.stderr, (flag, done.stderr)
    done = user.run("harden", "--account=999999999999", "--region", REGION)
    assert done.returncode == 1 and "expected 999999999999" in done.stderr, done.stderr


# What each question tells, by the operation that is refused.
REFUSED = {
    "s3:GetPublicAccessBlock": ("good", "bucket-without-public-access-block"),
    "s3:GetBucketPolicy": ("good", "bucket-without-tls"),
    "s3:GetBucketEncryption": ("good", "bucket-without-encryption"),
    "s3:GetBucketVersioning": ("good", "bucket-without-mfa-delete"),
    "s3:GetBucketReplication": ("good", "bucket-without-replication"),
    "s3:GetBucketLogging": ("good", "bucket-without-logging"),
    "s3:GetBucketLifecycleConfiguration": ("good", "bucket-without-lifecycle-of-old-versions"),
    "s3:GetBucketOwnershipControls": ("good", "bucket-acls-enabled"),
    "s3:GetAccountPublicAccessBlock": ("account", "account-without-public-access-block"),
    "s3:GetAccessPoint": ("closed", "access-point-public"),
    "s3:GetAccessPointPolicy": ("closed", None),
    "cloudformation:GetStackPolicy": ("good-stack", "stack-without-stack-policy"),
    "cloudformation:DescribeStackResourceDrifts": ("good-stack", "stack-drifted"),
    "lambda:GetPolicy": ("good-function", "function-policy-public"),
    "iam:GenerateServiceLastAccessedDetails": ("good-role", "service-unused"),
    "s3:ListBuckets": ("", None),
    "s3:ListAccessPoints": ("", None),
    "cloudformation:DescribeStacks": ("", None),
    "lambda:ListFunctions": ("", None),
    "iam:GetAccountAuthorizationDetails": ("", None),
    "cloudcontrolapi:ListResources": ("", None),
    "cloudcontrolapi:GetResource": ("", None),
}


def test_what_may_not_be_read_is_never_passed(cloud, user, world):
    world.good_bucket("good")
    world.access_point("closed", "good", is_good=True, vpc="vpc-1")
    world.role("good-role", True)
    world.function("good-function", "good-role", True)
    world.stack("good-stack", True)
    world.group("good-group", True)
    world.account_block(True)
    whole, done = harden(user, "--account")
    failed = of(whole)
    assert of(whole, "not-checked") == set(), done.stdout
    for operation, (resource, rule) in REFUSED.items():
        code = "AccessDenied" if operation.split(":")[0] in ("s3", "iam", "cloudformation") else "AccessDeniedException"
        cloud.faults = [Fault(lambda call, _, name=operation: call.name == name, code, 403, f"no right: {operation}")]
        report, done = harden(user, "--account")
        open_ones = [one for one in report["findings"] if one["status"] == "not-checked"]
        assert open_ones, operation
        assert of(report) <= failed, operation
        assert report["counts"]["passed"] < whole["counts"]["passed"], operation
        assert any("not permitted" in one["what"] for one in open_ones), (operation, open_ones)
        if rule:
            assert (rule, resource) in of(report, "not-checked"), (operation, open_ones)
    # Findings that could not be checked change the exit code only where that is asked for.
    cloud.faults = [Fault(lambda call, _: call.name == "s3:GetBucketPolicy", "AccessDenied", 403)]
    _, done = harden(user, "--bucket", "good")
    assert done.returncode == 0, done
    _, done = harden(user, "--bucket", "good", "--strict")
    assert done.returncode != 0, done
    # Any other failure is no answer either.
    cloud.faults = [Fault(lambda call, _: call.name == "s3:GetBucketPolicy", "NotImplemented", 501)]
    report, _ = harden(user, "--bucket", "good")
    assert ("bucket-without-tls", "good") in of(report, "not-checked")


def test_dead_credentials_end_the_run(cloud, user, world):
    world.good_bucket("good")
    cloud.faults = [Fault(lambda call, _: call.name == "s3:GetBucketPolicy", "ExpiredToken", 400)]
    done = user.run("harden", "--bucket", "good", "--region", REGION)
    assert done.returncode == 1 and done.stdout == "" and "expired" in done.stderr, done


def test_variables_that_lambda_may_not_decrypt_are_not_clean(cloud, user, world):
    """Lambda tells of them as an error, in an answer that is otherwise well."""
    world.role("good-role", True)
    world.function("sealed", "good-role", True)
    from cloud.answers import ANSWERS
    answer = {"FunctionName": "sealed", "Runtime": "python3.13", "Environment": {"Error": {"ErrorCode": "AccessDeniedException", "Message": "kms"}}}
    ANSWERS["lambda:GetFunctionConfiguration"] = lambda cloud, call: ("200 OK", "application/json", json.dumps(answer).encode())
    try:
        report, _ = harden(user, "--function", "sealed")
    finally:
        del ANSWERS["lambda:GetFunctionConfiguration"]
    assert ("function-secret-in-environment", "sealed") in of(report, "not-checked"), report


def test_many_things_under_throttling_are_all_found_once(cloud, user, world):
    """With POLGEN_MANY in the environment as many as a large account has."""
    buckets, roles = (1000, 500) if os.environ.get("POLGEN_MANY") else (300, 100)
    for number in range(buckets):
        world.bucket(f"many-{number:04}")
    for number in range(roles):
        world.role(f"many-{number:04}", is_good=False)
    cloud.calls.clear()
    tried = Counter()
    codes = {"s3": ("SlowDown", 503), "iam": ("Throttling", 400), "lambda": ("TooManyRequestsException", 429),
             "cloudformation": ("Throttling", 400), "sts": ("Throttling", 400)}

    def every_seventh(service):
        def when(call, _):
            is_own = call.service == service or (service == "" and call.service not in codes)
            is_hit = is_own and call.access_key == ACCESS_KEY and call.number % 7 == 0
            tried[service] += is_hit
            return is_hit
        return when

    cloud.faults = [Fault(every_seventh(service), code, status) for service, (code, status) in codes.items()]
    cloud.faults.append(Fault(every_seventh(""), "ThrottlingException", 400))
    report, done = harden(user, "--account")
    assert sum(tried.values()) > (buckets + roles) // 2, tried
    assert of(report, "not-checked") == set(), of(report, "not-checked")
    found = Counter((one["rule"], one["place"]["file"], one["place"]["resource"]) for one in report["findings"])
    for number in range(buckets):
        assert found["bucket-without-tls", f"arn:aws:s3:::many-{number:04}", f"many-{number:04}"] == 1
    for number in range(roles):
        arn = f"arn:aws:iam::{ACCOUNT}:role/many-{number:04}"
        assert found["role-wildcard-action", arn, f"many-{number:04}"] >= 1
        assert found["role-unused", arn, f"many-{number:04}"] == 1
    print(f"{buckets} buckets, {roles} roles: {len(cloud.calls)} calls, throttled {sum(tried.values())}")


# What is looked at, and what `self-policy` is told of it.
FORMS = {
    "a bucket": ["--bucket", "plain"],
    "an access point": ["--access-point", "closed"],
    "a function": ["--function", "good-function"],
    "a role": ["--role", "good-role"],
    "a stack": ["--stack", "whole"],
    "an account": ["--account"],
}


@pytest.mark.skipif("ORACLE" not in os.environ, reason="there is no Node for the independent evaluator")
@pytest.mark.parametrize("name", FORMS)
def test_its_own_policy_is_enough_and_no_action_too_many(cloud, user, world, name):
    # Its list of accesses counts, which that of a good one does not.
    world.bucket("plain")
    world.s3.put_bucket_versioning(Bucket="plain", VersioningConfiguration={"Status": "Enabled"})
    world.access_point("closed", "plain", is_good=True, vpc="vpc-1")
    world.role("good-role", True)
    own = world.policy("own")
    world.iam.attach_role_policy(RoleName="good-role", PolicyArn=own)
    world.undo.append(lambda: world.iam.detach_role_policy(RoleName="good-role", PolicyArn=own))
    world.function("good-function", "good-role", True)
    world.whole_stack("whole")
    world.access_point("of-stack", "bucket-of-whole", is_good=True, vpc="vpc-1")
    asked = FORMS[name]
    policy, optional = printed(user, ["harden", *asked])
    arguments = ["harden", *asked, "--format", "json", "--region", REGION]
    if name == "an account":
        # All regions, so that they are asked for.
        arguments = arguments[:-2]
    whole = run(cloud, user, arguments, policy, 0)
    assert whole.stdout, whole.stderr
    assert [call.name for call in cloud.calls if call.code == "AccessDenied"] == []
    whole = json.loads(whole.stdout)
    assert of(whole, "not-checked") == set(), [one["what"] for one in whole["findings"] if one["status"] == "not-checked"]
    actions = [action for statement in policy["Statement"] for action in statement["Action"]]
    assert len(actions) == len(set(actions)) > 0
    assert set(actions) <= optional
    for number, action in enumerate(actions, 1):
        done = run(cloud, user, arguments, without(policy, action), number)
        assert done.stdout, (action, done.stderr)
        report = json.loads(done.stdout)
        open_ones = [one["what"] for one in report["findings"] if one["status"] == "not-checked"]
        assert any(action in what for what in open_ones), f"{action} is missing, and nothing says so: {open_ones}"
        assert of(report) <= of(whole), action
