"""Refunds: requested, then approved or rejected. On approval the funds move."""

from collections.abc import Mapping

import msgspec

from commands.amounts import same_currency, within_limits
from commands.escrow.decider import Escrow
from commands.order.evolve import evolve as evolve_order
from commands.order.fulfilment import complete_part, to_ship
from commands.order.placement import reserved
from commands.order.state import Order, OrderState
from commands.order.state import known as known_order
from commands.payment.state import MANUAL
from commands.refund import lines as refund_lines
from commands.refund.messages import (
    ApproveRefund,
    RejectRefund,
    RequestRefund,
)
from commands.refund.settlement import settle, settled_whole
from commands.refund.state import INITIAL, NoRefund, Refund, RefundState, evolve, known
from commands.refusals import (
    NotAllowed,
    NothingOverpaid,
    NothingToRefund,
    NotYours,
    OrderNotPaid,
    RefundAlreadyDecided,
    RefundExceedsCaptured,
    RefundExists,
    TooManyRefunds,
)
from commands.seller_account.decider import SellerAccount, debit_refund
from commands.stock.decider import Stock, let_go
from eventstore.events.base import Event
from eventstore.events.escrow import CommissionReversed, FundsReturned
from eventstore.events.order import (
    PaymentDifferenceReversed,
    RefundLine,
    RefundReservationDropped,
    RefundReservationUsed,
    RefundReserved,
    SellerPartEmptied,
)
from eventstore.events.refund import (
    RefundApproved,
    RefundRejected,
    RefundRequested,
)
from eventstore.values import Money

# An order remembers what each undecided refund has set aside.
OPEN_REFUNDS_MAX = 20


