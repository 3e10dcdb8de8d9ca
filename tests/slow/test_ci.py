"""The documented workflows, from the first step to the last: on a local bare repository, with stubs for what GitHub and GitLab answer."""

import gzip
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml

from test_comment import TOKEN, api, github  # noqa: F401  (fixtures)
from workflow import ACTION, ROOT, Runner, read

TEMPLATE = """\
# The application
Resources:
  AppRole:
    Type: AWS::IAM::Role
    Properties:
      # what it was deployed with
      Policies:
        - PolicyName: app
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: [s3:GetObject, s3:PutObject]
                Resource: arn:aws:s3:::acme-prototype-orders/*
  Topic: {Type: AWS::SNS::Topic} # stays
"""
FILES = sorted(path.name for path in (ROOT / "docs/ci").glob("*.yml"))
GH = """#!/bin/sh
printf '%s\\n' "$@" >> "$GH_LOG"
if [ "$1 $2" = "pr list" ]; then echo 7; fi
if [ "$1 $2" = "pr comment" ]; then cat "$(printf '%s\\n' "$@" | sed -n '/--body-file/{n;p;}')" > "$GH_LOG.body"; fi
"""


def git(folder, *arguments):
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    done = subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture
def repository(tmp_path):
    """A bare repository with the application, and the trail of what its role did."""
    trail, bare, source = tmp_path / "trail", tmp_path / "app.git", tmp_path / "source"
    for file in (ROOT / "samples/trail").rglob("*.json.gz"):
        if "Digest" in str(file):
            continue
        copy = trail / file.name
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()).replace(b"PrototypeFunctionRole", b"AppRole")))
    subprocess.run(["git", "init", "-q", "--bare", "--initial-branch", "main", bare], check=True)
    subprocess.run(["git", "clone", "-q", bare, source], check=True, capture_output=True)
    git(source, "switch", "-q", "--orphan", "main")
    (source / "usage").mkdir()
    (source / "template.yaml").write_text(TEMPLATE)
    subprocess.run([os.environ["POLGEN"], "usage", "--trail", trail, "--output", source / "usage/app.usage"], check=True)
    git(source, "add", ".")
    git(source, "commit", "-q", "-m", "first")
    git(source, "push", "-q", "origin", "main")
    git(source, "switch", "-q", "-c", "change")
    (source / "template.yaml").write_text(TEMPLATE.replace("[s3:GetObject, s3:PutObject]", "[s3:GetObject, 's3:Put*', 'sqs:*']"))
    git(source, "commit", "-q", "-a", "-m", "wider")
    git(source, "push", "-q", "origin", "change")
    return bare, source, trail


def runner(tmp_path, name, repository, branch, **environment):
    values = {"github.token": TOKEN, "github.base_ref": "main", "github.ref_name": "main", "github.repository": "acme/app",
              "github.event.workflow_run.id": "1", "github.event.workflow_run.head_sha": "0" * 40,
              "github.event.workflow_run.head_repository.owner.login": "mallory", "github.event.workflow_run.head_branch": "change"}
    tools = tmp_path / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "gh").write_text(GH)
    (tools / "gh").chmod(0o755)
    environment = {"PATH": f"{tools}:{os.environ['PATH']}", "GH_LOG": str(tmp_path / "gh.log"), **environment}
    return Runner(tmp_path / name, repository[0], branch, values, environment)


def test_a_pull_request_is_checked_and_commented_on(tmp_path, repository, github):
    jobs = read("pull-request.yml")["jobs"]
    check = runner(tmp_path, "check", repository, "change")
    assert not check.job(jobs["check"])
    found = check.annotations()
    assert any(line.startswith("::warning file=template.yaml,line=13,title=new-wildcard::") for line in found), check.log
    assert any("title=new-access" in line for line in found)
    # Without a change there is nothing to say.
    calm = runner(tmp_path, "calm", repository, "main")
    assert calm.job(jobs["check"]), calm.log
    assert calm.annotations() == [] and "No findings" in calm.log
    where = {"GITHUB_API_URL": github.url, "GITHUB_REPOSITORY": "acme/app", "GITHUB_REF": "refs/pull/7/merge"}
    for name, wanted in [("first", "was created"), ("second", "says so already")]:
        comment = runner(tmp_path, name, repository, "change", **where)
        assert comment.job(jobs["comment"]), comment.log
        assert wanted in comment.log and TOKEN not in comment.log
    [body] = [one["body"] for one in github.comments]
    assert "sqs:" in body and body.startswith("<!-- polgen:comment:v1 ")


