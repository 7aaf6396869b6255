"""Handlers of orders, parcels and the release of escrow."""

from collections.abc import Sequence

from commands.command import Policy
from commands.stream import Decision, States, Stream, only
from commands.streams.escrow.state import ESCROW
from commands.streams.listing.state import LISTING, Offered
from commands.streams.order import fulfilment, placement
from commands.streams.order.evolve import ORDER
from commands.streams.order.messages import (
    CancelledAnswer,
    CancelOrder,
    ConfirmReceipt,
    HandOverShipment,
    OrderAnswer,
    PartAnswer,
    PlacedLine,
    PlaceOrder,
    RecordDelivery,
    ReleaseAnswer,
    ReleaseFunds,
)
from commands.streams.order.placement import Market
from commands.streams.order.state import known
from commands.streams.seller.state import SELLER
from commands.streams.seller_account.state import SELLER_ACCOUNT
from commands.streams.shipping_quote.state import QUOTE
from commands.streams.stock.state import STOCK
from eventstore.events.order import OrderLine, OrderPlaced


def place(command: PlaceOrder, states: States, policy: Policy) -> Decision:
    listings = [states.of(LISTING, line.listing_id) for line in command.lines]
    owners = dict.fromkeys(offer.seller_id for offer in listings if isinstance(offer, Offered))
    market = Market(
        quote=states.of(QUOTE, command.shipping_quote_id),
        listings=listings,
        sellers={seller_id: states.of(SELLER, seller_id) for seller_id in owners},
        stocks={line.listing_id: states.of(STOCK, line.listing_id) for line in command.lines},
        policy=policy,
    )
    events = placement.place(command, states.of(ORDER, command.order_id, new=True), market)
    placed = only(events, OrderPlaced)
    return events, OrderAnswer(
        order_id=placed.order_id,
        status="awaiting_payment",
        total=placed.total,
        payment_due_at=placed.payment_due_at,
        lines=tuple([_placed(line) for line in placed.lines]),
    )


def _placed(line: OrderLine) -> PlacedLine:
    return PlacedLine(
        line_id=line.line_id,
        listing_id=line.listing_id,
        seller_id=line.seller_id,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        shipping_minor=line.shipping_minor,
    )


def cancel(command: CancelOrder, states: States, _: Policy) -> Decision:
    order = known(states.of(ORDER, command.order_id))
    listings = dict.fromkeys(line.line.listing_id for line in order.lines)
    stocks = {listing_id: states.of(STOCK, listing_id) for listing_id in listings}
    events = placement.cancel(command, order, stocks)
    return events, CancelledAnswer(order_id=command.order_id, status="cancelled")


def hand_over(command: HandOverShipment, states: States, _: Policy) -> Decision:
    order = known(states.of(ORDER, command.order_id))
    stocks = {
        line.line.listing_id: states.of(STOCK, line.line.listing_id)
        for line in order.lines_of(command.seller_id)
    }
    events = fulfilment.hand_over(command, order, stocks)
    return events, PartAnswer(
        order_id=command.order_id, seller_id=command.seller_id, status="handed_over"
    )


def deliver(command: RecordDelivery, states: States, policy: Policy) -> Decision:
    events = fulfilment.deliver(command, states.of(ORDER, command.order_id), policy)
    return events, PartAnswer(
        order_id=command.order_id, seller_id=command.seller_id, status="delivered"
    )


def confirm(command: ConfirmReceipt, states: States, _: Policy) -> Decision:
    events = fulfilment.confirm(
        command,
        states.of(ORDER, command.order_id),
        states.of(ESCROW, command.order_id, command.seller_id),
        states.of(SELLER_ACCOUNT, command.seller_id),
    )
    return events, PartAnswer(
        order_id=command.order_id, seller_id=command.seller_id, status="completed"
    )


def release(command: ReleaseFunds, states: States, _: Policy) -> Decision:
    events = fulfilment.release(
        command,
        states.of(ORDER, command.order_id),
        states.of(ESCROW, command.order_id, command.seller_id),
        states.of(SELLER_ACCOUNT, command.seller_id),
    )
    return events, ReleaseAnswer(order_id=command.order_id, seller_id=command.seller_id)


def _basket(command: PlaceOrder) -> Sequence[str]:
    streams = [QUOTE.name(command.shipping_quote_id)]
    for line in command.lines:
        streams += [LISTING.name(line.listing_id), STOCK.name(line.listing_id)]
    return streams


def _order(command: CancelOrder | HandOverShipment | RecordDelivery) -> Sequence[str]:
    return [ORDER.name(command.order_id)]


def _released(command: ConfirmReceipt | ReleaseFunds) -> Sequence[str]:
    return [
        ORDER.name(command.order_id),
        ESCROW.name(command.order_id, command.seller_id),
        SELLER_ACCOUNT.name(command.seller_id),
    ]


STREAM = Stream(
    fold=ORDER,
    handlers={
        PlaceOrder: place,
        CancelOrder: cancel,
        HandOverShipment: hand_over,
        RecordDelivery: deliver,
        ConfirmReceipt: confirm,
        ReleaseFunds: release,
    },
    reads={
        PlaceOrder: _basket,
        CancelOrder: _order,
        HandOverShipment: _order,
        RecordDelivery: _order,
        ConfirmReceipt: _released,
        ReleaseFunds: _released,
    },
)
