"""The operations that moto lacks, as plain functions of the cloud and a call."""

import json
import uuid
from datetime import datetime, timezone
from xml.sax.saxutils import escape

from moto.backends import get_backend

from .athena import ATHENA
from .authorization import ACCOUNT
from .call import Call
from .lake import LAKE
from .settings import SETTINGS

PAGE_EVENTS = 50
PAGE_REGIONS = 5
PAGE_SERVICES = 2
NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"


def seconds(text):
    """A record's eventTime as seconds since 1970."""
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp())


def _json(content):
    return "200 OK", "application/x-amz-json-1.1", json.dumps(content).encode()


def _xml(operation, inner):
    text = f'<{operation}Response xmlns="{NAMESPACE}"><{operation}Result>{inner}</{operation}Result>'
    return "200 OK", "text/xml", f"{text}<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{operation}Response>".encode()


def lookup_events(cloud, call):
    """Newest first, both ends of the time included, in pages whose tokens fit only the question that they came with."""
    start, end = call.params["StartTime"], call.params["EndTime"]
    question = f"{call.region}:{start}:{end}"
    events = [event for event in cloud.events.get(call.region, []) if start <= event[0] <= end]
    offset = 0
    if token := call.params.get("NextToken"):
        asked, _, offset = token.rpartition("/")
        if asked != question or token in cloud.dead_tokens:
            return "400 Bad Request", "application/x-amz-json-1.1", json.dumps(
                {"__type": "InvalidNextTokenException", "message": "The token is invalid or has expired."}).encode()
        offset = int(offset)
    size = min(int(call.params.get("MaxResults") or PAGE_EVENTS), PAGE_EVENTS)
    page = events[offset:offset + size]
    answer = {"Events": [
        {"EventId": record["eventID"], "EventName": record["eventName"], "EventTime": moment,
         "EventSource": record["eventSource"], "CloudTrailEvent": json.dumps(record)}
        for moment, record in page
    ]}
    if offset + size < len(events):
        answer["NextToken"] = f"{question}/{offset + size}"
    return _json(answer)


def list_regions(cloud, call):
    offset = int(call.params.get("NextToken") or 0)
    page = cloud.regions[offset:offset + PAGE_REGIONS]
    answer = {"Regions": [{"RegionName": name, "RegionOptStatus": "ENABLED_BY_DEFAULT"} for name in page]}
    if offset + PAGE_REGIONS < len(cloud.regions):
        answer["NextToken"] = str(offset + PAGE_REGIONS)
    return _json(answer)


def generate_last_accessed(cloud, call):
    job = str(uuid.uuid4())
    services = cloud.last_accessed
    if cloud.is_by_policies:
        named = granted(call.params["Arn"])
        services = {prefix: used for prefix, used in services.items() if prefix in named}
    cloud.jobs[job] = {"running": cloud.running_answers, "services": services}
    return _xml(call.operation, f"<JobId>{job}</JobId>")


def granted(arn):
    """The services that a role's policies name."""
    iam = get_backend("iam")[ACCOUNT]["aws"]
    role = iam.get_role_by_arn(arn)
    versions = [version for policy in role.managed_policies.values() for version in policy.versions if version.is_default]
    texts = [*role.policies.values(), *(version.document for version in versions)]
    documents = [json.loads(text) if isinstance(text, str) else text for text in texts]
    statements = [one for whole in documents for one in whole["Statement"]]
    actions = [action for one in statements for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])]
    return {action.split(":")[0] for action in actions}


def get_last_accessed(cloud, call):
    """In progress for some questions; then page by page."""
    job = cloud.jobs[call.params["JobId"]]
    dates = "<JobCreationDate>2026-11-01T00:00:00Z</JobCreationDate><JobCompletionDate>2026-11-01T00:00:01Z</JobCompletionDate>"
    if job["running"] > 0:
        job["running"] -= 1
        return _xml(call.operation, f"<JobStatus>IN_PROGRESS</JobStatus>{dates}<ServicesLastAccessed/>")
    offset = int(call.params.get("Marker") or 0)
    services = list(job["services"].items())
    inner = ""
    for prefix, actions in services[offset:offset + PAGE_SERVICES]:
        # IAM follows the actions of some services only; of the others it tells one moment.
        actions = {"": actions} if isinstance(actions, str) else actions
        tracked = "".join(
            f"<member><ActionName>{name}</ActionName><LastAccessedTime>{moment}</LastAccessedTime></member>"
            for name, moment in actions.items() if name)
        last = max(actions.values())
        inner += (f"<member><ServiceName>{prefix}</ServiceName><ServiceNamespace>{prefix}</ServiceNamespace>"
                  f"<LastAuthenticated>{last}</LastAuthenticated>"
                  f"<TrackedActionsLastAccessed>{tracked}</TrackedActionsLastAccessed></member>")
    is_more = offset + PAGE_SERVICES < len(services)
    more = f"<IsTruncated>true</IsTruncated><Marker>{offset + PAGE_SERVICES}</Marker>" if is_more else "<IsTruncated>false</IsTruncated>"
    return _xml(call.operation,
                f"<JobStatus>COMPLETED</JobStatus>{dates}<ServicesLastAccessed>{inner}</ServicesLastAccessed>{more}")


