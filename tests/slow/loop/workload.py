"""The workload: what the function calls, and what IAM asks for each call.

The second half of a step is AWS's documentation, not polgen's opinion: which action on which resource the service checks. It
is what the finished policy is measured by. Calls of one step are checked together.
"""

from .account import BUCKET, FUNCTION, HELPER_ARN, LOG_STREAM, OTHER_BUCKET, QUEUE_ARN, code
from .judges import Request
from .recorder import REGION, arn

STEPS = []


def step(*needs):
    """Registers a function of (client, account) as a step, with the requests that its calls need."""
    def register(call):
        STEPS.append((call.__name__, call, needs))
        return call
    return register


def need(action, resource, **context):
    """A request; `kms__ViaService=…` stands for the condition key kms:ViaService."""
    return Request(action, resource, {key.replace("__", ":"): value for key, value in context.items()})


def in_bucket(key, bucket=BUCKET):
    """The ARN of an object."""
    return f"arn:aws:s3:::{bucket}/{key}"


def table(name, index=None):
    """The ARN of a table or of one of its indexes."""
    return arn("dynamodb", f"table/{name}" + (f"/index/{index}" if index else ""))


INCOMING = [f"incoming/2026/11/{name}.json" for name in ("02/a1", "02/b2", "03/c3", "04/d4")]
OWN_LOG_ARN = arn("logs", f"log-group:/aws/lambda/{FUNCTION}:log-stream:{LOG_STREAM}")
TO_LAMBDA = {"iam__PassedToService": "lambda.amazonaws.com"}


@step(*(need("s3:GetObject", in_bucket(key)) for key in INCOMING))
def read_incoming_objects(client, account):
    for key in INCOMING:
        client("s3").get_object(Bucket=BUCKET, Key=key)


@step(need("s3:GetObject", in_bucket("config/rates.json")))
def read_and_probe_one_object(client, account):
    client("s3").head_object(Bucket=BUCKET, Key="config/rates.json")
    client("s3").get_object(Bucket=BUCKET, Key="config/rates.json")


@step(need("s3:ListBucket", f"arn:aws:s3:::{BUCKET}"))
def list_incoming_objects(client, account):
    client("s3").list_objects_v2(Bucket=BUCKET, Prefix="incoming/")


@step(*(need("s3:PutObject", in_bucket(f"processed/2026/11/{day:02}/{day}.json")) for day in (2, 3, 4)))
def write_processed_objects(client, account):
    for day in (2, 3, 4):
        client("s3").put_object(Bucket=BUCKET, Key=f"processed/2026/11/{day:02}/{day}.json", Body=b"{}")


@step(need("s3:GetObject", in_bucket(INCOMING[0])), need("s3:PutObject", in_bucket("archive/a1.json")))
def copy_object_to_the_archive(client, account):
    client("s3").copy_object(Bucket=BUCKET, Key="archive/a1.json", CopySource={"Bucket": BUCKET, "Key": INCOMING[0]})


@step(need("s3:DeleteObject", in_bucket("scratch/old.tmp")))
def delete_object(client, account):
    client("s3").delete_object(Bucket=BUCKET, Key="scratch/old.tmp")


@step(need("s3:PutObject", in_bucket("exports/big.bin")))
def upload_object_in_parts(client, account):
    s3, place = client("s3"), {"Bucket": BUCKET, "Key": "exports/big.bin"}
    upload = s3.create_multipart_upload(**place)["UploadId"]
    part = s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})


@step(need("s3:GetObjectVersion", in_bucket("2026/summary.csv", OTHER_BUCKET)))
def read_object_version(client, account):
    client("s3").get_object(Bucket=OTHER_BUCKET, Key="2026/summary.csv", VersionId=account.version)


@step(need("s3:PutObjectTagging", in_bucket("processed/2026/11/02/2.json")),
      need("s3:GetObjectTagging", in_bucket("processed/2026/11/02/2.json")))
