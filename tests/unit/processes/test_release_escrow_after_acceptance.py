"""Escrow is released when the buyer's time to complain is over."""

from datetime import datetime, timedelta

from commands.command import Actor, Policy
from commands.processes.reactions import Schedule, Unschedule
from commands.processes.release_escrow_after_acceptance import ReleaseEscrowAfterAcceptance
from commands.streams.order.messages import ReleaseFunds
from eventstore.events.order import (
    RefundReservationDropped,
    SellerPartCompleted,
    ShipmentDelivered,
)
from tests.given import at
from tests.unit.processes.played import due, played
from tests.unit.samples import AT

HOUR_LATER = AT + timedelta(hours=1)


def release(when: datetime, despite_refunds: bool = False) -> ReleaseFunds:
    """Of all that is held for the part."""
    return ReleaseFunds(
        order_id="o1",
        seller_id="s1",
        despite_refunds=despite_refunds,
        **at(Actor("system", "release-escrow-after-acceptance"), when),
    )


def test_delivery_schedules_the_release_and_completion_ends_it() -> None:
    delivered = ShipmentDelivered(order_id="o1", seller_id="s1", release_due_at=AT)
    completed = SellerPartCompleted(order_id="o1", seller_id="s1")
    process = ReleaseEscrowAfterAcceptance(Policy(refund_hold_s=3600))
    scheduled, last, *ended = played(process, [delivered, completed])
    assert (scheduled, last) == (Schedule("o1/s1", AT), Schedule("o1/s1/~last", HOUR_LATER))
    assert due(process, scheduled) == release(AT)
    assert due(process, last) == release(HOUR_LATER, despite_refunds=True)
    assert ended == [Unschedule("o1/s1"), Unschedule("o1/s1/~last")]


def test_what_a_decided_refund_had_held_back_is_released_when_due() -> None:
    delivered = ShipmentDelivered(order_id="o1", seller_id="s1", release_due_at=AT)
    dropped = RefundReservationDropped(order_id="o1", refund_id="last")
    process = ReleaseEscrowAfterAcceptance(Policy(refund_hold_s=3600))
    first, last, *again = played(process, [delivered, dropped])
    # A refund's id ends no other deadline.
    assert (first, last) == (Schedule("o1/s1", AT), Schedule("o1/s1/~last", HOUR_LATER))
    assert again == [Schedule("o1/s1/last", AT)]
    assert due(process, again[0]) == release(AT)
    assert played(process, [dropped]) == []


def test_a_part_that_is_completed_has_nothing_more_to_release() -> None:
    delivered = [
        ShipmentDelivered(order_id="o1", seller_id=seller_id, release_due_at=AT)
        for seller_id in ("s1", "s2")
    ]
    completed = SellerPartCompleted(order_id="o1", seller_id="s1")
    dropped = RefundReservationDropped(order_id="o1", refund_id="r1")
    process = ReleaseEscrowAfterAcceptance(Policy())
    before = played(process, [*delivered, completed])
    after = played(process, [*delivered, completed, dropped])
    assert after[len(before) :] == [Schedule("o1/s2/r1", AT)]
