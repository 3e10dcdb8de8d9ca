"""Writes each call of a session down as CloudTrail would, by listening to the SDK.

The record is made from the call that boto3 really sends and from the answer it really gets. Which calls a trail shows is
decided here as well: management events always, data events of the types that this trail selects, and never the calls that no
trail records.
"""

import gzip
import json
import uuid
from datetime import datetime, timedelta, timezone

from .shapes import general, request_parameters

ACCOUNT = "123456789012"
REGION = "eu-central-1"
START = datetime(2026, 11, 2, 8, 0, tzinfo=timezone.utc)

NEVER_RECORDED = {"logs:PutLogEvents"}
# Data events of types that this trail does not select.
NOT_SELECTED = {"cloudwatch:PutMetricData"}
DATA_EVENTS = {
    "s3": {"GetObject", "PutObject", "HeadObject", "DeleteObject", "CopyObject", "ListObjectsV2", "GetObjectTagging",
           "PutObjectTagging", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload"},
    "dynamodb": {"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "BatchGetItem", "BatchWriteItem",
                 "TransactWriteItems", "ExecuteStatement"},
    "sqs": {"SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessage"},
    "sns": {"Publish"},
    "lambda": {"Invoke"},
    "kinesis": {"PutRecord"},
}
EVENT_NAMES = {
    "s3:ListObjectsV2": "ListObjects", "lambda:CreateFunction": "CreateFunction20150331",
    "lambda:GetFunction": "GetFunction20150331v2", "lambda:ListFunctions": "ListFunctions20150331",
    "lambda:UpdateFunctionConfiguration": "UpdateFunctionConfiguration20150331v2",
}
CODE_AGENT = "Boto3/1.43.100 md/Botocore#1.43.100 lang/python#3.12.11 exec-env/AWS_Lambda_python3.12 Botocore/1.43.100"
AGENTS = {"logs:CreateLogStream": "awslambda-worker/1.0 rusoto/0.48.0 rust/1.88.0 linux"}
READING = ("Get", "List", "Describe", "Head", "Query", "BatchGet", "Receive", "Decrypt", "Encrypt", "GenerateDataKey",
           "AssumeRole")


def arn(service, resource, region=REGION, account=ACCOUNT):
    """An ARN of this account and region."""
    return f"arn:aws:{service}:{region}:{account}:{resource}"


def _named(service, operation, params):
    """(type, ARN) of the resources that CloudTrail names for a call; empty where it names none."""
    if service == "s3" and "Bucket" in params:
        bucket = ("AWS::S3::Bucket", f"arn:aws:s3:::{params['Bucket']}")
        return [("AWS::S3::Object", f"{bucket[1]}/{params['Key']}"), bucket] if "Key" in params else [bucket]
    if service == "dynamodb":
        tables = list(params.get("RequestItems", {})) or [
            part["TableName"] for item in params.get("TransactItems", []) for part in item.values()
        ]
        if "Statement" in params:
            tables = [params["Statement"].split('"')[1]]
        tables = tables or [params["TableName"]]
        return [("AWS::DynamoDB::Table", arn("dynamodb", f"table/{table}")) for table in dict.fromkeys(tables)]
    if service == "sqs" and operation in DATA_EVENTS["sqs"]:
        return [("AWS::SQS::Queue", arn("sqs", params["QueueUrl"].rsplit("/", 1)[1]))]
    if service == "sns" and operation == "Publish":
        return [("AWS::SNS::Topic", params["TopicArn"])]
    if service == "lambda" and operation == "Invoke":
        return [("AWS::Lambda::Function", arn("lambda", f"function:{params['FunctionName']}"))]
    if service == "kinesis" and operation == "PutRecord":
        return [("AWS::Kinesis::Stream", arn("kinesis", f"stream/{params['StreamName']}"))]
    if service == "sts" and operation == "AssumeRole":
        return [("AWS::IAM::Role", params["RoleArn"])]
    return []


class Recorder:
    """The records of one role's session."""

    def __init__(self, role_arn, role_id, session_name):
        self.records = []
        self.role_arn, self.role_id, self.session_name = role_arn, role_id, session_name
        self._calls = 0

    def learn(self, account):
        """Tells the names that AWS gave to keys and secrets: a record carries their ARNs."""
        self._keys = account.key_arns()
        self._secret, self._sealing_key = account.secret, account.sealing_key["Arn"]

    def listen_to(self, session):
        """Records the calls of all clients that the session makes from now on."""
        session.events.register("provide-client-params", self._before)
        session.events.register("after-call", self._after)

    def _before(self, params, model, context, **_):
        context["polgen_params"] = dict(params)

    def _after(self, http_response, parsed, model, context, **_):
        service, operation = model.service_model.service_name, model.name
        if f"{service}:{operation}" in NEVER_RECORDED | NOT_SELECTED:
            return
        params = context["polgen_params"]
        resources = _named(service, operation, params)
        if service == "kms":
            resources = [("AWS::KMS::Key", self._keys[params["KeyId"]])]
        error = parsed.get("Error") if http_response.status_code >= 300 else None
        is_read = operation.startswith(READING)
        response = None
        if error is None and not is_read and model.output_shape is not None and service != "s3":
            response = general(model.output_shape, {k: v for k, v in parsed.items() if k != "ResponseMetadata"})
        self.add(
            source=model.service_model.signing_name, name=EVENT_NAMES.get(f"{service}:{operation}", operation),
            request=request_parameters(model, params), response=response, resources=resources, error=error,
            is_data=operation in DATA_EVENTS.get(service, ()), is_read=is_read,
            agent=AGENTS.get(f"{service}:{operation}", CODE_AGENT),
        )
        if service == "secretsmanager" and operation == "GetSecretValue":
            self._forwarded("secretsmanager.amazonaws.com", "Decrypt", {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"}, {
                "SecretARN": self._secret, "SecretVersionId": "9f0b1f5e-4c3e-4f60-8f1d-6b2f0a9c1d11"})
        if service == "s3" and "SSEKMSKeyId" in params:
            self._forwarded("AWS Internal", "GenerateDataKey", {"keyId": params["SSEKMSKeyId"], "keySpec": "AES_256"}, {
                "aws:s3:arn": resources[0][1]})

    def _forwarded(self, by, name, request, context):
        """A service passes a call on to KMS in the caller's name; the SDK does not see that call."""
        self.add("kms", name, {**request, "encryptionContext": context}, forwarded_by=by,
                 resources=[("AWS::KMS::Key", self._sealing_key)])

    def assumed_by_lambda(self):
        """Lambda takes the role to start the function: a call of the service's, not of the role's."""
        self.add("sts", "AssumeRole", {"roleArn": self.role_arn, "roleSessionName": self.session_name},
                 identity={"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}, agent="lambda.amazonaws.com",
                 resources=[("AWS::IAM::Role", self.role_arn)])

    def denied(self, source, name, action, resource, request, is_data=False):
        """A call that was refused, in AWS's words."""
        who = self._identity(START)["arn"]
        message = (f"User: {who} is not authorized to perform: {action} on resource: {resource} "
                   "with an explicit deny in a service control policy")
        self.add(source, name, request, error={"Code": "AccessDenied", "Message": message}, is_data=is_data)

    def add(self, source, name, request, **facts):
        """Appends a record; also for what no call of the SDK shows (a service's forwarded call, a denied one)."""
        self._calls += 1
        moment = START + timedelta(seconds=self._calls)
        is_data, service = facts.get("is_data", False), facts.get("forwarded_by")
        identity = self._identity(moment)
        if service:
            identity["invokedBy"] = service
        record = {
            "eventVersion": "1.11", "userIdentity": facts.get("identity", identity),
            "eventTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "eventSource": f"{source}.amazonaws.com",
            "eventName": name, "awsRegion": REGION, "sourceIPAddress": service or "198.51.100.7",
            "userAgent": service or facts.get("agent", CODE_AGENT),
            "requestParameters": request, "responseElements": facts.get("response"), "requestID": str(uuid.uuid4()),
            "eventID": str(uuid.uuid4()), "readOnly": facts.get("is_read", True), "eventType": "AwsApiCall",
            "managementEvent": not is_data, "recipientAccountId": ACCOUNT,
            "eventCategory": "Data" if is_data else "Management",
        }
        if facts.get("error"):
            record["errorCode"], record["errorMessage"] = facts["error"]["Code"], facts["error"]["Message"]
        if facts.get("resources"):
            record["resources"] = [{"accountId": ACCOUNT, "type": kind, "ARN": name} for kind, name in facts["resources"]]
        self.records.append(record)

    def _identity(self, moment):
        name = self.role_arn.rsplit("/", 1)[1]
        return {
            "type": "AssumedRole", "principalId": f"{self.role_id}:{self.session_name}",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{self.session_name}", "accountId": ACCOUNT,
            "accessKeyId": "ASIALOOPSESSEXAMPLE0",
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "principalId": self.role_id, "arn": self.role_arn,
                                  "accountId": ACCOUNT, "userName": name},
                "attributes": {"creationDate": moment.strftime("%Y-%m-%dT08:00:00Z"), "mfaAuthenticated": "false"},
            },
        }

    def write_trail(self, folder, records_per_file=20):
        """Lays the records down in a bucket's layout, some to a file."""
        for number, first in enumerate(range(0, len(self.records), records_per_file)):
            moment = START + timedelta(minutes=5 * (number + 1))
            name = f"{ACCOUNT}_CloudTrail_{REGION}_{moment:%Y%m%dT%H%MZ}_{number:016}.json.gz"
            path = folder / "AWSLogs" / ACCOUNT / "CloudTrail" / REGION / f"{moment:%Y/%m/%d}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            records = {"Records": self.records[first:first + records_per_file]}
            path.write_bytes(gzip.compress(json.dumps(records).encode(), mtime=0))
