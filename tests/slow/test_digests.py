"""`--verify-digests` against a bucket: the chain of digests, the newest one by the signature beside its object, keys from CloudTrail."""

import base64
import gzip
import hashlib
import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from cloud.authorization import ACCOUNT
from cloud.records import packed, spread
from cloud.server import Fault
from test_live_role import client

BUCKET = "digest-trail"
REGION = "eu-central-1"
HOURS = 3
BASE = f"AWSLogs/{ACCOUNT}"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class Trail:
    """Some hours of a trail with a log file and a signed digest each."""

    def __init__(self, cloud):
        self.s3 = client(cloud, "s3")
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = self.key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
        cloud.public_keys = {REGION: [{"Value": base64.b64encode(public).decode(), "Fingerprint": "abcdef", "ValidityStartTime": 1.0,
                                       "ValidityEndTime": 2e9}]}
        self.logs, self.digests, before = [], [], None
        for hour in range(HOURS):
            log = f"{BASE}/CloudTrail/{REGION}/2026/11/01/{ACCOUNT}_CloudTrail_{REGION}_20261101T{hour:02}10Z_{hour:016}.json.gz"
            body = packed(spread(5, [REGION], seed=hour))
            self.put(log, body)
            self.logs.append(log)
            before = self.deliver(hour, {"s3Bucket": BUCKET, "s3Object": log, "hashValue": sha256(gzip.decompress(body)),
                                         "hashAlgorithm": "SHA-256"}, before)

    def put(self, key, body, **more):
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body, **more)

    def deliver(self, hour, log, before, region=REGION):
        name = f"{BASE}/CloudTrail-Digest/{region}/2026/11/01/{ACCOUNT}_CloudTrail-Digest_{region}_t_{REGION}_20261101T{hour + 1:02}0000Z.json.gz"
        end = f"2026-11-01T{hour + 1:02}:00:00Z"
        content = json.dumps({
            "awsAccountId": ACCOUNT, "digestStartTime": f"2026-11-01T{hour:02}:00:00Z", "digestEndTime": end, "digestS3Bucket": BUCKET,
            "digestS3Object": name, "digestPublicKeyFingerprint": "abcdef", "digestSignatureAlgorithm": "SHA256withRSA",
            "previousDigestS3Bucket": BUCKET if before else None, "previousDigestS3Object": before and before["object"],
            "previousDigestHashValue": before and before["hash"], "previousDigestHashAlgorithm": "SHA-256",
            "previousDigestSignature": before and before["signature"], "logFiles": [log]}).encode()
        signed = f"{end}\n{BUCKET}/{name}\n{sha256(content)}\n{before['signature'] if before else 'null'}"
        signature = self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()).hex()
        self.put(name, gzip.compress(content), Metadata={"signature": signature, "signature-algorithm": "SHA256withRSA"})
        self.digests.append(name)
        return {"object": name, "hash": sha256(content), "signature": signature}

    def remove(self):
        for page in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
            self.s3.delete_object(Bucket=BUCKET, Key=page["Key"])
        self.s3.delete_bucket(Bucket=BUCKET)


@pytest.fixture
def trail(cloud):
    trail = Trail(cloud)
    yield trail
    trail.remove()
    cloud.public_keys = {}


def verify(user):
    return user.run("usage", "--trail", f"s3://{BUCKET}/", "--verify-digests", "--format", "json", "--no-cache")


def test_every_digest_of_a_bucket_is_checked_the_newest_too(cloud, user, trail):
    done = verify(user)
    assert done.returncode == 0, done.stderr
    assert f"{HOURS} digests, {HOURS} of them signed by CloudTrail; {HOURS} files as delivered" in done.stderr
    asked = [call for call in cloud.calls if call.name == "cloudtrail:ListPublicKeys"]
    assert [call.region for call in asked] == [REGION]


def test_a_changed_log_file_is_named(user, trail):
    trail.put(trail.logs[1], packed(spread(5, [REGION], seed=99)))
    done = verify(user)
    assert done.returncode == 4
    assert f"s3://{BUCKET}/{trail.logs[1]}" in done.stderr and "it was changed" in done.stderr
    assert done.stdout == ""


def test_a_forged_newest_digest_is_named(user, trail):
    body = trail.s3.get_object(Bucket=BUCKET, Key=trail.digests[-1])["Body"].read()
    trail.put(trail.digests[-1], body, Metadata={"signature": "00" * 256})
    done = verify(user)
    assert done.returncode == 4
    assert trail.digests[-1] in done.stderr and "changed or forged" in done.stderr


def test_a_forged_digest_says_nothing_against_a_signed_one(user, trail):
    """It names the newest one with another content, so that nobody looks at the signature beside that."""
    newest = trail.digests[-1]
    log = {"s3Bucket": BUCKET, "s3Object": trail.logs[0], "hashValue": "00" * 32, "hashAlgorithm": "SHA-256"}
    trail.deliver(HOURS, log, {"object": newest, "hash": "00", "signature": "00"})
    forged = trail.digests[-1]
    trail.put(forged, trail.s3.get_object(Bucket=BUCKET, Key=forged)["Body"].read())
    done = verify(user)
    assert done.returncode == 4 and done.stdout == ""
    assert forged in done.stderr and newest not in done.stderr, done.stderr
    assert f"{HOURS} of them signed by CloudTrail; {HOURS} files as delivered" in done.stderr, done.stderr