def tag_object(client, account):
    place = {"Bucket": BUCKET, "Key": "processed/2026/11/02/2.json"}
    client("s3").put_object_tagging(**place, Tagging={"TagSet": [{"Key": "state", "Value": "done"}]})
    client("s3").get_object_tagging(**place)


@step(lambda account: [need("s3:PutObject", in_bucket("sealed/totals.json")),
                       need("kms:GenerateDataKey", account.sealing_key["Arn"], kms__ViaService=f"s3.{REGION}.amazonaws.com")])
def write_sealed_object(client, account):
    client("s3").put_object(Bucket=BUCKET, Key="sealed/totals.json", Body=b"{}", ServerSideEncryption="aws:kms",
                            SSEKMSKeyId=account.sealing_key["Arn"])


@step(need("s3:PutObject", in_bucket("costs/in $ (2026).csv")))
def write_object_with_an_odd_name(client, account):
    client("s3").put_object(Bucket=BUCKET, Key="costs/in $ (2026).csv", Body=b"")


@step(need("s3:GetBucketVersioning", f"arn:aws:s3:::{BUCKET}"), need("s3:ListAllMyBuckets", "*"))
def look_at_buckets(client, account):
    client("s3").get_bucket_versioning(Bucket=BUCKET)
    client("s3").list_buckets()


@step(need("dynamodb:GetItem", table("loop-orders")), need("dynamodb:PutItem", table("loop-orders")),
      need("dynamodb:UpdateItem", table("loop-orders")), need("dynamodb:DescribeTable", table("loop-orders")))
def use_table_items(client, account):
    dynamodb, key = client("dynamodb"), {"pk": {"S": "1"}}
    dynamodb.describe_table(TableName="loop-orders")
    dynamodb.put_item(TableName="loop-orders", Item={**key, "status": {"S": "new"}})
    dynamodb.get_item(TableName="loop-orders", Key=key)
    dynamodb.update_item(TableName="loop-orders", Key=key, UpdateExpression="SET amount = :t",
                         ExpressionAttributeValues={":t": {"N": "1"}})


@step(need("dynamodb:Query", table("loop-orders")), need("dynamodb:Query", table("loop-orders", "by-status")))
def query_table_and_index(client, account):
    asked = {"ExpressionAttributeValues": {":v": {"S": "new"}}}
    client("dynamodb").query(TableName="loop-orders", KeyConditionExpression="pk = :v", **asked)
    client("dynamodb").query(TableName="loop-orders", IndexName="by-status", KeyConditionExpression="#s = :v",
                             ExpressionAttributeNames={"#s": "status"}, **asked)


@step(need("dynamodb:BatchGetItem", table("loop-orders")), need("dynamodb:BatchGetItem", table("loop-customers")))
def read_items_of_two_tables(client, account):
    keys = {"Keys": [{"pk": {"S": "1"}}]}
    client("dynamodb").batch_get_item(RequestItems={"loop-orders": keys, "loop-customers": keys})


@step(need("dynamodb:PartiQLSelect", table("loop-customers")))
def select_items(client, account):
    client("dynamodb").execute_statement(Statement='SELECT * FROM "loop-customers" WHERE pk = ?',
                                        Parameters=[{"S": "1"}])


@step(need("dynamodb:PutItem", table("loop-customers")), need("dynamodb:UpdateItem", table("loop-orders")))
def write_items_in_a_transaction(client, account):
    client("dynamodb").transact_write_items(TransactItems=[
        {"Put": {"TableName": "loop-customers", "Item": {"pk": {"S": "c1"}}}},
        {"Update": {"TableName": "loop-orders", "Key": {"pk": {"S": "1"}}, "UpdateExpression": "SET seen = :t",
                    "ExpressionAttributeValues": {":t": {"N": "1"}}}},
    ])


@step(need("sqs:SendMessage", QUEUE_ARN), need("sqs:ReceiveMessage", QUEUE_ARN), need("sqs:DeleteMessage", QUEUE_ARN),
      need("sqs:GetQueueUrl", QUEUE_ARN), need("sqs:GetQueueAttributes", QUEUE_ARN))
