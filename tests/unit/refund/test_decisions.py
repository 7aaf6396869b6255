"""Refusals of decisions on refunds, and of what is said of their legs, in their order."""

from typing import Any

import pytest

from commands.refusals import NotAllowed
from commands.streams.payment.refusals import PaymentUnknown
from commands.streams.refund.messages import (
    ApproveRefund,
    RecordRefundLegFailed,
    RecordRefundLegSettled,
    RejectRefund,
    SettleRefundLeg,
)
from commands.streams.refund.refusals import (
    ChargeIsReversed,
    ChargeNotReversed,
    RefundAlreadyDecided,
    RefundExceedsCaptured,
    RefundLegExists,
    RefundLegNotRefused,
    RefundNotApproved,
    RefundUnknown,
)
from tests.given import at
from tests.unit.ladder import Rung, ladder, named, rung
from tests.unit.market import SELLER, SYSTEM, Market
from tests.unit.order_steps import charge, paid, take_back

LEG: dict[str, Any] = {"refund_id": "r1", "payment_id": "p1"}


def refused_leg() -> Market:
    """Of two charges, 400 that go back over the first are refused."""
    market = Market()
    market.place()
    charge(market, 656)
    charge(market, None, "p2")
    market.refund(amount_minor=400)
    market.decide(RecordRefundLegFailed(reason="closed", **LEG, **at(SYSTEM)))
    return market


def requested() -> Market:
    market = paid()
    market.refund(approve=False)
    return market


def approved() -> Market:
    market = paid()
    market.refund()
    return market


def taken_back() -> Market:
    market = refused_leg()
    take_back(market)
    return market


DECIDING = [
    step
    for command in (
        ApproveRefund(refund_id="nope", **at(SELLER)),
        RejectRefund(refund_id="nope", reason="n", **at(SELLER)),
    )
    for step in ladder(
        approved,
        command,
        rung(RefundUnknown, "refund_id"),
        rung(NotAllowed, None, "Only an operator may decide on a refund.", refund_id="r1"),
        rung(RefundAlreadyDecided, "refund_id", **at()),
    )
]


NO_LEG = "The refund has no leg over this payment."


OUTCOMES = [
    step
    for command in (
        RecordRefundLegSettled(
            refund_id="nope", payment_id="p9", provider_reference="re", **at(SYSTEM)
        ),
        RecordRefundLegFailed(refund_id="nope", payment_id="p9", reason="r", **at(SYSTEM)),
    )
    for step in ladder(
        requested,
        command,
        rung(RefundUnknown, "refund_id"),
        rung(RefundNotApproved, "refund_id", refund_id="r1"),
        rung(PaymentUnknown, "payment_id", NO_LEG, world=approved),
    )
]


OTHERWISE = ladder(
    requested,
    SettleRefundLeg(
        refund_id="nope", payment_id="p9", way="charged_back", reason="r", **at(SELLER)
    ),
    rung(RefundUnknown, "refund_id"),
    rung(
        NotAllowed,
        None,
        "Only an operator may settle a refund in another way.",
        refund_id="r1",
    ),
    rung(RefundNotApproved, "refund_id", **at()),
    rung(PaymentUnknown, "payment_id", NO_LEG, world=approved),
    rung(RefundLegNotRefused, "payment_id", payment_id="p1"),
    rung(ChargeNotReversed, "way", world=refused_leg),
    rung(ChargeIsReversed, "way", world=taken_back, way="other_payment"),
    rung(ChargeIsReversed, "way", way="paid_outside"),
    rung(
        PaymentUnknown,
        "to_payment_id",
        "The order has no such charge.",
        world=refused_leg,
        way="other_payment",
    ),
    rung(RefundLegExists, "to_payment_id", to_payment_id="p1"),
    rung(
        RefundExceedsCaptured,
        "to_payment_id",
        "399 left of that charge, 400 owed.",
        to_payment_id="p2",
    ),
)


@pytest.mark.parametrize("why", [*DECIDING, *OUTCOMES, *OTHERWISE], ids=named)
def test_refusals_in_their_order(why: Rung) -> None:
    why.holds()
