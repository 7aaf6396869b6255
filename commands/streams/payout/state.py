"""What a payout remembers: for whom, how much, and how far it got."""

from typing import Literal

import msgspec

from commands.stream import Fold
from commands.streams.payout.refusals import PayoutUnknown
from eventstore.events.base import Event
from eventstore.events.payout import (
    PayoutBounced,
    PayoutFailed,
    PayoutRequested,
    PayoutSent,
    PayoutSettled,
    payout_stream,
)
from eventstore.values import Money


class NoPayout(msgspec.Struct, frozen=True, gc=False):
    pass


class Payout(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    payout_id: str
    seller_id: str
    amount: Money
    status: Literal["requested", "sent", "settled", "failed"] = "requested"


type PayoutState = NoPayout | Payout

INITIAL = NoPayout()


def evolve(payout: PayoutState, event: Event) -> PayoutState:
    replace = msgspec.structs.replace
    match payout, event:
        case NoPayout(), PayoutRequested():
            return Payout(payout_id=event.payout_id, seller_id=event.seller_id, amount=event.amount)
        case Payout(), PayoutSent():
            return replace(payout, status="sent")
        case Payout(), PayoutSettled():
            return replace(payout, status="settled")
        case Payout(), PayoutFailed() | PayoutBounced():
            return replace(payout, status="failed")
        case _:
            raise AssertionError(f"the log is broken: {event} after {payout}")


def known(payout: PayoutState) -> Payout:
    if isinstance(payout, NoPayout):
        raise PayoutUnknown(field="payout_id")
    return payout


PAYOUT: Fold[PayoutState] = Fold("payout", payout_stream, INITIAL, evolve)
