"""Refunds: requested, approved or rejected."""

from commands.refusals import NotYours
from commands.streams.refund.messages import ApproveRefund, RefundLineRequest, RejectRefund
from commands.streams.refund.refusals import RefundAlreadyDecided, RefundQuantityTooLarge
from eventstore.events.stock import StockReleased
from tests.given import at
from tests.unit.facts import part_done
from tests.unit.market import SELLER, Market
from tests.unit.order_steps import paid
from tests.unit.refund.facts import (
    ALL_OF_BORIS,
    UNIT,
    ask,
    granted,
    leg_by_hand,
    rejected,
    requested,
    returned,
    taken,
)


def test_refunds_are_bounded_by_what_is_left() -> None:
    market = Market()
    market.place(anna=2)
    market.pay()
    unit, both = taken(1, 1005, 25, 101), taken(2, 2010, 50, 201)
    assert market.refund("r1", lines=UNIT, approve=False) == requested(
        1030, unit, legs=(leg_by_hand(1030),)
    )
    twice = ask("r2", lines=(RefundLineRequest(line_id=1, quantity=2),), approve=False)
    left = "1 left on this line."
    market.when(twice).refused(RefundQuantityTooLarge, "lines[0].quantity", left)
    reject = RejectRefund(refund_id="r1", reason="no", **at())
    assert market.decide(reject) == rejected("r1", "no")
    assert market.decide(twice) == requested(2060, both, legs=(leg_by_hand(2060),), refund_id="r2")
    market.when(ApproveRefund(refund_id="r1", **at())).refused(RefundAlreadyDecided, "refund_id")
    market.when(reject).refused(RefundAlreadyDecided, "refund_id")


def test_a_seller_s_part_alone_can_be_refunded_in_full() -> None:
    market = paid(anna=1, boris=1)
    assert market.refund(seller_id="boris") == [
        *granted(383, ALL_OF_BORIS),
        returned(383, "boris"),
        part_done("boris"),
        StockReleased(listing_id="boris-item", order_id="o1", quantity=1),
    ]
    hers = ask("r2", seller_id="anna", approve=False, **at(SELLER))
    market.when(hers).refused(NotYours, "order_id", "The order belongs to another buyer.")
