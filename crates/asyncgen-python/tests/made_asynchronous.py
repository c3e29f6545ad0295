"""Source code whose generators become asynchronous ones on the Rust engine, and whoever drives them awaits them.

`yield x` becomes `await yield_(x)`, and `yield from g` becomes `await yield_from_(g)`; of what drives generators, `next(g)`,
`g.send(x)`, `g.throw(e)`, `g.close()`, `list(g)` and `for x in g` become what is awaited instead, and the functions that do so
become coroutine functions, up to the tests themselves. `StopIteration` is `StopAsyncIteration`; the messages are those of
asynchronous generators.
"""

import ast
import functools
import inspect

NAMES = "__asyncgen__"

METHODS = {"send": "asend", "throw": "athrow", "close": "aclose"}
SPECIAL = {"__iter__": "__aiter__", "__next__": "__anext__", **METHODS}
ATTRIBUTES = {"gi_running": "ag_running", "gi_frame": "ag_frame"}
MESSAGES = {
    "generator raised StopIteration": "async generator raised StopAsyncIteration",
    "generator ignored GeneratorExit": "async generator ignored GeneratorExit",
    "generator already executing": "anext(): asynchronous generator is already running",
}


class Helpers:
    """What the source calls, besides the decorator."""

    def __init__(self):
        import asyncgen

        self.async_generator, self.yield_, self.yield_from_ = asyncgen.async_generator, asyncgen.yield_, asyncgen.yield_from_

    @staticmethod
    def aiter(iterable):
        return iterable if hasattr(type(iterable), "__aiter__") or not hasattr(type(iterable), "__iter__") else OfItems(iterable)

    @staticmethod
    async def anext(generator):
        return await generator.__anext__()

    @staticmethod
    async def list(generator):
        return [value async for value in generator]

    @staticmethod
    async def assert_raises(test, kind, function, *args):
        with test.assertRaises(kind):
            result = function(*args)
            if inspect.isawaitable(result):
                await result

    @staticmethod
    def value(stop):
        """`StopAsyncIteration` has a `value` from 3.16 on (PEP 828)."""
        return getattr(stop, "value", stop.args[0] if stop.args else None)


class OfItems:
    """An asynchronous iterator that is no generator, as `range` is an iterator that is none."""

    def __init__(self, items):
        self.items = iter(items)

    def __aiter__(self):
        return self

    async def __anext__(self):
        for item in self.items:
            return item
        raise StopAsyncIteration


