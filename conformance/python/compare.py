"""Compares Python objects with CPython's own asynchronous generators: the same programs, the same scripts.

Each case is played by `player.py` on the native generator, whose body means just what it says (`plain.py`), and on
objects of asyncgen-python. All that a Python user can see must be the same, step by step: what came back, `ag_running`,
`ag_suspended`, `ag_await` and `ag_frame`, what was handed to the event loop, and what the body did.

Up to the first difference that is meant, that is. From there on, the oracle says what is to come: it knows what asyncgen
promises instead (the README's table), and does that with CPython's generators.
"""

import json
import sys
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = map(str, [HERE.parent / "oracle", HERE.parents[1] / "crates" / "asyncgen-python" / "tests"])

import body  # noqa: E402
import conformance_python  # noqa: E402
import plain  # noqa: E402
import transformed  # noqa: E402
from case import A, B, C, CANCELS_ACLOSE, Case, TooLong  # noqa: E402
from driven import Carrier  # noqa: E402
from player import Native, play  # noqa: E402
from render import render  # noqa: E402

conformance_python.set_kinds(A, B, C)


class Unmasked(plain.Plain):
    """A Rust body that awaits Python: an exception comes out of the awaitable, and so it is raised where it comes.
    `GeneratorExit`, too, is an error like any other then. A delegate that is closed at a `yield` may yield once more
    (D9)."""

    is_reached = True

    def pause(self, word):
        try:
            yield from super().pause(word)
        except GeneratorExit as exc:
            exc.is_an_error = True
            raise

    def delegate(self, id, index):
        return Delegate(self, id, *self.case.make(index))

    def loop(self, id, index):
        return Loop(self, id, *self.case.make(index))


def is_an_error(exc):
    return hasattr(exc, "is_an_error")


class Delegate(body.Delegate):
    def is_closed_by(self, end):
        return not is_an_error(end) and super().is_closed_by(end)

    def pause(self):
        try:
            yield
        except Carrier as carrier:
            return carrier.content
        except Exception as exc:
            return exc


class Loop(plain.Loop):
    async def __aexit__(self, kind, exc, traceback):
        try:
            value = await self.agen.athrow(GeneratorExit())
        except StopAsyncIteration:
            return
        except GeneratorExit as end:
            if is_an_error(end):
                raise
            return
        if value is not None:
            raise RuntimeError("async generator ignored GeneratorExit")


class Pause:
    """What bodies await: it hands its word up, once."""

    def __init__(self, word):
        self.word = word

    def __await__(self):
        yield self.word


class Future:
    """All that a wait for a waker needs of a future."""

    def cancel(self):
        pass


class EventLoop:
    """All that a wait for a waker needs of asyncio's loop. It is never run: whoever plays a script polls."""

    def create_future(self):
        return Future()

    def call_soon_threadsafe(self, callback, *args):
        raise AssertionError("nobody wakes these bodies")


class Rust:
    def __init__(self, case, pause, own_errors, direct):
        self.run = conformance_python.run(json.dumps(case), pause, own_errors, direct)

    def take(self):
        return self.run.generator()

    def words(self):
        return self.run.words()


class Kind(NamedTuple):
    """A kind of objects."""

    name: str
    run: object
    # What the oracle's bodies do after the first meant difference.
    body: type
    # The differences that a body of this kind can't hide. All have the one of the object: C18, which is D1 to D3.
    differences: frozenset


    def ends_as(self, ours, theirs):
        """Is this the end of a dropped generator, which the interpreter closes as far as that goes without waiting? It
        is the same unless its clean-up yields, or awaits, and so is cut off with a report. Then what is
        in the body is dropped. Rust's bodies run nothing more (D8). Of Python's, a native one drops generators and
        awaitables that may run on; a decorated one drops a coroutine, which the interpreter closes once more."""
        if len(theirs.outcome) == 1:
            return False
        longer, shorter = (ours, theirs) if self.run is None else (theirs, ours)
        return longer.words.startswith(shorter.words)


AT_THE_OBJECT = frozenset({"D1", "D2", "D3"})

