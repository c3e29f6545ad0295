"""These generators, and the functions that make them, are seen as what they are."""

import asyncio
import collections.abc
import contextlib
import copy
import functools
import inspect
import pickle
import traceback
import types
import typing

import asyncgen
import asyncgen_testing as testing
import pytest


@asyncgen.async_generator
async def decorated(first: int, second: "int" = 2, *, third: str = "3") -> None:
    """Doc."""
    await asyncgen.yield_((first, second, third))


class Holder:
    @asyncgen.async_generator
    async def method(self, value):
        await asyncgen.yield_((self, value))


GENERATORS = [lambda: asyncgen.count(1), testing.echo, lambda: decorated(1), lambda: Holder().method(1)]
FUNCTIONS = [asyncgen.count, asyncgen.ticks, decorated, Holder.method, Holder().method, testing.numbers, testing.Site.listing]


@pytest.mark.parametrize("make", GENERATORS)
def test_a_generator(make):
    generator = make()
    assert inspect.isasyncgen(generator) and not inspect.iscoroutine(generator)
    assert isinstance(generator, types.AsyncGeneratorType)
    assert isinstance(generator, collections.abc.AsyncGenerator)
    if hasattr(inspect, "getasyncgenstate"):
        assert inspect.getasyncgenstate(generator) == "AGEN_CREATED"
    single = functools.singledispatch(lambda _: "something else")
    single.register(types.AsyncGeneratorType, lambda _: "a generator")
    assert single(generator) == "a generator"
    with pytest.raises(TypeError, match="cannot pickle"):
        pickle.dumps(generator)
    with pytest.raises(TypeError):
        copy.copy(generator)
    assert not {"_finalize", "__slots__"} & set(dir(generator))
    assert type(generator).__doc__ and type(generator).__name__ == "async_generator"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function(function):
    assert inspect.isasyncgenfunction(function) and asyncgen.isasyncgenfunction(function)
    assert not inspect.iscoroutinefunction(function) and not asyncio.iscoroutinefunction(function)
    assert inspect.isasyncgenfunction(functools.partial(function))
    assert inspect.unwrap(function) is function
    assert callable(function) and function.__name__ and "function" in repr(function) or "method" in repr(function)


def test_a_function_keeps_what_the_decorated_one_has():
    assert (decorated.__name__, decorated.__qualname__, decorated.__module__) == ("decorated", "decorated", __name__)
    assert decorated.__doc__ == "Doc."
    assert str(inspect.signature(decorated)) == "(first: int, second: 'int' = 2, *, third: str = '3') -> None"
    assert typing.get_type_hints(decorated) == {"first": int, "second": int, "third": str, "return": type(None)}
    assert decorated.__globals__ is globals() and decorated.__defaults__ == (2,)
    assert pickle.loads(pickle.dumps(decorated)) is decorated and copy.deepcopy(decorated) is decorated
    decorated.mark = 1
    assert decorated.mark == 1 and vars(decorated) == {"mark": 1}
    del decorated.mark

    @functools.wraps(decorated)
    def wrapper():
        pass

    assert wrapper.__name__ == "decorated" and not asyncgen.isasyncgenfunction(lambda: wrapper())


def test_a_function_of_an_extension_has_its_signature():
    assert str(inspect.signature(asyncgen.count)) == "(n)"
    assert str(inspect.signature(testing.Site.listing)) == "(self, /, first=0, *, step=1)"
    assert str(inspect.signature(testing.Site(3).listing)) == "(first=0, *, step=1)"
    assert asyncgen.count.__doc__.startswith("count(n)")
    assert pickle.loads(pickle.dumps(asyncgen.count)) is asyncgen.count


def test_a_method_is_bound():
    async def main():
        holder = Holder()
        assert [item async for item in holder.method("v")] == [(holder, "v")]
        assert [item async for item in testing.Site(5).listing(1, step=2)] == [1, 3]
        with pytest.raises(TypeError, match="missing 1 required positional argument"):
            holder.method()

    asyncio.run(main())


def test_a_context_manager_of_one():
    @contextlib.asynccontextmanager
    @asyncgen.async_generator
    async def session():
        await asyncgen.yield_("session")

    async def main():
        async with session() as value:
            assert value == "session"

    asyncio.run(main())


def test_nobody_derives_from_the_type():
    with pytest.raises(TypeError, match="not an acceptable base type"):
        type("Derived", (type(asyncgen.count(1)),), {})


def test_a_traceback_names_the_rust_body(run):
    async def main():
        generator = testing.raises()
        await generator.__anext__()
        await generator.__anext__()

    with pytest.raises(ZeroDivisionError) as raised:
        run(main)
    entries = traceback.extract_tb(raised.value.__traceback__)
    assert entries[-1].name == "raises" and entries[-1].filename.endswith("lib.rs") and entries[-1].lineno > 100
    assert entries[-2].name == "main"


def test_a_traceback_keeps_python_below_rust(run, sleep):
    async def fails():
        await sleep(0.001)
        raise KeyError("from Python")

    async def main():
        await testing.awaits(fails, 1).__anext__()

    with pytest.raises(KeyError) as raised:
        run(main)
    names = [entry.name for entry in traceback.extract_tb(raised.value.__traceback__)]
    assert names[-3:] == ["main", "awaits", "fails"]
