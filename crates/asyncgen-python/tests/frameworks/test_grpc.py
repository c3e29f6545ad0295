"""grpc.aio: a server that streams from these generators, and clients that stream to it, and hang up."""

import asyncio

import asyncgen
import asyncgen_testing as testing
import pytest

grpc = pytest.importorskip("grpc")


@asyncgen.async_generator
async def bytes_of(numbers):
    async with asyncgen.aclosing(numbers):
        async for number in numbers:
            await asyncgen.yield_(str(number).encode())


def test_streams_in_both_directions_and_a_client_that_hangs_up():
    log = []

    @asyncgen.async_generator
    async def counts(request, context):
        await asyncgen.yield_from_(bytes_of(testing.tidy(int(request), 0.001, 0.001, log)))

    @asyncgen.async_generator
    async def echoes(requests, context):
        async for request in requests:
            await asyncgen.yield_(request)

    async def main():
        server = grpc.aio.server()
        handlers = {
            "counts": grpc.unary_stream_rpc_method_handler(counts),
            "echoes": grpc.stream_stream_rpc_method_handler(echoes),
        }
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("test", handlers)])
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            assert [n async for n in channel.unary_stream("/test/counts")(b"3")] == [b"0", b"1", b"2"]
            assert log == ["cleaning up", "cleaned up", "ended"]
            echo = channel.stream_stream("/test/echoes")
            assert [n async for n in echo(bytes_of(testing.numbers(4)))] == [b"0", b"1", b"2", b"3"]

            log.clear()
            call = channel.unary_stream("/test/counts")(b"1000000")
            assert await call.read() == b"0"
            call.cancel()
            for _ in range(500):
                if "cleaned up" in log:
                    break
                await asyncio.sleep(0.01)
            assert log == ["cleaning up", "cleaned up"]
        await server.stop(None)

    asyncio.run(main())
