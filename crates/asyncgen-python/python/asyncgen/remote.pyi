from collections.abc import AsyncIterator, Callable
from typing import Any

from . import AsyncGenerator

class RemoteError(Exception):
    kind: str

async def open(url: str, name: str, argument: Any = None, *, lease: float | None = None) -> AsyncGenerator[Any, Any]: ...
async def serve(
    url: str, name: str, function: Callable[[Any], AsyncIterator[Any]], *, ready: Callable[[], object] | None = None
) -> None: ...