def use_queue(client, account):
    sqs = client("sqs")
    queue = sqs.get_queue_url(QueueName="loop-jobs")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    sqs.send_message_batch(QueueUrl=queue, Entries=[{"Id": "1", "MessageBody": "m"}])
    message = sqs.receive_message(QueueUrl=queue)["Messages"][0]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])


@step(need("sns:Publish", arn("sns", "loop-news")), need("sns:ListSubscriptionsByTopic", arn("sns", "loop-news")))
def publish_to_topic(client, account):
    client("sns").publish(TopicArn=account.topic, Message="m")
    client("sns").list_subscriptions_by_topic(TopicArn=account.topic)


@step(need("kinesis:PutRecord", arn("kinesis", "stream/loop-clicks")),
      need("kinesis:DescribeStreamSummary", arn("kinesis", "stream/loop-clicks")))
def put_stream_record(client, account):
    client("kinesis").put_record(StreamName="loop-clicks", Data=b"d", PartitionKey="k")
    client("kinesis").describe_stream_summary(StreamName="loop-clicks")


@step(need("lambda:InvokeFunction", arn("lambda", "function:loop-worker")),
      need("lambda:GetFunction", arn("lambda", "function:loop-worker")), need("lambda:ListFunctions", "*"))
def invoke_function(client, account):
    functions = client("lambda")
    functions.invoke(FunctionName="loop-worker", InvocationType="DryRun")
    functions.get_function(FunctionName="loop-worker")
    functions.list_functions()


@step(need("lambda:CreateFunction", arn("lambda", "function:loop-extra")), need("iam:PassRole", HELPER_ARN, **TO_LAMBDA))
def create_function(client, account):
    client("lambda").create_function(FunctionName="loop-extra", Runtime="python3.12", Role=HELPER_ARN,
                                     Handler="handler.handler", Code={"ZipFile": code()})


@step(need("logs:CreateLogStream", OWN_LOG_ARN), need("logs:PutLogEvents", OWN_LOG_ARN))
def write_own_log(client, account):
    place = {"logGroupName": f"/aws/lambda/{FUNCTION}", "logStreamName": LOG_STREAM}
    client("logs").create_log_stream(**place)
    client("logs").put_log_events(**place, logEvents=[{"timestamp": 1793606400000, "message": "m"}])


@step(need("logs:DescribeLogStreams", arn("logs", "log-group:/loop/audit:log-stream:")))
def look_at_another_log(client, account):
    client("logs").describe_log_streams(logGroupName="/loop/audit")


def secret_needs(account):
    """The secret's ARN ends in characters that AWS drew, and its key has an id of AWS's: known once they exist."""
    return [need("secretsmanager:GetSecretValue", account.secret), need("secretsmanager:DescribeSecret", account.secret),
            need("kms:Decrypt", account.sealing_key["Arn"], kms__ViaService=f"secretsmanager.{REGION}.amazonaws.com")]


@step(secret_needs)
def read_secret(client, account):
    client("secretsmanager").get_secret_value(SecretId="loop/payment")
    client("secretsmanager").describe_secret(SecretId=account.secret)


@step(lambda account: [need("kms:GenerateDataKey", account.key["Arn"]), need("kms:Encrypt", account.key["Arn"])])
def use_key(client, account):
    client("kms").generate_data_key(KeyId="alias/loop-data", KeySpec="AES_256")
    client("kms").encrypt(KeyId=account.key["KeyId"], Plaintext=b"x")


@step(need("ssm:GetParameter", arn("ssm", "parameter/loop/config/url")),
      need("ssm:GetParametersByPath", arn("ssm", "parameter/loop/config")),
      need("ssm:PutParameter", arn("ssm", "parameter/loop/state")))
def use_parameters(client, account):
    client("ssm").get_parameter(Name="/loop/config/url")
    client("ssm").get_parameters_by_path(Path="/loop/config")
    client("ssm").put_parameter(Name="/loop/state", Value="1", Type="String", Overwrite=True)


