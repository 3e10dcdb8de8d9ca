"""How things are configured, where moto lacks it: MFA delete, buckets' regions and pages of their list, termination protection, drift, and
Cloud Control over moto's own security groups."""

import json
from xml.sax.saxutils import escape

from moto.backends import get_backend

from .authorization import ACCOUNT

# Small pages, so that whoever does not turn them misses something.
PAGE_BUCKETS = 70
PAGE_STACKS = 2
PAGE_DRIFTS = 1
PAGE_RESOURCES = 2
PAGE_GROUPS = 2
PAGE_POINTS = 2
S3 = "http://s3.amazonaws.com/doc/2006-03-01/"
S3CONTROL = "http://awss3control.amazonaws.com/doc/2018-08-20/"
CLOUDFORMATION = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
ENDED = "<CreationTime>2026-11-01T00:00:00Z</CreationTime>"


def _xml(text):
    return "200 OK", "text/xml", text.encode()


def _cut(items, call, key, size):
    """A page and the token of the next one."""
    offset = int(call.params.get(key) or 0)
    more = offset + size
    return items[offset:more], str(more) if more < len(items) else None


def list_buckets(cloud, call):
    buckets = sorted(get_backend("s3")[ACCOUNT]["aws"].buckets.values(), key=lambda bucket: bucket.name)
    page, more = _cut(buckets, call, "continuation-token", PAGE_BUCKETS)
    inner = "".join(f"<Bucket><Name>{bucket.name}</Name><BucketRegion>{bucket.region_name}</BucketRegion></Bucket>" for bucket in page)
    token = f"<ContinuationToken>{more}</ContinuationToken>" if more else ""
    return _xml(f'<ListAllMyBucketsResult xmlns="{S3}"><Buckets>{inner}</Buckets>{token}</ListAllMyBucketsResult>')


def get_bucket_versioning(cloud, call):
    """A bucket that never had versions has no status; moto says an empty one."""
    name = call.params["Bucket"]
    bucket = get_backend("s3")[ACCOUNT]["aws"].buckets.get(name)
    if bucket is None:
        return None
    status = f"<Status>{bucket.versioning_status}</Status>" if bucket.versioning_status else ""
    mfa = "<MfaDelete>Enabled</MfaDelete>" if name in cloud.mfa_delete else ""
    return _xml(f'<VersioningConfiguration xmlns="{S3}">{status}{mfa}</VersioningConfiguration>')


def list_access_points(cloud, call):
    """Those of the region, or of one of its buckets: moto knows no regions of them."""
    buckets = get_backend("s3")[ACCOUNT]["aws"].buckets
    points = [point for point in get_backend("s3control")[ACCOUNT]["aws"].access_points[ACCOUNT].values()
              if buckets[point.bucket].region_name == call.region and call.params.get("bucket", point.bucket) == point.bucket]
    page, more = _cut(points, call, "nextToken", PAGE_POINTS)
    inner = "".join(f"<AccessPoint><Name>{point.name}</Name><NetworkOrigin>Internet</NetworkOrigin><Bucket>{point.bucket}</Bucket></AccessPoint>"
                    for point in page)
    token = f"<NextToken>{more}</NextToken>" if more else ""
    return _xml(f'<ListAccessPointsResult xmlns="{S3CONTROL}"><AccessPointList>{inner}</AccessPointList>{token}</ListAccessPointsResult>')


def get_access_point(cloud, call):
    """moto writes its day in a form that clients do not read."""
    point = get_backend("s3control")[ACCOUNT]["aws"].access_points[ACCOUNT].get(call.params["Name"])
    if point is None:
        return None
    switches = "".join(f"<{key}>{str(value).lower()}</{key}>" for key, value in point.pubc.items())
    vpc = f"<VpcConfiguration><VpcId>{point.vpc_id}</VpcId></VpcConfiguration>" if point.vpc_id else ""
    return _xml(f'<GetAccessPointResult xmlns="{S3CONTROL}"><Name>{point.name}</Name><Bucket>{point.bucket}</Bucket>{vpc}'
                f"<PublicAccessBlockConfiguration>{switches}</PublicAccessBlockConfiguration></GetAccessPointResult>")


