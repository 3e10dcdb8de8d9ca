"""GitLab's notes on a merge request over HTTP, by the pages "Notes API" and "REST API" of GitLab's documentation."""

import copy
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlparse

MOST = 1_000_000


class GitLab:
    """One project's merge request, a token, and faults to come."""

    def __init__(self, token: str, project: str = "acme/sub/app", login: str = "polgen-bot"):
        self.token, self.project, self.login = token, project, login
        self.notes, self.requests, self.faults = [], [], []
        self.lock, self.next_id = threading.Lock(), 1
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                stub.handle(self, self.rfile.read(length))

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/api/v4"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def fail(self, method, status, times=1, message="Server Error", after=False, **headers):
        """Lets the next requests with this method fail, before or after they did their work."""
        self.faults.append({"method": method, "status": status, "left": times, "message": message, "after": after,
                            "headers": {name.replace("_", "-"): str(value) for name, value in headers.items()}})

    def add(self, body, login, system=False):
        note = {"id": self.next_id, "type": None, "body": body, "system": system, "resolvable": False, "internal": False,
                "author": {"id": 1, "username": login, "name": login, "state": "active"}, "noteable_iid": 7, "noteable_type": "MergeRequest"}
        self.next_id += 1
        self.notes.append(note)
        return note

    def handle(self, request, raw):
        method, url = request.command, urlparse(request.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        self.requests.append((method, request.path))
        fault = None
        with self.lock:
            for one in self.faults:
                if one["method"] == method and one["left"] > 0:
                    one["left"] -= 1
                    fault = one
                    break
        if fault and not fault["after"]:
            return self.send(request, fault["status"], {"message": fault["message"]}, fault["headers"])
        if request.headers.get("Private-Token") != self.token:
            return self.send(request, 401, {"message": "401 Unauthorized"})
        status, value, headers = self.work(method, url.path.removeprefix("/api/v4"), query, json.loads(raw) if raw else None)
        if fault:
            return self.send(request, fault["status"], {"message": fault["message"]}, fault["headers"])
        self.send(request, status, value, headers)

    def work(self, method, path, query, body):
        """Does what is asked for: status, value and headers."""
        if path == "/user":
            return 200, {"id": 1, "username": self.login, "name": self.login, "state": "active"}, {}
        found = re.fullmatch(r"/projects/([^/]+)/merge_requests/7/notes(?:/(\d+))?", path)
        if not found or unquote(found[1]) != self.project:
            return 404, {"message": "404 Project Not Found"}, {}
        if body is not None and len(body["body"]) > MOST:
            return 400, {"message": {"note": ["is too long (maximum is 1000000 characters)"]}}, {}
        with self.lock:
            if found[2] is None and method == "POST":
                return 201, copy.deepcopy(self.add(body["body"], self.login)), {}
            if found[2] is None:
                size, page = min(int(query.get("per_page", 20)), 100), int(query.get("page", 1))
                shown = copy.deepcopy(self.notes[(page - 1) * size:page * size])
                following = str(page + 1) if page * size < len(self.notes) else ""
                return 200, shown, {"X-Next-Page": following, "X-Page": page, "X-Per-Page": size}
            note = next((one for one in self.notes if one["id"] == int(found[2])), None)
            if note is None:
                return 404, {"message": "404 Note Not Found"}, {}
            if method == "DELETE":
                self.notes.remove(note)
                return 204, None, {}
            note["body"] = body["body"]
            return 200, copy.deepcopy(note), {}

    def send(self, request, status, value, headers=None):
        body = b"" if value is None else json.dumps(value).encode()
        request.send_response(status)
        for name, text in {"Content-Type": "application/json", "RateLimit-Remaining": "1990", **(headers or {}), "Content-Length": str(len(body))}.items():
            request.send_header(name, str(text))
        request.end_headers()
        request.wfile.write(body)
