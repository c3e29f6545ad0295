"""Generators whose consumer is elsewhere, over NATS: under asyncio, uvloop and trio.

    # the worker
    async def tokens(prompt):
        for word in prompt.split():
            yield word

    await asyncgen.remote.serve("nats://127.0.0.1", "tokens", tokens)     # until it is cancelled

    # the consumer, anywhere
    words = await asyncgen.remote.open("nats://127.0.0.1", "tokens", "to be")
    async for word in words:
        print(word)

Arguments, values, and what is sent are plain: `None`, booleans, numbers, text, bytes, lists, dictionaries. A built-in
exception arrives as itself, any other as a `RemoteError`. What a generator ends with (`return value` in a function of
`async_generator`, PEP 828) arrives as the `value` of the `StopAsyncIteration`. The other end may be in Rust: see the crate `asyncgen-remote`.
"""

from contextlib import aclosing

from ._native import RemoteError, remote_open, remote_serve

__all__ = ["RemoteError", "open", "serve"]


async def open(url, name, argument=None, *, lease=None):  # noqa: A001
    """A generator whose body runs at a worker that serves this name.

    It has `asend`, `athrow` and `aclose` as every other, and reaches the worker at its first step. What goes wrong on the
    way is raised as `RemoteError`, with a `kind`: `NobodyServes`, `Lost`, `ShuttingDown`, `Busy`, `TooLarge`, `Garbled`.

    `lease` is how many seconds nothing may be heard of the other side: 10, if it is not given.
    """
    return remote_open(url, name, argument, lease)


async def serve(url, name, function, *, ready=None):
    """Serves this name until it is cancelled: `function` makes an asynchronous generator of a consumer's argument.

    The generators run in this event loop. When serving is cancelled, they are closed, and their clean-up is awaited.
    `ready` is called once consumers can come.
    """
    async with aclosing(remote_serve(url, name, function)) as serving:
        async for _ in serving:
            if ready is not None:
                ready()
