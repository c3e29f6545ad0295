"""Source code whose native asynchronous generators become Rust-backed ones.

Every `async def` that contains `yield` is decorated with `async_generator`, and its `yield x` becomes
`await yield_(x)`. Nothing else changes, line numbers included.
"""

import ast

NAMES = "__asyncgen__"


class _OwnYields(ast.NodeTransformer):
    """Replaces the yields of one function, not those of the functions inside it."""

    def __init__(self):
        self.found = False

    def visit_Yield(self, node):
        self.generic_visit(node)
        self.found = True
        argument = node.value or ast.Constant(None)
        call = ast.Call(_name("yield_"), [argument], [])
        return ast.copy_location(ast.Await(call), node)

    def _leave_alone(self, node):
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = visit_ClassDef = _leave_alone
    visit_GeneratorExp = visit_ListComp = visit_SetComp = visit_DictComp = _leave_alone


class _Functions(ast.NodeTransformer):
    def visit_AsyncFunctionDef(self, node):
        self.generic_visit(node)
        own = _OwnYields()
        node.body = [own.visit(statement) for statement in node.body]
        if own.found:
            node.decorator_list.append(_name("async_generator"))
        return node


def _name(attribute):
    return ast.Attribute(ast.Name(NAMES, ast.Load()), attribute, ast.Load())


def execute(source, filename, namespace):
    """Runs the transformed source in the namespace."""
    import asyncgen

    tree = _Functions().visit(ast.parse(source, filename))
    namespace[NAMES] = asyncgen
    exec(compile(ast.fix_missing_locations(tree), filename, "exec"), namespace)
