"""What a rendered body does."""

import types

from driven import Carrier, Driven, Result


class Body:
    """What the source calls `_`: one for each generator object. It logs, waits, and keeps clause C25."""

    # `GeneratorExit` reaches the innermost await.
    is_reached = True
    # A step that is carried on with begins with another wait for what it waited for.
    hands_up_again = False

    def __init__(self, case):
        self.case = case
        self.begun = False
        # How many clean-ups the body is in, and the exceptions that wait for their end: at most one error, and
        # `GeneratorExit`.
        self.masks = 0
        self.waiting_error = None
        self.waiting_exit = None
        # Is the step in flight a closing?
        self.closing = False
        # What the last `return` has evaluated, and, when the body has ended, its value, until that is taken (C26).
        self.returning = None
        self.value = None

    def log(self, word):
        self.case.log(word)

    # C25

    def arrive(self, exc):
        """An exception has come to the await at which the body stands: raises it, or lets it wait."""
        if not self.masks:
            raise exc
        self.case.note("D5")
        if isinstance(exc, GeneratorExit):
            self.waiting_exit = exc
        else:
            self.waiting_error = exc

    def interrupted(self):
        """Something is thrown into the step in flight: a closing it is no more, unless its `GeneratorExit` waits."""
        if self.waiting_exit is None:
            self.closing = False

    def raise_what_waits(self):
        """Raises what has waited, an error first."""
        error, exit = self.waiting_error, self.waiting_exit
        if error is not None:
            self.waiting_error = None
            raise error
        if exit is not None:
            self.waiting_exit = None
            raise exit

    def interruptible(self):
        """A point at which an exception may be raised that has waited until clean-up ended."""
        if not self.masks:
            self.raise_what_waits()

    def body(self, index):
        return Whole(self, index)

    def enter(self, id):
        self.log(f"try{id}")

    def clean_up(self, id, out):
        return CleanUp(self, id, out)

    def caught(self, id, exc):
        self.log(f"catch{id}={type(exc).__name__}:{exc}")

    # C26. CPython before 3.16 refuses `return value` in an asynchronous generator (PEP 828): `returns(value)` comes
    # right before a `return`, and the consumer of the `StopAsyncIteration` which that becomes finds the value here.

    def returns(self, value):
        self.returning = value

    def take_value(self):
        value, self.value = self.value, None
        return value

    def evaluated(self, id, end):
        """What a delegation evaluates to: the value of the `StopAsyncIteration` that has ended it."""
        self.log(f"from{id}={end.value}")
        return end.value

    # yields

    def hand_on(self, value):
        # A yield can be interrupted, also in clean-up.
        self.raise_what_waits()
        self.case.yielded = value
        return value

    def put(self, id, value):
        self.log(f"yield{id}")
        return self.hand_on(value)

    def got(self, id, sent):
        self.log(f"sent{id}={sent}")
        return sent

    # awaits

    def pause(self):
        """Stands at an await until the driver's next poll."""
        self.interruptible()
        try:
            yield
        except GeneratorExit:
            raise  # not meant for the body: this is being destroyed
        except Carrier as carrier:
            self.arrive(carrier.content)
        except BaseException as exc:
            self.arrive(exc)

    @types.coroutine
    def ticks(self, id, polls):
        for tick in range(polls):
            self.log(f"await{id}/{tick}")
            yield from self.pause()
        self.log(f"await{id}.")

    @types.coroutine
    def beside(self, steps):
        """Awaits a step of a generator that has nothing to do with this one's exceptions: they are raised here."""
        for _ in steps:
            yield from self.pause()

    # other generators

    def delegate(self, id, index):
        return Delegate(self, id, *self.case.make(index))

    def loop(self, id, index):
        return Loop(self, id, Driven(*self.case.make(index)))


class Whole:
    """Around the whole body: a last chance for what waits."""

    def __init__(self, body, index):
        self.body, self.index = body, index

    def __enter__(self):
        self.body.begun = True
        self.body.log(f"begin{self.index}")

    def __exit__(self, kind, exc, traceback):
        if exc is None:
            self.body.log(f"end{self.index}")
            self.body.interruptible()
            # Nothing comes between this and the end.
            self.body.value = self.body.returning


class CleanUp:
    """Around the clean-up of a `finally`."""

    def __init__(self, body, id, out):
        self.body, self.id, self.out = body, id, out

    def __enter__(self):
        self.body.log(f"finally{self.id}")
        self.body.masks += 1

    def __exit__(self, kind, exc, traceback):
        self.body.masks -= 1
        if exc is None:
            self.body.log(f"finally{self.id}.")
            exc = self.out
        # An error on its way out goes before what waits; `GeneratorExit` on its way gives way to it.
        if not isinstance(exc, Exception):
            self.body.interruptible()