KINDS = [
    Kind("decorated", None, plain.Plain, AT_THE_OBJECT),
    *(
        Kind(
            f"Rust, awaiting {'Python' if pause else 'Rust'}, {'own' if own else 'Python'} errors, "
            f"{'direct' if direct else 'by levels'}",
            lambda case, arguments=(pause, own, direct): Rust(case, *arguments),
            Unmasked if pause else body.Body,
            AT_THE_OBJECT | {"D9"} | (frozenset() if pause else {"D5", "D6", "D7"}),
        )
        for pause in (Pause, None)
        for own in (False, True)
        for direct in (False, True)
    ),
]


class Mismatch(NamedTuple):
    kind: str
    number: int
    ours: object
    expected: object


def functions(source, count, execute):
    namespace = {"A": A, "B": B, "C": C}
    execute(source, "<program>", namespace)
    return [namespace[f"gen{index}"] for index in range(count)]


def _execute(source, filename, namespace):
    exec(compile(source, filename, "exec"), namespace)


def played(case, kind=None):
    """The trace of a native generator, or of an object of this kind."""
    if kind is not None and kind.run is not None:
        return play(kind.run(case), case["s"])
    execute = _execute if kind is None else transformed.execute
    return play(Native(functions(render(case["p"]), len(case["p"]), execute), plain.Plain), case["s"])


def verify(case):
    """The mismatches of a case, and the differences that occurred. `None` if it runs too long."""
    native = functions(render(case["p"]), len(case["p"]), _execute)
    mismatches, occurred = [], set()
    try:
        cpython = played(case)
        promised = {
            body: Case(native, case["s"], frozenset(), body, as_object=True).play() for body in {kind.body for kind in KINDS}
        }
    except TooLong:
        return None
    for kind in KINDS:
        mismatch, differences = _compare(case, kind, played(case, kind), cpython, promised[kind.body])
        occurred |= differences
        if mismatch is not None:
            mismatches.append(mismatch)
    return mismatches, occurred


def report(case, mismatch):
    return "\n".join(
        [
            f"operation {mismatch.number} of {mismatch.kind} is not the same",
            f"  ours:     {mismatch.ours}",
            f"  expected: {mismatch.expected}",
            "",
            render(case["p"]),
            json.dumps(case),
        ]
    )


def _compare(case, kind, ours, cpython, promised):
    begun, aided, differences = False, False, set()
    for number, step in enumerate(ours):
        begun |= "begin0" in step.words.split()
        op = case["s"][number]
        noted = {note for note in promised[number][3] if note in AT_THE_OBJECT | {"D5", "D6", "D7", "D9"}}
        differences |= noted
        if not noted <= kind.differences:
            return Mismatch(kind.name, number, noted, kind.differences), differences
        if kind.run is None and "D2" in noted and op["do"] in ("aclose", {"athrow": "Exit"}) and len(case["p"]) > 1:
            # The body is a coroutine: the interpreter closes what it awaits, instead of throwing into that. Whether a
            # native generator that is awaited there survives this, depends on the version; a decorated one does.
            return None, differences
        # Before 3.13, CPython leaves a generator "running" for ever if something comes out of its pending `aclose` that
        # was thrown into it. 3.13 is followed.
        left_running = not CANCELS_ACLOSE and op["do"] == "aclose" and op.get("cut", (0, None))[1] is not None
        aided |= bool(noted) or left_running
        if not aided:
            theirs = cpython[number]
            if "Rust, awaiting Rust" in kind.name:
                # It hands up futures.
                step = step._replace(handed_up=len(step.handed_up))
                theirs = theirs._replace(handed_up=len(theirs.handed_up))
            if step.outcome == "abandoned" and step.awaits:
                # C18: from here on, CPython's own generator is of no use.
                aided = True
                theirs = theirs._replace(running=False)
            if op["do"] == "drop" and kind.ends_as(step, theirs):
                theirs = step
            if step != theirs:
                return Mismatch(kind.name, number, step, theirs), differences
        elif op["do"] != "drop":
            # What has been dropped does nothing more in the oracle (D8).
            expected = promised[number][:3]
            if [step.outcome, step.state(begun), step.words] != expected:
                return Mismatch(kind.name, number, step, expected), differences
    if len(ours) != len(cpython):
        return Mismatch(kind.name, len(ours), len(ours), len(cpython)), differences
    return None, differences
