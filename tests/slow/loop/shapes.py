"""How CloudTrail writes the parameters of a call down, which is not how the SDK names them.

Members of structures get a lower first letter, keys of maps stay, bytes and secrets are hidden. S3 writes headers and query
parameters instead, EC2 wraps every list, and DynamoDB leaves values out that are not part of a key. Worked out from real
records and from AWS's documentation of them.
"""

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"

# EC2's own names of the request's lists, as they stand in real records.
EC2_LISTS = {"InstanceIds": ("instancesSet", "instanceId"), "Resources": ("resourcesSet", "resourceId")}
EC2_SETS = {"Filters": "filterSet", "Tags": "tagSet"}
# S3: the parameter's name in the SDK -> in the record. What is not listed is a header or a body and stays out.
S3_NAMES = {
    "Bucket": "bucketName", "Key": "key", "Prefix": "prefix", "Delimiter": "delimiter", "VersionId": "versionId",
    "UploadId": "uploadId", "PartNumber": "partNumber", "CopySource": "x-amz-copy-source",
    "ServerSideEncryption": "x-amz-server-side-encryption",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
}
S3_FLAGS = {
    "GetBucketVersioning": "versioning", "GetObjectTagging": "tagging", "PutObjectTagging": "tagging",
    "CreateMultipartUpload": "uploads",
}
KEY_VALUE_TYPES = ("S", "N")


def lower_first(name):
    """`TableName` -> `tableName`; `IPAddress` -> `iPAddress`, as CloudTrail does."""
    return name[:1].lower() + name[1:]


def general(shape, value):
    """A value of the given shape as most services write it."""
    if shape.metadata.get("sensitive") or shape.type_name == "blob":
        return HIDDEN
    if shape.type_name == "structure":
        return {lower_first(name): general(shape.members[name], part) for name, part in value.items()
                if name in shape.members}
    if shape.type_name == "list":
        return [general(shape.member, part) for part in value]
    if shape.type_name == "map":
        return {key: general(shape.value, part) for key, part in value.items()}
    if shape.type_name == "timestamp":
        return str(value)
    return value


def request_parameters(model, params):
    """`requestParameters` of a call; None where CloudTrail writes null."""
    service = model.service_model.service_name
    if service == "s3":
        return _s3(model.name, params)
    if model.input_shape is None or not params:
        return None
    if service == "ec2":
        return _ec2(params)
    if service == "dynamodb":
        return _dynamodb(params)
    written = general(model.input_shape, params)
    if service in ("sqs", "sns"):
        return {key: HIDDEN if key in ("messageBody", "message") else value for key, value in written.items()}
    return written


def _s3(operation, params):
    written = {}
    if "Bucket" in params:
        written["Host"] = f"{params['Bucket']}.s3.eu-central-1.amazonaws.com"
    else:
        written["Host"] = "s3.eu-central-1.amazonaws.com"
    if operation == "ListObjectsV2":
        written["list-type"] = "2"
    if operation in S3_FLAGS:
        written[S3_FLAGS[operation]] = ""
    for name, value in params.items():
        if name == "CopySource" and isinstance(value, dict):
            value = f"{value['Bucket']}/{value['Key']}"
        if name in S3_NAMES:
            written[S3_NAMES[name]] = str(value)
    return written


def _ec2(params):
    written = {}
    for name, value in params.items():
        if name in EC2_LISTS:
            outer, inner = EC2_LISTS[name]
            written[outer] = {"items": [{inner: part} for part in value]}
        elif name in EC2_SETS:
            written[EC2_SETS[name]] = {"items": [_ec2_item(part) for part in value]}
        else:
            written[lower_first(name)] = value
    return written


def _ec2_item(part):
    item = {lower_first(name): value for name, value in part.items() if name != "Values"}
    if "Values" in part:
        item["valueSet"] = {"items": [{"value": value} for value in part["Values"]]}
    return item


def _dynamodb(params):
    written = {lower_first(name): _dynamodb_value(name, value) for name, value in params.items()
               if name not in ("ExpressionAttributeValues", "Parameters")}
    if "transactItems" in written:
        written["requestItems"] = written.pop("transactItems")
    item = params.get("Item")
    if item:
        written["key"] = {name: next(iter(value.values())) for name, value in item.items() if name == "pk"}
    return written


def _dynamodb_value(name, value):
    if name == "Item":
        return list(value)
    if name == "Key":
        return {key: next(iter(part.values())) for key, part in value.items()}
    if name == "RequestItems":
        return {table: _request_items(part) for table, part in value.items()}
    if name == "TransactItems":
        return [{"operation": kind, **_dynamodb(part)} for item in value for kind, part in item.items()]
    return value


def _request_items(part):
    if isinstance(part, dict):
        return {"keys": [_dynamodb_value("Key", key) for key in part["Keys"]]}
    return [{lower_first(kind): {lower_first(name): _dynamodb_value(name, value) for name, value in request.items()}
             for kind, request in entry.items()} for entry in part]
