"""`--event-history` against a cloud that pages, throttles, lets credentials expire and closes regions, and with a program that is
killed again and again: nothing is lost, nothing is read twice, nothing is written, and no secret is kept."""

import gzip
import json
import os
import random
import signal
import time
from collections import defaultdict

from cloud.records import SESSION_TOKEN, spread
from cloud.server import DEFAULT_REGIONS, Fault
from conftest import SECRET_KEY, TOKEN

KILLS = int(os.environ.get("KILLS", "60"))
LOOKUP = "cloudtrail:LookupEvents"


def ids_of(done):
    return sorted(json.loads(line)["event_id"] for line in done.stdout.splitlines())


def wanted_ids(records):
    return sorted(record["eventID"] for record in records)


def cached_bytes(user):
    pages = (user.home / ".cache").rglob("*.json.gz")
    return b"".join(gzip.decompress(page.read_bytes()) for page in pages)


def test_all_regions_are_read_whole_and_at_the_pace_allowed(cloud, user):
    records = spread(4_000, DEFAULT_REGIONS, seed=1)
    cloud.record(records)
    done = user.run("map", "--event-history")
    assert done.returncode == 0, done.stderr
    assert ids_of(done) == wanted_ids(records)
    by_region = defaultdict(list)
    for call in cloud.calls_of(LOOKUP):
        by_region[call.region].append(call.time)
    assert set(by_region) == set(DEFAULT_REGIONS)
    for region, times in by_region.items():
        # Two a second: so many calls take so long, whatever the jitter of each.
        assert times[-1] - times[0] >= (len(times) - 1) * 0.5 - 0.3, region
    # All regions at once, not one after the other.
    assert max(times[0] for times in by_region.values()) < min(times[-1] for times in by_region.values() if len(times) > 3)


def test_a_second_run_asks_only_for_what_is_new(cloud, user):
    records = spread(1_500, DEFAULT_REGIONS[:3], seed=2)
    cloud.regions = DEFAULT_REGIONS[:3] + ["us-east-1"]
    cloud.record(records)
    assert ids_of(user.run("map", "--event-history")) == wanted_ids(records)
    before = len(cloud.calls_of(LOOKUP))
    assert ids_of(user.run("map", "--event-history")) == wanted_ids(records)
    # The last hour is read anew, once in each region.
    assert len(cloud.calls_of(LOOKUP)) - before == len(cloud.regions)


def test_what_comes_in_late_is_found_by_the_next_run(cloud, user):
    cloud.regions = DEFAULT_REGIONS[:1]
    records = spread(60, cloud.regions, seed=12)
    cloud.record(records)
    assert ids_of(user.run("map", "--event-history")) == wanted_ids(records)
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 1_800))
    late = {**records[0], "eventID": "late", "eventTime": moment}
    cloud.record([late])
    assert ids_of(user.run("map", "--event-history")) == wanted_ids([*records, late])


def test_killed_at_random_points_and_run_again_it_reads_the_same(cloud, user):
    records = spread(12_000, DEFAULT_REGIONS, seed=3)
    cloud.record(records)
    source = random.Random(3)
    kills = 0
    while kills < KILLS:
        process = user.start("map", "--event-history", "--allow-gaps")
        time.sleep(source.uniform(0.02, 0.9))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL if kills % 3 else signal.SIGINT)
            kills += 1
        stdout, stderr = process.communicate()
        user.said += stdout + stderr
        assert process.returncode in (0, 1, 130, -signal.SIGKILL, -signal.SIGINT), stderr
    done = user.run("map", "--event-history")
    assert done.returncode == 0, done.stderr
    assert ids_of(done) == wanted_ids(records)
    fresh = user.home / "fresh"
    fresh.mkdir()
    user.home, whole = fresh, user.home
    undisturbed = user.run("map", "--event-history")
    user.home = whole
    assert undisturbed.stdout == done.stdout


def test_throttling_and_dead_tokens_cost_time_and_no_event(cloud, user):
    records = spread(1_500, DEFAULT_REGIONS[:4], seed=4)
    cloud.regions = DEFAULT_REGIONS[:4]
    cloud.record(records)
    source = random.Random(4)
    cloud.faults = [
        Fault(lambda call, count: call.name == LOOKUP and source.random() < 0.2, "ThrottlingException", message="Rate exceeded"),
        Fault(lambda call, count: call.name == LOOKUP and "NextToken" in call.params and count % 17 == 0, "InvalidNextTokenException"),
    ]
    done = user.run("map", "--event-history")
    assert done.returncode == 0, done.stderr
    assert ids_of(done) == wanted_ids(records)


