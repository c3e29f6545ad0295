"""What the tests share."""

import asyncio
import gc

import pytest


def _asyncio(function, *args):
    return asyncio.run(function(*args))


def _uvloop(function, *args):
    uvloop = pytest.importorskip("uvloop")
    loop = uvloop.new_event_loop()
    try:
        result = loop.run_until_complete(function(*args))
        loop.run_until_complete(loop.shutdown_asyncgens())
        return result
    finally:
        loop.close()


def _trio(function, *args):
    return pytest.importorskip("trio").run(function, *args)


@pytest.fixture(params=[_asyncio, _uvloop, _trio], ids=["asyncio", "uvloop", "trio"])
def run(request):
    """Runs an async function under each of the event loops."""
    return request.param


@pytest.fixture
def sleep(run):
    """The sleep function of that event loop."""
    return pytest.importorskip("trio").sleep if run is _trio else asyncio.sleep


@pytest.fixture(autouse=True)
def nothing_is_left_behind(recwarn):
    """No test may leave a coroutine that was never awaited, or an exception that nobody saw."""
    yield
    gc.collect()
    left = [str(warning.message) for warning in recwarn if "never awaited" in str(warning.message)]
    assert not left
