"""What the Lambda function `prototype-orders` does: twice a day it takes the orders out of a bucket and works them off.

Its role, PrototypeFunctionRole, has far broader permissions than this needs (see role.json).
"""

from datetime import date, timedelta

from .draw import BASE32, HEX
from .record import ACCOUNT, REGION, aws_service, caller, expiry, forwarded, record, resource, role_session
from .s3 import list_record, object_record

FUNCTION = "prototype-orders"
ROLE = {"id": "AROAPROTOTYPEFNEXAMPL", "path": "/service-role/", "name": "PrototypeFunctionRole"}
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/service-role/PrototypeFunctionRole"
SESSION_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/PrototypeFunctionRole/{FUNCTION}"
BUCKET = "acme-prototype-orders"
TABLE = "prototype-orders"
TABLE_ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}"
QUEUE = "prototype-order-events"
SECRET = "prototype/orders/payment-api"
SECRET_ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{SECRET}-Kq7xZ2"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/3f1c9d52-7a4e-4b0b-9c58-1f0d6e2a7b90"
RUNTIME_AGENT = (
    "Boto3/1.40.4 md/Botocore#1.40.4 ua/2.1 os/linux#5.10.244-267.968.amzn2.x86_64 md/arch#x86_64 lang/python#3.12.11 "
    "md/pyimpl#CPython exec-env/AWS_Lambda_python3.12 m/Z,b,D cfg/retry-mode#legacy Botocore/1.40.4"
)
WORKER_AGENT = "awslambda-worker/1.0 rusoto/0.48.0 rust/1.88.0 linux"
# The days of the story: a table scan that was not allowed yet, and the release that names the secret by its ARN.
SCAN_WAS_DENIED_UNTIL = date(2026, 6, 3)
SECRET_BY_ARN_FROM = date(2026, 7, 6)


