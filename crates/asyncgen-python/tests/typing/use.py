"""Checked by mypy and pyright in strict mode, never run."""

import contextlib
from collections.abc import AsyncGenerator as NativeAsyncGenerator
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

from asyncgen import (
    AsyncGenerator,
    aclosing,
    async_generator,
    count,
    isasyncgen,
    resumable,
    ticks,
    yield_,
    yield_from_,
)
from typing_extensions import assert_type


async def consumer(generator: AsyncGenerator[str, int]) -> None:
    assert_type(await generator.__anext__(), str)
    assert_type(await resumable(generator.__anext__()), str)
    assert_type(await generator.asend(1), str)
    assert_type(await generator.asend(None), str)
    assert_type(await generator.athrow(ValueError), str | Any)
    assert_type(await generator.athrow(ValueError("v")), str | Any)
    if await generator.athrow(ValueError("v")) is None:
        return
    await generator.asend("one")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    async for value in generator:
        assert_type(value, str)
    async with aclosing(generator) as same:
        assert_type(same, AsyncGenerator[str, int])
    await generator.aclose()


async def takes_native(generator: NativeAsyncGenerator[int, None]) -> int:
    return await generator.__anext__()


async def takes_iterator(iterator: AsyncIterator[int]) -> int:
    return await iterator.__anext__()


async def takes_iterable(iterable: AsyncIterable[int]) -> None:
    async for item in iterable:
        assert_type(item, int)


@async_generator
async def wordy(n: int) -> None:
    await yield_(n)
    await yield_from_(count(n))


class Service:
    @async_generator
    async def rows(self, n: int) -> None:
        await yield_(n)


@contextlib.asynccontextmanager
@async_generator
async def session() -> None:
    await yield_("session")


def makes(n: int) -> NativeAsyncGenerator[int, None]:
    return count(n)


async def main(something: object) -> None:
    await takes_native(count(3))
    await takes_iterator(count(3))
    await takes_iterable(ticks(3, 0.1))
    await takes_native(wordy(3))
    await takes_native(makes(3))
    await takes_native(count("three"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    text: NativeAsyncGenerator[str, None] = count(3)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    await text.aclose()
    async with session() as value:
        print(value)
    generator = wordy(3)
    assert_type(generator, AsyncGenerator[Any, Any])
    # Contravariant in what is sent, covariant in what is yielded.
    narrower: AsyncGenerator[object, int] = count(3)
    await consumer(narrower)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    only_yields: AsyncGenerator[int] = count(3)
    await only_yields.aclose()
    if isasyncgen(something):
        await something.aclose()
