"""CPython's answers: runs programs as real asynchronous generators, and says what they did.

It reads one JSON object a line from standard input and writes one a line to standard output:

    {"run": [case, ..]}    ->  {"traces": [trace, ..]}    (null for a case that runs too long)
    {"source": program}    ->  {"source": text}

A program is rendered as Python source (`render`), compiled, and driven by hand through the awaitables of its
generator, without an event loop. What it looks like is described in `src/program.rs`, a trace in `src/trace.rs`.

Where the contract of asyncgen differs from CPython's, `Driven` and `Body` build what it promises from what CPython
has. They note each use as D1, D2, .., the numbers of the table in README.md; the comparison knows where each may occur.
"""

import gc
import json
import sys
import warnings

from case import A, B, C, Case, TooLong
from render import render


def traces(cases):
    for case in cases:
        namespace = {"A": A, "B": B, "C": C}
        exec(compile(render(case["p"]), "<program>", "exec"), namespace)
        functions = [namespace[f"gen{index}"] for index in range(len(case["p"]))]
        try:
            yield Case(functions, case["s"], frozenset()).play()
        except TooLong:
            yield None


def main():
    # What is left of a case when it has been played is dropped without running.
    sys.set_asyncgen_hooks(finalizer=lambda agen: None)
    sys.unraisablehook = lambda unraisable: None
    warnings.simplefilter("ignore")
    gc.disable()
    print(json.dumps({"version": sys.version.split()[0]}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "run" in request:
            answer = {"traces": list(traces(request["run"]))}
            gc.collect()
        else:
            answer = {"source": render(request["source"])}
        print(json.dumps(answer, separators=(",", ":")), flush=True)


if __name__ == "__main__":
    main()
