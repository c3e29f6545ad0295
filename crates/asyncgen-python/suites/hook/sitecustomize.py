"""Turns the native asynchronous generators of some files into those of `asyncgen`, when they are imported.

`TURN` is a regular expression for the paths of these files; without it nothing is turned. `TURN_LOG` names a file that
gets the number of functions which were turned.
"""

import ast
import atexit
import importlib.machinery
import importlib.util
import os
import re
import sys

WHERE = re.compile(os.environ.get("TURN") or "$^")
turned = 0


class Turn(ast.NodeTransformer):
    """An `async def` with a `yield` of its own becomes a decorated coroutine function, line for line."""

    def __init__(self):
        self.in_generator = [False]

    def visit_AsyncFunctionDef(self, node):
        global turned
        is_generator = any(map(yields, node.body))
        self.in_generator.append(is_generator)
        self.generic_visit(node)
        self.in_generator.pop()
        if is_generator:
            turned += 1
            node.decorator_list.append(ast.copy_location(named("async_generator"), node))
        return node

    def visit_FunctionDef(self, node):
        self.in_generator.append(False)
        self.generic_visit(node)
        self.in_generator.pop()
        return node

    visit_Lambda = visit_FunctionDef

    def visit_Yield(self, node):
        self.generic_visit(node)
        if not self.in_generator[-1]:
            return node
        call = ast.Call(named("yield_"), [node.value or ast.Constant(None)], [])
        return ast.copy_location(ast.Await(call), node)


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.GeneratorExp)


def yields(node):
    if isinstance(node, FUNCTIONS):
        return False
    return isinstance(node, ast.Yield) or any(map(yields, ast.iter_child_nodes(node)))


def named(attribute):
    return ast.Attribute(ast.Name("__asyncgen__", ast.Load()), attribute, ast.Load())


def turn(tree, path):
    if not isinstance(tree, ast.Module) or not WHERE.search(str(path)):
        return tree
    before = turned
    Turn().visit(tree)
    if turned > before:
        # Behind the docstring and what is imported from the future.
        at = 0
        for index, node in enumerate(tree.body):
            is_docstring = index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if is_docstring or isinstance(node, ast.ImportFrom) and node.module == "__future__":
                at = index + 1
        tree.body.insert(at, ast.Import([ast.alias("asyncgen", "__asyncgen__")], lineno=1, col_offset=0))
    return ast.fix_missing_locations(tree)


def source_to_code(self, data, path, *, _optimization=-1):
    if WHERE.search(str(path)) and isinstance(data, (bytes, str)):
        data = turn(ast.parse(data, path), path)
    return compile(data, path, "exec", dont_inherit=True, optimize=_optimization)


class OfPytest:
    """pytest compiles tests itself: they are turned before it rewrites their assertions."""

    def find_spec(self, name, path=None, target=None):
        if name != "_pytest.assertion.rewrite":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            rewrite = module.rewrite_asserts

            def rewrite_asserts(tree, source, module_path=None, config=None):
                turn(tree, module_path)
                return rewrite(tree, source, module_path, config)

            module.rewrite_asserts = rewrite_asserts

        spec.loader.exec_module = exec_module
        return spec


if os.environ.get("TURN"):
    importlib.machinery.SourceFileLoader.source_to_code = source_to_code
    sys.meta_path.insert(0, OfPytest())


@atexit.register
def log():
    if turned and os.environ.get("TURN_LOG"):
        with open(os.environ["TURN_LOG"], "w") as file:
            file.write(str(turned))
