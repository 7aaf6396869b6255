"""Parcels and the release of escrow: handed over, delivered, confirmed, released."""

from collections.abc import Mapping
from datetime import timedelta

from commands.amounts import same_currency
from commands.command import Command, Policy
from commands.refusals import NotAllowed, NotYours
from commands.streams.escrow import decider as escrow_rules
from commands.streams.escrow.decider import Part
from commands.streams.escrow.state import Escrow
from commands.streams.order.messages import (
    ConfirmReceipt,
    HandOverShipment,
    RecordDelivery,
    ReleaseFunds,
)
from commands.streams.order.placement import reserved
from commands.streams.order.refusals import (
    NothingToShip,
    OrderIsCancelled,
    OrderNotPaid,
    ParcelAlreadyDelivered,
    ParcelAlreadyHandedOver,
    ParcelNotDelivered,
    ParcelNotHandedOver,
)
from commands.streams.order.state import Order, OrderState, known
from commands.streams.refund.refusals import RefundUndecided
from commands.streams.seller_account.decider import credit
from commands.streams.seller_account.state import SellerAccount
from commands.streams.stock.decider import commit, let_go
from commands.streams.stock.state import Stock
from eventstore.events.base import Event
from eventstore.events.order import (
    OrderCompleted,
    ReceiptConfirmed,
    SellerPartCompleted,
    ShipmentDelivered,
    ShipmentHandedOver,
)
from eventstore.values import Money


def _goes_out(order: Order, seller_id: str) -> None:
    if order.status == "cancelled":
        raise OrderIsCancelled(field="order_id")
    if order.part(seller_id) == "cancelled":
        raise OrderIsCancelled("This part of the order is cancelled.", field="seller_id")
    if order.short:
        raise OrderNotPaid("A payment was taken back: wait for another.", field="order_id")
    if order.status == "awaiting_payment":
        raise OrderNotPaid(field="order_id")


def to_ship(order: OrderState, seller_id: str) -> dict[str, int]:
    """Units per listing that are still to leave the house for this seller's part.

    A refund that nobody has decided on does not stop the parcel.
    """
    quantities: dict[str, int] = {}
    existing = known(order)
    listings = {line.line.line_id: line.line.listing_id for line in existing.lines}
    left = [(line.line.line_id, line.quantity) for line in existing.lines_of(seller_id)]
    undecided = [(line.line_id, line.quantity) for line in existing.undecided(seller_id)]
    for line_id, quantity in (*left, *undecided):
        if quantity:
            listing_id = listings[line_id]
            quantities[listing_id] = quantities.get(listing_id, 0) + quantity
    return quantities


def hand_over(
    command: HandOverShipment, order: OrderState, stocks: Mapping[str, Stock]
) -> list[Event]:
    order = known(order)
    if not command.by.may_act_for_seller(command.seller_id):
        raise NotYours("The parcel is another seller's.", field="seller_id")
    status = order.part(command.seller_id)
    quantities = to_ship(order, command.seller_id)
    if not quantities:
        raise NothingToShip(field="seller_id")
    if status not in {"placed", "cancelled"}:
        raise ParcelAlreadyHandedOver(field="seller_id")
    _goes_out(order, command.seller_id)
    shipped = ShipmentHandedOver(
        order_id=order.order_id,
        seller_id=command.seller_id,
        carrier=command.carrier,
        tracking_number=command.tracking_number,
    )
    return [shipped, *_leave(order, command.seller_id, quantities, stocks)]


def _leave(
    order: Order, seller_id: str, shipped: Mapping[str, int], stocks: Mapping[str, Stock]
) -> list[Event]:
    """What is shipped leaves the stock; units refunded before shipping are for sale again."""
    events: list[Event] = []
    for listing_id, promised in reserved(order, seller_id).items():
        quantity = shipped.get(listing_id, 0)
        if quantity:
            events.append(commit(listing_id, order.order_id, quantity, stocks[listing_id]))
        if promised > quantity:
            rest = promised - quantity
            events.append(let_go(listing_id, order.order_id, rest, stocks[listing_id]))
    return events


