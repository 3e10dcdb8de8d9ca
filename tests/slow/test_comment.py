"""The comment on a pull request, against a GitHub whose every word follows GitHub's own description of its API."""

import os
import subprocess
import threading
from pathlib import Path

import pytest

from github_stub import BOT, GitHub, description
from gitlab_stub import GitLab

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "ghs_polgenTESTtoken000000000000000000000"


@pytest.fixture(scope="session")
def api():
    if "ORACLE" not in os.environ:
        pytest.skip("SKIPPED: there is no Node, and with it no description of GitHub's API")
    return description(Path(os.environ["SLOW_WORK"]))


@pytest.fixture
def github(api):
    github = GitHub(api, TOKEN)
    yield github
    github.stop()
    assert github.broken == []


@pytest.fixture(scope="session")
def usage(tmp_path_factory):
    file = tmp_path_factory.mktemp("usage") / "sample.usage"
    subprocess.run([os.environ["POLGEN"], "usage", "--trail", "samples/trail", "--output", file], cwd=ROOT, check=True)
    return str(file)


def comment(github, usage, *arguments, current="samples/role.json", code=0, **environment):
    """Runs the command as a workflow does; says what it said."""
    words = ["comment", "--role", "PrototypeFunctionRole", "--usage", usage, "--current", current, "--github", *arguments]
    variables = {"PATH": os.environ["PATH"], "GITHUB_API_URL": github.url, "GITHUB_REPOSITORY": "acme/app",
                 "GITHUB_REF": "refs/pull/7/merge", "GITHUB_TOKEN": TOKEN, **environment}
    done = subprocess.run([os.environ["POLGEN"], *words], cwd=ROOT, env=variables, capture_output=True, text=True, timeout=300)
    assert done.returncode == code, done.stderr
    assert TOKEN not in done.stdout + done.stderr
    return done.stderr


def counted(github, method):
    return sum(1 for one, _ in github.requests if one == method)


def test_created_once_and_edited_after(github, usage):
    assert "was created" in comment(github, usage)
    first = github.comments[0]["body"]
    assert first.startswith("<!-- polgen:comment:v1 ") and "calls that would break: 0 of 2,673" in first
    assert "says so already" in comment(github, usage)
    assert "was updated" in comment(github, usage, current="AWSLambdaBasicExecutionRole")
    assert [one["id"] for one in github.comments] == [1] and github.comments[0]["body"] != first
    assert (counted(github, "POST"), counted(github, "PATCH"), counted(github, "DELETE")) == (1, 1, 0)


def test_found_among_250_and_only_ones_own(github, usage):
    comment(github, usage)
    body = github.comments.pop()["body"]
    for number in range(250):
        # Somebody else's copy, and a quotation of one's own, are no comment to edit.
        text = {100: (body, "mallory"), 150: ("> " + body, BOT), 220: (body + "old", BOT)}.get(number, ("Me too", "octocat"))
        github.add(*text)
    mine = github.comments[220]["id"]
    assert "was updated" in comment(github, usage)
    assert len(github.comments) == 250 and counted(github, "POST") == 1
    assert next(one for one in github.comments if one["id"] == mine)["body"] == body
    assert github.comments[100]["body"] == body and github.comments[150]["body"] == "> " + body


@pytest.mark.parametrize("method, status, message, wanted", [
    ("POST", 403, "Resource not accessible by integration", "pull-requests: write"),
    ("GET", 401, "Bad credentials", "does not accept the token"),
    ("POST", 404, "Not Found", "finds no such repository or pull request"),
    ("POST", 422, "Validation Failed", "Body is too long"),
])
def test_refusals_say_what_to_do(github, usage, method, status, message, wanted):
    github.fail(method, status, message=message, times=9,
                errors=[{"code": "custom", "message": "Body is too long (maximum is 65536 characters)"}] if status == 422 else None)
    said = comment(github, usage, code=1)
    assert wanted in said and message in said and github.comments == []


def test_what_passes_is_waited_for(github, usage):
    github.fail("GET", 500, times=2)
    github.fail("GET", 429, message="You have exceeded a secondary rate limit", Retry_After=1)
    github.fail("POST", 403, message="You have exceeded a secondary rate limit", Retry_After=1)
    assert "was created" in comment(github, usage)
    github.fail("PATCH", 502)
    assert "was updated" in comment(github, usage, current="AWSLambdaBasicExecutionRole")
    assert len(github.comments) == 1


def test_a_long_wait_is_refused(github, usage):
    github.fail("POST", 403, message="API rate limit exceeded", Retry_After=3600)
    assert "asks to wait for 3600 seconds" in comment(github, usage, code=1)


@pytest.mark.parametrize("came_through", [True, False])
def test_a_lost_answer_makes_no_second_comment(github, usage, came_through):
    github.fail("POST", 502, after=came_through)
    comment(github, usage)
    assert len(github.comments) == 1
    assert counted(github, "POST") == (1 if came_through else 2)


