"""Whole processes: the first use from many threads, exits, interpreters, sandboxes, small stacks."""

import os
import subprocess
import sys

import pytest


def run(script, *args, timeout=30, options=()):
    command = [sys.executable, *options, "-c", script, *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout)


def succeeds(script, *args, **named):
    process = run(script, *args, **named)
    assert process.returncode == 0 and not process.stderr, process.stderr
    return process.stdout


FIRST_USE = """
import asyncgen, asyncgen_testing as testing, sys, threading
sys.setswitchinterval(1e-6)
barrier = threading.Barrier(8)

def first(make):
    barrier.wait()
    try:
        make().__anext__().send(None)
    except (StopIteration, RuntimeError):
        pass

makers = [lambda: asyncgen.count(1), testing.echo, lambda: testing.drive_here(asyncgen.count(1)), testing.thread_names]
threads = [threading.Thread(target=first, args=(makers[i % 3],), daemon=True) for i in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_eight_threads_use_it_first_at_once():
    for _ in range(10):
        succeeds(FIRST_USE, timeout=20)


DAEMONS = """
import asyncio, asyncgen, asyncgen_testing as testing, threading, time

@asyncgen.async_generator
async def in_python(n):
    for i in range(n):
        await asyncgen.yield_(i)

async def main():
    async def forever(make):
        while True:
            async for _ in make():
                pass
            await asyncio.sleep(0)

    makers = [
        lambda: asyncgen.ticks(1000, 0.0001),
        lambda: testing.wakes_from_a_thread(100),
        lambda: asyncgen.count(1000),
        lambda: testing.gives_way(100),
        lambda: in_python(100),
    ]
    await asyncio.gather(*map(forever, makers))

for _ in range(4):
    threading.Thread(target=asyncio.run, args=(main(),), daemon=True).start()
time.sleep(0.15)
"""


def test_the_interpreter_exits_while_daemon_threads_are_in_steps():
    for _ in range(10):
        succeeds(DAEMONS)


AT_EXIT = """
import asyncio, atexit, sys

async def main():
    import asyncgen
    assert [i async for i in asyncgen.ticks(3, 0.001)] == [0, 1, 2]
    print("stepped", flush=True)

def early():
    asyncio.run(main())

atexit.register(early)
import asyncgen
if sys.argv[1] == "before":
    asyncio.run(main())
atexit.register(early)
"""


@pytest.mark.parametrize("when", ["before", "only then"])
def test_functions_that_are_called_at_exit_use_generators(when):
    assert succeeds(AT_EXIT, when).count("stepped") == (3 if when == "before" else 2)


def test_a_step_after_the_last_of_them_is_an_error():
    script = """
import asyncgen, sys

class Late:
    def __del__(self):
        try:
            self.step.send(None)
        except RuntimeError as error:
            print(error)

late = Late()
late.step = asyncgen.count(3).__anext__()
sys.late = late
"""
    said = succeeds(script)
    assert said == "" or "the interpreter is shutting down" in said


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_processes_of_multiprocessing_exit():
    script = """
import asyncio, asyncgen, multiprocessing

async def main():
    return [i async for i in asyncgen.ticks(3, 0.001)]

def work(_):
    return asyncio.run(main())

if __name__ == "__main__":
    work(0)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(work, range(6)) == [[0, 1, 2]] * 6
    assert work(0) == [0, 1, 2]
"""
    process = run(script)
    assert process.returncode == 0, process.stderr


@pytest.mark.parametrize("module", ["asyncgen", "asyncgen_testing"])
def test_a_subinterpreter_is_refused(module):
    script = f"""
try:
    import _xxsubinterpreters as interpreters
except ImportError:
    import _interpreters as interpreters
interpreter = interpreters.create()
result = interpreters.run_string(interpreter, '''
try:
    import {module}
    {module}.{"count(1)" if module == "asyncgen" else "echo()"}
except ImportError as error:
    print(error, flush=True)
''')
"""
    process = run(script)
    assert "interpreter" in process.stdout, process


SANDBOX = """
import asyncio, types, sys, asyncgen, asyncgen_testing as testing

make = {
    "ready": lambda: asyncgen.count(2),
    "pending": lambda: asyncgen.ticks(2, 0.001),
    "python": lambda: testing.awaits(lambda: asyncio.sleep(0.001, 1), 2),
    "error": lambda: testing.raises(),
    "dropped": lambda: testing.tidy(2, 0.001, 0.001, []),
}[sys.argv[1]]
source = '''
async def f(g):
    n = 0
    async for x in g:
        n = n + 1
    return n
'''
code = next(c for c in compile(source, "?", "exec").co_consts if isinstance(c, types.CodeType))
for names in ({}, {"__builtins__": {}}):
    try:
        assert asyncio.run(types.FunctionType(code, names)(make())) == 2
    except ZeroDivisionError:
        assert sys.argv[1] == "error"
