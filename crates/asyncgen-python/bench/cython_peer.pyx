# cython: language_level=3
"""The same generator, compiled by Cython."""


async def ready(n):
    for i in range(n):
        yield i
