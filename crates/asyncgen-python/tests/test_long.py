"""What lasts longer than a step: time limits, scopes, contexts, and the loop's patience."""

import asyncio
import contextvars
import sys
import time

import asyncgen
import asyncgen_testing as testing
import pytest


async def elsewhere(generator, *operations):
    """Drives a generator from a thread of tokio's."""
    pairs = [operation if len(operation) == 2 else (*operation, None) for operation in operations]
    return await asyncio.to_thread(testing.drive, generator, asyncio.get_running_loop(), pairs)


# --- one task and one context for a generator that Rust drives from elsewhere -------------------------------------------


@pytest.mark.skipif(not hasattr(asyncio, "timeout"), reason="new in 3.11")
@pytest.mark.parametrize("where", ["in a step", "between steps"])
def test_a_time_limit_that_began_in_an_earlier_step_fires(where):
    async def limited():
        async with asyncio.timeout(0.05):
            yield 1
            if where == "in a step":
                await asyncio.sleep(60)
            yield 2

    async def main():
        if where == "in a step":
            trace = await elsewhere(limited(), ("anext",), ("anext",), ("anext",))
        else:
            loop, generator = asyncio.get_running_loop(), limited()
            driven = testing.drives_with_a_pause(generator, 0.2)
            trace = [item async for item in driven]
            del loop
        assert trace[0] == "1" and "TimeoutError" in trace[1], trace

    asyncio.run(main())


def test_a_task_group_is_left_in_the_task_that_entered_it():
    anyio = pytest.importorskip("anyio")

    async def grouped(log):
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, 0.001)
            yield 1
            yield 2
        log.append("left")

    async def main():
        log = []
        assert await elsewhere(grouped(log), ("anext",), ("anext",), ("anext",)) == ["1", "2", "StopAsyncIteration"]
        # As where its own task closes it: anyio makes a group even of `GeneratorExit`.
        native = grouped(log)
        await native.__anext__()
        try:
            await native.aclose()
            ending = "closed"
        except BaseException as error:
            ending = f"{type(error).__name__}: {error}"
        assert await elsewhere(grouped(log), ("anext",), ("aclose",)) == ["1", ending]
        # A generator that is dropped is closed in its task, too, and what comes out of that is reported.
        unraisable = []
        sys.unraisablehook = unraisable.append
        try:
            driven = testing.drives_with_a_pause(grouped(log), 0.001)
            assert await driven.__anext__() == "1"
            await driven.aclose()
            await asyncio.sleep(0.1)
        finally:
            sys.unraisablehook = sys.__unraisablehook__
        assert [f"{type(left.exc_value).__name__}: {left.exc_value}" for left in unraisable] == [ending]
        assert log == ["left"]
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


def test_the_context_is_that_of_where_it_was_handed_over(run, sleep):
    variable = contextvars.ContextVar("variable", default="default")

    async def sees():
        token = variable.set(variable.get() + ", seen")
        yield variable.get()
        await sleep(0.001)
        yield variable.get()
        variable.reset(token)
        yield variable.get()

    async def main():
        variable.set("handed over")
        driven = testing.drives_with_a_pause(sees(), 0.001)
        variable.set("later")
        assert [item async for item in driven] == ["handed over, seen", "handed over, seen", "handed over"]
        assert variable.get() == "later"

    run(main)


def test_a_task_is_not_left_cancelled_by_an_exception_that_was_thrown_in():
    async def body():
        try:
            await asyncio.sleep(60)
        except KeyError:
            task = asyncio.current_task()
            yield getattr(task, "cancelling", lambda: 0)()
            await asyncio.sleep(0.001)
            yield task is asyncio.current_task()

    async def main():
        trace = await elsewhere(body(), ("timeout", 0.05), ("athrow", KeyError("k")), ("anext",))
        assert trace == ["timeout", "0", "True"]

    asyncio.run(main())


# --- the loop gets its turns -------------------------------------------------------------------------------------------


def always_ready():
    return [lambda: asyncgen.count(10**9), lambda: testing.keeps_the_lock(10**9, 0)]


@pytest.mark.parametrize("make", always_ready())
def test_a_time_limit_around_a_loop_that_is_always_ready_fires(make):
    async def consume():
        async for _ in make():
            pass

    async def main():
        start = time.monotonic()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(consume(), 0.1)
        assert time.monotonic() - start < 2

    asyncio.run(main())


@pytest.mark.parametrize("make", always_ready())
def test_a_scope_of_trio_around_a_loop_that_is_always_ready_ends_it(make):
    trio = pytest.importorskip("trio")

    async def main():
        with trio.move_on_after(0.1) as scope:
            async for _ in make():
                pass
        assert scope.cancelled_caught

    trio.run(main)


