"""`--trail s3://…` against an S3 server under load: every file is listed and read, only the days asked for are, and what cannot
be read is said.

100,000 files is the long check: `OBJECTS=100000 tests/slow/run -k bucket`; every run takes some thousand. The server is
s3s-fs; for what is asked of a server, it is the cloud that writes down every call.
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import boto3
import pytest

from cloud.authorization import ACCOUNT
from cloud.records import packed, record, spread
from cloud.server import Fault
from conftest import ACCESS_KEY, SECRET_KEY

OBJECTS = int(os.environ.get("OBJECTS", "4000"))
KILLS = int(os.environ.get("KILLS", "60"))
ORGANIZATION, OTHER = "o-abcde12345", "210987654321"
BUCKET = "trail-bucket"
REGIONS = ["eu-central-1", "us-east-1", "ap-south-1"]
SERVER = Path(os.environ["S3_SERVER"])


def key(account, region, day, number):
    return (f"logs/AWSLogs/{ORGANIZATION}/{account}/CloudTrail/{region}/{day:%Y/%m/%d}/"
            f"{account}_CloudTrail_{region}_{day:%Y%m%d}T0000Z_{number:07d}.json.gz")


class Files:
    """An S3 server over a folder."""

    def __init__(self, folder):
        self.root = folder
        (folder / BUCKET).mkdir(parents=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [str(SERVER), "--host", "127.0.0.1", "--port", str(port), "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY, str(folder)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("the S3 server does not listen")

    def put(self, name, content):
        path = self.root / BUCKET / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def stop(self):
        self.process.terminate()
        self.process.wait()


@pytest.fixture(scope="module")
def load(tmp_path_factory):
    """Many files of one account in an organization's trail, over 60 days, with one event each."""
    if not SERVER.exists():
        pytest.skip("SKIPPED: the S3 server s3s-fs is not installed")
    folder = tmp_path_factory.mktemp("bucket")
    files = Files(folder)
    first = date(2026, 9, 1)
    for number in range(OBJECTS):
        day = first + timedelta(days=number % 60)
        region = REGIONS[number % len(REGIONS)]
        moment = datetime(day.year, day.month, day.day, 12, 0, number % 60)
        files.put(key(ACCOUNT, region, day, number), packed([record(number, moment, region)]))
    yield files
    files.stop()
    shutil.rmtree(folder, ignore_errors=True)


def at(user, files):
    """A user whose calls go to this server; it knows no session tokens."""
    environment = {"HOME": str(user.home), "AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "us-east-1",
                   "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}

    def start(*arguments):
        return subprocess.Popen([os.environ["POLGEN"], *arguments, "--endpoint-url", files.url],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)

    def run(*arguments):
        process = start(*arguments)
        stdout, stderr = process.communicate(timeout=3000)
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)

    return start, run


def test_every_file_of_a_large_bucket_is_read_once(user, load):
    _, run = at(user, load)
    begun = time.monotonic()
    done = run("map", "--trail", f"s3://{BUCKET}/logs/")
    print(f"{OBJECTS} files in {time.monotonic() - begun:.1f} s")
    assert done.returncode == 0, done.stderr
    ids = Counter(json.loads(line)["event_id"] for line in done.stdout.splitlines())
    assert len(ids) == OBJECTS and set(ids.values()) == {1}


def test_it_gives_the_same_however_often_it_was_killed(user, load):
    start, run = at(user, load)
    source, kills = random.Random(9), 0
    prefix = f"s3://{BUCKET}/logs/AWSLogs/{ORGANIZATION}/{ACCOUNT}/CloudTrail/eu-central-1/2026/09/"
    whole = run("map", "--trail", prefix)
    assert whole.returncode == 0 and len(whole.stdout.splitlines()) > OBJECTS // 10, whole.stderr
    while kills < KILLS:
        process = start("map", "--trail", prefix)
        time.sleep(source.uniform(0.0, 0.5))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate()
    assert run("map", "--trail", prefix).stdout == whole.stdout


# What follows is about what is asked for, so the server is the one that writes down every call.


