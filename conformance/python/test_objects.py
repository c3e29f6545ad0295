"""The oracle's programs through Python's objects: the same traces as native generators."""

import asyncio
import gc
import json
import os
import random
import sys
import time
import warnings

import compare
import conformance_python
import pytest

CORPUS = compare.HERE.parent / "corpus"


@pytest.fixture(autouse=True)
def world():
    """A loop for bodies that wait for their waker; whoever plays a script is the one who polls."""
    asyncio._set_running_loop(compare.EventLoop())
    before, sys.unraisablehook = sys.unraisablehook, lambda args: None
    gc.disable()
    gc.freeze()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    gc.unfreeze()
    gc.enable()
    sys.unraisablehook = before
    asyncio._set_running_loop(None)


def recorded():
    for part in ("chosen", "found"):
        with open(CORPUS / f"{part}.jsonl") as file:
            for line in file:
                case = json.loads(line)
                yield {"p": case["p"], "s": case["s"]}


def verify(cases):
    """How many were compared, and the differences that occurred. Fails at the first mismatch."""
    compared, occurred = 0, set()
    for number, case in enumerate(cases):
        result = compare.verify(case)
        if result is None:
            continue
        mismatches, differences = result
        occurred |= differences
        if mismatches:
            pytest.fail(compare.report(case, mismatches[0]))
        compared += 1
        if number % 100 == 0:
            gc.collect()
    return compared, occurred


def test_the_recorded_corpus():
    compared, occurred = verify(recorded())
    assert compared > 3_000
    # Each row of the table is there for a reason.
    assert occurred == {"D1", "D2", "D3", "D5", "D6", "D7", "D9"}


def test_new_random_cases():
    """For `ORACLE_SECONDS`. A mismatch is reported with its case."""
    seed = random.randrange(2**32)
    end = time.monotonic() + float(os.environ.get("ORACLE_SECONDS", "10"))

    def cases():
        number = 0
        while time.monotonic() < end:
            yield json.loads(conformance_python.random_case(seed, number))
            number += 1

    compared, _ = verify(cases())
    print(f"seed {seed}: {compared} new cases")
    assert compared > 0


# --- the table: what the objects can't hide, one by one -----------------------------------------------------------------

ANEXT, CLOSE, EXIT, ERROR = {"do": "anext"}, {"do": "aclose"}, {"do": {"athrow": "Exit"}}, {"do": {"athrow": "A"}}
DECORATED, RUST_AWAITING_PYTHON, RUST_AWAITING_RUST = "decorated", "Rust, awaiting Python", "Rust, awaiting Rust"
ALL = [DECORATED, RUST_AWAITING_PYTHON, RUST_AWAITING_RUST]


def cut(op, polls, kind=None):
    return {**op, "cut": [polls, kind]}


# Difference: the kinds of objects that have it, a program and a script that end in a step that shows it, and that step's
# outcome or words for the other kinds, as for CPython's own generators, and for these.
TABLE = {
    "D1: a step that was abandoned is carried on with": (
        ALL,
        [[{"await": [1, 2]}, {"yield": [2, [5, None], None]}]],
        [cut(ANEXT, 1), ANEXT],
        {"raised": ["RuntimeError", "anext(): asynchronous generator is already running"]},
        {"value": 5},
    ),
    "D2: an exception is raised where a step that was abandoned stands": (
        ALL,
        [[{"try": [1, [{"await": [2, 2]}], [["A", [{"yield": [3, [5, None], None]}]]]]}]],
        [cut(ANEXT, 1), ERROR],
        {"raised": ["RuntimeError", "athrow(): asynchronous generator is already running"]},
        {"value": 5},
    ),
    "D3: a closing that was abandoned is carried on with": (
        ALL,
        [[{"finally": [1, [{"yield": [2, [5, None], None]}], [{"await": [3, 2]}]]}]],
        [ANEXT, cut(CLOSE, 1), CLOSE],
        {"raised": ["RuntimeError", "aclose(): asynchronous generator is already running"]},
        "none",
    ),
    "D5: clean-up is not interrupted at its awaits": (
        [RUST_AWAITING_RUST],
        [[{"finally": [1, [], [{"await": [2, 2]}, {"mark": 3}]]}]],
        [cut(ANEXT, 1, "A")],
        "begin0 try1 finally1 await2/0",
        "begin0 try1 finally1 await2/0 await2/1 await2. mark3 finally1.",
    ),
    "D5: what waited while an error went first is raised at the next await, and not where a `try` begins": (
        [RUST_AWAITING_RUST],
        [
            [
                {
                    "try": [
                        1,
                        [{"finally": [2, [{"raise": [3, "A"]}], [{"await": [4, 2]}]]}],
                        [["A", [{"try": [5, [{"mark": 6}, {"await": [7, 1]}], [["B", [{"mark": 8}]]]]}]]],
                    ]
                }
            ]
        ],
        [cut(ANEXT, 1, "B")],
        "begin0 try1 try2 finally2 await4/0",
        "begin0 try1 try2 finally2 await4/0 await4/1 await4. finally2. catch1=A:m3 "
        "try5 mark6 await7/0 catch5=B:t0 mark8 end0",
    ),
    "D6: a loop sees an exception first, and closes its generator": (
        [RUST_AWAITING_RUST],
        [[{"for": [1, 0, 1, []]}], [{"try": [2, [{"await": [3, 2]}], [["A", [{"mark": 4}]]]]}]],
        [cut(ANEXT, 1, "A")],
        "begin0 for1 begin1 try2 await3/0 catch2=A:t0 mark4 end1 for1. end0",
        "begin0 for1 begin1 try2 await3/0",
    ),
    "D7: of two errors that come while clean-up runs, the first one counts": (
        [RUST_AWAITING_RUST],
        [[{"finally": [1, [{"yield": [2, [5, None], None]}], [{"await": [3, 3]}]]}]],
        [ANEXT, cut(ANEXT, 1), cut({"do": {"athrow": "B"}}, 1), cut(ERROR, 1, "C")],
        "none",
        {"raised": ["B", "t2"]},
    ),
    "D9: a delegate that yields while it is closed yields to the consumer": (
        [RUST_AWAITING_PYTHON, RUST_AWAITING_RUST],
        [[{"from": [1, 1]}], [{"try": [2, [{"yield": [3, [5, None], None]}], [["Exit", [{"yield": [4, [6, None], None]}]]]]}]],
        [ANEXT, EXIT],
        {"raised": ["RuntimeError", "async generator ignored GeneratorExit"]},
        {"value": 6},
    ),
}


@pytest.mark.parametrize("row", TABLE)
def test_a_row_of_the_table(row):
    kinds, program, script, native, ours = TABLE[row]
    case = {"p": program, "s": script}
    mismatches, differences = compare.verify(case)
    assert mismatches == []
    assert row[:2] in differences
    for kind in compare.KINDS:
        differs = any(kind.name.startswith(name) for name in kinds)
        last = compare.played(case, kind)[-1]
        assert (ours if differs else native) in (last.words, last.outcome)
