"""How refunds end when a provider will not: nothing stays owed without a decision to take."""

from typing import Any

import pytest

from commands.refusals import NotAllowed
from commands.streams.payment.messages import RecordDecline
from commands.streams.payment.refusals import PaymentUnknown
from commands.streams.refund.messages import (
    RecordRefundLegFailed,
    RecordRefundLegSettled,
    SettleRefundLeg,
)
from commands.streams.refund.refusals import (
    ChargeIsReversed,
    ChargeNotReversed,
    RefundExceedsCaptured,
    RefundLegExists,
    RefundLegNotRefused,
)
from eventstore.events.order import RefundLegMoved
from eventstore.events.refund import (
    RefundFailed,
    RefundLegBounced,
    RefundLegPaidTwice,
    RefundLegReplaced,
    RefundLegSettled,
    RefundSettled,
)
from tests.given import at
from tests.unit.market import BUYER, SYSTEM, Market, eur, of, refuses
from tests.unit.order_steps import books, capture, charge, paid, started


def test_refund_legs_settle_or_fail_one_by_one() -> None:
    market = Market()
    market.place()
    started(market)
    capture(market)
    market.refund()
    ids = {"refund_id": "r1", "payment_id": "p1"}
    failed = market.decide(RecordRefundLegFailed(reason="closed", **ids, **at(SYSTEM)))
    assert of(failed, RefundFailed)[0].owed == eur(1055)
    settle = RecordRefundLegSettled(provider_reference="re", **ids, **at(SYSTEM))
    assert of(market.decide(settle), RefundSettled)
    assert market.decide(settle) == []


LEG = {"refund_id": "r1", "payment_id": "p1"}


def refused_leg() -> Market:
    """A refund of 400 that the provider will not make."""
    market = paid()
    market.refund(amount_minor=400)
    market.decide(RecordRefundLegFailed(reason="account closed", **LEG, **at(SYSTEM)))
    return market


def settle(way: Any, **more: Any) -> SettleRefundLeg:
    return SettleRefundLeg(way=way, reason="card closed", **more, **LEG, **at())


@pytest.mark.parametrize(
    ("way", "account"), [("paid_outside", "psp_clearing"), ("written_off", "written_off")]
)
def test_an_operator_settles_a_refused_leg_in_another_way(way: str, account: str) -> None:
    market = refused_leg()
    before = books(market).get(account, 0)
    events = market.decide(settle(way, reference="transfer 1"))
    assert of(events, RefundSettled)
    after = books(market)
    assert "refund_clearing" not in after
    assert after[account] - before == 400
    refuses(market, RefundLegNotRefused, settle(way))


def test_who_may_settle_what() -> None:
    market = refused_leg()
    by_buyer = SettleRefundLeg(way="written_off", reason="r", **LEG, **at(BUYER))
    refuses(market, NotAllowed, by_buyer)
    refuses(market, ChargeNotReversed, settle("charged_back"))
    refuses(market, PaymentUnknown, settle("other_payment", to_payment_id="p7"))
    refuses(market, RefundLegExists, settle("other_payment", to_payment_id="p1"))
    fresh = paid()
    fresh.refund(amount_minor=400)
    refuses(fresh, RefundLegNotRefused, settle("written_off"))


def test_a_leg_over_a_charge_taken_back_has_been_paid_by_the_bank() -> None:
    market = refused_leg()
    market.decide(RecordDecline(payment_id="p1", reason="bank", **at(SYSTEM)))
    market.decide(settle("charged_back"))
    assert books(market) == {}


def test_also_when_the_whole_charge_had_been_refunded_before() -> None:
    market = paid()
    market.refund()
    market.decide(RecordRefundLegFailed(reason="refused", **LEG, **at(SYSTEM)))
    market.decide(RecordDecline(payment_id="p1", reason="bank", **at(SYSTEM)))
    for way in ("paid_outside", "other_payment"):  # The buyer has it from the bank.
        refuses(market, ChargeIsReversed, settle(way, to_payment_id="p2"))
    market.decide(settle("charged_back"))
    assert books(market) == {}


def test_a_refused_leg_goes_back_over_another_payment() -> None:
    market = Market()
    market.place()
    charge(market, 600)
    charge(market, payment_id="p2")
    market.refund(amount_minor=400)
    market.decide(RecordRefundLegFailed(reason="closed", **LEG, **at(SYSTEM)))
    events = market.decide(settle("other_payment", to_payment_id="p2"))
    assert [type(event) for event in events] == [RefundLegReplaced, RefundLegMoved]
    left = {charge.payment_id: charge.left_minor for charge in market.state("order-o1").charges}
    assert left == {"p1": 600, "p2": 55}
    new = {"refund_id": "r1", "payment_id": "p2"}
    settled = RecordRefundLegSettled(provider_reference="re", **new, **at(SYSTEM))
    assert of(market.decide(settled), RefundSettled)
    assert "refund_clearing" not in books(market)


def test_another_payment_must_have_enough_left() -> None:
    market = Market()
    market.place()
    charge(market, 800)
    charge(market, payment_id="p2")
    market.refund(amount_minor=400)
    market.decide(RecordRefundLegFailed(reason="closed", **LEG, **at(SYSTEM)))
    refuses(market, RefundExceedsCaptured, settle("other_payment", to_payment_id="p2"))


def test_a_refund_that_bounces_is_owed_again() -> None:
    market = paid()
    market.refund(amount_minor=400)
    market.decide(RecordRefundLegSettled(provider_reference="re", **LEG, **at(SYSTEM)))
    bounced = RecordRefundLegFailed(reason="card closed", **LEG, **at(SYSTEM))
    events = market.decide(bounced)
    assert [type(event) for event in events] == [RefundLegBounced, RefundFailed]
    assert books(market)["refund_clearing"] == 400
    assert market.decide(bounced) == []
    market.decide(settle("paid_outside", reference="t"))
    assert "refund_clearing" not in books(market)


def test_a_leg_that_failed_may_still_be_paid() -> None:
    market = refused_leg()
    paid_late = RecordRefundLegSettled(provider_reference="re", **LEG, **at(SYSTEM))
    assert [type(event) for event in market.decide(paid_late)] == [RefundLegSettled, RefundSettled]


def test_what_the_provider_pays_after_an_operator_did_is_a_loss_until_it_comes_back() -> None:
    market = refused_leg()
    market.decide(settle("paid_outside", reference="t"))
    paid_late = RecordRefundLegSettled(provider_reference="re", **LEG, **at(SYSTEM))
    assert of(market.decide(paid_late), RefundLegPaidTwice)
    assert books(market)["written_off"] == -400
    assert market.decide(paid_late) == []
    market.decide(RecordRefundLegFailed(reason="back", **LEG, **at(SYSTEM)))
    assert "written_off" not in books(market)