def test_a_digest_without_a_signature_is_not_cloudtrails(user, trail):
    log = f"{BASE}/CloudTrail/{REGION}/2026/11/01/{ACCOUNT}_CloudTrail_{REGION}_20261101T0010Z_forged.json.gz"
    body = packed(spread(5, [REGION], seed=99))
    trail.put(log, body)
    trail.deliver(HOURS, {"s3Bucket": BUCKET, "s3Object": log, "hashValue": sha256(gzip.decompress(body)), "hashAlgorithm": "SHA-256"}, None)
    forged = trail.digests[-1]
    trail.put(forged, trail.s3.get_object(Bucket=BUCKET, Key=forged)["Body"].read())
    done = verify(user)
    assert done.returncode == 4 and done.stdout == ""
    assert forged in done.stderr and "signature beside it, found none" in done.stderr, done.stderr


def test_what_lies_beside_the_days_or_under_the_name_of_another_file_is_named(user, trail):
    forged = packed(spread(5, [REGION], seed=99))
    for key, words in ((f"{BASE}/CloudTrail/forged.json.gz", "nothing shows that CloudTrail wrote it"),
                       (trail.logs[0].replace("/01/", "/02/"), "it was changed")):
        trail.put(key, forged)
        done = verify(user)
        assert done.returncode == 4 and done.stdout == "" and key in done.stderr and words in done.stderr, done.stderr
        trail.s3.delete_object(Bucket=BUCKET, Key=key)


def test_without_the_right_to_list_keys_it_says_what_to_do(cloud, user, trail):
    cloud.faults = [Fault(lambda call, _: call.name == "cloudtrail:ListPublicKeys", "AccessDeniedException")]
    done = verify(user)
    cloud.faults = []
    assert done.returncode == 1
    assert "cloudtrail:ListPublicKeys" in done.stderr and "--public-keys" in done.stderr


def test_a_key_that_cloudtrail_does_not_list_is_not_trusted(cloud, user, trail):
    cloud.public_keys = {}
    done = verify(user)
    assert done.returncode == 4
    assert "expected the public key `abcdef`" in done.stderr


def test_a_region_that_gives_no_keys_is_named_and_the_others_are_checked(cloud, user, trail):
    other = "eu-west-1"
    trail.deliver(HOURS, {"s3Bucket": BUCKET, "s3Object": trail.logs[0], "hashValue": "00" * 32, "hashAlgorithm": "SHA-256"}, None, other)
    cloud.faults = [Fault(lambda call, _: call.name == "cloudtrail:ListPublicKeys" and call.region == other, "AccessDeniedException")]
    done = verify(user)
    cloud.faults = []
    assert done.returncode == 4 and done.stdout == ""
    assert f"keys of the digests of {other}" in done.stderr and "cloudtrail:ListPublicKeys" in done.stderr, done.stderr
    assert f"{HOURS + 1} of them signed by CloudTrail; {HOURS} files as delivered" in done.stderr, done.stderr


def test_what_no_digest_names_is_not_read(user, trail):
    """A young file, and one that is no log file by its name and by no member of its records."""
    before = verify(user)
    assert before.returncode == 0, before.stderr
    young = f"{BASE}/CloudTrail/{REGION}/2026/11/01/{ACCOUNT}_CloudTrail_{REGION}_20261101T0310Z_{9:016}.json.gz"
    trail.put(young, packed(spread(5, [REGION], seed=99)))
    records = json.loads(gzip.decompress(packed(spread(5, [REGION], seed=98))))["Records"]
    for record in records:
        del record["eventVersion"]
    trail.put(f"{BASE}/CloudTrail/{REGION}/2026/11/01/extra.json", json.dumps({"Records": records}).encode())
    done = verify(user)
    assert done.returncode == 0, done.stderr
    assert "1 file is younger than the newest signed digest, and not read" in done.stderr
    assert "1 file is named by no digest, and not read" in done.stderr
    assert done.stdout == before.stdout


def test_what_is_changed_after_it_was_compared_is_not_read(cloud, user, trail):
    """Whoever may write to the bucket waits until the file was fetched once."""
    forged, fetched = packed(spread(5, [REGION], seed=99)), []

    def swap(call, _):
        if call.name == "s3:GetObject" and call.params["Key"] == trail.logs[1]:
            fetched.append(call)
            if len(fetched) == 2:
                trail.put(trail.logs[1], forged)
        return False

    cloud.faults = [Fault(swap, "Never")]
    done = verify(user)
    cloud.faults = []
    assert len(fetched) >= 2
    assert done.returncode == 4 and done.stdout == ""
    assert trail.logs[1] in done.stderr and "it was changed meanwhile" in done.stderr, done.stderr
