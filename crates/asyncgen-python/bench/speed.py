"""The cost of an item, side by side in one run: read the ratios.

Needs the package `bench/peer` beside this one.
"""

import asyncio
import os
import platform
import sys
import time

import asyncgen
from asyncgen_bench import ByHand, delegating, giving_way, keeping, pending, ready

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
    ("ready: asyncgen, it keeps the lock", keeping, 100_000),
    ("ready: asyncgen, Python body", decorated, 50_000),
    ("delegation: native to native", lambda n: native_delegating(native(n)), 50_000),
    ("delegation: Rust body to native", lambda n: delegating(native(n)), 50_000),
    ("delegation: Python body to native", lambda n: decorated_delegating(native(n)), 20_000),
    ("a turn of the loop: native", native_pending, 20_000),
    ("a turn of the loop: Rust body", giving_way, 20_000),
    ("ready: by hand over future_into_py", lambda n: ByHand(n, False), 3_000),
    ("pending: asyncgen, Rust body", pending, 5_000),
    ("pending: by hand over future_into_py", lambda n: ByHand(n, True), 5_000),
]
if cython_peer:
    ROWS.insert(1, ("ready: Cython", cython_peer.ready, 100_000))


async def main():
    best = dict.fromkeys((name for name, _, _ in ROWS), float("inf"))
    # Round by round, so that what else the machine does hits all alike.
    for _ in range(7):
        for name, make, n in ROWS:
            best[name] = min(best[name], await nanoseconds(make, n))
    print(f"CPython {platform.python_version()}, nanoseconds per item, best of 7 rounds\n")
    print(f"| {'':38} | {'ns':>8} | {'to native':>9} |\n|{'-' * 40}|{'-' * 9}:|{'-' * 10}:|")
    for name, cost in best.items():
        print(f"| {name:38} | {cost:8.0f} | {cost / best['ready: native']:9.2f} |")
    ahead = best["ready: by hand over future_into_py"] / best["ready: asyncgen, Rust body"]
    even = best["pending: by hand over future_into_py"] / best["pending: asyncgen, Rust body"]
    print(f"\nahead of future_into_py: ready {ahead:.0f} times, pending {even:.2f} times")


asyncio.run(main())
# pyo3-async-runtimes' threads may be on their way into the interpreter: where that shuts down, they abort the process.
sys.stdout.flush()
os._exit(0)
