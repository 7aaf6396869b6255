"""How refunds end when a provider will not: nothing stays owed without a decision to take."""

from typing import Any

import msgspec
import pytest

from commands.refusals import NotAllowed
from commands.streams.payment.refusals import PaymentUnknown
from commands.streams.refund.refusals import (
    ChargeIsReversed,
    ChargeNotReversed,
    RefundExceedsCaptured,
    RefundLegExists,
    RefundLegNotRefused,
)
from eventstore.events.base import Event
from eventstore.events.refund import (
    RefundLegBounced,
    RefundLegFailed,
    RefundLegPaidTwice,
    RefundLegSettledOtherwise,
)
from tests.unit.market import BUYER, Market, eur
from tests.unit.order_steps import books, charge, paid, take_back
from tests.unit.refund.facts import ids, leg_settled, settled
from tests.unit.refund.test_ended_legs import fail, owed, replaced, settle, succeed

HELD = {"psp_clearing": -1055, "escrow:o1/anna": 655}
FAILED = RefundLegFailed(payment_id="p1", reason="closed", **ids())


def refused_leg() -> Market:
    """A refund of 400 that the provider will not make."""
    market = paid()
    market.refund(amount_minor=400)
    market.decide(fail("p1"))
    return market


def two_charges(first: int) -> Market:
    """A refund of 400 over the first of two charges, which its provider will not make."""
    market = Market()
    market.place()
    charge(market, first)
    charge(market, payment_id="p2")
    market.refund(amount_minor=400)
    market.decide(fail("p1"))
    return market


def otherwise(way: Any, amount: int = 400) -> list[Event]:
    ended = RefundLegSettledOtherwise(
        payment_id="p1", amount=eur(amount), way=way, reference="t", reason="closed", **ids()
    )
    return [ended, settled(amount)]


def paid_twice(amount: int, **told: str) -> Event:
    facts = {"provider_reference": "", "reason": "", **told}
    return RefundLegPaidTwice(payment_id="p1", amount=eur(amount), **facts, **ids())


def test_refund_legs_settle_or_fail_one_by_one() -> None:
    market = paid()
    market.refund()
    assert market.decide(fail("p1")) == [FAILED, owed(1055)]
    assert market.decide(succeed("p1")) == [leg_settled(1055, "re"), settled(1055)]
    market.when(succeed("p1")).then()


@pytest.mark.parametrize(
    ("way", "after"),
    [
        ("paid_outside", {"psp_clearing": -655, "escrow:o1/anna": 655}),
        ("written_off", {**HELD, "written_off": 400}),
    ],
)
def test_an_operator_settles_a_refused_leg_in_another_way(way: str, after: dict[str, int]) -> None:
    market = refused_leg()
    assert books(market) == {**HELD, "refund_clearing": 400}
    assert market.decide(settle("p1", way)) == otherwise(way)
    assert books(market) == after
    market.when(settle("p1", way)).refused(RefundLegNotRefused, "payment_id")


def test_who_may_settle_what() -> None:
    market = refused_leg()
    by_buyer = msgspec.structs.replace(settle("p1"), by=BUYER)
    only = "Only an operator may settle a refund in another way."
    market.when(by_buyer).refused(NotAllowed, None, only)
    market.when(settle("p1", "charged_back")).refused(ChargeNotReversed, "way")
    to_none = settle("p1", "other_payment", "p7")
    none = "The order has no such charge."
    market.when(to_none).refused(PaymentUnknown, "to_payment_id", none)
    to_itself = settle("p1", "other_payment", "p1")
    market.when(to_itself).refused(RefundLegExists, "to_payment_id")
    fresh = paid()
    fresh.refund(amount_minor=400)
    fresh.when(settle("p1")).refused(RefundLegNotRefused, "payment_id")


def test_a_leg_over_a_charge_taken_back_has_been_paid_by_the_bank() -> None:
    market = refused_leg()
    take_back(market)
    assert market.decide(settle("p1", "charged_back")) == otherwise("charged_back")
    assert books(market) == {}


def test_also_when_the_whole_charge_had_been_refunded_before() -> None:
    market = paid()
    market.refund()
    market.decide(fail("p1"))
    take_back(market)
    for way in ("paid_outside", "other_payment"):  # The buyer has it from the bank.
        market.when(settle("p1", way, "p2")).refused(ChargeIsReversed, "way")
    assert market.decide(settle("p1", "charged_back")) == otherwise("charged_back", 1055)
    assert books(market) == {}


def test_a_refused_leg_goes_back_over_another_payment() -> None:
    market = two_charges(600)
    move = settle("p1", "other_payment", "p2")
    assert market.decide(move) == replaced(400, "p2", "sandbox", "ch", 0)
    left = {charge.payment_id: charge.left_minor for charge in market.state("order-o1").charges}
    assert left == {"p1": 600, "p2": 55}
    assert market.decide(succeed("p2")) == [leg_settled(400, "re", "p2"), settled(400)]
    assert books(market) == {"psp_clearing": -655, "escrow:o1/anna": 655}


def test_another_payment_must_have_enough_left() -> None:
    market = two_charges(800)
    says = "255 left of that charge, 400 owed."
    move = settle("p1", "other_payment", "p2")
    market.when(move).refused(RefundExceedsCaptured, "to_payment_id", says)


def test_a_refund_that_bounces_is_owed_again() -> None:
    market = paid()
    market.refund(amount_minor=400)
    market.decide(succeed("p1"))
    bounced = RefundLegBounced(payment_id="p1", amount=eur(400), reason="closed", **ids())
    assert market.decide(fail("p1")) == [bounced, owed(400)]
    assert books(market) == {**HELD, "refund_clearing": 400}
    market.when(fail("p1")).then()
    assert market.decide(settle("p1", "paid_outside")) == otherwise("paid_outside")
    assert books(market) == {"psp_clearing": -655, "escrow:o1/anna": 655}


def test_a_leg_that_failed_may_still_be_paid() -> None:
    refused_leg().when(succeed("p1")).then(leg_settled(400, "re"), settled(400))


def test_what_the_provider_pays_after_an_operator_did_is_a_loss_until_it_comes_back() -> None:
    market = refused_leg()
    market.decide(settle("p1", "paid_outside"))
    assert market.decide(succeed("p1")) == [paid_twice(400, provider_reference="re")]
    assert books(market) == {"psp_clearing": -255, "escrow:o1/anna": 655, "written_off": -400}
    market.when(succeed("p1")).then()
    assert market.decide(fail("p1")) == [paid_twice(-400, reason="closed")]
    assert books(market) == {"psp_clearing": -655, "escrow:o1/anna": 655}
