"""A small market to write sentences about: two sellers, a listing each, ten units in stock."""

from typing import Any

import pytest

from commands.command import Actor, Command, Policy
from commands.refusals import Refusal
from commands.streams.listing.messages import CreateListing
from commands.streams.order.messages import (
    ConfirmReceipt,
    HandOverShipment,
    LineRequest,
    PlaceOrder,
    RecordDelivery,
    ReleaseFunds,
)
from commands.streams.payment.messages import StartPayment
from commands.streams.payout.messages import RequestPayout
from commands.streams.refund.messages import RequestRefund
from commands.streams.seller.messages import RegisterSeller
from commands.streams.shipping_quote.messages import BasketLine, IssueShippingQuote
from commands.streams.stock.messages import ReceiveStock
from eventstore.events.base import Event
from eventstore.values import Money
from tests.given import World, at

BUYER = Actor("buyer", "bob")
SELLER = Actor("seller", "anna")
SYSTEM = Actor("system", "a-process")


def eur(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


class Market(World):
    """A world with two sellers, a listing each, ten units in stock."""

    def __init__(self, policy: Policy | None = None) -> None:
        super().__init__(policy=policy or Policy())
        for seller_id, price in (("anna", 1005), ("boris", 333)):
            self.decide(RegisterSeller(seller_id=seller_id, name="n", currency="EUR", **at()))
            self.decide(
                CreateListing(
                    listing_id=f"{seller_id}-item",
                    seller_id=seller_id,
                    title="t",
                    category="c",
                    price=eur(price),
                    **at(),
                )
            )
            self.decide(ReceiveStock(listing_id=f"{seller_id}-item", quantity=10, **at()))

    def quote(self, **quantities: int) -> str:
        quote_id = f"q{len(self.history)}"
        lines = tuple(
            BasketLine(listing_id=f"{seller}-item", quantity=quantity, shipping_minor=50)
            for seller, quantity in quantities.items()
        )
        self.decide(IssueShippingQuote(quote_id=quote_id, lines=lines, **at()))
        return quote_id

    def place(self, order_id: str = "o1", **quantities: int) -> list[Event]:
        quantities = quantities or {"anna": 1}
        return self.decide(
            PlaceOrder(
                order_id=order_id,
                buyer_id="bob",
                lines=tuple(
                    LineRequest(listing_id=f"{seller}-item", quantity=quantity)
                    for seller, quantity in quantities.items()
                ),
                shipping_quote_id=self.quote(**quantities),
                **at(BUYER),
            )
        )

    def pay(self, amount_minor: int | None = None, payment_id: str = "p1") -> list[Event]:
        return self.decide(
            StartPayment(
                payment_id=payment_id,
                order_id="o1",
                provider="manual",
                method="card",
                source="",
                amount_minor=amount_minor,
                **at(),
            )
        )

    def ship(self, seller_id: str = "anna") -> list[Event]:
        return self.decide(
            HandOverShipment(
                order_id="o1", seller_id=seller_id, carrier="c", tracking_number="t", **at()
            )
        )

    def deliver(self, seller_id: str = "anna") -> None:
        self.ship(seller_id)
        self.decide(RecordDelivery(order_id="o1", seller_id=seller_id, **at()))

    def confirm(self, seller_id: str = "anna") -> list[Event]:
        return self.decide(ConfirmReceipt(order_id="o1", seller_id=seller_id, **at(BUYER)))

    def refund(self, refund_id: str = "r1", **asked: Any) -> list[Event]:
        asked = {"approve": True, **at(), **asked}
        return self.decide(RequestRefund(refund_id=refund_id, order_id="o1", reason="x", **asked))

    def release(
        self, amount_minor: int | None = None, by: Actor | None = None, seller_id: str = "anna"
    ) -> list[Event]:
        who = at(by) if by else at()
        return self.decide(
            ReleaseFunds(order_id="o1", seller_id=seller_id, amount_minor=amount_minor, **who)
        )

    def earn_again(self) -> list[Event]:
        """Another order of Anna's, paid and released. What its release says."""
        self.place("o2")
        self.decide(
            StartPayment(
                payment_id="p9", order_id="o2", provider="manual", method="card", source="", **at()
            )
        )
        return self.decide(ReleaseFunds(order_id="o2", seller_id="anna", **at()))

    def pay_out(self, **more: Any) -> list[Event]:
        asked = {"payout_id": "po1", "provider": "manual", "destination": "", **more}
        return self.decide(RequestPayout(seller_id="anna", **asked, **at()))


def of[E: Event](events: list[Event], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def refuses(world: World, refusal: type[Refusal], command: Command) -> None:
    before = list(world.history)
    with pytest.raises(refusal):
        world.decide(command)
    assert world.history == before
