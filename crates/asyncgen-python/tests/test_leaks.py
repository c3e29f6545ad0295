"""Nothing is left of generators that are gone."""

import asyncio
import gc
import sys
import threading
import tracemalloc
import weakref

import asyncgen
import pytest
import asyncgen_testing as testing

ROUND = 20_000


async def _round(make):
    for _ in range(ROUND):
        generator = make()
        await generator.__anext__()
        await generator.aclose()


@asyncgen.async_generator
async def _python():
    try:
        await asyncgen.yield_(1)
    finally:
        await asyncgen.yield_from_(asyncgen.count(0))


MAKERS = {
    "rust": lambda: asyncgen.count(3),
    "clean-up": lambda: testing.tidy(3, 0, 0, []),
    "python": lambda: _python(),
    "echo": lambda: testing.echo(),
    "dropped": lambda: asyncgen.count(3),
}


def _resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")
@pytest.mark.parametrize("kind", MAKERS)
def test_a_hundred_thousand_generators_leave_nothing(kind):
    make = MAKERS[kind]

    async def main():
        await _round(make)
        gc.collect()
        before, blocks = _resident(), sys.getallocatedblocks()
        for _ in range(4):
            await _round(make)
        gc.collect()
        # One leaked object for every fifty generators would be more than this.
        assert sys.getallocatedblocks() - blocks < ROUND * 4 / 50
        assert _resident() - before < 8 * 2**20

    asyncio.run(main())


def test_tracemalloc_sees_nothing_left():
    async def main():
        await _round(MAKERS["echo"])
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        await _round(MAKERS["echo"])
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] - before < 100_000
        tracemalloc.stop()

    asyncio.run(main())


def test_values_are_released():
    class Value:
        pass

    def finish(awaitable):
        try:
            awaitable.send(None)
        except StopIteration as stop:
            return stop.value

    value = Value()
    before = sys.getrefcount(value)
    generator = testing.echo()
    finish(generator.asend(None))
    for _ in range(100):
        assert finish(generator.asend(value)) is value
    assert sys.getrefcount(value) - before <= 1
    del generator
    gc.collect()
    assert sys.getrefcount(value) == before


def test_a_step_that_nobody_can_wake_is_collected_with_its_loop():
    loop = asyncio.new_event_loop()

    async def main():
        generator = testing.waits()
        task = asyncio.ensure_future(generator.__anext__())
        await asyncio.sleep(0.01)
        return weakref.ref(generator), weakref.ref(task)

    alive = loop.run_until_complete(main())
    loop.close()
    del loop
    gc.collect()
    assert [reference() for reference in alive] == [None, None]


def test_a_task_that_only_a_timer_knows_is_not_collected():
    seen = []

    async def read():
        async for number in asyncgen.ticks(3, 0.05):
            seen.append(number)

    async def main():
        asyncio.ensure_future(read())
        for _ in range(20):
            await asyncio.sleep(0.02)
            gc.collect()

    asyncio.run(main())
    assert seen == [0, 1, 2]


def test_a_thread_leaves_nothing():
    def step():
        try:
            asyncgen.count(1).__anext__().send(None)
        except StopIteration:
            pass

    def run(threads):
        for _ in range(threads):
            thread = threading.Thread(target=step)
            thread.start()
            thread.join()
        gc.collect()

    run(10)
    before = sys.getallocatedblocks()
    run(200)
    assert sys.getallocatedblocks() - before < 50
