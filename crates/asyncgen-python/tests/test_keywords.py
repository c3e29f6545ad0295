"""Rust bodies that are written with keywords: what their `catch`es see, and what their loops close."""

import asyncio

import pytest
import asyncgen_testing as testing


async def abandoned(awaitable):
    """Leaves a step half-way, as a task does that is no more."""
    iterator = awaitable.__await__()
    iterator.send(None)
    return iterator


# --- `catch` ------------------------------------------------------------------------------------------------------------


def test_a_catch_gets_errors_and_goes_on(run):
    async def main():
        log = []
        generator = testing.catches_all(0, log)
        assert await generator.__anext__() == 0
        assert await generator.athrow(ValueError("once")) == 0
        assert await generator.athrow(KeyError("twice")) == 0
        assert await generator.__anext__() == 1
        assert log == ["caught ValueError: once", "finally", "caught KeyError: 'twice'", "finally", "finally"]
        await generator.aclose()

    run(main)


@pytest.mark.parametrize("make", [testing.catches_all, testing.catches_exceptions])
def test_closing_goes_through_a_catch(run, make):
    async def main():
        log = []
        generator = make(0, log)
        await generator.__anext__()
        await generator.aclose()
        assert log in ([], ["finally"])
        assert generator.ag_frame is None
        with pytest.raises(StopAsyncIteration):
            await generator.__anext__()

    run(main)


@pytest.mark.parametrize("make", [testing.catches_all, testing.catches_exceptions])
def test_generator_exit_that_is_thrown_in_goes_through_a_catch(run, make):
    async def main():
        log = []
        generator = make(0, log)
        await generator.__anext__()
        with pytest.raises(GeneratorExit) as raised:
            await generator.athrow(GeneratorExit("mine"))
        assert raised.value.args == ("mine",)
        assert log in ([], ["finally"])

    run(main)


@pytest.mark.parametrize("make", [testing.catches_all, testing.catches_exceptions])
def test_closing_goes_through_a_catch_around_an_await(make):
    async def main():
        log = []
        generator = make(10, log)
        await generator.__anext__()
        await abandoned(generator.__anext__())
        await generator.aclose()
        assert log in ([], ["finally"])
        assert generator.ag_frame is None

    asyncio.run(main())


@pytest.mark.parametrize("make", [testing.catches_all, testing.catches_exceptions])
def test_the_loops_end_closes_a_generator_that_catches(make):
    log = []

    async def main():
        generator = make(0, log)
        assert [await generator.__anext__(), await generator.__anext__()] == [0, 1]
        main.generator = generator

    asyncio.run(main())
    assert not [word for word in log if "caught" in word]
    assert main.generator.ag_frame is None


def test_a_guard_lets_a_cancellation_through():
    async def main():
        log = []
        generator = testing.catches_exceptions(10, log)
        await generator.__anext__()
        task = asyncio.ensure_future(generator.__anext__())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert log == [] and generator.ag_frame is None

    asyncio.run(main())


def test_a_cancellation_goes_through_a_catch():
    """`catch error` is `except Exception`."""

    async def main():
        log = []
        generator = testing.catches_all(10, log)
        await generator.__anext__()
        task = asyncio.ensure_future(generator.__anext__())
        await asyncio.sleep(0.01)
        task.cancel("enough")
        with pytest.raises(asyncio.CancelledError):
            await task
        assert log == ["finally"]
        assert generator.ag_frame is None

    asyncio.run(main())


def test_catch_generator_exit_sees_closing(run):
    async def main():
        log = []
        generator = testing.catches_exit(False, log)
        await generator.__anext__()
        await generator.aclose()
        assert log == ["closed"]
        generator = testing.catches_exit(False, log)
        await generator.__anext__()
        assert await generator.athrow(ValueError) == 2
        assert log == ["closed", "an error"]

    run(main)


