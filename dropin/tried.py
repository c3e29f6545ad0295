"""One published crate, built and tested with one of the two: its own files, its tests, its warnings, its build time."""

import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

SHIM = Path(__file__).resolve().parent / "shim"
PATCH = ["--config", f"patch.crates-io.async-stream.path={json.dumps(str(SHIM))}"]
# What asyncgen wants newer than a lock file of some years ago may have it.
NEWER = ["futures-core", "pin-project-lite", "proc-macro2", "quote", "syn"]
# (A test that never ends is one that fails.)
SECONDS_TO_BUILD, SECONDS_TO_TEST = 3600, 900

USE = re.compile(r"\b(?:try_)?stream!\s*[({\[]")
RUNNING = re.compile(r"^ +(?:Running (.+) \(.*\)|(Doc-tests \S+))$")
OUTCOME = re.compile(r"\btest (\S.*?) \.\.\. (ok|FAILED|ignored)\b")


class Failed(Exception):
    """A command that failed, with the end of what it said."""


def run(command, folder, environment, seconds, log=None):
    """What a command prints, and its processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    errors = subprocess.STDOUT if log else subprocess.PIPE
    output = open(log, "w") if log else subprocess.PIPE
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, timeout=seconds, stdin=subprocess.DEVNULL,
            stdout=output, stderr=errors, text=True, errors="replace",
        )
        status, said, complaint = done.returncode, done.stdout or "", done.stderr or ""
    except subprocess.TimeoutExpired as late:
        status, said, complaint = "too late", (late.stdout or b"").decode(errors="replace"), ""
    finally:
        if log:
            output.close()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return status, said, complaint, spent


def source(crate, folder):
    """The crate's package as it was published, which cargo downloads: as a dependency of a package that has no other."""
    scratch = folder / "download"
    (scratch / "src").mkdir(parents=True, exist_ok=True)
    (scratch / "src/lib.rs").write_text("")
    (scratch / "Cargo.toml").write_text(
        '[package]\nname = "download"\nversion = "0.0.0"\nedition = "2021"\n\n[workspace]\n\n[dependencies]\n'
        f'{crate.name} = {{ version = "={crate.version}", default-features = false }}\n'
    )
    status, said, complaint, _ = run(
        ["cargo", "metadata", "--format-version", "1"], scratch, dict(os.environ), SECONDS_TO_BUILD
    )
    if status:
        raise Failed(complaint)
    (package,) = [package for package in json.loads(said)["packages"] if package["name"] == crate.name]
    return Path(package["manifest_path"]).parent


def uses(folder):
    """How often the macros are called in what is built: comments and documentation aside."""
    files = [path for part in ("src", "tests") for path in (folder / part).rglob("*.rs")]
    lines = (line for path in files for line in path.read_text(errors="replace").splitlines())
    return sum(len(USE.findall(line)) for line in lines if not line.lstrip().startswith("//"))


