"""Checked by mypy and pyright in strict mode, never run."""

from collections.abc import AsyncIterator
from typing import Any

from asyncgen import AsyncGenerator, aclosing, async_generator, count, ticks, yield_, yield_from_
from typing_extensions import assert_type


async def consumer(generator: AsyncGenerator[str, int]) -> None:
    assert_type(await generator.__anext__(), str)
    assert_type(await generator.asend(1), str)
    assert_type(await generator.asend(None), str)
    assert_type(await generator.athrow(ValueError), str | None)
    assert_type(await generator.athrow(ValueError("v")), str | None)
    await generator.asend("one")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    async for value in generator:
        assert_type(value, str)
    async with aclosing(generator) as same:
        assert_type(same, AsyncGenerator[str, int])
    await generator.aclose()


@async_generator
async def wordy(n: int) -> None:
    await yield_(n)
    await yield_from_(count(n))


async def main() -> None:
    iterator: AsyncIterator[int] = ticks(3, 0.1)
    async for tick in iterator:
        assert_type(tick, int)
    generator = wordy(3)
    assert_type(generator, AsyncGenerator[Any, Any])
    # Contravariant in what is sent, covariant in what is yielded.
    narrower: AsyncGenerator[object, int] = count(3)
    await consumer(narrower)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