def get_function_policy(cloud, call):
    """moto writes a principal that is an ARN without saying that it is AWS's."""
    function = get_backend("lambda")[ACCOUNT][call.region]._lambdas._functions.get(call.params["FunctionName"])
    if function is None or not function["latest"].policy.statements:
        return None
    policy = function["latest"].policy.get_policy()["Policy"]
    for statement in policy["Statement"]:
        if str(statement["Principal"]).startswith("arn:"):
            statement["Principal"] = {"AWS": statement["Principal"]}
    return _json({"Policy": json.dumps(policy), "RevisionId": "r"})


def simulate_custom_policy(cloud, call):
    """The independent implementation decides."""
    params = call.params

    def listed(name):
        return [value for key, value in params.items() if key.startswith(f"{name}.member.") and key.count(".") == 2]

    policies = [json.loads(text) for text in listed("PolicyInputList")]
    inner = ""
    for action in listed("ActionNames"):
        for resource in listed("ResourceArns") or ["*"]:
            decision = cloud.simulated(policies, action, resource)
            inner += (f"<member><EvalActionName>{action}</EvalActionName><EvalResourceName>{escape(resource)}</EvalResourceName>"
                      f"<EvalDecision>{decision}</EvalDecision><MatchedStatements/><MissingContextValues/></member>")
    return _xml(call.operation, f"<IsTruncated>false</IsTruncated><EvaluationResults>{inner}</EvaluationResults>")


def validate_policy(cloud, call):
    document = json.loads(call.params["policyDocument"])
    findings = [
        {"findingDetails": "Using a wildcard in the resource can be overly permissive.", "findingType": "SECURITY_WARNING",
         "issueCode": "PASS_ROLE_WITH_STAR_IN_RESOURCE", "learnMoreLink": "https://docs.aws.amazon.com/IAM/", "locations": []}
        for statement in document["Statement"] if "*" in statement["Resource"]
    ]
    return _json({"findings": findings})


def list_public_keys(cloud, call):
    """One key a page."""
    keys = cloud.public_keys.get(call.region, [])
    offset = int(call.params.get("NextToken") or 0)
    answer = {"PublicKeyList": keys[offset:offset + 1]}
    if offset + 1 < len(keys):
        answer["NextToken"] = str(offset + 1)
    return _json(answer)


ANSWERS = {
    "cloudtrail:LookupEvents": lookup_events,
    "cloudtrail:ListPublicKeys": list_public_keys,
    "account:ListRegions": list_regions,
    "iam:GenerateServiceLastAccessedDetails": generate_last_accessed,
    "iam:GetServiceLastAccessedDetails": get_last_accessed,
    "iam:SimulateCustomPolicy": simulate_custom_policy,
    "access-analyzer:ValidatePolicy": validate_policy,
    "lambda:GetPolicy": get_function_policy,
    **ATHENA,
    **LAKE,
    **SETTINGS,
}
# S3 Control wraps its errors, S3 does not.
WRAPPED = {"GetAccountPublicAccessBlock", "PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock", "ListAccessPoints",
           "GetAccessPoint", "GetAccessPointPolicy"}


def failure(call, code, status, message):
    """An error in the form that the service's protocol has for it."""
    if call.service == "s3":
        text = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        if call.operation in WRAPPED:
            text = f"<ErrorResponse>{text}<RequestId>r</RequestId></ErrorResponse>"
        return f"{status} Error", "application/xml", text.encode()
    if call.service in ("iam", "sts", "cloudformation"):
        text = (f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>Sender</Type><Code>{code}</Code>'
                f"<Message>{escape(message)}</Message></Error><RequestId>r</RequestId></ErrorResponse>")
        return f"{status} Error", "text/xml", text.encode()
    return f"{status} Error", "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message}).encode()


def denied(call, action, resource):
    code = "AccessDenied" if call.service in ("iam", "sts", "s3", "cloudformation") else "AccessDeniedException"
    return failure(call, code, 403,
                   f"User: arn:aws:iam::{ACCOUNT}:user/polgen is not authorized to perform: {action} on resource: {resource} "
                   "because no identity-based policy allows the action")


__all__ = ["ANSWERS", "Call", "denied", "failure", "seconds"]