@pytest.fixture
def organization(cloud):
    s3 = boto3.client("s3", endpoint_url=cloud.url, region_name="eu-central-1", aws_access_key_id="AKIAOWNER", aws_secret_access_key="x")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    keys = []
    for account in (ACCOUNT, OTHER):
        for region in REGIONS:
            for offset in range(40):
                day = date(2026, 9, 1) + timedelta(days=offset)
                moment = datetime(day.year, day.month, day.day, 12)
                number = len(keys)
                keys.append(key(account, region, day, number))
                made = record(number, moment, region)
                made["recipientAccountId"] = account
                s3.put_object(Bucket=BUCKET, Key=keys[-1], Body=packed([made]))
    for name in ("CloudTrail-Digest", "Config"):
        keys.append(f"logs/AWSLogs/{ORGANIZATION}/{ACCOUNT}/{name}/eu-central-1/2026/09/05/x.json.gz")
        s3.put_object(Bucket=BUCKET, Key=keys[-1], Body=b"{}")
    cloud.calls.clear()
    yield keys
    for name in keys:
        s3.delete_object(Bucket=BUCKET, Key=name)
    s3.delete_bucket(Bucket=BUCKET)


def test_only_the_account_and_the_days_asked_for_are_listed(cloud, user, organization):
    role = f"arn:aws:iam::{ACCOUNT}:role/app"
    done = user.run("suggest", "--role", role, "--trail", f"s3://{BUCKET}/logs", "--since", "2026-09-20", "--until", "2026-09-21",
                    "--format", "json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["coverage"]["role_events"] == 2 * len(REGIONS)
    listed = [call.params["prefix"] for call in cloud.calls_of("s3:ListObjectsV2")]
    read = [call.params["Key"] for call in cloud.calls_of("s3:GetObject")]
    assert not [name for name in listed + read if OTHER in name or "Digest" in name or "Config/" in name]
    days = {tuple(name.split("/CloudTrail/")[1].split("/")[1:4]) for name in read}
    # A file holds what was delivered on its day, so some later days are looked at as well.
    assert days == {("2026", f"{day:%m}", f"{day:%d}") for day in (date(2026, 9, 19) + timedelta(days=n) for n in range(18))}, sorted(days)
    # Six folders above the regions; below each, the region, the year, two months and the days.
    assert len(listed) == 6 + len(REGIONS) * (4 + len(days))


def test_the_buckets_region_is_found(cloud, user, organization):
    done = user.run("map", "--trail", f"s3://{BUCKET}/logs/", "--region", "us-west-2")
    assert done.returncode == 0, done.stderr
    assert {call.region for call in cloud.calls_of("s3:GetObject")} == {"eu-central-1"}


@pytest.mark.parametrize("code, message, words", [
    ("AccessDenied", "User: u is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-central-1:1:key/k because no "
     "resource-based policy allows the kms:Decrypt action", "`kms:Decrypt` on the key"),
    ("AccessDenied", "Access Denied", "`s3:GetObject`"),
])
def test_files_that_may_not_be_read_are_no_idle_role(cloud, user, organization, code, message, words):
    cloud.faults = [Fault(lambda call, _: call.name == "s3:GetObject", code, 403, message)]
    done = user.run("suggest", "--role", "app", "--trail", f"s3://{BUCKET}/logs/", "--allow-gaps")
    assert done.returncode == 4 and done.stdout == ""
    assert words in done.stderr and "hint:" in done.stderr, done.stderr
    assert len(cloud.calls_of("s3:GetObject")) < 2 * len(REGIONS) * 40


@pytest.mark.parametrize("operation, end", [("s3:ListObjectsV2", "/us-east-1/"), ("s3:GetObject", "_0000000.json.gz")])
def test_what_may_not_be_listed_or_read_is_a_gap(cloud, user, organization, operation, end):
    def is_hit(call, _):
        return call.name == operation and call.params.get("Key", call.params.get("prefix", "")).endswith(end)

    cloud.faults = [Fault(is_hit, "AccessDenied", 403)]
    ask = ("suggest", "--role", f"arn:aws:iam::{ACCOUNT}:role/app", "--trail", f"s3://{BUCKET}/logs/", "--format", "policy")
    done = user.run(*ask)
    assert done.returncode == 4 and done.stdout == ""
    [place] = [line for line in done.stderr.splitlines() if f"s3://{BUCKET}/logs/AWSLogs/{ORGANIZATION}/{ACCOUNT}/CloudTrail/" in line]
    assert f"{end}: {operation.replace('ObjectsV2', 'Bucket')}: not permitted" in place, done.stderr
    assert user.run(*ask, "--allow-gaps").returncode == 0


def test_a_busy_server_costs_time_and_no_file(cloud, user, organization):
    source = random.Random(10)
    cloud.faults = [Fault(lambda call, _: call.service == "s3" and source.random() < 0.2, "SlowDown", 503)]
    done = user.run("map", "--trail", f"s3://{BUCKET}/logs/")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2 * len(REGIONS) * 40


def test_a_bucket_that_is_not_there_is_named(cloud, user):
    done = user.run("map", "--trail", "s3://no-such-bucket/logs/")
    assert done.returncode == 1
    assert "`no-such-bucket`: not found" in done.stderr and "hint:" in done.stderr, done.stderr


def test_a_second_run_reads_only_new_days(cloud, user, organization):
    s3 = boto3.client("s3", endpoint_url=cloud.url, region_name="eu-central-1", aws_access_key_id="AKIAOWNER", aws_secret_access_key="x")
    ask = ("suggest", "--role", f"arn:aws:iam::{ACCOUNT}:role/app", "--trail", f"s3://{BUCKET}/logs/", "--format", "json")
    # As if nothing were kept: what the files themselves say.
    wanted = user.run(*ask, "--no-cache")
    assert wanted.returncode == 0, wanted.stderr
    assert len(cloud.calls_of("s3:GetObject")) == len(REGIONS) * 40
    assert not (user.home / ".cache/polgen/trails").exists()
    for fetched in (len(REGIONS) * 40, 0):
        cloud.calls.clear()
        done = user.run(*ask)
        assert (done.stdout, len(cloud.calls_of("s3:GetObject"))) == (wanted.stdout, fetched), done.stderr
    # Another role, another window: the same days.
    cloud.calls.clear()
    folded = user.run("usage", "--trail", f"s3://{BUCKET}/logs/AWSLogs/{ORGANIZATION}/{ACCOUNT}/", "--format", "json")
    assert folded.returncode == 0 and len(cloud.calls_of("s3:GetObject")) == len(REGIONS) * 40, folded.stderr
    cloud.calls.clear()
    done = user.run(*ask, "--since", "2026-09-05", "--until", "2026-09-10")
    assert done.returncode == 0 and not cloud.calls_of("s3:GetObject"), done.stderr
    day = date(2026, 9, 7)
    name = key(ACCOUNT, "eu-central-1", day, 777_777)
    s3.put_object(Bucket=BUCKET, Key=name, Body=packed([record(777_777, datetime(2026, 9, 7, 13), "eu-central-1")]))
    cloud.calls.clear()
    done = user.run(*ask)
    read = [call.params["Key"] for call in cloud.calls_of("s3:GetObject")]
    direct = user.run(*ask, "--no-cache")
    s3.delete_object(Bucket=BUCKET, Key=name)
    assert len(read) == len(REGIONS) + 1 and all("/2026/09/07/" in one for one in read)
    assert done.stdout == direct.stdout != wanted.stdout


def test_what_is_kept_is_the_same_however_often_it_was_killed(user, load):
    start, run = at(user, load)
    source, kills = random.Random(11), 0
    prefix = f"s3://{BUCKET}/logs/AWSLogs/{ORGANIZATION}/{ACCOUNT}/CloudTrail/eu-central-1/2026/09/"
    # This server knows no STS, which `suggest` asks who calls.
    ask = ("usage", "--trail", prefix, "--format", "json")
    whole = run(*ask, "--no-cache")
    assert whole.returncode == 0, whole.stderr
    while kills < KILLS:
        process = start(*ask)
        time.sleep(source.uniform(0.0, 0.4))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate()
        if kills % 10 == 0:
            shutil.rmtree(user.home / ".cache/polgen/trails", ignore_errors=True)
    for _ in range(2):
        done = run(*ask)
        assert (done.returncode, done.stdout) == (0, whole.stdout), done.stderr


def test_large_files_are_read_in_ranges(cloud, user, organization):
    s3 = boto3.client("s3", endpoint_url=cloud.url, region_name="eu-central-1", aws_access_key_id="AKIAOWNER", aws_secret_access_key="x")
    records = spread(3_000, ["eu-central-1"], seed=13)
    for made in records:
        made["requestParameters"]["padding"] = random.Random(made["eventID"]).randbytes(4_000).hex()
    name = key(ACCOUNT, "eu-central-1", date(2026, 9, 5), 999_999)
    content = packed(records)
    assert len(content) > 10 * 1024 * 1024
    s3.put_object(Bucket=BUCKET, Key=name, Body=content)
    cloud.calls.clear()
    done = user.run("map", "--trail", f"s3://{BUCKET}/{name}")
    s3.delete_object(Bucket=BUCKET, Key=name)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(records)
    assert len(cloud.calls_of("s3:GetObject")) == -(-len(content) // (8 * 1024 * 1024))
