"""How much the store takes on at a time, and how often it tries."""

import msgspec

from eventstore.heads import HEADS_MAX

ATTEMPTS_OPEN = 3
ATTEMPTS_MAX = 12
FOLLOW_MIN_S, FOLLOW_MAX_S = 0.02, 0.25
FOLLOW_EVENTS = 1_000

MIB = 1024 * 1024
# NATS carries 1 MiB a message, headers included; one event more would stop the relay for good.
EVENT_BYTES_MAX = 900 * 1024
# What a page of the log, a fetch from the bus or a batch takes at a time: a page of the largest
# events is some of them, not hundreds.
PAGE_BYTES = 8 * MIB


class Limits(msgspec.Struct, frozen=True, gc=False):
    """`queue_max` commands may wait, of which `batch_max` go into one commit.

    Or fewer: as many as make `batch_bytes` of events and answers, at least one.
    """

    queue_max: int = 2_000
    batch_max: int = 512
    batch_bytes: int = 4 * MIB
    heads_max: int = HEADS_MAX
    reconnect_within_s: float = 3.0


def follow_after(events: int, waited_s: float) -> float:
    """How long an idle writer waits before it asks again what others have written.

    So long that about `FOLLOW_EVENTS` come at a time: far fewer than make it forget its states.
    """
    if events == 0:
        return min(waited_s * 2, FOLLOW_MAX_S)
    return min(max(waited_s * FOLLOW_EVENTS / events, FOLLOW_MIN_S), FOLLOW_MAX_S)
