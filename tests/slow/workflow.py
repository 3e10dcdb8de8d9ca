"""Runs the steps of a workflow file as GitHub's runner does, on clones of a local bare repository."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())


def read(name):
    return yaml.safe_load((ROOT / "docs/ci" / name).read_text())


class Runner:
    """A machine with a working folder, and what the jobs before left for it."""

    def __init__(self, folder, bare, branch, values, environment):
        self.folder, self.bare, self.branch, self.values = folder, bare, branch, values
        self.temp = folder / "temp"
        self.work = folder / "work"
        self.temp.mkdir(parents=True)
        self.artifacts = folder.parent / "artifacts"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "RUNNER_TEMP": str(self.temp), **environment}
        self.log = ""

    def text(self, text, inputs=None):
        """Fills in `${{ … }}`; a name that the test does not know is a fault of the test or of the file."""
        def value(match):
            name = match[1].strip()
            if name.startswith("inputs."):
                return inputs[name.removeprefix("inputs.")]
            return self.values[name]
        return re.sub(r"\$\{\{(.*?)\}\}", value, str(text))

    def job(self, job):
        """Runs the steps until one fails; says whether none did."""
        environment = {name: self.text(value) for name, value in job.get("env", {}).items()}
        return all(self.step(step, environment) for step in job["steps"])

    def step(self, step, environment):
        uses, given = step.get("uses"), step.get("with", {})
        environment = {**environment, **{name: self.text(value) for name, value in step.get("env", {}).items()}}
        if uses is None:
            return self.shell(step["run"], environment)
        name = uses.split("@")[0]
        if name == "actions/checkout":
            subprocess.run(["git", "clone", "-q", "--branch", self.branch, self.bare, self.work], check=True)
            return True
        if name == "OWNER/polgen":
            return self.polgen({key: self.text(value) for key, value in given.items()}, environment)
        if name == "actions/upload-artifact":
            self.artifacts.mkdir(exist_ok=True)
            shutil.copy(self.work / given["path"], self.artifacts)
            return True
        if name == "actions/download-artifact":
            self.work.mkdir()
            for file in self.artifacts.iterdir():
                shutil.copy(file, self.work)
            return True
        assert name == "aws-actions/configure-aws-credentials", name
        return True

    def polgen(self, given, environment):
        """Runs the steps of action.yml, with a polgen that is there already."""
        unknown = set(given) - set(ACTION["inputs"])
        assert not unknown, unknown
        inputs = {name: self.text(one.get("default", "")) for name, one in ACTION["inputs"].items()}
        inputs |= given | {"binary": os.environ["POLGEN"]}
        for step in ACTION["runs"]["steps"]:
            if step.get("if") == "inputs.binary == ''":
                continue
            variables = {name: self.text(value, inputs) for name, value in step["env"].items()}
            if not self.shell(step["run"], {**environment, **variables}):
                return False
        return True

    def shell(self, script, environment):
        assert "${{" not in script, script
        output = self.temp / "output"
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script], cwd=self.work, text=True,
            capture_output=True, timeout=300, env={**self.environment, **environment, "GITHUB_OUTPUT": str(output)},
        )
        self.log += done.stdout + done.stderr
        return done.returncode == 0

    def annotations(self):
        """The commands that the runner would have obeyed."""
        obeyed, fence = [], None
        for line in self.log.splitlines():
            line = line.strip()
            if fence:
                fence = None if line == f"::{fence}::" else fence
            elif line.startswith("::stop-commands::"):
                fence = line.removeprefix("::stop-commands::")
            elif line.startswith("::"):
                obeyed.append(line)
        return obeyed
