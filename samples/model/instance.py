"""What the instance with ReportInstanceRole does: the SSM agent reports in, and a nightly job writes the reports."""

from datetime import timedelta

from .draw import ALPHANUMERIC, BASE64, HEX
from .record import ACCOUNT, REGION, caller, expiry, record, resource, role_session
from .s3 import list_record, object_record

INSTANCE = "i-0c4d7e9a1b2f35860"
ROLE = {"id": "AROAREPORTINSTEXAMPLE", "path": "/", "name": "ReportInstanceRole"}
SESSION_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/ReportInstanceRole/{INSTANCE}"
INSTANCE_ARN = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{INSTANCE}"
BUCKET = "acme-reports"
PARTNER = "444455556666"
PUBLISHER_ARN = f"arn:aws:iam::{PARTNER}:role/ReportPublisherRole"
ADDRESS = "203.0.113.40"
AGENT = "aws-sdk-go/1.55.5 (go1.24.6; linux; amd64) amazon-ssm-agent/"
JOB = (
    "aws-cli/2.28.11 md/awscrt#0.27.6 ua/2.1 os/linux#6.1.150-174.273.amzn2023.x86_64 md/arch#x86_64 lang/python#3.13.5 "
    "md/pyimpl#CPython m/Z,b,E cfg/retry-mode#standard md/installer#exe md/distrib#amzn.2023 md/prompt#off md/command#"
)


class Night:
    """One night's records of the instance."""

    def __init__(self, draw, start):
        self.draw, self.now, self.records = draw, start, []
        self.identity = role_session(
            ROLE, INSTANCE, draw.access_key(), start - timedelta(hours=draw.between(1, 5)),
            context={"ec2RoleDelivery": "2.0"},
        )
        self.agent = caller(self.identity, ADDRESS, AGENT)

    def job(self, command):
        """The job as a caller; the AWS CLI writes its command into the user agent."""
        return caller(self.identity, ADDRESS, JOB + command)

    def add(self, make, *arguments, **facts):
        """Appends a record that is made at the present moment, and lets some time pass."""
        self.records.append(make(self.draw, self.now, *arguments, **facts))
        self.now += timedelta(seconds=self.draw.between(1, 9))

    def report_in(self):
        """The SSM agent's own traffic."""
        self.add(
            record, self.agent, "ssm:UpdateInstanceInformation", read_only=False,
            request={"instanceId": INSTANCE, "agentVersion": "3.3.2746.0", "agentStatus": "Active",
                     "platformType": "Linux", "platformName": "Amazon Linux", "platformVersion": "2023",
                     "iPAddress": "10.20.1.14", "computerName": "ip-10-20-1-14.eu-central-1.compute.internal",
                     "agentName": "amazon-ssm-agent"},
        )
        self.add(
            record, self.agent, "ssm:ListInstanceAssociations", request={"instanceId": INSTANCE, "maxResults": 20},
            resources=[{"accountId": ACCOUNT, "ARN": INSTANCE_ARN}],
        )
        if self.now.weekday() == 0:
            item = {"typeName": "AWS:Application", "schemaVersion": "1.1", "captureTime": f"{self.now:%Y-%m-%dT%H:%M:%SZ}",
                    "contentHash": self.draw.text(BASE64, 22) + "=="}
            self.add(
                record, self.agent, "ssm:PutInventory", read_only=False, request={"instanceId": INSTANCE, "items": [item]},
            )

    def write_report(self):
        """Looks up the fleet, reads the template, writes the day's report."""
        running = {"name": "instance-state-name", "valueSet": {"items": [{"value": "running"}]}}
        self.add(
            record, self.job("ec2.describe-instances"), "ec2:DescribeInstances", version="1.10",
            request={"instancesSet": {}, "filterSet": {"items": [running]}},
        )
        self.add(list_record, self.job("s3.ls"), BUCKET, "templates/")
        self.add(object_record, self.job("s3.cp"), "GetObject", BUCKET, "templates/daily.html", sent=20481)
        for part in ("orders", "revenue"):
            self.add(
                object_record, self.job("s3.cp"), "PutObject", BUCKET, f"daily/{self.now:%Y-%m-%d}/{part}.csv",
                received=self.draw.between(900, 90000), response={"x-amz-server-side-encryption": "AES256"},
                read_only=False,
            )

    def stop_denied(self):
        """An attempt to stop an instance that the role may not stop."""
        other = f"i-0{self.draw.text(HEX, 16)}"
        message = (
            f"You are not authorized to perform this operation. User: {SESSION_ARN} is not authorized to perform: "
            f"ec2:StopInstances on resource: arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{other} because no identity-based "
            f"policy allows the ec2:StopInstances action. Encoded authorization failure message: "
            f"{self.draw.text(ALPHANUMERIC, 96)}"
        )
        self.add(
            record, self.job("ec2.stop-instances"), "ec2:StopInstances", version="1.10", read_only=False,
            error=("Client.UnauthorizedOperation", message),
            request={"instancesSet": {"items": [{"instanceId": other}]}, "force": False},
        )

    def publish(self):
        """Every Monday: renders the week in a container and hands it to the partner's account."""
        task = self._run_task()
        self.add(
            record, self.job("ecs.describe-tasks"), "ecs:DescribeTasks", request={"cluster": "reports", "tasks": [task]},
        )
        expires = expiry(self.now + timedelta(hours=1))
        self.add(
            record, self.job("sts.assume-role"), "sts:AssumeRole", version="1.08", read_only=True, shared=True,
            request={"roleArn": PUBLISHER_ARN, "roleSessionName": "weekly-report", "durationSeconds": 3600},
            response={
                "credentials": {"accessKeyId": self.draw.access_key(), "sessionToken": "IQoJb3JpZ2luX2VjEXAMPLE==",
                                "expiration": expires},
                "assumedRoleUser": {
                    "assumedRoleId": "AROAPUBLISHEREXAMPLE1:weekly-report",
                    "arn": f"arn:aws:sts::{PARTNER}:assumed-role/ReportPublisherRole/weekly-report",
                },
            },
            resources=[resource("AWS::IAM::Role", PUBLISHER_ARN, PARTNER)],
        )

    def _run_task(self):
        task = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/reports/{self.draw.text(HEX, 32)}"
        cluster = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/reports"
        definition = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/report-render:7"
        roles = {"taskRoleArn": f"arn:aws:iam::{ACCOUNT}:role/ReportTaskRole"}
        network = {"awsvpcConfiguration": {"subnets": ["subnet-0a1b2c3d4e5f60718"],
                                           "securityGroups": ["sg-0f1e2d3c4b5a69788"], "assignPublicIp": "DISABLED"}}
        self.add(
            record, self.job("ecs.run-task"), "ecs:RunTask", read_only=False,
            request={"cluster": "reports", "taskDefinition": "report-render:7", "count": 1, "launchType": "FARGATE",
                     "networkConfiguration": network, "overrides": roles, "enableECSManagedTags": False,
                     "enableExecuteCommand": False},
            response={"tasks": [{"taskArn": task, "clusterArn": cluster, "taskDefinitionArn": definition,
                                 "lastStatus": "PROVISIONING", "desiredStatus": "RUNNING", "launchType": "FARGATE",
                                 "overrides": roles, "cpu": "512", "memory": "1024"}], "failures": []},
        )
        return task


def run(draw, start):
    """The records of one night."""
    night = Night(draw, start)
    night.report_in()
    night.write_report()
    if start.weekday() == 0:
        night.publish()
    if start.day in (9, 23):
        night.stop_denied()
    return night.records