class Books(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a refund is decided on besides its own stream; maps by seller and by listing."""

    order: OrderState
    escrows: Mapping[str, Escrow]
    accounts: Mapping[str, SellerAccount]
    stocks: Mapping[str, Stock]


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
    reserved_now = RefundReserved(
        order_id=order.order_id,
        refund_id=command.refund_id,
        lines=tuple(taken),
        difference_minor=difference,
        legs=legs,
    )
    events: list[Event] = [requested, reserved_now]
    if command.approve:
        after = msgspec.structs.replace(books, order=evolve_order(order, reserved_now))
        events += _approve(known(evolve(INITIAL, requested)), after)
    return events


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
    if command.seller_id is not None and not _is_everything(command, order):
        order.part(command.seller_id)
        return refund_lines.everything(order, escrows, command.seller_id)
    return refund_lines.everything(order, escrows)


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
    charge = order.charge(command.payment_id or "")
    if command.by.role == "system" and charge is not None and charge.provider == MANUAL:
        raise NotAllowed("What was paid by hand an operator returns.", field="payment_id")
    if difference <= 0:
        raise NothingOverpaid(field="order_id")
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
    return _approve(refund, books)


def _undecided(command: ApproveRefund | RejectRefund, refund: RefundState) -> Refund:
    refund = known(refund)
    if not command.by.runs_the_marketplace:
        raise NotAllowed("Only an operator may decide on a refund.")
    if refund.status != "requested":
        raise RefundAlreadyDecided(field="refund_id")
    return refund


def _approve(refund: Refund, books: Books) -> list[Event]:
    order = known_order(books.order)
    events: list[Event] = [
        RefundApproved(
            refund_id=refund.refund_id,
            order_id=refund.order_id,
            amount=refund.amount,
            legs=refund.legs,
        )
    ]
    used = RefundReservationUsed(order_id=order.order_id, refund_id=refund.refund_id)
    events.append(used)
    order = known_order(evolve_order(order, used))
    for seller_id in refund.sellers:
        taken = _take_from_part(refund, seller_id, order, books)
        events += taken
        for event in taken:
            if event.stream == used.stream:
                order = known_order(evolve_order(order, event))
    if refund.difference_minor:
        events.append(
            PaymentDifferenceReversed(
                order_id=order.order_id,
                refund_id=refund.refund_id,
                amount=refund.amount.of(refund.difference_minor),
            )
        )
    manual = [leg for leg in refund.legs if leg.provider == MANUAL]
    for leg in manual:
        settled, done = settle(refund, leg.payment_id, f"manual:{refund.refund_id}")
        events += done
        refund = known(evolve(refund, settled))
    if not refund.legs:
        events.append(settled_whole(refund))
    return events


def _take_from_part(refund: Refund, seller_id: str, order: Order, books: Books) -> list[Event]:
    """Refund + escrow or seller debt, one commit: first what is held, then what was released."""
    escrow = books.escrows[seller_id]
    lines = [line for line in refund.lines if line.seller_id == seller_id]
    gross = refund_lines.gross_minor(lines)
    from_escrow = min(gross, escrow.held_minor)
    from_seller = refund.amount.of(gross - from_escrow)
    open_lines = order.lines_of(seller_id)
    commission = _excess(
        escrow.commission_taken_minor,
        order.commission_minor(seller_id),
        sum(line.commission_minor for line in lines),
    )
    vat = _excess(
        escrow.vat_taken_minor,
        order.commission_vat_minor(seller_id),
        sum(line.commission_vat_minor for line in lines),
    )
    ids = {"order_id": order.order_id, "seller_id": seller_id, "refund_id": refund.refund_id}
    events: list[Event] = []
    if from_escrow:
        events.append(FundsReturned(amount=refund.amount.of(from_escrow), **ids))
    if commission or vat:
        reversed_amount = refund.amount.of(commission)
        events.append(CommissionReversed(amount=reversed_amount, commission_vat_minor=vat, **ids))
    if from_seller.amount_minor or commission or vat:
        account = books.accounts[seller_id]
        events.append(
            debit_refund(
                seller_id, order.order_id, refund.refund_id, from_seller, commission, vat, account
            )
        )
    if order.status not in {"paid", "awaiting_payment"}:
        return events
    gone = not any(line.gross_minor for line in open_lines) and not order.undecided(seller_id)
    unsent = order.parts[seller_id] in {"placed", "emptied"} and not to_ship(order, seller_id)
    if (gone or unsent) and escrow.held_minor == from_escrow:
        return events + _end_part(order, seller_id, books.stocks)
    return events + _empty_part(order, seller_id, books.stocks)


def _excess(taken: int, left: int, refunded: int) -> int:
    """Commission to give back: taken beyond what the lines still bear, by this refund's share."""
    return max(0, min(refunded, taken - left))


def _end_part(order: Order, seller_id: str, stocks: Mapping[str, Stock]) -> list[Event]:
    if order.parts[seller_id] in {"completed", "cancelled"}:
        return []
    return [*complete_part(order, seller_id), *_free(order, seller_id, stocks)]


def _empty_part(order: Order, seller_id: str, stocks: Mapping[str, Stock]) -> list[Event]:
    """Nothing is left to hand over, though money is still held: the stock is for sale again."""
    if order.parts[seller_id] != "placed" or to_ship(order, seller_id):
        return []
    emptied = SellerPartEmptied(order_id=order.order_id, seller_id=seller_id)
    return [emptied, *_free(order, seller_id, stocks)]


def _free(order: Order, seller_id: str, stocks: Mapping[str, Stock]) -> list[Event]:
    return [
        let_go(listing_id, order.order_id, quantity, stocks[listing_id])
        for listing_id, quantity in reserved(order, seller_id).items()
    ]


def reject(command: RejectRefund, refund: RefundState) -> list[Event]:
    refund = _undecided(command, refund)
    return [
        RefundRejected(refund_id=refund.refund_id, order_id=refund.order_id, reason=command.reason),
        RefundReservationDropped(order_id=refund.order_id, refund_id=refund.refund_id),
    ]
