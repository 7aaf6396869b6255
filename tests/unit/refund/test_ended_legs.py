"""Legs that an operator ends, one by one, in exact events."""

from typing import Any

import pytest

from commands.command import Command
from commands.streams.refund.messages import (
    RecordRefundLegFailed,
    RecordRefundLegSettled,
    SettleRefundLeg,
)
from eventstore.events.base import Event
from eventstore.events.order import RefundLeg, RefundLegMoved
from eventstore.events.refund import (
    RefundFailed,
    RefundLegBounced,
    RefundLegFailed,
    RefundLegPaidTwice,
    RefundLegReplaced,
    RefundLegSettled,
    RefundLegSettledOtherwise,
    RefundSettled,
)
from tests.given import at
from tests.unit.market import SYSTEM, Market, eur
from tests.unit.order_steps import TOTAL, charge

REFUND = {"refund_id": "r1", "order_id": "o1"}
FIRST, SECOND = 655, 400


def both_refused(over: int = TOTAL) -> Market:
    """A refund over two charges, or over the first, of which nothing is taken by its provider."""
    market = Market()
    market.place()
    charge(market, FIRST)
    charge(market, SECOND, "p2")
    market.refund(amount_minor=over)
    for leg in market.state("refund-r1").legs:
        market.decide(fail(leg.payment_id))
    return market


def fail(payment_id: str) -> RecordRefundLegFailed:
    return RecordRefundLegFailed(
        refund_id="r1", payment_id=payment_id, reason="closed", **at(SYSTEM)
    )


def succeed(payment_id: str) -> RecordRefundLegSettled:
    return RecordRefundLegSettled(
        refund_id="r1", payment_id=payment_id, provider_reference="re", **at(SYSTEM)
    )


def settle(payment_id: str, way: Any = "written_off", to: str = "") -> SettleRefundLeg:
    return SettleRefundLeg(
        refund_id="r1",
        payment_id=payment_id,
        way=way,
        reason="closed",
        reference="t",
        to_payment_id=to,
        **at(),
    )


def written_off(payment_id: str, amount: int) -> Event:
    return RefundLegSettledOtherwise(
        payment_id=payment_id,
        amount=eur(amount),
        way="written_off",
        reference="t",
        reason="closed",
        **REFUND,
    )


def owed(amount: int) -> Event:
    return RefundFailed(owed=eur(amount), **REFUND)


def test_a_refund_is_owed_until_its_last_leg_has_ended() -> None:
    market = both_refused()
    market.when(settle("p1")).then(written_off("p1", FIRST), owed(SECOND))
    market.decide(settle("p1"))
    assert market.state("refund-r1").status == "failed"
    settled = RefundSettled(amount=eur(TOTAL), **REFUND)
    market.when(settle("p2")).then(written_off("p2", SECOND), settled)
    paid = RefundLegSettled(payment_id="p2", amount=eur(SECOND), provider_reference="re", **REFUND)
    market.when(succeed("p2")).then(paid, settled)


@pytest.mark.parametrize(
    ("command", "events"),
    [
        (succeed("p1"), []),
        (fail("p2"), []),
        (
            fail("p1"),
            [
                RefundLegBounced(payment_id="p1", amount=eur(FIRST), reason="closed", **REFUND),
                owed(TOTAL),
            ],
        ),
    ],
)
def test_each_outcome_is_recorded_once(command: Command, events: list[Event]) -> None:
    market = both_refused()
    market.decide(succeed("p1"))
    market.when(command).then(*events)


def test_a_leg_that_fails_adds_to_what_is_owed() -> None:
    market = Market()
    market.place()
    charge(market, FIRST)
    charge(market, SECOND, "p2")
    market.refund()
    failed = RefundLegFailed(payment_id="p1", reason="closed", **REFUND)
    market.when(fail("p1")).then(failed, owed(FIRST))
    market.decide(fail("p2"))
    failed = RefundLegFailed(payment_id="p1", reason="closed", **REFUND)
    market.when(fail("p1")).then(failed, owed(TOTAL))


def test_what_is_paid_after_it_ended_is_paid_twice_and_may_come_back() -> None:
    market = both_refused(over=SECOND)
    market.decide(settle("p1"))
    market.when(fail("p1")).then()

    def twice(amount: int, **told: str) -> Event:
        facts = {"provider_reference": "", "reason": "", **told}
        return RefundLegPaidTwice(payment_id="p1", amount=eur(amount), **facts, **REFUND)

    market.when(succeed("p1")).then(twice(SECOND, provider_reference="re"))
    market.decide(succeed("p1"))
    market.when(succeed("p1")).then()
    market.when(fail("p1")).then(twice(-SECOND, reason="closed"))
    market.decide(fail("p1"))
    market.when(fail("p1")).then()


def replaced(amount: int, to: str, provider: str, reference: str, still: int) -> list[Event]:
    leg = RefundLeg(
        payment_id=to, provider=provider, charge_reference=reference, amount_minor=amount
    )
    return [
        RefundLegReplaced(
            payment_id="p1",
            amount=eur(amount),
            leg=leg,
            owed_minor=still,
            reason="closed",
            **REFUND,
        ),
        RefundLegMoved(from_payment_id="p1", to_payment_id=to, amount=eur(amount), **REFUND),
    ]


def test_a_charge_may_be_used_up_by_a_leg_that_moves_to_it() -> None:
    market = both_refused(over=SECOND)
    move = settle("p1", "other_payment", "p2")
    market.when(move).then(*replaced(SECOND, "p2", "sandbox", "ch", 0))
    market.decide(move)
    assert market.state("refund-r1").status == "approved"


def test_a_leg_that_moves_to_what_was_paid_by_hand_is_settled_there() -> None:
    market = Market()
    market.place()
    charge(market, 300)
    charge(market, 255, "p2")
    market.pay(500, "hand")
    market.refund(amount_minor=555)
    for payment_id in ("p1", "p2"):
        market.decide(fail(payment_id))
    by_hand = RefundLegSettled(
        payment_id="hand", amount=eur(300), provider_reference="manual:r1", **REFUND
    )
    move = settle("p1", "other_payment", "hand")
    market.when(move).then(*replaced(300, "hand", "manual", "manual:hand", 255), by_hand)
    market.decide(move)
    refund = market.state("refund-r1")
    assert (refund.status, refund.owed_minor) == ("failed", 255)
    market.when(settle("p2")).then(written_off("p2", 255), RefundSettled(amount=eur(555), **REFUND))
