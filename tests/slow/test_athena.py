"""`--athena` against an Athena that runs the SQL: the suggestion is the one of the files, and no failure leaves half of one."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import boto3
import pytest

from cloud.athena import Athena
from cloud.server import Fault
from conftest import ACCESS_KEY
from engines.table import Table

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "trail"
ROLE = ["--role", "PrototypeFunctionRole"]
START, LOOK, STOP = "athena:StartQueryExecution", "athena:GetQueryExecution", "athena:StopQueryExecution"


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return Table(SAMPLES, tmp_path_factory.mktemp("athena"))


@pytest.fixture
def asker(cloud, tmp_path, table):
    """Somebody who asks the table. Starting and stopping queries changes nothing but the bucket of results."""
    from conftest import User

    home = tmp_path / "home"
    home.mkdir()
    cloud.athena = Athena(table)
    client = boto3.client("s3", endpoint_url=cloud.url, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="a")
    client.create_bucket(Bucket="polgen-results")
    user = User(cloud, home)
    user.asked = [*ROLE, "--athena", "lake.cloudtrail", "--athena-output", "s3://polgen-results/rows", "--region", "us-east-1", "--format", "policy"]
    yield user
    assert set(cloud.writes(ACCESS_KEY)) <= {START, STOP}


def test_the_suggestion_is_that_of_the_files(cloud, asker):
    done = asker.run("suggest", *asker.asked, "--yes")
    assert done.returncode == 0, done.stderr
    files = asker.run_offline("suggest", *ROLE, "--trail", str(SAMPLES), "--format", "policy")
    assert done.stdout == files.stdout and done.stdout
    assert "all accounts" in done.stderr and "$5 for each terabyte" in done.stderr and "scanned 4,096 bytes" in done.stderr
    assert "the event history" not in done.stderr
    assert len(cloud.calls_of(START)) == 1


@pytest.mark.long
def test_nothing_runs_without_a_yes(cloud, asker):
    done = asker.run("suggest", *asker.asked)
    assert done.returncode == 1 and "--yes" in done.stderr and not cloud.calls_of(START)


@pytest.mark.parametrize("reason, hint", [
    ("COLUMN_NOT_FOUND: line 3:3: Column 'eventid' cannot be resolved or requester is not authorized to access requested resources", "lacks a column"),
    ("TABLE_NOT_FOUND: line 40:6: Table 'awsdatacatalog.lake.cloudtrail' does not exist", "DATABASE.TABLE"),
    ("Access Denied (Service: Amazon S3; Status Code: 403)", "self-policy"),
    ("Query exhausted resources at this scale factor", "--since"),
])
@pytest.mark.long
def test_a_query_that_fails_says_why(cloud, asker, reason, hint):
    cloud.athena.failure = reason
    done = asker.run("suggest", *asker.asked, "--yes")
    assert done.returncode == 1 and done.stdout == "" and reason[:40] in done.stderr and hint in done.stderr


@pytest.mark.long
def test_throttled_calls_are_tried_again(cloud, asker):
    cloud.faults = [Fault(lambda call, count: call.name in (START, LOOK) and count <= 2, "TooManyRequestsException")]
    done = asker.run("suggest", *asker.asked, "--yes")
    assert done.returncode == 0, done.stderr


@pytest.mark.long
def test_a_result_that_may_not_be_read_is_picked_up_later(cloud, asker):
    cloud.faults = [Fault(lambda call, _: call.name == "s3:GetObject", "AccessDenied", 403)]
    done = asker.run("suggest", *asker.asked, "--yes")
    assert done.returncode == 1 and done.stdout == "" and "s3://polgen-results/rows/" in done.stderr and "s3:GetObject" in done.stderr
    cloud.faults = []
    done = asker.run("suggest", *asker.asked, "--yes")
    assert done.returncode == 0 and "asked by an earlier run" in done.stderr and len(cloud.calls_of(START)) == 1


@pytest.mark.long
def test_a_result_that_is_gone_is_asked_for_anew(cloud, asker):
    cloud.faults = [Fault(lambda call, _: call.name == "s3:GetObject", "NoSuchKey", 404)]
    done = asker.run("suggest", *asker.asked, "--yes")
    assert done.returncode == 1 and done.stdout == "" and "not there any more" in done.stderr
    cloud.faults = []
    assert asker.run("suggest", *asker.asked, "--yes").returncode == 0
    assert len(cloud.calls_of(START)) == 2


@pytest.mark.long
def test_what_it_will_scan_is_told_before(cloud, asker):
    client = boto3.client("s3", endpoint_url=cloud.url, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="a")
    client.create_bucket(Bucket="polgen-trail")
    for day in ("10", "11"):
        client.put_object(Bucket="polgen-trail", Key=f"AWSLogs/111122223333/CloudTrail/us-east-1/2026/06/{day}/a.json.gz", Body=b"x" * 700_000)
    window = ["--since", "2026-06-11", "--until", "2026-06-12"]
    done = asker.run("suggest", *asker.asked, *window, "--yes")
    assert done.returncode == 0, done.stderr
    # Two regions, the day before and two weeks for late deliveries.
    assert "about 1 GB, $0.01: the size of the files in 36 folders" in done.stderr, done.stderr
    client.put_object(Bucket="polgen-trail", Key="AWSLogs/111122223333/CloudTrail/us-east-1/2026/06/11/b.json.gz", Body=b"x" * 2_000_000)
    done = asker.run("suggest", *asker.asked, *window, "--yes", "--scan-limit", "0")
    assert done.returncode == 1 and "--scan-limit: nothing was asked" in done.stderr and len(cloud.calls_of(START)) == 1
    cloud.faults = [Fault(lambda call, _: call.name == "s3:ListObjectsV2", "AccessDenied", 403)]
    done = asker.run("suggest", *asker.asked, "--since", "2026-06-12", "--yes")
    assert "cannot be told beforehand: s3:ListBucket" in done.stderr, done.stderr
    cloud.faults = []
    for page in client.list_objects_v2(Bucket="polgen-trail")["Contents"]:
        client.delete_object(Bucket="polgen-trail", Key=page["Key"])
    client.delete_bucket(Bucket="polgen-trail")


@pytest.mark.long
def test_a_table_without_a_needed_column_is_refused_before_it_costs(cloud, asker):
    from cloud.athena import STANDARD

    cloud.athena.columns = {name: kind for name, kind in STANDARD.items() if name != "requestparameters"}
    done = asker.run("suggest", *asker.asked, "--yes")
    assert done.returncode == 1 and "no column `requestparameters`" in done.stderr and "[athena.columns]" in done.stderr and not cloud.calls_of(START)
    cloud.athena.columns = {"api": "struct<>", "actor": "struct<>", "metadata": "struct<>"}
    done = asker.run("suggest", *asker.asked, "--yes")
    assert done.returncode == 1 and "version 1" in done.stderr and not cloud.calls_of(START)


@pytest.mark.long
def test_a_table_that_may_not_be_looked_at_is_taken_for_the_standard_one(cloud, asker):
    cloud.faults = [Fault(lambda call, _: call.name == "athena:GetTableMetadata", "AccessDeniedException", 403)]
    done = asker.run("suggest", *asker.asked, "--yes")
    assert done.returncode == 0 and "athena:GetTableMetadata: not permitted" in done.stderr and "cannot be told beforehand" in done.stderr


@pytest.mark.long
def test_too_much_is_cancelled(cloud, asker):
    cloud.athena.scanned = 3_000_000_000
    done = asker.run("suggest", *asker.asked, "--yes", "--scan-limit", "2")
    assert done.returncode == 1 and done.stdout == "" and "3000000000 bytes" in done.stderr and len(cloud.calls_of(STOP)) == 1


@pytest.mark.long
def test_control_c_cancels_and_an_end_is_picked_up(cloud, asker):
    cloud.athena.runs = 1_000
    for ended, stops in ((signal.SIGINT, 1), (signal.SIGKILL, 1)):
        process = asker.start("suggest", *asker.asked, "--yes")
        before = len(cloud.calls_of(LOOK))
        while len(cloud.calls_of(LOOK)) < before + 2:
            time.sleep(0.05)
        process.send_signal(ended)
        stdout, stderr = process.communicate(timeout=60)
        assert stdout == "" and process.returncode != 0
        assert len(cloud.calls_of(STOP)) == stops
        assert ended != signal.SIGINT or "is cancelled" in stderr
    cloud.athena.runs = 1
    done = asker.run("suggest", *asker.asked, "--yes")
    assert done.returncode == 0 and "asked by an earlier run" in done.stderr, done.stderr
    assert len(cloud.calls_of(START)) == 2


@pytest.mark.long
def test_without_a_place_for_the_result_it_says_so(cloud, asker):
    asked = [word for word in asker.asked if word not in ("--athena-output", "s3://polgen-results/rows")]
    done = asker.run("suggest", *asked, "--yes")
    assert done.returncode == 1 and "--athena-output" in done.stderr


def kept(user):
    """What lies beside each other in the folder of queries, by the ends of their names."""
    return sorted(file.suffix for file in (user.home / ".cache" / "polgen" / "athena").iterdir())


@pytest.mark.long
def test_a_result_that_athena_keeps_comes_page_by_page_whole_or_not_at_all(cloud, asker):
    cloud.athena.is_managed = True
    asked = [word for word in asker.asked if word not in ("--athena-output", "s3://polgen-results/rows")]
    cloud.faults = [Fault(lambda call, count: call.name == "athena:GetQueryResults" and count > 1, "InternalServerException")]
    done = asker.run("suggest", *asked, "--yes")
    assert done.returncode == 1 and done.stdout == "" and kept(asker) == [".query"]
    cloud.faults = []
    done = asker.run("suggest", *asked, "--yes")
    assert done.returncode == 0 and "asked by an earlier run" in done.stderr, done.stderr
    files = asker.run_offline("suggest", *ROLE, "--trail", str(SAMPLES), "--format", "policy")
    assert done.stdout == files.stdout and kept(asker) == [".csv"] and len(cloud.calls_of("athena:GetQueryResults")) > 3


@pytest.mark.long
def test_a_query_that_was_cancelled_meanwhile_is_asked_anew(cloud, asker):
    cloud.athena.runs = 1_000
    process = asker.start("suggest", *asker.asked, "--yes")
    while len(cloud.calls_of(LOOK)) < 2:
        time.sleep(0.05)
    process.kill()
    process.communicate(timeout=60)
    for query in cloud.athena.queries.values():
        query["state"] = "CANCELLED"
    cloud.athena.runs = 1
    done = asker.run("suggest", *asker.asked, "--yes")
    assert done.returncode == 0 and len(cloud.calls_of(START)) == 2, done.stderr


@pytest.mark.long
def test_a_query_that_could_not_be_stopped_is_told(cloud, asker):
    cloud.athena.scanned = 3_000_000_000
    cloud.faults = [Fault(lambda call, _: call.name == STOP, "AccessDeniedException", 403)]
    done = asker.run("suggest", *asker.asked, "--yes", "--scan-limit", "2")
    assert done.returncode == 1 and "still runs, and costs" in done.stderr and "aws athena stop-query-execution" in done.stderr, done.stderr


@pytest.mark.long
def test_what_athena_says_is_cut_and_steers_no_terminal(cloud, asker):
    cloud.athena.failure = "\x1b[2J\u202e" + "x" * 5_000
    done = asker.run("suggest", *asker.asked, "--yes")
    assert done.returncode == 1 and "x" * 300 in done.stderr and "x" * 401 not in done.stderr
    assert "\x1b" not in done.stderr and "\u202e" not in done.stderr
    cloud.athena.failure = None
    cloud.faults = [Fault(lambda call, _: call.name == "s3:ListObjectsV2", "AccessDenied", 403),
                    Fault(lambda call, _: call.name == "s3:ListObjectsV2", "Odd\u202eCode", 400, "\u202eodd")]
    for fault in list(cloud.faults):
        cloud.faults = [fault]
        done = asker.run("suggest", *asker.asked, "--since", "2026-06-12", "--yes")
        assert "cannot be told beforehand" in done.stderr and "\u202e" not in done.stderr, done.stderr


@pytest.mark.long
def test_tables_of_two_layouts_are_refused_before_it_costs(cloud, asker):
    from cloud.athena import STANDARD

    cloud.athena.tables["other"] = {name: kind for name, kind in STANDARD.items() if name != "tlsdetails"}
    done = asker.run("suggest", *asker.asked, "--athena", "lake.other", "--yes")
    assert done.returncode == 1 and "tables of one layout" in done.stderr and not cloud.calls_of(START)


@pytest.mark.long
def test_of_many_folders_some_are_listed_a_few_at_a_time(cloud, asker):
    listing, most, lock = [0], [0], threading.Lock()

    def count(call, _):
        if call.name == "s3:ListObjectsV2":
            with lock:
                listing[0] += 1
                most[0] = max(most[0], listing[0])
            time.sleep(0.1)
            with lock:
                listing[0] -= 1
        return False

    cloud.athena.properties["projection.account.values"] = ",".join(str(111122223333 + number) for number in range(20))
    client = boto3.client("s3", endpoint_url=cloud.url, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="a")
    client.create_bucket(Bucket="polgen-trail")
    key = "AWSLogs/111122223333/CloudTrail/eu-central-1/2026/06/10/a.json.gz"
    client.put_object(Bucket="polgen-trail", Key=key, Body=b"x" * 3_000_000)
    cloud.faults = [Fault(count, "")]
    done = asker.run("suggest", *asker.asked, "--since", "2026-06-11", "--until", "2026-06-12", "--yes")
    client.delete_object(Bucket="polgen-trail", Key=key)
    client.delete_bucket(Bucket="polgen-trail")
    assert done.returncode == 0, done.stderr
    assert "a projection from 600 of 720 folders" in done.stderr and 8 < most[0] <= 32, (most, done.stderr)


@pytest.mark.long
def test_the_policy_of_polgen_is_enough(cloud):
    done = subprocess.run([os.environ["POLGEN"], "self-policy", "suggest", "--athena", "--athena-output", "s3://polgen-results/rows"], capture_output=True, text=True)
    for action in (START, LOOK, STOP, "athena:GetQueryResults", "glue:GetTable", "s3:PutObject"):
        assert action in done.stdout, action
    assert "arn:aws:s3:::polgen-results/rows*" in done.stdout and "cloudtrail:LookupEvents" not in done.stdout
