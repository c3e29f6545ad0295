"""Rust generators under asyncio, uvloop and trio."""

import asyncio
import contextvars
import random
import threading

import asyncgen
import pytest
import asyncgen_testing as testing


def test_values_ready_and_pending(run):
    async def main():
        assert [i async for i in asyncgen.count(5)] == [0, 1, 2, 3, 4]
        assert [i async for i in asyncgen.ticks(5, 0.002)] == [0, 1, 2, 3, 4]
        assert [i async for i in testing.gives_way(5)] == [0, 1, 2, 3, 4]
        assert [i async for i in testing.wakes_from_a_thread(50)] == list(range(50))

    run(main)


def test_a_ready_step_makes_no_trip_through_the_loop(run):
    async def main():
        awaitable = asyncgen.count(1).__anext__()
        with pytest.raises(StopIteration) as stop:
            awaitable.send(None)
        assert stop.value.value == 0

    run(main)


def test_aclose_awaits_the_clean_up(run):
    async def main():
        log = []
        generator = testing.tidy(5, 0, 0.01, log)
        async for i in generator:
            if i == 2:
                break
        await generator.aclose()
        assert log == ["cleaning up", "cleaned up"]
        await generator.aclose()
        assert log == ["cleaning up", "cleaned up"]

    run(main)


def test_the_end_runs_the_clean_up_too(run):
    async def main():
        log = []
        assert [i async for i in testing.tidy(3, 0, 0.001, log)] == [0, 1, 2]
        assert log == ["cleaning up", "cleaned up", "ended"]

    run(main)


def test_a_body_awaits_python(run, sleep):
    async def main():
        async def value():
            await sleep(0.001)
            return "value"

        assert [v async for v in testing.awaits(value, 3)] == ["value"] * 3

        async def fails():
            await sleep(0.001)
            raise KeyError("from Python")

        with pytest.raises(KeyError, match="from Python"):
            await testing.awaits(fails, 1).__anext__()
        with pytest.raises(TypeError, match="object int can't be used in 'await' expression"):
            await testing.awaits(lambda: 5, 1).__anext__()

    run(main)


BOTH_FORMS = pytest.mark.parametrize("delegates", [testing.delegates, testing.delegates_by_keyword])


@BOTH_FORMS
def test_a_body_delegates_to_python(run, sleep, delegates):
    async def native(log):
        try:
            received = None
            while received != "stop":
                await sleep(0.001)
                try:
                    received = yield received
                except KeyError:
                    received = "caught"
        finally:
            await sleep(0.001)
            log.append("cleaned up")

    async def main():
        log = []
        generator = delegates(native(log))
        assert await generator.__anext__() is None
        assert await generator.asend("hello") == "hello"
        assert await generator.athrow(KeyError("k")) == "caught"
        assert await generator.asend("stop") == "end"
        assert log == ["cleaned up"]
        with pytest.raises(StopAsyncIteration):
            await generator.__anext__()

        log = []
        generator = delegates(native(log))
        await generator.__anext__()
        with pytest.raises(ValueError):
            await generator.athrow(ValueError("not caught"))
        assert log == ["cleaned up"]

        log = []
        generator = delegates(native(log))
        await generator.__anext__()
        await generator.aclose()
        assert log == ["cleaned up"]

    run(main)


