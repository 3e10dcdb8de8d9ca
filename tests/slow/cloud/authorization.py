"""Whether a caller's policies permit a call, decided by an independent implementation of IAM in a process of its own.

What each operation asks of IAM is written down here once more, from AWS's service authorization reference, so that the program's
own table is not its own witness.
"""

import json
import os
import subprocess
import threading

ACCOUNT = "123456789012"

# Operations whose action is called otherwise.
ACTIONS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:DeleteAccountPublicAccessBlock": "s3:PutAccountPublicAccessBlock",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
    "cloudcontrolapi:GetResource": "cloudformation:GetResource",
    "cloudcontrolapi:ListResources": "cloudformation:ListResources",
}
# What a service calls in the caller's name.
BEHIND = {
    "cloudcontrolapi:GetResource": "ec2:DescribeSecurityGroups",
    "cloudcontrolapi:ListResources": "ec2:DescribeSecurityGroups",
}
UNCHECKED = {"sts:GetCallerIdentity"}


def resource_of(call):
    """The ARN that a call is made on; `*` where IAM takes nothing else."""
    params = call.params
    if call.name == "s3:GetAccessPointPolicy":
        return f"arn:aws:s3:{call.region}:{ACCOUNT}:accesspoint/{params['Name']}"
    if call.service == "s3" and "Bucket" not in params:
        return "*"
    if call.service == "cloudformation":
        name = params.get("StackName", "*")
        if name == "*" or name.startswith("arn:"):
            return name
        return f"arn:aws:cloudformation:{call.region}:{ACCOUNT}:stack/{name}/1a2b"
    if "FunctionName" in params:
        return f"arn:aws:lambda:{call.region}:{ACCOUNT}:function:{params['FunctionName']}"
    if call.service == "s3":
        return f"arn:aws:s3:::{params['Bucket']}" + (f"/{params['Key']}" if "Key" in params else "")
    if call.name == "cloudtrail:GetEventSelectors":
        return params["TrailName"]
    if call.name == "account:ListRegions":
        return f"arn:aws:account::{ACCOUNT}:account"
    if call.name == "iam:GenerateServiceLastAccessedDetails":
        return params["Arn"]
    # Attaching and detaching are asked of the role, whatever the policy.
    if call.service == "iam" and "RoleName" in params:
        return f"arn:aws:iam::{ACCOUNT}:role/{params['RoleName']}"
    if call.name == "iam:CreatePolicy":
        return f"arn:aws:iam::{ACCOUNT}:policy{params.get('Path', '/')}{params['PolicyName']}"
    if call.service == "iam" and "PolicyArn" in params:
        return params["PolicyArn"]
    return "*"


class Judge:
    """Decides calls. It is started when the first is to be decided."""

    def __init__(self):
        self._process, self._lock, self._known = None, threading.Lock(), None

    def refused(self, call, policies):
        """The action that is not allowed and its resource; None if all is."""
        if call.name in UNCHECKED:
            return None
        asked = [(ACTIONS.get(call.name, call.name), resource_of(call))]
        if call.name in BEHIND:
            asked.append((BEHIND[call.name], "*"))
        return next((one for one in asked if not self._permits(*one, policies)), None)

    def _permits(self, action, resource, policies):
        with self._lock:
            self._start()
            if self._known != policies:
                self._ask({"policies": policies})
                self._known = policies
            answer = self._ask({
                "principal": f"arn:aws:iam::{ACCOUNT}:user/polgen",
                "action": action,
                "resource": resource,
            })
        assert "error" not in answer, (action, resource, answer)
        return answer["decision"] == "allowed"

    def _start(self):
        if self._process is None:
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(["node", os.environ["ORACLE"]], stdin=pipe, stdout=pipe, text=True, bufsize=1)

    def _ask(self, question):
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def stop(self):
        if self._process is not None:
            self._process.stdin.close()
            self._process.wait()
