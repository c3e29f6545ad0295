"""Streams payments over HTTP, to one client that takes all of them and to one that hangs up.

    pip install . starlette uvicorn httpx
    python serve.py
"""

import asyncio
import contextlib
import socket
import sqlite3
import tempfile
from pathlib import Path

import httpx
import ledger
import uvicorn
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route


def make_database(path: Path, n: int) -> None:
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE payments (id INTEGER PRIMARY KEY, amount INTEGER, paid BOOLEAN DEFAULT 0)")
        database.executemany("INSERT INTO payments (amount) VALUES (?)", [(i * 100,) for i in range(n)])


def count_paid(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT count(*) FROM payments WHERE paid").fetchone()[0]


async def is_unlocked(path: Path) -> bool:
    """Has the transaction ended, so that another one can begin?"""
    for _ in range(200):
        try:
            with contextlib.closing(sqlite3.connect(path, timeout=0)) as database:
                database.execute("BEGIN IMMEDIATE")
                return True
        except sqlite3.OperationalError:
            await asyncio.sleep(0.02)
    return False


def application(path: Path) -> Starlette:
    async def payments(request):
        async def rows():
            async for number, amount in ledger.payments(path):
                yield f"{number}: {amount}\n" + " " * 4096 + "\n"

        return StreamingResponse(rows(), media_type="text/plain")

    async def source(request):
        return StreamingResponse((line + "\n" async for line in ledger.lines(Path(__file__))), media_type="text/plain")

    return Starlette(routes=[Route("/payments", payments), Route("/source", source)])


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        path = Path(folder) / "ledger.sqlite"
        make_database(path, 2000)
        config = uvicorn.Config(application(path), log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listener]))
        address = "http://127.0.0.1:{}".format(listener.getsockname()[1])

        async with httpx.AsyncClient(base_url=address, timeout=60) as client:
            text = (await client.get("/source")).text
            assert text == Path(__file__).read_text()
            print("lines:", text.count("\n"))

            async with client.stream("GET", "/payments") as response:
                async for _ in response.aiter_lines():
                    break  # the client hangs up
            assert await is_unlocked(path)
            print("paid after the client hung up:", count_paid(path))
            assert count_paid(path) == 0

            text = (await client.get("/payments")).text
            assert await is_unlocked(path)
            print("paid after the client took all:", count_paid(path))
            assert count_paid(path) == 2000

        server.should_exit = True
        await serving


asyncio.run(main())
