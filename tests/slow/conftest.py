"""What the tests of live AWS share: the cloud, and the program run against it as a user would, in a home of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cloud.server import Cloud

# The caller's keys. They have the form of real ones and stand nowhere else, so that a test can look for them.
ACCESS_KEY, SECRET_KEY, TOKEN = "AKIAPOLGENTEST000001", "wJalrXUtnFEMIpolgenSECRETpolgen0000000", "FwoGZXIvYXdzEPolgenTESTtoken00000"


def pytest_configure(config):
    config.addinivalue_line("markers", "long: not in every run of the tests; `tests/slow/run -m long` runs it")


@pytest.fixture(scope="session")
def running_cloud():
    cloud = Cloud()
    yield cloud
    cloud.stop()


@pytest.fixture
def cloud(running_cloud):
    running_cloud.reset()
    return running_cloud


class User:
    """Somebody with credentials at a terminal."""

    def __init__(self, cloud, home):
        self.cloud, self.home = cloud, home
        self.said = ""

    def environment(self):
        return {
            "HOME": str(self.home), "PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_SESSION_TOKEN": TOKEN,
        }

    def start(self, *arguments):
        return subprocess.Popen(
            [os.environ["POLGEN"], *arguments, "--endpoint-url", self.cloud.url],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment(),
        )

    def run(self, *arguments):
        """Runs polgen to its end; what it said is kept, to be searched for secrets."""
        process = self.start(*arguments)
        stdout, stderr = process.communicate(timeout=1200)
        self.said += stdout + stderr
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)


    def run_offline(self, *arguments):
        """Runs a command that asks AWS for nothing."""
        return subprocess.run([os.environ["POLGEN"], *arguments], capture_output=True, text=True, env={"HOME": str(self.home)})


@pytest.fixture
def user(cloud, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    yield User(cloud, home)
    # Whatever a command reads, it changes nothing.
    assert cloud.writes(ACCESS_KEY) == []
