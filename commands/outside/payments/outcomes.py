"""A provider's result to the command that records it."""

from datetime import datetime
from typing import Any

from commands.command import Actor, Command
from commands.outside.payments.call import Charge, PaymentCall, Payout, Refund
from commands.outside.port import Declined, Pending, Result, Succeeded
from commands.streams.payment.messages import RecordCapture, RecordDecline
from commands.streams.payout.messages import (
    RecordPayoutFailed,
    RecordPayoutSent,
    RecordPayoutSettled,
)
from commands.streams.refund.messages import RecordRefundLegFailed, RecordRefundLegSettled


def command_for(call: PaymentCall, result: Result, now: datetime) -> Command | None:
    """None for a result that is nothing to record yet."""
    at: dict[str, Any] = {"by": Actor("system", call.provider), "now": now, "occurred_at": now}
    match call:
        case Charge():
            return _charged(call, result, at)
        case Refund():
            return _refunded(call, result, at)
        case Payout():
            return _paid_out(call, result, at)


def _charged(call: Charge, result: Result, at: dict[str, Any]) -> Command | None:
    match result:
        case Succeeded(reference=reference):
            at |= {"payment_id": call.key, "order_id": call.order_id}
            return RecordCapture(charge_reference=reference, **at)
        case Declined(reason=reason):
            return RecordDecline(payment_id=call.key, reason=reason, **at)
        case Pending():
            return None


def _refunded(call: Refund, result: Result, at: dict[str, Any]) -> Command | None:
    leg: dict[str, Any] = {"refund_id": call.refund_id, "payment_id": call.payment_id, **at}
    match result:
        case Succeeded(reference=reference):
            return RecordRefundLegSettled(provider_reference=reference, **leg)
        case Declined(reason=reason):
            return RecordRefundLegFailed(reason=reason, **leg)
        case Pending():
            return None


def _paid_out(call: Payout, result: Result, at: dict[str, Any]) -> Command:
    payout: dict[str, Any] = {"payout_id": call.key, "seller_id": call.seller_id, **at}
    match result:
        case Succeeded(reference=reference):
            return RecordPayoutSettled(provider_reference=reference, **payout)
        case Declined(reason=reason):
            return RecordPayoutFailed(reason=reason, **payout)
        case Pending(reference=reference):
            return RecordPayoutSent(payout_id=call.key, provider_reference=reference, **at)
