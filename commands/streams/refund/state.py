"""What a refund remembers: its amounts and how each leg ended."""

from collections.abc import Callable
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from commands.stream import Fold
from commands.streams.refund.refusals import RefundUnknown
from eventstore.events.base import Event
from eventstore.events.order import RefundLeg, RefundLine
from eventstore.events.refund import (
    RefundApproved,
    RefundFailed,
    RefundLegBounced,
    RefundLegFailed,
    RefundLegPaidTwice,
    RefundLegReplaced,
    RefundLegSettled,
    RefundLegSettledOtherwise,
    RefundRejected,
    RefundRequested,
    RefundSettled,
    refund_stream,
)
from eventstore.values import Money


class NoRefund(msgspec.Struct, frozen=True, gc=False):
    pass


class Refund(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """How each leg ended, by payment: `ended` ones an operator settled in another way."""

    refund_id: str
    order_id: str
    amount: Money
    lines: tuple[RefundLine, ...]
    difference_minor: int
    legs: tuple[RefundLeg, ...]
    status: Literal["requested", "approved", "rejected", "settled", "failed"] = "requested"
    settled: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()

    def leg(self, payment_id: str) -> RefundLeg | None:
        return next((leg for leg in self.legs if leg.payment_id == payment_id), None)

    @property
    def owed_minor(self) -> int:
        """What providers refused and nobody has settled."""
        return sum(leg.amount_minor for leg in self.legs if leg.payment_id in self.failed)

    @property
    def is_settled(self) -> bool:
        return {leg.payment_id for leg in self.legs} <= self.settled | self.ended

    @property
    def sellers(self) -> list[str]:
        return list(dict.fromkeys(line.seller_id for line in self.lines))


type RefundState = NoRefund | Refund

INITIAL = NoRefund()


def known(refund: RefundState) -> Refund:
    if isinstance(refund, NoRefund):
        raise RefundUnknown(field="refund_id")
    return refund


def _approved(refund: Refund, _: RefundApproved) -> Refund:
    return replace(refund, status="approved")


def _rejected(refund: Refund, _: RefundRejected) -> Refund:
    return replace(refund, status="rejected")


def _settled(refund: Refund, _: RefundSettled) -> Refund:
    return replace(refund, status="settled")


def _failed(refund: Refund, _: RefundFailed) -> Refund:
    return replace(refund, status="failed")


def _leg_settled(refund: Refund, event: RefundLegSettled) -> Refund:
    leg = {event.payment_id}
    return replace(refund, settled=refund.settled | leg, failed=refund.failed - leg)


def _leg_failed(refund: Refund, event: RefundLegFailed | RefundLegBounced) -> Refund:
    leg = {event.payment_id}
    return replace(refund, settled=refund.settled - leg, failed=refund.failed | leg)


def _leg_ended(refund: Refund, event: RefundLegSettledOtherwise) -> Refund:
    leg = {event.payment_id}
    return replace(refund, ended=refund.ended | leg, failed=refund.failed - leg)


def _leg_replaced(refund: Refund, event: RefundLegReplaced) -> Refund:
    failed = refund.failed - {event.payment_id}
    return replace(
        refund,
        legs=(*refund.legs, event.leg),
        failed=failed,
        ended=refund.ended | {event.payment_id},
        status="failed" if event.owed_minor else "approved",
    )


def _leg_paid_twice(refund: Refund, event: RefundLegPaidTwice) -> Refund:
    leg = {event.payment_id}
    came_back = event.amount.amount_minor < 0
    return replace(refund, settled=refund.settled - leg if came_back else refund.settled | leg)


EVOLVE: dict[type[Event], Callable[[Refund, Any], Refund]] = {
    RefundApproved: _approved,
    RefundRejected: _rejected,
    RefundSettled: _settled,
    RefundFailed: _failed,
    RefundLegSettled: _leg_settled,
    RefundLegFailed: _leg_failed,
    RefundLegBounced: _leg_failed,
    RefundLegSettledOtherwise: _leg_ended,
    RefundLegReplaced: _leg_replaced,
    RefundLegPaidTwice: _leg_paid_twice,
}


def evolve(refund: RefundState, event: Event) -> RefundState:
    if isinstance(refund, Refund):
        go_on = EVOLVE.get(type(event))
        if go_on is not None:
            return go_on(refund, event)
    elif isinstance(event, RefundRequested):
        return Refund(
            refund_id=event.refund_id,
            order_id=event.order_id,
            amount=event.amount,
            lines=event.lines,
            difference_minor=event.difference_minor,
            legs=event.legs,
        )
    raise AssertionError(f"the log is broken: {event} after {refund}")


REFUND: Fold[RefundState] = Fold("refund", refund_stream, INITIAL, evolve)
