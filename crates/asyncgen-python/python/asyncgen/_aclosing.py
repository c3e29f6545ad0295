"""`async with aclosing(generator) as g:` closes the generator, and awaits its clean-up, on every way out."""


class aclosing:
    def __init__(self, thing):
        self._thing = thing

    async def __aenter__(self):
        return self._thing

    async def __aexit__(self, *exc_info):
        await self._thing.aclose()
