"""Steps of an order that several rules begin with."""

from commands.streams.payment.messages import RecordCapture, StartPayment
from tests.given import at
from tests.unit.market import BUYER, SYSTEM, Market


def started(market: Market) -> None:
    market.decide(
        StartPayment(
            payment_id="p1",
            order_id="o1",
            provider="sandbox",
            method="card",
            source="tok",
            **at(BUYER),
        )
    )


def capture() -> RecordCapture:
    return RecordCapture(payment_id="p1", order_id="o1", charge_reference="ch", **at(SYSTEM))
