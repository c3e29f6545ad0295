"""Steps that may be given up, and carried on with."""

from types import coroutine

__all__ = ["resumable"]


async def resumable(step):
    """Awaits a step of one of this package's generators, and gives it up, unfinished, if the await is cancelled.

    A cancellation of a step is raised in the body, which usually ends by that. Of this it knows nothing: the step stays
    in flight, and the next one carries on with it. So a time limit around it only tells that nothing has come yet:

        while True:
            try:
                event = await asyncio.wait_for(resumable(events.__anext__()), 15)
            except TimeoutError:
                event = HEARTBEAT
            except StopAsyncIteration:
                break

    It works with every limit of asyncio, anyio and trio. (Under trio, what a body awaits of Python's is cancelled with it;
    what it awaits of Rust's is not.)
    """
    driven = _driven(step)
    # An exception keeps this frame alive, in its traceback; it must not keep the step.
    del step
    return await driven


@coroutine
def _driven(step):
    awaited = step.__await__()
    sent = None
    try:
        while True:
            try:
                waits_for = awaited.send(sent)
            except StopIteration as stop:
                return stop.value
            sent = yield _shielded(waits_for)
            if hasattr(sent, "unwrap") and hasattr(sent, "error"):
                # trio does not throw: it sends what is to be raised.
                sent.unwrap()
    finally:
        # An exception that came out of the `yield` goes on; the step only loses its awaitable.
        del step, awaited


def _shielded(waits_for):
    """A cancelled task cancels the future that it waits for. This one is cancelled in its place."""
    if not getattr(waits_for, "_asyncio_future_blocking", False):
        return waits_for
    waits_for._asyncio_future_blocking = False
    shield = waits_for.get_loop().create_future()

    def wake(_):
        if not shield.done():
            shield.set_result(None)

    waits_for.add_done_callback(wake)
    shield._asyncio_future_blocking = True
    return shield
