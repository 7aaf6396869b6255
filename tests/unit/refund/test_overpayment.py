"""What was paid beyond the total goes back, without the goods."""

import msgspec

from commands.refusals import NotAllowed
from commands.streams.refund.refusals import NothingOverpaid, RefundExceedsCaptured
from eventstore.events.base import Event
from tests.unit.market import SYSTEM, Market
from tests.unit.order_steps import TOTAL, capture, charge, started
from tests.unit.refund.facts import (
    ask,
    difference_back,
    granted,
    leg,
    leg_by_hand,
    settled_by_hand,
)


def overpaid() -> Market:
    market = Market()
    market.place()
    charge(market, TOTAL + 500)
    return market


def test_what_was_paid_too_much_goes_back_without_the_goods() -> None:
    market = overpaid()
    before = market.state("order-o1")
    assert market.refund(overpaid=True, payment_id="p1") == [
        *granted(500, difference=500),
        difference_back(500),
    ]
    (charged,) = before.charges
    assert market.state("order-o1") == msgspec.structs.replace(
        before,
        charges=(msgspec.structs.replace(charged, refunded_minor=500),),
        difference_minor=0,
        returned_difference_minor=500,
    )
    again = ask("r2", overpaid=True, approve=False)
    market.when(again).refused(NothingOverpaid, "order_id")


def test_an_overpayment_goes_back_to_the_payment_that_it_came_from() -> None:
    market = Market()
    market.place()
    charge(market, 600)
    charge(market, TOTAL, "p2")
    market.when(ask(overpaid=True, payment_id="p2")).then(
        *granted(600, legs=(leg(600, "p2"),), difference=600),
        difference_back(600),
    )


def test_no_more_than_what_was_overpaid_goes_back() -> None:
    too_much = ask(overpaid=True, amount_minor=501, approve=False)
    says = "500 was overpaid, 501 asked for."
    overpaid().when(too_much).refused(RefundExceedsCaptured, "amount.amount_minor", says)


def test_what_came_by_hand_an_operator_returns_and_no_process() -> None:
    market = Market()
    market.place()
    market.pay(TOTAL + 500)
    by_process = ask(overpaid=True, payment_id="p1", by=SYSTEM)
    says = "What was paid by hand an operator returns."
    market.when(by_process).refused(NotAllowed, "payment_id", says)
    market.when(ask(overpaid=True, payment_id="p1")).then(
        *granted(500, legs=(leg_by_hand(500),), difference=500),
        difference_back(500),
        *settled_by_hand(500),
    )


def by_process(payment_id: str, amount: int) -> list[Event]:
    refund_id = f"~{payment_id}"
    over = (leg(amount, payment_id),)
    return [
        *granted(amount, legs=over, difference=amount, refund_id=refund_id),
        difference_back(amount, refund_id),
    ]


def test_a_process_returns_each_excess_over_its_own_payment_only() -> None:
    market = Market()
    market.place()
    for payment_id, amount in (("card", 50), ("late", 60)):
        started(market, amount, payment_id)
    market.pay(TOTAL + 100)  # By hand, 100 too much.
    capture(market, "card")
    capture(market, "late")
    for payment_id, more in (("card", 50), ("late", 60)):
        asked = {"overpaid": True, "payment_id": payment_id, "amount_minor": more, "by": SYSTEM}
        assert market.refund(f"~{payment_id}", **asked) == by_process(payment_id, more)
    assert market.state("order-o1").difference_minor == 100  # An operator's to return.
