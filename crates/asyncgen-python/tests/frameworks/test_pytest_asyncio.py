"""pytest-asyncio: fixtures that are these generators. (In a pytest of its own, as plugins look at all tests.)"""

import subprocess
import sys

import pytest

pytest.importorskip("pytest_asyncio")

TESTS = """
import asyncio, asyncgen, asyncgen_testing as testing, pytest, pytest_asyncio

log = []

@pytest_asyncio.fixture
@asyncgen.async_generator
async def session():
    log.append("opened")
    await asyncgen.yield_("session")
    await asyncio.sleep(0.001)
    log.append("closed")

# A generator in Rust.
number = pytest_asyncio.fixture(testing.one, name="number")

@pytest.mark.asyncio
async def test_it(session, number):
    assert session == "session" and number == 1 and log == ["opened"]
    assert [n async for n in testing.numbers(number)] == [0]

def test_it_was_closed():
    assert log == ["opened", "closed"]
"""


def test_fixtures(tmp_path):
    file = tmp_path / "test_fixtures.py"
    file.write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error::RuntimeWarning", str(file)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 0 and "2 passed" in run.stdout, run.stdout + run.stderr
