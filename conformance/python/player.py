"""Plays a script as a Python user would: on any asynchronous generator object, and with no help."""

import gc
import sys
from typing import NamedTuple

from case import ABANDONED, TOO_MANY_EVENTS, TooLong, raised, thrown


class Step(NamedTuple):
    outcome: object
    # Attribute by attribute.
    running: bool
    ended: bool
    awaits: bool
    suspended: object  # `None` where the interpreter's own generators don't have it
    words: str
    # What the awaitable handed to the event loop.
    handed_up: tuple

    def state(self, begun):
        """As the oracle calls it."""
        if self.awaits:
            return "running"
        if self.ended:
            return "closed"
        return "suspended" if begun else "created"


class Native:
    """What bodies that are written in Python call for: the `case` of their `Body`."""

    def __init__(self, functions, body):
        self.functions, self.body = functions, body
        self.events, self.count, self.made = [], 0, []
        self.generator, self.first = self.make(0)
        self.made.clear()
        self.yielded = None

    def log(self, word):
        self.count += 1
        if self.count > TOO_MANY_EVENTS:
            raise TooLong
        self.events.append(word)

    def note(self, difference):
        raise AssertionError(f"{difference} is not CPython's")

    def make(self, index):
        body = self.body(self)
        agen = self.functions[index](body)
        # The inner ones are kept, so that none is finalized while another one runs.
        self.made.append(agen)
        return agen, body

    def take(self):
        generator, self.generator = self.generator, None
        return generator

    def words(self):
        words, self.events = " ".join(self.events), []
        return words


def play(run, script):
    """`run` has a generator to `take`, and the `words` of its body."""
    agen = run.take()
    trace = []
    for number, op in enumerate(script):
        handed_up = []
        if op["do"] == "drop":
            gc.collect()  # what earlier cases have left is not this one's
            unraisable = []
            before, sys.unraisablehook = sys.unraisablehook, lambda args: unraisable.append(args.exc_type.__name__)
            agen = None
            gc.collect()
            sys.unraisablehook = before
            trace.append(Step(["dropped", *sorted(set(unraisable))], False, True, False, None, run.words(), ()))
            break
        if op["do"] == "state":
            outcome = "state"
        else:
            outcome = outcome_of(begin(agen, number, op), number, op.get("cut"), handed_up)
        trace.append(
            Step(
                outcome,
                agen.ag_running,
                agen.ag_frame is None,
                agen.ag_await is not None,
                agen.ag_suspended if sys.version_info >= (3, 12) else None,
                run.words(),
                tuple(handed_up),
            )
        )
    return trace


def begin(agen, number, op):
    """The awaitable of an operation: in a list, the only reference to it, for the traceback of an exception may hold
    the frames that play."""
    do = op["do"]
    ((name, argument),) = do.items() if isinstance(do, dict) else ((do, None),)
    if name == "anext":
        return [agen.__anext__()]
    if name == "asend":
        return [agen.asend(argument)]
    if name == "athrow":
        return [agen.athrow(thrown(argument, f"t{number}"))]
    return [agen.aclose()]


def outcome_of(held, number, cut, handed_up):
    try:
        value = poll(held, number, cut, handed_up)
    except StopAsyncIteration as stop:
        return ["stop", *stop.args] if stop.args else "stop"
    except TooLong:
        raise
    except BaseException as exc:
        return raised(exc)
    if value is ABANDONED:
        return "abandoned"
    return "none" if value is None else {"value": value}


def poll(held, number, cut, handed_up):
    """Polls an awaitable to its end. A `cut` of `[after, kind]` drops it after so many polls; where there is a `kind`,
    such an error is thrown into it first, and it is polled on."""
    after, kind = cut or (None, None)
    polls = 0
    try:
        while polls != after:
            handed_up.append(held[0].send(None))
            polls += 1
        if kind is None:
            return ABANDONED
        handed_up.append(held[0].throw(thrown(kind, f"t{number}")))
        while True:
            handed_up.append(held[0].send(None))
            polls += 1
            if polls > TOO_MANY_EVENTS:
                raise TooLong
    except StopIteration as stop:
        return stop.value
    finally:
        held.clear()