def deliver(command: RecordDelivery, order: OrderState, policy: Policy) -> list[Event]:
    if not command.by.runs_the_marketplace:
        raise NotAllowed("Deliveries are recorded by carriers and operators.")
    order = known(order)
    match order.part(command.seller_id):
        case "placed" | "emptied" | "cancelled":
            raise ParcelNotHandedOver(field="seller_id")
        case "delivered" | "completed":
            raise ParcelAlreadyDelivered(field="seller_id")
        case "handed_over":
            due = command.clock + timedelta(seconds=policy.acceptance_window_s)
            return [
                ShipmentDelivered(
                    order_id=order.order_id, seller_id=command.seller_id, release_due_at=due
                )
            ]


def confirm(
    command: ConfirmReceipt, order: OrderState, escrow: Escrow, account: SellerAccount
) -> list[Event]:
    order = known(order)
    if not command.by.may_act_for_buyer(order.buyer_id):
        raise NotYours("The order belongs to another buyer.", field="order_id")
    status = order.part(command.seller_id)
    if status not in {"delivered", "completed"}:
        raise ParcelNotDelivered(field="seller_id")
    if command.seller_id in order.confirmed:
        return []
    confirmed = ReceiptConfirmed(order_id=order.order_id, seller_id=command.seller_id)
    if status == "completed":
        return [confirmed]
    if escrow.held_minor == 0:
        return [confirmed, *complete_part(order, command.seller_id)]
    return [confirmed, *release_to_seller(order, command.seller_id, None, escrow, account)]


def release(
    command: ReleaseFunds, order: OrderState, escrow: Escrow, account: SellerAccount
) -> list[Event]:
    _may_release(command)
    order = known(order)
    status = order.part(command.seller_id)
    timed = command.by.role == "system"
    if timed and status not in {"delivered", "completed"}:
        raise ParcelNotDelivered(field="seller_id")
    if order.status == "awaiting_payment" or (order.short and status == "placed"):
        raise OrderNotPaid(field="order_id")
    if order.status == "cancelled":
        raise OrderIsCancelled(field="order_id")
    same_currency(command.currency, order.currency)
    if not timed:
        return release_to_seller(order, command.seller_id, command.amount_minor, escrow, account)
    if status == "delivered" and escrow.held_minor == 0:
        return complete_part(order, command.seller_id)
    amount = escrow.held_minor if command.despite_refunds else _unasked(order, command, escrow)
    return release_to_seller(order, command.seller_id, amount, escrow, account)


def _unasked(order: Order, command: ReleaseFunds, escrow: Escrow) -> int:
    """What is held and no undecided refund asks for: the rest waits for the decision."""
    asked = order.undecided_gross_minor(command.seller_id)
    if escrow.held_minor and escrow.held_minor <= asked:
        raise RefundUndecided(field="seller_id")
    return escrow.held_minor - asked


def _may_release(command: Command) -> None:
    if not command.by.runs_the_marketplace:
        raise NotAllowed("Only an operator may release escrow.")


def release_to_seller(
    order: Order,
    seller_id: str,
    amount_minor: int | None,
    escrow: Escrow,
    account: SellerAccount,
) -> list[Event]:
    """Release + seller credit, one commit."""
    due = Money(order.due_minor(seller_id), order.currency)
    part = Part(order.order_id, seller_id)
    released = escrow_rules.release(part, amount_minor, escrow, due, order.commission(seller_id))
    amount = released.amount.amount_minor
    earned = due.of(amount - released.commission_minor - released.commission_vat_minor)
    events: list[Event] = [released]
    if earned.amount_minor:
        events += credit(seller_id, order.order_id, earned, account)
    if amount == escrow.held_minor and order.part(seller_id) in {"delivered", "emptied"}:
        events += complete_part(order, seller_id)
    return events


def complete_part(order: Order, seller_id: str) -> list[Event]:
    done: list[Event] = [SellerPartCompleted(order_id=order.order_id, seller_id=seller_id)]
    others = [
        other
        for other, status in order.parts.items()
        if other != seller_id and status not in {"completed", "cancelled"}
    ]
    return done if others else [*done, OrderCompleted(order_id=order.order_id)]
