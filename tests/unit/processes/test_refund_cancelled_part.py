"""A part that was paid for and never handed over is refunded."""

from commands.command import Policy
from commands.processes.reactions import Do
from commands.processes.refund_cancelled_part import RefundCancelledPart
from eventstore.events.order import (
    RefundReservationDropped,
    SellerPartCancelled,
)
from tests.unit.processes.played import played, refund_by

NAME = "refund-cancelled-part"


def asked(seller_id: str, because_of: str = "") -> Do:
    """All of the seller's part; of a rejected refund once more, under an id of its own."""
    reason = "this part of the order was cancelled"
    request = refund_by(NAME, "o1", seller_id, because_of, seller_id=seller_id, reason=reason)
    return Do(f"{NAME}/o1/{seller_id}/{because_of}", request)


def test_a_part_that_was_never_handed_over_is_refunded() -> None:
    cancelled = SellerPartCancelled(order_id="o1", seller_id="s1", reason="r")
    dropped = RefundReservationDropped(order_id="o1", refund_id="r1")
    reactions = played(RefundCancelledPart(Policy()), [dropped, cancelled, dropped, dropped])
    assert reactions == [asked("s1"), asked("s1", "r1"), asked("s1", "r1")]


def test_a_refund_that_is_rejected_is_asked_for_again_of_each_cancelled_part() -> None:
    parts = [
        SellerPartCancelled(order_id="o1", seller_id=seller_id, reason="r")
        for seller_id in ("s1", "s2")
    ]
    dropped = RefundReservationDropped(order_id="o1", refund_id="r1")
    assert played(RefundCancelledPart(Policy()), [*parts, dropped]) == [
        asked("s1"),
        asked("s2"),
        asked("s1", "r1"),
        asked("s2", "r1"),
    ]
