"""Legs of an approved refund: settled or refused by the providers, one by one."""

from commands.refund.messages import RecordRefundLegFailed, RecordRefundLegSettled
from commands.refund.state import Refund, RefundState, known
from commands.refusals import PaymentUnknown, RefundNotApproved
from eventstore.events.base import Event
from eventstore.events.refund import (
    RefundFailed,
    RefundLegFailed,
    RefundLegSettled,
    RefundSettled,
)


def _approved(refund: RefundState, payment_id: str) -> Refund:
    refund = known(refund)
    if refund.status in {"requested", "rejected"}:
        raise RefundNotApproved(field="refund_id")
    if all(leg.payment_id != payment_id for leg in refund.legs):
        raise PaymentUnknown("The refund has no leg over this payment.", field="payment_id")
    return refund


def settle_leg(command: RecordRefundLegSettled, refund: RefundState) -> list[Event]:
    refund = _approved(refund, command.payment_id)
    if command.payment_id in refund.settled:
        return []
    return settle(refund, command.payment_id, command.provider_reference)[1]


def settle(refund: Refund, payment_id: str, reference: str) -> tuple[Event, list[Event]]:
    leg = next(leg for leg in refund.legs if leg.payment_id == payment_id)
    settled = RefundLegSettled(
        refund_id=refund.refund_id,
        order_id=refund.order_id,
        payment_id=payment_id,
        amount=refund.amount.of(leg.amount_minor),
        provider_reference=reference,
    )
    events: list[Event] = [settled]
    if len(refund.settled) + 1 == len(refund.legs):
        events.append(
            RefundSettled(
                refund_id=refund.refund_id, order_id=refund.order_id, amount=refund.amount
            )
        )
    return settled, events


def fail_leg(command: RecordRefundLegFailed, refund: RefundState) -> list[Event]:
    """What the provider refuses to return stays owed in the books: an operator's to settle."""
    refund = _approved(refund, command.payment_id)
    if command.payment_id in refund.settled | refund.failed:
        return []
    owed = sum(
        leg.amount_minor
        for leg in refund.legs
        if leg.payment_id in {*refund.failed, command.payment_id}
    )
    return [
        RefundLegFailed(
            refund_id=refund.refund_id,
            order_id=refund.order_id,
            payment_id=command.payment_id,
            reason=command.reason,
        ),
        RefundFailed(
            refund_id=refund.refund_id, order_id=refund.order_id, owed=refund.amount.of(owed)
        ),
    ]