def test_who_catches_generator_exit_may_go_on(run):
    async def main():
        log = []
        generator = testing.catches_exit(True, log)
        await generator.__anext__()
        with pytest.raises(RuntimeError, match="async generator ignored GeneratorExit"):
            await generator.aclose()
        generator = testing.catches_exit(True, log)
        await generator.__anext__()
        assert await generator.athrow(GeneratorExit) == 2
        assert log == ["closed", "closed"]

    run(main)


def test_patterns_of_an_error_type_of_its_own(run):
    async def main():
        log = []
        generator = testing.catches_its_own(log)
        assert await generator.__anext__() == "nothing"
        assert await generator.athrow(KeyError("a")) == "'a'"
        assert await generator.__anext__() == "nothing"
        assert log == []
        with pytest.raises(RuntimeError, match="lost 'all'"):
            await generator.athrow(KeyError("all"))
        assert log == ["cleaned up"]

        generator = testing.catches_its_own(log)
        await generator.__anext__()
        with pytest.raises(ZeroDivisionError, match="other"):
            await generator.athrow(ZeroDivisionError("other"))
        # No `Exception` is an error of such a body.
        for exception in (asyncio.CancelledError("c"), KeyboardInterrupt("k"), GeneratorExit("g")):
            generator = testing.catches_its_own(log)
            await generator.__anext__()
            with pytest.raises(type(exception)) as raised:
                await generator.athrow(exception)
            assert raised.value is exception
        assert log == ["cleaned up"] * 5

    run(main)


def test_a_try_alone_is_what_an_awaitable_gave(run, sleep):
    async def main():
        numbers = iter(range(4))

        async def value():
            await sleep(0.001)
            return 6 // next(numbers)

        generator = testing.catches_of_awaitables(value, 4)
        said = [item async for item in generator]
        assert said == ["raised ZeroDivisionError: integer division or modulo by zero", "6", "3", "2"]

    run(main)


@pytest.mark.parametrize(
    ["told", "raised"],
    [([], None), (["try"], None), (["try", "catch"], "catch"), (["finally"], "finally")]
    + [(["try", "finally"], "finally"), (["try", "catch", "finally"], "finally"), (["catch"], None)],
)
def test_the_last_error_counts(run, told, raised):
    async def main():
        generator = testing.raises_in(told)
        await generator.__anext__()
        if raised is None:
            assert await generator.__anext__() == 2
        else:
            with pytest.raises(ValueError, match=raised):
                await generator.__anext__()
            assert generator.ag_frame is None

    run(main)


# --- `finally` ----------------------------------------------------------------------------------------------------------


def test_clean_up_awaits_python_and_rust(run, sleep):
    async def main():
        log = []

        async def part():
            await sleep(0.001)
            log.append("Python's part")

        generator = testing.cleans_up(part, 0.001, log)
        await generator.__anext__()
        await generator.aclose()
        assert log == ["cleaning up", "Python's part", "Python's part is done", "cleaned up"]

    run(main)


def test_clean_up_is_not_interrupted_at_rusts_awaits():
    async def main():
        log = []

        async def part():
            raise ValueError

        generator = testing.cleans_up(part, 0.05, log)
        await generator.__anext__()
        task = asyncio.ensure_future(generator.__anext__())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert log == ["cleaning up", "Python's part failed", "cleaned up"]

    asyncio.run(main())


# --- `for await` --------------------------------------------------------------------------------------------------------


@pytest.fixture
def numbers(sleep):
    async def numbers(log, pause=0.0):
        try:
            for number in range(1, 5):
                if pause:
                    await sleep(pause)
                yield number
        except BaseException as error:
            log.append(type(error).__name__)
            raise
        finally:
            await sleep(0)
            log.append("closed")

    return numbers


def test_a_loop_closes_what_it_owns_before_it_goes_on(run, numbers):
    async def main():
        log = []
        assert [sum async for sum in testing.sums_of(numbers(log), 5, log)] == [1, 3, 6]
        assert log == ["GeneratorExit", "closed", "after the loop"]
        log.clear()
        assert [sum async for sum in testing.sums_of(numbers(log), 100, log)] == [1, 3, 6, 10, 10]
        assert log == ["closed", "after the loop"]

    run(main)