class Invocation:
    """One start of the function and the orders it works off, as records."""

    def __init__(self, draw, start):
        self.draw, self.now, self.records = draw, start, []
        key = draw.access_key()
        scope = {"issuerType": "AWS::Lambda::Function",
                 "credentialsIssuedTo": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{FUNCTION}"}
        identity = role_session(ROLE, FUNCTION, key, start, identity={"inScopeOf": scope})
        address = f"198.51.100.{draw.between(10, 99)}"
        self.code = caller(identity, address, RUNTIME_AGENT)
        self.worker = caller(identity, address, WORKER_AGENT)
        self._assume(key)

    def add(self, make, *arguments, **facts):
        """Appends a record that is made at the present moment, and lets a little time pass."""
        self.records.append(make(self.draw, self.now, *arguments, **facts))
        self.now += timedelta(seconds=self.draw.below(3))

    def _assume(self, key):
        expires = expiry(self.now + timedelta(hours=12))
        self.add(
            record, aws_service("lambda.amazonaws.com"), "sts:AssumeRole", version="1.08", shared=True, read_only=True,
            request={"roleArn": ROLE_ARN, "roleSessionName": FUNCTION},
            response={
                "credentials": {"accessKeyId": key, "sessionToken": "IQoJb3JpZ2luX2VjEXAMPLE==", "expiration": expires},
                "assumedRoleUser": {"assumedRoleId": f"{ROLE['id']}:{FUNCTION}", "arn": SESSION_ARN},
            },
            resources=[resource("AWS::IAM::Role", ROLE_ARN)],
        )

    def open_log(self):
        """Lambda's worker opens the stream that the function logs to."""
        stream = f"{self.now:%Y/%m/%d}/[$LATEST]{self.draw.text(HEX, 32)}"
        self.add(
            record, self.worker, "logs:CreateLogStream", version="1.10", api_version="20140328",
            request={"logGroupName": f"/aws/lambda/{FUNCTION}", "logStreamName": stream},
        )

    def read_secret(self):
        """The payment provider's key; Secrets Manager passes the decryption on to KMS."""
        named = SECRET_ARN if self.now.date() >= SECRET_BY_ARN_FROM else SECRET
        if self.draw.one_in(12):
            missing = "Secrets Manager can't find the specified secret value for staging label: AWSPENDING"
            self.add(
                record, self.code, "secretsmanager:GetSecretValue", error=("ResourceNotFoundException", missing),
                request={"secretId": named, "versionStage": "AWSPENDING"},
            )
        self.add(record, self.code, "secretsmanager:GetSecretValue", request={"secretId": named})
        context = {"SecretARN": SECRET_ARN, "SecretVersionId": "5b0e6a0c-6e1f-4f6e-9d53-2a4b8f1c7d11"}
        self.add(
            record, forwarded(self.code, "secretsmanager.amazonaws.com"), "kms:Decrypt", read_only=True,
            request={"encryptionContext": context, "encryptionAlgorithm": "SYMMETRIC_DEFAULT"},
            resources=[resource("AWS::KMS::Key", KEY_ARN)],
        )

    def table_call(self, name, request, **facts):
        """A call on the table's items (a data event)."""
        self.add(
            record, self.code, f"dynamodb:{name}", request=request, api_version="2012-08-10", data=True,
            request_id=self.draw.text(BASE32, 42) + "VV4KQNSO5A", resources=[resource("AWS::DynamoDB::Table", TABLE_ARN)],
            **facts,
        )

    def look_around(self):
        """Lists what came in, reads the price list, and asks the table for what is still open."""
        self.add(object_record, self.code, "GetObject", BUCKET, "config/pricing.json", sent=1843)
        self.add(list_record, self.code, BUCKET, f"incoming/{self.now:%Y/%m/%d}/")
        if self.now.date() <= SCAN_WAS_DENIED_UNTIL:
            self._scan_denied()
        self.table_call("Query", {
            "tableName": TABLE, "indexName": "by-status", "keyConditionExpression": "#s = :s",
            "expressionAttributeNames": {"#s": "status"}, "limit": 25, "scanIndexForward": True,
        })

    def _scan_denied(self):
        message = (f"User: {SESSION_ARN} is not authorized to perform: dynamodb:Scan on resource: {TABLE_ARN} "
                   "because no identity-based policy allows the dynamodb:Scan action")
        self.table_call("Scan", None, error=("AccessDenied", message))

    def work_off(self, number):
        """One order: out of the bucket, into the table, into the bucket, on to the queue."""
        incoming = f"incoming/{self.now:%Y/%m/%d}/{self.draw.uuid()}.json"
        if self.draw.one_in(60):
            self.add(object_record, self.code, "GetObject", BUCKET, f"{incoming}.part",
                     error=("NoSuchKey", "The specified key does not exist."))
        self.add(object_record, self.code, "GetObject", BUCKET, incoming, sent=self.draw.between(600, 9000))
        order = f"{self.now:%y%m%d}-{number:04}"
        key = {"orderId": order}
        self.table_call("GetItem", {"tableName": TABLE, "key": key, "consistentRead": True})
        if self.draw.one_in(3):
            self._update(key)
        else:
            self._insert(key)
        if self.draw.one_in(4):
            self.table_call("Query", {"tableName": TABLE, "keyConditionExpression": "orderId = :o", "limit": 10})
        processed = f"processed/{self.now:%Y/%m/%d}/{order}.json"
        self.add(
            object_record, self.code, "PutObject", BUCKET, processed, received=self.draw.between(700, 9900),
            response={"x-amz-server-side-encryption": "AES256"}, read_only=False,
        )
        if self.draw.one_in(5):
            self.add(object_record, self.code, "HeadObject", BUCKET, processed)
        if self.draw.one_in(50):
            self._delete_denied(incoming)
        self._announce()

    def _insert(self, key):
        request = {"tableName": TABLE, "key": key, "item": ["orderId", "customerId", "status", "lines", "total"],
                   "conditionExpression": "attribute_not_exists(orderId)"}
        if self.draw.one_in(25):
            self.table_call("PutItem", request, read_only=False,
                            error=("ConditionalCheckFailedException", "The conditional request failed"))
            return
        self.table_call("PutItem", request, read_only=False)

    def _update(self, key):
        request = {"tableName": TABLE, "key": key, "updateExpression": "SET #s = :s",
                   "expressionAttributeNames": {"#s": "status"}}
        if self.draw.one_in(20):
            message = ("The level of configured provisioned throughput for the table was exceeded. Consider increasing "
                       "your provisioning level with the UpdateTable API.")
            self.table_call("UpdateItem", request, read_only=False,
                            error=("ProvisionedThroughputExceededException", message))
        self.table_call("UpdateItem", request, read_only=False)

    def _delete_denied(self, key):
        message = (f"User: {SESSION_ARN} is not authorized to perform: s3:DeleteObject on resource: "
                   f'"arn:aws:s3:::{BUCKET}/{key}" with an explicit deny in a resource-based policy')
        self.add(object_record, self.code, "DeleteObject", BUCKET, key, error=("AccessDenied", message), read_only=False)

    def _announce(self):
        self.add(
            record, self.code, "sqs:SendMessage", data=True, read_only=False,
            request={"queueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{QUEUE}",
                     "messageBody": "HIDDEN_DUE_TO_SECURITY_REASONS"},
            response={"mD5OfMessageBody": self.draw.text(HEX, 32), "messageId": self.draw.uuid()},
            resources=[resource("AWS::SQS::Queue", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{QUEUE}")],
        )


def run(draw, start, orders):
    """The records of one run of the function."""
    invocation = Invocation(draw, start)
    invocation.open_log()
    invocation.read_secret()
    invocation.look_around()
    for number in range(1, orders + 1):
        invocation.work_off(start.hour * 100 + number)
    return invocation.records
