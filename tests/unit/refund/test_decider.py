"""Refunds: requested, approved or rejected."""

from commands.refusals import NotYours
from commands.streams.refund.messages import (
    ApproveRefund,
    RefundLineRequest,
    RejectRefund,
    RequestRefund,
)
from commands.streams.refund.refusals import (
    RefundAlreadyDecided,
    RefundQuantityTooLarge,
)
from eventstore.events.refund import RefundApproved
from tests.given import at
from tests.unit.market import SELLER, Market, eur, of, refuses
from tests.unit.order_steps import paid


def test_refunds_are_bounded_by_what_is_left() -> None:
    market = Market()
    market.place(anna=2)
    market.pay()
    market.refund("r1", lines=(RefundLineRequest(line_id=1, quantity=1),), approve=False)
    twice = RequestRefund(
        refund_id="r2",
        order_id="o1",
        reason="x",
        lines=(RefundLineRequest(line_id=1, quantity=2),),
        **at(),
    )
    refuses(market, RefundQuantityTooLarge, twice)
    market.decide(RejectRefund(refund_id="r1", reason="no", **at()))
    assert market.decide(twice)
    refuses(market, RefundAlreadyDecided, ApproveRefund(refund_id="r1", **at()))


def test_a_seller_s_part_alone_can_be_refunded_in_full() -> None:
    market = paid(anna=1, boris=1)
    (approved,) = of(market.refund(seller_id="boris"), RefundApproved)
    assert approved.amount == eur(383)
    refuses(
        market,
        NotYours,
        RequestRefund(refund_id="r2", order_id="o1", reason="r", seller_id="anna", **at(SELLER)),
    )
