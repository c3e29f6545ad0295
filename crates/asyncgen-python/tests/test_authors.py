"""What an author of an extension has: streams, awaitables, several awaitables of Python's at once."""

import asyncio
import gc
import time
import warnings

import asyncgen_testing as testing
import pytest


def test_streams(run):
    async def main():
        assert [n async for n in testing.numbers(4)] == [0, 1, 2, 3]
        seen = []
        with pytest.raises(FileNotFoundError, match="no more numbers"):
            async for n in testing.numbers_and_an_error(3):
                seen.append(n)
        assert seen == [0, 1, 2]
        generator = testing.numbers_and_an_error(0)
        with pytest.raises(FileNotFoundError):
            await generator.__anext__()
        with pytest.raises(StopAsyncIteration):
            await generator.__anext__()

    run(main)


def test_what_is_thrown_into_a_body_without_errors_ends_it(run):
    async def main():
        generator = testing.without_errors()
        assert await generator.__anext__() == 1
        error = KeyError("mine")
        with pytest.raises(KeyError) as raised:
            await generator.athrow(error)
        assert raised.value is error and generator.ag_frame is None

    run(main)


def test_a_body_that_keeps_the_lock(run):
    async def main():
        assert [n async for n in testing.keeps_the_lock(4, 0)] == [0, 1, 2, 3]
        assert [n async for n in testing.keeps_the_lock(4, 0.001)] == [0, 1, 2, 3]

    run(main)


def test_an_awaitable(run):
    async def main():
        log = []
        assert await testing.after(0.001, "value", log) == "value"
        assert log == ["slept", "dropped"]
        with pytest.raises(KeyError, match="mine"):
            await testing.after(0, KeyError("mine"), log)
        awaitable = testing.after(0, (1, 2), log)
        assert await awaitable == (1, 2)
        with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
            await awaitable

    run(main)


def test_an_awaitable_is_cancelled():
    async def main():
        log = []
        task = asyncio.create_task(testing.after(60, None, log))
        await asyncio.sleep(0.01)
        task.cancel("enough")
        with pytest.raises(asyncio.CancelledError):
            await task
        assert log == ["dropped"]
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(testing.after(60, None, log), 0.01)
        assert await asyncio.gather(*(testing.after(0.01, n, log) for n in range(5))) == [0, 1, 2, 3, 4]

    asyncio.run(main())


def test_an_awaitable_is_cancelled_by_a_scope_of_trio():
    trio = pytest.importorskip("trio")

    async def main():
        log = []
        with trio.move_on_after(0.01) as scope:
            await testing.after(60, None, log)
        assert scope.cancelled_caught and log == ["dropped"]

    trio.run(main)


def test_an_awaitable_that_is_not_awaited():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        testing.after(0, None, [])
        gc.collect()
        testing.after(0, None, []).close()
    assert [str(warning.message) for warning in caught] == ["coroutine 'after' was never awaited"]


def test_two_awaitables_at_once(run, sleep):
    async def slowly(value):
        await sleep(0.1)
        return value

    async def fails():
        await sleep(0.01)
        raise KeyError("one of them")

    async def main():
        start = time.monotonic()
        assert await testing.joins(lambda: slowly(1), lambda: slowly(2)).__anext__() == (1, 2)
        assert time.monotonic() - start < 0.19
        with pytest.raises(KeyError, match="one of them"):
            await testing.joins(lambda: slowly(1), fails).__anext__()

    run(main)


def test_a_time_limit_around_one(run, sleep):
    log = []

    async def slowly():
        try:
            await sleep(60)
        finally:
            log.append("ended")

    async def quickly():
        await sleep(0.001)
        return "in time"

    async def main():
        assert await testing.at_most(0.05, slowly).__anext__() == "too late"
        await sleep(0.05)
        assert log == ["ended"]
        assert await testing.at_most(60, quickly).__anext__() == "in time"

    run(main)


def test_what_is_no_awaitable(run):
    async def main():
        with pytest.raises(TypeError, match="object int can't be used in 'await' expression"):
            await testing.at_most(1, lambda: 5).__anext__()

    run(main)
