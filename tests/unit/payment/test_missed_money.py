"""A charge taken back, or counted again, in exact events: what is missed, where, and whose it is."""

import pytest

from commands.command import Policy
from commands.streams.payment.messages import RecordCapture, RecordDecline
from eventstore.events.base import Event
from eventstore.events.escrow import FundsHeld, FundsReinstated
from eventstore.events.order import (
    OrderPaid,
    OrderPaymentRecorded,
    OrderPaymentReinstated,
    OrderUnpaid,
    PaymentDifferenceBooked,
    PaymentDifferenceChargedBack,
)
from eventstore.events.payment import PaymentCaptured, PaymentReinstated, PaymentReversed
from eventstore.events.seller_account import ChargebackDebited
from tests.given import at
from tests.unit.facts import DUE, UNPAID, ids, missed, reversed_of
from tests.unit.market import SYSTEM, Market, eur
from tests.unit.order_steps import TOTAL, cancel_unpaid, capture, charge, paid, started, take_back

ORDER = {"order_id": "o1"}


def reversal(payment_id: str = "p1") -> RecordDecline:
    return RecordDecline(payment_id=payment_id, reason="bank", **at(SYSTEM))


def again(payment_id: str = "p1") -> RecordCapture:
    return RecordCapture(charge_reference="ch", **ids(payment_id), **at(SYSTEM))


def test_what_was_refunded_whole_leaves_nothing_to_miss() -> None:
    market = paid()
    market.refund()
    only = PaymentReversed(amount=eur(TOTAL), reason="bank", **ids())
    market.when(reversal()).then(only)
    take_back(market)
    counts_again = PaymentReinstated(amount=eur(TOTAL), charge_reference="ch", **ids())
    market.when(again()).then(counts_again)


def test_an_order_that_was_never_paid_waits_as_before() -> None:
    market = Market()
    market.place()
    charge(market, 1000)
    market.when(reversal()).then(*reversed_of(1000, 1000), missed(1000))


def test_what_is_on_its_way_waits_for_no_payment() -> None:
    market = paid()
    market.ship()
    market.when(reversal()).then(*reversed_of(TOTAL, TOTAL), missed(TOTAL))


def test_a_missing_cent_is_missed_with_the_charge() -> None:
    market = Market()
    market.place()
    charge(market, TOTAL - 3)
    market.when(reversal()).then(
        *reversed_of(TOTAL - 3, TOTAL - 3),
        PaymentDifferenceChargedBack(amount=eur(-3), **ids()),
        missed(TOTAL),
        UNPAID,
    )


@pytest.mark.parametrize(("overpaid", "difference"), [(500, 100), (100, 100), (60, 60)])
def test_what_was_too_much_goes_first_and_no_more_than_the_charge(
    overpaid: int, difference: int
) -> None:
    market = Market()
    market.place()
    started(market, 100, "small")
    charge(market, TOTAL - 100 + overpaid)
    capture(market, "small")
    events = [
        *reversed_of(100, 100, "small"),
        PaymentDifferenceChargedBack(amount=eur(difference), **ids("small")),
    ]
    if difference < 100:
        events += [missed(100 - difference, payment_id="small"), UNPAID]
    market.when(reversal("small")).then(*events)


def test_of_each_part_what_is_held_goes_before_what_was_released() -> None:
    market = paid(anna=1, boris=1)
    market.release(500)
    market.release(100, seller_id="boris")
    debits = {
        seller_id: ChargebackDebited(
            seller_id=seller_id,
            amount=eur(released),
            from_balance_minor=earned,
            from_debt_minor=released - earned,
            **ids(),
        )
        for seller_id, released, earned in (("anna", 500, 452), ("boris", 100, 91))
    }
    market.when(reversal()).then(
        *reversed_of(TOTAL + 383, TOTAL + 383),
        missed(555, 500),
        debits["anna"],
        missed(283, 100, "boris"),
        debits["boris"],
        UNPAID,
    )


def test_a_part_that_is_done_passes_nothing_on_of_what_makes_a_loss_good() -> None:
    market = paid(Policy(chargebacks_borne_by="marketplace"))
    market.deliver()
    market.confirm()
    take_back(market)
    market.when(again()).then(
        PaymentReinstated(amount=eur(TOTAL), charge_reference="ch", **ids()),
        OrderPaymentReinstated(amount=eur(TOTAL), **ids()),
        FundsReinstated(amount=eur(0), recovered_minor=TOTAL, seller_id="anna", **ids()),
    )


def short_with_a_refund_asked_for() -> Market:
    """Anna's parcel is out; 100 of Boris's part is asked for, over the charge that stays."""
    market = Market()
    market.place(anna=1, boris=1)
    charge(market, 800, "p0")
    charge(market)
    market.refund(amount_minor=100, seller_id="boris", payment_id="p1", approve=False)
    market.ship("anna")
    return market


def test_what_a_refund_asks_for_is_not_missed() -> None:
    short_with_a_refund_asked_for().when(reversal("p0")).then(
        *reversed_of(800, 800, "p0"),
        missed(283, seller_id="boris", payment_id="p0"),
        missed(517, payment_id="p0"),
        OrderUnpaid(payment_due_at=DUE, goes_on=True, **ORDER),
    )


@pytest.mark.parametrize(
    ("arrived", "held", "difference"),
    [(400, 400, 0), (511, 511, 0), (512, 517, -5), (517, 517, 0), (518, 517, 1), (800, 517, 283)],
)
def test_a_part_that_was_cancelled_is_given_nothing_more_and_wants_nothing(
    arrived: int, held: int, difference: int
) -> None:
    market = short_with_a_refund_asked_for()
    take_back(market, "p0")
    started(market, arrived, "late")
    market.decide(cancel_unpaid(market, days=1))
    facts = {"amount": eur(arrived), "charge_reference": "ch", **ids("late")}
    events: list[Event] = [
        PaymentCaptured(**facts),
        OrderPaymentRecorded(provider="sandbox", method="card", **facts),
        FundsHeld(amount=eur(held), seller_id="anna", **ids("late")),
    ]
    if difference:
        events.append(PaymentDifferenceBooked(amount=eur(difference), **ids("late")))
    market.when(again("late")).then(*events)


def test_an_order_that_fell_unpaid_is_paid_when_the_charge_counts_again() -> None:
    market = paid()
    take_back(market)
    market.when(again()).then(
        PaymentReinstated(amount=eur(TOTAL), charge_reference="ch", **ids()),
        OrderPaymentReinstated(amount=eur(TOTAL), **ids()),
        FundsReinstated(amount=eur(TOTAL), recovered_minor=0, seller_id="anna", **ids()),
        OrderPaid(**ORDER),
    )
