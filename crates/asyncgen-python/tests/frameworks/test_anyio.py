"""anyio: task groups, scopes and streams, on both of its backends, and its plugin for pytest."""

import asyncgen
import asyncgen_testing as testing
import pytest

anyio = pytest.importorskip("anyio")

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    if request.param == "trio":
        pytest.importorskip("trio")
    return request.param


@pytest.fixture
@asyncgen.async_generator
async def session(anyio_backend):
    """A fixture that is one of these generators."""
    log = []
    await asyncgen.yield_(log)
    log.append("left")


async def test_a_fixture(session):
    assert session == []


async def test_a_group_that_is_cancelled_cleans_up():
    log = []

    async def consume(group):
        async for n in testing.tidy(1000, 0.001, 0.01, log):
            if n == 3:
                group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(consume, group)
    assert log.count("cleaning up") == log.count("cleaned up") == 10


async def test_a_time_limit_around_clean_up_waits_for_it():
    log = []
    with anyio.move_on_after(0.02) as scope:
        async for _ in testing.tidy(1000, 0.001, 0.05, log):
            pass
    assert scope.cancelled_caught and log == ["cleaning up", "cleaned up"]


async def test_a_memory_stream_goes_through_a_rust_body():
    send, receive = anyio.create_memory_object_stream(0)

    async def produce():
        async with send:
            for n in range(5):
                await send.send(n)

    async with anyio.create_task_group() as group:
        group.start_soon(produce)
        async with receive:
            assert [n async for n in testing.in_two_loops(receive, 100)] == [0, 1, 2, 3, 4, "between"]


async def test_a_shielded_step_is_not_cancelled():
    log = []
    generator = testing.tidy(3, 0.02, 0.001, log)
    with anyio.move_on_after(0.001):
        with anyio.CancelScope(shield=True):
            assert await generator.__anext__() == 0
        await anyio.sleep(0)
    assert await generator.__anext__() == 1
    await generator.aclose()
    assert log == ["cleaning up", "cleaned up"]
