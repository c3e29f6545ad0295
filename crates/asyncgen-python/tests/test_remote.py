"""Generators across a real NATS server, in both directions, under asyncio, uvloop and trio.

They need a NATS server's binary: `nats-server`, or `$NATS_SERVER`.
"""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time

import asyncgen
import pytest

BINARY = os.environ.get("NATS_SERVER") or shutil.which("nats-server")

pytestmark = pytest.mark.skipif(BINARY is None, reason="there is no nats-server: set NATS_SERVER")


@pytest.fixture(scope="module")
def url():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([BINARY, "-a", "127.0.0.1", "-p", str(port)], stderr=subprocess.DEVNULL)
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.01)
    yield f"nats://127.0.0.1:{port}"
    server.kill()
    server.wait()


WORKER = """
import asyncio, sys
import asyncgen
import {loop} as loop

@asyncgen.async_generator
async def tokens(prompt):
    try:
        for word in prompt.split():
            try:
                sent = await asyncgen.yield_(word)
                if sent is not None:
                    await asyncgen.yield_({{"sent": sent}})
                await loop.sleep(0.001)
            except KeyError as error:
                await asyncgen.yield_(["caught", str(error)])
            if word == "wait":
                print("waits", flush=True)
                await loop.{forever}
            if word == "fail":
                raise ValueError("it fails")
        return object() if prompt == "unsendable" else {{"words": len(prompt.split())}}
    finally:
        await loop.sleep(0.01)
        print("cleaned", flush=True)

async def main():
    await asyncgen.remote.serve(sys.argv[1], sys.argv[2], tokens, ready=lambda: print("ready", flush=True))

{run}
"""


class Worker:
    """A worker in a process of its own."""

    def __init__(self, url, name, loop):
        code = WORKER.format(
            loop=loop,
            forever="sleep(3600)",
            run="asyncio.run(main())" if loop == "asyncio" else "loop.run(main)",
        )
        self.process = subprocess.Popen([sys.executable, "-c", code, url, name], stdout=subprocess.PIPE, text=True)
        self.lines = []
        self.changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()
        self.until("ready")

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.strip())
                self.changed.notify_all()

    def until(self, line, times=1):
        with self.changed:
            assert self.changed.wait_for(lambda: self.lines.count(line) >= times, timeout=30), self.lines

    def kill(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture(params=["asyncio", "trio"])
def worker(request, url):
    pytest.importorskip(request.param)
    worker = Worker(url, f"tokens.{request.param}", request.param)
    worker.name = f"tokens.{request.param}"
    yield worker
    worker.kill()


def test_the_whole_contract_from_python_to_python(run, url, worker):
    async def main():
        words = await asyncgen.remote.open(url, worker.name, "to be or not to be")
        assert await words.__anext__() == "to"
        assert await words.asend(7) == {"sent": 7}
        assert await words.__anext__() == "be"
        assert await words.athrow(KeyError("x")) == ["caught", "'x'"]
        await words.aclose()
        worker.until("cleaned")
        with pytest.raises(StopAsyncIteration):
            await words.__anext__()

        words = await asyncgen.remote.open(url, worker.name, "a b")
        assert [word async for word in words] == ["a", "b"]

        words = await asyncgen.remote.open(url, worker.name, "fail")
        with pytest.raises(ValueError, match="it fails"):
            async for _ in words:
                pass

    run(main)


def test_a_value_at_the_end_arrives(run, url, worker):
    async def main():
        words = await asyncgen.remote.open(url, worker.name, "a b")
        with pytest.raises(StopAsyncIteration) as stop:
            while True:
                await words.__anext__()
        assert stop.value.value == {"words": 2}

        words = await asyncgen.remote.open(url, worker.name, "unsendable")
        assert await words.__anext__() == "unsendable"
        with pytest.raises(TypeError):
            await words.__anext__()

    run(main)


def test_closing_reaches_a_body_in_the_middle_of_its_await(run, url, worker):
    async def main():
        words = await asyncgen.remote.open(url, worker.name, "wait for me")
        assert await words.__anext__() == "wait"
        step_is_given_up(words.__anext__())
        worker.until("waits")
        await words.aclose()
        worker.until("cleaned")

    def step_is_given_up(step):
        # One poll, so that the worker is told; then nobody waits any more.
        step.send(None)

    run(main)


def test_that_nobody_serves_is_said_at_once(run, url):
    async def main():
        nobody = await asyncgen.remote.open(url, "nobody")
        with pytest.raises(asyncgen.remote.RemoteError) as raised:
            await nobody.__anext__()
        assert raised.value.kind == "NobodyServes"

    run(main)


def test_of_a_worker_that_is_killed_the_consumer_is_told_within_the_lease(run, url, worker):
    async def main():
        words = await asyncgen.remote.open(url, worker.name, "a b c", lease=1.0)
        assert await words.__anext__() == "a"
        worker.kill()
        before = time.monotonic()
        with pytest.raises(asyncgen.remote.RemoteError) as raised:
            await words.__anext__()
        assert raised.value.kind == "Lost"
        assert time.monotonic() - before < 4

    run(main)
