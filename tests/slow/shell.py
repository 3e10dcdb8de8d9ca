"""Printed commands, run as a person would: in a shell, by the AWS CLI itself, against the cloud of the tests.

The AWS CLI takes longer to start than to work, so it runs in this process: `aws` in the shell hands its arguments over and prints what
comes back.
"""

import contextlib
import io
import os
import socket
import socketserver
import subprocess
import threading
from pathlib import Path

KEY = "AKIAPOLGENADMIN00001"
# A word a line would not do: documents have line ends.
AWS = """
set -euo pipefail
aws() {
  exec 3<>"/dev/tcp/127.0.0.1/$CLI_PORT"
  printf '%s\\0' "$@" >&3; printf '\\0\\0' >&3
  local code; IFS= read -r -u 3 code
  cat <&3; exec 3<&-
  return "$code"
}
polgen() { "$POLGEN" "$@" --endpoint-url "$AWS_ENDPOINT_URL" --region "$AWS_REGION"; }
"""


@contextlib.contextmanager
def _loopback():
    """S3 Control puts the account before the host's name, which the loopback does not have."""
    known = socket.getaddrinfo

    def found(host, *rest, **more):
        return known("127.0.0.1" if str(host).endswith(".127.0.0.1") else host, *rest, **more)

    socket.getaddrinfo = found
    try:
        yield
    finally:
        socket.getaddrinfo = known


class _Answer(socketserver.StreamRequestHandler):
    def handle(self):
        data = b""
        while not data.endswith(b"\0\0\0"):
            data += self.connection.recv(65536)
        words = [word.decode() for word in data[:-3].split(b"\0")]
        code, said = self.server.run(words)
        self.wfile.write(f"{code}\n".encode() + said)


class Shell:
    """A shell with credentials that may do everything, in a folder of its own."""

    def __init__(self, cloud, folder, region):
        self.folder, self.errors = Path(folder), ""
        self.environment = {
            "AWS_ENDPOINT_URL": cloud.url, "AWS_REGION": region, "AWS_DEFAULT_REGION": region, "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": "x", "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1", "HOME": str(folder),
        }
        self._server = socketserver.TCPServer(("127.0.0.1", 0), _Answer)
        self._server.run = self._aws
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _aws(self, words):
        from awscli.clidriver import create_clidriver
        out, errors = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True), io.StringIO()
        here, before = os.getcwd(), dict(os.environ)
        os.chdir(self.folder)
        os.environ.update(self.environment)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors), _loopback():
                code = create_clidriver().main(words)
        except SystemExit as end:
            code = end.code or 0
        finally:
            os.chdir(here)
            os.environ.clear()
            os.environ.update(before)
        self.errors += errors.getvalue()
        return code, out.buffer.getvalue()

    def run(self, lines, **named):
        """Runs commands to their end; the first that fails ends them."""
        environment = {"PATH": os.environ["PATH"], "POLGEN": os.environ["POLGEN"], **self.environment, **named,
                       "CLI_PORT": str(self._server.server_address[1])}
        self.errors = ""
        done = subprocess.run(["bash", "-c", AWS + "\n".join(lines)], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, "\n".join([*lines, done.stdout, done.stderr, self.errors])
        self.said = done.stdout + done.stderr
        return done.stdout

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
