"""A provider's result to the command that records it."""

from datetime import datetime

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
    by = Actor("system", call.provider)
    match call.kind:
        case "charge":
            return _of_charge(call, result, by, now)
        case "refund":
            return _of_refund(call, result, by, now)
        case "payout":
            return _of_payout(call, result, by, now)


def _of_charge(call: PaymentCall, result: Result, by: Actor, now: datetime) -> Command | None:
    match result:
        case Succeeded(reference=reference):
            return RecordCapture(
                payment_id=call.key,
                order_id=call.owner_id,
                charge_reference=reference,
                by=by,
                now=now,
                occurred_at=now,
            )
        case Declined(reason=reason):
            return RecordDecline(
                payment_id=call.key, reason=reason, by=by, now=now, occurred_at=now
            )
        case Pending():
            return None


def _of_refund(call: PaymentCall, result: Result, by: Actor, now: datetime) -> Command | None:
    match result:
        case Succeeded(reference=reference):
            return RecordRefundLegSettled(
                refund_id=call.subject_id,
                payment_id=call.payment_id,
                provider_reference=reference,
                by=by,
                now=now,
                occurred_at=now,
            )
        case Declined(reason=reason):
            return RecordRefundLegFailed(
                refund_id=call.subject_id,
                payment_id=call.payment_id,
                reason=reason,
                by=by,
                now=now,
                occurred_at=now,
            )
        case Pending():
            return None


def _of_payout(call: PaymentCall, result: Result, by: Actor, now: datetime) -> Command:
    match result:
        case Succeeded(reference=reference):
            return RecordPayoutSettled(
                payout_id=call.key,
                seller_id=call.owner_id,
                provider_reference=reference,
                by=by,
                now=now,
                occurred_at=now,
            )
        case Pending(reference=reference):
            return RecordPayoutSent(
                payout_id=call.key, provider_reference=reference, by=by, now=now, occurred_at=now
            )
        case Declined(reason=reason):
            return RecordPayoutFailed(
                payout_id=call.key,
                seller_id=call.owner_id,
                reason=reason,
                by=by,
                now=now,
                occurred_at=now,
            )
