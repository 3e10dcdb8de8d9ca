"""`suggest --role` with nothing else: the role as it is, what IAM saw it use, its functions, the trails, the checks by AWS."""

import json

import boto3
import pytest

from cloud.authorization import ACCOUNT
from cloud.records import spread
from cloud.server import Fault
from conftest import ACCESS_KEY

REGION = "eu-central-1"
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
INLINE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}]}
OWN = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}


def client(cloud, service):
    return boto3.client(service, endpoint_url=cloud.url, region_name=REGION, aws_access_key_id="AKIAOWNER", aws_secret_access_key="x")


@pytest.fixture
def account(cloud):
    """An account with a role `app`, a function that runs under it, and two trails; the role has been at work."""
    iam, functions, trails, s3 = (client(cloud, name) for name in ("iam", "lambda", "cloudtrail", "s3"))
    role = iam.create_role(RoleName="app", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="app", PolicyName="inline", PolicyDocument=json.dumps(INLINE))
    own = iam.create_policy(PolicyName="own", PolicyDocument=json.dumps(OWN))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="app", PolicyArn=own)
    iam.attach_role_policy(RoleName="app", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    sqs = client(cloud, "sqs")
    queue = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    jobs = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.create_function(FunctionName="worker", Runtime="python3.12", Role=role, Handler="a.b", Code={"ZipFile": b"x"},
                              Environment={"Variables": {"PASSWORD": "environmentSECRET"}}, TracingConfig={"Mode": "Active"})
    mapping = functions.create_event_source_mapping(EventSourceArn=jobs, FunctionName="worker")["UUID"]
    for name, selectors in (("plain", []), ("data", [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [
            {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}])):
        s3.create_bucket(Bucket=f"trail-{name}", CreateBucketConfiguration={"LocationConstraint": REGION})
        trails.create_trail(Name=name, S3BucketName=f"trail-{name}", S3KeyPrefix="logs", IsMultiRegionTrail=True)
        if selectors:
            trails.put_event_selectors(TrailName=name, EventSelectors=selectors)
    cloud.regions = [REGION, "us-east-1"]
    cloud.record(spread(120, cloud.regions, seed=11))
    cloud.last_accessed = {
        "dynamodb": {"DescribeTable": "2026-10-01T00:00:00Z", "DeleteTable": "2026-10-02T03:04:05Z"},
        "sts": {"AssumeRole": "2026-10-01T00:00:00Z"},
        "logs": {"CreateLogGroup": "2026-09-01T00:00:00Z"},
    }
    cloud.running_answers = 2
    yield role
    iam.detach_role_policy(RoleName="app", PolicyArn=own)
    iam.detach_role_policy(RoleName="app", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    iam.delete_role_policy(RoleName="app", PolicyName="inline")
    iam.delete_policy(PolicyArn=own)
    iam.delete_role(RoleName="app")
    functions.delete_event_source_mapping(UUID=mapping)
    functions.delete_function(FunctionName="worker")
    sqs.delete_queue(QueueUrl=queue)
    for name in ("plain", "data"):
        trails.delete_trail(Name=name)
        s3.delete_bucket(Bucket=f"trail-{name}")


def warning(report, words):
    found = [entry for entry in report["warnings"] if words in entry["what"]]
    assert found, (words, [entry["what"] for entry in report["warnings"]])
    return found[0]


def test_with_a_role_alone_it_works(cloud, user, account):
    done = user.run("suggest", "--role", "app", "--format", "json", "--region", REGION)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    fates = {entry["action"]: entry for entry in report["fates"]}
    # Wildcards of the inline policy, an attached policy of the account's own, and one of AWS's are all looked at.
    assert fates["dynamodb:DescribeTable"]["fate"] == "narrowed"
    assert fates["sts:AssumeRole"]["policies"] == ["own"]
    assert "AWSLambdaBasicExecutionRole" in fates["logs:PutLogEvents"]["policies"]
    # What IAM saw used and the trail does not show is marked.
    assert "IAM saw it used on 2026-10-02" in fates["dynamodb:DeleteTable"]["reason"]
    seen = warning(report, "IAM saw")
    assert any("dynamodb:DeleteTable" in line for line in seen["details"])
    assert not any("DescribeTable" in line for line in seen["details"])
    # The trail that shows more is proposed, and what the others do not show is said.
    trails = warning(report, "event history shows no data events")
    assert trails["hint"] == "this trail shows more: `--trail s3://trail-data/logs`"
    assert any("plain" in line and "records no data events" in line for line in trails["details"]), trails
    # The job was asked for until it was done, and its pages were turned.
    assert len(cloud.calls_of("iam:GetServiceLastAccessedDetails")) == 4
    assert cloud.calls_of("lambda:ListEventSourceMappings")
    assert "environmentSECRET" not in user.said


def test_its_functions_tell_what_runs_under_it(cloud, user, account):
    done = user.run("suggest", "--role", "app", "--format", "json", "--region", REGION)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    granted = {(action, resource) for policy in report["policies"] for statement in policy["document"]["Statement"]
               for action in listed(statement["Action"]) for resource in listed(statement["Resource"])}
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"
    logs = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/worker:*"
    for wanted in (("logs:CreateLogStream", logs), ("logs:PutLogEvents", logs), ("xray:PutTraceSegments", "*"),
                   ("sqs:ReceiveMessage", queue), ("sqs:DeleteMessage", queue), ("sqs:GetQueueAttributes", queue)):
        assert wanted in granted, (wanted, granted)
    assert not [one for one in granted if one[0].startswith("ec2:")], "the function is in no VPC"
    # And what IAM keeps of the role beside.
    assert report["role"]["now"]["trusted_services"] == ["lambda.amazonaws.com"]
    none = json.loads(user.run("suggest", "--role", "app", "--format", "json", "--runtime", "none").stdout)
    assert "xray:PutTraceSegments" not in json.dumps(none["policies"])


def test_a_service_that_iam_saw_and_the_trail_does_not_is_named(cloud, user, account):
    inline = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["dynamodb:*", "ec2:DescribeInstances"], "Resource": "*"}]}
    client(cloud, "iam").put_role_policy(RoleName="app", PolicyName="inline", PolicyDocument=json.dumps(inline))
    cloud.last_accessed["ec2"] = "2026-10-05T00:00:00Z"
    report = json.loads(user.run("suggest", "--role", "app", "--format", "json").stdout)
    fate = {entry["action"]: entry for entry in report["fates"]}["ec2:DescribeInstances"]
    assert "IAM saw `ec2` used on 2026-10-05" in fate["reason"], fate
    assert "ec2  last on 2026-10-05" in warning(report, "of which this trail shows nothing")["details"]


