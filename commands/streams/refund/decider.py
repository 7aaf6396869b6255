"""Refunds: requested, then approved or rejected. On approval the funds move."""

from collections.abc import Mapping

import msgspec

from commands.amounts import same_currency, within_limits
from commands.refusals import NotAllowed, NotYours
from commands.streams.escrow.state import Escrow
from commands.streams.order.evolve import evolve as evolve_order
from commands.streams.order.refusals import OrderNotPaid
from commands.streams.order.state import Order
from commands.streams.order.state import known as known_order
from commands.streams.payment.state import MANUAL
from commands.streams.refund import lines as refund_lines
from commands.streams.refund.approval import Books, move_funds
from commands.streams.refund.messages import (
    ApproveRefund,
    RejectRefund,
    RequestRefund,
)
from commands.streams.refund.refusals import (
    NothingOverpaid,
    NothingToRefund,
    RefundAlreadyDecided,
    RefundExceedsCaptured,
    RefundExists,
    TooManyRefunds,
)
from commands.streams.refund.state import INITIAL, NoRefund, Refund, RefundState, evolve, known
from eventstore.events.base import Event
from eventstore.events.order import (
    RefundLine,
    RefundReservationDropped,
    RefundReserved,
)
from eventstore.events.refund import (
    RefundRejected,
    RefundRequested,
)
from eventstore.values import Money

# An order remembers what each undecided refund has set aside.
OPEN_REFUNDS_MAX = 20


def request(command: RequestRefund, refund: RefundState, books: Books) -> list[Event]:
    order = known_order(books.order)
    if not command.by.may_act_for_buyer(order.buyer_id):
        raise NotYours("The order belongs to another buyer.", field="order_id")
    if command.approve and not command.by.runs_the_marketplace:
        raise NotAllowed("Only an operator may approve a refund.", field="approve")
    if not isinstance(refund, NoRefund):
        raise RefundExists(field="refund_id")
    if order.status == "awaiting_payment":
        raise OrderNotPaid(field="order_id")
    _may_be_one_more(command, order)
    same_currency(command.currency, order.currency)
    taken = _lines(command, order, books.escrows)
    _within_funded(order, taken, books.escrows)
    difference = _difference(command, order, taken)
    amount = refund_lines.gross_minor(taken) + difference
    # Lines that only a missing cent stands for are closed by a refund of nothing.
    if amount < 0 or not (taken or amount):
        raise NothingToRefund(field="order_id")
    legs = tuple(refund_lines.legs(order, amount, command.payment_id))
    requested = RefundRequested(
        refund_id=command.refund_id,
        order_id=order.order_id,
        amount=Money(amount, order.currency),
        lines=tuple(taken),
        difference_minor=difference,
        legs=legs,
        reason=command.reason,
    )
    reserved_now = _reserved(requested)
    events: list[Event] = [requested, reserved_now]
    if command.approve:
        after = msgspec.structs.replace(books, order=evolve_order(order, reserved_now))
        events += move_funds(known(evolve(INITIAL, requested)), after)
    return events


def _reserved(requested: RefundRequested) -> RefundReserved:
    return RefundReserved(
        order_id=requested.order_id,
        refund_id=requested.refund_id,
        lines=requested.lines,
        difference_minor=requested.difference_minor,
        legs=requested.legs,
    )


def _may_be_one_more(command: RequestRefund, order: Order) -> None:
    """What is decided at once sets nothing aside."""
    if not command.approve and len(order.open_refunds) >= OPEN_REFUNDS_MAX:
        raise TooManyRefunds(field="order_id")


def _is_everything(command: RequestRefund, order: Order) -> bool:
    """No amount is named, or all that is left of what was captured."""
    if command.lines or command.overpaid:
        return False
    if command.amount_minor is None:
        return command.seller_id is None
    left = sum(charge.left_minor for charge in order.charges)
    return command.seller_id is None and command.amount_minor == left and not order.open_refunds


def _lines(command: RequestRefund, order: Order, escrows: Mapping[str, Escrow]) -> list[RefundLine]:
    if command.overpaid:
        return []
    if command.lines:
        return refund_lines.by_quantities(order, command.lines)
    if command.amount_minor is not None and not _is_everything(command, order):
        if command.seller_id is not None:
            order.part(command.seller_id)
            return refund_lines.by_amount(order.lines_of(command.seller_id), command.amount_minor)
        return refund_lines.by_amount(order.lines, command.amount_minor)
    if command.seller_id is not None:
        order.part(command.seller_id)
    return refund_lines.everything(order, escrows, command.seller_id)


def _within_funded(order: Order, taken: list[RefundLine], escrows: Mapping[str, Escrow]) -> None:
    """A part that was paid for in part gives back no more than that."""
    for seller_id in order.parts:
        unfunded = order.due_minor(seller_id) - escrows[seller_id].funded_minor
        gross = refund_lines.gross_minor([line for line in taken if line.seller_id == seller_id])
        left = sum(line.gross_minor for line in order.lines_of(seller_id)) - unfunded
        if gross and gross > left:
            raise RefundExceedsCaptured(
                f"{max(left, 0)} left of what was paid for {seller_id}.", field="lines"
            )


def _difference(command: RequestRefund, order: Order, taken: list[RefundLine]) -> int:
    """A payment difference goes back with a refund of everything.

    A missing cent is also taken off the refund that empties the order by lines: more than
    what was captured cannot go back.
    """
    difference = order.open_difference_minor()
    if command.overpaid:
        return _overpaid(command, order, difference)
    if _is_everything(command, order):
        return difference
    left = sum(line.gross_minor for line in order.lines) - refund_lines.gross_minor(taken)
    return min(difference, 0) if left == 0 else 0


def _overpaid(command: RequestRefund, order: Order, difference: int) -> int:
    """A process returns no more than its payment brought too much, and only over that payment."""
    if difference <= 0:
        raise NothingOverpaid(field="order_id")
    if command.by.role == "system":
        charge = order.charge(command.payment_id or "")
        if charge is None or charge.provider == MANUAL:
            raise NotAllowed("What was paid by hand an operator returns.", field="payment_id")
        return min(command.amount_minor or difference, difference, charge.left_minor)
    if command.amount_minor is None:
        return difference
    if within_limits(command.amount_minor) > difference:
        raise RefundExceedsCaptured(
            f"{difference} was overpaid, {command.amount_minor} asked for.",
            field="amount.amount_minor",
        )
    return command.amount_minor


def approve(command: ApproveRefund, refund: RefundState, books: Books) -> list[Event]:
    refund = _undecided(command, refund)
    return move_funds(refund, books)


def _undecided(command: ApproveRefund | RejectRefund, refund: RefundState) -> Refund:
    refund = known(refund)
    if not command.by.runs_the_marketplace:
        raise NotAllowed("Only an operator may decide on a refund.")
    if refund.status != "requested":
        raise RefundAlreadyDecided(field="refund_id")
    return refund


def reject(command: RejectRefund, refund: RefundState) -> list[Event]:
    refund = _undecided(command, refund)
    return [
        RefundRejected(refund_id=refund.refund_id, order_id=refund.order_id, reason=command.reason),
        RefundReservationDropped(order_id=refund.order_id, refund_id=refund.refund_id),
    ]
