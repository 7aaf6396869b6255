"""What can be asked of a listing's stock."""

from commands.command import Answer, Command


class ReceiveStock(Command, frozen=True, kw_only=True):
    listing_id: str
    quantity: int


class StockAnswer(Answer, frozen=True, kw_only=True):
    listing_id: str
    available: int