def test_a_value_that_was_cancelled_before_its_step_is_not_lost(run, sleep):
    """A cancellation that comes with the loop's turn is raised at the `yield`: no item disappears."""

    async def main():
        seen = []
        generator = asyncgen.count(200_000)
        async for n in generator:
            seen.append(n)
        assert seen == list(range(200_000))

    run(main)


# --- clean-up that takes its time ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_no_core_burns_while_clean_up_awaits_in_a_cancelled_scope(backend):
    anyio = pytest.importorskip("anyio")
    if backend == "trio":
        pytest.importorskip("trio")
    log = []

    async def main():
        with anyio.move_on_after(0.05) as scope:
            async for _ in testing.tidy(5, 60, 1.0, log):
                pass
        assert scope.cancelled_caught
        # The task is as usable as before.
        with anyio.move_on_after(0.01) as scope:
            await anyio.sleep(60)
        assert scope.cancelled_caught
        await anyio.sleep(0.001)

    start, before = time.monotonic(), time.process_time()
    anyio.run(main, backend=backend)
    assert time.monotonic() - start > 1
    assert time.process_time() - before < 0.5
    assert log == ["cleaning up", "cleaned up"]


# --- steps that are given up, and carried on with -------------------------------------------------------------------------


def limits():
    async def wait_for(awaitable, seconds):
        try:
            return await asyncio.wait_for(awaitable, seconds)
        except asyncio.TimeoutError:
            return "nothing yet"

    async def move_on(awaitable, seconds):
        import anyio

        with anyio.move_on_after(seconds):
            return await awaitable
        return "nothing yet"

    return [("asyncio", wait_for), ("asyncio", move_on), ("trio", move_on)]


@pytest.mark.parametrize(("backend", "limit"), limits())
def test_a_time_limit_keeps_the_generator(backend, limit):
    anyio = pytest.importorskip("anyio")

    @asyncgen.async_generator
    async def in_python():
        for i in range(3):
            await anyio.sleep(0.1)
            await asyncgen.yield_(i)

    def heard(make):
        async def main():
            said = []
            generator = make()
            while True:
                try:
                    said.append(await limit(asyncgen.resumable(generator.__anext__()), 0.04))
                except StopAsyncIteration:
                    break
            return said

        return anyio.run(main, backend=backend)

    def events(said):
        return [event for event in said if event != "nothing yet"]

    log = []
    makers = [lambda: asyncgen.ticks(3, 0.1), lambda: testing.tidy(3, 0.1, 0.001, log)]
    if backend == "asyncio":
        makers += [in_python, lambda: testing.awaits(lambda: anyio.sleep(0.1), 3)]
    for make in makers:
        said = heard(make)
        assert len(events(said)) == 3 and said.count("nothing yet") >= 3, said
    assert log == ["cleaning up", "cleaned up", "ended"]


def test_a_step_that_is_not_given_up_is_as_any(run):
    async def main():
        generator = testing.echo()
        assert await asyncgen.resumable(generator.asend(None)) is None
        assert await asyncgen.resumable(generator.asend("value")) == "value"
        with pytest.raises(ValueError):
            await asyncgen.resumable(generator.athrow(ValueError))

    run(main)


# --- cancellations go through a body -------------------------------------------------------------------------------------


def test_a_cancellation_inside_of_a_python_awaitable_goes_through_a_catch():
    async def main():
        task = asyncio.ensure_future(testing.catches_of_awaitables(lambda: asyncio.sleep(60), 3).__anext__())
        await asyncio.sleep(0.01)
        task.cancel("enough")
        with pytest.raises(asyncio.CancelledError) as raised:
            await task
        # Before 3.11 a task that is awaited does not tell the words.
        assert str(raised.value) == "enough" or sys.version_info < (3, 11)

    asyncio.run(main())


@pytest.mark.parametrize("error", [KeyboardInterrupt("k"), SystemExit(3), asyncio.CancelledError("c"), GeneratorExit("g")])
def test_what_is_no_exception_goes_through_a_catch(error):
    async def raises():
        raise error

    async def inner():
        yield 1
        raise error

    def last(generator):
        step = generator.__anext__()
        try:
            step.send(None)
        except StopIteration as stop:
            return stop.value

    if isinstance(error, GeneratorExit):
        # That is how the closing of a step that was dropped half-way arrives: the body decides.
        assert last(testing.catches_of_awaitables(raises, 1)) == "raised GeneratorExit: g"
    else:
        with pytest.raises(type(error)) as raised:
            last(testing.catches_of_awaitables(raises, 1))
        assert raised.value is error
    log = []
    generator = testing.delegates_and_catches(inner(), log)
    assert last(generator) == 1
    with pytest.raises(type(error)) as raised:
        last(generator)
    assert raised.value is error and log == ["finally"]
    generator = testing.catches_all(0, log)
    last(generator)
    with pytest.raises(type(error)) as raised:
        generator.athrow(error).send(None)
    assert raised.value is error