def test_drift_becomes_a_pull_request_that_changes_the_policy_alone(tmp_path, repository):
    bare, source, trail = repository
    job = read("drift.yml")["jobs"]["narrow"]
    # There is no AWS here: the event history is the trail.
    step = next(step for step in job["steps"] if step.get("name") == "Narrow")
    assert step["with"]["arguments"].count("--event-history") == 1
    step["with"]["arguments"] = step["with"]["arguments"].replace("--event-history", f"--trail\n{trail}")
    drift = runner(tmp_path, "drift", repository, "main")
    assert drift.job(job), drift.log
    said = (tmp_path / "gh.log").read_text().splitlines()
    assert said[:6] == ["pr", "create", "--base", "main", "--head", "narrow-policies"], said
    git(source, "fetch", "-q", "origin")
    assert git(source, "diff", "--name-only", "origin/main", "origin/narrow-policies").split() == ["template.yaml"]
    new = git(source, "show", "origin/narrow-policies:template.yaml")
    assert new.startswith("# The application\nResources:\n  AppRole:\n") and new.endswith("  Topic: {Type: AWS::SNS::Topic} # stays\n")
    file, policy = tmp_path / "new.yaml", tmp_path / "policy.json"
    file.write_text(new)
    done = subprocess.run([os.environ["POLGEN"], "suggest", "--role", "AppRole", "--trail", trail, "--format", "policy"],
                          check=True, capture_output=True, text=True)
    policy.write_text(done.stdout)
    done = subprocess.run([os.environ["POLGEN"], "diff", f"{file}#AppRole", policy, "--parameter", "AWS::AccountId=111122223333",
                           "--parameter", "AWS::Region=eu-central-1"], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("Relation   equal"), done.stdout
    # Next week nothing is left to do.
    git(source, "push", "-q", "--force", "origin", "origin/narrow-policies:refs/heads/main")
    (tmp_path / "gh.log").unlink()
    again = runner(tmp_path, "again", repository, "main")
    assert again.job(job) and "nothing to narrow" in again.log, again.log
    assert not (tmp_path / "gh.log").exists()


def test_a_fork_gets_its_comment_in_two_steps_and_no_say_in_the_second(tmp_path, repository):
    report = runner(tmp_path, "report", repository, "change")
    report.environment.pop("GITHUB_TOKEN", None)
    assert report.job(read("fork-report.yml")["jobs"]["report"]), report.log
    written = tmp_path / "artifacts/comment.md"
    assert "sqs:" in written.read_text()
    written.write_text(written.read_text() + "\na\r\r@acme/security [x](https://evil.example)\n@everybody [link](https://example.com) `x`\n```\n$(touch pwned)\n")
    comment = runner(tmp_path, "comment", repository, "main")
    assert comment.job(read("fork-comment.yml")["jobs"]["comment"]), comment.log
    said = (tmp_path / "gh.log").read_text()
    assert "pr\ncomment\n7\n" in said
    body = (tmp_path / "gh.log.body").read_bytes().decode()
    assert "\r" not in body and body.startswith("<!-- polgen:fork -->\n")
    lines = body.splitlines()[2:]
    assert lines and all(line.startswith("    ") or not line for line in lines)
    assert not list(tmp_path.rglob("pwned"))


# What GitHub's tool is asked to pick out, picked out of what the API would say.
PICKING = """#!/bin/sh
printf '%s\\n' "$@" >> "$GH_LOG"
pick() { jq -r "$(printf '%s\\n' "$@" | sed -n '/^--jq$/{n;p;}')" "$said"; }
case "$1 $2" in
    "pr list") said=$GH_LOG.pulls; pick "$@" ;;
    "api --paginate") said=$GH_LOG.comments; pick "$@" ;;
esac
"""


@pytest.mark.skipif(shutil.which("jq") is None, reason="there is no jq to pick as GitHub's tool does")
def test_a_forks_comment_goes_to_its_own_pull_request_and_edits_only_its_own(tmp_path, repository):
    artifact = tmp_path / "artifacts/comment.md"
    artifact.parent.mkdir()
    artifact.write_text("x" * 100_000)
    log = tmp_path / "gh.log"

    def pull(number, owner="mallory", branch="change", commit="0" * 40):
        return {"number": number, "headRefOid": commit, "headRefName": branch, "headRepositoryOwner": {"login": owner}}

    def posted(name, pulls, comments):
        (tmp_path / "gh.log.pulls").write_text(json.dumps(pulls))
        said = [{"id": number, "user": {"login": author}, "body": body} for number, author, body in comments]
        (tmp_path / "gh.log.comments").write_text(json.dumps(said))
        log.write_text("")
        machine = runner(tmp_path, name, repository, "main")
        (tmp_path / "tools/gh").write_text(PICKING)
        assert machine.job(read("fork-comment.yml")["jobs"]["comment"]), machine.log
        body = machine.work / "body.md"
        assert not body.exists() or body.stat().st_size <= 60_000
        return log.read_text()

    others = [pull(4, owner="octocat"), pull(5, branch="other"), pull(6, commit="1" * 40)]
    mark = "<!-- polgen:fork -->"
    foreign = [(1, "mallory", mark), (2, "github-actions[bot]", f"> {mark}")]
    said = posted("edited", [*others, pull(7)], [*foreign, (3, "github-actions[bot]", f"{mark}\nold")])
    assert "repos/acme/app/issues/7/comments" in said and "PATCH\nrepos/acme/app/issues/comments/3\n" in said and "pr\ncomment" not in said, said
    said = posted("made", [*others, pull(7)], foreign)
    assert "pr\ncomment\n7\n" in said and "PATCH" not in said, said
    said = posted("gone", others, foreign)
    assert "comment" not in said, said


class Notes(http.server.BaseHTTPRequestHandler):
    """GitLab's notes of one merge request. Source: GitLab's REST API, notes."""

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        notes = self.server.notes
        path = self.path.split("?")[0]
        if self.headers.get("PRIVATE-TOKEN") != TOKEN and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.send(401, {"message": "401 Unauthorized"})
        if path.endswith("/user"):
            return self.send(200, {"id": 5, "username": "project_1_bot"})
        if self.command == "GET":
            return self.send(200, notes)
        text = json.loads(body)["body"] if body else ""
        if self.command == "POST":
            author = {"id": 5, "username": "project_1_bot"}
            notes.append({"id": len(notes) + 1, "body": text, "author": author, "system": False})
            return self.send(201, notes[-1])
        note = next(one for one in notes if str(one["id"]) == path.rsplit("/", 1)[1])
        note["body"] = text
        return self.send(200, note)

    do_GET = do_POST = do_PUT = answer

    def send(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments):
        pass


def test_the_gitlab_example_writes_one_note_and_fails_by_the_check(tmp_path, repository):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Notes)
    server.notes = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    job = read("gitlab-ci.yml")["policies"]
    work, tools = tmp_path / "gitlab", tmp_path / "tools"
    subprocess.run(["git", "clone", "-q", "--branch", "change", repository[0], work], check=True)
    tools.mkdir(exist_ok=True)
    (tools / "polgen").symlink_to(os.environ["POLGEN"])
    environment = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(tmp_path), "GITLAB_TOKEN": TOKEN, "CI_PROJECT_ID": "42",
                   "CI_MERGE_REQUEST_IID": "7", "CI_API_V4_URL": f"http://127.0.0.1:{server.server_port}/api/v4",
                   "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_PROJECT_DIR": str(work)}
    try:
        for _ in range(2):
            done = subprocess.run(["bash", "-eo", "pipefail", "-c", "\n".join(job["script"])], cwd=work, env=environment,
                                  capture_output=True, text=True, timeout=300)
            assert done.returncode == 13, done.stdout + done.stderr
            assert "template.yaml:13: medium new-wildcard" in done.stdout
            assert len(server.notes) == 1 and "sqs:" in server.notes[0]["body"]
    finally:
        server.shutdown()