def test_two_at_once_leave_one(github, usage):
    for _ in range(3):
        github.comments.clear()
        github.together = threading.Barrier(2)
        runs = [threading.Thread(target=comment, args=(github, usage)) for _ in range(2)]
        [run.start() for run in runs]
        [run.join() for run in runs]
        assert len(github.comments) == 1
    assert counted(github, "POST") == 6 and counted(github, "DELETE") >= 3


def test_an_app_learns_its_name_by_writing(github, usage):
    github.login = "acme-app[bot]"
    comment(github, usage)
    comment(github, usage)
    assert [one["id"] for one in github.comments] == [1]
    comment(github, usage, "--author", "acme-app[bot]")
    assert counted(github, "POST") == 2


def test_a_person_is_asked_for(github, usage):
    github.login, github.may_ask_who = "octocat", True
    comment(github, usage)
    assert "says so already" in comment(github, usage)
    assert counted(github, "POST") == 1


def test_a_long_comment_is_cut_and_links_the_whole(github, usage):
    said = comment(github, usage, current="AdministratorAccess",
                   GITHUB_SERVER_URL="https://github.com", GITHUB_RUN_ID="42")
    body = github.comments[0]["body"]
    assert "was created" in said and len(body.encode("utf-16-le")) // 2 <= 65_536
    assert "[The whole report](https://github.com/acme/app/actions/runs/42)" in body
    assert "Proved: every request" in body and "left out" in body.lower()


def test_a_dry_run_only_reads(github, usage):
    assert "would be created" in comment(github, usage, "--dry-run")
    assert {method for method, _ in github.requests} == {"GET"}


@pytest.fixture
def gitlab():
    gitlab = GitLab(TOKEN)
    yield gitlab
    gitlab.stop()


def note(gitlab, usage, *arguments, current="samples/role.json", code=0, **environment):
    """Runs the command as a pipeline of GitLab's does; says what it said."""
    words = ["comment", "--role", "PrototypeFunctionRole", "--usage", usage, "--current", current, "--gitlab", *arguments]
    variables = {"PATH": os.environ["PATH"], "CI_API_V4_URL": gitlab.url, "CI_PROJECT_ID": gitlab.project,
                 "CI_MERGE_REQUEST_IID": "7", "GITLAB_TOKEN": TOKEN, **environment}
    done = subprocess.run([os.environ["POLGEN"], *words], cwd=ROOT, env=variables, capture_output=True, text=True, timeout=300)
    assert done.returncode == code, done.stderr
    assert TOKEN not in done.stdout + done.stderr
    return done.stderr


def test_gitlab_created_once_and_edited_after(gitlab, usage):
    assert "was created" in note(gitlab, usage)
    first = gitlab.notes[0]["body"]
    assert first.startswith("<!-- polgen:comment:v1 ")
    assert "says so already" in note(gitlab, usage)
    assert "was updated" in note(gitlab, usage, current="AWSLambdaBasicExecutionRole")
    assert [one["id"] for one in gitlab.notes] == [1] and gitlab.notes[0]["body"] != first
    methods = [method for method, _ in gitlab.requests]
    assert (methods.count("POST"), methods.count("PUT"), methods.count("DELETE")) == (1, 1, 0)


def test_gitlab_found_on_any_page_and_only_ones_own(gitlab, usage):
    note(gitlab, usage)
    body = gitlab.notes.pop()["body"]
    for number in range(250):
        gitlab.add(*{100: (body, "mallory"), 150: ("> " + body, gitlab.login), 220: (body + "old", gitlab.login)}.get(number, ("Me too", "somebody")))
    mine = gitlab.notes[220]["id"]
    assert "was updated" in note(gitlab, usage)
    assert len(gitlab.notes) == 250 and next(one for one in gitlab.notes if one["id"] == mine)["body"] == body
    assert gitlab.notes[100]["body"] == body and gitlab.notes[150]["body"] == "> " + body


def test_gitlab_what_passes_is_waited_for(gitlab, usage):
    gitlab.fail("GET", 502, times=2)
    gitlab.fail("POST", 429, message="Retry later", Retry_After=1)
    assert "was created" in note(gitlab, usage)
    gitlab.fail("PUT", 503)
    assert "was updated" in note(gitlab, usage, current="AWSLambdaBasicExecutionRole")
    assert len(gitlab.notes) == 1


@pytest.mark.parametrize("came_through", [True, False])
def test_gitlab_a_lost_answer_makes_no_second_note(gitlab, usage, came_through):
    gitlab.fail("POST", 502, after=came_through)
    note(gitlab, usage)
    assert len(gitlab.notes) == 1


@pytest.mark.parametrize("method, status, message", [("GET", 401, "401 Unauthorized"), ("POST", 403, "403 Forbidden"), ("POST", 404, "404 Project Not Found")])
def test_gitlab_refusals_are_told(gitlab, usage, method, status, message):
    gitlab.fail(method, status, message=message, times=9)
    assert message in note(gitlab, usage, code=1) and gitlab.notes == []


def test_gitlab_a_redirect_takes_the_token_nowhere(gitlab, usage):
    other = GitLab(TOKEN)
    try:
        gitlab.fail("GET", 302, times=9, Location=f"{other.url}/user")
        note(gitlab, usage, code=1)
        assert other.requests == [] and gitlab.notes == []
    finally:
        other.stop()
