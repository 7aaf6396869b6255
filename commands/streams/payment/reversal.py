"""A charge that its provider takes back, and one that counts again.

What refunds had left of the charge is gone from the order: first from what was paid too much,
then from what is held, of parts that are still in the house before those that are not, and last
from what was released: that is the seller's loss or the marketplace's, as the policy says.
"""

from collections.abc import Iterable
from datetime import timedelta

from commands.command import Policy
from commands.streams.escrow.decider import Part, charge_back
from commands.streams.order.evolve import evolve as evolve_order
from commands.streams.order.fulfilment import complete_part
from commands.streams.order.state import Order, known
from commands.streams.payment.funding import LEAVES_FIRST, Funds, fill
from commands.streams.payment.messages import RecordCapture, RecordDecline
from commands.streams.payment.state import Payment
from commands.streams.seller_account.decider import debit_chargeback
from eventstore.events.base import Event
from eventstore.events.order import (
    OrderPaid,
    OrderPaymentReinstated,
    OrderPaymentReversed,
    OrderUnpaid,
    PaymentDifferenceChargedBack,
    RefundReservationDropped,
)
from eventstore.events.payment import PaymentReinstated, PaymentReversed
from eventstore.events.refund import RefundRejected
from eventstore.values import Money

TAKEN_BACK = "the payment was taken back"


def reverse(command: RecordDecline, payment: Payment, funds: Funds) -> list[Event]:
    """Undo a captured charge. Undecided refunds that would go over it are asked for again."""
    ids = {"payment_id": command.payment_id, "order_id": payment.order_id}
    events: list[Event] = [PaymentReversed(amount=payment.amount, reason=command.reason, **ids)]
    events += _drop_refunds(funds.order, command.payment_id)
    order = _after(funds.order, events)
    charge = order.charge(command.payment_id)
    if charge is None or not charge.left_minor:
        return events
    gone = payment.amount.of(charge.left_minor)
    events.append(OrderPaymentReversed(amount=gone, **ids))
    order = _after(order, events[-1:])
    difference = order.open_difference_minor()
    if difference > 0:
        difference = min(difference, gone.amount_minor)
    if difference:
        events.append(PaymentDifferenceChargedBack(amount=gone.of(difference), **ids))
    missed = gone.of(gone.amount_minor - difference)
    if missed.amount_minor:
        events += _take(_Parts(funds, order), command.payment_id, missed)
        events += _unpaid(command, order, funds.policy)
    return events


def _after(order: Order, events: Iterable[Event]) -> Order:
    for event in events:
        if event.stream == f"order-{order.order_id}":
            order = known(evolve_order(order, event))
    return order


def _drop_refunds(order: Order, payment_id: str) -> list[Event]:
    events: list[Event] = []
    for refund_id, reserved in order.open_refunds.items():
        if any(leg.payment_id == payment_id for leg in reserved.legs):
            ids = {"refund_id": refund_id, "order_id": order.order_id}
            events += [RefundRejected(reason=TAKEN_BACK, **ids), RefundReservationDropped(**ids)]
    return events


class _Parts:
    """Each part's money that no refund has taken or asked for: held, and released."""

    def __init__(self, funds: Funds, order: Order) -> None:
        self.funds = funds
        self.order = order
        self.sellers = sorted(
            order.parts, key=lambda seller_id: LEAVES_FIRST.index(order.parts[seller_id])
        )

    def free_minor(self, seller_id: str) -> int:
        """What the part was funded with, less what refunds took of its lines or ask of them."""
        order = self.order
        taken = order.due_minor(seller_id) - order.open_gross_minor(seller_id)
        return self.funds.escrows[seller_id].funded_minor - taken


def _take(parts: _Parts, payment_id: str, missed: Money) -> list[Event]:
    left = missed.amount_minor
    held: dict[str, int] = {}
    released: dict[str, int] = {}
    for seller_id in parts.sellers:
        of_part = parts.funds.escrows[seller_id].held_minor
        held[seller_id] = max(0, min(left, of_part, parts.free_minor(seller_id)))
        left -= held[seller_id]
    for seller_id in parts.sellers:
        released[seller_id] = max(0, min(left, parts.free_minor(seller_id) - held[seller_id]))
        left -= released[seller_id]
    assert left == 0, f"{left} of {missed} was never in {parts.order}"
    events: list[Event] = []
    for seller_id in parts.sellers:
        if held[seller_id] or released[seller_id]:
            taken = (missed.of(held[seller_id]), missed.of(released[seller_id]))
            made = _charge_back(parts, seller_id, payment_id, *taken)
            parts.order = _after(parts.order, made)
            events += made
    return events


def _charge_back(
    parts: _Parts, seller_id: str, payment_id: str, held: Money, released: Money
) -> list[Event]:
    order, funds = parts.order, parts.funds
    bearer = funds.policy.chargebacks_borne_by
    part = Part(order.order_id, seller_id)
    events: list[Event] = [charge_back(part, payment_id, held, released, bearer)]
    if released.amount_minor and bearer == "seller":
        account = funds.accounts[seller_id]
        events.append(debit_chargeback(seller_id, order.order_id, payment_id, released, account))
    emptied = order.parts[seller_id] == "emptied"
    if emptied and held.amount_minor == funds.escrows[seller_id].held_minor:
        events += complete_part(order, seller_id)
    return events


def _unpaid(command: RecordDecline, order: Order, policy: Policy) -> list[Event]:
    """Parts that have not been handed over wait for another payment."""
    waits = order.status == "paid" and "placed" in order.parts.values()
    if order.short or not waits:
        return []
    due = command.clock + timedelta(seconds=policy.payment_window_s)
    return [OrderUnpaid(order_id=order.order_id, payment_due_at=due, goes_on=order.shipped)]


def reinstate(command: RecordCapture, payment: Payment, funds: Funds) -> list[Event]:
    """Count a charge again that had been taken back."""
    ids = {"payment_id": command.payment_id, "order_id": payment.order_id}
    events: list[Event] = [
        PaymentReinstated(amount=payment.amount, charge_reference=command.charge_reference, **ids)
    ]
    charge = funds.order.charge(command.payment_id)
    if charge is None or not charge.reversed_minor:
        return events
    back = payment.amount.of(charge.reversed_minor)
    events.append(OrderPaymentReinstated(amount=back, **ids))
    events += fill(funds, command.payment_id, back, reinstated=True)
    return events + paid(funds, back)


def paid(funds: Funds, arrived: Money) -> list[Event]:
    """`order.paid` when what has arrived covers an order that waited for it."""
    order = funds.order
    waited = order.status == "awaiting_payment" or order.short
    if waited and funds.covered_by(arrived.amount_minor):
        return [OrderPaid(order_id=order.order_id)]
    return []
