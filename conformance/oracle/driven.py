"""The operations of a generator, made from CPython's."""


class Carrier(BaseException):
    """Brings an exception to the await at which a body stands.

    CPython does not throw `GeneratorExit` into what a generator awaits: it closes that, and raises at the outer await.
    So it travels inside of this, down to `Body.pause`, and is raised there.
    """

    def __init__(self, content):
        self.content = content


class Result:
    """Iterates a Python generator, and keeps what it returns."""

    def __init__(self, steps):
        self.steps = steps

    def __iter__(self):
        self.value = yield from self.steps


class Driven:
    """A real asynchronous generator with the operations of asyncgen.

    Each operation is a Python generator that yields at every poll which leaves the step pending. One that is not
    iterated to its end leaves its step in flight.
    """

    def __init__(self, agen, body, note=lambda difference: None, as_object=False):
        self.agen, self.body, self.note, self.as_object = agen, body, note, as_object
        self.flight = None

    def state(self):
        if self.agen.ag_running:
            return "running"
        if self.agen.ag_frame is None:
            return "closed"
        return "suspended" if self.body.begun else "created"

    def run(self, awaitable, exc=None):
        self.flight = awaitable
        while True:
            try:
                if exc is None:
                    awaitable.send(None)
                else:
                    awaitable.throw(exc)
            except StopIteration as stop:
                self.land()
                self.body.take_value()  # CPython's own `aclose` has discarded it
                return stop.value
            except StopAsyncIteration as end:
                value = self.body.take_value()
                # PEP 828: closing discards it.
                end.value = None if self.land() else value
                raise
            except GeneratorExit:
                if self.land():
                    raise StopAsyncIteration from None
                raise
            except BaseException:
                self.land()
                raise
            exc = None
            yield

    def land(self):
        closing, self.body.closing, self.flight = self.body.closing, False, None
        return closing

    def carry_on(self):
        self.note("D3" if self.body.closing else "D1")
        if self.body.hands_up_again:
            yield
        return (yield from self.run(self.flight))

    def carried(self, exc):
        return exc if isinstance(exc, Exception) or not self.body.is_reached else Carrier(exc)

    def anext(self):
        return (yield from self.run(self.agen.__anext__()) if self.flight is None else self.carry_on())

    def asend(self, value):
        if self.flight is None:
            return (yield from self.run(self.agen.asend(value)))
        if value is None:
            return (yield from self.carry_on())
        self.agen.asend(value).send(None)  # CPython refuses it

    def athrow(self, exc):
        if self.flight is None:
            return (yield from self.run(self.agen.athrow(exc)))
        self.note("D2")
        return (yield from self.interrupt(exc))

    def interrupt(self, exc):
        """Raises an exception at the await where the body stands."""
        if self.body.waiting_error is not None and isinstance(exc, Exception):
            self.note("D7")
            if self.as_object:  # the object drops it: the first one ends the step already
                return (yield from self.run(self.flight))
            self.agen.athrow(exc).send(None)  # CPython refuses it
        self.body.interrupted()
        return (yield from self.run(self.flight, self.carried(exc)))

    def aclose(self, native=True):
        """With `native` false, by throwing `GeneratorExit`: an `aclose` of CPython's cannot be carried on with by
        others (D3), and once it has failed, neither it nor `athrow` work any more (D4)."""
        if self.flight is None and native:
            step = self.run(self.agen.aclose())
        elif self.flight is None:
            self.body.closing = True
            step = self.run(self.agen.athrow(GeneratorExit()))
        elif self.body.closing:
            step = self.carry_on()
        else:
            self.note("D2")
            self.body.closing = True
            step = self.run(self.flight, self.carried(GeneratorExit()))
        try:
            value = yield from step
        except (StopAsyncIteration, GeneratorExit):
            return
        if value is not None:
            raise RuntimeError("async generator ignored GeneratorExit")