class Delegate:
    """The generator that is delegated to (C23).

    It is PEP 380 but for D9: a delegate that yields while it is closed is not an error of the body that delegates, its
    value goes to the consumer as every other one; it is closed wherever `GeneratorExit` reaches it, and only once.
    """

    def __init__(self, outer, id, agen, body):
        self.outer, self.id, self.agen, self.body = outer, id, agen, body
        # The `GeneratorExit` that goes on when the delegate has ended, and whether it closes the outer generator.
        self.exit = None
        self.closes_outer = False
        # Has it come to an await? What has waited in the outer body is raised there at the earliest.
        self.has_paused = False

    async def asend(self, value):
        if not self.body.begun:
            self.outer.log(f"from{self.id}")
        return await self.step(self.agen.asend(value))

    async def athrow(self, exc):
        return await self.step(self.agen.athrow(self.pass_on(exc)))

    def pass_on(self, exc):
        """What of an exception that has come here reaches the delegate."""
        if isinstance(exc, GeneratorExit):
            self.exit = exc
            self.closes_outer |= self.outer.closing
            if self.body.closing:
                self.outer.case.note("D9")
                return None
            self.body.closing = True
        else:
            self.body.interrupted()
        return exc

    @types.coroutine
    def step(self, awaitable):
        exc = None
        while True:
            try:
                if exc is None:
                    awaitable.send(None)
                else:
                    awaitable.throw(exc if isinstance(exc, Exception) else Carrier(exc))
            except StopIteration as stop:
                if self.exit is not None:
                    self.outer.case.note("D9")
                self.exit, self.closes_outer, self.body.closing = None, False, False
                return stop.value
            except (StopAsyncIteration, GeneratorExit) as end:
                # PEP 380: the value of a delegate that was closed is lost, and `GeneratorExit` goes on.
                value = self.body.take_value()
                if self.exit is None and isinstance(end, StopAsyncIteration):
                    end.value = value
                    raise
                if self.is_closed_by(end):
                    self.outer.closing |= self.closes_outer
                    end = self.exit or end
                # It gives way to an error that waits.
                if isinstance(end, GeneratorExit) and self.outer.waiting_error is not None:
                    self.outer.interruptible()
                raise end
            exc = yield from self.pause()

    def is_closed_by(self, end):
        """Has the delegate ended by its closing? Not if that became an ordinary step, out of which `GeneratorExit` came
        (D3): the outer body ends as it would with the delegate's in its place."""
        return isinstance(end, StopAsyncIteration) or self.body.closing

    def pause(self):
        """As `Body.pause`, but what need not wait is returned: it is thrown into the delegate."""
        outer = self.outer
        if not self.has_paused:
            self.has_paused = True
            exc = self.what_waits()
            if exc is not None:
                return exc
        if outer.waiting_exit is not None and outer.waiting_error is None and not outer.masks:
            return self.pass_on_exit()
        try:
            yield
        except GeneratorExit:
            raise
        except BaseException as arrived:
            exc = arrived.content if isinstance(arrived, Carrier) else arrived
            if outer.masks:
                outer.arrive(exc)
            elif isinstance(exc, Exception):
                outer.waiting_error = exc
            else:
                outer.waiting_exit = exc
        return self.what_waits()

    def what_waits(self):
        """What has come to the outer body, an error first, unless it has to wait there: in the outer body's clean-up,
        or since an earlier error waits in the delegate (D7)."""
        outer = self.outer
        if outer.masks:
            return None
        exc = outer.waiting_error
        if exc is None:
            return None if outer.waiting_exit is None else self.pass_on_exit()
        if self.body.waiting_error is not None:
            outer.case.note("D7")
            return None
        outer.waiting_error = None
        return self.pass_on(exc)

    def pass_on_exit(self):
        exc, self.outer.waiting_exit = self.outer.waiting_exit, None
        self.outer.case.note("D9")
        return self.pass_on(exc)


class Loop:
    """`contextlib.aclosing` around `async for`, the closing being clean-up (C24, C25)."""

    def __init__(self, body, id, driven):
        self.body, self.id, self.driven = body, id, driven

    async def __aenter__(self):
        self.body.log(f"for{self.id}")
        return self

    def __aiter__(self):
        return self

    async def __anext__(self):
        steps = Result(self.driven.anext())
        await self.body.beside(steps)
        self.body.log(f"for{self.id}={steps.value}")
        return steps.value

    async def __aexit__(self, kind, exc, traceback):
        if self.driven.flight is not None:
            self.body.case.note("D6")
        if self.driven.state() != "closed":
            self.body.case.note("C24")
        self.body.masks += 1
        try:
            await self.body.beside(self.driven.aclose())
        finally:
            self.body.masks -= 1
        if not isinstance(exc, Exception):
            self.body.interruptible()
