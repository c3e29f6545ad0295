"""Asynchronous generators on a Rust engine: with delegation, and under asyncio and trio alike."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from . import remote
from ._decorator import (
    async_generator,
    get_asyncgen_hooks,
    isasyncgen,
    isasyncgenfunction,
    set_asyncgen_hooks,
    yield_,
    yield_from_,
)
from ._native import __version__, count, ticks
from ._resumable import resumable

__all__ = [
    "AsyncGenerator",
    "__version__",
    "aclosing",
    "async_generator",
    "count",
    "get_asyncgen_hooks",
    "isasyncgen",
    "isasyncgenfunction",
    "remote",
    "resumable",
    "set_asyncgen_hooks",
    "ticks",
    "yield_",
    "yield_from_",
]
