"""What a rendered body does if it means what it says: CPython's own meaning, with none of asyncgen's differences."""

import types

from body import Body
from driven import Carrier


class Plain(Body):
    """Exceptions are raised where they come, also in clean-up, and wherever a delegate or a loop stands."""

    is_reached = False
    hands_up_again = True

    def interruptible(self):
        pass

    def interrupted(self):
        # It comes out of what is awaited, and the body may catch it: a closing goes on.
        pass

    def pause(self, word):
        try:
            yield word
        except Carrier as carrier:
            raise carrier.content

    @types.coroutine
    def ticks(self, id, polls):
        for tick in range(polls):
            word = f"await{id}/{tick}"
            self.log(word)
            yield from self.pause(word)
        self.log(f"await{id}.")

    def clean_up(self, id, out):
        return CleanUp(self, id)

    def delegate(self, id, index):
        return Delegate(self, id, *self.case.make(index))

    def loop(self, id, index):
        return Loop(self, id, *self.case.make(index))


class CleanUp:
    def __init__(self, body, id):
        self.body, self.id = body, id

    def __enter__(self):
        self.body.log(f"finally{self.id}")

    def __exit__(self, kind, exc, traceback):
        if exc is None:
            self.body.log(f"finally{self.id}.")


class Delegate:
    """PEP 380's expansion."""

    def __init__(self, outer, id, agen, body):
        self.outer, self.id, self.agen, self.body = outer, id, agen, body

    async def asend(self, value):
        if not self.body.begun:
            self.outer.log(f"from{self.id}")
        return await self.agen.asend(value)

    async def athrow(self, exc):
        if isinstance(exc, GeneratorExit):
            await self.agen.aclose()
            raise exc
        return await self.agen.athrow(exc)


class Loop:
    """`contextlib.aclosing` around `async for`."""

    def __init__(self, body, id, agen, inner):
        self.body, self.id, self.agen = body, id, agen

    async def __aenter__(self):
        self.body.log(f"for{self.id}")
        return self

    def __aiter__(self):
        return self

    async def __anext__(self):
        value = await self.agen.__anext__()
        self.body.log(f"for{self.id}={value}")
        return value

    async def __aexit__(self, kind, exc, traceback):
        await self.agen.aclose()