def test_a_boundary_is_shown(cloud, user, account):
    iam = client(cloud, "iam")
    bound = "arn:aws:iam::aws:policy/PowerUserAccess"
    iam.put_role_permissions_boundary(RoleName="app", PermissionsBoundary=bound)
    done = user.run("suggest", "--role", "app")
    iam.delete_role_permissions_boundary(RoleName="app")
    assert "within the boundary PowerUserAccess" in done.stderr, done.stderr


def listed(one):
    return one if isinstance(one, list) else [one]


def test_a_role_is_one_side_of_a_comparison(cloud, user, account, tmp_path):
    new = tmp_path / "new.json"
    new.write_text(json.dumps(OWN))
    done = user.run("diff", "role:app", str(new), "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["relation"] == "narrower"
    done = user.run("diff", "role:nobody", str(new))
    assert done.returncode == 1
    assert "iam:GetRole: `nobody`: not found" in done.stderr and "hint:" in done.stderr, done.stderr
    cloud.faults = [Fault(lambda call, _: call.name == "iam:GetPolicyVersion", "AccessDenied", 403)]
    done = user.run("diff", "role:app", str(new))
    assert done.returncode == 1 and "not all known" in done.stderr, done.stderr


def test_a_role_that_is_not_there_is_told_from_an_idle_one(cloud, user, account):
    done = user.run("suggest", "--role", "nobody")
    assert done.returncode == 1 and done.stdout == ""
    assert "`nobody`: not found" in done.stderr and ACCOUNT in done.stderr, done.stderr
    client(cloud, "iam").create_role(RoleName="idle", AssumeRolePolicyDocument=json.dumps(TRUST))
    done = user.run("suggest", "--role", "idle")
    client(cloud, "iam").delete_role(RoleName="idle")
    assert done.returncode == 3 and "no event by `idle`" in done.stderr, done.stderr


def test_the_simulator_agrees_and_its_objections_are_told(cloud, user, account):
    done = user.run("suggest", "--role", "app", "--simulate", "--validate", "--format", "json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert not [entry for entry in report["warnings"] if "simulator" in entry["what"]]
    asked = {(call.params["ActionNames.member.1"], call.params["ResourceArns.member.1"])
             for call in cloud.calls_of("iam:SimulateCustomPolicy")}
    # Seven tables in each of two regions, and the role that was assumed.
    assert len(asked) == 2 * 7 + 1
    assert len(cloud.calls_of("access-analyzer:ValidatePolicy")) == len(report["policies"])
    cloud.simulated = lambda policies, action, resource: "implicitDeny"
    try:
        report = json.loads(user.run("suggest", "--role", "app", "--simulate", "--format", "json").stdout)
    finally:
        del cloud.simulated
    assert f"refuses {len(asked)} of {len(asked)}" in warning(report, "simulator")["what"]


def test_the_accounts_own_quota_counts(cloud, user, account):
    done = user.run("suggest", "--role", "app", "--format", "json")
    assert json.loads(done.stdout)["policies"][0]["quota"] == 6144
    assert cloud.calls_of("iam:GetAccountSummary")


@pytest.mark.parametrize("code, status, words, hint", [
    ("ExpiredToken", 400, "the credentials have expired", "log in again"),
    ("InvalidClientTokenId", 403, "does not know these credentials", "--region"),
    ("Throttling", 400, "throttled", "wait a minute"),
])
def test_what_ails_the_credentials_ends_the_run(cloud, user, account, code, status, words, hint):
    cloud.faults = [Fault(lambda call, _: call.service == "sts", code, status)]
    done = user.run("suggest", "--role", "app")
    assert done.returncode == 1 and done.stdout == ""
    assert words in done.stderr and hint in done.stderr, done.stderr


def test_without_credentials_nothing_is_asked(cloud, user):
    user.environment = lambda: {"HOME": str(user.home), "AWS_EC2_METADATA_DISABLED": "true"}
    done = user.run("suggest", "--role", "app")
    assert done.returncode == 1 and "no AWS credentials found" in done.stderr and "hint:" in done.stderr, done.stderr
    assert cloud.calls == []


def test_a_profile_and_its_region_are_used(cloud, user, account):
    folder = user.home / ".aws"
    folder.mkdir()
    (folder / "config").write_text("[profile audit]\nregion = eu-north-1\n")
    (folder / "credentials").write_text("[audit]\naws_access_key_id = AKIAPROFILE0000001\naws_secret_access_key = y\n")
    user.environment = lambda: {"HOME": str(user.home), "AWS_EC2_METADATA_DISABLED": "true"}
    done = user.run("suggest", "--role", "app", "--profile", "audit", "--format", "policy")
    assert done.returncode == 0, done.stderr
    assert {call.access_key for call in cloud.calls if call.access_key not in ("AKIAOWNER", ACCESS_KEY)} == {"AKIAPROFILE0000001"}
    assert {call.region for call in cloud.calls_of("sts:GetCallerIdentity")} == {"eu-north-1"}
