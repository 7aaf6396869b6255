"""How much the store takes on at a time, and how often it tries."""

import msgspec

from eventstore.heads import HEADS_MAX

ATTEMPTS_OPEN = 3
ATTEMPTS_MAX = 12
FOLLOW_S = 0.25


class Limits(msgspec.Struct, frozen=True, gc=False):
    """`queue_max` commands may wait, of which `batch_max` go into one commit."""

    queue_max: int = 2_000
    batch_max: int = 512
    heads_max: int = HEADS_MAX
    reconnect_within_s: float = 3.0
