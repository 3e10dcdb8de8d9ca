"""One CloudTrail record: the members in CloudTrail's order, and the identities that call.

A member that CloudTrail leaves out for an event is left out here as well; `requestParameters` and `responseElements` are
`null` where it writes `null`.
"""

ACCOUNT = "111122223333"
REGION = "eu-central-1"
GLOBAL_REGION = "us-east-1"
REMOTE_REGION = "eu-west-1"

TLS = {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"}


def stamp(moment):
    """CloudTrail's way to write a time."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def expiry(moment):
    """The way CloudTrail writes when credentials expire."""
    month = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()[moment.month - 1]
    half = "AM" if moment.hour < 12 else "PM"
    return f"{month} {moment.day}, {moment.year}, {moment.hour % 12 or 12}:{moment:%M:%S} {half}"


def record(draw, moment, caller, operation, **facts):
    """A record.

    `caller` is what an identity function below returned; `operation` is "service:EventName". Facts, all optional: version,
    region, request, response, additional, error (code and message), resources, read_only, data, type, api_version, shared,
    details (of a service event), host, console, request_id.
    """
    service, name = operation.split(":")
    region = facts.get("region", REGION)
    is_data = facts.get("data", False)
    kind = facts.get("type", "AwsApiCall")
    written = {
        "eventVersion": facts.get("version", "1.11"),
        "userIdentity": caller["identity"],
        "eventTime": stamp(moment),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": caller["address"],
        "userAgent": facts.get("agent", caller["agent"]),
    }
    if "error" in facts:
        written["errorCode"], written["errorMessage"] = facts["error"]
    written["requestParameters"] = facts.get("request")
    written["responseElements"] = facts.get("response")
    if "additional" in facts:
        written["additionalEventData"] = facts["additional"]
    if kind == "AwsApiCall":
        written["requestID"] = facts.get("request_id") or draw.uuid()
    written["eventID"] = draw.uuid()
    written["readOnly"] = facts.get("read_only", name.startswith(("Get", "List", "Describe", "Head", "Query", "Scan")))
    if "resources" in facts:
        written["resources"] = facts["resources"]
    written["eventType"] = kind
    if "api_version" in facts:
        written["apiVersion"] = facts["api_version"]
    written["managementEvent"] = not is_data
    written["recipientAccountId"] = ACCOUNT
    if facts.get("shared"):
        written["sharedEventID"] = draw.uuid()
    if "details" in facts:
        written["serviceEventDetails"] = facts["details"]
    written["eventCategory"] = "Data" if is_data else "Management"
    if not caller["is_service"]:
        host = facts.get("host", f"{service}.{region}.amazonaws.com")
        written["tlsDetails"] = {**TLS, "clientProvidedHostHeader": host}
    if caller.get("console"):
        written["sessionCredentialFromConsole"] = "true"
    return written


def resource(kind, arn, account=ACCOUNT):
    """An entry of resources[]."""
    return {"accountId": account, "type": kind, "ARN": arn}


def caller(identity, address, agent, *, is_service=False, console=False):
    """Who calls, from where, with what."""
    return {"identity": identity, "address": address, "agent": agent, "is_service": is_service, "console": console}


def aws_service(host):
    """A service that calls in its own name."""
    return caller({"type": "AWSService", "invokedBy": host}, host, host, is_service=True)


def forwarded(by, host):
    """The same caller, whose call a service passes on in its name (`invokedBy`)."""
    return caller({**by["identity"], "invokedBy": host}, host, host, is_service=True)


def role_session(role, session, key, created, **more):
    """The identity of an assumed role; `role` has `id`, `path` and `name`."""
    context = {
        "sessionIssuer": {
            "type": "Role",
            "principalId": role["id"],
            "arn": f"arn:aws:iam::{ACCOUNT}:role{role['path']}{role['name']}",
            "accountId": ACCOUNT,
            "userName": role["name"],
        },
        "attributes": {"creationDate": stamp(created), "mfaAuthenticated": "false"},
        **more.get("context", {}),
    }
    identity = {
        "type": "AssumedRole",
        "principalId": f"{role['id']}:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role['name']}/{session}",
        "accountId": ACCOUNT,
    }
    if key:
        identity["accessKeyId"] = key
    return {**identity, "sessionContext": context, **more.get("identity", {})}


def user(name, principal, key, *, console_since=None):
    """The identity of an IAM user, with a console session or with an access key."""
    identity = {
        "type": "IAMUser",
        "principalId": principal,
        "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "accountId": ACCOUNT,
    }
    if key:
        identity["accessKeyId"] = key
    identity["userName"] = name
    if console_since:
        identity["sessionContext"] = {
            "attributes": {"creationDate": stamp(console_since), "mfaAuthenticated": "true"}
        }
    return identity
