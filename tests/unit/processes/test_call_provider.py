"""What the log owes to a provider is called, and an outcome ends the call."""

import pytest

from commands.command import Policy
from commands.outside.payments.call import Charge, PaymentCall, Payout, Refund
from commands.processes.call_provider import CallProvider
from commands.processes.reactions import Call, CallDone
from eventstore.events.base import Event
from eventstore.events.order import RefundLeg
from eventstore.events.payment import (
    PaymentCaptured,
    PaymentDeclined,
    PaymentReinstated,
    PaymentReversed,
    PaymentStarted,
)
from eventstore.events.payout import PayoutBounced, PayoutFailed, PayoutRequested, PayoutSettled
from eventstore.events.refund import (
    RefundApproved,
    RefundLegBounced,
    RefundLegFailed,
    RefundLegPaidTwice,
    RefundLegReplaced,
    RefundLegSettled,
)
from tests.unit.processes.played import EUR, played
from tests.unit.samples import ENVELOPE


def started(provider: str) -> Event:
    return PaymentStarted(
        payment_id="p1", order_id="o1", provider=provider, method="card", source="tok", amount=EUR
    )


def approved(*providers: str) -> Event:
    legs = tuple(
        RefundLeg(payment_id=f"p{number}", provider=provider, charge_reference="ch", amount_minor=5)
        for number, provider in enumerate(providers)
    )
    return RefundApproved(refund_id="r1", order_id="o1", amount=EUR, legs=legs)


def payout(provider: str) -> Event:
    return PayoutRequested(
        payout_id="po1", seller_id="s1", provider=provider, destination="d", amount=EUR
    )


SANDBOX = {"provider": "sandbox", "correlation_id": ENVELOPE.correlation_id}
CHARGE = Charge(key="p1", source="tok", amount=EUR, order_id="o1", **SANDBOX)
PAYOUT_CALL = Payout(key="po1", destination="d", amount=EUR, seller_id="s1", **SANDBOX)


def refund(payment_id: str, reference: str = "ch") -> Refund:
    return Refund(
        key=f"r1:{payment_id}",
        charge_reference=reference,
        amount=EUR.of(5),
        refund_id="r1",
        payment_id=payment_id,
        **SANDBOX,
    )


@pytest.mark.parametrize(
    ("event", "calls"),
    [
        (started("sandbox"), [CHARGE]),
        (started("manual"), []),
        (approved("sandbox", "manual", "sandbox"), [refund("p0"), refund("p2")]),
        (payout("sandbox"), [PAYOUT_CALL]),
        (payout("manual"), []),
    ],
)
def test_what_the_log_owes_to_a_provider_is_called(event: Event, calls: list[PaymentCall]) -> None:
    assert played(CallProvider(Policy()), [event]) == [Call(call) for call in calls]


@pytest.mark.parametrize(
    ("event", "done"),
    [
        (
            PaymentCaptured(payment_id="p1", order_id="o1", amount=EUR, charge_reference="ch"),
            CallDone("payments", "charge", "p1"),
        ),
        (
            PaymentDeclined(payment_id="p1", order_id="o1", reason="r"),
            CallDone("payments", "charge", "p1"),
        ),
        (
            RefundLegSettled(
                refund_id="r1", order_id="o1", payment_id="p1", amount=EUR, provider_reference="re"
            ),
            CallDone("payments", "refund", "r1:p1"),
        ),
        (
            PayoutSettled(payout_id="po1", seller_id="s1", amount=EUR, provider_reference="po"),
            CallDone("payments", "payout", "po1"),
        ),
    ],
)
def test_an_outcome_ends_its_call(event: Event, done: CallDone) -> None:
    assert played(CallProvider(Policy()), [event]) == [done]


REFUND = {"refund_id": "r1", "order_id": "o1"}
PAYOUT = {"payout_id": "po1", "seller_id": "s1"}


def test_a_leg_that_goes_over_another_payment_is_called_there() -> None:
    leg = RefundLeg(payment_id="p2", provider="sandbox", charge_reference="ch2", amount_minor=5)
    replaced = RefundLegReplaced(
        payment_id="p1", amount=EUR.of(5), leg=leg, owed_minor=0, reason="closed", **REFUND
    )
    assert played(CallProvider(Policy()), [replaced]) == [Call(refund("p2", "ch2"))]


@pytest.mark.parametrize(
    ("event", "key"),
    [
        (PaymentReversed(payment_id="p1", order_id="o1", amount=EUR, reason="r"), "charge p1"),
        (
            PaymentReinstated(payment_id="p1", order_id="o1", amount=EUR, charge_reference="ch"),
            "charge p1",
        ),
        (RefundLegFailed(payment_id="p1", reason="r", **REFUND), "refund r1:p1"),
        (RefundLegBounced(payment_id="p1", amount=EUR, reason="r", **REFUND), "refund r1:p1"),
        (
            RefundLegPaidTwice(
                payment_id="p1", amount=EUR, provider_reference="re", reason="", **REFUND
            ),
            "refund r1:p1",
        ),
        (PayoutFailed(reason="r", **PAYOUT), "payout po1"),
        (PayoutBounced(amount=EUR, reason="r", **PAYOUT), "payout po1"),
    ],
)
def test_also_one_that_comes_late_or_is_bad(event: Event, key: str) -> None:
    kind, _, subject = key.partition(" ")
    done = CallDone("payments", kind, subject)
    assert played(CallProvider(Policy()), [event]) == [done]


def test_a_refund_s_call_is_ended_under_its_older_key_too() -> None:
    """Ids with colons were not told apart before."""
    failed = RefundLegFailed(payment_id="p:1", reason="r", **REFUND)
    assert played(CallProvider(Policy()), [failed]) == [
        CallDone("payments", "refund", "r1/p:1"),
        CallDone("payments", "refund", "r1:p:1"),
    ]
