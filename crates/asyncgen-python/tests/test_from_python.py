"""Python generators that a tokio task drives while the loop runs in another thread."""

import asyncio
import gc
import time
import traceback

import pytest
import asyncgen_testing as testing


@pytest.fixture
def generator(sleep):
    async def generator(log):
        received = None
        try:
            while received != "stop":
                await sleep(0.001)
                try:
                    received = yield received
                except KeyError as error:
                    received = f"caught {error}"
        except GeneratorExit:
            log.append("exit")
            raise
        finally:
            await sleep(0.001)
            log.append("cleaned up")

    return generator


def in_a_thread(function, run, sleep):
    def drive(make, *operations):
        log = []
        pairs = [operation if len(operation) == 2 else (*operation, None) for operation in operations]

        async def main():
            iterator = make(log)
            if sleep is asyncio.sleep:
                trace = await asyncio.to_thread(function, iterator, asyncio.get_running_loop(), pairs)
            else:
                import trio

                token = trio.lowlevel.current_trio_token()
                trace = await trio.to_thread.run_sync(function, iterator, token, pairs)
            del iterator
            gc.collect()
            await sleep(0.02)
            return trace

        return run(main), log

    return drive


@pytest.fixture
def drive(run, sleep):
    """Drives a generator in a thread; what every operation gave, and what the generator logged."""
    return in_a_thread(testing.drive, run, sleep)


@pytest.fixture
def drive_a_loop(run, sleep):
    """The same, but it drives a `for await` loop over the generator."""
    return in_a_thread(testing.drive_a_loop, run, sleep)


def test_all_four_operations(drive, generator):
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


def test_aclose(drive, generator):
    assert drive(generator, ("anext",), ("aclose",), ("anext",)) == (
        ["None", "closed", "StopAsyncIteration"],
        ["exit", "cleaned up"],
    )


def test_an_uncaught_exception_comes_back(drive, generator):
    assert drive(generator, ("anext",), ("athrow", ValueError("v")), ("athrow", ValueError("v"))) == (
        ["None", "ValueError: v", "nothing"],
        ["cleaned up"],
    )


def test_an_exception_comes_with_its_traceback(drive, generator):
    error = ValueError("v")
    drive(generator, ("anext",), ("athrow", error))
    lines = traceback.format_exception(error)
    assert any("received = yield received" in line for line in lines)


class Alone:
    """An iterable whose iterator nobody has but who drives it."""

    def __init__(self, generator):
        self.generator = generator

    def __aiter__(self):
        generator, self.generator = self.generator, None
        return generator


def test_a_dropped_generator_is_closed_in_its_task(drive, generator):
    assert drive(lambda log: Alone(generator(log)), ("anext",)) == (["None"], ["exit", "cleaned up"])


def test_a_dropped_generator_that_others_have_is_closed_by_its_loop(drive, generator, sleep):
    kept = []

    def keep(log):
        kept.append(generator(log))
        return kept[0]

    # Not when it is dropped but when the loop ends; trio cancels what awaits then.
    log = ["exit", "cleaned up"] if sleep is asyncio.sleep else ["exit"]
    assert drive(keep, ("anext",)) == (["None"], log)


@pytest.fixture
def slow(sleep):
    async def slow(log):
        try:
            await sleep(60)
            yield 1
        except GeneratorExit:
            log.append("exit")
        finally:
            await sleep(0.001)
            log.append("cleaned up")

    return slow


def test_closing_does_not_wait_for_an_inner_await(drive, slow):
    assert drive(slow, ("timeout", 0.2), ("aclose",)) == (["timeout", "closed"], ["exit", "cleaned up"])


def test_a_loop_closes_what_it_owns(drive_a_loop, generator):
    closed = ["exit", "cleaned up"]
    assert drive_a_loop(generator, ("anext",), ("aclose",), ("anext",)) == (
        ["None", "closed", "StopAsyncIteration"],
        closed,
    )
    assert drive_a_loop(generator, ("anext",), ("athrow", ValueError("v"))) == (["None", "ValueError: v"], closed)


def test_a_loop_closes_what_it_owns_at_an_inner_await(drive_a_loop, slow):
    closed = ["exit", "cleaned up"]
    assert drive_a_loop(slow, ("timeout", 0.2), ("aclose",)) == (["timeout", "closed"], closed)
    assert drive_a_loop(slow, ("timeout", 0.2), ("athrow", ValueError("v"))) == (["timeout", "ValueError: v"], closed)


def test_an_exception_is_raised_at_an_inner_await(drive, slow):
    assert drive(slow, ("timeout", 0.2), ("athrow", ValueError("v"))) == (["timeout", "ValueError: v"], ["cleaned up"])


def test_a_dropped_generator_is_closed_at_an_inner_await(drive, slow):
    assert drive(slow, ("timeout", 0.2)) == (["timeout"], ["exit", "cleaned up"])


