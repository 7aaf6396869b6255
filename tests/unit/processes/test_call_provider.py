"""What the log owes to a provider is called, and an outcome ends the call."""

import pytest

from commands.command import Policy
from commands.processes.call_provider import CallProvider
from commands.processes.reactions import Call, CallDone
from eventstore.events.base import Event
from eventstore.events.order import (
    RefundLeg,
)
from eventstore.events.payment import PaymentCaptured, PaymentDeclined, PaymentStarted
from eventstore.events.payout import PayoutRequested, PayoutSettled
from eventstore.events.refund import RefundApproved, RefundLegSettled
from tests.unit.processes.played import EUR, played


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


@pytest.mark.parametrize(
    ("event", "keys"),
    [
        (started("sandbox"), ["p1"]),
        (started("manual"), []),
        (approved("sandbox", "manual", "sandbox"), ["r1:p0", "r1:p2"]),
        (payout("sandbox"), ["po1"]),
        (payout("manual"), []),
    ],
)
def test_what_the_log_owes_to_a_provider_is_called(event: Event, keys: list[str]) -> None:
    reactions = played(CallProvider(Policy()), [event])
    assert [reaction.call.key for reaction in reactions if isinstance(reaction, Call)] == keys


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
