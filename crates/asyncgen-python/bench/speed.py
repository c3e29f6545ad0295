"""The cost of an item, side by side in one run: read the ratios.

    speed.py                  nanoseconds
    speed.py --instructions   instructions, as valgrind counts them: the same on a machine that is busy

Needs the package `bench/peer` beside this one; with `cython_peer`, compiled, Cython is compared with, too.
"""

import asyncio
import os
import platform
import re
import subprocess
import sys
import tempfile
import time

import asyncgen
from asyncgen_bench import (
    ByHand,
    delegating,
    delegating_by_method,
    delegating_by_method_keeping,
    giving_way,
    keeping,
    pending,
    ready,
)

try:
    import cython_peer
except ImportError:
    cython_peer = None


async def native(n):
    for i in range(n):
        yield i


async def native_pending(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i


@asyncgen.async_generator
async def decorated(n):
    for i in range(n):
        await asyncgen.yield_(i)


async def native_delegating(inner):
    async for item in inner:
        yield item


@asyncgen.async_generator
async def decorated_delegating(inner):
    await asyncgen.yield_from_(inner)


async def nanoseconds(make, n):
    start = time.perf_counter()
    async for _ in make(n):
        pass
    return (time.perf_counter() - start) / n * 1e9


ROWS = [
    ("ready: native", native, 100_000),
    ("ready: asyncgen, Rust body", ready, 100_000),
    ("ready: asyncgen, Rust body, lock kept", keeping, 100_000),
    ("ready: asyncgen, Python body", decorated, 50_000),
    ("delegation: native to native", lambda n: native_delegating(native(n)), 50_000),
    ("delegation: Rust, `yield from`", lambda n: delegating(native(n)), 50_000),
    ("delegation: Rust, `y.yield_from(..)`", lambda n: delegating_by_method(native(n)), 50_000),
    ("delegation: the same, lock kept", lambda n: delegating_by_method_keeping(native(n)), 50_000),
    ("delegation: Python, `yield_from_`", lambda n: decorated_delegating(native(n)), 20_000),
    ("a turn of the loop: native", native_pending, 20_000),
    ("a turn of the loop: Rust body", giving_way, 20_000),
    ("ready: by hand over future_into_py", lambda n: ByHand(n, False), 3_000),
    ("pending: asyncgen, Rust body", pending, 5_000),
    ("pending: by hand over future_into_py", lambda n: ByHand(n, True), 5_000),
]
if cython_peer:
    ROWS.insert(1, ("ready: Cython", cython_peer.ready, 100_000))


# What the rows of a kind are compared with.
NATIVE = {
    "ready": "ready: native",
    "delegation": "delegation: native to native",
    "a turn of the loop": "a turn of the loop: native",
}


async def nanoseconds_of_all():
    best = dict.fromkeys((name for name, _, _ in ROWS), float("inf"))
    # Round by round, so that what else the machine does hits all alike.
    for _ in range(7):
        for name, make, n in ROWS:
            best[name] = min(best[name], await nanoseconds(make, n))
    return best


def instructions(name):
    """Of one item: what two processes differ by that take a different number of them."""
    few, many = 2_000, 10_000
    return (executed(name, many) - executed(name, few)) / (many - few)


def executed(name, n):
    with tempfile.NamedTemporaryFile() as out:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}"]
        command += [sys.executable, __file__, "--one", name, str(n)]
        environment = os.environ | {"PYTHONHASHSEED": "0"}
        done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True, check=True)
    return int(re.search(r"Collected *: *(\d+)", done.stderr)[1])


async def one(name, n):
    make = next(make for row, make, _ in ROWS if row == name)
    await nanoseconds(make, n)


def show(costs, unit):
    print(f"| {'':38} | {unit:>12} | {'to native':>9} |\n|{'-' * 40}|{'-' * 13}:|{'-' * 10}:|")
    for name, cost in costs.items():
        native = costs.get(NATIVE.get(name.partition(":")[0]))
        print(f"| {name:38} | {cost:12.0f} | {f'{cost / native:.2f}' if native else '':>9} |")


def main():
    if sys.argv[1:2] == ["--one"]:
        asyncio.run(one(sys.argv[2], int(sys.argv[3])))
    elif sys.argv[1:] == ["--instructions"]:
        print(f"CPython {platform.python_version()}, instructions per item\n")
        show({name: instructions(name) for name, _, _ in ROWS if "future_into_py" not in name}, "instructions")
    else:
        print(f"CPython {platform.python_version()}, nanoseconds per item, best of 7 rounds\n")
        best = asyncio.run(nanoseconds_of_all())
        show(best, "ns")
        ahead = best["ready: by hand over future_into_py"] / best["ready: asyncgen, Rust body"]
        even = best["pending: by hand over future_into_py"] / best["pending: asyncgen, Rust body"]
        print(f"\nahead of future_into_py: ready {ahead:.0f} times, pending {even:.2f} times")


main()
# pyo3-async-runtimes' threads may be on their way into the interpreter: where that shuts down, they abort the process.
sys.stdout.flush()
os._exit(0)