@pytest.mark.parametrize("pause", [0, 0.001])
def test_closing_closes_what_a_loop_owns(run, numbers, pause):
    async def main():
        log = []
        generator = testing.sums_of(numbers(log, pause), 100, log)
        assert await generator.__anext__() == 1
        await generator.aclose()
        assert log == ["GeneratorExit", "closed"]

    run(main)


def test_an_error_that_is_thrown_in_closes_what_a_loop_owns(run, numbers):
    async def main():
        log = []
        generator = testing.sums_of(numbers(log), 100, log)
        assert await generator.__anext__() == 1
        with pytest.raises(ValueError, match="in"):
            await generator.athrow(ValueError("in"))
        assert log == ["GeneratorExit", "closed"]

    run(main)


def test_an_error_of_the_body_closes_what_a_loop_owns(run, sleep):
    async def main():
        log = []

        async def words():
            try:
                yield 1
                yield "two"
            finally:
                await sleep(0)
                log.append("closed")

        generator = testing.sums_of(words(), 100, log)
        assert await generator.__anext__() == 1
        with pytest.raises(TypeError):
            await generator.__anext__()
        assert log == ["closed"]

    run(main)


def test_a_cancellation_reaches_what_a_loop_awaits(numbers):
    async def main():
        log = []

        async def numbers():
            try:
                yield 1
                await asyncio.sleep(10)
            except BaseException as error:
                log.append(type(error).__name__)
                raise

        generator = testing.sums_of(numbers(), 100, log)
        await generator.__anext__()
        task = asyncio.ensure_future(generator.__anext__())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert log == ["CancelledError"]

    asyncio.run(main())


def test_closing_an_abandoned_step_reaches_what_a_loop_awaits():
    async def main():
        log = []

        async def numbers():
            try:
                yield 1
                await asyncio.sleep(10)
            except BaseException as error:
                log.append(type(error).__name__)
                raise

        generator = testing.sums_of(numbers(), 100, log)
        await generator.__anext__()
        await abandoned(generator.__anext__())
        await generator.aclose()
        assert log == ["GeneratorExit"]
        assert generator.ag_frame is None

    asyncio.run(main())


def test_a_loop_leaves_what_it_borrows_where_it_stands(run, numbers):
    async def main():
        log = []
        assert [item async for item in testing.in_two_loops(numbers(log), 2)] == [1, 2, "between", 3, 4]
        assert log == ["closed"]

    run(main)


def test_a_generator_that_yields_while_a_loop_closes_it_raises_there(run):
    async def main():
        async def ignores():
            try:
                yield 10
            except GeneratorExit:
                yield 11

        with pytest.raises(RuntimeError, match="async generator ignored GeneratorExit"):
            await testing.sums_of(ignores(), 5, []).__anext__()

    run(main)


# --- `yield from` -------------------------------------------------------------------------------------------------------


def test_delegation_inside_of_a_try(run, numbers):
    async def main():
        log = []
        generator = testing.delegates_and_catches(numbers(log), log)
        assert [item async for item in generator] == [1, 2, 3, 4]
        assert log == ["closed", "the inner one has ended", "finally"]

        log.clear()
        generator = testing.delegates_and_catches(numbers(log), log)
        await generator.__anext__()
        assert await generator.athrow(ValueError("in")) == "in"
        assert log == ["ValueError", "closed", "caught ValueError: in"]
        await generator.aclose()
        assert log.pop() == "finally"

        log.clear()
        generator = testing.delegates_and_catches(numbers(log), log)
        await generator.__anext__()
        await generator.aclose()
        assert log == ["GeneratorExit", "closed", "finally"]

    run(main)


def test_closing_an_abandoned_delegation_goes_through_a_catch():
    async def main():
        log = []

        async def waits():
            try:
                yield 1
                await asyncio.sleep(10)
            finally:
                log.append("closed")

        generator = testing.delegates_and_catches(waits(), log)
        await generator.__anext__()
        await abandoned(generator.__anext__())
        await generator.aclose()
        assert log == ["closed", "finally"]

    asyncio.run(main())
