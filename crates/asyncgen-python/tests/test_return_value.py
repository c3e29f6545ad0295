"""A generator ends with a value, and a delegation evaluates to it (PEP 828)."""

import pytest
from asyncgen import async_generator, yield_, yield_from_
import asyncgen_testing as testing
from made_asynchronous import run


@async_generator
async def counts(value):
    await yield_(1)
    return value


@async_generator
async def answers(kind, value):
    try:
        await yield_(1)
    except kind:
        return value


async def end(awaitable):
    with pytest.raises(StopAsyncIteration) as caught:
        await awaitable
    return caught.value


@pytest.mark.parametrize("value", [5, 0, "", (), (2,), StopIteration(3), StopAsyncIteration(3), GeneratorExit()], ids=repr)
def test_the_end_has_the_value_once(value):
    async def main():
        agen = counts(value)
        assert await agen.__anext__() == 1
        stop = await end(agen.__anext__())
        assert stop.value is value
        assert stop.args == (value,)
        assert (await end(agen.__anext__())).args == ()
        assert (await end(agen.asend(None))).args == ()
        assert await agen.athrow(ValueError) is None
        await agen.aclose()

    run(main())


def test_without_a_value_there_is_none():
    async def main():
        agen = counts(None)
        assert await agen.__anext__() == 1
        stop = await end(agen.__anext__())
        assert stop.args == ()
        assert getattr(stop, "value", None) is None
        # A loop has no place for it.
        assert [value async for value in counts(5)] == [1]

    run(main())


def test_closing_discards_it():
    async def main():
        agen = answers(GeneratorExit, 5)
        assert await agen.__anext__() == 1
        assert await agen.aclose() is None
        assert (await end(agen.__anext__())).args == ()
        # What is thrown in, is an exception as any.
        agen = answers(GeneratorExit, 5)
        assert await agen.__anext__() == 1
        assert (await end(agen.athrow(GeneratorExit()))).value == 5

    run(main())


@async_generator
async def delegates(inner, log):
    try:
        log.append(await yield_from_(inner))
    except BaseException as error:
        log.append(type(error).__name__)
        raise
    return "outer"


def test_a_delegation_evaluates_to_it():
    async def main(resume):
        log = []
        agen = delegates(answers(ValueError, 5), log)
        assert await agen.__anext__() == 1
        assert (await end(resume(agen))).value == "outer"
        return log

    assert run(main(lambda agen: agen.__anext__())) == [None]
    assert run(main(lambda agen: agen.asend(3))) == [None]
    assert run(main(lambda agen: agen.athrow(ValueError))) == [5]


def test_closing_through_a_delegation_discards_it_and_goes_on():
    async def main(close):
        log = []
        inner = answers(GeneratorExit, 5)
        agen = delegates(inner, log)
        assert await agen.__anext__() == 1
        await close(agen)
        assert inner.ag_frame is None
        assert (await end(inner.__anext__())).args == ()
        return log

    async def thrown(agen):
        exit = GeneratorExit()
        with pytest.raises(GeneratorExit) as caught:
            await agen.athrow(exit)
        assert caught.value is exit

    assert run(main(lambda agen: agen.aclose())) == ["GeneratorExit"]
    assert run(main(thrown)) == ["GeneratorExit"]


class Iterator:
    """Not a generator: no `asend`, `athrow` or `aclose`."""

    def __init__(self, stop):
        self.stop, self.steps = stop, 0

    def __aiter__(self):
        return self

    async def __anext__(self):
        self.steps += 1
        if self.steps > 2:
            raise self.stop
        return self.steps


def test_of_any_iterator():
    class Stop(StopAsyncIteration):
        value = 7

    async def main(stop):
        log = []
        agen = delegates(Iterator(stop), log)
        # Nothing that is sent asks for no `asend`.
        assert [await agen.__anext__(), await agen.asend(None)] == [1, 2]
        await end(agen.__anext__())
        return log

    assert run(main(StopAsyncIteration())) == [None]
    assert run(main(StopAsyncIteration(5))) == [5]
    assert run(main(Stop())) == [7]


def test_of_an_iterator_that_is_no_generator_nothing_more_is_asked():
    async def main(resume, kind):
        log, iterator = [], Iterator(StopAsyncIteration(5))
        agen = delegates(iterator, log)
        assert await agen.__anext__() == 1
        with pytest.raises(kind):
            await resume(agen)
        assert iterator.steps == 1
        return log

    assert run(main(lambda agen: agen.asend(3), AttributeError)) == ["AttributeError"]
    assert run(main(lambda agen: agen.athrow(ValueError), ValueError)) == ["ValueError"]
    assert run(main(lambda agen: agen.athrow(GeneratorExit), GeneratorExit)) == ["GeneratorExit"]

    async def closed():
        log = []
        agen = delegates(Iterator(StopAsyncIteration()), log)
        assert await agen.__anext__() == 1
        await agen.aclose()
        return log

    assert run(closed()) == ["GeneratorExit"]


def test_an_error_that_comes_of_asking_is_raised():
    class Broken:
        def __aiter__(self):
            return self

        async def __anext__(self):
            return 1

        def __getattr__(self, name):
            raise ZeroDivisionError

    async def main(resume):
        agen = delegates(Broken(), [])
        assert await agen.__anext__() == 1
        with pytest.raises(ZeroDivisionError):
            await resume(agen)

    run(main(lambda agen: agen.asend(1)))
    run(main(lambda agen: agen.athrow(AttributeError)))
    run(main(lambda agen: agen.aclose()))


def test_what_a_delegate_raises_when_it_is_closed_has_its_own_context_alone():
    @async_generator
    async def inner():
        try:
            await yield_(1)
        finally:
            raise ValueError("own")

    async def main():
        agen = delegates(inner(), [])
        assert await agen.__anext__() == 1
        with pytest.raises(ValueError, match="own") as caught:
            await agen.athrow(GeneratorExit())
        assert isinstance(caught.value.__context__, GeneratorExit)
        assert caught.value.__context__.__context__ is None

    run(main())


def test_a_rust_bodys_value_arrives_in_the_stop():
    async def main():
        agen = testing.counted(2)
        assert [n async for n in agen] == [0, 1]
        agen = testing.counted(1)
        assert await agen.__anext__() == 0
        with pytest.raises(StopAsyncIteration) as stop:
            await agen.asend(None)
        assert stop.value.value == 1
        assert stop.value.args == (1,)
        # Once.
        with pytest.raises(StopAsyncIteration) as stop:
            await agen.__anext__()
        assert stop.value.args == ()
        # Also as the answer to what is thrown in, and not to a close.
        agen = testing.counted(5)
        assert await agen.__anext__() == 0
        with pytest.raises(StopAsyncIteration) as stop:
            await agen.athrow(ValueError())
        assert stop.value.value == 6
        agen = testing.counted(5)
        assert await agen.__anext__() == 0
        assert await agen.aclose() is None

    run(main())


def test_a_python_generators_value_reaches_rust():
    @async_generator
    async def valued():
        await yield_(1)
        return "value"

    async def native():
        yield 2

    async def main():
        agen = testing.with_their_values([valued(), native(), testing.counted(1)])
        assert [item async for item in agen] == [1, "value", 2, None, 0, 1]

    run(main())


def test_a_delegating_python_body_sees_a_rust_bodys_value():
    @async_generator
    async def outer():
        await yield_(await yield_from_(testing.counted(2)))

    async def main():
        assert [item async for item in outer()] == [0, 1, 2]

    run(main())
