"""What a request asks for: the service, the operation, its parameters, who asks and where. Read from the wire alone."""

import json
import re
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")

# Operations that are told by verb and path: service, verb, expression, operation.
PATHS = [
    ("lambda", "GET", r"/2015-03-31/functions/?", "ListFunctions"),
    ("lambda", "GET", r"/2015-03-31/event-source-mappings/?", "ListEventSourceMappings"),
    ("lambda", "GET", r"/2015-03-31/functions/(?P<FunctionName>[^/]+)/configuration", "GetFunctionConfiguration"),
    ("lambda", "GET", r"/2015-03-31/functions/(?P<FunctionName>[^/]+)/policy", "GetPolicy"),
    ("account", "POST", r"/listRegions", "ListRegions"),
    ("access-analyzer", "POST", r"/policy/validation", "ValidatePolicy"),
]

# What is asked of a bucket, by the word in its query; and S3 Control's paths.
SETTINGS = {
    "publicAccessBlock": "GetPublicAccessBlock", "policy": "GetBucketPolicy", "acl": "GetBucketAcl", "encryption": "GetBucketEncryption",
    "ownershipControls": "GetBucketOwnershipControls", "versioning": "GetBucketVersioning", "replication": "GetBucketReplication",
    "logging": "GetBucketLogging", "lifecycle": "GetBucketLifecycleConfiguration",
}
CONTROL = [
    (r"/v20180820/configuration/publicAccessBlock", "GetAccountPublicAccessBlock"),
    (r"/v20180820/accesspoint", "ListAccessPoints"),
    (r"/v20180820/accesspoint/(?P<Name>[^/]+)", "GetAccessPoint"),
    (r"/v20180820/accesspoint/(?P<Name>[^/]+)/policy", "GetAccessPointPolicy"),
]


@dataclass
class Call:
    """One request."""

    service: str
    operation: str
    region: str
    access_key: str
    params: dict
    time: float = field(default_factory=time.monotonic)
    code: str | None = None
    number: int = 0

    @property
    def name(self):
        return f"{self.service}:{self.operation}"


def _s3(verb, path, query):
    for shape, operation in CONTROL:
        if found := re.fullmatch(shape, unquote(path)):
            return operation if verb == "GET" else f"{verb.capitalize()}{operation.removeprefix('Get')}", {**query, **found.groupdict()}
    if path == "/" and verb == "GET":
        return "ListBuckets", query
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    params = {"Bucket": bucket, **query}
    if key:
        return {"GET": "GetObject", "HEAD": "HeadObject"}.get(verb, f"{verb} object"), {**params, "Key": key}
    if verb == "HEAD":
        return "HeadBucket", params
    if verb == "GET" and query.get("list-type") == "2":
        return "ListObjectsV2", params
    for word, asked in SETTINGS.items():
        if word in query:
            return asked if verb == "GET" else f"{verb.capitalize()}{asked.removeprefix('Get')}", params
    return f"{verb} bucket", params


def _json(body):
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def read(environ, body):
    """Reads a request; None if nobody signed it."""
    signed = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    if not signed:
        return None
    access_key, region, service = signed.groups()
    verb, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    target = environ.get("HTTP_X_AMZ_TARGET")
    if service == "s3":
        operation, params = _s3(verb, path, query)
    elif target:
        operation, params = target.rsplit(".", 1)[-1], _json(body)
    else:
        form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
        known = [(name, found.groupdict()) for owner, asked, shape, name in PATHS
                 if (owner, asked) == (service, verb) and (found := re.fullmatch(shape, unquote(path)))]
        operation, named = (known or [(f"{verb} {path}", {})])[0]
        operation = form.get("Action") or operation
        params = form if "Action" in form else {**query, **_json(body), **named}
    return Call(service, operation, region, access_key, params)
