"""S3's own shape of record: `Host` among the parameters, two resources for an object, sizes and ids beside them."""

from .draw import BASE64
from .record import ACCOUNT, REGION, record, resource


def _extra(draw, sent, received):
    return {
        "SignatureVersion": "SigV4",
        "CipherSuite": "TLS_AES_128_GCM_SHA256",
        "bytesTransferredIn": received,
        "AuthenticationMethod": "AuthHeader",
        "x-amz-id-2": draw.text(BASE64, 75) + "=",
        "bytesTransferredOut": sent,
    }


def _s3_record(draw, moment, caller, name, bucket, **facts):
    host = f"{bucket}.s3.{REGION}.amazonaws.com"
    request = {"bucketName": bucket, "Host": host, **facts.pop("request", {})}
    return record(
        draw, moment, caller, f"s3:{name}", request=request, host=host, agent=f"[{caller['agent']}]",
        additional=_extra(draw, facts.pop("sent", 0), facts.pop("received", 0)),
        request_id=draw.text("ABCDEFGHJKMNPQRSTVWXYZ0123456789", 16), **facts,
    )


def object_record(draw, moment, caller, name, bucket, key, **facts):
    """A call on an object (a data event)."""
    resources = [
        {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/{key}"},
        resource("AWS::S3::Bucket", f"arn:aws:s3:::{bucket}"),
    ]
    request = {**facts.pop("request", {}), "key": key}
    return _s3_record(draw, moment, caller, name, bucket, request=request, resources=resources, data=True, **facts)


def list_record(draw, moment, caller, bucket, prefix, **facts):
    """ListObjectsV2, which CloudTrail calls ListObjects (a data event)."""
    resources = [
        {"type": "AWS::S3::Object", "ARNPrefix": f"arn:aws:s3:::{bucket}/{prefix}"},
        resource("AWS::S3::Bucket", f"arn:aws:s3:::{bucket}"),
    ]
    request = {"prefix": prefix, "list-type": "2", "encoding-type": "url"}
    return _s3_record(
        draw, moment, caller, "ListObjects", bucket, request=request, resources=resources, data=True,
        sent=draw.between(400, 2400), **facts,
    )


def bucket_record(draw, moment, caller, name, bucket, sub_resource, **facts):
    """A call on a bucket's configuration (a management event)."""
    return _s3_record(
        draw, moment, caller, name, bucket, request={sub_resource: ""},
        resources=[resource("AWS::S3::Bucket", f"arn:aws:s3:::{bucket}", ACCOUNT)], **facts,
    )