@dataclass
class Tried:
    """The crate with async-stream, or with asyncgen."""

    crate: object
    folder: Path
    patched: bool
    target: Path
    jobs: int
    package: str = ""
    is_dependency: bool = False
    error: str = ""
    warnings: dict = field(default_factory=dict)
    outcomes: dict = field(default_factory=dict)
    times: list = field(default_factory=list)

    @property
    def logs(self):
        return self.folder.parent

    @property
    def environment(self):
        return {
            **os.environ,
            "CARGO_TARGET_DIR": str(self.target),
            "CARGO_PROFILE_DEV_DEBUG": "0",
            "CARGO_TERM_COLOR": "never",
            "CARGO_INCREMENTAL": "0",
        }

    def cargo(self, *arguments):
        return ["cargo", *(PATCH if self.patched else []), *arguments]

    def features(self):
        return ["--features", ",".join(self.crate.features)] if self.crate.features else []

    def copy(self, published):
        """A copy of the package, which is no member of anybody's workspace."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(published, self.folder)
        manifest = self.folder / "Cargo.toml"
        text = manifest.read_text()
        if not re.search(r"^\[workspace\]", text, re.MULTILINE):
            manifest.write_text(f"{text}\n[workspace]\n")

    def resolve(self, like=None):
        """Chooses the dependencies, the same as `like` has."""
        lock = self.folder / "Cargo.lock"
        if like:
            shutil.copy(like.folder / "Cargo.lock", lock)
        metadata = self.cargo("metadata", "--format-version", "1")
        status, said, complaint, _ = run(metadata, self.folder, self.environment, SECONDS_TO_BUILD)
        if status and like:
            # In an old lock file. (Both are to be with the same.)
            for name in NEWER:
                run(like.cargo("update", name), like.folder, like.environment, SECONDS_TO_BUILD)
            shutil.copy(like.folder / "Cargo.lock", lock)
            status, said, complaint, _ = run(metadata, self.folder, self.environment, SECONDS_TO_BUILD)
        elif status and lock.exists():
            # What it was published with can't be had any more.
            lock.unlink()
            status, said, complaint, _ = run(metadata, self.folder, self.environment, SECONDS_TO_BUILD)
        if status:
            raise Failed(complaint)
        said = json.loads(said)
        self.package = said["resolve"]["root"]
        (root,) = [package for package in said["packages"] if package["id"] == self.package]
        self.is_dependency = any(d["name"] == "async-stream" and d["kind"] is None for d in root["dependencies"])
        sources = [package["source"] for package in said["packages"]
                   if package["name"] == "async-stream" and package["version"] == "0.3.6"]
        if sources != ([None] if self.patched else ["registry+https://github.com/rust-lang/crates.io-index"]):
            raise Failed(f"it is not built with what it should be: {sources}")

    def build(self):
        """Builds the crate and its tests; its warnings."""
        command = self.cargo("test", "--no-run", "--message-format", "json", "-j", str(self.jobs), *self.features(),
                             *self.crate.targets)
        status, said, complaint, _ = run(command, self.folder, self.environment, SECONDS_TO_BUILD)
        errors = []
        for line in said.splitlines():
            message = json.loads(line) if line.startswith("{") else {}
            if message.get("reason") != "compiler-message":
                continue
            message = {**message["message"], "package_id": message["package_id"]}
            if message["level"] == "error":
                errors.append(message["rendered"])
            elif message["level"] == "warning" and message["package_id"] == self.package and message["spans"]:
                where = tuple((span["file_name"], span["line_start"], span["column_start"]) for span in message["spans"])
                code = (message["code"] or {}).get("code")
                self.warnings[code, message["message"], where] = message["rendered"]
        if status:
            self.error = "\n".join(errors) or complaint
            raise Failed(self.error)

    def test(self):
        """Runs the crate's tests: what came of each, by its name. One that does not come to an end is not in it."""
        command = self.cargo("test", "--no-fail-fast", "-j", str(self.jobs), *self.features(), *self.crate.targets, "--",
                             "--test-threads", str(self.jobs))
        log = self.logs / f"tests-{self.folder.name}.log"
        run(command, self.folder, self.environment, SECONDS_TO_TEST, log)
        outcomes, binary = {}, ""
        for line in log.read_text(errors="replace").splitlines():
            if running := RUNNING.match(line):
                binary = running[1] or running[2]
            elif outcome := OUTCOME.search(line):
                outcomes[binary, outcome[1]] = outcome[2]
        return outcomes

    def touch(self):
        """Builds the library once more after a touch."""
        environment = {**self.environment, "CARGO_INCREMENTAL": "1"}
        command = self.cargo("build", "--lib", "-j", str(self.jobs), *self.features())
        (library,) = [path for name in ("src/lib.rs", "lib/src/lib.rs") if (path := self.folder / name).exists()]
        library.touch()
        status, _, complaint, spent = run(command, self.folder, environment, SECONDS_TO_BUILD)
        if status:
            raise Failed(complaint)
        return spent

    def time(self):
        self.times.append(self.touch())

    @property
    def passed(self):
        return {test for test, outcome in self.outcomes.items() if outcome == "ok"}

    @property
    def median(self):
        return statistics.median(self.times) if self.times else None
