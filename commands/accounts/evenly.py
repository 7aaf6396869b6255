"""Answers that take whole steps of time: what differs by less than one cannot be told apart.

An address that is known has a row more to read than one that is not. Doing the same work for both
leaves a tenth of a millisecond between them; a step hides that, whatever is added one day. What is
left after the step, some microseconds for what is put away, is hidden by chance.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

STEP_S = 0.025
BY_CHANCE_S = 0.002
# Timers wake whole milliseconds after they were set, which tells when that was.
COARSE_S = 0.002


@asynccontextmanager
async def in_steps(draw: Callable[[int], bytes]) -> AsyncGenerator[None]:
    """Whatever comes of it, an answer or a refusal. `draw` gives so many random bytes."""
    began = time.monotonic()
    try:
        yield
    finally:
        now = time.monotonic()
        chance = int.from_bytes(draw(2)) / 2**16
        until = now + (began - now) % STEP_S + chance * BY_CHANCE_S
        await asyncio.sleep(max(0.0, until - COARSE_S - time.monotonic()))
        while time.monotonic() < until:  # noqa: ASYNC110 - no event tells that it is time
            await asyncio.sleep(0)
