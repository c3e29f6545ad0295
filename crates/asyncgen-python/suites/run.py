#!/usr/bin/env python3
"""Runs the test suites of other people's projects on `asyncgen`, and compares with native generators.

    python3 suites/run.py                 all suites
    python3 suites/run.py cpython anyio   some of them
    python3 suites/run.py --light         those that take seconds
    python3 suites/run.py --wheel FILE .. with this wheel; else it is built

Each suite runs twice: as it is, and with every asynchronous generator function of the project and of its tests turned
into one of `async_generator` (see `hook/sitecustomize.py`). A test that passes only with native generators is named; one
that is not listed with a reason is a failure of this script.
"""

import argparse
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent


@dataclass
class Suite:
    """A project's tests: what is installed, what is run, which files are turned."""

    install: list[str]
    pytest: list[str]
    turn: str
    # Its source distribution, which has the tests. Without one they are installed with it.
    source: str | None = None
    light: bool = False
    # Tests that fail with these generators alone, by a part of their names, and why.
    expected: dict[str, str] = field(default_factory=dict)


TRACING = "the decorated function is one frame more than a native generator"

SUITES = {
    "cpython": Suite(
        install=[],
        pytest=["--pyargs", *(f"test.{name}" for name in [
            "test_contextlib_async", "test_coroutines", "test_collections", "test_inspect", "test_pydoc",
            "test_builtin", "test_unittest.testmock.testasync", "test_asyncio.test_base_events",
            "test_asyncio.test_runners", "test_asyncio.test_taskgroups", "test_asyncio.test_timeouts",
        ])],
        turn=r"/test/test_",
        light=True,
    ),
    "asyncstdlib": Suite(
        install=["asyncstdlib==3.14.0", "typing_extensions"],
        source="asyncstdlib==3.14.0",
        pytest=["unittests"],
        turn=r"asyncstdlib|unittests",
        light=True,
    ),
    "aiostream": Suite(
        install=["aiostream==0.8.1", "pytest-asyncio", "pytest-cov"],
        source="aiostream==0.8.1",
        pytest=["tests", "-o", "addopts="],
        turn=r"aiostream|/tests/",
    ),
    "anyio": Suite(
        install=["anyio[trio]", "hypothesis", "psutil", "uvloop", "pytest-mock", "trustme", "exceptiongroup", "blockbuster"],
        source="anyio",
        pytest=["tests/test_contextmanagers.py", "tests/test_taskgroups.py", "tests/test_from_thread.py", "tests/streams",
                "-p", "anyio", "-o", "addopts="],
        turn=r"/anyio/|/tests/",
    ),
    "starlette": Suite(
        install=["starlette[full]", "httpx", "trio", "anyio"],
        source="starlette",
        pytest=["tests", "-o", "addopts=", "-o", "filterwarnings="],
        turn=r"/starlette/|/tests/",
    ),
}


def run(*command, **named):
    return subprocess.run(list(map(str, command)), check=True, **named)


def outcomes(python, suite, folder, turn, log):
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE / "hook"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPYCACHEPREFIX": str(folder / "nothing is cached here"),
        "TURN": turn,
        "TURN_LOG": str(log),
    }
    command = [python, "-m", "pytest", "-q", "-rA", "--tb=short", "-p", "no:cacheprovider", *suite.pytest]
    ran = subprocess.run(list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True, timeout=1200)
    found = {name: outcome for outcome, name in re.findall(r"^(PASSED|FAILED|ERROR) (\S+)", ran.stdout, re.M)}
    if not any(outcome == "PASSED" for outcome in found.values()):
        sys.exit(f"no test passes:\n{ran.stdout[-3000:]}{ran.stderr[-1000:]}")
    return found, ran.stdout


def run_suite(name, suite, wheel, work):
    folder = work / name
    folder.mkdir()
    python = folder / "venv" / "bin" / "python"
    run(sys.executable, "-m", "venv", folder / "venv")
    run(python, "-m", "pip", "install", "-q", "pytest", wheel, *suite.install)
    tests = folder
    if suite.source:
        run(python, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", folder, suite.source)
        archive = next(folder.glob("*.tar.gz"))
        with tarfile.open(archive) as tar:
            tar.extractall(folder / "source", filter="data")
        tests = next((folder / "source").iterdir())
    log = folder / "turned"
    native, _ = outcomes(python, suite, tests, "", log)
    ours, said = outcomes(python, suite, tests, suite.turn, log)
    turned = log.read_text() if log.exists() else "0"
    worse = [test for test, outcome in native.items() if outcome == "PASSED" and ours.get(test) != "PASSED"]
    reasons = {test: next((why for part, why in suite.expected.items() if part in test), None) for test in worse}
    passed = [sum(outcome == "PASSED" for outcome in found.values()) for found in (native, ours)]
    print(f"{name}: {turned} functions turned, {passed[0]} tests pass with native generators, {passed[1]} with these", flush=True)
    for test, why in reasons.items():
        print(f"    {test}: {why or 'NOT EXPECTED'}")
        if why is None:
            print("\n".join(line for line in said.splitlines() if line.startswith("E "))[:2000])
    return turned != "0" and None not in reasons.values()


def main():
    parser = argparse.ArgumentParser(description="Runs other people's test suites on asyncgen.")
    parser.add_argument("names", nargs="*", choices=[[], *SUITES], metavar="suite", help=", ".join(SUITES))
    parser.add_argument("--light", action="store_true", help="those that take seconds")
    parser.add_argument("--wheel", type=Path)
    arguments = parser.parse_args()
    names = arguments.names or [name for name, suite in SUITES.items() if suite.light or not arguments.light]
    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        wheel = arguments.wheel and arguments.wheel.absolute()
        if wheel is None:
            run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", work, HERE.parent)
            wheel = next(work.glob("*.whl"))
        good = [run_suite(name, SUITES[name], wheel, work) for name in names]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
