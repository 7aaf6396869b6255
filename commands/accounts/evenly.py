"""Answers that take whole steps of time: what differs by less than one cannot be told apart.

An address that is known has a row more to read than one that is not. Doing the same work for both
leaves a tenth of a millisecond between them; a step hides that, whatever is added one day.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

STEP_S = 0.025


@asynccontextmanager
async def in_steps() -> AsyncGenerator[None]:
    """Whatever comes of it, an answer or a refusal."""
    began = time.monotonic()
    try:
        yield
    finally:
        await asyncio.sleep((began - time.monotonic()) % STEP_S)