"""


@pytest.mark.parametrize("kind", ["ready", "pending", "python", "error", "dropped"])
def test_code_without_builtins_uses_it_first(kind):
    succeeds(SANDBOX, kind)


def test_a_name_that_dies_may_ask_for_the_name():
    script = """
import asyncgen, faulthandler
faulthandler.dump_traceback_later(10, exit=True)

class Name(str):
    def __del__(self):
        print(generator.__name__, generator.__qualname__)

generator = asyncgen.count(1)
generator.__name__ = Name("a")
generator.__name__ = "b"
generator.__qualname__ = Name("c")
generator.__qualname__ = "d"
"""
    assert succeeds(script).split() == ["b", "count", "b", "d"]


def test_a_generator_that_was_never_started_is_silent():
    script = """
import asyncgen, gc

@asyncgen.async_generator
async def generator():
    await asyncgen.yield_(1)

class Node: pass

for promoted in range(3):
    node = Node()
    node.generator = generator()
    node.itself = node
    for _ in range(promoted):
        gc.collect()
    del node
    gc.collect()
generator()
"""
    succeeds(script, options=["-W", "error", "-X", "dev"])


@pytest.mark.parametrize("kib", [256, 512, 1024])
@pytest.mark.parametrize("kind", ["rust", "python"])
def test_a_small_stack(kib, kind):
    script = """
import asyncgen, asyncgen_testing as testing, sys, threading
sys.setrecursionlimit(100_000)

@asyncgen.async_generator
async def delegates(inner):
    await asyncgen.yield_from_(inner)

def chain(depth):
    generator = asyncgen.count(2)
    for _ in range(depth):
        generator = (testing.delegates if sys.argv[2] == "rust" else delegates)(generator)
    return generator

def step(depth):
    try:
        chain(depth).__anext__().send(None)
    except StopIteration as stop:
        return stop.value
    except RecursionError:
        return "too deep"

def work():
    results.extend(step(depth) for depth in (3, 100, 400, 3000))

results = []
threading.stack_size(int(sys.argv[1]) * 1024)
thread = threading.Thread(target=work)
thread.start()
thread.join()
assert results[0] == 0 or int(sys.argv[1]) < 1024, results
assert results[-1] == "too deep", results
"""
    process = run(script, str(kib), kind)
    assert process.returncode == 0, process.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_ctrl_c_gets_through_to_a_loop_that_never_waits():
    script = """
import asyncio, asyncgen, asyncgen_testing as testing, os, signal, sys, threading, time

async def main():
    make = {"rust": asyncgen.count, "lock": lambda n: testing.keeps_the_lock(n, 0)}[sys.argv[1]]
    async for _ in make(10**12):
        pass

def interrupt():
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGINT)

# Who has started this may have it ignored, as shells do for what runs in their background.
signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Thread(target=interrupt, daemon=True).start()
start = time.monotonic()
try:
    asyncio.run(main())
except KeyboardInterrupt:
    assert time.monotonic() - start < 3
    print("interrupted")
"""
    for kind in ("rust", "lock"):
        assert succeeds(script, kind) == "interrupted\n"


def test_the_runtime_is_configured():
    script = """
import asyncio, asyncgen_testing as testing

testing.configure("mine")

async def main():
    assert [name async for name in testing.thread_names()] == ["mine", "mine"]

asyncio.run(main())
try:
    testing.configure("others")
except RuntimeError as error:
    assert "in use already" in str(error)
"""
    succeeds(script)


def test_a_runtime_is_handed_in():
    script = """
import asyncio, asyncgen_testing as testing, os, sys, warnings
warnings.simplefilter("ignore")

try:
    testing.hand_in(0)
except RuntimeError as error:
    assert "has no threads" in str(error)
testing.hand_in(1)

async def main():
    return [name async for name in testing.thread_names()]

assert asyncio.run(main()) == ["handed-in", "handed-in"]
if hasattr(os, "fork"):
    child = os.fork()
    if child == 0:
        sys.stderr = open(os.devnull, "w")
        try:
            asyncio.run(main())
        except RuntimeError as error:
            os._exit(0 if "no threads in a forked process" in str(error) else 2)
        os._exit(1)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    succeeds(script)
