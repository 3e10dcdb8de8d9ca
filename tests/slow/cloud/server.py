"""The server: every request is written down, may be failed on purpose, is authorized, and is answered here or by moto."""

import io
import os
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Callable

os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from .answers import ANSWERS, denied, failure, seconds
from .authorization import Judge
from .call import Call, read

DEFAULT_REGIONS = ["ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
                   "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1",
                   "us-east-2", "us-west-1", "us-west-2"]
# What only reads. Anything else by the program under test is a fault of it.
READING = ("Get", "List", "Describe", "Lookup", "Head", "Generate", "Simulate", "Validate")


@dataclass
class Fault:
    """Fails the calls for which `when` holds: it is given the call and how many of its name there were, this one included."""

    when: Callable[[Call, int], bool]
    code: str
    status: int = 400
    message: str = "injected"


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_):
        pass


class Cloud:
    """A running cloud. Access keys without an entry in `policies` may do anything."""

    def __init__(self):
        self.judge = Judge()
        self.reset()
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._handle, threaded=True, request_handler=Quiet)
        self.url = f"http://127.0.0.1:{self._server.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def reset(self):
        """Forgets everything but what moto holds."""
        self.calls, self.counts, self.faults, self.policies = [], Counter(), [], {}
        self.events, self.regions, self.jobs, self.dead_tokens = {}, list(DEFAULT_REGIONS), {}, set()
        self.last_accessed, self.running_answers, self.public_keys = {}, 0, {}
        # Buckets and stacks by name; drifts are lists of a logical id, a type and a status; a stack inside of another has its ARN.
        self.change_sets, self.updated = {}, set()
        # With it a role may be told of those services alone that its policies name, as IAM does.
        self.is_by_policies = False
        self.mfa_delete, self.protected, self.drifts, self.inner, self.outermost = set(), set(), {}, {}, {}
        # A table and an event data store that answer queries; tests put them here.
        self.athena, self.store = None, None
        self._lock = threading.Lock()

    def killing(self, at, access_key, writing, start):
        """Kills the process that `start` starts at its call number `at` of those whose names start with `writing`; says how many it made."""
        seen = {"writes": 0, "process": None}

        def kills_it(call, _):
            if call.access_key == access_key and call.operation.startswith(writing):
                seen["writes"] += 1
                if seen["writes"] == at:
                    while seen["process"] is None:
                        time.sleep(0.01)
                    seen["process"].kill()
            return False

        self.faults = [Fault(kills_it, "never")]
        seen["process"] = start()
        seen["process"].communicate(timeout=120)
        self.faults = []
        return seen["writes"]

    def record(self, records):
        """Puts records into the event history of their regions."""
        for record in records:
            self.events.setdefault(record["awsRegion"], []).append((seconds(record["eventTime"]), record))
        for events in self.events.values():
            events.sort(key=lambda event: event[0], reverse=True)

    def simulated(self, policies, action, resource):
        service, operation = action.split(":")
        with self.judge._lock:
            self.judge._start()
            self.judge._ask({"policies": policies})
            self.judge._known = None
            answer = self.judge._ask({"principal": "arn:aws:iam::123456789012:user/polgen", "action": action, "resource": resource})
        assert "error" not in answer, (service, operation, resource, answer)
        return "allowed" if answer["decision"] == "allowed" else "implicitDeny"

    def stop(self):
        self._server.shutdown()
        self._thread.join()
        self.judge.stop()

    def _handle(self, environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        call = read(environ, body)
        if call is None:
            return self._moto(environ, start_response)
        answer = self._answer(call)
        if answer is None:
            return self._moto(environ, start_response)
        status, kind, content = answer
        start_response(status, [("Content-Type", kind), ("Content-Length", str(len(content)))])
        return [content]

    def _answer(self, call):
        with self._lock:
            self.calls.append(call)
            call.number = len(self.calls)
            self.counts[call.name] += 1
            count = self.counts[call.name]
        for fault in self.faults:
            if fault.when(call, count):
                call.code = fault.code
                return failure(call, fault.code, fault.status, fault.message)
        policies = self.policies.get(call.access_key)
        refused = self.judge.refused(call, policies) if policies is not None else None
        if refused:
            call.code = "AccessDenied"
            return denied(call, *refused)
        own = ANSWERS.get(call.name)
        return own(self, call) if own else None

    def calls_of(self, *names):
        return [call for call in self.calls if call.name in names]

    def writes(self, access_key):
        """The calls of a caller that do more than read."""
        mine = (call for call in self.calls if call.access_key == access_key)
        return [call.name for call in mine if not call.operation.startswith(READING)]