@BOTH_FORMS
def test_a_step_of_python_that_is_ready_or_waits_or_raises(run, sleep, delegates):
    async def native(log, *raises):
        try:
            for i in range(3):
                yield i
            await sleep(0.001)
            received = yield 3
            while received is not None:
                received = yield received
            for error in raises:
                raise error
            yield 4
            await sleep(0.001)
        finally:
            log.append("cleaned up")

    class Iterator:
        """No generator: what it raises comes out of `__anext__` itself, or out of its awaitable."""

        def __init__(self, at_once):
            self.at_once = at_once
            self.steps = 0

        def __aiter__(self):
            return self

        def __anext__(self):
            self.steps += 1
            if self.steps > 2 and self.at_once:
                raise KeyError(self.steps)
            return self.step()

        async def step(self):
            if self.steps > 2:
                raise KeyError(self.steps)
            return self.steps

    async def main():
        log = []
        assert [item async for item in delegates(native(log))] == [0, 1, 2, 3, 4, "end"]
        assert log == ["cleaned up"]

        generator = delegates(native(log))
        assert [await generator.__anext__() for _ in range(4)] == [0, 1, 2, 3]
        assert await generator.asend("sent") == "sent"
        assert await generator.__anext__() == 4
        await generator.aclose()
        assert log == ["cleaned up"] * 2

        # A `CancelledError` is no `Exception`: it goes through the body, and comes out as it is.
        for error in ValueError("from Python"), asyncio.CancelledError(), KeyboardInterrupt():
            log.clear()
            generator = delegates(native(log, error))
            assert [await generator.__anext__() for _ in range(4)] == [0, 1, 2, 3]
            with pytest.raises(type(error)) as raised:
                await generator.__anext__()
            assert raised.value is error
            assert log == ["cleaned up"]
            with pytest.raises(StopAsyncIteration):
                await generator.__anext__()

        for at_once in False, True:
            generator = delegates(Iterator(at_once))
            assert [await generator.__anext__(), await generator.__anext__()] == [1, 2]
            with pytest.raises(KeyError, match="3"):
                await generator.__anext__()

    run(main)


@BOTH_FORMS
def test_a_step_of_python_that_is_abandoned_is_carried_on_with(delegates):
    async def native():
        yield 1
        await asyncio.sleep(0.01)
        yield 2
        yield 3

    async def main():
        generator = delegates(native())
        assert await generator.__anext__() == 1
        abandoned = generator.__anext__()
        abandoned.send(None)
        del abandoned
        assert [item async for item in generator] == [2, 3, "end"]

    asyncio.run(main())


@BOTH_FORMS
def test_a_step_of_python_is_cancelled(delegates):
    async def native(log):
        try:
            yield 1
            yield 2
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            log.append("cancelled")
            raise

    async def main():
        log = []
        generator = delegates(native(log))
        assert [await generator.__anext__(), await generator.__anext__()] == [1, 2]
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(generator.__anext__(), 0.01)
        assert log == ["cancelled"]

    asyncio.run(main())


def test_yield_from_(run, sleep):
    @asyncgen.async_generator
    async def outer(inner):
        result = await asyncgen.yield_from_(inner)
        await asyncgen.yield_(("result", result))

    @asyncgen.async_generator
    async def inner():
        await sleep(0.001)
        return await asyncgen.yield_(1)

    async def main():
        generator = outer(inner())
        assert await generator.__anext__() == 1
        assert await generator.asend("sent") == ("result", "sent")
        await generator.aclose()
        assert [i async for i in outer(asyncgen.ticks(3, 0.001))] == [0, 1, 2, ("result", None)]

    run(main)


def test_a_cancelled_task_cleans_up_before_it_goes_on():
    async def main():
        log = []

        async def consume():
            try:
                async for _ in testing.tidy(5, 60, 0.02, log):
                    pass
            finally:
                log.append("the task ends")

        task = asyncio.create_task(consume())
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()  # clean-up is not interrupted
        with pytest.raises(asyncio.CancelledError):
            await task
        assert log == ["cleaning up", "cleaned up", "the task ends"]

    asyncio.run(main())


def test_a_cancelled_scope_of_trio_cleans_up_before_it_goes_on():
    trio = pytest.importorskip("trio")

    async def main():
        log = []
        with trio.move_on_after(0.02) as scope:
            async for _ in testing.tidy(5, 60, 0.05, log):
                pass
        assert scope.cancelled_caught
        assert log == ["cleaning up", "cleaned up"]

    trio.run(main)


def test_a_time_limit_ends_a_step():
    async def main():
        log = []
        generator = testing.tidy(5, 60, 0.001, log)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(generator.__anext__(), 0.02)
        assert log == ["cleaning up", "cleaned up"]
        with pytest.raises(StopAsyncIteration):
            await generator.__anext__()

    asyncio.run(main())


