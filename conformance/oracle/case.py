"""One program and one script: plays it, and keeps the trace."""

import gc
import sys
import weakref

from body import Body
from driven import Driven, Result

TOO_MANY_EVENTS = 5_000

# Before 3.13, a generator is left "running" for ever if what is thrown into its pending `aclose` comes out of it.
CANCELS_ACLOSE = sys.version_info >= (3, 13)


class A(Exception):
    pass


class B(Exception):
    pass


class C(Exception):
    pass


THROWN = {"A": A, "B": B, "C": C, "Exit": GeneratorExit}


class TooLong(BaseException):
    """Ends a case that does more than anybody would read."""


def thrown(kind, message):
    return GeneratorExit() if kind == "Exit" else THROWN[kind](message)


ABANDONED = object()


def raised(exc):
    return {"raised": [type(exc).__name__, str(exc)]}


class Case:
    """One run of a script. With `as_object`, what Python's own consumers of a generator see is left as it is: an
    `aclose` that fails loses the value, and the generator can't be thrown into any more."""

    def __init__(self, functions, script, replayed, body=Body, as_object=False):
        self.functions, self.script = functions, script
        self.body, self.as_object = body, as_object
        # The closings that are known to fail, so that CPython's own would leave a generator that can't be closed.
        self.replayed = replayed
        self.events = []
        self.count = 0
        self.notes = set()
        self.yielded = None
        self.deaf = False
        self.is_closed = False
        # The inner generators: kept, so that none is finalized while another one runs.
        self.made = []

    def log(self, word):
        self.count += 1
        if self.count > TOO_MANY_EVENTS:
            raise TooLong
        self.events.append(word)

    def note(self, difference):
        self.notes.add(difference)

    def make(self, index):
        body = self.body(self)
        agen = self.functions[index](body)
        self.made.append(agen)
        return agen, body

    def play(self):
        body = self.body(self)
        driven = Driven(self.functions[0](body), body, self.note, self.as_object)
        trace = []
        for number, op in enumerate(self.script):
            outcome = self.outcome(driven, number, op)
            state = "dropped" if op["do"] == "drop" else driven.state()
            trace.append([outcome, state, " ".join(self.events), sorted(self.notes)])
            self.events, self.notes = [], set()
            if state == "dropped":
                break
            if self.deaf:
                return self.replay(number, trace)
        self.events = []
        return trace

    def replay(self, number, trace):
        """An `aclose` has failed. What comes after it must find a generator that can still be closed (D4)."""
        again = Case(self.functions, self.script, self.replayed | {number}).play()
        if [step[:3] for step in again[: number + 1]] != [step[:3] for step in trace]:
            raise AssertionError("aclose() and athrow(GeneratorExit) differ")
        return again

    def outcome(self, driven, number, op):
        do, cut = op["do"], op.get("cut")
        if do == "state":
            return "state"
        if do == "drop":
            return self.drop(driven)
        ((name, argument),) = do.items() if isinstance(do, dict) else ((do, None),)
        if self.is_closed and name in ("athrow", "aclose") and driven.state() == "suspended" and cut != [0, None]:
            return "stop"
        if name == "aclose":
            return self.close(driven, number, cut)
        if name == "anext":
            steps = driven.anext()
        elif name == "asend":
            steps = driven.asend(argument)
        else:
            steps = driven.athrow(thrown(argument, f"t{number}"))
        try:
            value = self.poll(driven, steps, number, cut)
        except StopAsyncIteration as end:
            value = getattr(end, "value", None)
            return "stop" if value is None else {"returned": value}
        except TooLong:
            raise
        except BaseException as exc:
            return raised(exc)
        if value is ABANDONED:
            return "abandoned"
        return "none" if value is None else {"value": value}

    def close(self, driven, number, cut):
        self.is_closed |= self.as_object and cut != [0, None]
        native = number not in self.replayed and (cut is None or (cut[1] is not None and CANCELS_ACLOSE))
        try:
            value = self.poll(driven, driven.aclose(native), number, cut)
        except (StopAsyncIteration, GeneratorExit):
            return "none"
        except RuntimeError as exc:
            if driven.state() != "suspended" or self.as_object:
                return raised(exc)
            self.deaf = native
            value = self.yielded
        except Exception as exc:
            return raised(exc)
        if value is ABANDONED:
            return "abandoned"
        if value is None:
            return "none"
        if self.as_object:
            return raised(RuntimeError("async generator ignored GeneratorExit"))
        self.note("D4")
        return {"ignored": value}

    def poll(self, driven, steps, number, cut):
        """Polls an operation to its end. A `cut` of `[after, kind]` drops its awaitable after so many polls; where
        there is a `kind`, such an error is thrown into it first, and it is polled on."""
        after, kind = cut or (None, None)
        result = Result(steps)
        polls = 0
        pending = iter(result)
        while polls != after:
            try:
                next(pending)
            except StopIteration:
                return result.value
            polls += 1
        if kind is None:
            return ABANDONED
        result = Result(driven.interrupt(thrown(kind, f"t{number}")))
        for _ in result:
            pass
        return result.value

    def drop(self, driven):
        """Drops the generator. The interpreter's finalizer hook lets it go as it is (D8)."""
        self.note("D8")
        alive, agen = driven.state() != "closed", weakref.ref(driven.agen)
        driven.flight = driven.agen = None
        if alive and agen() is not None:
            gc.collect()  # the traceback of an exception may hold it
        if alive and agen() is not None:
            raise AssertionError("the generator was not dropped")
        return "dropped"
