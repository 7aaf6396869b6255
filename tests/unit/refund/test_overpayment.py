"""What was paid beyond the total goes back, without the goods."""

from commands.refusals import NotAllowed
from commands.streams.refund.messages import RequestRefund
from commands.streams.refund.refusals import (
    NothingOverpaid,
    RefundExceedsCaptured,
)
from eventstore.events.refund import RefundApproved
from tests.given import at
from tests.unit.market import SYSTEM, Market, eur, of, refuses
from tests.unit.order_steps import TOTAL, capture, charge, started


def overpaid() -> Market:
    market = Market()
    market.place()
    charge(market, TOTAL + 500)
    return market


def test_what_was_paid_too_much_goes_back_without_the_goods() -> None:
    market = overpaid()
    (approved,) = of(market.refund(overpaid=True, payment_id="p1"), RefundApproved)
    assert (approved.amount, [leg.payment_id for leg in approved.legs]) == (eur(500), ["p1"])
    assert market.state("order-o1").lines[0].gross_minor == TOTAL
    refuses(
        market,
        NothingOverpaid,
        RequestRefund(refund_id="r2", order_id="o1", reason="r", overpaid=True, **at()),
    )


def test_an_overpayment_goes_back_to_the_payment_that_it_came_from() -> None:
    market = Market()
    market.place()
    charge(market, 600)
    charge(market, TOTAL, "p2")
    (approved,) = of(market.refund(overpaid=True, payment_id="p2"), RefundApproved)
    assert [(leg.payment_id, leg.amount_minor) for leg in approved.legs] == [("p2", 600)]


def test_no_more_than_what_was_overpaid_and_no_process_returns_what_came_by_hand() -> None:
    market = overpaid()
    ask = {"order_id": "o1", "reason": "r", "overpaid": True}
    too_much = RequestRefund(refund_id="r1", amount_minor=501, **ask, **at())
    refuses(market, RefundExceedsCaptured, too_much)
    by_hand = Market()
    by_hand.place()
    by_hand.pay(TOTAL + 500)
    asked = RequestRefund(refund_id="r1", payment_id="p1", approve=True, **ask, **at(SYSTEM))
    refuses(by_hand, NotAllowed, asked)
    assert by_hand.refund(overpaid=True, payment_id="p1")


def test_a_process_returns_each_excess_over_its_own_payment_only() -> None:
    market = Market()
    market.place()
    for payment_id, amount in (("card", 50), ("late", 60)):
        started(market, amount, payment_id)
    market.pay(TOTAL + 100)  # By hand, 100 too much.
    capture(market, "card")
    capture(market, "late")
    for payment_id, more in (("card", 50), ("late", 60)):
        asked = RequestRefund(
            refund_id=f"~{payment_id}",
            order_id="o1",
            reason="r",
            overpaid=True,
            payment_id=payment_id,
            amount_minor=more,
            approve=True,
            **at(SYSTEM),
        )
        (approved,) = of(market.decide(asked), RefundApproved)
        assert [(leg.payment_id, leg.amount_minor) for leg in approved.legs] == [(payment_id, more)]
    assert market.state("order-o1").difference_minor == 100  # An operator's to return.
