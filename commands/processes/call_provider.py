"""Call the provider for every payment, refund and payout that the log says must happen."""

from collections.abc import Sequence

from commands.outside.payments.call import PORT, Charge, Payout, Refund, refund_key
from commands.processes.process import NoState, Process
from commands.processes.reactions import Call, CallDone, Reaction
from commands.streams.payment.state import MANUAL
from eventstore.codec import Recorded
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
from eventstore.values import Money


class CallProvider(Process[NoState]):
    name = "call-provider"
    state_type = NoState

    def interested(self, event: Event) -> str | None:
        match event:
            case PaymentStarted() | PaymentCaptured() | PaymentDeclined():
                return event.payment_id
            case PaymentReversed() | PaymentReinstated():
                return event.payment_id
            case RefundApproved() | RefundLegReplaced() | RefundLegSettled() | RefundLegFailed():
                return event.refund_id
            case RefundLegBounced() | RefundLegPaidTwice():
                return event.refund_id
            case PayoutRequested() | PayoutSettled() | PayoutFailed() | PayoutBounced():
                return event.payout_id
            case _:
                return None

    def react(self, state: NoState, recorded: Recorded) -> Sequence[Reaction]:  # noqa: ARG002
        correlation = recorded.envelope.correlation_id
        match recorded.event:
            case PaymentStarted() as event if event.provider != MANUAL:
                return [Call(_charge(event, correlation))]
            case RefundApproved() as event:
                return _refunds(event, event.legs, event.amount, correlation)
            case RefundLegReplaced(leg=leg) as event:
                return _refunds(event, [leg], event.amount, correlation)
            case PayoutRequested() as event if event.provider != MANUAL:
                return [Call(_payout(event, correlation))]
            case _:
                return _done(recorded.event)


def _done(event: Event) -> list[Reaction]:
    """The call whose outcome this is; an outcome that needed no call ends none."""
    match event:
        case PaymentCaptured(payment_id=key) | PaymentDeclined(payment_id=key):
            return [CallDone(PORT, "charge", key)]
        case PaymentReversed(payment_id=key) | PaymentReinstated(payment_id=key):
            return [CallDone(PORT, "charge", key)]
        case RefundLegSettled() | RefundLegFailed() | RefundLegBounced() | RefundLegPaidTwice():
            leg = (event.refund_id, event.payment_id)
            # Calls that were owed before ids with colons were told apart have the older key.
            keys = dict.fromkeys((refund_key(*leg), ":".join(leg)))
            return [CallDone(PORT, "refund", key) for key in keys]
        case PayoutSettled(payout_id=key) | PayoutFailed(payout_id=key):
            return [CallDone(PORT, "payout", key)]
        case PayoutBounced(payout_id=key):
            return [CallDone(PORT, "payout", key)]
        case _:
            return []


def _charge(event: PaymentStarted, correlation: str) -> Charge:
    return Charge(
        provider=event.provider,
        key=event.payment_id,
        source=event.source,
        amount=event.amount,
        order_id=event.order_id,
        correlation_id=correlation,
    )


def _refunds(
    event: RefundApproved | RefundLegReplaced,
    legs: Sequence[RefundLeg],
    amount: Money,
    correlation: str,
) -> list[Reaction]:
    return [
        Call(
            Refund(
                provider=leg.provider,
                key=refund_key(event.refund_id, leg.payment_id),
                charge_reference=leg.charge_reference,
                amount=amount.of(leg.amount_minor),
                refund_id=event.refund_id,
                payment_id=leg.payment_id,
                correlation_id=correlation,
            )
        )
        for leg in legs
        if leg.provider != MANUAL
    ]


def _payout(event: PayoutRequested, correlation: str) -> Payout:
    return Payout(
        provider=event.provider,
        key=event.payout_id,
        destination=event.destination,
        amount=event.amount,
        seller_id=event.seller_id,
        correlation_id=correlation,
    )
