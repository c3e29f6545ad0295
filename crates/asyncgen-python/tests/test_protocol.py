"""What a Rust generator looks like from Python."""

import asyncio
import collections.abc
import gc
import inspect
import re
import sys
import types
import weakref

import asyncgen
import pytest
import asyncgen_testing as testing


def finish(awaitable):
    """Runs an awaitable that needs no event loop."""
    try:
        awaitable.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits")


def test_it_is_an_asynchronous_generator():
    generator = asyncgen.count(3)
    assert isinstance(generator, collections.abc.AsyncGenerator)
    assert asyncgen.isasyncgen(generator)
    finish(generator.aclose())


def test_a_generator_of_any_extension_is_an_asynchronous_generator():
    for generator in (testing.echo(), asyncgen.count(1)):
        assert asyncgen.isasyncgen(generator)
        assert isinstance(generator, types.AsyncGeneratorType)
        assert isinstance(generator, collections.abc.AsyncGenerator)


def test_the_argument_of_asend_has_no_name():
    with pytest.raises(TypeError):
        testing.echo().asend(value=1)


def test_a_body_that_must_be_sent_a_value_says_so():
    generator = testing.sums()
    assert finish(generator.__anext__()) == 0
    with pytest.raises(TypeError, match="this asynchronous generator must be sent a value"):
        finish(generator.__anext__())
    assert finish(generator.asend(3)) == 3
    finish(generator.aclose())


def test_an_exception_that_was_caught_does_not_come_back():
    generator = testing.gives_up()
    assert finish(generator.__anext__()) == 1
    assert finish(generator.athrow(KeyboardInterrupt("k"))) == 2
    with pytest.raises(GeneratorExit):
        finish(generator.__anext__())


def test_too_many_rust_bodies_inside_of_each_other():
    generator = asyncgen.count(1)
    for _ in range(2000):
        generator = testing.delegates(generator)
    with pytest.raises(RecursionError, match="too many asynchronous generators"):
        finish(generator.__anext__())


def test_awaitables_are_awaitables():
    generator = testing.echo()
    for awaitable in (generator.__anext__(), generator.asend(None), generator.athrow(ValueError), generator.aclose()):
        assert inspect.isawaitable(awaitable)
        assert isinstance(awaitable, collections.abc.Coroutine)
        awaitable.close()


def test_names_and_repr():
    generator = asyncgen.count(3)
    assert generator.__name__ == generator.__qualname__ == "count"
    generator.__name__ = "one"
    generator.__qualname__ = "two.one"
    assert generator.__name__ == "one"
    assert repr(generator).startswith(f"<async_generator object two.one at {id(generator):#x}, of ")
    assert re.search(r"module.rs:\d+:\d+>$", repr(generator))
    with pytest.raises(TypeError, match="__name__ must be set to a string object"):
        generator.__name__ = 1
    with pytest.raises(TypeError, match="__qualname__ must be set to a string object"):
        del generator.__qualname__


def test_generic_alias_and_weak_references():
    generator = asyncgen.count(1)
    assert type(generator)[int, None].__origin__ is type(generator)
    reference = weakref.ref(generator)
    assert reference() is generator
    del generator
    assert reference() is None


def test_it_can_not_be_made_by_hand():
    with pytest.raises(TypeError, match="cannot create 'async_generator' instances"):
        type(asyncgen.count(1))()
    finished = asyncgen.count(1).aclose()
    finish(finished)
    with pytest.raises(TypeError, match="cannot create"):
        type(finished)()


def test_states():
    generator = testing.echo()
    assert (generator.ag_running, generator.ag_suspended, generator.ag_await) == (False, False, None)
    assert generator.ag_frame is not None
    assert finish(generator.asend(None)) is None
    assert (generator.ag_running, generator.ag_suspended) == (False, True)
    finish(generator.aclose())
    assert (generator.ag_running, generator.ag_suspended, generator.ag_frame) == (False, False, None)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="new in 3.12")
def test_getasyncgenstate():
    generator = testing.echo()
    assert inspect.getasyncgenstate(generator) == inspect.AGEN_CREATED
    finish(generator.asend(None))
    assert inspect.getasyncgenstate(generator) == inspect.AGEN_SUSPENDED
    finish(generator.aclose())
    assert inspect.getasyncgenstate(generator) == inspect.AGEN_CLOSED


@pytest.mark.parametrize("value", [(1, 2), (), ValueError("a value"), StopIteration(3), [1], None])
def test_every_value_comes_out_as_it_went_in(value):
    generator = testing.echo()
    finish(generator.asend(None))
    assert finish(generator.asend(value)) is value


def test_a_value_can_not_start_a_generator():
    generator = testing.echo()
    with pytest.raises(TypeError, match="can't send non-None value to a just-started async generator"):
        generator.asend(1).send(None)
    assert finish(generator.asend(None)) is None


def test_a_value_of_a_wrong_type_is_refused():
    generator = testing.sums()
    assert finish(generator.asend(None)) == 0
    with pytest.raises(TypeError):
        generator.asend("four").send(None)
    with pytest.raises(TypeError):
        generator.asend(None).send(None)
    with pytest.raises(OverflowError):
        generator.asend(-1).send(None)
    assert finish(generator.asend(4)) == 4
    assert finish(generator.asend(5)) == 9


def test_athrow_is_caught_and_the_body_yields():
    generator = testing.catches()
    assert finish(generator.asend(None)) == "nothing"
    assert finish(generator.athrow(KeyError("k"))) == "KeyError: 'k'"
    assert finish(generator.athrow(KeyError, "v") if sys.version_info < (3, 12) else generator.athrow(KeyError("v"))) == (
        "KeyError: 'v'"
    )
    assert finish(generator.asend(None)) == "nothing"
    finish(generator.aclose())
    assert finish(generator.athrow(KeyError)) is None


