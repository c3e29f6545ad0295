"""Asynchronous generators on a Rust engine: with delegation, and under asyncio and trio alike."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from ._decorator import (
    async_generator,
    get_asyncgen_hooks,
    isasyncgen,
    isasyncgenfunction,
    set_asyncgen_hooks,
    yield_,
    yield_from_,
)
from ._native import count, ticks

__all__ = [
    "AsyncGenerator",
    "aclosing",
    "async_generator",
    "count",
    "get_asyncgen_hooks",
    "isasyncgen",
    "isasyncgenfunction",
    "set_asyncgen_hooks",
    "ticks",
    "yield_",
    "yield_from_",
]