@step(need("states:StartExecution", arn("states", "stateMachine:loop-flow")),
      need("states:DescribeExecution", arn("states", "execution:loop-flow:run-1")))
def start_state_machine(client, account):
    started = client("stepfunctions").start_execution(stateMachineArn=account.machine, name="run-1")
    client("stepfunctions").describe_execution(executionArn=started["executionArn"])


@step(need("events:PutRule", arn("events", "rule/loop-nightly")), need("events:PutTargets", arn("events", "rule/loop-nightly")),
      need("iam:PassRole", HELPER_ARN, iam__PassedToService="events.amazonaws.com"))
def schedule_rule(client, account):
    client("events").put_rule(Name="loop-nightly", ScheduleExpression="rate(1 day)")
    client("events").put_targets(Rule="loop-nightly", Targets=[
        {"Id": "1", "Arn": account.machine, "RoleArn": HELPER_ARN}])


@step(need("cloudwatch:PutMetricAlarm", arn("cloudwatch", "alarm:loop-backlog")), need("cloudwatch:PutMetricData", "*"))
def watch_metrics(client, account):
    client("cloudwatch").put_metric_alarm(
        AlarmName="loop-backlog", MetricName="backlog", Namespace="loop", Period=60, EvaluationPeriods=1, Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold", Statistic="Sum")
    client("cloudwatch").put_metric_data(Namespace="loop", MetricData=[{"MetricName": "backlog", "Value": 1.0}])


@step(lambda account: [need("ec2:DescribeInstances", "*"), need("ec2:CreateTags", arn("ec2", f"instance/{account.instance}")),
                       need("ec2:StopInstances", arn("ec2", f"instance/{account.instance}"))])
def tag_and_stop_instance(client, account):
    client("ec2").describe_instances(Filters=[{"Name": "instance-state-name", "Values": ["running"]}])
    client("ec2").create_tags(Resources=[account.instance], Tags=[{"Key": "stage", "Value": "loop"}])
    client("ec2").stop_instances(InstanceIds=[account.instance])


@step(need("ecr:GetAuthorizationToken", "*"), need("ecr:DescribeImages", arn("ecr", "repository/loop/worker")))
def look_at_images(client, account):
    client("ecr").get_authorization_token()
    client("ecr").describe_images(repositoryName="loop/worker")


@step(need("ecs:RunTask", arn("ecs", "task-definition/loop-render:1")),
      need("iam:PassRole", HELPER_ARN, iam__PassedToService="ecs-tasks.amazonaws.com"))
def run_container(client, account):
    client("ecs").run_task(
        cluster="loop-batch", taskDefinition="loop-render:1", launchType="FARGATE", count=1,
        overrides={"taskRoleArn": HELPER_ARN},
        networkConfiguration={"awsvpcConfiguration": {"subnets": [account.subnet],
                                                     "securityGroups": [account.security_group]}})


@step(lambda account: [need("apigateway:GET", f"arn:aws:apigateway:{REGION}::/restapis/{account.api}")])
def look_at_api(client, account):
    client("apigateway").get_rest_api(restApiId=account.api)


@step(lambda account: [need("cloudformation:DescribeStacks", account.stack)])
def look_at_stack(client, account):
    client("cloudformation").describe_stacks(StackName="loop-stack")


@step(need("athena:StartQueryExecution", arn("athena", "workgroup/primary")))
def start_query(client, account):
    client("athena").start_query_execution(QueryString="SELECT 1", WorkGroup="primary",
                                           ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/athena/"})


@step(need("iam:GetRole", HELPER_ARN), need("sts:AssumeRole", HELPER_ARN))
def look_at_and_assume_role(client, account):
    client("iam").get_role(RoleName="LoopHelperRole")
    client("sts").assume_role(RoleArn=HELPER_ARN, RoleSessionName="loop")
    client("sts").get_caller_identity()


def needs_of(needs, account):
    """The requests of a step, those that depend on names that AWS gave included."""
    return [request for part in needs for request in (part(account) if callable(part) else [part])]