def get_access_point_policy(cloud, call):
    """moto's answer is none that clients read."""
    point = get_backend("s3control")[ACCOUNT]["aws"].access_points[ACCOUNT].get(call.params["Name"])
    if point is None or not point.policy:
        return None
    return _xml(f'<GetAccessPointPolicyResult xmlns="{S3CONTROL}"><Policy>{escape(point.policy)}</Policy></GetAccessPointPolicyResult>')


def _answer(operation, inner):
    return _xml(f'<{operation}Response xmlns="{CLOUDFORMATION}"><{operation}Result>{inner}</{operation}Result>'
                f"<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{operation}Response>")


def describe_stacks(cloud, call):
    stacks = list(get_backend("cloudformation")[ACCOUNT][call.region].stacks.values())
    if name := call.params.get("StackName"):
        stacks = [stack for stack in stacks if name in (stack.name, stack.stack_id)]
        if not stacks:
            text = (f'<ErrorResponse xmlns="{CLOUDFORMATION}"><Error><Type>Sender</Type><Code>ValidationError</Code>'
                    f"<Message>Stack with id {escape(name)} does not exist</Message></Error><RequestId>r</RequestId></ErrorResponse>")
            return "400 Bad Request", "text/xml", text.encode()
    page, more = _cut(stacks, call, "NextToken", PAGE_STACKS)
    inner = ""
    for stack in page:
        root = cloud.outermost.get(stack.name)
        status = "UPDATE_COMPLETE" if stack.name in cloud.updated else "CREATE_COMPLETE"
        inner += (f"<member><StackId>{stack.stack_id}</StackId><StackName>{stack.name}</StackName>{ENDED}<StackStatus>{status}</StackStatus>"
                  f"<EnableTerminationProtection>{'true' if stack.name in cloud.protected else 'false'}</EnableTerminationProtection>"
                  + (f"<RootId>{root}</RootId><ParentId>{root}</ParentId>" if root else "") + "</member>")
    token = f"<NextToken>{more}</NextToken>" if more else ""
    return _answer(call.operation, f"<Stacks>{inner}</Stacks>{token}")


def update_protection(cloud, call):
    stacks = get_backend("cloudformation")[ACCOUNT][call.region].stacks.values()
    stack = next(stack for stack in stacks if call.params["StackName"] in (stack.name, stack.stack_id))
    assert stack.name not in cloud.outermost, "the protection of a stack in another is that of the outermost one"
    change = cloud.protected.add if call.params["EnableTerminationProtection"] == "true" else cloud.protected.discard
    change(stack.name)
    return _answer(call.operation, f"<StackId>{stack.stack_id}</StackId>")


def create_change_set(cloud, call):
    """Only those that bring resources back to what the template says."""
    params = call.params
    assert params["UsePreviousTemplate"] == "true" and params["DeploymentMode"] == "REVERT_DRIFT", params
    cloud.change_sets[params["StackName"], params["ChangeSetName"]] = "CREATE_COMPLETE"
    return _answer(call.operation, "<Id>arn:aws:cloudformation:change-set</Id><StackId>s</StackId>")


def describe_change_set(cloud, call):
    status = cloud.change_sets[call.params["StackName"], call.params["ChangeSetName"]]
    return _answer(call.operation, f"<Status>{status}</Status><ChangeSetName>c</ChangeSetName><Changes/>")


def execute_change_set(cloud, call):
    name = call.params["StackName"]
    del cloud.change_sets[name, call.params["ChangeSetName"]]
    cloud.drifts[name] = [(one, kind, "IN_SYNC") for one, kind, _ in cloud.drifts.get(name, [])]
    cloud.updated.add(name)
    return _answer(call.operation, "")