WORKFLOWS = [f"../../.github/workflows/{path.name}" for path in (ROOT / ".github/workflows").glob("*.yml")]


@pytest.mark.parametrize("name", FILES + sorted(WORKFLOWS) + ["../../action.yml"])
def test_actions_are_pinned_and_nothing_from_outside_is_read_by_a_shell(name):
    text = (ROOT / "docs/ci" / name).resolve().read_text()
    for uses in re.findall(r"uses: (\S+)", text):
        assert uses == "OWNER/polgen@REVISION" or re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", uses), uses
    value = yaml.safe_load(text)
    jobs = value["jobs"].values() if "jobs" in value else [value["runs"]] if "runs" in value else []
    for job in jobs:
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), step
    if "jobs" in value:
        assert value["permissions"] in ({"contents": "read"}, {}), "the workflow's own rights are to be the least"
        assert "pull_request_target" not in text


def test_the_action_hands_arguments_over_as_they_are(tmp_path, repository):
    odd = tmp_path / "no such $(touch pwned); file.yaml"
    machine = runner(tmp_path, "odd", repository, "main")
    machine.step({"uses": "actions/checkout@x"}, {})
    given = {"command": "check", "arguments": f"  {odd}  \n\n--fail-on\nhigh\n::error::forged", "allow-exit-codes": "3 1"}
    assert machine.polgen(given, {}), machine.log
    assert str(odd) in machine.log and machine.annotations() == []
    assert not list(tmp_path.rglob("pwned"))
    assert (machine.temp / "output").read_text().startswith("exit-code=1\n")
    assert not machine.polgen({**given, "allow-exit-codes": "3"}, {})
    assert set(ACTION["outputs"]) == {"exit-code", "output"}


def test_only_what_check_prints_is_a_command_to_the_runner(tmp_path, repository):
    forged = "::error file=template.yaml::forged"
    text = tmp_path / "text"
    text.write_text(f"{forged}\n")
    machine = runner(tmp_path, "forged", repository, "main")
    machine.step({"uses": "actions/checkout@x"}, {})
    given = {"command": "redact", "arguments": f"--key-file\n{tmp_path / 'key'}\n{text}"}
    assert machine.polgen(given, {}), machine.log
    printed = re.search(r"^output=(.*)$", (machine.temp / "output").read_text(), re.MULTILINE)
    assert forged in Path(printed[1]).read_text()
    assert machine.annotations() == [] and "forged" not in machine.log