def run(coroutine):
    """Nothing waits in it."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    coroutine.close()
    raise AssertionError("it waits for an event loop")


def _helper(name, *args):
    function = ast.Attribute(ast.Name(NAMES, ast.Load()), name, ast.Load())
    return ast.Call(function, list(args), []) if args else function


class _Operations(ast.NodeTransformer):
    """Makes `await`s; what they are in is not yet a coroutine function."""

    def __init__(self, names):
        self.names = names

    def visit_Name(self, node):
        if node.id == "next":
            return ast.copy_location(_helper("anext"), node)
        return ast.copy_location(ast.Name(self.names.get(node.id, node.id), node.ctx), node)

    def visit_Constant(self, node):
        if not isinstance(node.value, str):
            return node
        text = node.value
        for before, after in MESSAGES.items():
            text = text.replace(before, after)
        if "Async" not in text:
            text = text.replace("StopIteration", "StopAsyncIteration")
        return ast.copy_location(ast.Constant(text), node)

    def visit_Attribute(self, node):
        self.generic_visit(node)
        if node.attr == "value" and isinstance(node.ctx, ast.Load):
            return ast.copy_location(_helper("value", node.value), node)
        node.attr = ATTRIBUTES.get(node.attr, node.attr)
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        match node:
            case ast.Call(ast.Attribute(_, "anext"), [generator]):
                call = _helper("anext", generator)
            case ast.Call(ast.Name("list"), [generator]):
                call = _helper("list", generator)
            case ast.Call(ast.Attribute(value, method)) if method in METHODS:
                call = ast.Call(ast.Attribute(value, METHODS[method], ast.Load()), node.args, node.keywords)
            case ast.Call(ast.Attribute(ast.Name("self"), "assertRaises"), [kind, function, *args]):
                call = _helper("assert_raises", ast.Name("self", ast.Load()), kind, function, *args)
            case _:
                return node
        return ast.copy_location(ast.Await(call), node)

    def visit_For(self, node):
        self.generic_visit(node)
        match node.iter:
            case ast.Tuple() | ast.Call(ast.Name("range")):
                return node
        loop = ast.AsyncFor(node.target, _helper("aiter", node.iter), node.body, node.orelse)
        return ast.copy_location(loop, node)

    def visit_Yield(self, node):
        self.generic_visit(node)
        call = _helper("yield_", node.value or ast.Constant(None))
        return ast.copy_location(_GeneratorsAwait(call), node)

    def visit_YieldFrom(self, node):
        self.generic_visit(node)
        call = _helper("yield_from_", _helper("aiter", node.value))
        return ast.copy_location(_GeneratorsAwait(call), node)

    def visit_ClassDef(self, node):
        self.generic_visit(node)
        for function in node.body:
            if isinstance(function, ast.FunctionDef) and function.name in SPECIAL:
                function.name = SPECIAL[function.name]
                function.is_coroutine = function.name != "__aiter__"
        return node


class _GeneratorsAwait(ast.Await):
    """One that was a `yield`."""


def _own(function):
    """The nodes of a function, without those of the functions in it."""
    todo = list(function.body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            todo.extend(ast.iter_child_nodes(node))


def _functions(node):
    return [function for function in ast.walk(node) if isinstance(function, ast.FunctionDef)]


class _Calls(ast.NodeTransformer):
    """Awaits the calls of these functions."""

    def __init__(self, functions, methods):
        self.functions, self.methods = functions, methods

    def visit_Await(self, node):
        if isinstance(node.value, ast.Call):
            self.generic_visit(node.value)
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        match node.func:
            case ast.Name(name) if name in self.functions:
                return ast.copy_location(ast.Await(node), node)
            case ast.Attribute(ast.Name("self"), name) if name in self.methods:
                return ast.copy_location(ast.Await(node), node)
        return node


class _Kinds(ast.NodeTransformer):
    """Makes coroutine functions of those that await, and generators of those that were some."""

    def visit_FunctionDef(self, node):
        generates, awaits = _generates(node), _awaits(node)
        self.generic_visit(node)
        if not awaits:
            return node
        function = ast.AsyncFunctionDef(**dict(ast.iter_fields(node)))
        if generates:
            function.decorator_list = [*function.decorator_list, _helper("async_generator")]
        return ast.copy_location(function, node)


def _generates(function):
    return any(isinstance(node, _GeneratorsAwait) for node in _own(function))


def _awaits(function):
    return getattr(function, "is_coroutine", False) or any(
        isinstance(node, (ast.Await, ast.AsyncFor)) for node in _own(function)
    )


def _asynchronous(case, names):
    """A class of tests."""
    methods = [
        _Operations(names.get(getattr(method, "name", None), {}) | names[""]).visit(method) for method in case.body
    ]
    case.body = methods
    before = None
    while before != (now := sum(isinstance(node, ast.Await) for node in ast.walk(case))):
        before = now
        called = {method.name for method in methods if isinstance(method, ast.FunctionDef) and _awaits(method)}
        for method in methods:
            functions = _functions(method)[1:] if isinstance(method, ast.FunctionDef) else []
            inside = {function.name for function in functions if _awaits(function) and not _generates(function)}
            _Calls(inside - set(SPECIAL.values()), called).visit(method)
    return case


def execute(source, filename, namespace, names):
    """Runs the transformed source in the namespace. `names`, by test, are other names that mean something else there."""
    tree = ast.parse(source, filename)
    names = {"": {"StopIteration": "StopAsyncIteration"}, **names}
    tree.body = [_Kinds().visit(_asynchronous(node, names)) if isinstance(node, ast.ClassDef) else node for node in tree.body]
    namespace[NAMES] = Helpers()
    exec(compile(ast.fix_missing_locations(tree), filename, "exec"), namespace)


def synchronous(test):
    """A test that pytest can run."""
    if not inspect.iscoroutinefunction(test):
        return test

    @functools.wraps(test)
    def function(self):
        run(test(self))

    return function
