"""What the tests of frameworks share: a real server, in a thread, and a real client that hangs up."""

import asyncio
import contextlib
import socket
import threading
import time

import pytest


class Log(list):
    """What generators say of themselves, from whatever thread."""

    def wait_for(self, *what, seconds=10):
        end = time.monotonic() + seconds
        while not all(said in self for said in what):
            assert time.monotonic() < end, f"{what} is not all in {self}"
            time.sleep(0.01)


@pytest.fixture
def log():
    return Log()


@contextlib.contextmanager
def served(app):
    """Serves an ASGI application; the port."""
    import uvicorn

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="warning", lifespan="on", timeout_graceful_shutdown=5)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
        thread.start()
        try:
            end = time.monotonic() + 20
            while not server.started:
                assert thread.is_alive() and time.monotonic() < end, "the server has not started"
                time.sleep(0.01)
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()


def hang_up_after_the_first_chunk(port, path):
    """A client that closes its connection in the middle of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        received = b""
        while b"\r\n\r\n" not in received or not received.split(b"\r\n\r\n", 1)[1]:
            chunk = connection.recv(65536)
            assert chunk, received
            received += chunk
    return received
