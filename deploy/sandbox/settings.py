"""The settings that may change while the sandbox runs."""

import time
from collections.abc import Callable

import msgspec

Clock = Callable[[], float]
CLOCK: Clock = time.time


class Settings(msgspec.Struct):
    """How late webhooks are, how long answers are held back, whether webhooks go out at all.

    They last as long as the process: the next start takes the command line's again.
    """

    webhook_delay_ms: int = 50
    hold_ms: int = 30_000
    paused: bool = False