def test_a_body_goes_on_after_an_exception_at_an_inner_await(drive, sleep):
    async def stubborn(log):
        for _ in range(3):
            try:
                await sleep(60)
            except BaseException as error:
                log.append(type(error).__name__)
        await sleep(0.001)
        yield "at last"

    operations = [("timeout", 0.2), ("give up on athrow", ValueError("v")), ("give up on athrow", KeyError("k"))]
    assert drive(stubborn, *operations, ("athrow", OSError("o")), ("anext",)) == (
        ["timeout", "timeout", "timeout", "at last", "StopAsyncIteration"],
        ["ValueError", "KeyError", "OSError"],
    )


def test_a_step_that_was_given_up_is_carried_on_with(drive, sleep):
    async def waits(log):
        await sleep(0.1)
        yield "at last"

    assert drive(waits, ("timeout", 0.02), ("anext",)) == (["timeout", "at last"], [])


def test_an_iterator_that_is_no_generator(drive):
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


def test_the_loop_is_found_where_the_generator_is_made(run, sleep, generator):
    log = []

    async def main():
        made = generator(log)
        if sleep is asyncio.sleep:
            assert await asyncio.wait_for(testing.drive_here(made).__anext__(), 5) == "None"
        else:
            import trio

            with trio.fail_after(5):
                assert await testing.drive_here(made).__anext__() == "None"
        await made.aclose()

    run(main)
    assert log == ["exit", "cleaned up"]


def test_what_is_no_iterator():
    with pytest.raises(TypeError, match="'int' is not an asynchronous generator"):
        testing.drive(5, None, [])


async def ready():
    yield 1


def test_a_closed_loop():
    loop = asyncio.new_event_loop()
    loop.close()
    assert testing.drive(ready(), loop, [("anext", None)]) == ["RuntimeError: Event loop is closed"]


def test_a_trio_that_has_ended():
    trio = pytest.importorskip("trio")

    async def main():
        return trio.lowlevel.current_trio_token()

    token = trio.run(main)
    assert testing.drive(ready(), token, [("anext", None)]) == ["RunFinishedError: run() has exited"]


def test_a_trio_that_ends_meanwhile():
    trio = pytest.importorskip("trio")
    log = []

    async def slow():
        try:
            yield 0
            await trio.sleep(60)
            yield 1
        finally:
            log.append("finally")

    async def main():
        async with trio.open_nursery() as nursery:
            token, made = trio.lowlevel.current_trio_token(), slow()

            async def in_a_thread():
                trace = await trio.to_thread.run_sync(
                    testing.drive, made, token, [("anext", None), ("anext", None)], abandon_on_cancel=True
                )
                log.append(trace)

            nursery.start_soon(in_a_thread)
            await trio.sleep(0.05)
            nursery.cancel_scope.cancel()

    trio.run(main)
    assert log == ["finally"]


def test_no_loop_at_all():
    driven = testing.drive_here(ready())

    async def main():
        return await driven.__anext__()

    assert asyncio.run(main()).startswith("RuntimeError: this Python generator has no event loop to run in")


def test_what_is_no_loop():
    assert testing.drive(ready(), 5, [("anext", None)])[0].startswith("AttributeError: 'int' object has no attribute")


def test_an_exception_that_comes_before_the_step_has_begun_is_raised_at_the_yield(drive, sleep):
    async def catches(log):
        try:
            yield "first"
        except KeyError:
            log.append("caught")
            yield "second"

    class HeldUp:
        """Holds the loop up when its first step is done, until the next one was given up."""

        def __init__(self, log):
            self.generator = catches(log)

        def __aiter__(self):
            return self

        async def __anext__(self):
            value = await self.generator.__anext__()
            loop_is_held_up(0.2)
            return value

        def athrow(self, error):
            return self.generator.athrow(error)

    def loop_is_held_up(seconds):
        if sleep is asyncio.sleep:
            asyncio.get_running_loop().call_soon(time.sleep, seconds)
        else:
            import trio

            task = trio.lowlevel.current_task()

            # Callbacks and tasks come in no certain order: so, just before the task goes on.
            class Once(trio.abc.Instrument):
                def before_task_step(self, which):
                    if which is task:
                        trio.lowlevel.remove_instrument(self)
                        time.sleep(seconds)

            trio.lowlevel.add_instrument(Once())

    assert drive(HeldUp, ("anext",), ("timeout", 0.02), ("athrow", KeyError("k"))) == (
        ["first", "timeout", "second"],
        ["caught"],
    )


def test_an_exception_that_finds_the_body_going_on_is_raised_once(drive, sleep):
    """It comes when the await is just done: what interrupts the task must not come after it."""

    async def busy(log):
        for _ in range(10_000_000):
            try:
                await sleep(0)
            except KeyError:
                log.append("KeyError")
                await sleep(0.05)
                yield "once"
                return
            except BaseException as error:
                log.append(type(error).__name__)
                raise

    for _ in range(5):
        assert drive(busy, ("timeout", 0.03), ("athrow", KeyError("k"))) == (["timeout", "once"], ["KeyError"])
