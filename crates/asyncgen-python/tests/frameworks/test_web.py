"""Starlette, FastAPI and httpx: answers that are streamed by these generators, and a client that hangs up."""

import asyncio
import json
import time

import asyncgen
import asyncgen_testing as testing
import pytest

pytest.importorskip("uvicorn")
httpx = pytest.importorskip("httpx")

from conftest import hang_up_after_the_first_chunk, served  # noqa: E402


@asyncgen.async_generator
async def lines_in_python(log, pause):
    try:
        for i in range(1000):
            await asyncgen.yield_(f"{i}\n")
            await asyncio.sleep(pause)
    finally:
        log.append("cleaned up")


@asyncgen.async_generator
async def lines_of(numbers):
    async with asyncgen.aclosing(numbers):
        async for number in numbers:
            await asyncgen.yield_(f"{number}\n")


def kinds():
    """A generator in Rust, one in Python, and one in Rust whose clean-up awaits for a second."""
    return {
        "rust": lambda log: lines_of(testing.tidy(1000, 0.01, 0.0, log)),
        "slow": lambda log: lines_of(testing.tidy(1000, 0.01, 1.0, log)),
        "python": lambda log: lines_in_python(log, 0.01),
    }


@pytest.mark.parametrize("kind", kinds())
def test_starlette_when_the_client_hangs_up(kind, log):
    pytest.importorskip("starlette")
    from starlette.applications import Starlette
    from starlette.responses import StreamingResponse
    from starlette.routing import Route

    @asyncgen.async_generator
    async def lifespan(_):
        log.append("up")
        await asyncgen.yield_(None)
        log.append("down")

    app = Starlette(
        routes=[Route("/", lambda _: StreamingResponse(kinds()[kind](log)))],
        lifespan=lifespan,
    )
    with served(app) as port:
        hang_up_after_the_first_chunk(port, "/")
        if kind == "slow":
            log.wait_for("cleaning up")
            before = time.process_time()
            log.wait_for("cleaned up")
            # Nothing happens meanwhile, and it takes no processor.
            assert time.process_time() - before < 0.4
        else:
            log.wait_for("cleaned up")
        with httpx.Client() as client, client.stream("GET", f"http://127.0.0.1:{port}/") as response:
            lines = response.iter_lines()
            assert [next(lines) for _ in range(3)] == ["0", "1", "2"]
    assert log[0] == "up" and log[-1] == "down" and log.count("cleaned up") == 2


def test_starlette_streams_to_the_end(log):
    pytest.importorskip("starlette")
    from starlette.applications import Starlette
    from starlette.responses import StreamingResponse
    from starlette.routing import Route

    app = Starlette(routes=[Route("/", lambda _: StreamingResponse(lines_of(testing.tidy(5, 0.001, 0.001, log))))])
    with served(app) as port:
        assert httpx.get(f"http://127.0.0.1:{port}/").text.split() == ["0", "1", "2", "3", "4"]
    assert log == ["cleaning up", "cleaned up", "ended"]


def fastapi_app(log):
    from fastapi import Depends, FastAPI
    from fastapi.responses import StreamingResponse

    app = FastAPI()

    @asyncgen.async_generator
    async def session():
        log.append("opened")
        try:
            await asyncgen.yield_("session")
        finally:
            await asyncio.sleep(0.001)
            log.append("closed")

    @app.get("/depends")
    async def depends(value: str = Depends(session)):
        return {"value": value}

    @app.get("/depends/in/rust")
    async def depends_in_rust(number: int = Depends(testing.one)):
        return {"value": number}

    @app.get("/fails")
    async def fails(value: str = Depends(session)):
        raise ZeroDivisionError

    @asyncgen.async_generator
    async def heartbeats():
        """Server-sent events; a comment where nothing has come for a while."""
        events = testing.tidy(1000, 0.2, 0.001, log)
        async with asyncgen.aclosing(events):
            while True:
                try:
                    event = await asyncio.wait_for(asyncgen.resumable(events.__anext__()), 0.05)
                except asyncio.TimeoutError:
                    await asyncgen.yield_(": nothing yet\n\n")
                except StopAsyncIteration:
                    break
                else:
                    await asyncgen.yield_(f"data: {json.dumps(event)}\n\n")

    @app.get("/events")
    async def events():
        return StreamingResponse(heartbeats(), media_type="text/event-stream")

    return app


def test_fastapi(log):
    pytest.importorskip("fastapi")
    with served(fastapi_app(log)) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert client.get("/depends").json() == {"value": "session"}
        log.wait_for("closed")
        assert log == ["opened", "closed"]
        assert client.get("/depends/in/rust").json() == {"value": 1}
        assert client.get("/fails").status_code == 500
        assert log == ["opened", "closed"] * 2
        log.clear()
        with client.stream("GET", "/events") as response:
            seen = []
            for line in response.iter_lines():
                seen += [line] if line else []
                if "data: 2" in seen:
                    break
        data = [line for line in seen if line.startswith("data")]
        assert data == ["data: 0", "data: 1", "data: 2"] and len(seen) > 6
        log.wait_for("cleaned up")
        log.clear()
        hang_up_after_the_first_chunk(port, "/events")
        log.wait_for("cleaned up")


def test_httpx_sends_one_and_refuses_to_send_it_twice():
    async def app(scope, receive, send):
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        redirect = scope["path"] == "/redirect"
        headers = [(b"location", b"/")] if redirect else []
        await send({"type": "http.response.start", "status": 307 if redirect else 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    @asyncgen.async_generator
    async def payload():
        await asyncgen.yield_(b"pay")
        await asyncgen.yield_(b"load")

    async def main():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x", follow_redirects=True) as client:
            assert (await client.post("/", content=payload())).content == b"payload"
            with pytest.raises(httpx.StreamConsumed):
                await client.post("/redirect", content=payload())

    asyncio.run(main())


def test_a_client_of_httpx_hangs_up_on_a_rust_stream(log):
    pytest.importorskip("starlette")
    from starlette.applications import Starlette
    from starlette.responses import StreamingResponse
    from starlette.routing import Route

    app = Starlette(routes=[Route("/", lambda _: StreamingResponse(kinds()["rust"](log)))])

    async def main(port):
        async with httpx.AsyncClient() as client:
            async with client.stream("GET", f"http://127.0.0.1:{port}/") as response:
                async for line in response.aiter_lines():
                    assert line == "0"
                    break

    with served(app) as port:
        asyncio.run(main(port))
        log.wait_for("cleaned up")
