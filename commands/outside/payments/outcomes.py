"""A provider's result to the command that records it."""

from datetime import datetime
from typing import Any

from commands.command import Actor, Command
from commands.outside.payments.call import PaymentCall
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
    payout: dict[str, Any] = {"payout_id": call.key, "seller_id": call.owner_id, **at}
    leg: dict[str, Any] = {"refund_id": call.subject_id, "payment_id": call.payment_id, **at}
    match call.kind, result:
        case "charge", Succeeded(reference=reference):
            at |= {"payment_id": call.key, "order_id": call.owner_id}
            return RecordCapture(charge_reference=reference, **at)
        case "charge", Declined(reason=reason):
            return RecordDecline(payment_id=call.key, reason=reason, **at)
        case "refund", Succeeded(reference=reference):
            return RecordRefundLegSettled(provider_reference=reference, **leg)
        case "refund", Declined(reason=reason):
            return RecordRefundLegFailed(reason=reason, **leg)
        case "payout", Succeeded(reference=reference):
            return RecordPayoutSettled(provider_reference=reference, **payout)
        case "payout", Declined(reason=reason):
            return RecordPayoutFailed(reason=reason, **payout)
        case "payout", Pending(reference=reference):
            return RecordPayoutSent(payout_id=call.key, provider_reference=reference, **at)
        case _:
            return None
