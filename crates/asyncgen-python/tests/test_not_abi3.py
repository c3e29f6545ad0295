"""An extension that is built for this version of CPython alone."""

import asyncio

import pytest

author = pytest.importorskip("asyncgen_author")


def test_it_has_what_the_stable_abi_has_not():
    async def main():
        seen = []
        with pytest.raises(author.PageError) as raised:
            async for byte in author.bytes_of(b"abc"):
                seen.append(byte)
        assert seen == list(b"abc") and raised.value.page == 7

    asyncio.run(main())
