"""Steps of an order that several rules begin with, and the books after them."""

from collections import Counter
from datetime import timedelta
from typing import Any

from commands.command import Policy
from commands.streams.order.messages import CancelOrder
from commands.streams.payment.messages import RecordCapture, RecordDecline, StartPayment
from eventstore.events.base import Event
from eventstore.postings import postings
from tests.given import NOW, at
from tests.unit.market import BUYER, SYSTEM, Market

TOTAL = 1055  # One of Anna's items and its shipping.
HAND_OVER: dict[str, Any] = {"order_id": "o1", "carrier": "c", "tracking_number": "t"}


def started(market: Market, amount_minor: int | None = None, payment_id: str = "p1") -> None:
    """A payment over a provider, with no outcome yet."""
    market.decide(
        StartPayment(
            payment_id=payment_id,
            order_id="o1",
            provider="sandbox",
            method="card",
            source="tok",
            amount_minor=amount_minor,
            **at(BUYER),
        )
    )


def charge(market: Market, amount_minor: int | None = None, payment_id: str = "p1") -> list[Event]:
    """A payment over a provider, started and captured."""
    started(market, amount_minor, payment_id)
    return capture(market, payment_id)


def capture(market: Market, payment_id: str = "p1") -> list[Event]:
    return market.decide(
        RecordCapture(payment_id=payment_id, order_id="o1", charge_reference="ch", **at(SYSTEM))
    )


def take_back(market: Market, payment_id: str = "p1") -> list[Event]:
    return market.decide(RecordDecline(payment_id=payment_id, reason="bank", **at(SYSTEM)))


def paid(policy: Policy | None = None, **quantities: int) -> Market:
    market = Market(policy)
    market.place(**quantities)
    charge(market)
    return market


def books(market: Market) -> dict[str, int]:
    balances: Counter[str] = Counter()
    for event in market.history:
        for posting in postings(event):
            balances[posting.account] += posting.amount_minor
    return {account: balance for account, balance in balances.items() if balance}


def cancel_unpaid(market: Market, days: int = 0) -> CancelOrder:
    return CancelOrder(
        order_id="o1",
        reason="not paid in time",
        only_unpaid=True,
        **at(SYSTEM, NOW + timedelta(days=days)),
    )
