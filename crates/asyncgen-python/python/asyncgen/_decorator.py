"""Asynchronous generators that are written in Python: the API of the `async_generator` package.

A native generator cannot delegate (there is no `yield from` in an `async def`); one of these can.
"""

from inspect import isasyncgen, isasyncgenfunction
from sys import get_asyncgen_hooks, set_asyncgen_hooks

from ._native import async_generator, yield_

__all__ = [
    "async_generator",
    "get_asyncgen_hooks",
    "isasyncgen",
    "isasyncgenfunction",
    "set_asyncgen_hooks",
    "yield_",
    "yield_from_",
]


async def yield_from_(delegate):
    """Yields what `delegate` yields, and awaits what it returns: PEP 380, with awaits.

    What is sent and thrown in meanwhile goes to the delegate; closing closes it first.
    """
    if not hasattr(type(delegate), "__aiter__"):
        raise TypeError(f"yield_from_ needs an asynchronous iterable, not {type(delegate).__name__}")
    iterator = type(delegate).__aiter__(delegate)
    if hasattr(type(iterator), "__await__"):
        iterator = await iterator
    step = type(iterator).__anext__(iterator)
    while True:
        try:
            value = await step
        except StopAsyncIteration as stop:
            # Before 3.16 it has a `value` only if it is of a generator like these.
            return getattr(stop, "value", stop.args[0] if stop.args else None)
        try:
            sent = await yield_(value)
        except GeneratorExit as error:
            exit = error
            break
        except BaseException as error:
            if not hasattr(iterator, "athrow"):
                raise
            step = iterator.athrow(error)
        else:
            step = type(iterator).__anext__(iterator) if sent is None else iterator.asend(sent)
    # Not in the handler: it is no context of what the delegate raises.
    try:
        if hasattr(iterator, "aclose"):
            await iterator.aclose()
        raise exit
    finally:
        del exit