def test_credentials_that_expire_on_the_way_lose_nothing(cloud, user):
    # The first region has no event: it is read whole before, and that does not make a failure of the others a gap.
    records = spread(3_000, DEFAULT_REGIONS[1:], seed=5)
    cloud.record(records)
    cloud.faults = [Fault(lambda call, count: call.name == LOOKUP and count > 45, "ExpiredTokenException",
                          message=f"The security token {TOKEN} included in the request is expired")]
    done = user.run("map", "--event-history")
    assert done.returncode == 1
    assert "expired" in done.stderr and "goes on where it stopped" in done.stderr, done.stderr
    assert TOKEN not in user.said
    kept = cached_bytes(user).count(b'"eventID"')
    assert kept > 1_000
    cloud.faults, before = [], len(cloud.calls_of(LOOKUP))
    done = user.run("map", "--event-history")
    assert done.returncode == 0, done.stderr
    assert ids_of(done) == wanted_ids(records)
    read_again = len(cloud.calls_of(LOOKUP)) - before
    assert read_again <= (len(records) - kept) / 50 + 2 * len(DEFAULT_REGIONS) + 10


def test_a_closed_region_is_a_gap_and_closed_regions_are_no_idle_role(cloud, user):
    records = spread(200, DEFAULT_REGIONS[:3], seed=6)
    cloud.record(records)
    cloud.faults = [Fault(lambda call, _: call.name == LOOKUP and call.region == "eu-west-1", "AccessDeniedException", 400)]
    done = user.run("suggest", "--role", "app", "--format", "policy")
    assert done.returncode == 4 and done.stdout == ""
    assert "event history of eu-west-1" in done.stderr and "--allow-gaps" in done.stderr, done.stderr
    assert user.run("suggest", "--role", "app", "--allow-gaps", "--format", "policy").returncode == 0
    cloud.faults = [Fault(lambda call, _: call.name == LOOKUP, "AccessDeniedException", 400)]
    user.home = user.home / "other"
    user.home.mkdir()
    done = user.run("suggest", "--role", "app", "--allow-gaps")
    assert done.returncode == 1 and done.stdout == ""
    assert "`cloudtrail:LookupEvents`" in done.stderr and "hint:" in done.stderr, done.stderr
    cloud.faults = [Fault(lambda call, _: call.name == LOOKUP, "ThrottlingException", 400)]


def test_an_empty_history_is_no_idle_role(cloud, user):
    done = user.run("suggest", "--role", "app")
    assert done.returncode == 4 and done.stdout == ""
    assert "no CloudTrail record found" in done.stderr, done.stderr


def test_regions_that_cannot_be_listed_are_those_that_all_accounts_have(cloud, user):
    records = spread(170, DEFAULT_REGIONS, seed=7)
    cloud.record(records)
    cloud.faults = [Fault(lambda call, _: call.name == "account:ListRegions", "AccessDeniedException", 403)]
    assert ids_of(user.run("map", "--event-history")) == wanted_ids(records)


def test_what_no_run_can_ask_for_any_more_is_removed(cloud, user):
    cloud.regions = DEFAULT_REGIONS[:1]
    assert user.run("map", "--event-history", "--allow-gaps").returncode in (0, 4)
    lock, = (user.home / ".cache").rglob("lock")
    folder, now = lock.parent / cloud.regions[0], int(time.time())
    pages = [folder / f"{now - (days + 1) * 86_400:012}-{now - days * 86_400:012}.json.gz" for days in (99, 101)]
    for page in pages:
        page.write_bytes(gzip.compress(b'{"Records":[]}'))
    user.run("map", "--event-history", "--allow-gaps")
    assert [page.exists() for page in pages] == [True, False]


def test_no_secret_is_kept_or_said(cloud, user):
    cloud.regions = DEFAULT_REGIONS[:2]
    cloud.record(spread(300, DEFAULT_REGIONS[:2], seed=8))
    user.run("map", "--event-history")
    user.run("suggest", "--role", "app", "--format", "json")
    cloud.faults = [Fault(lambda call, _: call.name == LOOKUP, "InvalidSignatureException", 403,
                          f"The Canonical String for this request should have been 'x-amz-security-token:{TOKEN}'")]
    assert user.run("suggest", "--role", "app").returncode == 1
    kept = cached_bytes(user) + b"".join(file.read_bytes() for file in user.home.rglob("*") if file.is_file())
    assert kept.count(b'"eventID"') >= 290
    assert b"HIDDEN_DUE_TO_SECURITY_REASONS" in kept
    for secret in (SECRET_KEY, TOKEN, SESSION_TOKEN):
        assert secret.encode() not in kept
        assert secret not in user.said
