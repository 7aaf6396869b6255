"""What a refund remembers: its amounts and how each leg ended."""

from typing import Literal

import msgspec

from commands.refusals import RefundUnknown
from eventstore.events.base import Event
from eventstore.events.order import RefundLeg, RefundLine
from eventstore.events.refund import (
    RefundApproved,
    RefundFailed,
    RefundLegFailed,
    RefundLegSettled,
    RefundRejected,
    RefundRequested,
    RefundSettled,
)
from eventstore.values import Money


class NoRefund(msgspec.Struct, frozen=True, gc=False):
    pass


class Refund(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    refund_id: str
    order_id: str
    amount: Money
    lines: tuple[RefundLine, ...]
    difference_minor: int
    legs: tuple[RefundLeg, ...]
    status: Literal["requested", "approved", "rejected", "settled", "failed"] = "requested"
    settled: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()

    @property
    def sellers(self) -> list[str]:
        return list(dict.fromkeys(line.seller_id for line in self.lines))


type RefundState = NoRefund | Refund

INITIAL = NoRefund()


def known(refund: RefundState) -> Refund:
    if isinstance(refund, NoRefund):
        raise RefundUnknown(field="refund_id")
    return refund


def evolve(refund: RefundState, event: Event) -> RefundState:
    replace = msgspec.structs.replace
    match refund, event:
        case NoRefund(), RefundRequested():
            return Refund(
                refund_id=event.refund_id,
                order_id=event.order_id,
                amount=event.amount,
                lines=event.lines,
                difference_minor=event.difference_minor,
                legs=event.legs,
            )
        case Refund(), RefundApproved():
            return replace(refund, status="approved")
        case Refund(), RefundRejected():
            return replace(refund, status="rejected")
        case Refund(), RefundLegSettled(payment_id=payment_id):
            return replace(
                refund,
                settled=refund.settled | {payment_id},
                failed=refund.failed - {payment_id},
            )
        case Refund(), RefundLegFailed(payment_id=payment_id):
            return replace(refund, failed=refund.failed | {payment_id})
        case Refund(), RefundSettled():
            return replace(refund, status="settled")
        case Refund(), RefundFailed():
            return replace(refund, status="failed")
        case _:
            raise AssertionError(f"the log is broken: {event} after {refund}")
