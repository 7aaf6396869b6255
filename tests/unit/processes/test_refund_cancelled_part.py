"""A part that was paid for and never handed over is refunded."""

from commands.command import Policy
from commands.processes.refund_cancelled_part import RefundCancelledPart
from eventstore.events.order import (
    RefundReservationDropped,
    SellerPartCancelled,
)
from tests.unit.processes.played import commands, played


def test_a_part_that_was_never_handed_over_is_refunded() -> None:
    cancelled = SellerPartCancelled(order_id="o1", seller_id="s1", reason="r")
    dropped = RefundReservationDropped(order_id="o1", refund_id="r1")
    asked = commands(played(RefundCancelledPart(Policy()), [dropped, cancelled, dropped, dropped]))
    assert [(request.seller_id, request.approve) for request in asked.values()] == [
        ("s1", True),
        ("s1", True),
    ]


def test_a_refund_that_is_rejected_is_asked_for_again_of_each_cancelled_part() -> None:
    parts = [
        SellerPartCancelled(order_id="o1", seller_id=seller_id, reason="r")
        for seller_id in ("s1", "s2")
    ]
    dropped = RefundReservationDropped(order_id="o1", refund_id="r1")
    asked = commands(played(RefundCancelledPart(Policy()), [*parts, dropped]))
    assert [request.seller_id for request in asked.values()] == ["s1", "s2", "s1", "s2"]