def test_athrow_of_what_is_no_exception():
    generator = testing.catches()
    with pytest.raises(TypeError, match="exceptions must be classes or instances deriving from BaseException, not int"):
        generator.athrow(5).send(None)
    assert finish(generator.asend(None)) == "nothing"


def test_an_error_of_the_body():
    generator = testing.raises()
    assert finish(generator.asend(None)) == 1
    with pytest.raises(ZeroDivisionError, match="of its own"):
        generator.asend(None).send(None)
    with pytest.raises(StopAsyncIteration):
        generator.asend(None).send(None)


def test_the_very_exception_that_was_thrown_in_comes_out():
    generator = asyncgen.count(5)
    finish(generator.asend(None))
    error = ValueError("mine")
    with pytest.raises(ValueError) as caught:
        generator.athrow(error).send(None)
    assert caught.value is error
    generator = asyncgen.count(5)
    finish(generator.asend(None))
    exit = GeneratorExit("mine")
    with pytest.raises(GeneratorExit) as caught:
        generator.athrow(exit).send(None)
    assert caught.value is exit


@pytest.mark.parametrize("kind", [StopIteration, StopAsyncIteration])
def test_pep_479(kind):
    generator = asyncgen.count(5)
    finish(generator.asend(None))
    error = kind("thrown")
    with pytest.raises(RuntimeError, match=f"async generator raised {kind.__name__}") as caught:
        generator.athrow(error).send(None)
    assert caught.value.__cause__ is error


def test_a_generator_that_ignores_its_closing():
    generator = testing.ignores_exit()
    assert finish(generator.asend(None)) == 1
    with pytest.raises(RuntimeError, match="async generator ignored GeneratorExit"):
        generator.aclose().send(None)


def test_awaitables_can_not_be_used_twice():
    generator = asyncgen.count(5)
    awaitable = generator.__anext__()
    finish(awaitable)
    with pytest.raises(RuntimeError, match=r"cannot reuse already awaited __anext__\(\)/asend\(\)"):
        awaitable.send(None)
    awaitable = generator.aclose()
    finish(awaitable)
    with pytest.raises(RuntimeError, match=r"cannot reuse already awaited aclose\(\)/athrow\(\)"):
        awaitable.send(None)


def test_a_panic_is_an_exception_and_closes_the_generator():
    generator = testing.panics()
    assert finish(generator.asend(None)) == 1
    with pytest.raises(BaseException, match="as it was told"):
        generator.asend(None).send(None)
    with pytest.raises(StopAsyncIteration):
        generator.asend(None).send(None)


def test_waiting_needs_an_event_loop():
    generator = asyncgen.ticks(1, 60)
    with pytest.raises(RuntimeError, match="no running event loop"):
        generator.asend(None).send(None)
    generator.aclose().close()


def test_the_hooks_of_the_moment():
    seen = []
    before = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(lambda g: seen.append(("first", id(g))), lambda g: seen.append(("last", id(g))))
    try:
        generator = asyncgen.count(5)
        identity = id(generator)
        assert not seen
        finish(generator.asend(None))
        finish(generator.asend(None))
        del generator
        assert seen == [("first", identity), ("last", identity)]
        generator = asyncgen.count(5)
        del generator
        assert len(seen) == 2
    finally:
        sys.set_asyncgen_hooks(*before)


def test_a_dropped_generator_is_closed_as_far_as_that_goes(capsys):
    log = []
    generator = testing.tidy(5, 0, 0, log)
    finish(generator.asend(None))
    del generator
    assert "cleaning up" in log


def test_garbage_cycles_are_collected():
    class Node:
        pass

    @asyncgen.async_generator
    async def generator(node):
        await asyncgen.yield_(node)

    node = Node()
    node.generator = generator(node)
    finish(node.generator.asend(None))
    reference = weakref.ref(node)
    del node
    gc.collect()
    assert reference() is None


@pytest.mark.skipif(sys.version_info < (3, 13), reason="new in 3.13")
@pytest.mark.parametrize("method", ["asend", "athrow", "aclose"])
def test_never_awaited(method, recwarn):
    generator = asyncgen.count(1)
    with pytest.warns(RuntimeWarning, match=f"coroutine method '{method}' of 'count' was never awaited"):
        getattr(generator, method)(*([] if method == "aclose" else [ValueError] if method == "athrow" else [None]))
        gc.collect()
    recwarn.clear()


def test_a_value_that_is_no_coroutine_is_no_generator():
    @asyncgen.async_generator
    def function():
        return 5

    with pytest.raises(TypeError, match="expected a coroutine as the generator's body, not int"):
        function()


def test_mistakes_of_who_writes_a_generator():
    with pytest.raises(TypeError, match="async_generator decorates a coroutine function, not int"):
        asyncgen.async_generator(5)

    @asyncgen.async_generator
    async def native():
        yield 1

    with pytest.raises(TypeError, match=r"use 'await yield_\(value\)' instead of 'yield value'"):
        native()

    @asyncgen.async_generator
    async def delegates():
        await asyncgen.yield_from_([1, 2])

    with pytest.raises(TypeError, match="yield_from_ needs an asynchronous iterable, not list"):
        delegates().asend(None).send(None)

    async def no_generator():
        await asyncgen.yield_(1)

    with pytest.raises(RuntimeError, match="must be awaited in the body of an asynchronous generator"):
        asyncio.run(no_generator())