def list_stack_resources(cloud, call):
    """What moto made, and the stacks inside, which moto does not keep."""
    stack = get_backend("cloudformation")[ACCOUNT][call.region].get_stack(call.params["StackName"])
    made = [(one.logical_resource_id, one.cf_resource_type, one.physical_resource_id) for one in stack.stack_resources]
    made += [("Inner", "AWS::CloudFormation::Stack", inner) for inner in cloud.inner.get(stack.name, [])]
    page, more = _cut(made, call, "NextToken", PAGE_RESOURCES)
    inner = "".join(
        f"<member><LogicalResourceId>{name}</LogicalResourceId><ResourceType>{kind}</ResourceType><PhysicalResourceId>{id}</PhysicalResourceId>"
        f"<ResourceStatus>CREATE_COMPLETE</ResourceStatus><LastUpdatedTimestamp>2026-11-01T00:00:00Z</LastUpdatedTimestamp></member>"
        for name, kind, id in page)
    token = f"<NextToken>{more}</NextToken>" if more else ""
    return _answer(call.operation, f"<StackResourceSummaries>{inner}</StackResourceSummaries>{token}")


def describe_drifts(cloud, call):
    drifts = cloud.drifts.get(call.params["StackName"], [])
    page, more = _cut(drifts, call, "NextToken", PAGE_DRIFTS)
    inner = "".join(
        f"<member><StackId>s</StackId><LogicalResourceId>{name}</LogicalResourceId><ResourceType>{kind}</ResourceType>"
        f"<StackResourceDriftStatus>{status}</StackResourceDriftStatus><Timestamp>2026-11-01T00:00:00Z</Timestamp></member>"
        for name, kind, status in page)
    token = f"<NextToken>{more}</NextToken>" if more else ""
    return _answer(call.operation, f"<StackResourceDrifts>{inner}</StackResourceDrifts>{token}")


def _json(content):
    return "200 OK", "application/x-amz-json-1.0", json.dumps(content).encode()


def list_resources(cloud, call):
    """Only identifiers, as Cloud Control does for most types."""
    assert call.params["TypeName"] == "AWS::EC2::SecurityGroup", call.params
    groups = get_backend("ec2")[ACCOUNT][call.region].describe_security_groups()
    page, more = _cut(groups, call, "NextToken", PAGE_GROUPS)
    answer = {"TypeName": call.params["TypeName"], "ResourceDescriptions": [
        {"Identifier": group.id, "Properties": json.dumps({"GroupId": group.id})} for group in page]}
    return _json(answer | ({"NextToken": more} if more else {}))


def get_resource(cloud, call):
    group = get_backend("ec2")[ACCOUNT][call.region].get_security_group_from_id(call.params["Identifier"])
    if group is None:
        return "400 Bad Request", "application/x-amz-json-1.0", json.dumps(
            {"__type": "ResourceNotFoundException", "message": "there is no such security group"}).encode()
    ingress = [
        {"IpProtocol": rule.ip_protocol, "FromPort": rule.from_port, "ToPort": rule.to_port, **rule.ip_range}
        for rule in group.ingress_rules if rule.ip_range
    ]
    properties = {"GroupId": group.id, "GroupName": group.name, "VpcId": group.vpc_id, "SecurityGroupIngress": ingress}
    return _json({"TypeName": call.params["TypeName"],
                  "ResourceDescription": {"Identifier": group.id, "Properties": json.dumps(properties)}})


SETTINGS = {
    "s3:ListBuckets": list_buckets,
    "s3:GetBucketVersioning": get_bucket_versioning,
    "s3:ListAccessPoints": list_access_points,
    "s3:GetAccessPoint": get_access_point,
    "s3:GetAccessPointPolicy": get_access_point_policy,
    "cloudformation:DescribeStacks": describe_stacks,
    "cloudformation:UpdateTerminationProtection": update_protection,
    "cloudformation:CreateChangeSet": create_change_set,
    "cloudformation:DescribeChangeSet": describe_change_set,
    "cloudformation:ExecuteChangeSet": execute_change_set,
    "cloudformation:ListStackResources": list_stack_resources,
    "cloudformation:DescribeStackResourceDrifts": describe_drifts,
    "cloudcontrolapi:ListResources": list_resources,
    "cloudcontrolapi:GetResource": get_resource,
}
