"""Obtains the pinned packages through the ordinary clients, and checks what came against the committed hashes.

Nothing is read from a package before its SHA-256 matched `sources.json`: the catalog decides who may do what.
"""

import hashlib
import json
import pathlib
import shutil
import subprocess
import tarfile
import zipfile


class Refused(Exception):
    """A package is not what `sources.json` says."""


def read_sources(folder):
    """Reads the pins."""
    return json.loads((folder / "sources.json").read_text())["packages"]


def obtain(pin, cache):
    """Returns the path of the pinned archive, downloading it on first use."""
    archive = cache / pin["file"]
    if not archive.exists():
        cache.mkdir(parents=True, exist_ok=True)
        download(pin, cache)
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != pin["sha256"]:
        raise Refused(f"{archive}: expected sha256 {pin['sha256']}, found {found}")
    return archive


def download(pin, cache):
    """Asks the package's own client for exactly the pinned version."""
    if pin["kind"] == "npm":
        command = ["npm", "pack", "--silent", f"{pin['package']}@{pin['version']}", "--pack-destination", str(cache)]
    else:
        wanted = f"{pin['package']}=={pin['version']}"
        command = ["pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(cache), wanted]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def newest(pin, cache):
    """Downloads the newest version of a pinned package, and returns the pin it would get."""
    arrived = cache / "newest" / pin["kind"]
    shutil.rmtree(arrived, ignore_errors=True)
    arrived.mkdir(parents=True)
    if pin["kind"] == "npm":
        command = ["npm", "pack", "--silent", pin["package"], "--pack-destination", str(arrived)]
    else:
        command = ["pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(arrived), pin["package"]]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    archive = next(arrived.iterdir())
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    shutil.move(archive, cache / archive.name)
    return pin | {"version": version_of(archive.name, pin["kind"]), "file": archive.name, "sha256": found}


def version_of(file, kind):
    """The version that an archive's name holds."""
    return file.removesuffix(".tgz").rsplit("-", 1)[1] if kind == "npm" else file.split("-")[1]


def update(folder, cache):
    """Pins the newest versions in `sources.json`."""
    sources = {key: newest(pin, cache) for key, pin in read_sources(folder).items()}
    (folder / "sources.json").write_text(json.dumps({"packages": sources}, indent=2) + "\n")


class Archive:
    """The files of a wheel or an npm tarball, by name, without unpacking them to disk."""

    def __init__(self, path):
        self.files = {}
        if path.suffix == ".whl":
            self.zip = zipfile.ZipFile(path)
            self.names = sorted(self.zip.namelist())
            return
        self.zip = None
        with tarfile.open(path) as tar:
            for member in tar:
                if member.isfile():
                    self.files[member.name] = tar.extractfile(member).read()
        self.names = sorted(self.files)

    def read(self, name):
        """The bytes of one file."""
        return self.zip.read(name) if self.zip else self.files[name]

    def json(self, name):
        """One file as JSON."""
        return json.loads(self.read(name))


def open_package(folder, key, cache):
    """Opens one pinned package."""
    return Archive(obtain(read_sources(folder)[key], pathlib.Path(cache)))
