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
import importlib.util
import os
import re
import shutil
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
    # What of the source is taken away.
    remove: str | None = None
    light: bool = False
    # Tests that fail with these generators alone, by a part of their names, and why.
    expected: dict[str, str] = field(default_factory=dict)


def is_there(module):
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


# The interpreter's own, of whichever version it is: those that it has.
CPYTHON = [
    "test.test_contextlib_async", "test.test_coroutines", "test.test_collections", "test.test_inspect", "test.test_pydoc",
    "test.test_builtin", "test.test_unittest.testmock.testasync", "unittest.test.testmock.testasync",
    "test.test_asyncio.test_base_events", "test.test_asyncio.test_runners", "test.test_asyncio.test_taskgroups",
    "test.test_asyncio.test_timeouts",
]

SUITES = {
    "cpython": Suite(
        install=[],
        pytest=["--pyargs", *filter(is_there, CPYTHON)],
        turn=r"/test/test",
        light=True,
    ),
    "asyncstdlib": Suite(
        install=["asyncstdlib==3.14.0", "typing_extensions"],
        source="asyncstdlib==3.14.0",
        pytest=["unittests"],
        turn=r"asyncstdlib|unittests",
        light=True,
    ),
    "aioitertools": Suite(
        install=["aioitertools==0.13.0"],
        source="aioitertools==0.13.0",
        pytest=["aioitertools/tests/*.py"],
        turn=r"aioitertools",
        light=True,
    ),
    "aiostream": Suite(
        install=["aiostream==0.8.1", "pytest-asyncio", "pytest-cov"],
        source="aiostream==0.8.1",
        pytest=["tests", "-o", "addopts="],
        turn=r"aiostream|/tests/",
    ),
    "anyio": Suite(
        install=["anyio[trio]==4.16.0", "pytest-timeout", "hypothesis", "psutil", "uvloop", "pytest-mock", "trustme", "exceptiongroup",
                 "blockbuster"],
        source="anyio==4.16.0",
        pytest=["tests/test_contextmanagers.py", "tests/test_taskgroups.py", "tests/test_from_thread.py", "tests/streams",
                "-p", "anyio", "-o", "addopts="],
        turn=r"/anyio/|/tests/",
    ),
    "trio": Suite(
        install=["trio", "trustme", "pyopenssl", "astor", "jedi", "pylint", "mypy", "attrs"],
        pytest=["--pyargs", "-p", "trio._tests.pytest_plugin", *(f"trio._core._tests.test_{name}" for name in [
            "asyncgen", "run", "guest_mode",
        ]), *(f"trio._tests.test_{name}" for name in ["channel", "util", "threads"])],
        turn=r"/trio/",
    ),
    "pytest-asyncio": Suite(
        install=["pytest-asyncio==1.5.0", "hypothesis"],
        source="pytest-asyncio==1.5.0",
        pytest=["tests/async_fixtures", "tests/hypothesis", "-o", "addopts="],
        turn=r"pytest_asyncio|/tests/",
    ),
    "starlette": Suite(
        install=["starlette[full]==1.10.0", "httpx", "trio", "anyio", "opentelemetry-sdk"],
        source="starlette==1.10.0",
        pytest=["tests", "-o", "addopts=", "-o", "filterwarnings="],
        turn=r"/starlette/|/tests/",
    ),
    "fastapi": Suite(
        install=["fastapi[all]==0.165.0", "anyio[trio]", "dirty-equals", "inline-snapshot", "flask", "sqlmodel", "pyjwt",
                 "passlib[argon2]", "orjson", "ujson", "httpx", "a2wsgi", "strawberry-graphql", "python-multipart"],
        source="fastapi==0.165.0",
        pytest=["tests/test_dep*.py", "tests/test_sse.py", "tests/test_stream*.py", "tests/test_router_events.py",
                "tests/test_ws*.py", "-o", "addopts=", "-o", "filterwarnings="],
        turn=r"/fastapi/|/tests/",
    ),
    "sse-starlette": Suite(
        install=["sse-starlette==3.7.0", "pytest-asyncio", "httpx", "uvicorn", "asgi-lifespan", "portend", "psutil",
                 "tenacity", "fastapi", "testcontainers", "requests", "httpx2"],
        source="sse-starlette==3.7.0",
        pytest=["tests", "--ignore", "tests/integration", "-o", "addopts="],
        turn=r"/sse_starlette/|/tests/",
    ),
    "httpx": Suite(
        install=["httpx[http2,socks,brotli,zstd,cli]==0.28.1", "trio", "uvicorn", "trustme", "chardet"],
        source="httpx==0.28.1",
        pytest=["tests", "-o", "addopts=", "-o", "filterwarnings="],
        turn=r"/httpx/|/httpcore/|/anyio/|/tests/",
    ),
    "aiohttp": Suite(
        install=["aiohttp==3.14.5", "pytest-aiohttp", "pytest-mock", "pytest-cov", "pytest-xdist", "pytest-timeout", "trustme",
                 "freezegun", "proxy.py", "blockbuster", "isal", "zlib_ng", "re-assert", "pytest_codspeed",
                 "python-on-whales", "brotli"],
        source="aiohttp==3.14.5",
        # The package is the one that is installed, whose parts in C are built.
        remove="aiohttp",
        pytest=["tests/test_client_functional.py", "tests/test_web_functional.py", "tests/test_payload.py",
                "tests/test_streams.py", "tests/test_multipart.py", "tests/test_web_request.py", "-o", "addopts=", "-o",
                "filterwarnings=", "-W", "ignore::pytest.PytestDeprecationWarning"],
        turn=r"/aiohttp/|/tests/",
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
    files = [path for given in suite.pytest for path in (sorted(folder.glob(given)) if "*" in given else [given])]
    command = [python, "-m", "pytest", "-q", "-rA", "--tb=short", "-p", "no:cacheprovider",
               "--continue-on-collection-errors", *files]
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
        if suite.remove:
            shutil.rmtree(tests / suite.remove)
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
