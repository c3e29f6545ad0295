"""CPython's own tests of `yield from`, on asynchronous generators of this package.

They are taken from the interpreter that runs this, and made asynchronous (`made_asynchronous.py`): nothing of them is copied
here. CPython's own asynchronous generators have `yield from` from 3.16 on (PEP 828).
"""

import importlib.util
import unittest

import made_asynchronous
import pytest

# What can't pass, and why. A test that passes all the same is an error, so that this list stays true.
EXPECTED_FAILURES = {
    "test_broken_getattr_handling": "The last of its three parts: CPython reports an error that comes of asking for `close`, as "
    "one that nobody can catch, and goes on. By PEP 380 it is raised, and so it is here. `test_return_value.py` has all three.",
}

# Not about generators.
NOT_RUN = {
    "test_value_attribute_of_StopIteration_exception": "Of the exception itself: `StopAsyncIteration` is the interpreter's, and has "
    "a `value` from 3.16 on.",
}

# Another name for an exception. An asynchronous generator that runs refuses with a `RuntimeError`.
NAMES = {
    test: {"ValueError": "RuntimeError"}
    for test in ["test_attempted_yield_from_loop", "test_delegating_generators_claim_to_be_running"]
}


def _load():
    try:
        found = importlib.util.find_spec("test.test_yield_from") or importlib.util.find_spec("test.test_pep380")
    except ImportError:
        found = None
    if found is None:
        pytest.skip("this interpreter comes without its own tests", allow_module_level=True)
    namespace = {"__name__": "asynchronous_test_yield_from", "__file__": found.origin}
    with open(found.origin, encoding="utf-8") as file:
        made_asynchronous.execute(file.read(), found.origin, namespace, NAMES)
    return namespace


def _cases(namespace):
    for name, case in namespace.items():
        if not (isinstance(case, type) and issubclass(case, unittest.TestCase)):
            continue
        for test in [test for test in dir(case) if test.startswith("test")]:
            if test in NOT_RUN:
                delattr(case, test)
                continue
            function = made_asynchronous.synchronous(getattr(case, test))
            reason = EXPECTED_FAILURES.get(test)
            if reason is not None:
                function = pytest.mark.xfail(reason=reason, strict=True)(function)
            setattr(case, test, function)
        case.__module__ = __name__
        yield name, case


globals().update(_cases(_load()))
