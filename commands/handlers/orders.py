"""Handlers of orders, parcels and the release of escrow."""

import msgspec

from commands.command import Policy
from commands.decision import Answer, Decision, only
from commands.listing.decider import Offered
from commands.order import fulfilment, placement
from commands.order.messages import (
    CancelOrder,
    ConfirmReceipt,
    HandOverShipment,
    PlaceOrder,
    RecordDelivery,
    ReleaseFunds,
)
from commands.order.placement import Market
from commands.order.state import known
from commands.states import States
from eventstore.events.order import OrderLine, OrderPlaced


class PlacedLine(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A line as its buyer placed it: the commission is between seller and marketplace, and what the
    listing says of itself is the listing's to tell.
    """

    line_id: int
    listing_id: str
    seller_id: str
    quantity: int
    unit_price_minor: int
    shipping_minor: int


def place_order(command: PlaceOrder, states: States, policy: Policy) -> Decision:
    listings = [states.listing(line.listing_id) for line in command.lines]
    owners = dict.fromkeys(offer.seller_id for offer in listings if isinstance(offer, Offered))
    market = Market(
        quote=states.quote(command.shipping_quote_id),
        listings=listings,
        sellers={seller_id: states.seller(seller_id) for seller_id in owners},
        stocks={line.listing_id: states.stock(line.listing_id) for line in command.lines},
        policy=policy,
    )
    events = placement.place(command, states.order(command.order_id, new=True), market)
    placed = only(events, OrderPlaced)
    return events, {
        "order_id": placed.order_id,
        "status": "awaiting_payment",
        "total": placed.total,
        "payment_due_at": placed.payment_due_at,
        "lines": [_placed(line) for line in placed.lines],
    }


def _placed(line: OrderLine) -> PlacedLine:
    return PlacedLine(
        line_id=line.line_id,
        listing_id=line.listing_id,
        seller_id=line.seller_id,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        shipping_minor=line.shipping_minor,
    )


def cancel_order(command: CancelOrder, states: States, _: Policy) -> Decision:
    order = known(states.order(command.order_id))
    listings = dict.fromkeys(line.line.listing_id for line in order.lines)
    stocks = {listing_id: states.stock(listing_id) for listing_id in listings}
    events = placement.cancel(command, order, stocks)
    return events, {"order_id": command.order_id, "status": "cancelled"}


def hand_over(command: HandOverShipment, states: States, _: Policy) -> Decision:
    order = known(states.order(command.order_id))
    stocks = {
        line.line.listing_id: states.stock(line.line.listing_id)
        for line in order.lines_of(command.seller_id)
    }
    events = fulfilment.hand_over(command, order, stocks)
    return events, _part_answer(command.order_id, command.seller_id, "handed_over")


def record_delivery(command: RecordDelivery, states: States, policy: Policy) -> Decision:
    events = fulfilment.deliver(command, states.order(command.order_id), policy)
    return events, _part_answer(command.order_id, command.seller_id, "delivered")


def confirm_receipt(command: ConfirmReceipt, states: States, _: Policy) -> Decision:
    events = fulfilment.confirm(
        command,
        states.order(command.order_id),
        states.escrow(command.order_id, command.seller_id),
        states.account(command.seller_id),
    )
    return events, _part_answer(command.order_id, command.seller_id, "completed")


def release_funds(command: ReleaseFunds, states: States, _: Policy) -> Decision:
    events = fulfilment.release(
        command,
        states.order(command.order_id),
        states.escrow(command.order_id, command.seller_id),
        states.account(command.seller_id),
    )
    return events, {"order_id": command.order_id, "seller_id": command.seller_id}


def _part_answer(order_id: str, seller_id: str, status: str) -> Answer:
    return {"order_id": order_id, "seller_id": seller_id, "status": status}
