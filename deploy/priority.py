"""Processes that yield to all others. Loaded by each of them: nothing else stands here."""

import os

LOWER = 10


def yield_to_others() -> None:
    os.nice(LOWER)
