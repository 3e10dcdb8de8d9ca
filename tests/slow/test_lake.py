"""`--lake` against a CloudTrail Lake that runs the statement: the policy is the one of the files, and no failure leaves half of one."""

import signal
import time
from pathlib import Path

import pytest

from cloud.lake import Store
from cloud.server import Fault
from conftest import ACCESS_KEY
from engines.store import EventDataStore

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "trail"
ROLE = "PrototypeFunctionRole"
START, LOOK, STOP = "cloudtrail:StartQuery", "cloudtrail:DescribeQuery", "cloudtrail:CancelQuery"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return EventDataStore(SAMPLES, tmp_path_factory.mktemp("store"))


@pytest.fixture
def asker(cloud, tmp_path, store):
    """Somebody who asks the store. Starting and stopping queries changes nothing."""
    from conftest import User

    home = tmp_path / "home"
    home.mkdir()
    cloud.store = Store(store)
    user = User(cloud, home)
    user.asked = ["--role", ROLE, "--lake", Store.ID, "--region", "us-east-1", "--format", "policy", "--yes"]
    yield user
    assert set(cloud.writes(ACCESS_KEY)) <= {START, STOP}


@pytest.mark.parametrize("role", [ROLE, pytest.param("ReportInstanceRole", marks=pytest.mark.long)])
def test_the_policy_is_that_of_the_files(cloud, asker, role):
    asker.asked[1] = role
    done = asker.run("suggest", *asker.asked)
    assert done.returncode == 0, done.stderr
    files = asker.run_offline("suggest", "--role", role, "--trail", str(SAMPLES), "--format", "policy")
    assert done.stdout == files.stdout and done.stdout
    assert "cannot be told beforehand" in done.stderr and "scanned 4,096 bytes" in done.stderr
    assert len(cloud.calls_of("cloudtrail:GetQueryResults")) > 3, "page by page"


@pytest.mark.long
@pytest.mark.parametrize("failure, words", [
    (("FAILED", "line 3: Column 'x' cannot be resolved"), "cannot be resolved"), (("TIMED_OUT", None), "longer than Lake allows"),
    (("CANCELLED", None), "by somebody else"),
])
def test_a_query_that_ends_otherwise_says_why(cloud, asker, failure, words):
    cloud.store.failure = failure
    done = asker.run("suggest", *asker.asked)
    assert done.returncode == 1 and done.stdout == "" and words in done.stderr and "hint:" in done.stderr


@pytest.mark.long
@pytest.mark.parametrize("name, code, hint", [
    (START, "AccessDeniedException", "cloudtrail:StartQuery"), (START, "EventDataStoreNotFoundException", "list-event-data-stores"),
    (START, "MaxConcurrentQueriesException", "wait for them"), ("cloudtrail:GetQueryResults", "QueryIdNotFoundException", "seven days"),
])
def test_a_call_that_is_refused_says_why(cloud, asker, name, code, hint):
    cloud.faults = [Fault(lambda call, _: call.name == name, code, 403 if "Denied" in code else 400)]
    done = asker.run("suggest", *asker.asked)
    assert done.returncode == 1 and done.stdout == "" and hint in done.stderr, done.stderr


@pytest.mark.long
def test_throttled_calls_are_tried_again(cloud, asker):
    cloud.faults = [Fault(lambda call, count: call.name in (START, LOOK) and count <= 2, "ThrottlingException")]
    assert asker.run("suggest", *asker.asked).returncode == 0


@pytest.mark.long
def test_a_result_that_is_not_whole_is_refused(cloud, asker):
    cloud.store.lost = 1
    done = asker.run("suggest", *asker.asked)
    assert done.returncode == 1 and done.stdout == "" and "a part of the result is missing" in done.stderr


@pytest.mark.long
def test_too_much_is_cancelled_and_nothing_runs_without_a_yes(cloud, asker):
    cloud.store.scanned = 3_000_000_000
    done = asker.run("suggest", *asker.asked, "--scan-limit", "2")
    assert done.returncode == 1 and done.stdout == "" and "3000000000 bytes" in done.stderr and len(cloud.calls_of(STOP)) == 1
    done = asker.run("suggest", *[word for word in asker.asked if word != "--yes"])
    assert done.returncode == 1 and "--yes" in done.stderr and len(cloud.calls_of(START)) == 1


@pytest.mark.long
def test_a_result_is_kept_whole_or_not_at_all(cloud, asker):
    cloud.faults = [Fault(lambda call, count: call.name == "cloudtrail:GetQueryResults" and count > 2, "InternalServerException", 500)]
    done = asker.run("suggest", *asker.asked)
    assert done.returncode == 1 and done.stdout == "" and not any((asker.home / ".cache" / "polgen" / "lake").iterdir()), done.stderr


@pytest.mark.long
def test_a_query_that_could_not_be_stopped_is_told(cloud, asker):
    cloud.store.scanned = 3_000_000_000
    cloud.faults = [Fault(lambda call, _: call.name == STOP, "AccessDeniedException", 403)]
    done = asker.run("suggest", *asker.asked, "--scan-limit", "2")
    assert done.returncode == 1 and "still runs, and costs" in done.stderr and "aws cloudtrail cancel-query" in done.stderr, done.stderr


@pytest.mark.long
def test_what_lake_says_is_cut_and_steers_no_terminal(cloud, asker):
    cloud.store.failure = ("FAILED", "\x1b[2J\u202e" + "x" * 5_000)
    done = asker.run("suggest", *asker.asked)
    assert done.returncode == 1 and "x" * 300 in done.stderr and "x" * 401 not in done.stderr
    assert "\x1b" not in done.stderr and "\u202e" not in done.stderr


@pytest.mark.long
def test_a_statement_that_lake_would_refuse_is_not_sent(cloud, asker):
    asker.asked[1] = "x" * 2_000
    done = asker.run("suggest", *asker.asked)
    assert done.returncode == 1 and "at most 10000 characters" in done.stderr and not cloud.calls_of(START), done.stderr


@pytest.mark.long
def test_control_c_cancels(cloud, asker):
    cloud.store.runs = 1_000
    process = asker.start("suggest", *asker.asked)
    while len(cloud.calls_of(LOOK)) < 2:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert stdout == "" and process.returncode != 0 and "is cancelled" in stderr and len(cloud.calls_of(STOP)) == 1
