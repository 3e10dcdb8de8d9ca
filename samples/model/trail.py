"""Sixty days of the account: which window of which region holds whose records.

A window is what one trail file holds, a few minutes in one region. The function runs in two windows a day (one at weekends),
the instance's job in the morning one.
"""

from datetime import datetime, timedelta, timezone

from . import function, instance, others
from .draw import ALPHANUMERIC, Draw
from .record import ACCOUNT, GLOBAL_REGION, REGION, REMOTE_REGION

FIRST_DAY = datetime(2026, 6, 1, tzinfo=timezone.utc)
DAYS = 60
WINDOW = timedelta(minutes=15)


def windows():
    """(region, time of delivery, records) of every trail file, in order."""
    for number in range(DAYS):
        day = FIRST_DAY + timedelta(days=number)
        is_weekend = day.weekday() >= 5
        for start, make in _starts(day, is_weekend):
            for region, records in sorted(make(Draw(start.isoformat()), start, number).items()):
                if records:
                    yield region, start + WINDOW, sorted(records, key=lambda record: record["eventTime"])


def _starts(day, is_weekend):
    yield day + timedelta(hours=6), _morning
    if not is_weekend:
        yield day + timedelta(hours=14, minutes=30), _afternoon


def _morning(draw, start, number):
    local = instance.run(draw, start + timedelta(seconds=draw.between(5, 60)))
    local += function.run(draw, start + timedelta(seconds=draw.between(90, 200)), draw.between(2, 4))
    local += others.trail_delivery(draw, start + timedelta(seconds=draw.between(1, 600)))
    local += others.config_recorder(draw, start + timedelta(minutes=11), REGION)
    remote = others.config_recorder(draw, start + timedelta(minutes=3), REMOTE_REGION) if number % 7 == 2 else []
    if number % 10 == 4:
        local += others.partner_visit(draw, start + timedelta(minutes=7))
    if number == 41:
        local += others.key_rotation(draw, start + timedelta(minutes=9))
    return {REGION: local, REMOTE_REGION: remote}


def _afternoon(draw, start, number):
    local = function.run(draw, start + timedelta(seconds=draw.between(5, 90)), draw.between(3, 6))
    worldwide, remote = [], []
    moment = start + timedelta(minutes=6, seconds=draw.below(60))
    if start.weekday() == 1:
        worldwide.append(others.sign_in(draw, moment, "User"))
        local += others.console_day(draw, moment + timedelta(minutes=1))
    if start.date() in others.POLICY_CHANGES:
        worldwide += others.policy_change(draw, moment, others.POLICY_CHANGES[start.date()])
    if number % 14 == 7:
        local += others.deployment(draw, moment, 1 + number // 14)
    if start.weekday() == 3:
        local += others.reader(draw, moment, REGION)
    if number % 20 == 9:
        remote += others.reader(draw, moment, REMOTE_REGION)
    if number == 30:
        worldwide.append(others.sign_in(draw, moment, "Root"))
    return {REGION: local, GLOBAL_REGION: worldwide, REMOTE_REGION: remote}


def file_name(region, delivered):
    """Where CloudTrail puts the file, below the bucket's root."""
    unique = Draw(f"{region} {delivered.isoformat()}").text(ALPHANUMERIC, 16)
    return (f"AWSLogs/{ACCOUNT}/CloudTrail/{region}/{delivered:%Y/%m/%d}/"
            f"{ACCOUNT}_CloudTrail_{region}_{delivered:%Y%m%dT%H%MZ}_{unique}.json.gz")
