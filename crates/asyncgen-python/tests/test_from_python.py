"""Python generators that a tokio task drives while the loop runs in another thread."""

import asyncio
import gc

import pytest
from asyncgen._native import testing


async def generator(log):
    received = None
    try:
        while received != "stop":
            await asyncio.sleep(0.001)
            try:
                received = yield received
            except KeyError as error:
                received = f"caught {error}"
    except GeneratorExit:
        log.append("exit")
        raise
    finally:
        await asyncio.sleep(0.001)
        log.append("cleaned up")


def drive(make, *operations):
    log = []

    async def main():
        loop = asyncio.get_running_loop()
        pairs = [operation if len(operation) == 2 else (*operation, None) for operation in operations]
        iterator = make(log)
        trace = await asyncio.to_thread(testing.drive, iterator, loop, pairs)
        del iterator
        gc.collect()
        await asyncio.sleep(0.02)
        return trace

    return asyncio.run(main()), log


def test_all_four_operations():
    assert drive(
        generator,
        ("asend", 1),
        ("anext",),
        ("asend", "hello"),
        ("athrow", KeyError("k")),
        ("asend", "stop"),
        ("anext",),
        ("aclose",),
    ) == (
        ["can't send a value to a just-started async generator", "None", "hello", "caught 'k'", "StopAsyncIteration"]
        + ["StopAsyncIteration", "closed"],
        ["cleaned up"],
    )


def test_aclose():
    assert drive(generator, ("anext",), ("aclose",), ("anext",)) == (
        ["None", "closed", "StopAsyncIteration"],
        ["exit", "cleaned up"],
    )


def test_an_uncaught_exception_comes_back():
    assert drive(generator, ("anext",), ("athrow", ValueError("v")), ("athrow", ValueError("v"))) == (
        ["None", "ValueError: v", "nothing"],
        ["cleaned up"],
    )


def test_a_dropped_generator_is_closed_by_its_loop():
    assert drive(generator, ("anext",)) == (["None"], ["exit", "cleaned up"])


async def slow(log):
    try:
        await asyncio.sleep(60)
        yield 1
    except GeneratorExit:
        log.append("exit")
    finally:
        await asyncio.sleep(0.001)
        log.append("cleaned up")


def test_closing_does_not_wait_for_an_inner_await():
    assert drive(slow, ("timeout", 0.02), ("aclose",)) == (["timeout", "closed"], ["exit", "cleaned up"])


def test_an_exception_is_raised_at_an_inner_await():
    assert drive(slow, ("timeout", 0.02), ("athrow", ValueError("v"))) == (["timeout", "ValueError: v"], ["cleaned up"])


def test_a_step_that_was_given_up_is_carried_on_with():
    async def waits(log):
        await asyncio.sleep(0.1)
        yield "at last"

    assert drive(waits, ("timeout", 0.02), ("anext",)) == (["timeout", "at last"], [])


def test_an_iterator_that_is_no_generator():
    class Countdown:
        def __init__(self, log):
            self.n = 2

        def __aiter__(self):
            return self

        async def __anext__(self):
            self.n -= 1
            if self.n < 0:
                raise StopAsyncIteration
            return self.n

    assert drive(Countdown, ("anext",), ("anext",), ("anext",))[0] == ["1", "0", "StopAsyncIteration"]
    assert drive(Countdown, ("anext",), ("aclose",), ("anext",))[0] == ["1", "closed", "StopAsyncIteration"]
    assert drive(Countdown, ("anext",), ("athrow", KeyError("k")), ("anext",))[0] == [
        "1",
        "KeyError: 'k'",
        "StopAsyncIteration",
    ]
    assert "can't be sent a value" in drive(Countdown, ("anext",), ("asend", 1))[0][1]


def test_what_is_no_iterator():
    with pytest.raises(TypeError, match="'int' is not an asynchronous generator"):
        testing.drive(5, None, [])


def test_a_closed_loop():
    loop = asyncio.new_event_loop()
    loop.close()
    assert testing.drive(generator([]), loop, [("anext", None)]) == ["RuntimeError: Event loop is closed"]