def test_errors_of_another_type(run):
    async def main():
        log = []
        generator = testing.io_errors(log)
        assert await generator.__anext__() == 1
        with pytest.raises(FileNotFoundError, match="no such thing"):
            await generator.__anext__()
        assert log == ["cleaned up"]

        log = []
        generator = testing.io_errors(log)
        assert await generator.__anext__() == 1
        with pytest.raises(KeyError, match="thrown in"):
            await generator.athrow(KeyError("thrown in"))
        assert log == ["cleaned up"]

    run(main)


def test_a_cancellation_is_no_error_of_another_type():
    async def main():
        log = []

        async def consume():
            async for _ in testing.io_errors(log):
                await asyncio.sleep(0)

        task = asyncio.create_task(consume())
        await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert log == ["cleaned up"]

    asyncio.run(main())


def test_one_step_at_a_time():
    async def main():
        async def first(generator):
            return await generator.__anext__()

        generator = asyncgen.ticks(5, 0.01)
        task = asyncio.create_task(first(generator))
        await asyncio.sleep(0)
        for method, operation in [
            ("anext", generator.__anext__),
            ("anext", lambda: generator.asend(1)),
            ("athrow", lambda: generator.athrow(ValueError)),
            ("aclose", generator.aclose),
        ]:
            with pytest.raises(RuntimeError, match=rf"{method}\(\): asynchronous generator is already running"):
                await operation()
        assert generator.ag_running and generator.ag_await is not None
        assert await task == 0
        await generator.aclose()

    asyncio.run(main())


def test_an_abandoned_step_loses_nothing():
    """Contract clause C18."""

    async def main():
        generator = asyncgen.ticks(3, 0.02)
        step = generator.__anext__()
        step.send(None)
        del step
        assert not generator.ag_running
        with pytest.raises(RuntimeError, match="already running"):
            await generator.asend(5)
        assert await generator.__anext__() == 0

        log = []
        generator = testing.tidy(3, 60, 0.001, log)
        step = generator.__anext__()
        step.send(None)
        del step
        await generator.aclose()
        assert log == ["cleaning up", "cleaned up"]

    asyncio.run(main())


def test_an_abandoned_step_that_awaits_python():
    async def main():
        generator = testing.awaits(lambda: asyncio.sleep(0.02, "slept"), 2)
        step = generator.__anext__()
        step.send(None)
        del step
        assert await generator.__anext__() == "slept"
        await generator.aclose()

    asyncio.run(main())


def test_asyncio_closes_what_was_left():
    log = []
    generator = None

    async def main():
        nonlocal generator
        generator = testing.tidy(5, 0, 0.001, log)
        await generator.__anext__()
        dropped = testing.tidy(5, 0, 0.001, log)
        await dropped.__anext__()
        del dropped
        await asyncio.sleep(0.02)
        assert log == ["cleaning up", "cleaned up"]

    asyncio.run(main())
    assert log == ["cleaning up", "cleaned up"] * 2


def test_trio_closes_what_was_left():
    trio = pytest.importorskip("trio")
    log = []

    async def main():
        nonlocal generator
        generator = testing.tidy(5, 0, 0.001, log)
        await generator.__anext__()

    generator = None
    trio.run(main)
    # trio cancels what awaits when it closes generators; clean-up of ours is shielded from it.
    assert log == ["cleaning up", "cleaned up"]


def test_context_variables():
    variable = contextvars.ContextVar("variable", default="default")

    @asyncgen.async_generator
    async def generator():
        variable.set("set by the body")
        await asyncgen.yield_(variable.get())
        await asyncgen.yield_(variable.get())

    async def main():
        g = generator()
        assert await g.__anext__() == "set by the body"
        # As in a native generator, the body runs in the context of who awaits its step.
        assert variable.get() == "set by the body"
        variable.set("set by the consumer")
        assert await g.__anext__() == "set by the consumer"
        await g.aclose()

    asyncio.run(main())


