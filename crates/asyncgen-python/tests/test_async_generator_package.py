"""The tests of the `async_generator` package, on this package's functions of the same names.

They are taken from its wheel, which is among the requirements of these tests; nothing of them is copied here.
"""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REFUSED = "the old package raises ValueError where CPython since 3.8 raises RuntimeError, which is what these do"

CONTEXTLIB = "tests the old package's own asynccontextmanager, which is contextlib's today"

# What can't pass, and why. A test that passes all the same is an error, so that this list stays true.
EXPECTED_FAILURES = {
    "test_reentrance_forbidden": REFUSED,
    "test_reentrance_forbidden_simultaneous_asends": REFUSED,
    "test_reentrance_forbidden_while_suspended_in_coroutine_runner": REFUSED,
    "test_asynccontextmanager_nice_message_on_sync_enter": CONTEXTLIB,
    "test_asynccontextmanager_requires_asyncgenfunction": CONTEXTLIB,
    "test_refcnt": "tests a private function of the old package",
}

if sys.version_info < (3, 11):
    EXPECTED_FAILURES["test_asynccontextmanager_too_many_yields"] = CONTEXTLIB

SHIM = """
from contextlib import asynccontextmanager
from asyncgen import *
"""

CONFTEST = f"""
import pytest

def pytest_collection_modifyitems(items):
    for item in items:
        reason = {EXPECTED_FAILURES!r}.get(item.name)
        if reason is not None:
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
"""


def test_the_tests_of_async_generator(tmp_path):
    spec = importlib.util.find_spec("async_generator")
    if spec is None:
        pytest.skip("the package async_generator is not installed")
    package = tmp_path / "async_generator"
    shutil.copytree(Path(spec.origin).parent / "_tests", package / "_tests")
    (package / "__init__.py").write_text(SHIM)
    (package / "_impl.py").write_text("")
    (tmp_path / "conftest.py").write_text(CONFTEST)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
