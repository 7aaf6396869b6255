"""Handlers of stock. Orders reserve, commit and let go of it in their own commits."""

from collections.abc import Sequence

from commands.command import Policy
from commands.stream import Decision, States, Stream
from commands.streams.listing.state import LISTING
from commands.streams.stock import decider
from commands.streams.stock.messages import ReceiveStock, StockAnswer
from commands.streams.stock.state import STOCK


def receive(command: ReceiveStock, states: States, _: Policy) -> Decision:
    stock = states.of(STOCK, command.listing_id)
    events = decider.receive(command, stock, states.of(LISTING, command.listing_id))
    available = stock.available + command.quantity
    return events, StockAnswer(listing_id=command.listing_id, available=available)


def _received(command: ReceiveStock) -> Sequence[str]:
    return [STOCK.name(command.listing_id), LISTING.name(command.listing_id)]


STREAM = Stream(
    fold=STOCK,
    handlers={ReceiveStock: receive},
    reads={ReceiveStock: _received},
)
