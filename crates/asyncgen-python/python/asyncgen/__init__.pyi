from collections.abc import AsyncGenerator as NativeAsyncGenerator
from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine
from contextlib import aclosing as aclosing
from inspect import isasyncgenfunction as isasyncgenfunction
from sys import get_asyncgen_hooks as get_asyncgen_hooks
from sys import set_asyncgen_hooks as set_asyncgen_hooks
from types import CodeType, GenericAlias, TracebackType
from typing import Any, ParamSpec, TypeVar, overload

from typing_extensions import Self, TypeIs, TypeVar as TypeVarWithDefault

__version__: str

from . import remote as remote

_P = ParamSpec("_P")
_T = TypeVar("_T")
_TYield = TypeVar("_TYield", covariant=True)
_TSend = TypeVarWithDefault("_TSend", contravariant=True, default=None)

class AsyncGenerator(NativeAsyncGenerator[_TYield, _TSend]):
    """An asynchronous generator whose body is Rust, or a coroutine on Rust's engine.

    It goes wherever a `collections.abc.AsyncGenerator` is asked for. What `athrow` awaits is `None` for a generator that
    has ended, which the standard stubs do not say; `Any` beside the type says that it may be something else.
    """

    __name__: str
    __qualname__: str
    def __aiter__(self) -> Self: ...
    def __anext__(self) -> Coroutine[Any, Any, _TYield]: ...
    def asend(self, value: _TSend | None, /) -> Coroutine[Any, Any, _TYield]: ...
    @overload
    def athrow(
        self,
        typ: type[BaseException],
        val: BaseException | object = None,
        tb: TracebackType | None = None,
        /,
    ) -> Coroutine[Any, Any, _TYield | Any]: ...
    @overload
    def athrow(
        self,
        typ: BaseException,
        val: None = None,
        tb: TracebackType | None = None,
        /,
    ) -> Coroutine[Any, Any, _TYield | Any]: ...
    def aclose(self) -> Coroutine[Any, Any, None]: ...
    @property
    def ag_running(self) -> bool: ...
    @property
    def ag_suspended(self) -> bool: ...
    @property
    def ag_await(self) -> object: ...
    @property
    def ag_frame(self) -> Any: ...
    @property
    def ag_code(self) -> CodeType: ...
    @classmethod
    def __class_getitem__(cls, item: Any, /) -> GenericAlias: ...

def async_generator(
    function: Callable[_P, Coroutine[Any, Any, object]],
) -> Callable[_P, AsyncGenerator[Any, Any]]: ...
def yield_(value: object = None) -> Awaitable[Any]: ...
async def yield_from_(delegate: AsyncIterable[Any]) -> Any: ...
async def resumable(step: Awaitable[_T]) -> _T: ...
def isasyncgen(obj: object) -> TypeIs[NativeAsyncGenerator[Any, Any]]: ...

def count(n: int) -> AsyncGenerator[int, object]: ...
def ticks(n: int, seconds: float) -> AsyncGenerator[int, object]: ...
