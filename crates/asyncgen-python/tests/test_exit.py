"""The interpreter shuts down while threads of tokio's are at work: no abort, and no hang."""

import subprocess
import sys

import pytest

SCRIPTS = {
    "just woken": """
import asyncio, asyncgen
import asyncgen_testing as testing

async def main():
    async for _ in asyncgen.ticks(20, 0.0001): pass
    async for _ in testing.wakes_from_a_thread(20): pass

asyncio.run(main())
""",
    "still waiting": """
import asyncio, asyncgen

async def main():
    generator = asyncgen.ticks(20, 0.001)
    step = generator.__anext__()
    step.send(None)
    return generator, step

kept = asyncio.run(main())
""",
    "a loop in a daemon thread": """
import asyncio, asyncgen, threading, time

async def main():
    async for _ in asyncgen.ticks(1_000_000, 0.0001): pass

threading.Thread(target=asyncio.run, args=(main(),), daemon=True).start()
time.sleep(0.1)
""",
    "never awaited": """
import asyncgen
step = asyncgen.count(3).__anext__()
sent = asyncgen.count(3).asend(1)
""",
    "stepped by a destructor": """
import asyncgen

class Stepper:
    def __init__(self):
        self.step = asyncgen.count(3).__anext__()
    def __del__(self):
        try: self.step.send(None)
        except StopIteration as stop: assert stop.value == 0

stepper = Stepper()
""",
    "a task on the shared runtime": """
import time
import asyncgen_testing as testing

testing.keeps_calling(lambda: time.sleep(0.001))
time.sleep(0.01)
""",
    "suspended": """
import asyncgen
generator = asyncgen.count(3)
try: generator.asend(None).send(None)
except StopIteration: pass
""",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_interpreter_exits(name):
    for _ in range(8):
        run = subprocess.run([sys.executable, "-c", SCRIPTS[name]], capture_output=True, text=True, timeout=30)
        assert run.returncode == 0, run.stderr


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs fork")
@pytest.mark.skipif(sys.platform == "darwin", reason="fork without exec is not safe there")
def test_a_forked_process_has_a_runtime_of_its_own():
    script = """
import asyncio, asyncgen, os, sys, warnings
warnings.simplefilter("ignore")

async def main():
    return [i async for i in asyncgen.ticks(3, 0.001)]

assert asyncio.run(main()) == [0, 1, 2]
child = os.fork()
if child == 0:
    os._exit(0 if asyncio.run(main()) == [0, 1, 2] else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    assert run.returncode == 0, run.stderr
