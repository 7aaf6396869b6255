"""Legs of an approved refund: settled or refused by the providers, one by one.

What a provider refuses to return, or a bank sends back, stays owed in the books until an operator
settles it in another way.
"""

from commands.refusals import NotAllowed
from commands.streams.order.state import OrderState
from commands.streams.order.state import known as known_order
from commands.streams.payment.refusals import PaymentUnknown
from commands.streams.payment.state import MANUAL, Payment, PaymentState
from commands.streams.payment.state import known as known_payment
from commands.streams.refund.messages import (
    RecordRefundLegFailed,
    RecordRefundLegSettled,
    SettleRefundLeg,
)
from commands.streams.refund.refusals import (
    ChargeIsReversed,
    ChargeNotReversed,
    RefundExceedsCaptured,
    RefundLegExists,
    RefundLegNotRefused,
    RefundNotApproved,
)
from commands.streams.refund.state import Refund, RefundState, evolve, known
from eventstore.events.base import Event
from eventstore.events.order import RefundLeg, RefundLegMoved
from eventstore.events.refund import (
    RefundFailed,
    RefundLegBounced,
    RefundLegFailed,
    RefundLegPaidTwice,
    RefundLegReplaced,
    RefundLegSettled,
    RefundLegSettledOtherwise,
    RefundSettled,
)
from eventstore.values import Money


def _approved(refund: RefundState, payment_id: str) -> tuple[Refund, RefundLeg]:
    refund = known(refund)
    if refund.status in {"requested", "rejected"}:
        raise RefundNotApproved(field="refund_id")
    leg = refund.leg(payment_id)
    if leg is None:
        raise PaymentUnknown("The refund has no leg over this payment.", field="payment_id")
    return refund, leg


def settle_leg(command: RecordRefundLegSettled, refund: RefundState) -> list[Event]:
    refund, leg = _approved(refund, command.payment_id)
    if command.payment_id in refund.settled:
        return []
    if command.payment_id in refund.ended:
        return [_paid_twice(refund, leg, leg.amount_minor, command.provider_reference)]
    return settle(refund, command.payment_id, command.provider_reference)[1]


def _paid_twice(
    refund: Refund, leg: RefundLeg, amount_minor: int, reference: str = "", reason: str = ""
) -> Event:
    return RefundLegPaidTwice(
        refund_id=refund.refund_id,
        order_id=refund.order_id,
        payment_id=leg.payment_id,
        amount=refund.amount.of(amount_minor),
        provider_reference=reference,
        reason=reason,
    )


def settle(refund: Refund, payment_id: str, reference: str) -> tuple[Event, list[Event]]:
    leg = refund.leg(payment_id)
    assert leg is not None
    settled = RefundLegSettled(
        refund_id=refund.refund_id,
        order_id=refund.order_id,
        payment_id=payment_id,
        amount=refund.amount.of(leg.amount_minor),
        provider_reference=reference,
    )
    return settled, [settled, *_whole(refund, settled)]


def _whole(refund: Refund, ended: Event) -> list[Event]:
    """`refund.settled` when with this event nothing of the refund is owed any more."""
    after = known(evolve(refund, ended))
    return [settled_whole(refund)] if after.is_settled else []


def settled_whole(refund: Refund) -> Event:
    return RefundSettled(refund_id=refund.refund_id, order_id=refund.order_id, amount=refund.amount)


def fail_leg(command: RecordRefundLegFailed, refund: RefundState) -> list[Event]:
    """Also for a leg that had been settled and came back: the buyer is owed it again."""
    refund, leg = _approved(refund, command.payment_id)
    settled = command.payment_id in refund.settled
    if command.payment_id in refund.ended:
        amount = -leg.amount_minor
        return [_paid_twice(refund, leg, amount, reason=command.reason)] if settled else []
    if command.payment_id in refund.failed:
        return []
    ids = {"refund_id": refund.refund_id, "order_id": refund.order_id}
    failed: Event = (
        RefundLegBounced(
            payment_id=command.payment_id,
            amount=refund.amount.of(leg.amount_minor),
            reason=command.reason,
            **ids,
        )
        if settled
        else RefundLegFailed(payment_id=command.payment_id, reason=command.reason, **ids)
    )
    owed = known(evolve(refund, failed)).owed_minor
    return [failed, RefundFailed(owed=refund.amount.of(owed), **ids)]


def settle_otherwise(
    command: SettleRefundLeg, refund: RefundState, order: OrderState, payment: PaymentState
) -> list[Event]:
    """Decided by an operator, for what the provider has refused for good.

    `payment` is the leg's: what the buyer's bank has taken back is not paid once more.
    """
    if not command.by.runs_the_marketplace:
        raise NotAllowed("Only an operator may settle a refund in another way.")
    refund, leg = _approved(refund, command.payment_id)
    if command.payment_id not in refund.failed:
        raise RefundLegNotRefused(field="payment_id")
    _as_the_charge_is(command, known_payment(payment))
    if command.way == "other_payment":
        return _over_another(command, refund, leg, order)
    ended = RefundLegSettledOtherwise(
        refund_id=refund.refund_id,
        order_id=refund.order_id,
        payment_id=command.payment_id,
        amount=refund.amount.of(leg.amount_minor),
        way=command.way,
        reference=command.reference,
        reason=command.reason,
    )
    return [ended, *_whole(refund, ended), *_still_owed(known(evolve(refund, ended)))]


def _as_the_charge_is(command: SettleRefundLeg, payment: Payment) -> None:
    taken_back = payment.status == "reversed"
    if command.way == "charged_back" and not taken_back:
        raise ChargeNotReversed(field="way")
    if command.way in {"other_payment", "paid_outside"} and taken_back:
        raise ChargeIsReversed(field="way")


def _still_owed(refund: Refund) -> list[Event]:
    if not refund.owed_minor:
        return []
    owed = refund.amount.of(refund.owed_minor)
    return [RefundFailed(refund_id=refund.refund_id, order_id=refund.order_id, owed=owed)]


def _over_another(
    command: SettleRefundLeg, refund: Refund, leg: RefundLeg, order: OrderState
) -> list[Event]:
    charge = known_order(order).charge(command.to_payment_id)
    if charge is None:
        raise PaymentUnknown("The order has no such charge.", field="to_payment_id")
    if refund.leg(command.to_payment_id) is not None:
        raise RefundLegExists(field="to_payment_id")
    if charge.left_minor < leg.amount_minor:
        raise RefundExceedsCaptured(
            f"{charge.left_minor} left of that charge, {leg.amount_minor} owed.",
            field="to_payment_id",
        )
    amount = Money(leg.amount_minor, refund.amount.currency)
    replaced = RefundLegReplaced(
        refund_id=refund.refund_id,
        order_id=refund.order_id,
        payment_id=command.payment_id,
        amount=amount,
        leg=RefundLeg(
            payment_id=charge.payment_id,
            provider=charge.provider,
            charge_reference=charge.reference,
            amount_minor=leg.amount_minor,
        ),
        owed_minor=refund.owed_minor - leg.amount_minor,
        reason=command.reason,
    )
    moved = RefundLegMoved(
        order_id=refund.order_id,
        refund_id=refund.refund_id,
        from_payment_id=command.payment_id,
        to_payment_id=charge.payment_id,
        amount=amount,
    )
    events: list[Event] = [replaced, moved]
    if charge.provider == MANUAL:
        after = known(evolve(refund, replaced))
        events += settle(after, charge.payment_id, f"manual:{refund.refund_id}")[1]
    return events