def test_the_interpreter_lock_is_not_held_while_rust_waits(run):
    async def main():
        counter = 0
        stop = threading.Event()

        def spin():
            nonlocal counter
            while not stop.is_set():
                counter += 1

        thread = threading.Thread(target=spin)
        thread.start()
        assert len([i async for i in asyncgen.ticks(10, 0.005)]) == 10
        stop.set()
        thread.join()
        assert counter > 0

    run(main)


def test_two_threads_with_a_loop_each():
    def work(results):
        async def main():
            generators = [testing.wakes_from_a_thread(20) for _ in range(10)]

            async def collect(generator):
                return [i async for i in generator]

            return await asyncio.gather(*map(collect, generators))

        results.append(asyncio.run(main()))

    results = []
    threads = [threading.Thread(target=work, args=(results,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert results == [[list(range(20))] * 10] * 2


def test_a_foreign_thread_is_refused_while_a_step_is_in_flight():
    async def main():
        generator = asyncgen.ticks(2, 0.05)
        task = asyncio.ensure_future(generator.__anext__())
        await asyncio.sleep(0)

        def elsewhere():
            with pytest.raises(RuntimeError, match=r"anext\(\): asynchronous generator is already running"):
                generator.__anext__().send(None)
            with pytest.raises(RuntimeError, match=r"aclose\(\): asynchronous generator is already running"):
                generator.aclose().send(None)

        await asyncio.to_thread(elsewhere)
        assert await task == 0
        await generator.aclose()

    asyncio.run(main())


def test_a_foreign_thread_without_a_loop_can_not_wait():
    async def main():
        generator = asyncgen.ticks(2, 0.001)

        def elsewhere():
            with pytest.raises(RuntimeError, match="no running event loop"):
                generator.__anext__().send(None)

        await asyncio.to_thread(elsewhere)
        # The step is in flight, and loses nothing.
        assert [i async for i in generator] == [0, 1]

    asyncio.run(main())


def test_two_threads_at_the_same_generator():
    """One of them steps it, the other is told that it runs: no deadlock, and no value is lost or comes twice."""
    generator = asyncgen.count(20_000)
    values, refused, others = [], [], []

    def work():
        while True:
            try:
                generator.__anext__().send(None)
            except StopIteration as stop:
                values.append(stop.value)
            except StopAsyncIteration:
                return
            except (RuntimeError, ValueError) as error:
                refused.append(str(error))
            except BaseException as error:
                others.append(error)
                return

    threads = [threading.Thread(target=work, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert not others
    assert set(refused) <= {
        "anext(): asynchronous generator is already running",
        "async generator already executing",
    }
    assert sorted(values) == list(range(20_000))


def test_a_generator_may_go_to_another_loop():
    generator = asyncgen.ticks(4, 0.001)

    async def step():
        return await generator.__anext__()

    # What asyncio.run closes at its end would close it.
    loops = [asyncio.new_event_loop() for _ in range(4)]
    assert [loop.run_until_complete(step()) for loop in loops] == [0, 1, 2, 3]
    for loop in loops:
        loop.close()


def test_a_thousand_cancelled_tasks_under_asyncio():
    async def main():
        logs = [[] for _ in range(1000)]

        async def consume(log):
            async for _ in testing.tidy(1000, 0.001, 0.001, log):
                pass

        tasks = [asyncio.create_task(consume(log)) for log in logs]
        await asyncio.sleep(0)

        async def cancel(task):
            await asyncio.sleep(random.random() * 0.2)
            task.cancel()

        await asyncio.gather(*map(cancel, tasks))
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)
        assert all(log == ["cleaning up", "cleaned up"] for log in logs)

    asyncio.run(main())


def test_a_thousand_cancelled_tasks_under_trio():
    trio = pytest.importorskip("trio")

    async def main():
        logs = [[] for _ in range(1000)]

        async def consume(log):
            with trio.move_on_after(0.01 + random.random() * 0.2):
                async for _ in testing.tidy(1000, 0.001, 0.001, log):
                    pass

        async with trio.open_nursery() as nursery:
            for log in logs:
                nursery.start_soon(consume, log)
        assert all(log in ([], ["cleaning up", "cleaned up"]) for log in logs)
        assert sum(map(len, logs)) > 1000

    trio.run(main)
