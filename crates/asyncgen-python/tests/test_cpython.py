"""CPython's own tests of asynchronous generators, on Rust-backed ones.

They are taken from the interpreter that runs this: nothing of them is copied here.
"""

import importlib.util
import unittest

import pytest
import transformed

# What can't pass, and why. A test that passes all the same is an error, so that this list stays true.
EXPECTED_FAILURES = {}

# Not about generator objects: the grammar of native generators.
NOT_RUN = {"AsyncGenSyntaxTest"}


def _load():
    try:
        found = importlib.util.find_spec("test.test_asyncgen")
    except ImportError:
        found = None
    if found is None:
        pytest.skip("this interpreter comes without its own tests", allow_module_level=True)
    namespace = {"__name__": "transformed_test_asyncgen", "__file__": found.origin}
    with open(found.origin, encoding="utf-8") as file:
        transformed.execute(file.read(), found.origin, namespace)
    return namespace


def _cases(namespace):
    for name, case in namespace.items():
        if not (isinstance(case, type) and issubclass(case, unittest.TestCase)) or name in NOT_RUN:
            continue
        for test in [test for test in dir(case) if test.startswith("test")]:
            reason = EXPECTED_FAILURES.get(test)
            if reason is not None:
                setattr(case, test, pytest.mark.xfail(reason=reason, strict=True)(getattr(case, test)))
        case.__module__ = __name__
        yield name, case


globals().update(_cases(_load()))
