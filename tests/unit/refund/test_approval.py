"""What happens to the money and the goods of a refund that is approved."""

from commands.streams.order.messages import (
    CancelOrder,
    ReleaseFunds,
)
from commands.streams.refund.messages import (
    ApproveRefund,
    RefundLineRequest,
    RejectRefund,
)
from eventstore.events.escrow import (
    FundsReleased,
    FundsReturned,
)
from eventstore.events.order import (
    OrderCompleted,
    PaymentDifferenceReversed,
    SellerPartCompleted,
    SellerPartEmptied,
)
from eventstore.events.refund import (
    RefundApproved,
    RefundLegSettled,
    RefundSettled,
)
from eventstore.events.seller_account import RefundDebited
from eventstore.events.stock import StockReleased
from tests.given import at
from tests.unit.market import BUYER, Market, eur, of
from tests.unit.order_steps import books, charge, paid


def test_a_refund_before_release_comes_from_escrow() -> None:
    market = Market()
    market.place(anna=3)
    market.pay()
    events = market.refund(lines=(RefundLineRequest(line_id=1, quantity=1),))
    assert of(events, FundsReturned)[0].amount == eur(1005 + 17)
    assert not of(events, RefundDebited)
    assert [type(e) for e in events[-2:]] == [RefundLegSettled, RefundSettled]
    market.deliver()
    (released,) = of(market.confirm(), FundsReleased)
    assert released.commission_minor == 302 - 101


def test_a_refund_after_release_comes_from_the_seller_and_reverses_commission() -> None:
    market = Market()
    market.place()
    market.pay()
    market.deliver()
    market.confirm()
    market.pay_out(amount_minor=900)
    (debited,) = of(market.refund(), RefundDebited)
    assert debited.amount == eur(1055)
    assert debited.commission_reversed_minor == 101
    assert (debited.from_balance_minor, debited.from_debt_minor) == (54, 900)


def test_a_refund_of_everything_returns_the_difference_too() -> None:
    market = Market()
    market.place()
    market.pay(1055 + 111)
    market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    events = market.refund()
    assert of(events, RefundApproved)[0].amount == eur(1166)
    assert of(events, PaymentDifferenceReversed)[0].amount == eur(111)


def test_a_partly_paid_cancelled_order_returns_what_was_paid() -> None:
    market = Market()
    market.place(anna=1, boris=1)
    market.pay(1100)
    market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    events = market.refund()
    assert of(events, RefundApproved)[0].amount == eur(1100)
    assert [event.amount for event in of(events, FundsReturned)] == [eur(1055), eur(45)]


def test_an_order_short_by_a_cent_can_be_closed_when_all_its_money_is_back() -> None:
    """3 short of 1438: what is left of the lines then is worth nothing to anybody."""
    market = Market()
    market.place(anna=1, boris=1)
    charge(market, 1435)
    market.refund(amount_minor=1434)
    market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    market.refund("r2")
    assert books(market) == {"psp_clearing": -1435, "refund_clearing": 1435}


def test_a_refund_of_nothing_closes_what_only_a_missing_cent_stands_for() -> None:
    market = Market()
    market.place(anna=1, boris=1)
    charge(market, 1435)
    lines = (RefundLineRequest(line_id=1, quantity=1),)
    market.refund(lines=lines)
    market.refund("r2", amount_minor=380, seller_id="boris")
    market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    events = market.refund("r3")
    assert of(events, FundsReturned)[0].amount == eur(3)
    assert of(events, PaymentDifferenceReversed)[0].amount == eur(-3)
    assert of(events, RefundSettled)[0].amount == eur(0)
    assert "escrow:o1/boris" not in books(market)
    assert "payment_difference" not in books(market)


def test_a_part_whose_goods_were_all_refunded_frees_its_stock_at_once() -> None:
    market = paid()
    market.refund(amount_minor=21, approve=False)
    events = market.refund("r2", lines=(RefundLineRequest(line_id=1, quantity=1),))
    assert of(events, SellerPartEmptied)
    assert of(events, StockReleased)[0].quantity == 1
    market.decide(RejectRefund(refund_id="r1", reason="n", **at()))
    # Nothing can be handed over, and 21 are held: for the seller, or for the buyer.
    done = market.decide(ReleaseFunds(order_id="o1", seller_id="anna", **at()))
    assert [type(event) for event in done][-2:] == [SellerPartCompleted, OrderCompleted]


def test_or_the_rest_of_an_emptied_part_goes_back_to_the_buyer() -> None:
    market = paid()
    market.refund(amount_minor=21, approve=False)
    market.refund("r2", lines=(RefundLineRequest(line_id=1, quantity=1),))
    done = market.decide(ApproveRefund(refund_id="r1", **at()))
    assert of(done, OrderCompleted)
    assert not of(done, StockReleased)
